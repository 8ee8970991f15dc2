"""`scipy.integrate.odeint` in both modes, and the older classes."""

import warnings

import numpy as np
import pytest
from scipy.integrate import ODEintWarning, complex_ode, ode, odeint

import dualad as da
from dualad._solving import solver
from tests.solving.ode.closed_forms import (
    BATEMAN,
    FORCED,
    TIMES,
    bateman_by_odeint,
    bateman_formula,
    forced_formula,
)

MODES = ("forward", "reverse")


@pytest.mark.parametrize("mode", MODES)
def test_jacobian(mode):
    found = da.jacobian(bateman_by_odeint, mode=mode)(BATEMAN)
    np.testing.assert_allclose(found, da.jacobian(bateman_formula)(BATEMAN), atol=1e-6)


@pytest.mark.parametrize("mode", MODES)
def test_hessian(mode):
    f = lambda q: bateman_by_odeint(q, rtol=1e-10, atol=1e-10)[:, 2]
    found = da.hessian(f, mode=mode)(BATEMAN)
    expected = da.hessian(lambda q: bateman_formula(q)[:, 2])(BATEMAN)
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("outer", MODES)
@pytest.mark.parametrize("inner", MODES)
def test_nested(inner, outer):
    f = lambda q: bateman_by_odeint(q, rtol=1e-10, atol=1e-10)[:, 2]
    found = da.jacobian(da.jacobian(f, mode=inner), mode=outer)(BATEMAN)
    expected = da.hessian(lambda q: bateman_formula(q)[:, 2])(BATEMAN)
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("given", ["dense", "none"])
def test_stiff(mode, given):
    """y' = -k (y - cos(w t)), with the user's own Jacobian and without."""

    def f(q):
        k, w, start = q
        rhs = lambda t, y: -k * (y - np.cos(w * t))
        jac = {"Dfun": lambda t, y: np.array([[-k]])} if given == "dense" else {}
        times = [0.0, 0.5, 1.5]
        return odeint(rhs, start, times, tfirst=True, rtol=1e-9, atol=1e-11, mxstep=5000, **jac)[
            1:, 0
        ]

    found = da.jacobian(f, mode=mode)(FORCED)
    np.testing.assert_allclose(found, da.jacobian(forced_formula)(FORCED), atol=1e-8)


@pytest.mark.parametrize("mode", MODES)
def test_large_and_stiff(mode):
    """Diffusion: with derivatives too large for LSODA's dense matrices."""
    n = 24
    x = np.linspace(0.0, 1.0, n + 2)[1:-1]
    second = (np.eye(n, k=1) - 2 * np.eye(n) + np.eye(n, k=-1)) * (n + 1) ** 2

    def f(q):
        k = q[0] * (1.0 + q[1] * x + q[2] * x**2 + q[3] * x**3)
        y = odeint(lambda y, t: k * (second @ y), np.sin(np.pi * x), [0.0, 0.2], rtol=1e-7)
        return y[-1, [3, 12]]

    def formula(q):
        from scipy.linalg import expm

        k = q[0] * (1.0 + q[1] * x + q[2] * x**2 + q[3] * x**3)
        return (expm(0.2 * k[:, None] * second) @ np.sin(np.pi * x))[[3, 12]]

    q = np.array([1.0, 0.3, -0.2, 0.1])
    found = da.jacobian(f, mode=mode)(q)
    np.testing.assert_allclose(found, da.jacobian(formula)(q), atol=1e-5)


@pytest.mark.parametrize("mode", MODES)
def test_times_and_start(mode):
    """y0, t[0] and other entries of t are numbers; times go backward and repeat."""

    def f(q):
        times = np.array([q[0] + 2.0, 1.5, 1.5, q[1]])
        return odeint(lambda y, t: -0.5 * y, q[2], times, rtol=1e-11, atol=1e-12)[:, 0]

    formula = lambda q: q[2] * np.exp(-0.5 * (np.stack([q[0] + 2.0, 1.5, 1.5, q[1]]) - q[0] - 2.0))
    q = np.array([0.1, 0.7, 1.3])
    np.testing.assert_allclose(da.jacobian(f, mode=mode)(q), da.jacobian(formula)(q), atol=1e-8)
    np.testing.assert_allclose(da.hessian(f, mode=mode)(q), da.hessian(formula)(q), atol=1e-7)


