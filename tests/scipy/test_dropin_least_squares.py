"""`least_squares`, `curve_fit` and `leastsq`, plain and as drop-ins."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
import scipy.optimize as so
from scipy import sparse
from scipy.sparse.linalg import LinearOperator

import dualad as da
from dualad.scipy import curve_fit, least_squares, leastsq
from tests.scipy.dropin_cases import DATA, TIMES, TRUE, Counted, decay, residuals

methods = pytest.mark.parametrize("method", ["trf", "dogbox", "lm"])
START = [1.0, 1.0, 1.0]


@methods
@pytest.mark.parametrize("mode", ["auto", "forward", "reverse"])
def test_every_method(method, mode):
    f = Counted(residuals)
    found = least_squares(f, START, method=method, mode=mode)
    assert np.allclose(found.x, TRUE, rtol=1e-7)
    assert f.calls == len(set(f.points)) <= found.nfev
    assert np.allclose(found.jac, da.jacobian(residuals)(found.x), rtol=1e-12)
    assert found.derivatives.startswith("jac: exact")
    theirs = so.least_squares(residuals, START, da.jacobian(residuals), method=method)
    assert found.nfev == theirs.nfev
    assert np.allclose(found.x, theirs.x, rtol=1e-12)


@pytest.mark.parametrize("loss", ["soft_l1", "huber", "cauchy", "arctan"])
@pytest.mark.parametrize("method", ["trf", "dogbox"])
def test_losses(loss, method):
    def outliers(p):
        return residuals(p) + np.where(np.arange(30) % 10 == 3, 2.0, 0.0)

    f = Counted(outliers)
    ours = least_squares(f, START, loss=loss, f_scale=0.1, method=method)
    theirs = so.least_squares(outliers, START, "3-point", loss=loss, f_scale=0.1, method=method)
    assert np.allclose(ours.x, theirs.x, atol=1e-4)
    assert f.calls == len(set(f.points))


def test_bounds_arguments_and_keywords():
    def f(p, t, y, *, power=1.0):
        return (decay(t, *p) - y) * power

    found = least_squares(
        f, START, bounds=([0, 0, 0], [2.0, 5, 5]), args=(TIMES, DATA), kwargs={"power": 2.0}
    )
    assert np.isclose(found.x[0], 2.0)
    assert 1 in np.abs(found.active_mask)


def test_what_the_user_gives_wins():
    for jac in ("2-point", "3-point", "cs"):
        ours = least_squares(residuals, START, jac)
        assert ours.derivatives == "as given"
        assert np.array_equal(ours.x, so.least_squares(residuals, START, jac).x)
    own = Counted(da.jacobian(residuals))
    assert least_squares(residuals, START, jac=own).derivatives == "as given"
    assert own.calls


N = 1200


def chain(x):
    """A tridiagonal system whose solution is 1 everywhere."""
    padded = np.concatenate((np.ones(1), x, np.ones(1)))
    return 3.0 * x + 0.1 * x**3 - padded[:-2] - padded[2:] - 1.1


def test_products_for_many_unknowns():
    f = Counted(chain)
    found = least_squares(f, np.full(N, 0.5), tr_solver="lsmr")
    assert np.allclose(found.x, 1.0, atol=1e-5)
    assert f.calls == len(set(f.points))
    assert isinstance(found.jac, LinearOperator)
    assert found.derivatives.startswith("jac: exact products")
    # Few unknowns: an array, though LSMR is asked for.
    small = least_squares(residuals, START, tr_solver="lsmr")
    assert isinstance(small.jac, np.ndarray)
    assert np.allclose(small.x, TRUE, rtol=1e-6)


@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize("method", ["trf", "dogbox"])
def test_a_sparse_pattern(dense, method):
    n = 300
    pattern = sparse.diags_array([1, 1, 1], offsets=[-1, 0, 1], shape=(n, n), dtype=int)
    pattern = pattern.toarray() if dense else pattern
    f = Counted(chain)
    found = least_squares(f, np.full(n, 0.5), jac_sparsity=pattern, method=method)
    assert np.allclose(found.x, 1.0, atol=1e-5)
    assert f.calls == len(set(f.points))
    assert sparse.issparse(found.jac)
    assert np.allclose(found.jac.toarray(), da.jacobian(chain)(found.x), rtol=1e-13)
    assert found.derivatives.startswith("jac: exact, sparse in 3 products")


@pytest.mark.parametrize("keywords", [
    {"tr_solver": "lsmr"},
    {"jac_sparsity": np.eye(400) + np.eye(400, k=1) + np.eye(400, k=-1)},
], ids=["products", "pattern"])  # fmt: skip
def test_large_problems_inside_another_derivative(keywords):
    load = np.sin(np.arange(400))

    def solve(p):
        return least_squares(lambda x: chain(x) - p * load, np.full(400, 0.5), **keywords).x

    value, slope = da.value_and_jacobian(solve)(0.1)
    assert np.array_equal(value, solve(0.1))
    want = np.linalg.solve(da.jacobian(chain)(value), load)
    assert np.allclose(slope, want, rtol=1e-5, atol=1e-7)


def test_a_pattern_that_does_not_fit():
    start = np.full(8, 0.5)
    with pytest.raises(da.InputError, match="leaves out"):
        least_squares(chain, start, jac_sparsity=np.eye(8))
    with pytest.raises(da.InputError, match="shape"):
        least_squares(chain, start, jac_sparsity=np.eye(7))
    for wrong in ({"method": "lm"}, {"tr_solver": "exact"}):
        with pytest.raises(ValueError, match="jac_sparsity"):
            least_squares(chain, start, jac_sparsity=np.ones((8, 8)), **wrong)


def test_plain_use():
    found = so.least_squares(residuals, START, jac=da.jacobian(residuals))
    assert np.allclose(found.x, TRUE, rtol=1e-8)
    operator = so.least_squares(
        chain, np.full(50, 0.5), jac=lambda x: da.jacobian_operator(chain, x), x_scale=1.0
    )
    assert np.allclose(operator.x, 1.0, atol=1e-5)
    lm = so.leastsq(residuals, START, Dfun=da.jacobian(residuals))
    assert np.allclose(lm[0], TRUE, rtol=1e-8)
    popt, _ = so.curve_fit(decay, TIMES, DATA, START, jac=jacobian_in_parameters)
    assert np.allclose(popt, TRUE, rtol=1e-8)


def jacobian_in_parameters(t, *params):
    return da.jacobian(lambda p: decay(t, *p))(np.array(params))


# --- curve_fit -----------------------------------------------------------------------------------

NOISY = DATA + 0.05 * np.cos(17.0 * np.arange(30))
SIGMA = 0.03 + 0.02 * np.sin(np.arange(30)) ** 2
COVARIANCE = np.diag(SIGMA**2) + 1e-5


@pytest.mark.parametrize("method", [None, "lm", "trf", "dogbox"])
@pytest.mark.parametrize("sigma", [None, SIGMA, COVARIANCE], ids=["none", "errors", "covariance"])
@pytest.mark.parametrize("absolute", [False, True])
def test_curve_fit(method, sigma, absolute):
    f = Counted(decay)
    keywords = {"sigma": sigma, "absolute_sigma": absolute, "method": method, "full_output": True}
    popt, pcov, info, *_ = curve_fit(f, TIMES, NOISY, START, **keywords)
    exact = so.curve_fit(decay, TIMES, NOISY, START, jac=jacobian_in_parameters, **keywords)
    assert np.allclose(popt, exact[0], rtol=1e-9)
    assert np.allclose(pcov, exact[1], rtol=1e-7)
    assert info["nfev"] == exact[2]["nfev"]
    assert f.calls <= info["nfev"]
    assert info["derivatives"].startswith("jac: exact")


def test_curve_fit_finds_the_number_of_parameters():
    popt, _ = curve_fit(decay, TIMES, DATA)
    assert np.allclose(popt, TRUE, rtol=1e-8)

    class Model:
        def __call__(self, t, a, b=1.0):
            return a * np.exp(-b * t)

    popt, _ = curve_fit(Model(), TIMES, 2.0 * np.exp(-0.5 * TIMES))
    assert np.allclose(popt, [2.0, 0.5], rtol=1e-8)


def test_curve_fit_in_bounds():
    popt, _ = curve_fit(decay, TIMES, DATA, bounds=(0, [2.0, 5, 5]))
    assert np.isclose(popt[0], 2.0)


def test_curve_fit_of_several_variables():
    x = np.stack([TIMES, TIMES**2 - 1.0])

    def plane(x, a, b):
        return a * x[0] + np.exp(b * x[1])

    f = Counted(plane)
    popt, _ = curve_fit(f, x, plane(x, 2.0, -0.3))
    assert np.allclose(popt, [2.0, -0.3], rtol=1e-7)


@pytest.mark.parametrize("sigma", [None, SIGMA], ids=["none", "errors"])
@pytest.mark.parametrize("method", ["lm", "trf"])
def test_curve_fit_of_a_constant(sigma, method):
    weights = np.ones(30) if sigma is None else SIGMA**-2
    popt, _ = curve_fit(lambda _t, a: a, TIMES, DATA, sigma=sigma, method=method)
    assert np.allclose(popt, weights @ DATA / weights.sum(), rtol=1e-8)


def test_curve_fit_omits_nans():
    y = DATA.copy()
    y[[3, 8]] = np.nan
    popt, _ = curve_fit(decay, TIMES, y, START, nan_policy="omit", check_finite=False)
    assert np.allclose(popt, TRUE, rtol=1e-7)
    with pytest.raises(ValueError, match="infs or NaNs"):
        curve_fit(decay, TIMES, y, START)


def test_curve_fit_with_what_is_given():
    own = Counted(jacobian_in_parameters)
    popt, _ = curve_fit(decay, TIMES, DATA, START, jac=own)
    assert own.calls
    assert np.allclose(popt, TRUE, rtol=1e-8)
    ours = curve_fit(decay, TIMES, DATA, START, method="trf", jac="2-point")
    theirs = so.curve_fit(decay, TIMES, DATA, START, method="trf", jac="2-point")
    assert np.array_equal(ours[0], theirs[0])
    # Keywords of the solver beneath.
    popt, _ = curve_fit(decay, TIMES, DATA, START, method="trf", loss="soft_l1", ftol=1e-12)
    assert np.allclose(popt, TRUE, rtol=1e-7)


@pytest.mark.parametrize("columns", [False, True])
def test_leastsq(columns):
    f = Counted(residuals)
    p, _, info, _, ier = leastsq(f, START, full_output=True, col_deriv=columns)
    assert ier in (1, 2, 3, 4)
    assert np.allclose(p, TRUE, rtol=1e-8)
    assert f.calls == len(set(f.points))
    assert info["derivatives"].startswith("Dfun: exact")
    assert np.allclose(leastsq(residuals, START)[0], TRUE, rtol=1e-8)
    own = Counted(da.jacobian(residuals))
    leastsq(residuals, START, Dfun=own)
    assert own.calls


def test_what_an_older_scipy_lacks_is_not_asked_for():
    known = inspect.signature(so.curve_fit).parameters
    assert {"f", "xdata", "ydata", "p0", "jac"} <= set(known)
