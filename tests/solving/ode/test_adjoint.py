"""The adjoint equation: reverse mode with many parameters."""

import numpy as np
import pytest
from scipy.integrate import odeint, solve_ivp

import dualad as da
from dualad._solving._ode import _reverse
from tests.solving.ode.closed_forms import (
    BATEMAN,
    FORCED,
    LOGISTIC,
    TIMES,
    bateman,
    bateman_by_odeint,
    bateman_formula,
    forced,
    forced_formula,
    logistic,
    logistic_formula,
)

WEIGHTS = np.array([[1.0, -2.0, 0.5, 3.0], [0.3, 1.0, -1.0, 2.0]])


@pytest.fixture
def adjoint(monkeypatch):
    """The adjoint equation whatever the sizes."""
    monkeypatch.setitem(_reverse.MANY, 1, 0)
    monkeypatch.setitem(_reverse.MANY, 2, 0)


def grad(f):
    return da.grad(f, mode="reverse")


# name: problem, its formula, parameters, tolerance asked for
CASES = {
    "RK45": (bateman, bateman_formula, BATEMAN, {"method": "RK45", "rtol": 1e-6}),
    "DOP853": (bateman, bateman_formula, BATEMAN, {"method": "DOP853", "rtol": 1e-9}),
    "LSODA": (bateman, bateman_formula, BATEMAN, {"method": "LSODA", "rtol": 1e-7}),
    "Radau": (bateman, bateman_formula, BATEMAN, {"method": "Radau", "rtol": 1e-6}),
    "stiff, Radau": (forced, forced_formula, FORCED, {"method": "Radau", "rtol": 1e-6}),
    "stiff, BDF": (forced, forced_formula, FORCED, {"method": "BDF", "rtol": 1e-6}),
    "stiff, LSODA": (forced, forced_formula, FORCED, {"method": "LSODA", "rtol": 1e-6}),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.usefixtures("adjoint")
def test_the_gradient_has_the_tolerance_asked_for(name):
    problem, formula, q, options = CASES[name]
    weights = WEIGHTS[:, : formula(q).shape[-1]] if formula(q).ndim == 2 else WEIGHTS[0, :2]
    found = grad(lambda q: np.sum(weights * problem(q, **options).y))(q)
    expected = da.grad(lambda q: np.sum(weights * formula(q)))(q)
    scale = np.max(np.abs(expected * q))  # the largest effect of a relative change
    np.testing.assert_allclose(found * q, expected * q, atol=10 * options["rtol"] * scale)


@pytest.mark.usefixtures("adjoint")
def test_ends_of_the_interval():
    last = lambda q: logistic(q).y[0, -1]
    np.testing.assert_allclose(grad(last)(LOGISTIC), da.grad(logistic_formula)(LOGISTIC), rtol=1e-7)


@pytest.mark.usefixtures("adjoint")
def test_jacobian_of_all_outputs():
    found = da.jacobian(lambda q: bateman(q).y, mode="reverse")(BATEMAN)
    np.testing.assert_allclose(found, da.jacobian(bateman_formula)(BATEMAN), atol=1e-7)


SECOND = {
    "hessian": lambda f: da.hessian(f, mode="reverse"),
    "forward over reverse": lambda f: da.jacobian(grad(f), mode="forward"),
    "reverse over reverse": lambda f: da.jacobian(grad(f), mode="reverse"),
    "reverse over forward": lambda f: da.jacobian(da.grad(f, mode="forward"), mode="reverse"),
}


@pytest.mark.parametrize("name", SECOND)
@pytest.mark.usefixtures("adjoint")
def test_second_derivatives(name):
    f = lambda q: np.sum(WEIGHTS[:, :3] * bateman(q, rtol=1e-8).y[:, :3])
    formula = lambda q: np.sum(WEIGHTS[:, :3] * bateman_formula(q)[:, :3])
    expected = da.hessian(formula)(BATEMAN)
    np.testing.assert_allclose(SECOND[name](f)(BATEMAN), expected, atol=1e-5)


@pytest.mark.usefixtures("adjoint")
def test_hessian_vector_product_of_a_stiff_problem():
    v = np.array([30.0, 1.0, -0.5])
    f = lambda q: np.sum(forced(q, rtol=1e-7).y)
    expected = da.hessian(lambda q: np.sum(forced_formula(q)))(FORCED) @ v
    np.testing.assert_allclose(da.hvp(f)(FORCED, v), expected, atol=1e-5)


@pytest.mark.usefixtures("adjoint")
def test_dense_output():
    times = np.array([0.2, 0.9, 1.7])
    f = lambda q: np.sum(bateman(q, dense_output=True).sol(times)[1] * times)
    formula = lambda q: np.sum(bateman_formula(q, times)[1] * times)
    np.testing.assert_allclose(grad(f)(BATEMAN), da.grad(formula)(BATEMAN), atol=1e-7)
    at_number = lambda q: bateman(q, dense_output=True).sol(q[0])[1]
    formula = lambda q: bateman_formula(q, q[0])[1]
    np.testing.assert_allclose(grad(at_number)(BATEMAN), da.grad(formula)(BATEMAN), atol=1e-7)


@pytest.mark.usefixtures("adjoint")
def test_backward_in_time():
    f = lambda q: solve_ivp(lambda t, y: -q[0] * y, (2.0, 0.0), [q[1]], rtol=1e-8).y[0, -1]
    formula = lambda q: q[1] * np.exp(2.0 * q[0])
    np.testing.assert_allclose(grad(f)(BATEMAN[:2]), da.grad(formula)(BATEMAN[:2]), rtol=1e-6)


@pytest.mark.usefixtures("adjoint")
def test_values_are_those_of_the_plain_call():
    f = lambda q: bateman(q).y
    np.testing.assert_array_equal(da.vjp(f, BATEMAN)[0], f(BATEMAN))


@pytest.mark.usefixtures("adjoint")
def test_complex_problems_are_refused():
    f = lambda q: abs(solve_ivp(lambda t, y: 1j * q * y, (0.0, 1.0), [1.0 + 0j]).y[0, -1])
    with pytest.raises(da.DualadError, match="complex"):
        grad(f)(1.0)


@pytest.mark.usefixtures("adjoint")
def test_odeint():
    f = lambda q: np.sum(WEIGHTS * bateman_by_odeint(q))
    expected = da.grad(lambda q: np.sum(WEIGHTS * bateman_formula(q)))(BATEMAN)
    np.testing.assert_allclose(grad(f)(BATEMAN), expected, atol=1e-6)
    formula = lambda q: np.sum(WEIGHTS * bateman_formula(q))
    found = da.hessian(f, mode="reverse")(BATEMAN)
    np.testing.assert_allclose(found, da.hessian(formula)(BATEMAN), atol=1e-5)


@pytest.mark.usefixtures("adjoint")
def test_critical_times_are_not_stepped_over():
    """A rate that changes at t = 1, which tcrit names."""

    def f(q):
        rate = lambda y, t: -(q[0] if t < 1.0 else q[1]) * y
        return odeint(rate, [1.0], [0.0, 0.5, 2.0], tcrit=[1.0])[-1, 0]

    expected = -np.exp(-0.7 - 1.9) * np.ones(2)
    np.testing.assert_allclose(grad(f)(BATEMAN[:2]), expected, atol=1e-6)


# --- many parameters -----------------------------------------------------------------------------


def heat(q, rtol=1e-6):
    """Diffusion on a ring with a conductivity of its own for each of 40 links, and its start."""

    def f(t, y):
        flow = q[:40] * (np.roll(y, -1) - y)
        return flow - np.roll(flow, 1)

    return solve_ivp(f, (0.0, 0.5), q[40:], rtol=rtol, atol=1e-3 * rtol)


def heat_formula(q):
    """The matrix exponential."""
    k = q[:40]
    eye = np.eye(40)
    right = np.roll(eye, 1, axis=1) - eye
    links = right * k[:, None]
    return da_expm(0.5 * (links - np.roll(links, 1, axis=0))) @ q[40:]


def da_expm(a):
    from scipy.linalg import expm

    return expm(a)


def test_many_parameters():
    rng = np.random.default_rng(3)
    q = rng.uniform(0.5, 1.5, 80)
    w = rng.normal(size=40)
    ways = []

    def f(q):
        sol = heat(q)
        ways.append(sol.sensitivity["way"])
        return w @ sol.y[:, -1]

    found = da.grad(f, mode="reverse")(q)
    assert ways == ["adjoint"]
    expected = da.grad(lambda q: w @ heat_formula(q), mode="reverse")(q)
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.max(np.abs(expected)))


