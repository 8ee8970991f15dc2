"""What random compiled programs are made of: expressions, blocks and helper functions.

In templates ``{a}`` and ``{b}`` are numbers, ``{v}`` and ``{w}`` vectors, ``{m}`` a matrix, ``{k}``
an integer, ``{c}`` a constant between 0.3 and 1.8, and ``{t}`` a fresh name, from which a block may
make others (``{t}i``). ``{body}`` is a list of simple statements.
"""

from __future__ import annotations

UNARY = (
    "math.sin({a})",
    "np.cos({a})",
    "math.tanh({a})",
    "math.exp(0.3 * {a})",
    "np.exp(-{a} * {a})",
    "np.log({a} * {a} + 1.1)",
    "math.log1p({a} * {a})",
    "math.sqrt(abs({a}) + 0.5)",
    "np.sqrt({a} * {a} + 0.3)",
    "math.atan({a})",
    "np.arcsinh({a})",
    "math.asin(0.8 * math.tanh({a}))",
    "math.acosh({a} * {a} + 1.5)",
    "math.cosh(0.3 * {a})",
    "np.expm1(0.2 * {a})",
    "math.erf({a})",
    "math.gamma(1.5 + 0.2 * abs({a}))",
    "abs({a})",
    "-{a} + {c}",
    "{a} ** 2",
    "{a} ** 3 * 0.1",
    "({a} * {a} + 0.3) ** 0.5",
    "({a} * {a} + 0.5) ** -1.5",
    "2.0 ** (0.2 * {a})",
    "1.0 / (2.0 + {a} * {a})",
    "{c} / (1.0 + abs({a}))",
    "max({a}, {c})",
    "min({c}, {a})",
    "float({a}) * {c}",
    "{a} % 1.7",
    "{a} // 0.7 + {a}",
    "math.floor({a}) * 0.1 + {a}",
    "round({a}) + {a} * {c}",
    "np.fmod({a}, 1.3)",
    "np.sign({a}) * {a}",
    "({a} if {a} > {c} else {c} * {a})",
    "({a} > {c}) * {a}",
    "{a} * {k}",
    "{a} + {k} % 3",
    "{a} * (({k} + 2) // 2 - 1)",
    "(1.0 + {a} * {a}) ** (-({k} & 1))",
    "{a} ** ({k} % 3)",
)
BINARY = (
    "{a} + {b}",
    "{a} - {b}",
    "{a} * {b}",
    "{a} * {b} - {c}",
    "{a} / (1.5 + {b} * {b})",
    "math.hypot({a}, {b} + 0.1)",
    "np.arctan2({a}, 2.0 + {b} * {b})",
    "np.logaddexp({a}, {b})",
    "max({a}, {b})",
    "min({a}, {b}, {c})",
    "np.maximum({a}, {b}) + {c}",
    "({a} * {a} + 0.5) ** (0.3 * math.tanh({b}))",
    "(abs({a}) + 0.4) ** math.cos({b})",
    "math.copysign({a}, {b})",
    "math.pow({a} * {a} + 0.2, {c})",
    "({a}, {b})[{k} % 2]",
    "(lambda y: y * {c} + {b})({a})",
    "smooth({a}, {b})",
    "early({a}, {b})",
    "twice(bend, {a}) + {b}",
    "early({a}) - pair({b}, {c})[1]",
    "powers({a}, {k} % 4) + {b}",
)
FROM_VECTOR = (
    "{v}[0]",
    "{v}[-1] * {a}",
    "{v}[{k} % len({v})]",
    "np.sum({v})",
    "{v}.sum() * {c}",
    "{v}.max() + {a}",
    "np.min({v})",
    "np.mean({v}) * {a}",
    "np.dot({v}, {v}) * 0.2",
    "{v}.prod()",
    "np.var({v})",
    "np.linalg.norm({v}) + {a}",
    "{v}[1:].sum()",
    "({v} * {a} + {c}).sum()",
    "len({v}) * {a}",
    "np.argmax({v}) * {a}",
    "total({v}, {a})",
    "total({v}[::-1])",
    "np.sum(np.sin({v}) * {v})",
    "sum([q * q for q in {v}])",
)
FROM_MATRIX = (
    "{m}[0, -1]",
    "{m}[{k} % {m}.shape[0], 0]",
    "np.trace({m})",
    "{m}.sum() * {c}",
    "{m}[-1].sum()",
    "{m}[:, 0].max()",
    "{m}[0][0] * {a}",
    "total({m}[0], {a})",
    "total({m}[:, -1])",
)
VECTORS = (
    "np.sin({v})",
    "{v} * {c} + {a}",
    "{v}[::-1] * {v}",
    "{a} / (1.0 + {v} ** 2)",
    "np.where({v} > {c}, {v}, {a})",
    "np.cumsum({v})",
    "np.sort({v})",
    "np.abs({v}) + {v}",
    "{v}[1:]",
    "{v}[:-1] - {v}[1:]",
    "{v}[::2]",
    "{v}.copy()",
    "np.concatenate(({v}, {w}[:1]))",
    "np.maximum({v}, {c})",
    "np.minimum({v}, {a})",
    "np.exp(0.2 * {v}) - {v}",
    "np.array([{a}, {b}, {c}])",
    "np.full(3, {a})",
    "np.linspace({c}, 2.0, 3) * {a}",
    "np.diff({v})",
    "scaled({v}, {a})",
    "-{v}",
    "{v} + {w}[0]",
    "np.clip({v}, -{c}, {c})",
    "{v}[{v} > -{c}]",
    "np.ones_like({v}) * {v} + {a}",
)
MATRICES = (
    "np.outer({v}, {w})",
    "{m}.T",
    "{m} * {a}",
    "{m} + {m}.T * {c}",
    "np.cos({m})",
    "{m}[::-1]",
    "{m}[:, :1] + {c}",
    "np.zeros((2, len({v}))) + {v}",
    "np.eye(2) * {a}",
    "{m}.copy() @ np.outer({v}, {v})",
)
FROM_BOTH = ("{m}[0]", "{m}[:, -1]", "{m}.copy() @ {v}.copy()", "{m}.sum(axis=0)")

