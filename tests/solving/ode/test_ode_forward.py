"""Forward sensitivities of `solve_ivp` against closed forms, for every method and argument."""

from __future__ import annotations

import numpy as np
import pytest
import scipy
from scipy.integrate import solve_ivp

import dualad as da
from dualad._solving import solver

METHODS = ("RK23", "RK45", "DOP853", "Radau", "BDF", "LSODA")
RTOL = {"RK23": 1e-7, "BDF": 1e-8, "Radau": 1e-8}  # of the methods that pay dearly for digits
differentiated = solver(solve_ivp)


def decay(p):
    """y' = -a y: y = b exp(-a (t1 - t0)), in (a, b, t0, t1)."""
    return p[1] * np.exp(-p[0] * (p[3] - p[2]))


def logistic(p):
    """y' = r y (1 - y/k), in (r, k, y0, t1)."""
    return p[1] / (1 + (p[1] / p[2] - 1) * np.exp(-p[0] * p[3]))


def oscillator(p):
    """x'' = -w^2 x, x(0) = a, x'(0) = b: x(t), in (w, a, b, t)."""
    return p[1] * np.cos(p[0] * p[3]) + p[2] / p[0] * np.sin(p[0] * p[3])


def solved_decay(p, **options):
    def fun(t, y):
        return -p[0] * y

    return differentiated(fun, (p[2], p[3]), [p[1]], **options)


def solved_logistic(p, **options):
    return differentiated(
        lambda t, y, r, k: [r * y[0] * (1 - y[0] / k)],
        [0.0, p[3]],
        np.stack([p[2]]),
        args=(p[0], p[1]),
        **options,
    )


def solved_oscillator(p, **options):
    return differentiated(
        lambda t, y: np.stack([y[1], -(p[0] ** 2) * y[0]]), (0, p[3]), [p[1], p[2]], **options
    )


CASES = {
    "decay": (solved_decay, decay, np.array([0.7, 1.3, 0.25, 1.5])),
    "backward": (solved_decay, decay, np.array([0.7, 1.3, 1.5, 0.25])),
    "logistic": (solved_logistic, logistic, np.array([1.1, 2.0, 0.3, 2.5])),
    "oscillator": (solved_oscillator, oscillator, np.array([1.7, 0.6, -0.4, 2.0])),
}


def last(solve, method):
    rtol = RTOL.get(method, 1e-10)

    def f(p):
        return solve(p, method=method, rtol=rtol, atol=rtol).y[0, -1]

    return f, 100 * rtol


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", CASES)
def test_first_and_second_derivatives_in_every_argument(name, method):
    solve, exact, p = CASES[name]
    f, tolerance = last(solve, method)
    got = da.jacobian(f, mode="forward")(p)
    np.testing.assert_allclose(got, da.jacobian(exact)(p), rtol=tolerance, atol=tolerance)
    got = da.hessian(f, mode="forward")(p)
    np.testing.assert_allclose(got, da.hessian(exact)(p), rtol=tolerance, atol=10 * tolerance)


