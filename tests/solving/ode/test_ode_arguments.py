"""Arguments of `solve_ivp` beside numbers: each is handled or refused, none ignored."""

from __future__ import annotations

import functools
import warnings

import numpy as np
import pytest
import scipy.sparse
from scipy import integrate
from scipy.integrate import odeint, solve_ivp

import dualad as da
from dualad._solving import solver
from dualad._solving._ode import _reverse

differentiated = solver(solve_ivp)
TIGHT = {"rtol": 1e-9, "atol": 1e-10}
RATES = np.array([0.9, 0.4])


def chain(t, y, p):
    return [-p[0] * y[0], p[0] * y[0] - p[1] * y[1]]


def chain_jacobian(t, y, p):
    return np.array([[-p[0], 0.0], [p[0], -p[1]]])


def chain_exact(p, t=2.0, y0=1.0):
    a, b = p
    e, g = np.exp(-a * t), np.exp(-b * t)
    return y0 * np.stack([e, a * (e - g) / (b - a)])


def derivative(p=RATES, y0=(1.0, 0.0), fun=chain, take=lambda s: s.y[:, -1], **options):
    options = {**TIGHT, **options}

    def f(p):
        return take(differentiated(fun, (0.0, 2.0), y0, args=(p,), **options))

    return da.jacobian(f, mode="forward")(p)


OPTIONS = {
    "jac": {"method": "Radau", "jac": chain_jacobian},
    "sparse jac": {
        "method": "Radau",
        "jac": lambda t, y, p: scipy.sparse.csc_matrix(chain_jacobian(t, y, da.primal(p))),
    },
    "constant jac": {"method": "BDF", "jac": np.array([[-0.9, 0.0], [0.9, -0.4]])},
    "sparsity": {"method": "Radau", "jac_sparsity": np.array([[1, 0], [1, 1]])},
    "bands": {"method": "LSODA", "lband": 1, "uband": 0},
    "steps": {"max_step": 0.1, "first_step": 0.01},
    "vectorized": {"vectorized": True, "fun": lambda t, y, p: np.stack(chain(t, y, p))},
    "vectorized, implicit": {
        "vectorized": True, "method": "Radau", "fun": lambda t, y, p: np.stack(chain(t, y, p)),
    },
    "class": {"method": integrate.DOP853},
    "LSODA's class": {"method": integrate.LSODA},
    "subclass": {"method": type("Mine", (integrate.RK45,), {})},
    "float32": {"y0": np.array([1, 0], np.float32)},
    "integers": {"y0": [1, 0]},
    "absolute tolerances": {"atol": np.array([1e-10, 1e-11])},
}  # fmt: skip


@pytest.mark.parametrize("name", OPTIONS)
def test_options(name):
    got = derivative(**OPTIONS[name])
    np.testing.assert_allclose(got, da.jacobian(chain_exact)(RATES), rtol=1e-6, atol=1e-8)


def test_complex_states():
    def f(p):
        return differentiated(
            lambda t, y: 1j * p[0] * y, (0.0, 1.5), np.array([1.0 + 0.5j]), **TIGHT
        ).y[0, -1]

    def parts(p):
        y = f(p)
        return np.stack([y.real, y.imag])

    y = (1.0 + 0.5j) * np.exp(1.5j * 2.0)
    want = 1.5j * y
    got = da.jacobian(parts, mode="forward")(np.array([2.0]))[:, 0]
    np.testing.assert_allclose(got, [want.real, want.imag], rtol=1e-7)


def test_no_output_times():
    plain = solve_ivp(chain, (0.0, 2.0), [1.0, 0.0], t_eval=[], args=(RATES,))
    assert len(plain.t) == 0

    def f(p):
        found = differentiated(
            chain, (0.0, 2.0), [1.0, 0.0], t_eval=[], args=(p,), dense_output=True, **TIGHT
        )
        assert type(found.t) is type(plain.t)
        assert len(found.t) == 0
        return found.sol(2.0)

    got = da.jacobian(f, mode="forward")(RATES)
    np.testing.assert_allclose(got, da.jacobian(chain_exact)(RATES), rtol=1e-6, atol=1e-8)


