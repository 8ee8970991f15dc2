"""`dualad.scipy` for differential equations: exact Jacobians, counted, and derivatives through."""

import struct

import numpy as np
import pytest
from scipy import integrate
from scipy.integrate import BDF, OdeSolver, Radau
from scipy.sparse import issparse
from scipy.special import j0

import dualad as da
import dualad.scipy as ds
from benchmarks.problems.odes import STIFF, brusselator_line, robertson

IMPLICIT = ["BDF", "Radau", "LSODA"]


class Counted:
    """A function, and how often it has run."""

    def __init__(self, f):
        self.f, self.count = f, 0

    def __call__(self, *args):
        self.count += 1
        return self.f(*args)


# --- solve_ivp -----------------------------------------------------------------------------------


def easier(name):
    """A stiff problem, cut short: the tests count calls, the benchmarks go to the end."""
    problem = STIFF[name]
    return problem._replace(t_span=(0.0, problem.t_span[1] / 50))


@pytest.mark.parametrize("method", IMPLICIT)
@pytest.mark.parametrize("name", STIFF)
def test_fewer_calls_and_the_same_answer(name, method):
    fun, span, y0, tolerances = easier(name)
    theirs, ours = Counted(fun), Counted(fun)
    want = integrate.solve_ivp(theirs, span, y0, method=method, **tolerances)
    got = ds.solve_ivp(ours, span, y0, method=method, **tolerances)
    assert got.success
    assert ours.count < theirs.count
    # Each run counts as one, with directions or without; SciPy says how many Jacobians it needed.
    assert ours.count <= got.nfev + got.njev + 1
    assert f"{ours.count - got.nfev} evaluation" in got.derivatives
    size = np.max(np.abs(want.y[:, -1]))
    np.testing.assert_allclose(got.y[:, -1], want.y[:, -1], atol=3e-4 * size)


def test_the_jacobian_is_exact():
    seen = []

    class Spy(BDF):
        def __init__(self, fun, t0, y0, t_bound, jac=None, **options):
            seen.append(jac)
            super().__init__(fun, t0, y0, t_bound, jac=jac, **options)

    result = ds.solve_ivp(brusselator_line, (0, 0.1), np.linspace(1, 2, 200), method=Spy)
    y = np.random.default_rng(1).uniform(1, 2, 200)
    want = da.jacobian(brusselator_line, argnums=1, mode="reverse")(0.0, y)
    got = seen[0](0.0, y)
    assert issparse(got)  # of 200 unknowns, two per cent of the entries: factorised as such
    np.testing.assert_allclose(got.toarray(), want, rtol=1e-14, atol=1e-12)
    assert result.derivatives.startswith("jac: exact, sparse, forward mode")


@pytest.mark.parametrize("method", ["RK45", "DOP853", integrate.RK23])
def test_explicit_methods_take_none(method):
    result = ds.solve_ivp(lambda t, y: -y, (0, 1), [1.0], method=method)
    assert result.derivatives == "as given"


GIVEN = {
    "a function": {"jac": lambda t, y: np.array([[-2.0, 0.0], [0.0, -1.0]])},
    "a matrix": {"jac": np.diag([-2.0, -1.0])},
    "a sparsity": {"jac_sparsity": np.eye(2)},
}


@pytest.mark.parametrize("method", [BDF, Radau])
@pytest.mark.parametrize("name", GIVEN)
def test_what_is_given_wins(name, method):
    f = Counted(lambda t, y: -y * np.array([2.0, 1.0]))
    g = Counted(f.f)
    want = integrate.solve_ivp(g, (0, 1), [1.0, 2.0], method=method, **GIVEN[name])
    got = ds.solve_ivp(f, (0, 1), [1.0, 2.0], method=method, **GIVEN[name])
    np.testing.assert_array_equal(got.y, want.y)
    assert (f.count, got.derivatives) == (g.count, "as given")


def test_bands_are_left_to_lsoda():
    result = ds.solve_ivp(
        lambda t, y: -y, (0, 1), [1.0, 2.0], method="LSODA", lband=0, uband=0, rtol=1e-8
    )
    assert result.derivatives == "as given"


