"""`dgsm` against closed forms, with workers, and where parameter sets fail."""

from __future__ import annotations

import functools
import math
import pickle
import re
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
from scipy import special, stats
from scipy.stats import qmc

import dualad as da
from dualad.sensitivity import GlobalSensitivities, SampleError, dgsm
from dualad.sensitivity._poincare import Marginal, cheeger
from tests.sensitivity import global_models as models

PI = math.pi
BOX = [(-PI, PI)] * 3
TWO = {"a": (0.0, 1.0), "b": (0.0, 2.0)}


@pytest.fixture(scope="module")
def executor():
    with ProcessPoolExecutor(2, mp_context=get_context("forkserver")) as pool:
        yield pool


# --- closed forms ---------------------------------------------------------------------------------


def ishigami_truth(a=7.0, b=0.1):
    nu = [(1 + 2 * b * PI**4 / 5 + b**2 * PI**8 / 9) / 2, a**2 / 2, 8 * b**2 * PI**6 / 7]
    variance = a**2 / 8 + b * PI**4 / 5 + b**2 * PI**8 / 18 + 0.5
    both = b**2 * PI**8 * (1 / 18 - 1 / 50)
    total = [(1 + b * PI**4 / 5) ** 2 / 2 + both, a**2 / 8, both]
    return np.array(nu), variance, np.array(total) / variance


def g_truth():
    parts = 1.0 / (3.0 * (1.0 + models.A) ** 2)
    whole = np.prod(1.0 + parts)
    nu = 16.0 / (1.0 + models.A) ** 2 * whole / (1.0 + parts)
    total = parts * whole / (1.0 + parts) / (whole - 1.0)
    return nu, whole - 1.0, total


def vector(by_name):
    return np.array(list(by_name.values()))


