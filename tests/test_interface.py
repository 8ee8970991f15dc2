"""The public calls: arguments, keywords, values, dtypes and shapes."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import dualad as da
from tests.machines import same

MODES = ("auto", "forward", "reverse")
modes = pytest.mark.parametrize("mode", MODES)
X = np.array([0.5, -1.5, 2.0])


# --- argnums, arguments, keywords ----------------------------------------------------------------


def weighted(x, y, scale=1.0, *, shift=0.0):
    return scale * np.sum(x**2) * y + shift


@modes
def test_argnums(mode):
    x, y = X, 3.0
    dx, dy = 2 * x * y, np.float64(np.sum(x**2))
    same(da.grad(weighted, mode=mode)(x, y), dx)
    same(da.grad(weighted, 1, mode=mode)(x, y), dy)
    same(da.grad(weighted, -1, mode=mode)(x, y), dy)
    same(da.grad(weighted, -2, mode=mode)(x, y), dx)
    for argnums, want in (
        ((0, 1), (dx, dy)),
        ((1, 0), (dy, dx)),
        ((1,), (dy,)),
        ((-1, 0), (dy, dx)),
    ):
        got = da.grad(weighted, argnums, mode=mode)(x, y)
        assert type(got) is tuple
        for g, w in zip(got, want, strict=True):
            same(g, w)
    jac = da.jacobian(lambda a, b: a[:2] * b, (0, 1), mode=mode)(x, y)
    same(jac[0], np.eye(3)[:2] * y)
    same(jac[1], x[:2])


@modes
def test_other_arguments_are_passed_on(mode):
    same(da.grad(weighted, mode=mode)(X, 3.0, 2.0), 12 * X)
    same(da.grad(weighted, 2, mode=mode)(X, 3.0, 2.0), np.float64(3 * np.sum(X**2)))
    same(da.grad(weighted, mode=mode)(X, 3.0, scale=2.0, shift=1.0), 12 * X)
    value, _ = da.value_and_grad(weighted, mode=mode)(X, 3.0, shift=7.0)
    same(value, np.float64(weighted(X, 3.0, shift=7.0)))
    seen = []

    def f(x, n, name, flag, none):
        seen.append((n, name, flag, none))
        return x * n

    same(da.grad(f, mode=mode)(2.0, 3, "a", True, None), np.float64(3.0))
    assert all(s[0] is not None and s[1:] == ("a", True, None) and type(s[0]) is int for s in seen)


@pytest.mark.parametrize("argnums", [2, -3, (0, 2), (0, 0), (0, -2), ()])
def test_argnums_out_of_range(argnums):
    with pytest.raises(da.InputError):
        da.grad(lambda x, y: x * y, argnums)(1.0, 2.0)


@pytest.mark.parametrize("argnums", ["x", 0.0, (0, 1.5), None, True, [0]])
def test_argnums_of_another_type(argnums):
    with pytest.raises(da.InputTypeError):
        da.grad(lambda x, y: x * y, argnums)(1.0, 2.0)


@pytest.mark.parametrize("verb", [da.grad, da.jacobian, da.hessian, da.derivative])
def test_bad_calls(verb):
    with pytest.raises(da.InputTypeError, match="needs a function"):
        verb(3.0)
    with pytest.raises(da.InputError):
        verb(np.sin, mode="backward")
    for chunk in (0, -1, 1.5, "all"):
        with pytest.raises(da.DualadError):
            verb(np.sin, chunk_size=chunk)
    for x in (None, "text", object(), {}, [], np.array(["a"]), np.array([object()])):
        with pytest.raises((da.InputTypeError, da.InputError)):
            verb(lambda v: v)(x)
    with pytest.raises(da.InputError):
        verb(lambda v: v)()


VERBS = {
    "jacobian": lambda **k: da.jacobian(np.sin, **k),
    "grad": lambda **k: da.grad(np.sin, **k),
    "hessian": lambda **k: da.hessian(np.sin, **k),
    "derivative": lambda **k: da.derivative(np.sin, **k),
    "value_and_grad": lambda **k: da.value_and_grad(np.sin, **k),
    "value_and_jacobian": lambda **k: da.value_and_jacobian(np.sin, **k),
    "jvp": lambda **k: da.jvp(np.sin, (1.0,), (1.0,), **k),
    "vjp": lambda **k: da.vjp(np.sin, 1.0, **k),
    "hvp": lambda **k: da.hvp(np.sin, **k),
    "jacobian_operator": lambda **k: da.jacobian_operator(np.sin, np.ones(2), **k),
}


@pytest.mark.parametrize("verb", VERBS)
def test_keywords_of_later_capabilities(verb):
    later = {
        "sparsity": "auto",
        "coloring": "star",
        "compile": True,
    }
    for keyword, value in later.items():
        with pytest.raises(da.NotYetError, match=keyword) as raised:
            VERBS[verb](**{keyword: value})
        assert isinstance(raised.value, NotImplementedError)
        VERBS[verb](**{keyword: None})
    with pytest.raises(da.InputTypeError, match="no keyword 'modes'"):
        VERBS[verb](modes="forward")


# --- values and auxiliary output -----------------------------------------------------------------


def with_aux(x):
    y = np.sin(x)
    return np.sum(y), {"y": y, "n": 3, "parts": [y[0], "text"]}


@modes
def test_has_aux(mode):
    want = np.cos(X)
    for verb in (da.grad, da.jacobian):
        got, aux = verb(with_aux, mode=mode, has_aux=True)(X)
        same(got, want)
        _check_aux(aux)
    for verb in (da.value_and_grad, da.value_and_jacobian):
        (value, aux), got = verb(with_aux, mode=mode, has_aux=True)(X)
        same(value, np.sum(np.sin(X)))
        same(got, want)
        _check_aux(aux)
    got, aux = da.hessian(with_aux, mode=mode, has_aux=True)(X)
    np.testing.assert_allclose(got, np.diag(-np.sin(X)), atol=1e-15)
    _check_aux(aux)


def test_has_aux_of_products():
    value, tangent, aux = da.jvp(with_aux, (X,), (np.ones(3),), has_aux=True)
    same(tangent, np.sum(np.cos(X)))
    _check_aux(aux)
    value, pullback, aux = da.vjp(with_aux, X, has_aux=True)
    same(value, np.sum(np.sin(X)))
    same(pullback(2.0)[0], 2 * np.cos(X))
    _check_aux(aux)
    slope, aux = da.derivative(lambda x: (x**2, x + 1.0), has_aux=True)(3.0)
    assert (slope, aux) == (6.0, 4.0)
    with pytest.raises(da.InputError, match="pair"):
        da.grad(lambda x: np.sum(x), has_aux=True)(X)


def _check_aux(aux):
    assert type(aux["y"]) is np.ndarray
    np.testing.assert_array_equal(aux["y"], np.sin(X))
    assert aux["n"] == 3
    assert type(aux["parts"][0]) is np.float64
    assert aux["parts"][1] == "text"


@modes
def test_values(mode):
    value, jac = da.value_and_jacobian(lambda x: x[:2] * x[2], mode=mode)(X)
    same(value, X[:2] * X[2])
    same(jac, np.array([[2.0, 0.0, 0.5], [0.0, 2.0, -1.5]]))
    value, slope = da.value_and_grad(lambda x: x**3, mode=mode)(2.0)
    same(value, np.float64(8.0))
    same(slope, np.float64(12.0))


@modes
def test_grad_needs_one_number(mode):
    for f in (lambda x: x, lambda x: [x[0], x[1]], lambda x: {"a": x[0], "b": x[1]}):
        with pytest.raises(da.NonScalarOutputError) as raised:
            da.grad(f, mode=mode)(X)
        assert isinstance(raised.value, ValueError)
    same(da.grad(lambda x: x[:1] * 2, mode=mode)(X), np.array([2.0, 0.0, 0.0]))
    same(da.grad(lambda x: np.sum(x)[None, None], mode=mode)(X), np.ones(3))


@modes
def test_what_a_function_may_not_return(mode):
    for f in (lambda x: None, lambda x: "text", lambda x: object(), lambda x: [], lambda x: {}):
        with pytest.raises(da.OutputError):
            da.jacobian(f, mode=mode)(X)


@modes
def test_constants(mode):
    same(da.jacobian(lambda x: np.ones(2), mode=mode)(X), np.zeros((2, 3)))
    same(da.grad(lambda x: 3.0, mode=mode)(X), np.zeros(3))
    same(da.grad(lambda x: 3, mode=mode)(1.0), np.float64(0.0))
    same(da.grad(lambda x, y: y, mode=mode)(X, 2.0), np.zeros(3))
    same(da.hessian(lambda x: x[0], mode=mode)(X), np.zeros((3, 3)))
    same(da.hessian(lambda x: 3.0, mode=mode)(X), np.zeros((3, 3)))
    same(da.grad(np.floor, mode=mode)(1.5), np.float64(0.0))
    with pytest.warns(da.DerivativeWarning):
        same(da.jacobian(lambda x: np.argmax(x), mode=mode)(X), np.zeros(3))


# --- derivative ----------------------------------------------------------------------------------


def test_derivative():
    same(da.derivative(np.sin)(0.0), np.float64(1.0))
    same(da.derivative(np.sin)(X), np.cos(X))
    same(da.derivative(lambda t: np.stack([t, t**2]))(3.0), np.array([1.0, 6.0]))
    same(da.derivative(lambda x, t: x * t**2, 1)(X, 3.0), 6 * X)
    same(da.derivative(lambda x, t: x * t**2, 0)(X, 3.0), np.full(3, 9.0))
    same(da.derivative(np.exp, order=3)(np.ones((2, 2))), np.full((2, 2), np.e))
    got = da.derivative(lambda t: {"a": t**2, "b": [t, 2.0 * t]})(3.0)
    assert got["a"] == 6.0
    same(da.derivative(np.sqrt)(np.float32(4.0)), np.float32(0.25))


def test_derivative_of_elements_at_the_ends_of_the_range():
    # In float32 an eighth of the derivative may be a number where the derivative is none.
    x = np.logspace(-21.0, -18.0, 83, dtype=np.float32)
    with np.errstate(all="ignore"):
        want = (-1.0 / x.astype(np.float64) ** 2).astype(np.float32)
        np.testing.assert_allclose(da.derivative(lambda x: 1.0 / x)(x), want, rtol=3e-7, atol=1e-44)


def test_derivative_is_elementwise():
    wrong = [
        lambda x: x[::-1],
        lambda x: x * np.sum(x),
        lambda x: np.cumsum(x),
        np.sum,
        lambda x: x[:2],
        lambda x: x + 1e-5 * x[0],
        lambda x: x[:, None] * x,
    ]
    for f in wrong:
        with pytest.raises(da.NotElementwiseError) as raised:
            da.derivative(f)(X)
        assert isinstance(raised.value, ValueError)
    for order in (0, -1, 1.5):
        with pytest.raises(da.InputError):
            da.derivative(np.sin, order=order)
    with pytest.raises(da.InputTypeError):
        da.derivative(np.sin, (0, 1))


# --- dtypes and shapes ---------------------------------------------------------------------------


@modes
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_floating_dtypes_are_kept(dtype, mode):
    x = X.astype(dtype)
    f = lambda v: np.sum(np.sin(v) * v) / 2
    eps = 4 * np.finfo(dtype).eps
    value, slope = da.value_and_grad(f, mode=mode)(x)
    assert (value.dtype, slope.dtype) == (dtype, dtype)
    np.testing.assert_allclose(slope, (np.cos(x) * x + np.sin(x)) / 2, rtol=eps, atol=eps)
    assert da.jacobian(np.tanh, mode=mode)(x).dtype == dtype
    assert da.hessian(f, mode=mode)(x).dtype == dtype
    assert da.derivative(np.exp)(x).dtype == dtype
    assert da.jvp(np.exp, (x,), (x,))[1].dtype == dtype
    assert da.vjp(np.exp, x)[1](x)[0].dtype == dtype
    assert da.hvp(f)(x, x).dtype == dtype
    assert da.grad(np.sin, mode=mode)(dtype(0.5)).dtype == dtype


@modes
@pytest.mark.parametrize(
    "x", [[1, 2, 3], (1, 2, 3), np.array([1, 2, 3]), np.array([1, 2, 3], np.int8)]
)
def test_integers_are_promoted(x, mode):
    kept = copy.deepcopy(x)
    got = da.grad(lambda v: v[0] ** -1 + v[1] * v[2], mode=mode)(x)
    same(got, np.array([-1.0, 3.0, 2.0]))
    np.testing.assert_array_equal(x, kept)
    same(da.grad(lambda v: v**3, mode=mode)(2), np.float64(12.0))
    same(da.grad(lambda v: v * 3.0, mode=mode)(True), np.float64(3.0))
    same(da.grad(lambda v: np.sum(v * 3), mode=mode)(np.array([True, False])), np.array([3.0, 3.0]))
    seen = []
    da.grad(lambda v, n: seen.append(type(n)) or v * n, mode=mode)(2.0, 3)
    assert set(seen) == {int}


@modes
def test_shapes(mode):
    for shape in ((), (1,), (2, 3), (2, 1, 2), (0,), (2, 0)):
        x = np.random.default_rng(0).standard_normal(shape)
        got = da.jacobian(np.sin, mode=mode)(x)
        assert np.shape(got) == shape + shape
        np.testing.assert_allclose(np.reshape(got, (x.size, x.size)), np.diag(np.cos(x).ravel()))
        got = da.jacobian(lambda v: np.ones((2, 1)) * np.sum(v), mode=mode)(x)
        assert np.shape(got) == (2, 1, *shape)
        assert np.shape(da.grad(np.sum, mode=mode)(x)) == shape
        assert np.shape(da.hessian(np.sum, mode=mode)(x)) == shape + shape
    for x in (2.0, np.float64(2.0), np.array(2.0), 2):
        for verb in (da.grad, da.jacobian, da.hessian):
            assert type(verb(lambda v: v**3, mode=mode)(x)) is np.float64
    assert type(da.derivative(np.sin)(np.array(1.0))) is np.float64


@modes
def test_results_belong_to_the_caller(mode):
    x = X.copy()
    for f in (lambda v: v, lambda v: v * 1.0, np.sum, lambda v: v[::-1]):
        got = da.jacobian(f, mode=mode)(x)
        assert got.flags.writeable
        assert got.flags.c_contiguous
        want = got.copy()
        got[...] = 7.0
        np.testing.assert_array_equal(da.jacobian(f, mode=mode)(x), want)
    np.testing.assert_array_equal(x, X)