def test_an_interval_without_length():
    def f(p):
        end = 0.5 + 0.0 * p[0]
        return differentiated(lambda t, y: -p[0] * y, (0.5, end), [p[1]]).y[0, -1]

    np.testing.assert_allclose(da.grad(f, mode="forward")(RATES), [0.0, 1.0], atol=1e-15)


def test_without_numbers_the_answer_is_scipys():
    ours = differentiated(chain, (0.0, 2.0), [1.0, 0.0], args=(RATES,), dense_output=True)
    theirs = solve_ivp(chain, (0.0, 2.0), [1.0, 0.0], args=(RATES,), dense_output=True)
    assert type(ours) is type(theirs)
    assert set(ours) == set(theirs)
    assert np.array_equal(ours.y, theirs.y)
    assert type(ours.sol) is type(theirs.sol)


# --- the right-hand side as users write it --------------------------------------------------------


def with_buffer(t, y, p):
    out = np.zeros(2)
    out[0] = -p[0] * y[0]
    out[1] = p[0] * y[0] - p[1] * y[1]
    return out


class Model:
    def __init__(self, p):
        self.p, self.work, self.calls = p, np.zeros(2), 0

    def __call__(self, t, y):
        self.calls += 1
        self.work[:] = chain(t, y, self.p)
        return self.work.copy()


def test_a_work_array_in_the_right_hand_side():
    for method in ("RK45", "Radau"):
        got = derivative(fun=with_buffer, method=method)
        np.testing.assert_allclose(got, da.jacobian(chain_exact)(RATES), rtol=1e-6, atol=1e-8)


def test_a_work_array_with_numbers_made_by_hand():
    p = [da.Dual(0.9, [1.0]), da.Dual(0.4, [0.0])]
    found = differentiated(with_buffer, (0.0, 2.0), [1.0, 0.0], args=(p,), **TIGHT)
    want = da.jacobian(chain_exact)(RATES)[:, 0]
    np.testing.assert_allclose(found.y.tangent[0, :, -1], want, rtol=1e-6)


def test_plain_user_code_that_calls_scipy():
    def f(p):
        return solve_ivp(with_buffer, (0.0, 2.0), [1.0, 0.0], args=(p,), **TIGHT).y[:, -1]

    def g(p):
        return solve_ivp(Model(p), (0.0, 2.0), [1.0, 0.0], **TIGHT).y[:, -1]

    def qualified(p):
        return integrate.solve_ivp(lambda t, y: chain(t, y, p), (0.0, 2.0), [1.0, 0.0], **TIGHT).y[
            :, -1
        ]

    for function in (f, g, qualified):
        got = da.jacobian(function, mode="forward")(RATES)
        np.testing.assert_allclose(got, da.jacobian(chain_exact)(RATES), rtol=1e-6, atol=1e-8)


def test_a_parameter_that_only_a_comparison_sees():
    """A switching time without an event: the derivative that is found is 0, and not trusted."""

    def f(p):
        return differentiated(
            lambda t, y: [1.0 if t < p[0] else 2.0], (0.0, 2.0), [0.0], **TIGHT
        ).y[0, -1]

    with pytest.warns(da.DerivativeWarning):
        da.grad(f, mode="forward")(np.array([0.7]))


# --- bad input -----------------------------------------------------------------------------------


def test_a_failed_solution_has_no_derivative():
    def blow_up(p):
        return differentiated(lambda t, y: p[0] * y**2, (0.0, 2.0), [1.0]).y[0, -1]

    with pytest.raises(da.DualadError, match="Required step size is less than spacing"):
        da.grad(blow_up, mode="forward")(np.array([1.0]))
    with pytest.raises(da.DualadError, match="not finite"):
        da.grad(blow_up, mode="forward")(np.array([np.nan]))