CASES = {
    "Ishigami": (models.ishigami, BOX, ishigami_truth, (2 * PI) ** 2 / PI**2),
    "g function": (models.g_function, [(0.0, 1.0)] * 4, g_truth, 1 / PI**2),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_against_closed_forms(case, mode):
    f, ranges, truth, constant = CASES[case]
    nu, variance, total = truth()
    engine = qmc.Sobol(len(ranges), scramble=True, seed=4)
    found = dgsm(f, engine, 512, distributions=ranges, mode=mode)
    bound = constant * nu / variance
    errors = {k: vector(e) for k, e in found.errors.items()}
    assert (np.abs(vector(found.nu) - nu) <= 4 * errors["nu"] + 1e-9).all()
    np.testing.assert_allclose(vector(found.nu), nu, rtol=0.05)
    np.testing.assert_allclose(found.variance, variance, rtol=0.05)
    np.testing.assert_allclose(vector(found.bound), bound, rtol=0.1)
    assert (np.abs(vector(found.bound) - bound) <= 4 * errors["bound"]).all()
    # What the measure is for: no total index lies above its bound.
    assert (total <= bound).all()
    assert (total <= vector(found.bound)).all()
    assert found.ranking == [found.names[i] for i in np.argsort(-bound)]


def test_standard_errors_are_those_of_many_studies():
    studies = []
    for seed in range(40):
        points = np.random.default_rng(seed).uniform(-PI, PI, (100, 3))
        studies.append(dgsm(models.ishigami, points, distributions=BOX))
    for measure in ("nu", "mu", "mu_star", "sigma", "bound"):
        spread = np.std([vector(getattr(s, measure)) for s in studies], axis=0)
        told = np.mean([vector(s.errors[measure]) for s in studies], axis=0)
        # The derivative in x[1] has mean zero by symmetry; all three vary from study to study.
        np.testing.assert_allclose(told, spread, rtol=0.4)


def test_a_linear_function_is_exact():
    ranges = {"a": (0.0, 1.0), "b": stats.norm(1.0, 2.0), "scale": 2.0, "label": "x"}
    found = dgsm(models.linear, ranges, 256, seed=1)
    assert found.names == ["a", "b"]
    assert found.nu == pytest.approx({"a": 16.0, "b": 36.0}, rel=1e-14)
    assert found.mu == pytest.approx({"a": 4.0, "b": -6.0}, rel=1e-14)
    assert found.mu_star == pytest.approx({"a": 4.0, "b": 6.0}, rel=1e-14)
    assert found.sigma == {"a": 0.0, "b": 0.0}
    # A linear function of normal parameters reaches the bound.
    variance = 16.0 / 12.0 + 36.0 * 4.0
    assert found.bound["b"] == pytest.approx(36.0 * 4.0 / variance, rel=0.03)
    assert found.errors["nu"]["a"] == 0.0


POINCARE = {
    "range": ((1.0, 4.0), 9.0 / PI**2),
    "uniform": (stats.uniform(1.0, 3.0), 9.0 / PI**2),
    "normal": (stats.norm(5.0, 3.0), 9.0),
    "exponential": (stats.expon(scale=2.0), 16.0),
    "Laplace": (stats.laplace(scale=3.0), 36.0),
    "logistic": (stats.logistic(scale=2.0), 16.0),
    "triangular": (stats.triang(0.5, -1.0, 2.0), 1.0 / special.jn_zeros(0, 1)[0] ** 2),
    "truncated normal": (stats.truncnorm(-1.0, 1.0), 1.0 / 3.0),
    "log-uniform": (stats.loguniform(1e-3, 1e3), 157100.02078361734),
}


@pytest.mark.parametrize("name", POINCARE)
def test_poincare_constants(name):
    # On [-1, 1] the normal density has the eigenfunction x**3 - 3 x, with eigenvalue 3. The
    # log-uniform one leads to a cross product of Bessel functions.
    given, constant = POINCARE[name]
    marginal = Marginal("a", given)
    assert marginal.exact
    assert marginal.constant == pytest.approx(constant, rel=1e-5)


def test_constants_that_are_bounds():
    # Exact for the exponential distribution; a bound for others, none for heavy tails.
    for given in (stats.expon(scale=2.0), stats.norm(0.0, 1.0), stats.logistic()):
        assert cheeger(given, given.ppf) >= Marginal("a", given).constant * (1 - 1e-9)
    assert cheeger(stats.expon(scale=2.0), stats.expon(scale=2.0).ppf) == pytest.approx(16.0)
    assert Marginal("a", stats.gumbel_r()).constant == pytest.approx(8.3255, rel=1e-4)
    for given in (stats.lognorm(1.0), stats.cauchy(), stats.t(5)):
        assert Marginal("a", given).constant == math.inf


# --- samples --------------------------------------------------------------------------------------


def test_equal_seeds_give_equal_samples():
    one, two, other = (dgsm(models.linear, {**TWO}, 16, seed=s) for s in (5, 5, 6))
    np.testing.assert_array_equal(one.samples, two.samples)
    assert not np.array_equal(one.samples, other.samples)
    assert one.samples.shape == (16, 2)
    assert dgsm(models.linear, TWO, 11, seed=5).samples.shape == (11, 2)


def test_samples_of_one_s_own():
    points = np.random.default_rng(0).normal(size=(20, 3))
    found = dgsm(models.ishigami, points)
    assert found.names == ["x[0]", "x[1]", "x[2]"]
    assert np.isnan(vector(found.bound)).all()
    assert "distributions of the samples are not known" in repr(found)
    np.testing.assert_array_equal(found.samples, points)
    for i in (0, 19):
        np.testing.assert_array_equal(found.gradients[i, 0], da.grad(models.ishigami)(points[i]))
    named = dgsm(models.ishigami, points, names=["p", "q", "r"], distributions=[stats.norm()] * 3)
    assert named.names == ["p", "q", "r"]
    assert named.constants == {"p": (1.0, True), "q": (1.0, True), "r": (1.0, True)}


def test_a_data_frame():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"a": [0.1, 0.5, 0.7], "b": [1.0, 2.0, 0.5]})
    found = dgsm(models.linear, frame, distributions={"b": (0.0, 3.0), "a": (0.0, 1.0)})
    assert found.nu == {"a": 4.0, "b": 9.0}
    assert found.constants["b"][0] == pytest.approx(9.0 / PI**2)


def test_engines():
    unit = dgsm(models.g_function, qmc.LatinHypercube(4, seed=1), 32)
    assert unit.constants["x[0]"] == (1 / PI**2, True)
    named = dgsm(models.linear, qmc.Halton(2, seed=1), 16, distributions=TWO)
    assert named.names == ["a", "b"]
    assert named.samples[:, 1].max() > 1.0


def test_outputs_in_containers():
    found = dgsm(models.decay, {"rate": (0.5, 1.0), "start": (1.0, 2.0)}, 64, seed=2)
    assert found.outputs == ["y[0]", "y[1]", "y[2]", "y[3]", "y[4]", "half"]
    assert found.nu["rate"].shape == (6,)
    rate, start = found.samples.T
    expected = np.mean((start * np.exp(-rate)) ** 2)
    assert found.nu["rate"][2] == pytest.approx(expected, rel=1e-13)
    assert found.bound["start"][0] == pytest.approx(1 / PI**2 / np.var(start, ddof=1), rel=1e-13)
    assert found.bound["rate"][0] == 0.0
    assert found.gradients.shape == (64, 6, 2)


def test_an_output_that_does_not_vary():
    found = dgsm(lambda a, b: 3.0 + 0.0 * a, TWO, 8, seed=0)
    assert math.isnan(found.bound["a"])
    assert "unknown" in repr(found)