@pytest.mark.parametrize("method", IMPLICIT)
def test_args_and_vectorized(method):
    def f(t, y, k, l):
        return np.stack([-k * y[0], k * y[0] - l * y[1]])

    result = ds.solve_ivp(
        f, (0, 1), [1, 0], method, vectorized=True, args=(50.0, 1.0), rtol=1e-8, atol=1e-10
    )
    assert "exact" in result.derivatives
    want = 50 / 49 * (np.exp(-1.0) - np.exp(-50.0))
    np.testing.assert_allclose(result.y[1, -1], want, rtol=1e-6)


def test_complex():
    f = lambda t, y: [1j * y[0] - 0.5 * y[0] * y[1], -y[1]]
    result = ds.solve_ivp(f, (0, 1), [1 + 0j, 0.5 + 0j], "BDF", rtol=1e-8, atol=1e-10)
    assert "exact" in result.derivatives
    want = np.exp(1j - 0.25 * (1 - np.exp(-1.0)))
    np.testing.assert_allclose(result.y[0, -1], want, rtol=1e-6)


def test_reverse_mode_and_chunks():
    fun, span, y0, tolerances = easier("Robertson")
    want = ds.solve_ivp(fun, span, y0, "BDF", **tolerances).y
    for keywords in ({"mode": "reverse"}, {"chunk_size": 2}):
        got = ds.solve_ivp(fun, span, y0, "BDF", **tolerances, **keywords)
        np.testing.assert_allclose(got.y, want, rtol=1e-9, atol=1e-15)
    assert "forward mode" in got.derivatives


def test_a_constant_right_hand_side():
    result = ds.solve_ivp(lambda t, y: [1.0, 2.0], (0, 1), [0.0, 0.0], "BDF")
    np.testing.assert_allclose(result.y[:, -1], [1.0, 2.0], rtol=1e-6)


def test_any_solver_class_is_taken():
    class Own(OdeSolver):
        """Euler's method in one step."""

        def __init__(self, fun, t0, y0, t_bound, vectorized=False, **extraneous):
            super().__init__(fun, t0, y0, t_bound, vectorized)

        def _step_impl(self):
            self.y = self.y + (self.t_bound - self.t) * self.fun(self.t, self.y)
            self.t = self.t_bound
            return True, None

        def _dense_output_impl(self):
            raise NotImplementedError

    result = ds.solve_ivp(lambda t, y: -y, (0, 0.5), [1.0], method=Own)
    assert result.y[0, -1] == 0.5
    assert result.derivatives == "as given"


def test_an_infinite_jacobian_is_told():
    with pytest.raises(da.InputError, match="component 1 in unknown 1 is inf"):
        ds.solve_ivp(lambda t, y: [-y[0], np.sqrt(y[1])], (0, 1), [1.0, 0.0], "BDF")


WRONG = {
    "args": ({"args": 5}, TypeError, "cannot be unpacked"),
    "span": ({"t_span": 3}, TypeError, "not iterable"),
    "start": ({"y0": np.ones((10, 10))}, ValueError, "1-dimensional"),
    "NaN": ({"y0": np.full(100, np.nan)}, ValueError, "must be finite"),
    "method": ({"method": "BDFF"}, ValueError, "must be one of"),
}


@pytest.mark.parametrize("name", WRONG)
def test_scipy_says_what_is_wrong(name):
    given, kind, message = WRONG[name]
    usual = {"fun": lambda t, y: -y, "t_span": (0, 1), "y0": np.ones(100), "method": "BDF"}
    with pytest.raises(kind, match=message):
        ds.solve_ivp(**(usual | given))


def test_what_cannot_be_differentiated_says_so():
    def f(t, y):
        struct.pack("d", y[0])
        return -y

    with pytest.raises(da.EscapeError, match=r"struct\.pack"):
        ds.solve_ivp(f, (0, 1), [1.0], "BDF")


# --- odeint --------------------------------------------------------------------------------------

RATES = np.arange(1.0, 13.0) ** 2