@pytest.mark.parametrize("mode", MODES)
def test_only_the_times_are_numbers(mode):
    f = lambda t: odeint(lambda y, t: -y, 1.0, [0.0, t])[-1, 0]
    np.testing.assert_allclose(da.grad(f, mode=mode)(1.0), -np.exp(-1.0), rtol=1e-6)


def test_values_and_infodict_are_those_of_the_plain_call():
    infos = []

    def f(q):
        y, info = odeint(
            lambda y, t: [-q[0] * y[0], q[0] * y[0] - q[1] * y[1]],
            [q[2], 0.0],
            TIMES,
            full_output=1,
        )
        infos.append(info)
        return y

    plain = f(BATEMAN)
    np.testing.assert_array_equal(da.jvp(f, (BATEMAN,), (np.ones(3),))[0], plain)
    np.testing.assert_array_equal(da.vjp(f, BATEMAN)[0], plain)
    for info in infos[1:]:
        np.testing.assert_array_equal(info["nfe"], infos[0]["nfe"])


def test_standin_called_directly():
    k = da.Dual(0.7, [1.0])
    found = solver(odeint)(lambda y, t: -k * y, 1.0, [0.0, 2.0])
    np.testing.assert_allclose(found.tangent[0, -1, 0], -2.0 * np.exp(-1.4), rtol=1e-6)


def test_without_numbers_it_is_odeint():
    rhs = lambda y, t, k: -k * y
    found = solver(odeint)(rhs, [1.0], [0.0, 2.0], (0.7,))
    assert type(found) is np.ndarray
    np.testing.assert_array_equal(found, odeint(rhs, [1.0], [0.0, 2.0], args=(0.7,)))


class Slotted:
    __slots__ = ("rate",)

    def __init__(self, rate):
        self.rate = rate

    def __call__(self, y, t):
        return -self.rate * y


def test_numbers_that_are_not_found():
    f = lambda q: odeint(Slotted(q), 1.0, [0.0, 1.0])[-1, 0]
    np.testing.assert_allclose(da.grad(f, mode="forward")(0.7), -np.exp(-0.7), rtol=1e-6)
    with pytest.raises(da.DualadError, match="args="):
        da.grad(f, mode="reverse")(0.7)


@pytest.mark.parametrize("mode", MODES)
def test_a_failed_solve_has_no_derivative(mode):
    f = lambda q: odeint(lambda y, t: q * y**2, 1.0, [0.0, 2.0])[-1, 0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ODEintWarning)
        with pytest.raises(da.DualadError, match="did not reach the end"):
            da.grad(f, mode=mode)(1.0)


OLDER = {
    "closure": lambda q: ode(lambda t, y: -q * y).set_initial_value(1.0).integrate(1.0)[0],
    "start": lambda q: ode(lambda t, y: -y).set_initial_value(q).integrate(1.0)[0],
    "end": lambda q: ode(lambda t, y: -y).set_initial_value(1.0).integrate(q)[0],
    "parameters": lambda q: (
        ode(lambda t, y, k: -k * y).set_initial_value(1.0).set_f_params(q).integrate(1.0)[0]
    ),
    "complex": lambda q: (
        complex_ode(lambda t, y: -q * y).set_initial_value(1.0).integrate(1.0)[0].real
    ),
}


@pytest.mark.parametrize("name", OLDER)
def test_the_older_classes_refuse_numbers(name):
    assert np.isfinite(OLDER[name](1.0))
    with pytest.raises(da.DualadError, match="solve_ivp"):
        da.grad(OLDER[name])(1.0)


def test_the_older_class_without_numbers():
    f = lambda q: q * ode(lambda t, y: -y).set_initial_value(1.0).integrate(1.0)[0]
    np.testing.assert_allclose(da.grad(f)(1.0), np.exp(-1.0), rtol=1e-5)


@pytest.mark.parametrize("mode", MODES)
def test_a_switch_in_time(mode):
    f = lambda q: odeint(lambda y, t: 1.0 if t < q else 2.0, 0.0, [0.0, 2.0])[-1, 0]
    with pytest.warns(da.DerivativeWarning):
        da.grad(f, mode=mode)(0.7)