@pytest.mark.parametrize("name", CASES)
def test_nested_duals_agree_with_hyper_duals_to_third_order(name):
    solve, exact, p = CASES[name]
    f, _ = last(solve, "DOP853")
    got = da.jacobian(da.hessian(f, mode="forward"), mode="forward")(p)
    want = da.jacobian(da.hessian(exact, mode="forward"), mode="forward")(p)
    np.testing.assert_allclose(got, want, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("method", METHODS)
def test_the_value_and_everything_else_are_scipys(method):
    p = CASES["logistic"][2]
    plain = solve_ivp(
        lambda t, y: [p[0] * y[0] * (1 - y[0] / p[1])], [0.0, p[3]], [p[2]], method,
        dense_output=True, rtol=1e-5,
    )  # fmt: skip
    seen = []

    def f(q):
        found = solved_logistic(q, method=method, dense_output=True, rtol=1e-5)
        seen.append(found)
        return found.y[0, -1]

    da.jacobian(f, mode="forward")(p)
    found = seen[-1]
    assert np.array_equal(da.primal(found.y), plain.y)
    assert np.array_equal(da.primal(found.t), plain.t)
    for name in ("nfev", "njev", "nlu", "status", "message", "success"):
        assert found[name] == plain[name]
    times = np.linspace(0.0, p[3], 7)
    assert np.array_equal(da.primal(found.sol(times)), plain.sol(times))
    assert np.array_equal(found.sol.ts, plain.sol.ts)


def test_every_natural_step_and_every_asked_time():
    solve, exact, p = CASES["logistic"]
    seen = []

    def f(p):
        found = solve(p, rtol=1e-9, atol=1e-9)
        seen.append(da.primal(found.t))
        return found.y[0]

    got = da.jacobian(f, mode="forward")(p)
    times = seen[-1]
    want = np.array([da.grad(lambda q, t=t: exact(q))(np.append(p[:3], t)) for t in times])
    assert len(times) > 5
    np.testing.assert_allclose(got[:, :3], want[:, :3], rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(got[-1], want[-1], rtol=1e-7)
    assert not got[1:-1, 3].any()  # the steps between the ends stay where they are

    asked = np.array([0.1, 0.4, 2.2])
    got = da.jacobian(lambda p: solve(p, t_eval=asked, rtol=1e-9, atol=1e-9).y[0], mode="forward")
    want = np.array([da.grad(exact)(np.append(p[:3], t)) for t in asked])
    np.testing.assert_allclose(got(p)[:, :3], want[:, :3], rtol=1e-7, atol=1e-8)
    assert not got(p)[:, 3].any()


@pytest.mark.parametrize("order", [1, 2])
def test_output_times_that_are_numbers(order):
    def by(take):
        def f(p):
            times = [p[2] + 0.5 * i * (p[3] - p[2]) for i in range(3)]
            found = solved_decay(
                p, t_eval=np.stack(times), dense_output=True, rtol=1e-11, atol=1e-12
            )
            return take(found, times)

        return f

    def exact(p):
        times = p[2] + np.array([0.0, 0.5, 1.0]) * (p[3] - p[2])
        return p[1] * np.exp(-p[0] * (times - p[2]))

    p = CASES["decay"][2]
    derive = da.jacobian if order == 1 else da.hessian
    want = derive(exact)(p)
    takes = (
        lambda found, times: found.y[0],
        lambda found, times: found.sol(found.t)[0],
        lambda found, times: found.sol(np.stack(times))[0],
        lambda found, times: np.stack([found.sol(t)[0] for t in times]),
    )
    for take in takes:
        np.testing.assert_allclose(derive(by(take), mode="forward")(p), want, rtol=1e-8, atol=1e-8)


def test_dense_output_at_plain_times():
    solve, exact, p = CASES["oscillator"]
    times = np.array([0.0, 0.3, 1.9])

    def f(p):
        return solve(p, dense_output=True, method="DOP853", rtol=1e-11, atol=1e-11).sol(times)[0]

    want = np.array([da.grad(exact)(np.append(p[:3], t)) for t in times])[:, :3]
    np.testing.assert_allclose(da.jacobian(f, mode="forward")(p)[:, :3], want, rtol=1e-8, atol=1e-8)


def test_linear_system_against_the_matrix_exponential():
    A = np.array([[-0.3, 1.2, 0.0], [-1.2, -0.3, 0.5], [0.1, 0.0, -0.8]])  # a matrix
    y0 = np.array([1.0, -0.5, 0.25])

    def f(A, y0):
        return differentiated(lambda t, y: A @ y, (0.0, 1.5), y0, "DOP853", rtol=1e-12, atol=1e-13)

    def exact(A, y0):
        return scipy.linalg.expm(1.5 * A) @ y0

    for number in (0, 1):
        got = da.jacobian(lambda *a: f(*a).y[:, -1], number, mode="forward")(A, y0)
        np.testing.assert_allclose(got, da.jacobian(exact, number)(A, y0), rtol=1e-9, atol=1e-10)


def test_scales_of_parameters_do_not_matter():
    """A rate constant of 3e7 has derivatives of order 1e-8, far below atol."""

    def f(k, unit):
        return differentiated(
            lambda t, y: [-k[0] * unit * y[0]], (0.0, 1.0), [1.0], rtol=1e-6, atol=1e-6
        ).y[0, -1]

    for unit in (1.0, 1e-7, 1e7):
        got = da.grad(lambda k, unit=unit: f(k, unit), mode="forward")(np.array([2.0 / unit]))
        np.testing.assert_allclose(got, [-unit * np.exp(-2.0)], rtol=2e-5)


def test_tolerances_of_the_sensitivities_alone():
    p = CASES["logistic"][2]
    want = da.grad(logistic)(p)[:3]

    def error(**options):
        got = da.grad(lambda p: solved_logistic(p, rtol=1e-4, **options).y[0, -1], mode="forward")
        return np.max(np.abs(got(p)[:3] - want))

    assert error(sens_rtol=1e-9, sens_atol=1e-11) < 1e-8 < error()


@pytest.mark.parametrize("method", ["RK45", "Radau", "BDF"])
def test_error_of_each_column_is_controlled(method):
    """Nine derivatives that vanish must not hide the error of the tenth."""

    def f(p):
        return differentiated(
            lambda t, y: [-p[0] * y[0] * (1 + np.sum(p[1:]) * 0.0)],
            (0.0, 3.0), [1.0], method, rtol=1e-6, atol=1e-9,
        ).y[0, -1]  # fmt: skip

    got = da.grad(f, mode="forward")(np.append(1.0, np.ones(9)))
    tolerance = 2e-4 if method == "BDF" else 1e-5
    np.testing.assert_allclose(got[0], -3 * np.exp(-3.0), rtol=tolerance)
    assert not got[1:].any()


@pytest.mark.parametrize("method", ["RK45", "BDF"])
def test_the_error_is_estimated_where_asked_for(method):
    p, want = CASES["logistic"][2], da.grad(logistic)(CASES["logistic"][2])
    seen = []

    def f(p, **options):
        found = solved_logistic(p, method=method, rtol=1e-5, atol=1e-8, **options)
        seen.append(found)
        return found.y[0, -1]

    coarse = da.grad(f, mode="forward")(p)
    fine = da.grad(lambda p: f(p, sens_error=True), mode="forward")(p)
    report = seen[-1].sensitivity
    assert report["errors"].shape == (4, 1)
    assert "error" not in seen[0].sensitivity
    true = np.max(np.abs(coarse - want)[:3])
    assert 0.5 * true < np.max(report["errors"]) < 100 * max(true, 1e-8)
    assert np.max(np.abs(fine - want)[:3]) < true
    assert 0 < report["error"] < 1e-3
