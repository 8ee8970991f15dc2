"""The errors of the elementwise table against mpmath: `python -m benchmarks.accuracy [points]`.

An error is counted in units in the last place (ulp) of the exact derivative, divided by
``max(1, c)``: c is how far the exact derivative moves, in the same unit, when an argument moves by
one ulp of its own. So an error is forgiven where the rounding of the input alone would cause it.

Powers below the range of normal numbers are left out: libm's pow keeps few digits of them, and the
formulas multiply its error by the exponent or by a logarithm.

The references are textbook forms at 60 digits and more, where their cancellation does no harm;
they share nothing with the formulas of the table.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import mpmath as mp
import numpy as np

from dualad._rules._elementwise import ELEMENTWISE
from dualad._rules._row import Binary, Constant, Unary

DIGITS = 60
UNARY_PARTS = ("d1", "d2")
BINARY_PARTS = ("dx", "dy", "dxx", "dxy", "dyy")
POWERS = ("power", "float_power")
_SMALLEST = {np.float64: 5e-324, np.float32: float(np.float32(1e-45))}


def _always(number: int) -> Callable[..., Any]:
    return lambda *_: number


_NONE, _ONE, _MINUS_ONE = _always(0), _always(1), _always(-1)


def _sinc1(x: Any) -> Any:
    return (mp.cospi(x) - mp.sincpi(x)) / x if x else mp.mpf(0)


def _sinc2(x: Any) -> Any:
    if not x:
        return -(mp.pi**2) / 3
    return -(mp.pi**2) * mp.sincpi(x) - 2 * _sinc1(x) / x


def _real_root(x: Any) -> Any:
    return mp.sign(x) * mp.cbrt(abs(x))


Reference = tuple[Callable[..., Any], ...]

UNARY: dict[str, Reference] = {
    "negative": (_MINUS_ONE, _NONE),
    "positive": (_ONE, _NONE),
    "conjugate": (_ONE, _NONE),
    "absolute": (mp.sign, _NONE),
    "fabs": (mp.sign, _NONE),
    "square": (lambda x: 2 * x, _always(2)),
    "reciprocal": (lambda x: -1 / x**2, lambda x: 2 / x**3),
    "sqrt": (lambda x: 1 / (2 * mp.sqrt(x)), lambda x: -1 / (4 * mp.sqrt(x) ** 3)),
    "cbrt": (lambda x: 1 / (3 * _real_root(x) ** 2), lambda x: -2 / (9 * _real_root(x) ** 5)),
    "exp": (mp.exp, mp.exp),
    "expm1": (mp.exp, mp.exp),
    "exp2": (lambda x: mp.ln2 * 2**x, lambda x: mp.ln2**2 * 2**x),
    "log": (lambda x: 1 / x, lambda x: -1 / x**2),
    "log2": (lambda x: 1 / (x * mp.ln2), lambda x: -1 / (x**2 * mp.ln2)),
    "log10": (lambda x: 1 / (x * mp.ln10), lambda x: -1 / (x**2 * mp.ln10)),
    "log1p": (lambda x: 1 / (1 + x), lambda x: -1 / (1 + x) ** 2),
    "sin": (mp.cos, lambda x: -mp.sin(x)),
    "cos": (lambda x: -mp.sin(x), lambda x: -mp.cos(x)),
    "tan": (lambda x: mp.sec(x) ** 2, lambda x: 2 * mp.sin(x) / mp.cos(x) ** 3),
    "arcsin": (lambda x: (1 - x**2) ** -0.5, lambda x: x * (1 - x**2) ** -1.5),
    "arccos": (lambda x: -((1 - x**2) ** -0.5), lambda x: -x * (1 - x**2) ** -1.5),
    "arctan": (lambda x: 1 / (1 + x**2), lambda x: -2 * x / (1 + x**2) ** 2),
    "sinh": (mp.cosh, mp.sinh),
    "cosh": (mp.sinh, mp.cosh),
    "tanh": (lambda x: mp.sech(x) ** 2, lambda x: -2 * mp.sinh(x) / mp.cosh(x) ** 3),
    "arcsinh": (lambda x: (1 + x**2) ** -0.5, lambda x: -x * (1 + x**2) ** -1.5),
    "arccosh": (lambda x: (x**2 - 1) ** -0.5, lambda x: -x * (x**2 - 1) ** -1.5),
    "arctanh": (lambda x: 1 / (1 - x**2), lambda x: 2 * x / (1 - x**2) ** 2),
    "sinc": (_sinc1, _sinc2),
    "i0": (
        lambda x: mp.besseli(1, x),
        lambda x: (mp.besseli(0, x) + mp.besseli(2, x)) / 2,
    ),
    "deg2rad": (lambda _x: mp.pi / 180, _NONE),
    "radians": (lambda _x: mp.pi / 180, _NONE),
    "rad2deg": (lambda _x: 180 / mp.pi, _NONE),
    "degrees": (lambda _x: 180 / mp.pi, _NONE),
}


def _share(x: Any, y: Any) -> Any:
    return 1 / (1 + mp.exp(y - x))


def _share2(x: Any, y: Any) -> Any:
    return 1 / (1 + mp.mpf(2) ** (y - x))


def _slope_of_share2(x: Any, y: Any) -> Any:
    return mp.ln2 * _share2(x, y) * _share2(y, x)


_POWER: Reference = (
    lambda x, y: y * x ** (y - 1),
    lambda x, y: x**y * mp.log(x),
    lambda x, y: y * (y - 1) * x ** (y - 2),
    lambda x, y: x ** (y - 1) * (1 + y * mp.log(x)),
    lambda x, y: x**y * mp.log(x) ** 2,
)
_LARGER: Reference = (lambda x, y: int(x > y), lambda x, y: int(y > x), _NONE, _NONE, _NONE)
_SMALLER: Reference = (lambda x, y: int(x < y), lambda x, y: int(y < x), _NONE, _NONE, _NONE)

BINARY: dict[str, Reference] = {
    "add": (_ONE, _ONE, _NONE, _NONE, _NONE),
    "subtract": (_ONE, _MINUS_ONE, _NONE, _NONE, _NONE),
    "multiply": (lambda _x, y: y, lambda x, _y: x, _NONE, _ONE, _NONE),
    "divide": (
        lambda _x, y: 1 / y,
        lambda x, y: -x / y**2,
        _NONE,
        lambda _x, y: -1 / y**2,
        lambda x, y: 2 * x / y**3,
    ),
    "power": _POWER,
    "float_power": _POWER,
    "remainder": (_ONE, lambda x, y: -mp.floor(x / y), _NONE, _NONE, _NONE),
    "fmod": (
        _ONE,
        lambda x, y: -mp.sign(x / y) * mp.floor(abs(x / y)),
        _NONE,
        _NONE,
        _NONE,
    ),
    "logaddexp": (
        _share,
        lambda x, y: _share(y, x),
        lambda x, y: _share(x, y) * _share(y, x),
        lambda x, y: -_share(x, y) * _share(y, x),
        lambda x, y: _share(x, y) * _share(y, x),
    ),
    "logaddexp2": (
        _share2,
        lambda x, y: _share2(y, x),
        _slope_of_share2,
        lambda x, y: -_slope_of_share2(x, y),
        _slope_of_share2,
    ),
    "hypot": (
        lambda x, y: x / mp.hypot(x, y),
        lambda x, y: y / mp.hypot(x, y),
        lambda x, y: y**2 / mp.hypot(x, y) ** 3,
        lambda x, y: -x * y / mp.hypot(x, y) ** 3,
        lambda x, y: x**2 / mp.hypot(x, y) ** 3,
    ),
    "arctan2": (
        lambda x, y: y / (x**2 + y**2),
        lambda x, y: -x / (x**2 + y**2),
        lambda x, y: -2 * x * y / (x**2 + y**2) ** 2,
        lambda x, y: (x - y) * (x + y) / (x**2 + y**2) ** 2,
        lambda x, y: 2 * x * y / (x**2 + y**2) ** 2,
    ),
    "maximum": _LARGER,
    "fmax": _LARGER,
    "minimum": _SMALLER,
    "fmin": _SMALLER,
    "copysign": (
        lambda x, y: mp.sign(x) * (-1 if np.signbit(float(y)) else 1),
        _NONE,
        _NONE,
        _NONE,
        _NONE,
    ),
    "ldexp": (lambda _x, y: mp.mpf(2) ** int(y), _NONE, _NONE, _NONE, _NONE),
    "heaviside": (_NONE, lambda x, _y: mp.mpf(x == 0), _NONE, _NONE, _NONE),
}


class Error(NamedTuple):
    """The worst error of one derivative, in ulp, and the argument where it was met."""

    ulp: float
    at: tuple[float, ...]


def rows() -> list[Unary | Binary]:
    return [row for row in ELEMENTWISE if isinstance(row, Unary | Binary)]


def parts(row: Unary | Binary) -> tuple[str, ...]:
    return UNARY_PARTS if isinstance(row, Unary) else BINARY_PARTS


def references(row: Unary | Binary) -> dict[str, Callable[..., Any]]:
    table = UNARY if isinstance(row, Unary) else BINARY
    return dict(zip(parts(row), table[row.name], strict=True))


def derivatives(row: Unary | Binary, *x: Any) -> dict[str, Any]:
    """The derivatives at x as the table has them; the answer is the function's own."""
    with np.errstate(all="ignore"):
        wide = tuple(np.float64(v) if np.asarray(v).dtype.kind == "f" else v for v in x)
        y = np.float64(row.fn(*x))
        if isinstance(row, Binary):
            return {name: getattr(row, name)(*wide, y) for name in BINARY_PARTS}
        d = row.d1(*wide, y)
        return {"d1": d, "d2": row.d2(*wide, y, d)}


