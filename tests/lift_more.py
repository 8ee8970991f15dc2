"""More user code that needs lift: arrays in containers, threads, copies, classes of all kinds.

The code is written as people write it, for floats.
"""

import copy
import dataclasses
import functools
import itertools
import math
import operator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

import dualad as da

CASES = {}


def case(f):
    CASES[f.__name__] = f
    return f


def filled(x, n=3):
    rows = [np.zeros(2) for _ in range(n)]
    for k, row in enumerate(rows):
        row[:] = x * (k + 1)
    return rows


@case
def rows_are_summed(x):
    return sum(filled(x)) + np.sum(filled(x), axis=0) + sum({"a": filled(x)[1]}.values())


@case
def rows_are_reduced(x):
    rows = filled(x)
    product = functools.reduce(operator.mul, rows)
    last = list(itertools.accumulate(rows))[-1]
    return product + last + next(iter(itertools.starmap(operator.mul, [tuple(rows[:2])])))


@case
def rows_are_mapped(x):
    rows = filled(x)
    firsts = list(map(operator.itemgetter(0), rows))
    totals = list(map(np.sum, rows))
    means = list(map(operator.methodcaller("mean"), rows))
    return firsts[1] + totals[2] * means[0] + sorted(rows, key=np.sum)[0]


@case
def arrays_in_nested_lists(x):
    a, b = np.zeros((2, 2)), np.eye(2)
    blocks = [[a, b], [b, a]]
    a[0] = x
    return np.block(blocks) + np.array(blocks).sum()


@case
def stages_of_runge_and_kutta(x):
    def slope(y, dy):
        dy[0] = y[1]
        dy[1] = -math.exp(x[0]) * y[0] - x[1] * y[1]

    y, k, w, h = np.array([1.0, 0.0]), [np.empty(2) for _ in range(2)], np.empty(2), 0.1
    for _ in range(3):
        slope(y, k[0])
        np.add(y, h * k[0], out=w)
        slope(w, k[1])
        y += h * sum(k) / 2
    return y


class Store:
    def __init__(self, n):
        self.buffer = np.zeros(n)
        self.row = self.buffer[1:]

    def fill(self, x):
        self.buffer[:] = x
        return self


@case
def copies_of_objects(x):
    store = Store(2).fill(x)
    other = copy.deepcopy(store)
    other.buffer *= 2
    other.row += x[0]
    return other.buffer * store.buffer + other.row + copy.copy(store).row


@case
def copies_of_containers(x):
    d = {"a": {"b": [np.zeros(2), np.zeros(2)]}}
    for v in d["a"]["b"]:
        v[1] = math.sin(x[1])
    other = copy.deepcopy(d)
    other["a"]["b"][0] *= x
    return other["a"]["b"][0] + d["a"]["b"][0]


@case
def threads_that_read(x):
    buffer = np.zeros(2)
    buffer[:] = x
    with ThreadPoolExecutor(2) as pool:
        return sum(pool.map(lambda i: buffer[i] ** 2, range(2)))


@case
def threads_that_fill(x):
    buffer = np.zeros(2)

    def work(i):
        buffer[i] = math.sin(x[i])

    with ThreadPoolExecutor(2) as pool:
        for job in [pool.submit(work, i) for i in range(2)]:
            job.result()
    return buffer


@case
def strided_views_made_before(x):
    buffer = np.zeros(6)
    pairs = np.lib.stride_tricks.as_strided(buffer, (3, 2), (16, 8))
    buffer[1:3] = x
    return pairs.sum(axis=1)


@dataclasses.dataclass(frozen=True)
class Rectangle:
    a: float
    b: float = 2.0

    def __post_init__(self):
        object.__setattr__(self, "b", float(self.b) * 2)


@dataclasses.dataclass
class Sampled:
    w: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(2))


@case
def dataclasses_are_taken_apart(x):
    r, s = Rectangle(x[0], x[1]), Sampled()
    s.w[0] = math.exp(x[0])
    held = dataclasses.asdict(s)["w"] * dataclasses.astuple(s)[0]
    return held + dataclasses.replace(r, a=x[1]).b * sum(dataclasses.astuple(r))


class Decay:
    count = 0

    def __init__(self, p):
        self.p = math.sqrt(p)
        Decay.count += 1

    def at(self, t):
        return math.exp(-t) * self.p

    def twice(self, t):
        return self.at(t) + self.at(math.sin(t))


class Shifted(Decay):
    def at(self, t):
        return super(Shifted, self).at(t) + Shifted.shift(t)  # noqa: UP008  # as users write

    @staticmethod
    def shift(t):
        return math.tanh(t)


@case
def methods_that_name_their_class(x):
    return Shifted(x[0]).twice(x[1])


class Gain:
    def __init__(self, k):
        self.k = float(k)

    def __call__(self, t):
        return math.exp(self.k * t)


