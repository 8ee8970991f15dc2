"""What the table of rules says, in the layouts of NumPy, and checks of machines against it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from dualad._rules import TABLE
from dualad._rules._row import Binary, Constant, Unary
from tests.machines import BY_HAND, FIRST, SECOND, Watched, dtype_of, same_bits

UNARY = [row for row in TABLE.values() if type(row) is Unary]
BINARY = [row for row in TABLE.values() if type(row) is Binary]
LOW = (np.dtype(np.float32), np.dtype(np.float16))


def name(row: Any) -> str:
    return row.name


def quiet(f: Callable[..., Any], *args: Any) -> Any:
    with np.errstate(all="ignore"):
        return f(*args)


# --- what the table says -------------------------------------------------------------------------


def evaluate(formula: Any, *args: Any) -> Any:
    """A formula of a row at plain operands, broadcast to the answer (third or last argument)."""
    if isinstance(formula, Constant):
        return np.full(np.broadcast_shapes(*map(np.shape, args)), formula.number)
    return quiet(formula, *args)


def wide(x: Any) -> Any:
    """x as formulas see it: in double precision, and with NumPy's arithmetic."""
    if type(x) is float:
        return np.float64(x)
    return x.astype(np.float64) if dtype_of(x) in LOW else x


def unary_d1(row: Unary, x: Any) -> Any:
    y = quiet(row.fn, wide(x))
    return quiet(np.asarray(evaluate(row.d1, wide(x), y)).astype, quiet(row.fn, x).dtype)


def unary_d2(row: Unary, x: Any) -> Any:
    y = quiet(row.fn, wide(x))
    d = evaluate(row.d1, wide(x), y)
    return quiet(np.asarray(evaluate(row.d2, wide(x), y, d)).astype, quiet(row.fn, x).dtype)


def binary_partials(row: Binary, x: Any, y: Any, names: tuple[str, ...]) -> list[Any]:
    z = quiet(row.fn, x, y)
    a, b = wide(x), wide(y)
    if np.asarray(z).dtype in LOW:
        answers = [evaluate(getattr(row, n), a, b, quiet(row.fn, a, b)) for n in names]
    else:
        answers = [evaluate(getattr(row, n), a, b, z) for n in names]
    return [quiet(np.broadcast_to(v, np.shape(z)).astype, np.asarray(z).dtype) for v in answers]


def diagonal(d: Any, shape: tuple[int, ...], out: tuple[int, ...]) -> np.ndarray:
    """The Jacobian of an elementwise function: d where an element of x reaches an answer's."""
    numbers = np.broadcast_to(np.arange(int(np.prod(shape))).reshape(shape), out)
    d = np.broadcast_to(d, out)
    jac = np.zeros((*out, int(np.prod(shape))), np.asarray(d).dtype)
    np.put_along_axis(jac, numbers[..., None], d[..., None], axis=-1)
    return jac.reshape(out + shape)


# --- points in all layouts -----------------------------------------------------------------------


def unary_points(row: Unary) -> np.ndarray:
    return np.array([*row.at, *row.kinks, *row.outside])


def binary_points(row: Binary) -> tuple[np.ndarray, np.ndarray]:
    both = np.array([*row.at, *row.kinks, *row.outside])
    if row.fn is np.ldexp:  # its second operand is an integer
        return both[:, 0].copy(), both[:, 1].astype(int)
    return both[:, 0].copy(), both[:, 1].copy()


def even(v: np.ndarray) -> np.ndarray:
    return v if v.size % 2 == 0 else np.append(v, v[:1])


def strided(v: np.ndarray) -> np.ndarray:
    return np.repeat(v, 3)[::3]


LAYOUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "vector": lambda v: v,
    "size 1": lambda v: v[:1],
    "size 1, three axes": lambda v: v[-1:].reshape(1, 1, 1),
    "empty": lambda v: v[:0],
    "empty, two axes": lambda v: v[:0].reshape(0, 3),
    "Fortran": lambda v: np.asfortranarray(even(v).reshape(2, -1)),
    "strided": strided,
    "reversed": lambda v: v[::-1],
    "reversed columns": lambda v: even(v).reshape(-1, 2)[:, ::-1],
    "stride 0": lambda v: np.broadcast_to(v[:, None], (v.size, 2)),
    "read-only": lambda v: np.broadcast_to(v, v.shape),
    "transposed stack": lambda v: even(v).reshape(2, 1, -1).transpose(2, 1, 0),
}


def scalars(v: np.ndarray) -> Iterator[Any]:
    """0-d arrays, Python floats and NumPy scalars."""
    for p in v:
        yield np.array(p)
        yield float(p)
        yield np.float64(p)


def in_range(v: np.ndarray) -> np.ndarray:
    """Points that float32 can hold."""
    size = np.abs(v[np.isfinite(v)])
    return np.all((size == 0) | ((size > 1e-35) & (size < 1e35)))


# --- first derivatives ---------------------------------------------------------------------------


def same_bytes(a: Any, b: Any) -> bool:
    """Whether two arrays are equal in every way: far cheaper than what NumPy's tests do."""
    if type(a) is not np.ndarray or type(b) is not np.ndarray:
        return False
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


# Where one operand of a binary row is a constant, these are enough: the others share their ways.
FEW = {name: FIRST[name] for name in ("dual by hand", "forward, chunks of 2", "reverse", "vjp")}


def check_first(
    f: Callable[..., Any], point: tuple[Any, ...], want: list[Any], machines: Any = FIRST
) -> None:
    """Every machine gives `want`, and the plain call's bits on the way."""
    where = repr(point)
    with np.errstate(all="ignore"):
        plain = f(*point)
        for machine_name, machine in machines.items():
            watched = Watched(f)
            got = machine(watched, point)
            for j, (g, w, _x) in enumerate(zip(got, want, point, strict=True)):
                text = f"{machine_name}, argument {j} of {where}"
                if machine_name in ("jvp", "vjp"):  # a cotangent has the dtype of its primal
                    w = np.asarray(w).astype(np.asarray(g).dtype)
                assert np.asarray(g).dtype == np.asarray(w).dtype, text
                if machine_name in BY_HAND:  # zero seeds are plain numbers there: 0 * inf is NaN
                    g = np.where(np.isnan(g), w, g)
                if not same_bytes(g, w):
                    strict = machine_name == "forward"
                    np.testing.assert_array_equal(g, w, err_msg=text, strict=strict)
            for seen in watched.seen:
                same_bits(seen, plain)


def check_second(
    f: Callable[..., Any], point: tuple[Any, ...], want: np.ndarray, rtol: float
) -> None:
    where = repr(point)
    with np.errstate(all="ignore"):
        plain = f(*point)
        for machine_name, machine in SECOND.items():
            watched = Watched(f)
            got = machine(watched, point)
            text = f"{machine_name} at {where}"
            if machine_name.startswith("hyper-dual"):
                got = np.where(np.isnan(got), want, got)
            if not same_bytes(got, want):
                np.testing.assert_allclose(got, want, rtol=rtol, atol=1e-315, err_msg=text)
            for seen in watched.seen:
                same_bits(np.asarray(seen), np.asarray(plain))