# --- workers --------------------------------------------------------------------------------------


def test_results_do_not_depend_on_workers(executor):
    ranges = {"rate": (0.5, 1.0), "start": stats.norm(2.0, 0.1)}
    serial = dgsm(models.decay, ranges, 100, seed=3)
    with ThreadPoolExecutor(3) as threads:
        for workers in (2, executor.map, threads.map, map):
            found = dgsm(models.decay, ranges, 100, seed=3, workers=workers)
            for name in ("samples", "values", "gradients"):
                np.testing.assert_array_equal(getattr(found, name), getattr(serial, name))
            assert repr(found) == repr(serial)


def add_pair(seen, done, total):
    seen.append((done, total))


def test_progress(executor, capsys):
    for workers in (None, executor.map):
        seen: list = []
        note = functools.partial(add_pair, seen)
        dgsm(models.linear, TWO, 100, workers=workers, progress=note)
        assert seen[-1] == (100, 100)
        assert [p[0] for p in seen] == sorted({p[0] for p in seen})
    dgsm(models.linear, TWO, 32, progress=True)
    assert "32/32" in capsys.readouterr().err


def test_without_tqdm(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    dgsm(models.linear, TWO, 32, progress=True)
    lines = capsys.readouterr().err.splitlines()
    assert 2 <= len(lines) <= 11
    assert lines[-1].startswith("dualad: 32/32 sets, ")


# --- failures -------------------------------------------------------------------------------------


def first_failing(n=64):
    points = dgsm(lambda a, b: a * b, TWO, n, seed=1).samples
    return int(np.flatnonzero(points[:, 0] > 0.8)[0]), points


def test_a_failing_set_is_named(executor):
    index, points = first_failing()
    for workers in (None, executor.map):
        with pytest.raises(SampleError, match=f"parameter set {index} .a=0") as raised:
            dgsm(models.fails_above, TWO, 64, seed=1, workers=workers)
        error = raised.value
        assert error.index == index
        assert error.values == dict(zip("ab", points[index], strict=True))
        assert "ArithmeticError: no convergence" in str(error)
        cause = error.__cause__
        assert isinstance(cause, ArithmeticError) or "in fails_above" in str(cause)
        assert pickle.loads(pickle.dumps(error)).values == error.values


def test_failing_sets_may_be_left_out_and_are_counted(executor):
    _, points = first_failing()
    failing = np.flatnonzero(points[:, 0] > 0.8)
    for workers in (None, executor.map):
        found = dgsm(models.fails_above, TWO, 64, seed=1, on_error="omit", workers=workers)
        assert list(found.failures) == failing.tolist()
        assert "no convergence" in found.failures[failing[0]]
        assert len(found.samples) == 64 - len(failing)
        assert f"{len(failing)} of 64 parameter sets failed" in repr(found)
        np.testing.assert_array_equal(found.samples, np.delete(points, failing, axis=0))


def test_all_sets_fail():
    with pytest.raises(da.OutputError, match=r"failed at 8 of 8.*no convergence"):
        dgsm(models.fails_above, {"a": (0.9, 1.0), "b": (0.0, 1.0)}, 8, on_error="omit")


def test_values_that_are_not_finite():
    met = r"parameter set 0 .a=-.*not_finite"
    with np.errstate(all="ignore"), pytest.raises(SampleError, match=met):
        dgsm(models.not_finite, {"a": (-1.0, -0.5)}, 4)


def test_shapes_that_change():
    with pytest.raises(da.OutputError, match=r"returned shapes \[\(.,\)\] at parameter set 0"):
        dgsm(models.grows, {"a": (0.0, 1.0)}, 16, seed=0)


def test_a_worker_that_dies():
    with pytest.raises(da.WorkerError, match="exit code 3 at parameter sets"):
        dgsm(models.dies, {"a": (0.0, 1.0)}, 16, seed=0, workers=2)


def test_a_function_that_does_not_pickle():
    with pytest.raises(da.InputTypeError, match="does not pickle"):
        dgsm(lambda a, b: a * b, TWO, 8, workers=2)


def test_warnings_of_workers_arrive(executor):
    points = np.array([[0.2], [0.5], [0.7]])
    for workers in (None, executor.map):
        with pytest.warns(da.DerivativeWarning, match="comparison|branch"):
            dgsm(models.warns, points, names=["a"], workers=workers)


REFUSED = {
    "reversed range": (lambda: dgsm(models.linear, {**TWO, "a": (1.0, 0.0)}), "low < high"),
    "infinite range": (lambda: dgsm(models.linear, {**TWO, "a": (0.0, np.inf)}), "low < high"),
    "three ends": (lambda: dgsm(models.linear, {**TWO, "a": (0.0, 1.0, 2.0)}), "two numbers"),
    "no distribution": (lambda: dgsm(models.linear, {**TWO, "a": None}), "no distribution: None"),
    "discrete": (lambda: dgsm(models.linear, {**TWO, "a": stats.poisson(3)}), "discrete"),
    "invalid": (lambda: dgsm(models.linear, {**TWO, "a": stats.norm(0, -1)}), "not valid"),
    "nothing varies": (lambda: dgsm(models.linear, {"a": 1.0, "b": 2.0}), "no parameter varies"),
    "n": (lambda: dgsm(models.linear, TWO, 1), "at least 2"),
    "n of samples": (lambda: dgsm(models.ishigami, np.ones((4, 3)), 4), "for samplers"),
    "one row": (lambda: dgsm(models.ishigami, np.ones((1, 3))), r"shape \(1, 3\)"),
    "a vector": (lambda: dgsm(models.ishigami, np.ones(3)), r"shape \(3,\)"),
    "NaN": (lambda: dgsm(models.ishigami, np.full((2, 3), np.nan)), "sample 0 is not finite"),
    "text": (lambda: dgsm(models.ishigami, "sobol"), "type str"),
    "columns": (lambda: dgsm(models.g_function, np.ones((4, 4)), distributions=BOX), "4 columns"),
    "names": (lambda: dgsm(models.ishigami, np.ones((4, 3)), names=["a"]), "1 names for 3"),
    "on_error": (lambda: dgsm(models.linear, TWO, on_error="skip"), "'raise' or 'omit'"),
    "workers": (lambda: dgsm(models.linear, TWO, workers=0), "workers=0"),
    "progress": (lambda: dgsm(models.linear, TWO, 4, progress="yes"), "progress='yes'"),
    "seed of an engine": (lambda: dgsm(models.g_function, qmc.Sobol(4, seed=1), 4, seed=1), "own"),
    "engine with 0": (
        lambda: dgsm(
            models.linear,
            qmc.Sobol(2, scramble=False),
            4,
            distributions={"a": stats.norm(), "b": (0.0, 1.0)},
        ),
        "infinite values",
    ),
    "a name too few": (
        lambda: dgsm(models.linear, qmc.Sobol(2, seed=1), 4, names=["a", "c"], distributions=TWO),
        "no 'c'",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_input(name):
    call, met = REFUSED[name]
    with pytest.raises(da.DualadError, match=met) as raised:
        call()
    assert isinstance(raised.value, (ValueError, TypeError))


# --- the result -----------------------------------------------------------------------------------


def test_printing():
    found = dgsm(models.linear, TWO, 256, seed=1)
    text = repr(found)
    assert text.startswith("DGSM of linear: 256 parameter sets, 1 output\n")
    rows = [re.split(r"\s{2,}", line.strip()) for line in text.splitlines()[1:]]
    assert rows[0] == ["parameter", "nu", "mu*", "sigma", "S_tot <="]
    assert [row[0] for row in rows[1:]] == ["b", "a"]
    assert "<table>" in found._repr_html_()
    heavy = dgsm(models.linear, {"a": stats.lognorm(1.0), "b": (0.0, 1.0)}, 16, seed=1)
    assert "no bound for a: the distribution has too heavy tails" in repr(heavy)


def test_frames_and_pickles():
    found = dgsm(models.decay, {"rate": (0.5, 1.0), "start": (1.0, 2.0)}, 16, seed=2)
    frame = found.to_frame()
    assert len(frame) == 12
    assert list(frame["parameter"][:2]) == ["rate", "start"]
    assert {"nu", "nu_error", "bound", "bound_error"} <= set(frame.columns)
    again = pickle.loads(pickle.dumps(found))
    assert isinstance(again, GlobalSensitivities)
    assert repr(again) == repr(found)


def test_pictures():
    from matplotlib.figure import Figure

    found = dgsm(models.decay, {"rate": (0.5, 1.0), "start": (1.0, 2.0)}, 16, seed=2)
    ax = found.plot(ax=Figure().subplots())
    assert {t.get_text() for t in ax.get_legend().get_texts()} == {"rate", "start"}
    (drawn,) = [line for line in ax.lines if line.get_label() == "start"]
    np.testing.assert_array_equal(drawn.get_ydata(), found.bound["start"])
    bars = found.plot("bars", ax=Figure().subplots(), output="half")
    assert [t.get_text() for t in bars.get_yticklabels()] == ["rate", "start"]
    assert bars.patches[0].get_width() == found.bound["rate"][-1]
    for wrong in ({"output": "nothing"}, {"output": 9}):
        with pytest.raises(da.InputError, match="there are 6"):
            found.plot("bars", ax=Figure().subplots(), **wrong)
    with pytest.raises(da.InputError, match="there are 6 outputs"):
        found.plot(ax=Figure().subplots(), x=[1.0, 2.0])