def test_solvers_without_a_rule():
    class Euler(integrate.OdeSolver):
        def __init__(self, fun, t0, y0, t_bound, vectorized, **options):
            super().__init__(fun, t0, y0, t_bound, vectorized)

        def _step_impl(self):
            h = min(0.1, self.t_bound - self.t)
            self.y = self.y + h * self.fun(self.t, self.y)
            self.t += h
            return True, None

        def _dense_output_impl(self):
            raise NotImplementedError

    with pytest.raises(da.DualadError, match="method=Euler"):
        derivative(method=Euler, **dict.fromkeys(TIGHT))


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"y0": 1.0}, "1-dimensional"),
        ({"method": "Euler"}, "method"),
        ({"t_eval": [0.0, 3.0]}, "t_eval"),
        ({"rtol": -1.0, "atol": -1.0}, "positive"),
    ],
)
def test_scipys_own_errors(arguments, error):
    def f(p):
        given = {"y0": [1.0, 0.0], **arguments}
        return differentiated(chain, (0.0, 2.0), args=(p,), **given).y[0, -1]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        with pytest.raises(ValueError, match=error):
            da.grad(f, mode="forward")(RATES)


def test_args_that_are_no_tuple():
    with pytest.raises(TypeError, match="args"):
        da.grad(
            lambda p: differentiated(lambda t, y, a: -a * y, (0.0, 1.0), [1.0], args=p[0]).y[0, -1],
            mode="forward",
        )(RATES)


@pytest.mark.parametrize("ode", ["solve_ivp", "odeint", "adjoint"])
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_the_beginning_is_a_number_where_time_enters(ode, mode, monkeypatch):
    """Second derivatives in t0 feel that the right-hand side depends on t."""
    if ode == "adjoint":
        monkeypatch.setattr(_reverse, "MANY", {1: 0, 2: 0})

    def f(p):
        y0, begin, end, rate = p
        if ode == "odeint":
            slope = lambda t, y: -rate * y * t
            return odeint(slope, [y0], [begin, end], tfirst=True, rtol=1e-9, atol=1e-10)[-1, 0]
        return solve_ivp(lambda t, y: -rate * y * t, (begin, end), [y0], **TIGHT).y[0, -1]

    exact = lambda p: p[0] * np.exp(-p[3] * (p[2] ** 2 - p[1] ** 2) / 2)
    p = np.array([1.3, 0.4, 1.5, 0.7])
    got = da.hessian(f, mode=mode)(p)
    np.testing.assert_allclose(got, da.hessian(exact)(p), rtol=1e-6, atol=1e-7)


class Cached:
    def __init__(self, rate):
        self.rate, self.kept = rate, None

    @functools.cached_property
    def doubled(self):
        return 2.0 * self.rate

    def slope(self, t, y):
        if self.kept is None:
            self.kept = 2.0 * self.rate
        return -(self.kept + self.doubled) * y


@pytest.mark.parametrize("mode", ["forward", "reverse", "adjoint"])
def test_caches_in_a_model(mode, monkeypatch):
    """What the plain solution has cached does not hide the parameter."""
    if mode == "adjoint":
        monkeypatch.setattr(_reverse, "MANY", {1: 0, 2: 0})

    def f(rate):
        model = Cached(rate)
        y = solve_ivp(model.slope, (0.0, 0.5), [1.0], **TIGHT).y[0, -1]
        return y * model.doubled

    got = da.grad(f, mode="forward" if mode == "forward" else "reverse")(0.7)
    np.testing.assert_allclose(got, (2.0 - 4.0 * 0.7) * np.exp(-1.4), rtol=1e-7)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_steps_and_tolerances_that_are_numbers(mode):
    def f(end):
        controls = {"first_step": end / 100, "max_step": end / 20, "rtol": 1e-9 * end}
        return solve_ivp(lambda t, y: -y, (0.0, end), [1.0], **controls, atol=[1e-10]).y[0, -1]

    value, slope = da.value_and_grad(f, mode=mode)(1.5)
    assert value == f(1.5)
    np.testing.assert_allclose(slope, -np.exp(-1.5), rtol=1e-7)
