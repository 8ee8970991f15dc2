"""Writing numbers of an outer derivative into arrays of an inner one, and the other way round."""

import itertools

import numpy as np
import pytest

import dualad as da

A = np.array([1.1, 2.3, 3.2])
Z = np.array([0.45, 0.7, 0.9])
MODES = ("forward", "reverse")
PAIRS = tuple(itertools.product(MODES, MODES))

# The inner function works at a plain point: it meets the outer derivative through `a` alone.
WORK = (
    "y[0] = a[0]",
    "y[1:] = a[:2]",
    "y[...] = a",
    "y += a",
    "y[y > 1] = a[0]",
    "y.fill(a[0])",
    "y[:] = [a[0], 2.0, z[0]]",
    "np.add.at(y, [0, 0], a[:2])",
    "np.multiply(y, a, out=y)",
    "np.copyto(y, a)",
    "y = np.zeros_like(z); y[1] = a[1]; y[2] = z[0]*a[0]",
    "y = np.where(z > 0.6, a, z); y[0] = a[2]*z[1]",
    "y[[0, 1]] = a[[1, 2]]; w = y[::-1]; w[0] = a[0]; y = y*w",
    "y = y + 0.0*a[0]; v = y[1:]; v *= a[1:]; y[0] = v[0]",
)
# In forward mode a view cannot be told that the array behind it has become another.
VIEWS = ("v = y[1:]; v *= a[1:]; y[0] = v[0]", "v = y[1:]; y[0] = a[0]; y[1] = v[0]")


def outer(source, mode):
    code = compile(source, "<inner>", "exec")

    def f(a):
        def inner(z):
            space = {"np": np, "a": a, "z": z, "y": 2.0 * z}
            exec(code, space)
            return space["y"] * z

        return da.jacobian(inner, mode=mode)(Z)

    return f


def central(f, h=1e-6):
    columns = [(f(A + h * e) - f(A - h * e)) / (2.0 * h) for e in np.eye(3)]
    return np.stack(columns, axis=-1)


@pytest.mark.parametrize(("inside", "outside"), PAIRS)
@pytest.mark.parametrize("source", WORK)
def test_outer_numbers_in_inner_arrays(source, inside, outside):
    f = outer(source, inside)
    got = da.jacobian(f, mode=outside)(A)
    np.testing.assert_allclose(got, central(f), atol=1e-7)


@pytest.mark.parametrize(("inside", "outside"), PAIRS)
@pytest.mark.parametrize("source", VIEWS)
def test_views_are_right_or_refused(source, inside, outside):
    f = outer(source, inside)
    if inside == "forward":
        with pytest.raises(da.LevelError, match=r"(?s)in a view.*0\.0 \* a\[0\]"):
            da.jacobian(f, mode=outside)(A)
    else:
        got = da.jacobian(f, mode=outside)(A)
        np.testing.assert_allclose(got, central(f), atol=1e-7)


@pytest.mark.parametrize(("inside", "outside"), PAIRS)
def test_inner_numbers_in_outer_arrays_are_refused(inside, outside):
    f = outer("y = np.zeros_like(a); y[0] = z[0]", inside)
    with pytest.raises(da.LevelError, match="inner derivative was stored"):
        da.jacobian(f, mode=outside)(A)


@pytest.mark.parametrize("inside", MODES)
def test_three_levels(inside):
    """A hypergradient of a hypergradient: each level fills a work array of its own."""

    def f(a):
        def g(b):
            def h(z):
                y = np.zeros_like(z)
                y[0] = a[0] * b[0] * z[1]
                y[1] = b[1] * z[0] ** 2
                y[2] = a[1] * z[2]
                return (y * y).sum()

            return da.grad(h, mode=inside)(Z).sum() * b

        return da.jacobian(g, mode=inside)(np.array([1.5, 0.7])).sum()

    found = da.grad(f, mode="forward")(A)
    np.testing.assert_allclose(da.grad(f, mode="reverse")(A), found, rtol=1e-13)
    steps = [(f(A + 1e-6 * e) - f(A - 1e-6 * e)) / 2e-6 for e in np.eye(3)]
    np.testing.assert_allclose(found, steps, rtol=1e-6, atol=1e-7)


def filled(x):
    out = np.zeros(3)
    out[0] = np.sin(x)
    out[1:2] = x * x
    out[2] = np.sqrt(x - 0.5)  # an infinite derivative at 0.5: all is computed carefully
    return out


def filled_in_parts(x):
    out = np.zeros((2, 2))
    out[[0, 1], [1, 0]] = x**3
    out[0, 0] = x
    out[0, 0] = 2.0
    out[1, 1] = np.sqrt(x - 0.5)
    return out


@pytest.mark.parametrize("f", [filled, filled_in_parts])
def test_careful_numbers_are_stored(f):
    want = {
        filled: [-np.sin(0.5), 2.0, -np.inf],
        filled_in_parts: [[0.0, 3.0], [3.0, -np.inf]],
    }
    np.testing.assert_allclose(da.derivative(f, order=2)(0.5), want[f], rtol=1e-14)
