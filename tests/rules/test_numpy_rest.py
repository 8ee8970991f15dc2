"""NumPy's rarer functions at their edges: kinks, ties, NaN, errors, and drawn shapes.

The cases of `rest_cases` go through every machine in `tests/test_machines_arrays.py`.
"""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dualad as da
from tests.machines import differences, same_bits
from tests.rules.rest_cases import METHODS

MODES = pytest.mark.parametrize("mode", ["forward", "reverse"])


def both(f, *point):
    """Jacobians in both modes, which must agree."""
    argnums = tuple(range(len(point)))
    with np.errstate(all="ignore"):
        one, two = (da.jacobian(f, argnums, mode=m)(*point) for m in ("forward", "reverse"))
    for a, b in zip(one, two, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13)
    return one


# --- interp --------------------------------------------------------------------------------------

XP, FP = np.array([0.0, 1.0, 2.0, 4.0]), np.array([0.0, 2.0, 1.0, 5.0])


def test_interp_at_its_samples():
    (jac,) = both(lambda x: np.interp(x, XP, FP), XP)
    np.testing.assert_allclose(np.diag(jac), [2.0, 0.5, 0.5, 2.0])
    (jac,) = both(lambda f: np.interp(XP, XP, f), FP)
    np.testing.assert_allclose(jac, np.eye(4), atol=1e-15)


def test_interp_with_a_jump_and_nan():
    xp, fp = np.array([0.0, 1.0, 1.0, 2.0]), np.array([0.0, 1.0, 3.0, 4.0])
    (jac,) = both(lambda x: np.interp(x, xp, fp), np.array([0.5, 1.5]))
    np.testing.assert_allclose(jac, np.eye(2))
    x = np.array([np.nan, 0.5, -3.0, np.inf])
    (jac,) = both(lambda f: np.interp(x, XP, f), FP)
    np.testing.assert_allclose(jac[1:], [[0.5, 0.5, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]])


def test_interp_of_complex_samples_and_single_precision():
    f = lambda x: np.interp(x, XP, FP + 1j * FP[::-1]).imag
    (jac,) = both(f, np.array([0.5, 3.0]))
    np.testing.assert_allclose(np.diag(jac), [-4.0, -1.0])
    x = np.array([0.5, 3.0], np.float32)
    value, slope = da.value_and_jacobian(lambda x: np.interp(x, XP, FP))(x)
    same_bits(value, np.interp(x, XP, FP))
    assert slope.dtype == np.float64


def test_gradient_of_equal_places():
    """Places that happen to be equally spaced still have derivatives of their own."""
    f, x = np.array([1.0, 3.0, 2.0, 5.0]), np.arange(4.0)
    (jac,) = both(lambda x: np.gradient(f, x, edge_order=2), x)
    want, error = differences(lambda x: np.gradient(f, x, edge_order=2), x, 1e-2)
    assert np.all(np.abs(jac - want) <= 1e-8 + 10 * error)


def test_unwrap_counts_whole_turns():
    p = np.array([0.0, np.pi, 3.0 * np.pi + 0.1, -7.0])
    (jac,) = both(np.unwrap, p)
    np.testing.assert_array_equal(jac, np.eye(4))


# --- NaN -----------------------------------------------------------------------------------------

NAN = ("nansum", "nanprod", "nanmean", "nanvar", "nanstd", "nanmax", "nanmin", "nanmedian")


