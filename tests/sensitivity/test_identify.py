"""Confidence and identifiability: certified deviations, closed forms, directions with names."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
from scipy.optimize import curve_fit, least_squares
from scipy.sparse import csr_array
from scipy.sparse.linalg import aslinearoperator
from scipy.stats import t as student

import dualad as da
from dualad.sensitivity import fisher_information, identifiability, sensitivity
from examples.nist_strd import MODELS, load

T = np.linspace(0.0, 5.0, 25)
NOISE = np.random.default_rng(0).normal(size=T.size)


def decay(t, amplitude, rate, offset):
    return amplitude * np.exp(-rate * t) + offset


TRUE = {"amplitude": 2.0, "rate": 0.8, "offset": 0.3}
Y = decay(T, **TRUE) + 0.05 * NOISE
BEST, PCOV = curve_fit(decay, T, Y, [1.0, 1.0, 0.0], xtol=1e-14, ftol=1e-14)
NAMES = list(TRUE)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_certified_standard_deviations(name):
    """NIST StRD: eleven digits are certified, of the parameters and of their deviations."""
    problem = load(name)
    fit = identifiability(lambda x, b: problem.model(b, x), problem.certified, problem.x, problem.y)
    residual = math.sqrt(problem.sum_of_squares / fit.dof)
    assert fit.dof == problem.y.size - problem.certified.size
    np.testing.assert_allclose(fit.std / fit.residual_std, problem.deviations / residual, rtol=1e-8)
    if name != "Lanczos1":  # whose residual of 1e-13 the eleven digits of the parameters miss
        np.testing.assert_allclose(fit.residual_std, residual, rtol=1e-8)


# --- every way to give a fit ---------------------------------------------------------------------


def as_dict(t, p):
    return decay(t, p["amplitude"], p["rate"], p["offset"])


FITS = {
    "model(t, *params)": lambda: identifiability(decay, BEST, T, Y, names=NAMES),
    "model(t, p)": lambda: identifiability(lambda t, p: decay(t, *p), BEST, T, Y, names=NAMES),
    "model(t, dict)": lambda: identifiability(as_dict, dict(zip(NAMES, BEST, strict=True)), T, Y),
    "model(t, **dict)": lambda: identifiability(decay, dict(zip(NAMES, BEST, strict=True)), T, Y),
    "residuals": lambda: identifiability(lambda p: decay(T, *p) - Y, BEST, names=NAMES),
    "least_squares": lambda: identifiability(
        least_squares(lambda p: decay(T, *p) - Y, BEST, jac="cs"), names=NAMES
    ),
    "curve_fit": lambda: identifiability((BEST, PCOV), dof=22, names=NAMES),
    "curve_fit, full": lambda: identifiability(
        curve_fit(decay, T, Y, BEST, full_output=True, xtol=1e-14), names=NAMES
    ),
}


@pytest.mark.parametrize("name", FITS)
def test_every_way_to_give_a_fit(name):
    fit = FITS[name]()
    rtol = 1e-5 if name.startswith("curve_fit") else 1e-6  # SciPy's differences
    np.testing.assert_allclose(fit.cov, PCOV, rtol=1e-5)
    reference = FITS["model(t, *params)"]()
    np.testing.assert_allclose(fit.std, reference.std, rtol=rtol)
    np.testing.assert_allclose(fit.corr, reference.corr, rtol=rtol, atol=1e-7)
    np.testing.assert_allclose(fit.fisher, reference.fisher, rtol=10 * rtol)
    np.testing.assert_allclose(fit.condition, reference.condition, rtol=10 * rtol)
    np.testing.assert_allclose(fit.intervals, reference.intervals, rtol=rtol)
    assert fit.names == NAMES
    assert fit.dof == 22
    low, high = fit.interval("rate", 0.9)
    half = student.ppf(0.95, 22) * fit.std[1]
    np.testing.assert_allclose([low, high], [BEST[1] - half, BEST[1] + half], rtol=1e-6)


def test_sparse_jacobians_and_operators_of_a_result():
    result = least_squares(lambda p: decay(T, *p) - Y, BEST)
    want = identifiability(result).cov
    dense = result.jac
    for jac in (csr_array(dense), aslinearoperator(dense)):
        result.jac = jac
        np.testing.assert_allclose(identifiability(result).cov, want, rtol=1e-12)


def test_known_noise_and_weights():
    sigma = 0.05 * (1 + T)
    popt, pcov = curve_fit(decay, T, Y, BEST, sigma=sigma, absolute_sigma=True, xtol=1e-14)
    fit = identifiability(decay, popt, T, Y, sigma=sigma, absolute_sigma=True)
    np.testing.assert_allclose(fit.cov, pcov, rtol=1e-5)
    assert fit.dof is None
    assert fit.residual_std == 1.0
    np.testing.assert_allclose(fit.intervals[:, 1] - popt, 1.959963984540054 * fit.std, rtol=1e-12)
    relative = identifiability(decay, popt, T, Y, sigma=sigma)
    want = curve_fit(decay, T, Y, BEST, sigma=sigma, xtol=1e-14)[1]
    np.testing.assert_allclose(relative.cov, want, rtol=1e-5)
    matrix = np.diag(sigma**2)
    np.testing.assert_allclose(
        identifiability(decay, popt, T, Y, sigma=matrix, absolute_sigma=True).cov, fit.cov,
        rtol=1e-10,
    )  # fmt: skip


def test_a_straight_line_in_closed_form():
    x = np.arange(6.0)
    y = np.array([1.0, 2.9, 5.1, 7.0, 9.1, 10.9])
    slope, start = np.polyfit(x, y, 1)
    fit = identifiability(lambda x, a, b: a + b * x, {"a": start, "b": slope}, x, y)
    s = np.sqrt(np.sum((start + slope * x - y) ** 2) / 4)
    spread = np.sum((x - x.mean()) ** 2)
    np.testing.assert_allclose(fit.std[1], s / np.sqrt(spread), rtol=1e-12)
    np.testing.assert_allclose(fit.std[0], s * np.sqrt(np.mean(x**2) / spread), rtol=1e-12)
    at = np.array([0.0, 2.5, 10.0])
    band = fit.prediction(at, 0.9)
    root = np.sqrt(1 / 6 + (at - x.mean()) ** 2 / spread)
    factor = student.ppf(0.95, 4)
    np.testing.assert_allclose(band.high - band.value, factor * s * root, rtol=1e-12)
    wide = factor * s * np.sqrt(1 + root**2)
    np.testing.assert_allclose(band.new_high - band.value, wide, rtol=1e-12)
    np.testing.assert_allclose(band.value, start + slope * at, rtol=1e-14)
    frame = band.to_frame()
    assert list(frame["t"]) == list(at)
    assert "prediction at level 0.9" in repr(band)


def test_intervals_cover_the_truth():
    """Of 200 experiments at level 0.9 about 180 intervals hold the true value."""
    source = np.random.default_rng(5)
    held = np.zeros(3)
    for _ in range(200):
        y = decay(T, **TRUE) + 0.05 * source.normal(size=T.size)
        popt, _ = curve_fit(decay, T, y, [2.0, 0.8, 0.3])
        low, high = identifiability(decay, popt, T, y, level=0.9).intervals.T
        truth = np.array(list(TRUE.values()))
        held += (low < truth) & (truth < high)
    assert np.all(np.abs(held - 180) < 4 * np.sqrt(200 * 0.9 * 0.1))


# --- what the data do not say --------------------------------------------------------------------


def product(t, a, b, c):
    return a * b * np.exp(-c * t)


def test_a_null_direction_has_names():
    fit = identifiability(product, {"a": 2.0, "b": 3.0, "c": 0.5}, T, Y, sigma=0.1)
    (direction,) = fit.directions
    assert direction.is_null
    assert set(direction.changes) == {"a", "b"}
    assert math.isclose(direction.changes["a"] + direction.changes["b"], 0.0, abs_tol=1e-12)
    assert str(direction) in ("a +1 %, b -1 %: changes nothing", "b +1 %, a -1 %: changes nothing")
    assert fit.condition == math.inf
    assert np.isinf(fit.std[:2]).all()
    assert 0 < fit.std[2] < 1  # c is determined, whatever a and b are
    without = identifiability(
        product, {"a": 2.0, "b": 3.0, "c": 0.5}, T, Y, sigma=0.1, wrt=["a", "c"]
    )
    np.testing.assert_allclose(fit.std[2], without.std[1] * fit.residual_std / without.residual_std)
    assert "direction" in repr(fit)
    assert without.directions == []


def test_a_parameter_without_effect():
    fit = identifiability(lambda t, a, b: a * t + 0 * b, {"a": 1.0, "b": 2.0}, T, sigma=1.0)
    (direction,) = fit.directions
    assert direction.changes == {"b": 1.0}
    np.testing.assert_allclose(fit.std, [1 / np.sqrt(T @ T), np.inf])


def test_a_near_null_direction():
    """a + b enters, and a tenth of a percent of a - b."""
    fit = identifiability(
        lambda t, a, b: (a + b) * t + 1e-3 * (a - b) * t**2, {"a": 2.0, "b": 4.0}, T, sigma=1.0
    )
    (direction,) = fit.directions
    assert not direction.is_null
    changes = direction.changes  # relative: twice as much of a as of b
    np.testing.assert_allclose(changes["a"] / changes["b"], -2.0, rtol=0.02)
    assert direction.singular_value < 0.05
    np.testing.assert_allclose(fit.collinearity, 1 / direction.singular_value, rtol=1e-12)
    assert "correlation of a and b: -0.99" in repr(fit)
    zero = identifiability(
        lambda t, a, b: (a + b) * t + 1e-3 * (a - b) * t**2, {"a": 2.0, "b": 0.0}, T, sigma=1.0
    )
    assert not zero.directions[0].is_relative  # a percentage of nothing says nothing


def test_units_do_not_matter():
    fit = identifiability(decay, BEST, T, Y)
    scaled = identifiability(lambda t, a, k, c: decay(t, 1e9 * a, 1e-6 * k, c),
                             BEST * [1e-9, 1e6, 1.0], T, Y)  # fmt: skip
    np.testing.assert_allclose(scaled.condition, fit.condition, rtol=1e-10)
    np.testing.assert_allclose(scaled.corr, fit.corr, rtol=1e-9)


def test_parameters_at_a_bound():
    result = least_squares(
        lambda p: decay(T, *p) - Y, [1.0, 1.0, 0.1], bounds=([0, 0, 0], [9, 9, 0.2])
    )
    fit = identifiability(result, names=NAMES)
    assert np.isnan(fit.std[2])
    assert "at a bound, and held there: offset" in repr(fit)
    held = identifiability(decay, dict(zip(NAMES, result.x, strict=True)), T, Y, wrt=NAMES[:2])
    np.testing.assert_allclose(fit.std[:2], held.std, rtol=1e-4)


def test_parameters_that_are_not_the_best():
    assert "not the parameters of the best fit" in repr(identifiability(decay, BEST * 1.1, T, Y))
    assert "best fit" not in repr(identifiability(decay, BEST, T, Y))


# --- information ---------------------------------------------------------------------------------


def test_fisher_information():
    p = np.array(list(TRUE.values()))
    J = sensitivity(lambda p: decay(T, *p), p).absolute
    np.testing.assert_allclose(
        fisher_information(decay, p, T, sigma=0.1), J.T @ J / 0.01, rtol=1e-13
    )
    np.testing.assert_allclose(fisher_information(lambda p: decay(T, *p), p), J.T @ J, rtol=1e-13)
    planned = identifiability(decay, p, T, sigma=0.1)
    np.testing.assert_allclose(planned.fisher, J.T @ J / 0.01, rtol=1e-13)
    np.testing.assert_allclose(planned.cov, np.linalg.inv(J.T @ J / 0.01), rtol=1e-10)


def test_the_design_of_an_experiment():
    """The information is differentiated in the times of measurement and in the noise."""
    p = np.array(list(TRUE.values()))
    times = np.array([0.0, 0.5, 1.5, 4.0])

    def information(t):
        return np.linalg.slogdet(fisher_information(decay, p, t, sigma=0.1))[1]

    da.check_derivatives(information, times)
    slope = da.grad(lambda s: np.linalg.slogdet(fisher_information(decay, p, times, sigma=s))[1])(
        0.1
    )
    np.testing.assert_allclose(slope, -2 * 3 / 0.1, rtol=1e-12)


def test_the_result_pickles():
    fit = identifiability(as_dict, TRUE, T, Y)
    again = pickle.loads(pickle.dumps(fit))
    assert repr(again) == repr(fit)
    np.testing.assert_array_equal(again.prediction(T).low, fit.prediction(T).low)
