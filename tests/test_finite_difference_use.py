"""`finite_difference` in use: runs, steps, containers, pickling, and what is refused."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest

import dualad as da

MODES = ("forward", "reverse")
X = np.array([0.4, -0.3, 1.2])


def close(got, want, accuracy):
    for g, w in zip(got, want, strict=True):
        np.testing.assert_allclose(g, w, rtol=0, atol=accuracy * np.max(np.abs(w)), strict=True)


# --- how often it runs, and what it gets ---------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "tol", "per_column"),
    [
        ("2-point", 1e-4, 2),
        ("2-point", None, 1),
        ("3-point", 1e-4, 4),
        ("3-point", None, 2),
        ("5-point", 1e-4, 6),
        ("5-point", None, 4),
        ("cs", None, 1),
    ],
)
def test_runs(method, tol, per_column):
    runs = []

    def f(x):
        runs.append(1)
        return np.sin(x) * x[0]

    box = da.finite_difference(f, method, tol=tol)
    x = np.linspace(0.1, 1.0, 20)
    base = 2  # the value, and once more for the differences

    def count(call):
        runs.clear()
        call()
        return len(runs) - base

    assert count(lambda: da.jvp(box, (x,), (x,))) == per_column
    assert count(lambda: da.grad(lambda x: np.sum(box(x)), mode="reverse")(x)) == 20 * per_column
    # Two numbers go in: their 20 tangents cost no more than two columns.
    narrow = da.finite_difference(lambda x: f(x), method, tol=tol)
    jac = da.jacobian(lambda x: narrow(x[:2] * np.sum(x)), mode="forward")
    assert count(lambda: jac(x)) == 2 * per_column


def test_steps():
    seen = []

    def f(x):
        seen.append(x)
        return x * x

    for options, want in (
        ({"abs_step": 0.25}, {2.25, 1.75, 2.5, 1.5}),
        ({"rel_step": 0.25}, {2.5, 1.5, 3.0, 1.0}),
        ({"abs_step": -0.25, "method": "2-point"}, {1.75, 1.5}),
    ):
        seen.clear()
        da.grad(da.finite_difference(f, tol=10.0, **options))(2.0)
        assert set(seen) - {2.0} == want
    low = da.finite_difference(lambda x: x * x)
    x = np.array([0.5, 3.0], np.float32)
    got = da.jacobian(low)(x)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, np.diag(2 * x), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("mode", MODES)
def test_containers_constants_and_keywords(mode):
    def simulate(state, dt=0.5, kind="euler", *, unused=None):
        assert kind == "euler"
        assert type(state["n"]) is int
        return {"x": state["x"] + dt * np.sin(state["x"]), "n": state["n"], "t": [dt, dt * dt]}

    box = da.finite_difference(simulate)

    def cost(f):
        def g(x):
            out = f({"x": x, "n": 3}, kind="euler", dt=x[0])
            return np.sum(out["x"]) * out["t"][1] + out["n"]

        return g

    close([da.grad(cost(box), mode=mode)(X)], [da.grad(cost(simulate))(X)], 1e-8)
    got = da.grad(lambda d: np.sum(box(d)["x"]), mode=mode)({"x": X, "n": 2})
    np.testing.assert_allclose(got["x"], 1 + 0.5 * np.cos(X), rtol=1e-9)
    listed = da.finite_difference(lambda v: v[0] * v[1])
    assert da.grad(listed, mode=mode)([2.0, 3.0]) == pytest.approx([3.0, 2.0])


@pytest.mark.parametrize("mode", MODES)
def test_complex_arguments(mode):
    z = np.array([1.0 + 2.0j, -0.5j])
    square = da.finite_difference(lambda z: z * z)
    got = da.jacobian(square, holomorphic=True, mode=mode)(z)
    np.testing.assert_allclose(got, np.diag(2 * z), rtol=1e-9, atol=1e-9)
    power = da.finite_difference(lambda z: np.abs(z) ** 2)  # real-linear, not holomorphic
    np.testing.assert_allclose(da.grad(lambda z: np.sum(power(z)))(z), 2 * z, rtol=1e-8)
    spectrum = da.finite_difference(lambda x: np.fft.fft(x * x))
    got = da.jacobian(spectrum, mode=mode)(X)
    np.testing.assert_allclose(got, np.fft.fft(np.diag(2 * X), axis=0), rtol=1e-8, atol=1e-8)
    step = da.finite_difference(lambda x: x * 1j, "cs")
    for f, x in ((step, z), (step, X)):
        with pytest.raises(da.InputTypeError, match="method='cs'"):
            da.grad(lambda x, f=f: np.sum(np.abs(f(x))))(x)


# --- as an object --------------------------------------------------------------------------------


def tripled(x):
    return 3.0 * x


@da.finite_difference
def decorated(x):
    """Its own documentation."""
    return math.sin(x)


def test_pickling_and_names():
    box = da.finite_difference(tripled, "5-point", argnums=0, rel_step=1e-3, tol=None)
    again = pickle.loads(pickle.dumps(box))
    assert (again.method, again.argnums, again.rel_step, again.tol) == ("5-point", (0,), 1e-3, None)
    assert da.grad(again)(2.0) == pytest.approx(3.0)
    assert pickle.loads(pickle.dumps(decorated)) is decorated
    assert pickle.loads(pickle.dumps(da.grad(box)))(1.0) == pytest.approx(3.0)
    assert decorated.__doc__ == "Its own documentation."
    assert repr(decorated) == "<finite_difference of decorated, 3-point>"
    assert decorated(0.5) == math.sin(0.5)


class Plant:
    gain = 2.0

    @da.finite_difference
    def output(self, x):
        return self.gain * math.exp(x)


def test_methods():
    for mode in MODES:
        assert da.grad(Plant().output, mode=mode)(0.0) == pytest.approx(2.0, rel=1e-9)


def test_in_a_graph():
    graph = da.trace(lambda x: np.sum(decorated(x[0]) * x), X)
    assert graph.replay(X + 1.0) == np.sum(math.sin(X[0] + 1.0) * (X + 1.0))
    graph.backward()
    want = math.sin(X[0]) * np.ones(3) + np.array([math.cos(X[0]) * X.sum(), 0.0, 0.0])
    np.testing.assert_allclose(graph.inputs[0].adjoint, want, rtol=1e-9)
    text = str(da.explain(lambda x: np.sum(decorated(x[0]) * x), X))
    assert "decorated is differentiated by 3-point differences" in text
    da.check_derivatives(lambda x: np.sum(decorated(x[0]) * x), X, order=1)


def test_floating_point_warnings_are_those_of_the_plain_call():
    box = da.finite_difference(np.sqrt, "2-point", tol=None, abs_step=-1e-3)
    with np.errstate(all="raise"):
        with pytest.warns(da.DerivativeWarning, match="NaN"):
            assert np.isnan(da.grad(box)(0.0))
        with pytest.raises(FloatingPointError):
            da.grad(box)(-1.0)


# --- what is refused -----------------------------------------------------------------------------


class OwnError(Exception):
    pass


def failing(x):
    raise OwnError(x)


def captured(x):
    return da.finite_difference(lambda t: t * x)(1.0 + x)


def single_argument(x, y):
    return da.finite_difference(lambda a, b: a * b, argnums=0)(x, y)


REFUSED = {
    "captured number": (captured, da.InputTypeError, "not among its arguments"),
    "argnums": (lambda x: single_argument(1.0, x), da.InputTypeError, "argument 1 of"),
    "negative argnums": (
        lambda x: da.finite_difference(lambda a, b: a * b, argnums=-1)(x, 2.0),
        da.InputTypeError,
        "argument 0 of",
    ),
    "None": (da.finite_difference(lambda x: None), da.OutputError, "NoneType"),
    "text": (da.finite_difference(lambda x: "1.0"), da.OutputError, "str"),
    "int": (da.finite_difference(lambda x: int(x)), da.OutputError, "int"),
    "other shapes": (
        da.finite_difference(lambda x: np.ones(2 + (x > 1.0)) * x),
        da.InputError,
        "has shape",
    ),
    "drops imaginary parts": (
        da.finite_difference(lambda x: np.real(x), "cs"),
        da.InputTypeError,
        "drops the imaginary part",
    ),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", REFUSED)
def test_refused(name, mode):
    f, kind, text = REFUSED[name]
    with pytest.raises(kind, match=text) as caught:
        da.jacobian(f, mode=mode)(1.0)
    lines = str(caught.value).splitlines()
    assert "test_finite_difference_use.py, line " in lines[1]
    assert da.jacobian(single_argument)(1.0, 3.0) == pytest.approx(3.0)


def test_errors_of_the_black_box_pass():
    with pytest.raises(OwnError):
        da.grad(da.finite_difference(failing))(1.0)


@pytest.mark.parametrize(
    "options",
    [
        {"method": "4-point"},
        {"rel_step": 0.0},
        {"rel_step": -1.0},
        {"abs_step": "small"},
        {"abs_step": 0.0},
        {"abs_step": np.inf},
        {"tol": 0.0},
        {"tol": True},
        {"rel_step": 1e-3, "abs_step": 1e-3},
        {"argnums": 1.0},
        {"argnums": ()},
        {"argnums": "x"},
    ],
)
def test_options(options):
    with pytest.raises((da.InputError, da.InputTypeError)) as caught:
        da.finite_difference(np.sin, **options)
    assert "test_finite_difference_use.py, line " in str(caught.value)


def test_it_needs_a_function():
    with pytest.raises(da.InputTypeError, match="needs a function"):
        da.finite_difference(3.0)