def test_forward_and_reverse_agree_on_many_parameters():
    q = np.random.default_rng(4).uniform(0.5, 1.5, 80)
    v = np.cos(np.arange(80.0))
    f = lambda q: np.sum(heat(q, 1e-8).y[:, -1] ** 2)
    _, forward = da.jvp(f, (q,), (v,))
    np.testing.assert_allclose(grad(f)(q) @ v, forward, rtol=1e-6)


def test_one_backward_solve_whatever_the_number_of_parameters():
    """A matrix of rates: 400 parameters cost less than 40 plain calls would by differences."""
    calls = []
    times = np.array([0.0, 1.0])
    rates = np.random.default_rng(5).uniform(0.0, 0.1, (20, 20)) - np.eye(20)

    def f(a):
        def rhs(t, y):
            calls.append(t)
            return a @ y

        return np.sum(solve_ivp(rhs, (0.0, 1.0), np.ones(20), t_eval=times, rtol=1e-6).y[:, -1])

    f(rates)
    plain = len(calls)
    calls.clear()
    found = da.grad(f, mode="reverse")(rates)
    assert len(calls) < 12 * plain
    from scipy.linalg import expm_frechet

    left = np.stack([
        [np.sum(expm_frechet(rates, e, compute_expm=False)) for e in unit_rows(i)] for i in (0, 7)
    ])  # fmt: skip
    np.testing.assert_allclose(found[[0, 7]], left, rtol=1e-5)