@pytest.mark.parametrize("col_deriv", [False, True])
@pytest.mark.parametrize("tfirst", [False, True])
def test_odeint(tfirst, col_deriv):
    chain = lambda y: -RATES * y + np.concatenate(([0.0], RATES[:-1] * y[:-1]))
    f = (lambda t, y: chain(y)) if tfirst else (lambda y, t: chain(y))
    ours, theirs = Counted(f), Counted(f)
    keywords = {"tfirst": tfirst, "col_deriv": col_deriv, "full_output": True}
    t = [0.0, 0.5, 3.0]
    got, info = ds.odeint(ours, np.ones(12), t, **keywords)
    want, _ = integrate.odeint(theirs, np.ones(12), t, **keywords)
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-7)
    assert ours.count < theirs.count
    assert info["derivatives"].startswith("Dfun: exact, forward mode")


def test_odeint_leaves_the_rest():
    """Few unknowns, whose differences cost less; bands; what is given."""
    f = lambda y, t: -y
    for keywords, n in (({}, 3), ({"ml": 0, "mu": 0}, 9), ({"Dfun": lambda y, t: -np.eye(9)}, 9)):
        answer, info = ds.odeint(f, np.ones(n), [0.0, 1.0], full_output=True, **keywords)
        assert "derivatives" not in info
        np.testing.assert_allclose(answer[-1], np.exp(-1.0), rtol=1e-6)


# --- solve_bvp -----------------------------------------------------------------------------------

MESH = np.linspace(0, 1, 6)
WAVE = np.vstack([np.cos(6 * MESH), np.zeros(6)])
EQUATIONS = {
    "an array": lambda x, y, p: np.vstack((y[1], -(p[0] ** 2) * y[0])),
    "a list": lambda x, y, p: [y[1], -p[0] * (p[0] * y[0])],
    "filled": lambda x, y, p: _filled(y, p),
}


def _filled(y, p):
    out = np.empty_like(y)
    out[0], out[1] = y[1], -(p[0] ** 2) * y[0]
    return out


@pytest.mark.parametrize("name", EQUATIONS)
def test_bvp_with_a_parameter(name):
    ours, theirs = Counted(EQUATIONS[name]), Counted(EQUATIONS[name])
    bc = Counted(lambda a, b, p: [a[0], b[0], a[1] - p[0]])
    start = np.vstack([np.sin(6 * MESH), 6 * np.cos(6 * MESH)])
    got = ds.solve_bvp(ours, bc, MESH, start, p=[6.0], tol=1e-6)
    want = integrate.solve_bvp(theirs, bc.f, MESH, start, p=[6.0], tol=1e-6)
    np.testing.assert_allclose(got.p, 2 * np.pi, rtol=1e-7)
    np.testing.assert_allclose(got.p, want.p, rtol=1e-9)
    assert ours.count < theirs.count
    assert got.derivatives == (
        "fun_jac: exact, forward mode of fun; bc_jac: exact, forward mode of bc (dualad)"
    )


def test_bvp_with_a_singular_term():
    """Bessel's equation y'' + y'/x + y = 0."""
    x = np.linspace(0, 2, 5)
    fun = lambda x, y: np.vstack((y[1], -y[0]))
    bc = lambda a, b: np.array([a[1], b[0] - j0(2.0)])
    got = ds.solve_bvp(fun, bc, x, np.ones((2, 5)), S=np.diag([0.0, -1.0]), tol=1e-8)
    np.testing.assert_allclose(got.sol(1.0)[0], j0(1.0), rtol=1e-8)


@pytest.mark.parametrize("given", ["fun_jac", "bc_jac"])
def test_bvp_given_wins(given):
    calls = []

    def fun_jac(x, y):
        calls.append("fun_jac")
        return np.tile(np.array([[0.0, 1.0], [-1.0, 0.0]])[:, :, None], x.size)

    def bc_jac(a, b):
        calls.append("bc_jac")
        return np.array([[1.0, 0.0], [0.0, 0.0]]), np.array([[0.0, 0.0], [1.0, 0.0]])

    keywords = {given: {"fun_jac": fun_jac, "bc_jac": bc_jac}[given]}
    got = ds.solve_bvp(
        lambda x, y: np.vstack((y[1], -y[0])), lambda a, b: [a[0] - 1, b[0]], MESH, WAVE, **keywords
    )
    assert set(calls) == {given}
    assert (given in got.derivatives, "exact" in got.derivatives) == (False, True)
    np.testing.assert_allclose(got.sol(0.5)[0], np.sin(0.5) / np.sin(1.0), rtol=1e-3)