@case
def classes_and_objects_as_callbacks(x):
    gains = sum(g.k**2 for g in map(Gain, x))
    return gains + sum(map(float, x)) + sum(map(Gain(2.0), x)) + max(x, key=Gain(-1.0))


@case
def classes_within(x):
    class Local:
        buffer = np.zeros(2)

        def __init__(self, v):
            self.v = math.sin(v)
            Local.buffer[0] = self.v
            Local.last = float(v)

        def total(self):
            return self.v + self.buffer.sum() * Local.last

    return Local(x[1]).total()


@case
def values_are_shown(x):
    return math.sin(x[0]) * len(f"{round(x[0], 2)!s:>9}|{x[0] > 0!r}|{x!s:.0}")


class Positive:
    """A descriptor."""

    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, x, kind=None):
        return math.sqrt(getattr(x, self.name))

    def __set__(self, x, v):
        setattr(x, self.name, float(v) ** 2)


class Settings:
    width = Positive()

    def __init__(self, v):
        self.level = v
        self.width = v

    @property
    def level(self):
        return self._level

    @level.setter
    def level(self, v):
        self._level = float(v) * 1.0


class Converting:
    def __setattr__(self, name, v):
        object.__setattr__(self, name, float(v))

    def __getattr__(self, name):
        if name.startswith("log_"):
            return math.log(getattr(self, name[4:]))
        raise AttributeError(name)


@case
def what_is_set(x):
    s, c = Settings(x[0]), Converting()
    s.level = x[1]
    s.level += x[0]
    s.width *= 2
    c.a = x[1]
    c.a -= 0.5
    return s.level * s.width + c.log_a * getattr(c, "log_a")  # noqa: B009  # as users write


class Table:
    def __init__(self):
        self.items, self.buffer = {}, np.zeros(2)

    def __setitem__(self, key, v):
        self.items[key] = math.sin(v)
        self.buffer[key] = v

    def __getitem__(self, key):
        return math.cos(self.items[key]) + self.buffer[key]

    def __contains__(self, key):
        return math.floor(self.items.get(key, -1.0)) >= 0

    def __iter__(self):
        return iter([self.buffer[1], self.buffer[0] ** 2])

    def __enter__(self):
        self.buffer[:] = math.exp(self.buffer[1])
        return self

    def __exit__(self, *error):
        self.buffer[:] = 0.5

    def __add__(self, other):
        return self.buffer + other

    def __len__(self):
        return int(self.buffer[0] > 0.5)

    def __float__(self):
        return float(self.buffer[1]) * 3

    def __array__(self, dtype=None, copy=None):
        return self.buffer


@case
def classes_that_read_what_was_stored(x):
    t = Table()
    t[0], t[1] = x
    t[1] += 0.2
    a = sum(v**2 for v in t) + float(t) * len(t) + (0 in t)
    a += (t + x[0]).sum() + np.asarray(t)[1] ** 2
    with t as inside:
        a += inside.buffer.sum()
    return a * t[0] + t[1]


class Pair:
    def __init__(self, *c):
        self.c = tuple(float(v) for v in c)

    def __add__(self, other):
        return Pair(*[a + b for a, b in zip(self.c, other.c, strict=True)])

    def __radd__(self, other):
        return self if other == 0 else NotImplemented

    def __mul__(self, v):
        return Pair(*[a * float(v) for a in self.c])

    __rmul__ = __mul__

    def __matmul__(self, other):
        return math.fsum(a * b for a, b in zip(self.c, other.c, strict=True))

    def __lt__(self, other):
        return self.norm() < other.norm()

    def __iadd__(self, other):
        self.c = tuple(math.fsum(v) for v in zip(self.c, other.c, strict=True))
        return self

    def norm(self):
        return math.sqrt(self @ self)


@case
def vectors(x):
    v, w = Pair(*x), Pair(x[1], x[0] * 3)
    t = x[0] * v + w * 2.0
    t += v
    total = functools.reduce(operator.add, [v, w])
    return sum([v, w, t]).norm() + v @ w + max(v, w).norm() * sorted([w, v])[0].c[1] + total.norm()


@case
def inner_derivatives_that_fill(x):
    w = np.zeros(2)

    def g(y):
        w[0] = y * x[0]
        w[1] = math.sin(y)
        return w[0] * w[1] + math.exp(y * x[1])

    return da.grad(g)(x[0]) + w.sum() * x[1]


class Steps:
    def __init__(self, n):
        self.buffer = np.zeros(n)

    def __iter__(self):
        self.i = 0
        return self

    def __next__(self):
        if self.i >= len(self.buffer):
            raise StopIteration
        self.i += 1
        return math.exp(self.buffer[self.i - 1])


@case
def iterators_that_read_what_was_stored(x):
    steps = Steps(2)
    steps.buffer[:] = x
    return sum(steps) + sum(2 * v for v in steps) + max(steps) * list(steps)[0] + sum([*steps])  # noqa: RUF015  # as users write