def unit_rows(i):
    for j in range(20):
        e = np.zeros((20, 20))
        e[i, j] = 1.0
        yield e


def test_times_are_the_steps_of_the_plain_solution():
    assert TIMES[0] == 0.0
    found = grad(lambda q: np.sum(heat(q).y[0] ** 2))(np.ones(80))
    assert np.all(np.isfinite(found))


@pytest.mark.parametrize("method", ["Radau", "BDF"])
def test_jacobian_of_a_large_stiff_problem(method):
    """More cotangents than LSODA's dense matrices are used for: 10 of 40 states."""
    q = np.linspace(0.5, 1.5, 80)

    def f(q):
        rhs = lambda t, y: 30.0 * (np.roll(q[:40] * (np.roll(y, -1) - y), 1) * -1.0 + q[:40] * (
            np.roll(y, -1) - y
        ))  # fmt: skip
        return solve_ivp(rhs, (0.0, 0.02), q[40:], method, rtol=1e-5, atol=1e-8).y[:10, -1]

    v = np.cos(np.arange(80.0))
    _, forward = da.jvp(f, (q,), (v,))
    np.testing.assert_allclose(da.jacobian(f, mode="reverse")(q) @ v, forward, atol=2e-4)


# Of the sum of `ROBERTSON_WEIGHTS` times the states at four times, by forward sensitivities
# with rtol 1e-10 (Radau) and 1e-9 (BDF), which agree to 1.4e-9.
ROBERTSON = np.array([0.04, 1e4, 3e7, 1.0, 0.0, 0.0])
ROBERTSON_GRADIENT = np.array(
    [2.75324968, 1.42163387e-05, -2.01368355e-08, 4.06412050, -3.87941899, -3.87861875]
)
ROBERTSON_WEIGHTS = np.array([[1.0], [1e4], [-0.5]])


