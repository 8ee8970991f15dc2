"""Local sensitivities: named parameters, outputs of every kind, time, ranking, second order."""

from __future__ import annotations

import dataclasses
import math
import pickle
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

import dualad as da
from dualad.sensitivity import sensitivity

T = np.linspace(0.0, 4.0, 9)
RATE, START = 0.3, 2.0


def decay(rate, start):
    return start * np.exp(-rate * T)


@dataclass
class Chemistry:
    rate: float
    start: float
    steps: int = 3
    label: str = "x"


class Pair(NamedTuple):
    rate: float
    start: float


def of_container(p):
    get = p.get if isinstance(p, dict) else lambda name: getattr(p, name)
    return decay(get("rate"), get("start"))


PARAMS = {
    "dict as keywords": (decay, {"rate": RATE, "start": START}),
    "dict as it is": (of_container, {"rate": RATE, "start": START, "steps": 3}),
    "dataclass": (of_container, Chemistry(RATE, START)),
    "namedtuple": (of_container, Pair(RATE, START)),
    "Series": (lambda p: START * np.exp(-1.0 * T * p["rate"]) * (p["start"] / START),
               pd.Series({"rate": RATE, "start": START})),
    "array": (lambda p: decay(p[0], p[1]), np.array([RATE, START])),
    "array, member by member": (decay, np.array([RATE, START])),
    "tuple, member by member": (decay, (RATE, START)),
    "list": (lambda p: decay(*p), [RATE, START]),
    "keywords": (lambda **k: decay(k["rate"], k["start"]), {"rate": RATE, "start": START}),
    "keyword-only": (lambda *, rate, start: decay(rate, start), {"rate": RATE, "start": START}),
    "star": (lambda *p: decay(*p), (RATE, START)),
}  # fmt: skip


@pytest.mark.parametrize("name", PARAMS)
@pytest.mark.parametrize("mode", ["auto", "forward", "reverse"])
def test_parameters_of_every_kind(name, mode):
    f, params = PARAMS[name]
    names = ["rate", "start"] if isinstance(params, (np.ndarray, tuple, list)) else None
    names = None if isinstance(params, Pair) else names
    s = sensitivity(f, params, names=names, order=2, std=0.1, times=T, mode=mode)
    assert s.names == ["rate", "start"]
    frame = s.to_frame()
    y = decay(RATE, START)
    want = {"rate": -T * y, "start": y / START}
    for parameter, value in {"rate": RATE, "start": START}.items():
        rows = frame[frame["parameter"] == parameter]
        np.testing.assert_allclose(rows["absolute"], want[parameter], rtol=1e-14, atol=1e-16)
        np.testing.assert_allclose(
            rows["relative"], value * want[parameter] / y, rtol=1e-13, atol=1e-16
        )
        np.testing.assert_allclose(rows["scaled"], 0.1 * want[parameter], rtol=1e-13, atol=1e-16)
    first, second, score = s.interactions("absolute")[0]
    assert (first, second) == ("rate", "rate")
    assert math.isclose(score, np.sqrt(np.mean((T**2 * y) ** 2)), rel_tol=1e-12)
    np.testing.assert_allclose(s.value, y, rtol=1e-15)


def test_results_are_nested_as_jacobian_nests_them():
    def f(p):
        return {"sum": p["k"].sum() * p["a"], "all": p["a"] ** 2 * p["k"]}

    p = {"a": 2.0, "k": np.array([1.0, 3.0]), "n": 4}
    s = sensitivity(f, p, order=2)
    J, H = da.jacobian(f)(p), da.hessian(f)(p)
    for out in ("sum", "all"):
        assert s.absolute[out]["n"] is None
        assert s.second[out]["n"] is None
        for i in ("a", "k"):
            np.testing.assert_allclose(s.absolute[out][i], J[out][i], rtol=1e-15)
            for j in ("a", "k"):
                np.testing.assert_allclose(s.second[out][i][j], H[out][i][j], rtol=1e-15)
    assert s.constants == ["n"]
    assert s.names == ["a", "k[0]", "k[1]"]
    assert s.output_names == ["sum", "all[0]", "all[1]"]
    assert "held constant: n" in repr(s)


def test_nested_containers_have_dotted_names():
    p = {"flow": {"speed": 2.0, "rate": 1.0}, "tank": Pair(0.5, 3.0)}
    s = sensitivity(lambda p: p["flow"]["speed"] * p["tank"].rate, p)
    assert s.names == ["flow.speed", "flow.rate", "tank.rate", "tank.start"]
    assert [name for name, _ in s.ranking()][:2] == ["flow.speed", "tank.rate"]
    only = sensitivity(lambda p: p["flow"]["speed"] * p["tank"].rate, p, wrt="tank.rate")
    assert only.names == ["tank.rate"]
    assert only.absolute["tank"].rate == 2.0


def test_zeros_are_undefined_and_said_to_be():
    s = sensitivity(lambda a, b: np.array([a * b, a + b, a - 2.0]), {"a": 2.0, "b": 0.0})
    relative = s.relative
    np.testing.assert_array_equal(np.isnan(relative["a"]), [True, False, True])
    assert np.isnan(relative["b"]).all()
    np.testing.assert_array_equal(s.absolute["b"], [2.0, 1.0, 0.0])
    ranking = s.ranking()
    assert ranking[0] == ("a", 1.0)
    assert ranking[1][0] == "b"
    assert math.isnan(ranking[1][1])
    assert "undefined where the parameter is 0: b" in repr(s)
    assert "undefined at 2 outputs that are 0" in repr(s)
    scaled = sensitivity(lambda a, b: a * b, {"a": 2.0, "b": 0.0}, std={"a": 0.1, "b": 0.2})
    assert scaled.ranking() == [("b", 0.4), ("a", 0.0)]  # which the uncertainty tells


