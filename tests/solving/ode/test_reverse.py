"""`solve_ivp` in reverse mode with few parameters, and in all mixtures of modes."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import dualad as da
from tests.solving.ode.closed_forms import (
    BATEMAN,
    LOGISTIC,
    bateman,
    bateman_formula,
    logistic,
    logistic_formula,
)

MODES = ("forward", "reverse")


@pytest.mark.parametrize("method", ["RK23", "RK45", "DOP853", "Radau", "BDF", "LSODA"])
def test_jacobian_by_method(method):
    rtol = 1e-5 if method in ("RK23", "Radau", "BDF") else 1e-8
    found = da.jacobian(lambda q: bateman(q, method, rtol).y, mode="reverse")(BATEMAN)
    expected = da.jacobian(bateman_formula)(BATEMAN)
    np.testing.assert_allclose(found, expected, atol=100 * rtol)


@pytest.mark.parametrize("mode", MODES)
def test_ends_of_the_interval(mode):
    """Both ends of t_span, the start and the constants are numbers."""
    last = lambda q: logistic(q).y[0, -1]
    expected = da.grad(logistic_formula)(LOGISTIC)
    np.testing.assert_allclose(da.grad(last, mode=mode)(LOGISTIC), expected, rtol=1e-7)
    hessian = da.hessian(logistic_formula)(LOGISTIC)
    np.testing.assert_allclose(da.hessian(last, mode=mode)(LOGISTIC), hessian, atol=1e-6)


NESTS = {
    (outer, inner): lambda f, outer=outer, inner=inner: da.jacobian(
        da.jacobian(f, mode=inner), mode=outer
    )
    for outer in MODES
    for inner in MODES
}


@pytest.mark.parametrize("modes", NESTS, ids="-".join)
def test_nested(modes):
    found = NESTS[modes](lambda q: bateman(q).y[:, 2])(BATEMAN)
    expected = da.jacobian(da.jacobian(lambda q: bateman_formula(q)[:, 2]))(BATEMAN)
    np.testing.assert_allclose(found, expected, atol=1e-7)


def test_third_derivatives():
    f, formula = lambda q: bateman(q).y[1, 2], lambda q: bateman_formula(q)[1, 2]
    found = da.jacobian(da.hessian(f, mode="reverse"), mode="reverse")(BATEMAN)
    expected = da.jacobian(da.hessian(formula), mode="forward")(BATEMAN)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_values_are_those_of_the_plain_call():
    def parts(q):
        sol = bateman(q, dense_output=True)
        assert sol.success
        return np.concatenate([sol.t, sol.y.ravel(), sol.sol(0.4), sol.sol(TENTHS).ravel()])

    value, _ = da.vjp(parts, BATEMAN)
    np.testing.assert_array_equal(value, parts(BATEMAN))


TENTHS = np.linspace(0.1, 1.9, 5)


@pytest.mark.parametrize("mode", MODES)
def test_dense_output(mode):
    found = da.jacobian(lambda q: bateman(q, dense_output=True).sol(TENTHS), mode=mode)(BATEMAN)
    expected = da.jacobian(lambda q: bateman_formula(q, TENTHS))(BATEMAN)
    np.testing.assert_allclose(found, expected, atol=1e-7)


@pytest.mark.parametrize("mode", MODES)
def test_dense_output_at_a_time_that_is_a_number(mode):
    f = lambda q: bateman(q, dense_output=True).sol(q[0] * q[1])[1]
    formula = lambda q: bateman_formula(q, q[0] * q[1])[1]
    np.testing.assert_allclose(da.grad(f, mode=mode)(BATEMAN), da.grad(formula)(BATEMAN), atol=1e-7)
    found = da.hessian(f, mode=mode)(BATEMAN)
    np.testing.assert_allclose(found, da.hessian(formula)(BATEMAN), atol=1e-6)


@pytest.mark.parametrize("mode", MODES)
def test_output_times_that_are_numbers(mode):
    def f(q):
        rhs = lambda t, y: -q[0] * y
        return solve_ivp(rhs, (0.0, 2.0), [1.0], t_eval=[0.5 * q[1], q[1]], rtol=1e-9).y[0]

    formula = lambda q: np.exp(-q[0] * q[1] * np.array([0.5, 1.0]))
    found = da.jacobian(f, mode=mode)(BATEMAN)
    np.testing.assert_allclose(found, da.jacobian(formula)(BATEMAN), atol=1e-6)


def bouncing(q, count=3):
    """A ball falls from h and loses speed at each bounce: times and speeds are known."""
    g, loss, h = q
    fall = lambda t, y: np.array([y[1], -g])

    def ground(t, y):
        return y[0]

    ground.terminal, ground.direction = True, -1
    t, y = 0.0, np.array([h, 0.0])
    for _ in range(count):
        sol = solve_ivp(fall, (t, t + 10.0), y, events=ground, rtol=1e-8)
        t, y = sol.t[-1], np.array([0.0, -loss * sol.y[1, -1]])
    return np.array([t, y[1]])


def bouncing_formula(q):
    g, loss, h = q
    return np.array([
        np.sqrt(2.0 * h / g) * (1.0 + 2.0 * loss + 2.0 * loss**2),
        np.sqrt(2.0 * h * g) * loss**3,
    ])  # fmt: skip


BALL = np.array([9.81, 0.8, 2.0])


@pytest.mark.parametrize("mode", MODES)
def test_bouncing_ball(mode):
    found = da.jacobian(bouncing, mode=mode)(BALL)
    np.testing.assert_allclose(found, da.jacobian(bouncing_formula)(BALL), rtol=1e-9, atol=1e-12)
    time = lambda q: bouncing(q)[0]
    expected = da.hessian(lambda q: bouncing_formula(q)[0])(BALL)
    np.testing.assert_allclose(da.hessian(time, mode=mode)(BALL), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("mode", MODES)
def test_events_that_do_not_end_the_integration(mode):
    """sin(w t) = level, upward: hit times and the slopes there."""

    def f(q):
        w, level = q
        rhs = lambda t, y: np.array([w * y[1], -w * y[0]])
        hit = lambda t, y: y[0] - level
        sol = solve_ivp(rhs, (0.0, 6.0), [0.0, 1.0], "DOP853", events=hit, rtol=1e-10, atol=1e-12)
        return np.concatenate([sol.t_events[0], sol.y_events[0][:, 1]])

    def formula(q):
        first = np.arcsin(q[1]) / q[0]
        times = np.stack([first, np.pi / q[0] - first, first + 2.0 * np.pi / q[0]])
        slope = np.sqrt(1.0 - q[1] ** 2)
        return np.concatenate([times, np.stack([slope, -slope, slope])])

    q = np.array([1.3, 0.4])
    found = da.jacobian(f, mode=mode)(q)
    np.testing.assert_allclose(found, da.jacobian(formula)(q), atol=1e-8)


def test_backward_in_time():
    def f(q):
        return solve_ivp(lambda t, y: -q[0] * y, (2.0, 0.0), [q[1]], "DOP853", rtol=1e-9).y[0, -1]

    formula = lambda q: q[1] * np.exp(2.0 * q[0])
    found = da.hessian(f, mode="reverse")(BATEMAN[:2])
    np.testing.assert_allclose(found, da.hessian(formula)(BATEMAN[:2]), rtol=1e-6, atol=1e-6)


class Model:
    """Parameters in attributes, and a method as right-hand side."""

    def __init__(self, q):
        self.rates = {"a": q[0], "b": q[1]}
        self.start = [q[2], 0.0]

    def slope(self, t, y):
        return [-self.rates["a"] * y[0], self.rates["a"] * y[0] - self.rates["b"] * y[1]]

    def run(self):
        return solve_ivp(self.slope, (0.0, 2.0), self.start, "DOP853", rtol=1e-9, atol=1e-12).y


@pytest.mark.parametrize("mode", MODES)
def test_parameters_in_an_object(mode):
    found = da.jacobian(lambda q: Model(q).run()[:, -1], mode=mode)(BATEMAN)
    expected = da.jacobian(lambda q: bateman_formula(q)[:, -1])(BATEMAN)
    np.testing.assert_allclose(found, expected, atol=1e-7)


class Slotted:
    __slots__ = ("rate",)

    def __init__(self, rate):
        self.rate = rate

    def __call__(self, t, y):
        return -self.rate * y


def test_numbers_that_are_not_found_are_refused():
    f = lambda q: solve_ivp(Slotted(q), (0.0, 1.0), [1.0]).y[0, -1]
    with pytest.raises(da.DualadError, match="args="):
        da.grad(f, mode="reverse")(1.0)


def test_a_failed_solve_has_no_derivative():
    f = lambda q: solve_ivp(lambda t, y: q * y**2, (0.0, 2.0), [1.0]).y[0, -1]
    with pytest.raises(da.DualadError, match="did not reach the end"):
        da.grad(f, mode="reverse")(1.0)


@pytest.mark.parametrize("mode", MODES)
def test_state_that_does_not_depend_on_the_parameters(mode):
    f = lambda q: solve_ivp(lambda t, y: -y + 0.0 * q, (0.0, 1.0), [1.0]).y[0, -1]
    assert da.grad(f, mode=mode)(1.0) == 0.0


def test_the_way_is_told():
    seen = []

    def f(q):
        sol = bateman(q)
        seen.append(sol.sensitivity["way"])
        return sol.y[0, -1]

    da.grad(f, mode="reverse")(BATEMAN)
    assert "forward sensitivities" in seen[0]


@pytest.mark.parametrize("mode", MODES)
def test_complex_states_of_real_parameters(mode):
    f = lambda q: (
        solve_ivp(lambda t, y: 1j * q[0] * y, (0.0, 1.0), [1.0 + 0j], "DOP853", rtol=1e-9)
        .y[0, -1]
        .imag
    )
    np.testing.assert_allclose(da.grad(f, mode=mode)(BATEMAN[:1]), [np.cos(0.7)], rtol=1e-7)


def test_complex_parameters_are_refused_in_reverse():
    f = lambda q: abs(solve_ivp(lambda t, y: -y, (0.0, 1.0), [q * 1j]).y[0, -1])
    with pytest.raises(da.DualadError, match="complex"):
        da.grad(f, mode="reverse")(1.0)


@pytest.mark.parametrize("mode", MODES)
def test_a_switch_that_no_event_declares(mode):
    def f(q):
        rhs = lambda t, y: [1.0 if t < q[0] else 2.0]
        return solve_ivp(rhs, (0.0, 2.0), [0.0], rtol=1e-8).y[0, -1]

    with pytest.warns(da.DerivativeWarning):
        da.grad(f, mode=mode)(np.array([0.7]))


def test_a_graph_is_not_run_again_at_other_values():
    graph = da.trace(lambda q: bateman(q).y[1, 2], BATEMAN)
    assert graph.replay(BATEMAN) == bateman(BATEMAN).y[1, 2]
    with pytest.raises(da.DualadError, match="other values"):
        graph.replay(BATEMAN + 0.1)


@pytest.mark.parametrize("mode", MODES)
def test_vectorized_right_hand_sides(mode):
    def f(q):
        def rhs(t, y):
            assert y.ndim == 2
            return np.stack([-q[0] * y[0], q[0] * y[0] - q[1] * y[1]])

        sol = solve_ivp(
            rhs, (0.0, q[2]), [1.5, 0.0], "DOP853", vectorized=True, dense_output=True, rtol=1e-9
        )
        return np.stack([sol.y[1, -1], sol.sol(0.5 * q[2])[1]])

    times = lambda q: np.stack([q[2], 0.5 * q[2]])
    formula = lambda q: bateman_formula(np.stack([q[0], q[1], 1.5 + 0.0 * q[0]]), times(q))[1]
    found = da.jacobian(f, mode=mode)(BATEMAN)
    np.testing.assert_allclose(found, da.jacobian(formula)(BATEMAN), atol=1e-6)