@MODES
@pytest.mark.parametrize("name", NAN)
def test_slices_without_a_number(name, mode):
    f = getattr(np, name)
    x = np.array([[np.nan, np.nan], [1.0, 2.5]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain = f(x, axis=1)
        value, jac = da.value_and_jacobian(lambda x: f(x, axis=1), mode=mode)(x)
        part = da.jacobian(f, mode=mode)(x[1])
    same_bits(value, plain)
    np.testing.assert_allclose(jac[1, 1], part)
    np.testing.assert_array_equal(jac[1, 0], 0.0)


@MODES
def test_warnings_are_those_of_the_plain_call(mode):
    x = np.full((2, 2), np.nan)
    for f in (np.nanmean, np.nanvar, np.nanmax, np.nanmedian, np.nanquantile):
        args = (0.5,) if f is np.nanquantile else ()
        with warnings.catch_warnings(record=True) as plain:
            warnings.simplefilter("always")
            f(x, *args)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            da.jvp(lambda x, f=f, args=args: f(x, *args), (x,), (x * 0 + 1,)) if (
                mode == "forward"
            ) else da.vjp(lambda x, f=f, args=args: f(x, *args), x)
        assert {str(w.message) for w in caught} == {str(w.message) for w in plain}


@MODES
def test_ties_and_constants(mode):
    grad = lambda f: da.grad(f, mode=mode)
    x = np.array([2.0, np.nan, 2.0, 1.0])
    np.testing.assert_array_equal(grad(np.nanmax)(x), [0.5, 0, 0.5, 0])
    np.testing.assert_array_equal(grad(np.nanstd)(np.array([3.0, np.nan, 3.0])), [0, 0, 0])
    (hess,) = (da.hessian(np.nanprod)(np.array([0.0, np.nan, 3.0, 0.0])),)
    want = np.zeros((4, 4))
    want[0, 3] = want[3, 0] = 3.0
    np.testing.assert_array_equal(hess, want)


# --- quantiles -----------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.sampled_from(METHODS),
    st.integers(1, 9),
    st.floats(0.0, 1.0),
    st.booleans(),
    st.integers(0, 2**31),
)
def test_quantiles_drawn(method, n, q, skip_nan, seed):
    """The derivative is the weights of the elements, which NumPy shows on unit vectors."""
    rng = np.random.default_rng(seed)
    x = rng.permutation(np.arange(1.0, n + 1)) + 0.1 * rng.random(n)
    fn = np.nanquantile if skip_nan else np.quantile
    if skip_nan:
        x = np.insert(x, int(rng.integers(n + 1)), np.nan)
    f = lambda x: fn(x, q, method=method)
    (jac,) = both(f, x)
    for i in range(x.size):
        up, down = x.copy(), x.copy()
        up[i] += 0.125
        down[i] -= 0.125
        np.testing.assert_allclose(jac[i], (f(up) - f(down)) / 0.25, atol=1e-13)


@pytest.mark.parametrize("method", METHODS)
def test_quantiles_at_the_ends(method):
    x = np.array([3.0, 1.0, 2.0])
    (jac,) = both(lambda x: np.quantile(x, [0.0, 1.0], method=method), x)
    np.testing.assert_allclose(jac, [[0, 1, 0], [1, 0, 0]])


# --- polynomials ---------------------------------------------------------------------------------


@MODES
def test_roots_of_real_polynomials(mode):
    p = np.array([1.0, -6.0, 11.0, -6.0])
    r = np.roots(p)
    value, jac = da.value_and_jacobian(np.roots, mode=mode)(p)
    same_bits(value, r)
    slope = np.polyval(np.polyder(p), r)
    np.testing.assert_allclose(jac, -np.vander(r, 4) / slope[:, None], rtol=1e-9)
    back = lambda p: np.poly(np.roots(p)) * p[0]
    np.testing.assert_allclose(da.jacobian(back, mode=mode)(p), np.eye(4), atol=1e-9)
    np.testing.assert_allclose(da.hessian(lambda p: np.sum(back(p)))(p), 0.0, atol=1e-7)


@MODES
@pytest.mark.parametrize(
    "p", [[1.0, -2.0, 1.0], [1.0, 0.0, 0.0], [1.0, -5.0, 8.0, -4.0], [1.0, -3.0, 3.0, -1.0]]
)
def test_multiple_roots_raise(p, mode):
    with pytest.raises(da.NoRuleError, match="multiple root"):
        da.jacobian(np.roots, mode=mode)(np.array(p))


def test_roots_at_zero_and_leading_zeros():
    p = np.array([0.0, 1.0, 2.0, -3.0, 0.0])
    (jac,) = both(np.roots, p)
    r = np.roots(p)
    want = -np.vander(r, 5) / (3 * r**2 + 4 * r - 3)[:, None]
    np.testing.assert_allclose(jac, want, atol=1e-13)
    assert both(np.roots, np.array([2.0]))[0].shape == (0, 1)


def test_roots_as_badly_conditioned_as_wilkinson():
    p = np.poly(np.arange(1.0, 11.0))
    (jac,) = both(np.roots, p)
    r = np.roots(p)
    want = -np.vander(r, 11) / np.polyval(np.polyder(p), r)[:, None]
    np.testing.assert_allclose(jac, want, rtol=1e-12)


POLY1D = {
    "call": lambda c: np.poly1d(c)(1.5),
    "arithmetic": lambda c: (np.poly1d(c) ** 2 - np.poly1d([1.0, 2.0]) * 3.0 + 1.0).coeffs,
    "calculus": lambda c: np.poly1d(c).integ(2, k=1.0).deriv().coeffs,
    "division": lambda c: np.polydiv(c, np.poly1d([1.0, 2.0]))[0].coeffs,
    "roots": lambda c: np.abs(np.poly1d(c).r),
    "from roots": lambda c: np.poly1d(c, True).coeffs,
    "inside": lambda c: np.polyval(np.poly1d([1.0, 2.0]), np.poly1d(c)).coeffs,
    "leading zeros": lambda c: np.poly1d(np.concatenate(([0.0, 0.0], c))).coeffs,
}


@pytest.mark.parametrize("name", POLY1D)
def test_poly1d(name):
    c = np.array([1.3, -0.7, 2.2, 0.4])
    (jac,) = both(POLY1D[name], c)
    want, error = differences(POLY1D[name], c, 1e-3)
    assert np.all(np.abs(jac - want) <= 1e-7 + 10 * error)


@MODES
def test_a_poly1d_over_another_is_refused(mode):
    """NumPy hands both on as objects, and asks them for plain arrays."""
    with pytest.raises(da.EscapeError):
        da.jacobian(lambda c: (np.poly1d(c) / np.poly1d(c[:2]))[0].coeffs, mode=mode)(np.ones(4))


def test_the_remainder_of_a_division():
    u, v = np.array([2.0, 1.0, -4.0, 3.0]), np.array([1.0, -2.0, 0.5])
    ju, jv = both(lambda u, v: np.polydiv(u, v)[1], u, v)
    # u = q v + r
    back = lambda u, v: np.polyadd(np.polymul(np.polydiv(u, v)[0], v), np.polydiv(u, v)[1])
    assert ju.shape == (2, 4)
    assert jv.shape == (2, 3)
    one, other = both(back, u, v)
    np.testing.assert_allclose(one, np.eye(4), atol=1e-14)
    np.testing.assert_allclose(other, 0.0, atol=1e-14)


# --- histograms and sets -------------------------------------------------------------------------


@MODES
def test_edges_move_with_the_data(mode):
    x = np.array([0.3, 2.0, 0.9, 1.4])
    jac = da.jacobian(lambda x: np.histogram(x, 2)[1], mode=mode)(x)
    np.testing.assert_allclose(jac, [[1, 0, 0, 0], [0.5, 0.5, 0, 0], [0, 1, 0, 0]])
    counts = da.jacobian(lambda w: np.histogram(x, 2, weights=w)[0], mode=mode)(x * x)
    np.testing.assert_array_equal(counts, [[1, 0, 1, 0], [0, 1, 0, 1]])


@MODES
def test_counts_alone_are_told_to_the_user(mode):
    x = np.array([0.3, 2.0, 0.9, 1.4])
    for f in (
        lambda x: np.histogram(x, [0.0, 1.0, 2.5])[0] @ np.array([1.0, 2.0]),
        lambda x: np.histogram(x, 2)[0] @ np.array([1.0, 2.0]),
    ):
        with pytest.warns(da.DerivativeWarning):
            slope = da.grad(f, mode=mode)(x)
        np.testing.assert_array_equal(slope, 0.0)


@MODES
def test_sets_pick(mode):
    x = np.array([2.0, 1.0, 2.0, 3.0])
    jac = da.jacobian(np.unique, mode=mode)(x)
    np.testing.assert_array_equal(jac, [[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]])
    f = lambda x: np.intersect1d(x, x[1:])
    np.testing.assert_array_equal(
        da.jacobian(f, mode=mode)(np.array([3.0, 1.0, 2.0])), np.eye(3)[1:]
    )
    values, counts = da.primal(np.unique(da.Dual(x, np.eye(4)), return_counts=True)[0]), None
    np.testing.assert_array_equal(values, [1.0, 2.0, 3.0])
    assert counts is None


# --- the user's functions ------------------------------------------------------------------------


@MODES
def test_functions_that_close_over_numbers(mode):
    x, y = np.array([-1.0, 0.5, 2.0]), np.array([0.3, 0.7])

    def f(x, y):
        a = np.piecewise(x, [x < 0, x > 1], [lambda v: v * y[0], lambda v: y[1] ** 2 + v, 7.0])
        b = np.apply_along_axis(lambda v: v * y[1], 0, np.stack((x, x)))
        return np.concatenate((a, np.ravel(b)))

    for i in (0, 1):
        point = (x, y)
        got = da.jacobian(f, i, mode=mode)(*point)
        g = lambda v, i=i: f(v, y) if i == 0 else f(x, v)
        want, error = differences(g, point[i], 1e-2)
        assert np.all(np.abs(got - want) <= 1e-9 + 10 * error)


def test_piecewise_counts_as_numpy():
    """Later conditions win, scalars and 0-d arrays pass, extra functions are for the rest."""
    for x in (np.array([0.5, 1.5, 2.5]), np.array(1.5)):
        f = lambda x: np.piecewise(x, [x > 0, x > 1], [np.sin, np.cos])
        value, slope = da.value_and_jacobian(f)(x)
        same_bits(np.asarray(value), np.asarray(f(x)))
        want = np.where(x > 1, -np.sin(x), np.cos(x))
        np.testing.assert_allclose(slope if x.ndim == 0 else np.diag(slope), want)


def slope_or_root(a, b):
    return math.sqrt(a) * b if a > 1 else a + b


def two_answers(a):
    return a * a, math.exp(a)


@MODES
def test_functions_made_by_frompyfunc(mode):
    def f(x):
        one = np.frompyfunc(slope_or_root, 2, 1)(x[:, None], x[:2])
        both = np.frompyfunc(two_answers, 1, 2)(x)
        return np.concatenate((np.ravel(one), both[0] * both[1])).astype(float)

    x = np.array([0.4, 1.7, 2.3])
    want, error = differences(f, x, 1e-2)
    got = da.jacobian(f, mode=mode)(x)
    assert np.all(np.abs(got - want) <= 1e-9 + 20 * error)
    g = lambda x: np.frompyfunc(two_answers, 1, 2)(x[0])[1]
    np.testing.assert_allclose(da.grad(g, mode=mode)(x), [math.exp(0.4), 0.0, 0.0])


# --- errors are NumPy's --------------------------------------------------------------------------

X = np.array([[1.0, 2.0], [4.0, 3.5]])
WRONG = {
    "interp, lengths": lambda x: np.interp(0.5, x[0], x.ravel()),
    "interp, period": lambda x: np.interp(x, x[0], x[1], period=0),
    "gradient, short": lambda x: np.gradient(x[:1, :1]),
    "gradient, edge": lambda x: np.gradient(x, edge_order=3),
    "gradient, arguments": lambda x: np.gradient(x, 1.0, 2.0, 3.0),
    "quantile, range": lambda x: np.quantile(x, 1.5),
    "quantile, method": lambda x: np.quantile(x, 0.5, method="nothing"),
    "quantile, weights": lambda x: np.quantile(x, 0.5, weights=np.ones((2, 2))),
    "nanquantile, range": lambda x: np.nanquantile(x, -0.5),
    "median, axis": lambda x: np.median(x, axis=2),
    "nanmean, axis": lambda x: np.nanmean(x, axis=2),
    "nanmax, empty": lambda x: np.nanmax(x[:0]),
    "cov, axes": lambda x: np.cov(x[None]),
    "cov, weights": lambda x: np.cov(x, aweights=[1.0]),
    "roots, axes": lambda x: np.roots(x),
    "poly, axes": lambda x: np.poly(x[:1]),
    "polyder": lambda x: np.polyder(x[0], -1),
    "polyint": lambda x: np.polyint(x[0], -1),
    "polyint, constants": lambda x: np.polyint(x[0], 3, [1.0, 2.0]),
    "polyfit": lambda x: np.polyfit(x[0], x[1], -1),
    "vander": lambda x: np.vander(x),
    "histogram, bins": lambda x: np.histogram(x, 0),
    "histogram, order": lambda x: np.histogram(x, [2.0, 1.0]),
    "histogram, weights": lambda x: np.histogram(x, 2, weights=[1.0]),
    "histogramdd, bins": lambda x: np.histogramdd(x, [1, 2, 3]),
    "pad, mode": lambda x: np.pad(x, 1, mode="nothing"),
    "pad, keyword": lambda x: np.pad(x, 1, mode="mean", end_values=2),
    "pad, width": lambda x: np.pad(x, -1, mode="mean"),
    "piecewise": lambda x: np.piecewise(x, [x > 1], [1.0, 2.0, 3.0]),
    "apply_along_axis": lambda x: np.apply_along_axis(np.sum, 2, x),
    "apply_over_axes": lambda x: np.apply_over_axes(lambda a, _: a[0, 0], x, [0]),
    "unwrap": lambda x: np.unwrap(x, axis=2),
    "trim_zeros": lambda x: np.trim_zeros(x[0], axis=3),
}


@MODES
@pytest.mark.parametrize("name", WRONG)
def test_wrong_calls_raise_what_numpy_raises(name, mode):
    f = WRONG[name]
    with pytest.raises(Exception) as theirs:  # noqa: PT011  # whatever NumPy raises
        f(X)
    with pytest.raises(theirs.type):
        da.jacobian(f, mode=mode)(X)


@pytest.mark.parametrize("f", [np.save, np.savetxt, np.savez])
def test_files_hold_no_derivative(f):
    with pytest.raises(da.NoRuleError, match="a file holds no derivative"):
        da.grad(lambda x: f("nowhere", x))(X[0])


def test_nan_to_num_in_place():
    def f(x):
        y = np.where(x > 2.2, np.nan, x * x)
        assert np.nan_to_num(y, copy=False, nan=5.0) is y
        return y

    (jac,) = both(f, X)
    np.testing.assert_array_equal(jac.reshape(4, 4), np.diag([2.0, 4.0, 0.0, 0.0]))