def _magnitudes(rng: np.random.Generator, count: int, dtype: type) -> Any:
    """Numbers of all sizes, half of them near 1, of both signs."""
    low, high = np.log2(_SMALLEST[dtype]), np.log2(float(np.finfo(dtype).max))
    sizes = np.where(
        rng.random(count) < 0.5, rng.uniform(low, high, count), rng.uniform(-12.0, 8.0, count)
    )
    return (2.0**sizes * rng.choice([-1.0, 1.0], count)).astype(dtype)


def sample(row: Unary | Binary, count: int, dtype: type = np.float64) -> list[tuple[Any, ...]]:
    """The sample points of a row, and `count` random ones, where its answer is a number."""
    rng = np.random.default_rng(20240607)
    width = 1 if isinstance(row, Unary) else 2
    given = [x if isinstance(x, tuple) else (x,) for x in row.at]
    drawn = [_magnitudes(rng, count, dtype) for _ in range(width)]
    if width == 2:  # pairs of one size, too: there derivatives in both operands count
        third = count // 3
        drawn[1][:third] = drawn[0][:third] * rng.uniform(-3.0, 3.0, third).astype(dtype)
    if row.name == "ldexp":
        drawn[1] = rng.integers(-60, 60, count)
    points: list[tuple[Any, ...]] = list(zip(*drawn, strict=True))
    with np.errstate(all="ignore"):
        for x in given:
            point = tuple(v if isinstance(v, int) else dtype(v) for v in x)
            # No underflow to float32, and no -0.0, which mpmath does not have.
            if all(str(p) != "-0.0" and bool(p) == bool(v) for p, v in zip(point, x, strict=True)):
                points.append(point)
        kept = [point for point in points if np.isfinite((*point, row.fn(*point))).all()]
        if row.name in POWERS:
            kept = [point for point in kept if abs(row.fn(*point)) >= np.finfo(dtype).tiny]
    return kept


