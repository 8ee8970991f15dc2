"""Events: hit times, states there, restarts and jumps of the right-hand side, in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import dualad as da
from dualad._solving import solver

METHODS = ("RK45", "DOP853", "Radau", "BDF", "LSODA")
TIGHT = {"rtol": 1e-10, "atol": 1e-10}
differentiated = solver(solve_ivp)


def both(f, exact, p, tolerance):
    """First and second derivatives, by hyper-duals and by nested duals."""
    want = da.jacobian(exact)(p)
    got = da.jacobian(f, mode="forward")(p)
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)
    want = da.jacobian(da.jacobian(exact))(p)
    scale = tolerance * max(1.0, np.abs(want).max())
    nested = da.jacobian(da.jacobian(f, mode="forward"), mode="forward")
    for derive in (da.hessian(f, mode="forward"), nested):
        np.testing.assert_allclose(derive(p), want, rtol=10 * tolerance, atol=10 * scale)


# --- a bouncing ball, restarted by the user at each impact ----------------------------------------
BALL = np.array([9.81, 0.8, 1.0, 1.9])  # gravity, restitution, height, final time


def ball(p, **options):
    gravity, restitution, height, end = p

    def fall(t, y):
        return [y[1], -gravity]

    def ground(t, y):
        return y[0]

    ground.terminal, ground.direction = True, -1
    t, y = 0.0, [height, 0.0]
    while True:
        found = differentiated(fall, (t, end), y, events=ground, **TIGHT, **options)
        if found.status == 0:
            return found.y[:, -1]
        t, y = found.t[-1], [0.0, -restitution * found.y[1, -1]]


def ball_exact(p):
    gravity, restitution, height, end = p
    t, v = np.sqrt(2 * height / gravity), restitution * np.sqrt(2 * gravity * height)
    while da.primal(t + 2 * v / gravity) < da.primal(end):
        t, v = t + 2 * v / gravity, restitution * v
    dt = end - t
    return np.stack([v * dt - gravity * dt * dt / 2, v - gravity * dt])


@pytest.mark.parametrize("method", METHODS)
def test_bouncing_ball(method):
    tolerance = 1e-6 if method in ("BDF", "LSODA") else 1e-9
    both(lambda p: ball(p, method=method), ball_exact, BALL, tolerance)


# --- the hit time, the state there, and the solution up to it -------------------------------------
FALL = np.array([9.81, 3.0, 1.5])  # gravity, height, speed upward


def falling(p, take, terminal=True, t_eval=None):
    def ground(t, y):
        return y[0]

    def top(t, y):
        return y[1]

    ground.terminal = terminal
    ground.direction = -1.0
    found = differentiated(
        lambda t, y: [y[1], -p[0]], (0.0, 2.0), [p[1], p[2]], events=[ground, top],
        t_eval=t_eval, dense_output=True, **TIGHT,
    )  # fmt: skip
    assert found.status == (1 if terminal else 0)
    return take(found)


def hit(p):
    return (p[2] + np.sqrt(p[2] ** 2 + 2 * p[0] * p[1])) / p[0]


HITS = {
    "hit time": (lambda s: s.t_events[0][0], hit),
    "all hit times": (lambda s: s.t_events[0], lambda p: np.stack([hit(p)])),
    "state at the hit": (
        lambda s: s.y_events[0][0],
        lambda p: np.stack([0.0 * p[0], p[2] - p[0] * hit(p)]),
    ),
    "time of the other event": (lambda s: s.t_events[1][0], lambda p: p[2] / p[0]),
    "state at the other event": (
        lambda s: s.y_events[1][:, 0],
        lambda p: np.stack([p[1] + p[2] ** 2 / (2 * p[0])]),
    ),
}
ENDS = {
    "last time": (lambda s: s.t[-1], hit),
    "last state": (lambda s: s.y[1, -1], lambda p: p[2] - p[0] * hit(p)),
    "solution at the hit": (lambda s: s.sol(s.t[-1])[1], lambda p: p[2] - p[0] * hit(p)),
}


@pytest.mark.parametrize("name", HITS)
@pytest.mark.parametrize("terminal", [True, False])
def test_hit_times_and_states(name, terminal):
    take, exact = HITS[name]
    both(lambda p: falling(p, take, terminal), exact, FALL, 1e-9)


@pytest.mark.parametrize("name", ENDS)
def test_the_end_of_a_terminal_event(name):
    take, exact = ENDS[name]
    both(lambda p: falling(p, take), exact, FALL, 1e-9)


def test_times_that_were_asked_for_stay_constant():
    got = da.jacobian(
        lambda p: falling(p, lambda s: s.y[0], t_eval=[0.25, 0.5, 0.75]), mode="forward"
    )(FALL)
    t = np.array([0.25, 0.5, 0.75])
    np.testing.assert_allclose(got, np.stack([-t * t / 2, np.ones(3), t], axis=1), atol=1e-9)


def test_values_of_events_are_scipys():
    def ground(t, y):
        return y[0]

    ground.terminal = True
    plain = solve_ivp(lambda t, y: [y[1], -FALL[0]], (0.0, 2.0), FALL[1:], events=ground)
    seen = []

    def f(p):
        found = differentiated(lambda t, y: [y[1], -p[0]], (0.0, 2.0), [p[1], p[2]], events=ground)
        seen.append(found)
        return found.t_events[0][0]

    da.grad(f, mode="forward")(FALL)
    for name in ("t", "y"):
        assert np.array_equal(da.primal(seen[-1][name]), plain[name])
    for name in ("t_events", "y_events"):
        assert np.array_equal(da.primal(seen[-1][name][0]), plain[name][0])
    assert seen[-1].message == plain.message


# --- right-hand sides that jump where an event is declared ----------------------------------------
RELAY = np.array([0.7, 0.5, 0.2, 1.0])  # rate before, growth behind, start, threshold


def relay(p, take, method):
    rate, growth, start, threshold = p
    rtol = 1e-7 if method == "Radau" else 1e-9  # its steps are costly, and its error small

    def fun(t, y):
        return [rate * 1.0 if y[0] < threshold else growth * y[0]]

    return take(
        differentiated(
            fun,
            (0.0, 3.0),
            [start],
            method,
            events=lambda t, y: y[0] - threshold,
            rtol=rtol,
            atol=rtol,
        )
    )


def switch_time(p):
    return (p[3] - p[2]) / p[0]


@pytest.mark.parametrize("method", METHODS)
def test_relay(method):
    def exact(p):
        return p[3] * np.exp(p[1] * (3.0 - switch_time(p)))

    both(lambda p: relay(p, lambda s: s.y[0, -1], method), exact, RELAY, 2e-6)
    both(lambda p: relay(p, lambda s: s.t_events[0][0], method), switch_time, RELAY, 1e-6)


def test_dry_friction_that_sticks():
    """v' = -mu g sign(v) + a, by a right-hand side that asks for the sign: v reverses at v = 0.

    v(t) = v0 - (mu g + a) t until t* = v0 / (mu g + a), then (mu g - a) (t - t*) backward.
    """
    p = np.array([0.3, 9.81, 4.0, 2.0])  # mu, g, drive downward, v0

    def f(p):
        mu, g, drive, v0 = p

        def fun(t, y):
            return np.stack([y[1], -mu * g * np.sign(y[1]) - drive])

        found = differentiated(
            fun, (0.0, 1.0), [0.0, v0], events=lambda t, y: y[1], rtol=1e-9, atol=1e-9
        )
        return found.y[:, -1]

    def exact(p):
        mu, g, drive, v0 = p
        stop = v0 / (mu * g + drive)
        rest = 1.0 - stop
        slope = mu * g - drive
        return np.stack([v0 * stop / 2 + slope * rest**2 / 2, slope * rest])

    both(f, exact, p, 1e-6)


def test_an_event_that_restarts_nothing_where_the_right_hand_side_is_smooth():
    def f(p, events=None):
        return differentiated(
            lambda t, y: [-p[0] * y[0]], (0.0, 1.0), [p[1]], events=events, **TIGHT
        )

    p = np.array([0.8, 1.4])
    seen = []

    def with_event(p):
        seen.append(f(p, lambda t, y: y[0] - 1.0))
        return seen[-1].y[0, -1]

    got = da.grad(with_event, mode="forward")(p)
    assert np.array_equal(got, da.grad(lambda p: f(p).y[0, -1], mode="forward")(p))
    assert len(seen[-1].t_events[0]) == 1


@pytest.mark.parametrize("depth", [1e-6, 3e-4])
def test_an_event_that_is_touched_has_no_derivative(depth):
    """The minimum of y at t = 1 lies below the level by less than the tolerance of y."""

    def f(p):
        found = differentiated(
            lambda t, y: [2 * (t - 1.0) * p[0]], (0.0, 1.0), [p[0] * (1 - depth)], "DOP853",
            events=lambda t, y: y[0], rtol=1e-3, atol=1e-3,
        )  # fmt: skip
        return found.t_events[0]

    if depth < 1e-4:
        with pytest.raises(da.DualadError, match="touched"):
            da.jacobian(f, mode="forward")(np.array([1.0]))
    else:
        with pytest.warns(da.DerivativeWarning, match="hardly crossed"):
            da.jacobian(f, mode="forward")(np.array([1.0]))


def test_numbers_in_the_event_function_alone():
    def f(p):
        found = differentiated(
            lambda t, y: [-y[0]], (0.0, 3.0), [1.0], events=lambda t, y: y[0] - p[0], **TIGHT
        )
        return found.t_events[0][0]

    both(f, lambda p: -np.log(p[0]), np.array([0.3]), 1e-9)


def test_attributes_and_counts_of_events():
    """`terminal` may say how many; several crossings of one event, both directions."""

    def f(p, take):
        def level(t, y):
            return y[0] - p[1]

        level.terminal = 3
        return take(
            differentiated(
                lambda t, y: [y[1], -p[0] ** 2 * y[0]], (0.0, 20.0), [0.0, 1.0 * p[0]],
                "DOP853", events=[level], **TIGHT,
            )
        )  # fmt: skip

    p = np.array([1.3, 0.4])

    def exact(p):
        first = np.arcsin(p[1]) / p[0]
        return np.stack([first, np.pi / p[0] - first, 2 * np.pi / p[0] + first])

    both(lambda p: f(p, lambda s: s.t_events[0]), exact, p, 1e-8)
    both(lambda p: f(p, lambda s: s.t[-1]), lambda p: exact(p)[2], p, 1e-8)