def test_bvp_refuses_what_it_would_ignore():
    with pytest.raises(da.InputError, match="forward mode"):
        ds.solve_bvp(lambda x, y: y, lambda a, b: a, MESH, WAVE, mode="reverse")


# --- derivatives through them --------------------------------------------------------------------


def decay(k):
    return ds.solve_ivp(
        lambda t, y: [-k * y[0]], (0, 1), [1.0], method="BDF", rtol=1e-8, atol=1e-10
    ).y[0, -1]


def decay_with_args(k):
    return ds.solve_ivp(
        lambda t, y, k: -k * y, (0, 1), [1.0], "Radau", args=(k,), rtol=1e-8, atol=1e-10
    ).y[0, -1]


def decay_by_odeint(k):
    return ds.odeint(lambda y, t: -k * y, np.ones(9), [0.0, 1.0], rtol=1e-9, atol=1e-11)[-1, 0]


def boundary(k):
    fun = lambda x, y: np.vstack((y[1], k**2 * y[0]))
    bc = lambda a, b: [a[0] - 1, b[0] - np.exp(-k)]
    return ds.solve_bvp(fun, bc, MESH, np.ones((2, 6)), tol=1e-9).y[1, 0]


def with_a_sparse_jacobian(k):
    y0 = np.ones(80)
    f = lambda t, y: -k * y
    return ds.solve_ivp(f, (0, 1), y0, method="BDF", rtol=1e-8, atol=1e-10).y[7, -1]


def by_quad(k):
    return k * ds.quad(lambda x: np.exp(-k * x), 0, 1)[0] - 1


THROUGH = {
    decay: lambda k: np.exp(-k),
    decay_with_args: lambda k: np.exp(-k),
    decay_by_odeint: lambda k: np.exp(-k),
    boundary: lambda k: -k,
    with_a_sparse_jacobian: lambda k: np.exp(-k),
    by_quad: lambda k: -np.exp(-k),
}


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("f", THROUGH, ids=lambda f: f.__name__)
def test_derivatives_through(f, mode):
    value, got = da.value_and_grad(f, mode=mode)(1.5)
    assert value == f(1.5)
    np.testing.assert_allclose(got, da.grad(THROUGH[f])(1.5), rtol=1e-6)


# --- plain use -----------------------------------------------------------------------------------


def test_plain_use():
    """SciPy's functions with dualad's verbs, as the docs show."""
    fun, span, y0, tolerances = easier("Robertson")
    jac = da.jacobian(robertson, argnums=1)
    want = ds.solve_ivp(fun, span, y0, "Radau", **tolerances)
    got = integrate.solve_ivp(fun, span, y0, "Radau", jac=jac, **tolerances)
    np.testing.assert_array_equal(got.y, want.y)

    f = lambda y, t: -RATES * y
    got = integrate.odeint(f, np.ones(12), [0.0, 1.0], Dfun=da.jacobian(f))
    np.testing.assert_allclose(got[-1], np.exp(-RATES), atol=1e-6)


def test_plain_use_of_solve_bvp():
    """`fun_jac` wants (n, n, m): one small Jacobian for each node."""
    fun = lambda x, y: np.stack([y[1], -np.exp(y[0])])
    bc = lambda a, b: np.stack([a[0], b[0]])

    def fun_jac(x, y):
        at_nodes = [da.jacobian(fun, argnums=1)(*node) for node in zip(x, y.T, strict=True)]
        return np.stack(at_nodes, axis=-1)

    bc_jac = da.jacobian(bc, argnums=(0, 1))
    start = np.zeros((2, 6))
    got = integrate.solve_bvp(fun, bc, MESH, start, fun_jac=fun_jac, bc_jac=bc_jac)
    want = ds.solve_bvp(fun, bc, MESH, start)
    np.testing.assert_allclose(got.y, want.y, rtol=1e-10, atol=1e-12)