def test_over_time():
    def simulate(p):  # (component, time)
        return np.stack([p["a"] * T, p["b"] * np.exp(-T)])

    s = sensitivity(simulate, {"a": 2.0, "b": 3.0}, times=T, outputs=["rise", "fall"])
    assert s.output_names == ["rise", "fall"]
    frame = s.to_frame()
    assert len(frame) == 2 * 2 * T.size
    rows = frame[(frame["output"] == "fall") & (frame["parameter"] == "b")]
    np.testing.assert_array_equal(rows["time"], T)
    np.testing.assert_allclose(rows["absolute"], np.exp(-T), rtol=1e-15)
    assert s.ranking("absolute", "rise") == [("a", math.sqrt(np.mean(T**2))), ("b", 0.0)]
    assert s.ranking(output=1)[0] == ("b", 1.0)
    assert "2 outputs at 9 times" in repr(s)
    other = sensitivity(lambda p: simulate(p).T, {"a": 2.0, "b": 3.0}, times=T, axis=0)
    assert other.output_names == ["y[0]", "y[1]"]


def test_outputs_with_and_without_times():
    def simulate(a, b):
        return {"path": a * T**b, "end": a * b}

    s = sensitivity(simulate, {"a": 2.0, "b": 3.0}, times=T)
    frame = s.to_frame()
    assert s.output_names == ["path", "end"]
    assert frame[frame["output"] == "end"]["time"].isna().all()
    assert len(frame) == 2 * (T.size + 1)


def test_ranking_of_extreme_magnitudes():
    s = sensitivity(lambda a, b: 1e200 * a + 1e-200 * b, {"a": 1.0, "b": 1.0})
    assert s.ranking("absolute") == [("a", 1e200), ("b", 1e-200)]


def test_the_result_pickles():
    s = sensitivity(decay, {"rate": RATE, "start": START}, order=2, std=0.1, times=T)
    again = pickle.loads(pickle.dumps(s))
    assert repr(again) == repr(s)
    np.testing.assert_array_equal(again.second["rate"]["start"], s.second["rate"]["start"])
    assert again.ranking() == s.ranking()


def test_the_result_can_be_differentiated():
    def elasticity(d):
        return sensitivity(lambda a, b: a**d * b, {"a": 2.0, "b": 3.0}).relative["a"]

    assert math.isclose(da.grad(elasticity)(1.7), 1.0, rel_tol=1e-14)
    da.check_derivatives(lambda x: sensitivity(lambda p: p[0] ** 2 * p[1], x).absolute, [1.0, 2.0])


def test_the_simulation_runs_once_for_both_value_and_derivative():
    calls = []

    def simulate(p):
        calls.append(1)
        return p["a"] * np.sin(p["b"])

    for _ in range(2):
        calls.clear()
        sensitivity(simulate, {"a": 1.0, "b": 2.0})
    assert len(calls) == 1


def test_keywords_reach_the_derivatives():
    sent = []

    def spread(function, tasks):
        tasks = list(tasks)
        sent.append(len(tasks))
        return map(function, tasks)

    params = {"rate": RATE, "start": START}
    plain = sensitivity(decay, params, order=2)
    s = sensitivity(decay, params, order=2, workers=spread, mode="forward", chunk_size=1)
    assert sent
    assert max(sent) > 1
    np.testing.assert_allclose(s.absolute["rate"], plain.absolute["rate"], rtol=1e-14)
    np.testing.assert_allclose(s.second["rate"]["rate"], plain.second["rate"]["rate"], rtol=1e-13)


def test_existing_code_is_lifted():
    def simulate(beta, gamma):
        y = np.zeros((T.size, 2))
        y[0] = 0.99, 0.01
        for i in range(1, T.size):
            s, infected = y[i - 1]
            new = float(beta) * s * infected
            y[i] = s - new, infected + new - math.sqrt(gamma) * infected
        return y

    p = {"beta": 0.5, "gamma": 0.04}
    s = sensitivity(simulate, p, times=T)
    step = 1e-6
    for name, value in p.items():
        up = simulate(**{**p, name: value + step})
        down = simulate(**{**p, name: value - step})
        np.testing.assert_allclose(s.absolute[name], (up - down) / (2 * step), atol=1e-8)


def test_two_axes_as_long_as_the_times():
    s = sensitivity(lambda k: np.outer(T + 1.0, k * T), {"k": 2.0}, times=T, axis=-1)
    np.testing.assert_array_equal(s.to_frame()["time"].to_numpy()[: T.size], T)


def test_no_deviation_of_constants_in_a_dataclass():
    @dataclasses.dataclass
    class Parameters:
        rate: float
        count: int | None
        label: str | None = "x"

    f = lambda p: p.count * np.exp(-p.rate)
    s = sensitivity(f, Parameters(0.5, 3), std=Parameters(0.1, None, None))
    np.testing.assert_allclose(s.scaled.rate, -0.3 * np.exp(-0.5))
