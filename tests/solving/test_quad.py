"""Derivatives of `scipy.integrate.quad` and its kin, against closed forms."""

import ctypes
import math
import types
import warnings

import numpy as np
import pytest
from scipy import LowLevelCallable, integrate

import dualad as da
from tests.solving.integrals import LIMITS, MANY, PARAMETERS, POINT, WEIGHTS

CASES = PARAMETERS | LIMITS | WEIGHTS | MANY
P = POINT
# Singular at a place that moves: a graph has no second derivatives of them, and says so.
REFUSED = {"singular at a moving limit", "a moving singularity at points="}


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("name", CASES)
def test_gradient(name, mode):
    f, exact = CASES[name]
    value, got = da.value_and_grad(f, mode=mode)(P)
    assert value == f(P)
    np.testing.assert_allclose(got, da.grad(exact)(P), rtol=2e-9, atol=1e-11)


@pytest.mark.parametrize("name", CASES)
def test_hessian(name):
    f, exact = CASES[name]
    want = da.hessian(exact)(P)
    size = np.max(np.abs(want))
    np.testing.assert_allclose(da.hessian(f, mode="forward")(P), want, atol=2e-9 * size)
    if name in REFUSED:
        with pytest.raises(da.NoRuleError, match="moving singularity"):
            da.hessian(f, mode="reverse")(P)
    else:
        np.testing.assert_allclose(da.hessian(f, mode="reverse")(P), want, atol=2e-9 * size)


ONE = [
    *("smooth", "to infinity", "both", "singular at a moving limit", "cos", "cauchy"),
    *("a moving singularity at points=", "quad_vec, limits"),
]


@pytest.mark.parametrize("inner", ["forward", "reverse"])
@pytest.mark.parametrize("outer", ["forward", "reverse"])
@pytest.mark.parametrize("name", ONE)
def test_nested_modes(name, outer, inner):
    f, exact = CASES[name]
    got = da.jacobian(da.grad(f, mode=inner), mode=outer)(P)
    want = da.hessian(exact)(P)
    np.testing.assert_allclose(got, want, atol=2e-9 * np.max(np.abs(want)))


def test_third_derivatives():
    f = lambda t: integrate.quad(lambda x: np.exp(-t * x), 0, t)[0]
    exact = lambda t: (1 - np.exp(-t * t)) / t
    third = lambda g: da.derivative(da.derivative(da.derivative(g)))(0.8)
    np.testing.assert_allclose(third(f), third(exact), rtol=1e-9)


def test_triple_integral():
    f = lambda p: integrate.tplquad(
        lambda z, y, x: p * x * y * z, 0, 1, 0, lambda x: x, 0, lambda x, y: p
    )[0]
    assert da.value_and_grad(f)(2.0) == (pytest.approx(0.5), pytest.approx(0.75, rel=1e-12))


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_many_parameters(mode):
    n = np.arange(60.0)
    f = lambda c: integrate.quad(lambda x: np.sum(c * np.cos(n * x)), 0, 1)[0]
    want = np.concatenate([[1.0], np.sin(n[1:]) / n[1:]])
    np.testing.assert_allclose(da.grad(f, mode=mode)(np.ones(60)), want, rtol=1e-8, atol=1e-9)


def test_small_derivatives_have_the_relative_tolerance():
    """`epsabs` is in units of the value: it asks nothing of a derivative of 1e-9."""
    f = lambda p: integrate.quad(lambda x: 1 / (1 + (200 * x) ** 2) * (1 + 1e-9 * p), -1, 1)[0]
    assert da.grad(f)(1.0) == pytest.approx(1e-9 * np.arctan(200) / 100, rel=1e-7)


def warned(f, p):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        got = da.grad(f)(p)
    return got, [str(w.message) for w in caught if w.category is da.DerivativeWarning]


def test_a_jump_that_moves_is_told():
    _, texts = warned(lambda p: integrate.quad(lambda x: 1.0 if x < p else x, 0, 2)[0], 0.7)
    assert len(texts) == 1
    assert "jumps at a place that depends on a parameter" in texts[0]
    assert "points=" in texts[0]


def test_a_kink_that_moves_is_told_of_in_second_derivatives_only():
    f = lambda p: integrate.quad(lambda x: abs(x - p), 0, 2)[0]
    got, texts = warned(f, 0.7)
    assert got == pytest.approx(-0.6, abs=1e-9)
    assert texts == []
    with pytest.warns(da.DerivativeWarning, match="or its derivative, jumps"):
        da.hessian(f)(0.7)


def test_a_singular_integrand_does_not_warn():
    got, texts = warned(lambda p: integrate.quad(lambda x: p * np.log(x), 0.0, 1.0)[0], 2.0)
    assert got == pytest.approx(-1.0, abs=1e-12)
    assert texts == []