@pytest.mark.parametrize("method", ["Radau", "LSODA"])
@pytest.mark.usefixtures("adjoint")
def test_rates_of_very_different_sizes(method):
    def f(q):
        def rhs(t, y):
            slow, fast, faster = q[0] * y[0], q[1] * y[1] * y[2], q[2] * y[1] ** 2
            return np.array([fast - slow, slow - fast - faster, faster])

        atol = 1e-6 * np.array([1e-2, 1e-6, 1e-2])
        times = np.geomspace(1e-2, 40.0, 4)
        sol = solve_ivp(rhs, (0.0, 40.0), q[3:], method, times, rtol=1e-6, atol=atol)
        return np.sum(ROBERTSON_WEIGHTS * sol.y)

    np.testing.assert_allclose(grad(f)(ROBERTSON), ROBERTSON_GRADIENT, rtol=1e-5)


@pytest.mark.parametrize("count", [3, 80])
def test_explain_says_which_way_it_goes(count):
    q = np.ones(count)
    f = (lambda q: bateman(q).y[0, 1]) if count == 3 else (lambda q: heat(q).y[0, -1])
    expected = "forward sensitivities are recorded" if count == 3 else "by the adjoint equation"
    assert expected in str(da.explain(f, q))


class Chain:
    """Rates in an attribute, a work array, and notes of what was asked for."""

    def __init__(self, q):
        self.rates, self.calls, self.last, self.out = q, 0, None, np.zeros(2)

    def slope(self, t, y):
        self.calls, self.last = self.calls + 1, y[0]
        self.out[0] = -self.rates[0] * y[0]
        self.out[1] = self.rates[0] * y[0] - self.rates[1] * y[1]
        return self.out


@pytest.mark.usefixtures("adjoint")
@pytest.mark.parametrize("solver", ["solve_ivp", "odeint"])
def test_parameters_in_an_object(solver):
    """When the backward pass begins, the object has been given back to the user."""
    made = []

    def f(q):
        chain = Chain(q)
        made.append(chain)
        if solver == "odeint":
            return odeint(chain.slope, [1.5, 0.0], TIMES, tfirst=True)[-1, 1]
        return solve_ivp(chain.slope, (0.0, 2.0), [1.5, 0.0], rtol=1e-8, atol=1e-10).y[1, -1]

    formula = lambda q: bateman_formula(np.stack([q[0], q[1], 1.5 + 0.0 * q[0]]))[1, -1]
    found = grad(f)(BATEMAN[:2])
    np.testing.assert_allclose(found, da.grad(formula)(BATEMAN[:2]), atol=1e-6)
    assert type(made[-1].rates) is np.ndarray
    assert isinstance(made[-1].last, float)
    second = da.hessian(f, mode="reverse")(BATEMAN[:2])
    np.testing.assert_allclose(second, da.hessian(formula)(BATEMAN[:2]), atol=1e-5)


@pytest.mark.usefixtures("adjoint")
def test_arrays_that_are_written_to_before_the_backward_pass():
    control = np.ones(1)

    def f(q, refill):
        y = np.ones(1)
        for u in (1.0, 2.0):
            if refill:
                control[:] = u
            y = solve_ivp(lambda t, y: -q * control * y, (0.0, 1.0), y, rtol=1e-8).y[:, -1]
        return y[0]

    np.testing.assert_allclose(grad(f)(0.3, False), -2.0 * np.exp(-0.6), rtol=1e-6)
    with pytest.raises(da.DualadError, match="written to since"):
        grad(f)(0.3, True)
