"""The closed set of helpers that formulas of rows may use.

Formulas see arrays, NumPy scalars, nested numbers, Numba's scalars and SymPy's symbols. What must
be written differently for one of them is written here, and nowhere else:

* `select`, `below`, `above`, `exponent`, `scale` and `floor_quotient` have a compiled form in
  `_compiled._helpers` and a symbolic one in `_symbolic`;
* every other helper is made of those and of NumPy functions, and is compiled as it stands.

Branches must be smooth continuations of each other: where a formula says ``select(x < 0, -x, x)``
both branches are analytic at 0, and derivatives of any order taken through it are right. `np.abs`
and `np.maximum` have kinks of their own, so they appear in conditions and in what is `dispatched`
to a `Flat` row: locally constant, computed from primal values.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._dispatch import dispatched

NAN = float("nan")
# Dekker's constant for a mantissa of 53 bits: 2**27 + 1.
_SPLIT = 134217729.0
# Exponents between which 2**-e and the squares of scaled operands are numbers.
_LOWEST, _HIGHEST = -1000, 1024


def select(cond: Any, a: Any, b: Any) -> Any:
    """a where `cond` holds, else b. Scalars stay scalars."""
    if getattr(cond, "ndim", 0):
        return np.where(cond, a, b)
    return a if cond else b


def indicator(cond: Any) -> Any:
    """1.0 where `cond` holds, else 0.0."""
    return cond * 1.0


def is_complex(x: Any) -> bool:
    dtype = getattr(x, "dtype", None)
    return isinstance(x, complex) if dtype is None else dtype.kind == "c"


def below(x: Any, bound: float) -> Any:
    """x < bound for real x, where the function is undefined; False for complex x."""
    return False if is_complex(x) else x < bound


def above(x: Any, bound: float) -> Any:
    """x > bound for real x, where the function is undefined; False for complex x."""
    return False if is_complex(x) else x > bound


@dispatched
def exponent(x: Any) -> Any:
    """The binary exponent of x: integers, locally constant."""
    return np.frexp(x)[1]


def scale(x: Any, e: Any) -> Any:
    """x * 2**e, exactly; linear in x."""
    return np.ldexp(x, e)


def floor_quotient(x: Any, y: Any) -> Any:
    """floor(x / y) as NumPy computes it: the quotient that belongs to the remainder."""
    return np.floor_divide(x, y)


def polynomial(z: Any, coefficients: tuple[float, ...]) -> Any:
    """Horner's rule; the highest power comes first."""
    total = z * coefficients[0] + coefficients[1]
    for c in coefficients[2:]:
        total = total * z + c
    return total


def two_sum(x: Any, y: Any) -> Any:
    """x + y and its rounding error (Knuth)."""
    total = x + y
    z = total - x
    error = (x - (total - z)) + (y - z)
    return total, select(np.isfinite(error), error, 0.0)


def diff_err(x: Any, y: Any) -> Any:
    """x - y and its rounding error; infinities of one sign have the difference 0."""
    d = x - y
    z = d - x
    error = (x - (d - z)) - (y + z)
    d = select(np.isinf(x) & np.equal(x, y), 0.0, d)
    return d, select(np.isfinite(error), error, 0.0)


def split(x: Any) -> Any:
    """x as a sum of two numbers of 26 bits each (Veltkamp)."""
    c = _SPLIT * x
    high = c - (c - x)
    return high, x - high


def square_err(x: Any) -> Any:
    """x * x and its rounding error (Dekker)."""
    square = x * x
    high, low = split(x)
    error = ((high * high - square) + 2.0 * high * low) + low * low
    return square, select(np.isfinite(error), error, 0.0)


@dispatched
def pair_scale(x: Any, y: Any) -> Any:
    """The power of two that brings the larger of x and y near 1, 0 where it is infinite.

    Locally constant.
    """
    largest = np.maximum(np.abs(x), np.abs(y))
    e = np.minimum(np.maximum(exponent(largest), _LOWEST), _HIGHEST)
    return select(np.isinf(largest), 0.0, scale(1.0, -e))


def scaled_pair(x: Any, y: Any) -> Any:
    """(x*s, y*s, s) with s of `pair_scale`; an infinite operand becomes its sign."""
    s = pair_scale(x, y)
    a = select(np.isinf(x), np.sign(x), x * s)
    c = select(np.isinf(y), np.sign(y), y * s)
    return a, c, s


def sin_cos_pi(x: Any) -> Any:
    """sin(pi*x) and cos(pi*x), exact at multiples of 1/2."""
    n = np.rint(2.0 * np.real(x))
    r = 3.141592653589793 * (x - 0.5 * n)
    quadrant = n - 4.0 * np.floor(0.25 * n)
    odd = np.equal(quadrant, 1.0) | np.equal(quadrant, 3.0)
    s, c = np.sin(r), np.cos(r)
    sine, cosine = select(odd, c, s), select(odd, s, c)
    sine = select(quadrant > 1.5, -sine, sine)
    cosine = select(np.equal(quadrant, 1.0) | np.equal(quadrant, 2.0), -cosine, cosine)
    return sine, cosine