def test_a_divergent_integral_raises():
    with pytest.raises(da.InputError, match="has no derivative"):
        da.grad(lambda p: integrate.quad(lambda x: p * np.inf, 0.0, 1.0)[0])(2.0)


@pytest.mark.filterwarnings("ignore::dualad.DerivativeWarning")
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_structural_zeros(mode):
    f = lambda p: integrate.quad(lambda x: np.sqrt(p[0]) + p[1] * x, 0, 1)[0]
    np.testing.assert_array_equal(da.grad(f, mode=mode)(np.array([0.0, 1.0])), [np.inf, 0.5])
    zero = lambda p: integrate.quad(lambda x: 0 * np.sqrt(p) + p * x, 0, 1)[0]
    assert da.grad(zero, mode=mode)(0.0) == 0.5


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_a_limit_where_the_integrand_has_an_infinite_slope(mode):
    """The quarter of a circle, whose height is zero at the moving limit."""
    f = lambda r: integrate.dblquad(lambda y, x: 1.0, 0, r, 0, lambda x: np.sqrt(r * r - x * x))[0]
    assert da.grad(f, mode=mode)(1.0) == pytest.approx(np.pi / 2, rel=1e-9)


REFUSED_CALLS = {
    "qmc_quad": lambda p: integrate.qmc_quad(lambda x: p * x[0], [0], [1]).integral,
    "nsum": lambda p: integrate.nsum(lambda k: p / k**2, 1, np.inf).sum,
}


@pytest.mark.parametrize("name", [name for name in REFUSED_CALLS if hasattr(integrate, name)])
def test_what_is_refused(name):
    with pytest.raises(da.NoRuleError, match=f"{name} has no derivative rule"):
        da.grad(REFUSED_CALLS[name])(1.0)


def test_what_is_refused_is_scipys_without_numbers():
    f = lambda p: p * integrate.qmc_quad(lambda x: 1.0 + 0 * x[0], [0], [2]).integral
    assert da.grad(f)(1.0) == pytest.approx(2.0, rel=1e-12)


HIDDEN = types.SimpleNamespace()


def test_numbers_out_of_sight():
    """In a global the rule is summed with numbers; with a weight that is refused."""
    HIDDEN.p = 1.0

    def f(p, **keywords):
        HIDDEN.p = p
        try:
            return integrate.quad(lambda x: np.exp(-HIDDEN.p * x), 0, 1, **keywords)[0]
        finally:
            HIDDEN.p = 1.0

    want = da.grad(lambda p: (1 - np.exp(-p)) / p)(0.7)
    for mode in ("forward", "reverse"):
        assert da.grad(f, mode=mode)(0.7) == pytest.approx(want, rel=1e-10)
    with pytest.raises(da.NoRuleError, match="neither among its arguments nor closed over"):
        da.grad(lambda p: f(p, weight="cos", wvar=1.0))(0.7)


def test_full_output_and_messages():
    def f(p):
        value, error, info = integrate.quad(lambda x: p * x, 0, 1, full_output=True)
        assert type(error) is float
        assert info["neval"] == 21
        return value

    assert da.grad(f)(2.0) == 0.5
    hard = lambda p: integrate.quad(lambda x: p * np.sin(50 * x), 0, 9, limit=2)[0]
    with pytest.warns() as caught:
        da.grad(hard)(1.0)
    kinds = {w.category for w in caught}
    assert kinds == {integrate.IntegrationWarning, da.DerivativeWarning}


def test_messages_of_complex_integrals():
    f = lambda p: (
        integrate.quad(lambda x: p * np.exp(50j * x), 0, 9, limit=2, complex_func=True)[0].real
    )
    with pytest.warns() as caught:
        da.grad(f)(1.0)
    assert {w.category for w in caught} == {integrate.IntegrationWarning, da.DerivativeWarning}


def test_compiled_integrands():
    double = ctypes.c_double
    cosine = LowLevelCallable(ctypes.CFUNCTYPE(double, double)(math.cos))
    f = lambda p: p * integrate.quad(cosine, 0, 1)[0]
    assert da.grad(f)(1.0) == integrate.quad(math.cos, 0, 1)[0]
    with pytest.raises(da.NoRuleError, match="compiled function"):
        da.grad(lambda p: integrate.quad(cosine, 0, p)[0])(1.0)


def test_without_numbers_the_answers_are_scipys():
    seen = []

    def f(p):
        seen.append(integrate.nquad(lambda x, y: x * y, [(0, 1), (0, 2)], full_output=True))
        seen.append(integrate.quad(lambda x: x, 0, 1, full_output=1)[2]["neval"])
        return p * seen[0][0]

    assert da.grad(f)(1.0) == integrate.nquad(lambda x, y: x * y, [(0, 1), (0, 2)])[0]
    assert seen[1] == 21
