"""User code that needs lift, each function with some of what NumPy's protocols do not reach.

The code is written as people write it, for floats.
"""

import cmath
import collections
import contextlib
import copy
import dataclasses
import functools
import math
import statistics
from math import hypot, sqrt

import numpy as np

X = np.array([0.7, 1.3])
CASES = {}


def case(f):
    CASES[f.__name__] = f
    return f


@case
def views(x):
    a = np.empty((3, 4))
    a[:] = 1.0
    v = a[1:, ::2]
    v[:] = x[0]
    w = a.reshape(-1)
    w[2] = x[1]
    a.T[3] = x[0] * x[1]
    a[::-1][0, 0] = sqrt(x[0])
    return a


@case
def augs(x):
    class Bag:
        pass

    o = Bag()
    o.a = np.zeros(2)
    o.a += x
    o.b = 1.0
    o.b *= x[0]
    d = {"k": np.zeros(2)}
    d["k"][1] -= x[1]
    d["k"] += o.a
    o.a[0] **= 2
    return np.concatenate([o.a, d["k"], [o.b]])


@dataclasses.dataclass
class P:
    a: float
    b: float = 2.0
    c: float = dataclasses.field(init=False)

    def __post_init__(self):
        self.c = math.log(self.a * self.b)


@case
def dcls(x):
    p = P(x[0], b=x[1])
    return p.c + P(x[1]).c


class V:
    def __init__(self, x, y):
        self.x = float(x)
        self.y = float(y)

    def __add__(self, o):
        return V(self.x + o.x, self.y + o.y)

    def __abs__(self):
        return hypot(self.x, self.y)

    @classmethod
    def unit(cls, t):
        return cls(math.cos(t), math.sin(t))

    @staticmethod
    def sq(t):
        return math.pow(t, 2)

    @functools.cached_property
    def cp(self):
        return math.atan2(self.y, self.x)


@case
def vecs(x):
    v = V(x[0], x[1]) + V.unit(x[0])
    return abs(v) + V.sq(x[1]) + v.cp


def timed(f):
    @functools.wraps(f)
    def w(*a, **k):
        return f(*a, **k)

    return w


@timed
def deco(a, b=1.0):
    return math.exp(a) * b


@case
def decos(x):
    return deco(x[0], b=x[1])


@case
def maps(x):
    return (
        sum(map(lambda t: math.sin(t) ** 2, x))  # noqa: C417  # as users write
        + functools.reduce(lambda a, b: a * float(b), x)
        + sorted([x[0], x[1]], key=lambda t: -float(t))[0]
        + max(x, key=lambda t: math.cos(t))
    )


@case
def vect(x):
    return np.vectorize(lambda t: math.erf(t) if t > 1 else math.gamma(t))(x)


@case
def conc(x):
    return np.r_[x[0], x, 1.0] * 2 + np.c_[x, x * 2, [1.0, x[0]]].sum()


@case
def full(x):
    return (
        np.full((2, 2), x[0]) * np.arange(4.0).reshape(2, 2)
        + np.float64(x[1])
        + np.linspace(x[0], x[1], 4).reshape(2, 2)
    )


@case
def lists(x):
    return (
        np.exp([x[0], x[1]]) @ [x[1], x[0]]
        + np.dot([[x[0], 1.0], [2.0, x[1]]], [1.0, 2.0]).sum()
        + np.sum([x[0], 2 * x[1]])
    )


@case
def itr(x):
    s = 0.0
    for i, row in enumerate(np.asarray(x, dtype=np.float64)):
        s += float(row) * i
    it = iter(x)
    a = next(it)
    b = next(it)
    return (
        s
        + a * math.ldexp(b, 2)
        + math.fmod(b, 0.5)
        + math.copysign(a, -b)
        + math.log(b, 3)
        + math.fsum([a, b, 1.0])
        + math.hypot(a, b, 1.0)
        + math.dist([a, b], [0.0, 0.1])
        + math.remainder(b, 1.0)
    )


@case
def rarer_functions_of_math(x):
    a, b = x[0], x[1]
    fraction, whole = math.modf(3.0 * a)
    mantissa, exponent = math.frexp(b)
    both = math.modf(2.5)[0] + math.frexp(0.3)[1] + math.prod([2.0, 3.0])
    out = fraction * whole + mantissa * exponent + both * math.prod([a, b, 2.0])
    return out * math.prod((a, 3), start=b) + math.hypot(-a) * math.hypot(3.0, 4.0)