# Statements that make names or write into arrays.
BLOCKS = """\
{t} = {a}
for {t}i in range(len({v})):
    {t} += {v}[{t}i] * {b}

{t} = 0.0
for {t}q in {v}:
    if {t}q > {c}:
        continue
    {t} += {t}q * {t}q

{t} = 0
for {t}i, {t}q in enumerate({v}):
    {t} += ({t}i + 1) * {t}q

{t} = {a}
for {t}q, {t}r in zip({v}[:-1], {v}[1:]):
    {t} = 0.5 * {t} + {t}q * {t}r

{t} = {a}
for {t}i in range(int(abs({b}) * 2.0) % 5 + 1):
    {t} = math.sin({t}) + {c}

{t} = {a}
for {t}i in range(9):
    {t} = 0.7 * {t} + {b}
    if {t} > {c}:
        break

{t} = {a}
{t}n = 0
while {t} > {c} and {t}n < 12:
    {t} = 0.6 * {t} - 0.1
    {t}n += 1

{t} = 1.0
while True:
    {t}s = ({t} * {t} - 1.0 - {a} * {a}) / (2.0 * {t})
    {t} -= {t}s
    if abs({t}s) < 1e-14:
        break

{t} = {a}
for {t}i in range(3):
    for {t}j in range({t}i):
        {t} += ({t}i - {t}j) * {b} * 0.3

if {a} > {c}:
    {t} = {a} * {b}
elif {b} < 0.0:
    {t} = {b}
else:
    {t} = {c}

if {k} % 2 == 0:
    {t} = {a} + {b}
else:
    {t} = {a} - {c}

{t} = np.zeros(len({v}))
for {t}i in range(len({v})):
    {t}[{t}i] = {v}[{t}i] * {a}
    if {t}i > 0:
        {t}[{t}i] += 0.5 * {t}[{t}i - 1]

{t} = np.empty_like({v})
{t}[:] = {v}
{t} *= {c}
{t}[0] += {a}

{t} = np.zeros_like({v})
{t}[1:] = {v}[:-1]
{t}[0] = {a}

{t} = {v}.copy()
{t}[1:] -= 0.5 * {v}[:-1]
{t}[-1] = {a}

{t} = {v} * 1.0
{t}[0], {t}[-1] = {t}[-1], {t}[0] * {a}

{t} = np.zeros((2, len({v})))
{t}[0] = {v}
{t}[1, :] = {t}[0] * {a}

{t} = np.zeros((len({v}), len({v})))
for {t}i in range(len({v})):
    for {t}j in range({t}i + 1):
        {t}[{t}i, {t}j] = {v}[{t}i] * {v}[{t}j] + ({t}i - {t}j)

{t} = np.ones((2, 3))
{t}r = {t}[1]
{t}r *= {a}
{t}.T[0, 0] = {b}

{t} = np.empty(len({v}))
fill({t}, {v}, {a})

{t} = np.zeros(4)
fill({t}[1:3], {v}[:2], {a})
{t} += 0.1

{t} = table(3)
{t}[1] = {a}
{t}[2] = {t}[1] * {b}

{t}, {t}u = {b}, {a}
{t}, {t}u = {t}u, {t} * {t}u

{t}, {t}u = pair({a}, {b})

{t}p = ({a}, {b} * {c}, 3)
{t} = {t}p[0] * {t}p[1] + {t}p[2]

{t}l = [{a}, {b}]
{t}l.append({a} * {c})
{t} = 0.0
for {t}q in {t}l:
    {t} += {t}q * {t}q

{t}l = [0.0] * 3
for {t}i in range(3):
    {t}l[{t}i] = {a} * {t}i
{t} = {t}l[-1] + {t}l[1]

{t}c = {a}
def {t}g(y):
    return y * {t}c + {c}
{t} = {t}g({b}) * {t}g({a})

{t} = int({a}) + {k}

{t} = len({v}) * 2 - {k}

{t} = 0
for {t}q in {v}:
    if {t}q > {c}:
        {t} += 1

{t} = 0.0
for {t}q in running({v}):
    {t} += {t}q * {c}

{t} = {a}
for {t}i in range(4):
    if {t} > 4.0:
        break
    {t} = 0.5 * {t} + {b}
else:
    {t} -= {c}

{t} = 0.0
for {t}i in range({m}.shape[0]):
    for {t}j in range({m}.shape[1]):
        {t} += {m}[{t}i, {t}j] * (1 + {t}j)

{t} = {a}
for {t}i in range(len({v}) - 1, -1, -1):
    {body}

{t} = {a}
for {t}i in range(3):
    {body}

if {a} < {b}:
    {body}
else:
    {body}

{t}n = 3
{t} = {a}
while {t}n > 0:
    {t}n -= 1
    {body}
""".rstrip().split("\n\n")
# Inside a body {o} is a number made before, {v} a vector made here.
SIMPLE = (
    "{o} = 0.5 * {o} + {e}",
    "{o} += {e}",
    "{o} -= 0.3 * {e}",
    "{o} *= {c}",
    "{o} /= 1.0 + {a} * {a}",
    "{y}[0] += 0.2 * {e}",
    "{y}[-1] = {e}",
    "{y}[{k} % len({y})] = {y}[0] * 0.5 + {a}",
    "{y} *= {c}",
    "if {a} > {c}:\n    {o} = {o} - {b} * 0.1",
)

_FUNCTIONS = """\
def smooth(y, z):
    return y * y / (1.0 + z * z) + math.sin(z)

def early(y, z=0.5):
    if y > z:
        return z * 2.0 + y
    q = y * z
    if q < 0.0:
        return q * q
    return math.cos(y) - z

def bend(y):
    return y / math.sqrt(1.0 + y * y)

def twice(g, y):
    return g(y) + g(g(y) * 0.5)

def pair(y, z):
    return y * z, y - z

def powers(y, n):
    if n <= 0:
        return 1.0
    return 0.5 * y * powers(y, n - 1)

def total(v, scale=1.0):
    s = 0.0
    for i in range(len(v)):
        s += v[i] * (i + 1) * scale
    return s

def scaled(v, scale):
    out = np.empty(len(v))
    for i in range(len(v)):
        out[i] = v[i] * scale if v[i] > 0.0 else v[i]
    return out

def fill(out, v, scale):
    for i in range(min(len(out), len(v))):
        out[i] = math.tanh(v[i]) * scale

def table(n):
    return np.ones(n)

def running(v):
    s = 0.0
    for q in v:
        s += q
        yield s
"""
HELPERS = {text[4 : text.index("(")]: text for text in _FUNCTIONS.rstrip().split("\n\n")}
