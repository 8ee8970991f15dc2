"""Programs of statements, run on plain arrays and under differentiation, and compared.

A program is source text about an array `x`. It is run statement by statement. Its result is every
floating-point name it leaves, in one vector; its true Jacobian comes from a complex step on the
same statements (exact to rounding), or from central differences where they are not analytic.
"""

from __future__ import annotations

import ast
from functools import lru_cache

import numpy as np

import dualad as da

FLOATING = (np.ndarray, np.floating, np.complexfloating, float, complex)


@lru_cache(maxsize=4096)
def statements(source):
    """(text, code) of each statement."""
    module = ast.parse(source)
    return tuple(
        (ast.unparse(s), compile(ast.Module([s], []), "<program>", "exec")) for s in module.body
    )


def names(space):
    """The floating-point names of a program, in order."""
    return sorted(k for k, v in space.items() if k != "np" and isinstance(v, FLOATING))


def layout(x):
    """Order in memory: it decides what is a view, and in which order NumPy adds."""
    return [s for s, n in zip(x.strides, x.shape, strict=True) if n > 1] if x.size else []


def snapshot(space):
    plain = {k: da.primal(space[k]) for k in names(space)}
    return {k: (np.array(v), layout(np.asarray(v))) for k, v in plain.items()}


def run(source, x, trail=None):
    """The result of a program; `trail` gets a snapshot after each statement."""
    space = {"np": np, "x": x}
    for _, code in statements(source):
        exec(code, space)
        if trail is not None:
            trail.append(snapshot(space))
    return np.concatenate([np.reshape(space[k], -1) for k in names(space)])


def along(source, x, step):
    """The program's directional derivatives from ``step(shift)``, as a Jacobian."""
    columns = []
    for index in np.ndindex(x.shape):
        unit = np.zeros(x.shape)
        unit[index] = 1.0
        columns.append(step(source, x, unit))
    return np.stack(columns, axis=-1).reshape((-1, *x.shape))


def laid_out_like(x, dtype):
    """An empty array of x's shape and order of memory."""
    order = sorted(range(x.ndim), key=lambda axis: -abs(x.strides[axis]))
    block = np.empty([x.shape[axis] for axis in order], dtype).transpose(np.argsort(order))
    return block[tuple(slice(None, None, -1 if s < 0 else 1) for s in x.strides)]


def moved(x, shift):
    out = laid_out_like(x, np.result_type(x, shift))
    out[...] = x + shift
    return out


def complex_step(source, x, unit):
    with np.errstate(all="ignore"):
        return run(source, moved(x, 1e-30j * unit)).imag / 1e-30


def central(source, x, unit, h=1e-6):
    up, down = run(source, moved(x, h * unit)), run(source, moved(x, -h * unit))
    return (up - down) / (2.0 * h)


def jacobian_of(source, x, analytic=True):
    return along(source, x, complex_step if analytic else central)


def check_values(source, x, mode):
    """The Jacobian by one mode; every name has the plain run's bits after every statement."""
    plain, trail = [], []
    run(source, moved(x, 0.0), plain)
    before = x.tobytes(order="A")
    jacobian = da.jacobian(lambda z: run(source, z, trail), mode=mode)(x)
    assert x.tobytes(order="A") == before, "the caller's array was changed"
    for (text, _), want, got in zip(statements(source), plain, trail, strict=False):
        assert got.keys() == want.keys(), f"{mode}: other names after {text}"
        for name, (value, order) in want.items():
            found, found_order = got[name]
            assert found.dtype == value.dtype, f"{mode}: dtype of {name} after {text}"
            assert found.shape == value.shape, f"{mode}: shape of {name} after {text}"
            same = found.tobytes() == value.tobytes()
            assert same, f"{mode}: {name} after {text}: {found} != {value}"
            assert found_order == order, f"{mode}: layout of {name} after {text}"
    return jacobian


SECOND = {
    "hyper-dual": lambda f: da.hessian(f, mode="forward"),
    "forward over reverse": lambda f: da.hessian(f, mode="reverse"),
    "forward in forward": lambda f: da.jacobian(da.jacobian(f, mode="forward"), mode="forward"),
    "reverse in forward": lambda f: da.jacobian(da.jacobian(f, mode="reverse"), mode="forward"),
    "forward in reverse": lambda f: da.jacobian(da.jacobian(f, mode="forward"), mode="reverse"),
    "reverse in reverse": lambda f: da.jacobian(da.jacobian(f, mode="reverse"), mode="reverse"),
}


def check_first(source, x, analytic=True):
    """Forward and reverse: bits of the values, and the true derivatives."""
    want = jacobian_of(source, x, analytic)
    tolerance = 1e-10 if analytic else 2e-6
    scale = 1.0 + np.abs(want).max(initial=0.0)
    for mode in ("forward", "reverse"):
        got = check_values(source, x, mode)
        np.testing.assert_allclose(
            got, want, rtol=tolerance, atol=tolerance * scale, err_msg=f"{mode}: {source}"
        )


def check_second(source, x, which=tuple(SECOND)):
    """All ways to second derivatives agree with differences of the first."""
    f = lambda z: run(source, z)
    first = da.jacobian(f, mode="forward")
    h = 1e-6
    columns = []
    for index in np.ndindex(x.shape):
        unit = np.zeros(x.shape)
        unit[index] = h
        columns.append((first(moved(x, unit)) - first(moved(x, -unit))) / (2.0 * h))
    want = np.stack(columns, axis=-1).reshape((-1, *x.shape, *x.shape))
    scale = 1.0 + np.abs(want).max(initial=0.0)
    for way in which:
        got = SECOND[way](f)(x)
        np.testing.assert_allclose(
            got, want, rtol=1e-4, atol=1e-5 * scale, err_msg=f"{way}: {source}"
        )