def _exact(reference: Callable[..., Any], point: tuple[Any, ...]) -> Any:
    # Room for differences between numbers of very different sizes.
    sizes = [abs(int(np.frexp(float(v))[1])) for v in point]
    with mp.workdps(DIGITS + int(sum(sizes) * 0.9) if reference in (_sinc1, _sinc2) else DIGITS):
        value = reference(*(mp.mpf(float(v)) for v in point))
        return +mp.mpf(value)


def _moved(reference: Callable[..., Any], point: tuple[Any, ...], exact: Any) -> Any:
    """How far the exact derivative moves when an argument moves by one ulp."""
    farthest = mp.mpf(0)
    for i, v in enumerate(point):
        if isinstance(v, int | np.integer):
            continue
        for toward in (-np.inf, np.inf):
            near = np.nextafter(v, type(v)(toward))
            moved = _try(reference, (*point[:i], near, *point[i + 1 :]))
            if moved is not None:
                farthest = max(farthest, abs(moved - exact))
    return farthest


def _try(reference: Callable[..., Any], point: tuple[Any, ...]) -> Any:
    """The exact derivative, or None outside the domain."""
    try:
        return _exact(reference, point)
    except (ZeroDivisionError, TypeError, ValueError):
        return None


def error(
    reference: Callable[..., Any], computed: Any, point: tuple[Any, ...], dtype: type = np.float64
) -> float:
    """The error of one computed derivative in forgiven ulp."""
    exact = _try(reference, point)
    if exact is None:
        return 0.0
    largest = mp.mpf(float(np.finfo(dtype).max))
    if abs(exact) > largest:
        fits = not np.isfinite(computed) or abs(computed) > 0.999 * float(largest)
        return 0.0 if fits and np.sign(computed) == mp.sign(exact) else np.inf
    if not np.isfinite(computed):
        # Rounding alone may carry the last few numbers over the edge.
        return 0.0 if abs(exact) > 0.999999 * largest else np.inf
    ulp = mp.mpf(float(np.spacing(dtype(abs(float(exact))))))
    wrong = abs(mp.mpf(float(computed)) - exact) / ulp
    if wrong <= 1:
        return float(wrong)
    return float(wrong / max(1, _moved(reference, point, exact) / ulp))


def worst(row: Unary | Binary, count: int, dtype: type = np.float64) -> dict[str, Error]:
    """The worst error of each derivative of a row over its sample."""
    found = {name: Error(0.0, ()) for name in parts(row)}
    exact = references(row)
    for point in sample(row, count, dtype):
        for name, computed in derivatives(row, *point).items():
            # The formula's answer is rounded once to the type of the operands.
            with np.errstate(all="ignore"):
                rounded = dtype(computed)
                if row.name in POWERS and abs(rounded) < np.finfo(dtype).tiny:
                    continue
            ulp = error(exact[name], rounded, point, dtype)
            if not ulp <= found[name].ulp:
                found[name] = Error(ulp, tuple(float(v) for v in point))
    return found


def lines(count: int, dtype: type) -> Iterator[str]:
    for row in rows():
        for name, (ulp, at) in worst(row, count, dtype).items():
            if not isinstance(getattr(row, name), Constant):
                yield f"{row.name:12} {name:4} {ulp:8.2f}  at {', '.join(map(repr, at))}"


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    for dtype in (np.float64, np.float32):
        print(f"{dtype.__name__}: worst error in ulp, forgiven, over {count} random points")
        for line in lines(count, dtype):
            print(line)


if __name__ == "__main__":
    main()