@case
def rarer_functions_of_cmath(x):
    r, angle = cmath.polar(complex(x[0], x[1]))
    z = cmath.rect(r * x[1], 0.5 * angle) + cmath.rect(*cmath.polar(1j))
    w = cmath.log(z, 2.0) * cmath.log(z, x[0] + 2.0) + cmath.log(3j, 2.0) * cmath.log(z)
    return w.imag * abs(z) + w.real + cmath.phase(w)


@case
def functions_of_statistics(x):
    data = [x[0], x[1], x[0] * x[1], 2.5]
    middle = statistics.median(data) * statistics.median(data[:3]) + statistics.median_low(data)
    spread = statistics.variance(data) * statistics.pvariance(data) + statistics.stdev(data)
    means = statistics.mean(data) * statistics.geometric_mean(data) * statistics.fmean(data)
    return middle + spread * statistics.pstdev(data) + means * statistics.harmonic_mean(data)


@case
def cm(x):
    z = cmath.exp(1j * x[0]) * complex(x[0], x[1])
    return abs(z) * cmath.phase(z) + cmath.sqrt(-x[0]).imag


@case
def mid(x):
    def inner(t):
        nonlocal cnt
        cnt += 1
        return math.tanh(t)

    cnt = 0
    r = [inner(t) for t in x]
    d = {i: inner(v) for i, v in enumerate(r)}
    return sum(d.values()) * cnt


@case
def tests_(x):
    assert isinstance(x, np.ndarray)
    assert isinstance(x[0], float)
    if type(x[0]) is not np.float64:
        return 0.0
    if np.isscalar(x[0]):
        return math.sin(x[0])
    return 1.0


@contextlib.contextmanager
def cmgr(a):
    yield math.sin(a)


@case
def ctx(x):
    with cmgr(x[0]) as s, np.errstate(all="ignore"):
        return s * x[1]


@case
def outp(x):
    o = np.empty(2)
    np.multiply(x, 2.0, out=o)
    np.add(o, x, o)
    c = np.zeros(2)
    np.copyto(c, o)
    c.fill(x[0])
    np.cumsum(x, out=c)
    np.put(o, [0], x[1])
    return o * c


@case
def fmtt(x):
    s = "%.3f %.5f" % (x[0], x[1])  # noqa: UP031  # as users write
    t = f"{x[0]:.2f}"
    u = f"{x[1]:.3f}"
    str(x[0])
    return float(x[0]) * len(s + t + u) + x[1]


def newton(f, t):
    for _ in range(50):
        h = 1e-6
        d = f(t) / ((f(t + h) - f(t - h)) / (2 * h))
        t = t - d
        if abs(d) < 1e-12:
            break
    return t


@case
def newt(x):
    return float(newton(lambda t: math.exp(t) - x[0], 0.1))


cache = {}


@case
def memo(x):
    a = math.sin(x[0])
    if a in cache:
        return cache[a]
    return a * x[1]


NT = collections.namedtuple("NT", "a b")


@case
def ntup(x):
    n = NT(float(x[0]), x[1])
    return n.a * n.b


@case
def tuplassign(x):
    a = np.zeros(2)
    a[0], a[1] = x[1], x[0]
    a[0], a[1] = a[1], a[0]
    (b, *c) = a
    return b * math.exp(c[0])


@case
def loops(x):
    n = 4
    T = np.zeros((n, n))
    T[0, :] = x[0]
    T[:, 0] = x[1]
    for _ in range(3):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                T[i, j] = 0.25 * (T[i + 1, j] + T[i - 1, j] + T[i, j + 1] + T[i, j - 1])
    return T


@case
def cpy(x):
    a = np.zeros(2)
    a[0] = x[0]
    b = a.copy()
    b[1] = x[1]
    c = copy.deepcopy(b)
    c *= 2
    return a + b + c


@case
def intarr(x):
    k = np.zeros(2, int)
    k[0] = x[1] * 10.03
    return x[0] * k[0]


@case
def bm(x):
    a = np.ones(3)
    a[np.array([True, False, True])] = x
    a[[1]] = x[0]
    m = a > 1
    a[m] *= 2.0
    return a.astype(float)


@case
def broadcast_pairs(x):
    pairs = np.broadcast(x, np.array([[2.0], [0.3]]))
    products = [a * b * a for a, b in pairs]
    pairs.reset()
    first, _ = next(pairs)
    u, v, w = (list(column) for column in np.broadcast(np.broadcast(x, 1.7), x[1]).iters)
    return np.array([*products, first * first, u[0] * w[0] * v[0], u[1] * w[1]])


@case
def polynomial_object(x):
    p = np.poly1d([math.sin(x[0]), x[1], 1.0])
    p[3] = math.exp(x[1])
    q = p.deriv() * np.poly1d(x)
    return np.concatenate([q.coeffs, [p(0.3), q(x[0])]])
