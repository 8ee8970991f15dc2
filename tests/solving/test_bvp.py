"""Derivatives through `scipy.integrate.solve_bvp`, against closed forms."""

import math

import mpmath
import numpy as np
import pytest
from scipy.integrate import solve_bvp

import dualad as da
from dualad._solving import solver
from dualad._solving._collocation import Factor

X = np.array([0.3, 0.5, 0.9])
MODES = ("forward", "reverse")
TOL = 1e-9


def zeros(n, nodes=11, a=0.0, b=1.0):
    return np.linspace(a, b, nodes), np.ones((n, nodes))


def oscillator(q):
    """y'' = -k^2 y, y(0) = 0, y(1) = b: y = b sin(k x) / sin(k)."""
    k, b = q

    def fun(x, y):
        return np.vstack((y[1], -(k**2) * y[0]))

    return solve_bvp(fun, lambda ya, yb: np.array([ya[0], yb[0] - b]), *zeros(2), tol=TOL)


def oscillator_formula(q, x):
    return q[1] * mpmath.sin(q[0] * x) / mpmath.sin(q[0])


def reaction(q):
    """y'' = -a exp(y) with y = 0 at both ends (Bratu), a nonlinear problem."""
    fun = lambda x, y: np.stack([y[1], -q[0] * np.exp(y[0])])
    return solve_bvp(fun, lambda ya, yb: np.array([ya[0], yb[0]]), *zeros(2), tol=TOL)


def reaction_formula(q, x):
    theta = mpmath.findroot(
        lambda t: t - mpmath.sqrt(2 * q[0]) * mpmath.cosh(t / 4), mpmath.mpf("1.5")
    )
    return -2 * mpmath.log(
        mpmath.cosh((x - mpmath.mpf("0.5")) * theta / 2) / mpmath.cosh(theta / 4)
    )


def radial(q):
    """y'' + 2/x y' + k^2 y = 0, y'(0) = 0, y(1) = b: y = b sin(k x) / (x sin k)."""
    k, b = q
    fun = lambda x, y: np.vstack((y[1], -(k**2) * y[0]))
    bc = lambda ya, yb: np.array([ya[1], yb[0] - b])
    return solve_bvp(fun, bc, *zeros(2), S=np.array([[0.0, 0.0], [0.0, -2.0]]), tol=TOL)


def radial_formula(q, x):
    return q[1] * mpmath.sin(q[0] * x) / (x * mpmath.sin(q[0]))


def singular_term(q):
    """y'' + s/x y' + y = 0, y'(0) = 0, y(1) = b, in Bessel functions."""
    fun = lambda x, y: np.vstack((y[1], -y[0]))
    bc = lambda ya, yb: np.array([ya[1], yb[0] - q[1]])
    return solve_bvp(fun, bc, *zeros(2), S=q[0] * np.array([[0.0, 0.0], [0.0, -1.0]]), tol=TOL)


def singular_formula(q, x):
    nu = (q[0] - 1) / 2
    return q[1] * x**-nu * mpmath.besselj(nu, x) / mpmath.besselj(nu, 1)


def interval(q):
    """y'' = -y, y(a) = 0, y(b) = 1: y = sin(x - a) / sin(b - a)."""
    fun = lambda x, y: np.vstack((y[1], -y[0]))
    bc = lambda ya, yb: np.array([ya[0], yb[0] - 1.0])
    return solve_bvp(fun, bc, np.linspace(q[0], q[1], 9), np.ones((2, 9)), tol=TOL)


def interval_formula(q, x):
    return mpmath.sin(x - q[0]) / mpmath.sin(q[1] - q[0])


def time_dependent(q):
    """y' = c x y + p, p unknown, y(0) = 1, y(1) = b; with derivatives given by the user."""
    fun = lambda x, y, p: q[0] * y + p[0]
    bc = lambda ya, yb, p: np.array([ya[0] - 1.0, yb[0] - q[1]])
    fun_jac = lambda x, y, p: (np.full((1, 1, x.size), 1.0) * q[0], np.ones((1, 1, x.size)))
    bc_jac = lambda ya, yb, p: (
        np.array([[1.0], [0.0]]),
        np.array([[0.0], [1.0]]),
        np.zeros((2, 1)),
    )
    return solve_bvp(
        fun, bc, *zeros(1), p=[0.5], fun_jac=fun_jac, bc_jac=bc_jac, tol=TOL, bc_tol=1e-12
    )


def time_dependent_formula(q, x):
    c, b = q
    p = (b - mpmath.exp(c)) * c / (mpmath.exp(c) - 1)
    return mpmath.exp(c * x) + p * (mpmath.exp(c * x) - 1) / c


PROBLEMS = {
    "oscillator": (oscillator, oscillator_formula, (2.0, 0.7)),
    "nonlinear": (reaction, reaction_formula, (1.0,)),
    "singular": (radial, radial_formula, (2.0, 0.7)),
    "singular term": (singular_term, singular_formula, (2.0, 0.7)),
    "interval": (interval, interval_formula, (-0.1, 1.2)),
    "unknown parameter": (time_dependent, time_dependent_formula, (0.8, 3.0)),
}


def partials(formula, q, x, orders):
    n = len(q)
    if orders == 1:
        index = np.eye(n, dtype=int)
    else:
        eye = np.eye(n, dtype=int)
        index = [eye[i] + eye[j] for i in range(n) for j in range(n)]
    with mpmath.workdps(30):
        values = [
            float(mpmath.diff(lambda *p: formula(p, mpmath.mpf(x)), q, tuple(map(int, i))))
            for i in index
        ]
    return np.reshape(values, (n,) * orders)


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("mode", MODES)
def test_jacobian(name, mode):
    problem, formula, q = PROBLEMS[name]
    found = da.jacobian(lambda q: problem(q).sol(X)[0], mode=mode)(np.array(q))
    expected = np.array([partials(formula, q, x, 1) for x in X])
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("mode", MODES)
def test_hessian(name, mode):
    problem, formula, q = PROBLEMS[name]
    found = da.hessian(lambda q: problem(q).sol(0.5)[0], mode=mode)(np.array(q))
    np.testing.assert_allclose(found, partials(formula, q, 0.5, 2), rtol=1e-6, atol=1e-7)


NESTS = {
    "reverse over reverse": lambda f: da.jacobian(da.grad(f, mode="reverse"), mode="reverse"),
    "forward over reverse": lambda f: da.jacobian(da.grad(f, mode="reverse"), mode="forward"),
    "reverse over forward": lambda f: da.jacobian(da.grad(f, mode="forward"), mode="reverse"),
}


@pytest.mark.parametrize("name", NESTS)
def test_nested(name):
    problem, formula, q = PROBLEMS["oscillator"]
    found = NESTS[name](lambda q: problem(q).sol(0.5)[0])(np.array(q))
    np.testing.assert_allclose(found, partials(formula, q, 0.5, 2), rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("name", PROBLEMS)
def test_values_are_those_of_the_plain_call(name):
    problem, _, q = PROBLEMS[name]
    plain = problem(np.array(q))

    def parts(q):
        sol = problem(q)
        assert sol.success
        assert sol.niter == plain.niter
        unknown = [] if sol.p is None else [sol.p]
        return np.concatenate([sol.x, sol.y.ravel(), sol.yp.ravel(), *unknown, sol.sol(X).ravel()])

    expected = parts(np.array(q))
    for value, _ in (
        da.jvp(parts, (np.array(q),), (np.ones(len(q)),)),
        da.vjp(parts, np.array(q)),
    ):
        np.testing.assert_array_equal(value, expected)


@pytest.mark.parametrize("mode", MODES)
def test_eigenvalue(mode):
    """y'' = -(p q)^2 y with y = 0 at both ends and y'(0) = 1: p = pi / q."""

    def f(q):
        fun = lambda x, y, p: np.vstack((y[1], -((p[0] * q) ** 2) * y[0]))
        bc = lambda ya, yb, p: np.array([ya[0], yb[0], ya[1] - 1.0])
        x = np.linspace(0, 1, 11)
        guess = np.stack([np.sin(np.pi * x), np.cos(np.pi * x)])
        return solve_bvp(fun, bc, x, guess, p=[1.5], tol=1e-8).p[0]

    np.testing.assert_allclose(da.grad(f, mode=mode)(2.0), -math.pi / 4, rtol=1e-7)
    np.testing.assert_allclose(da.hessian(f, mode=mode)(2.0), math.pi / 4, rtol=1e-7)


def test_the_mesh_moves_with_the_interval():
    nodes = lambda end: interval((0.0, end)).x
    np.testing.assert_allclose(da.jacobian(nodes)(1.2), interval((0.0, 1.2)).x / 1.2, rtol=1e-12)


@pytest.mark.parametrize("mode", MODES)
def test_slopes_and_nodes(mode):
    """The derivative of y' at a node is that of the right-hand side; sol(x, 1) has it as well."""
    at_end = da.jacobian(lambda q: oscillator(q).yp[0, -1], mode=mode)(np.array([2.0, 0.7]))
    by_spline = da.jacobian(lambda q: oscillator(q).sol(1.0, 1)[0], mode=mode)(np.array([2.0, 0.7]))
    formula = lambda q, x: q[1] * q[0] * mpmath.cos(q[0] * x) / mpmath.sin(q[0])
    np.testing.assert_allclose(at_end, partials(formula, (2.0, 0.7), 1.0, 1), rtol=1e-7)
    np.testing.assert_allclose(at_end, by_spline, rtol=1e-12)


def test_standin_called_directly():
    k = da.Dual(2.0, [1.0])
    fun = lambda x, y: np.vstack((y[1], -(k**2) * y[0]))
    bc = lambda ya, yb: np.stack([ya[0], yb[0] - 0.7])
    found = solver(solve_bvp)(fun, bc, *zeros(2), tol=TOL)
    slope = found.sol(0.5)[0].tangent[0]
    np.testing.assert_allclose(
        slope, partials(oscillator_formula, (2.0, 0.7), 0.5, 1)[0], rtol=1e-7
    )


def test_without_numbers_it_is_the_solver_itself():
    fun = lambda x, y: np.vstack((y[1], -y[0]))
    bc = lambda ya, yb: np.array([ya[0], yb[0] - 0.7])
    found, plain = (f(fun, bc, *zeros(2)) for f in (solver(solve_bvp), solve_bvp))
    np.testing.assert_array_equal(found.y, plain.y)
    assert type(found.sol) is type(plain.sol)
    assert type(found.y) is np.ndarray


def test_many_parameters_on_a_fine_mesh():
    """y' = g(x), g piecewise linear in 60 parameters: the derivative is an integral of hats."""
    knots = np.linspace(0.0, 1.0, 60)

    def f(q):
        fun = lambda x, y: np.interp(x, knots, q)[None]
        x = np.linspace(0.0, 1.0, 60)
        return solve_bvp(fun, lambda ya, yb: ya, x, np.zeros((1, 60)), tol=1e-6).y[0, -1]

    hats = np.full(60, 1.0 / 59.0)
    hats[[0, -1]] /= 2.0
    np.testing.assert_allclose(da.grad(f)(np.sin(knots)), hats, rtol=1e-9)


def test_a_failed_solve_has_no_derivative():
    def f(q):
        fun = lambda x, y: np.vstack((y[1], q * np.exp(y[0])))
        bc = lambda ya, yb: np.array([ya[0], yb[0]])
        return solve_bvp(fun, bc, *zeros(2, 5), max_nodes=5, tol=1e-12).y[0, 2]

    assert np.isfinite(f(-1.0))
    with pytest.raises(da.DualadError, match="The maximum number of mesh nodes is exceeded"):
        da.grad(f)(-1.0)


def test_complex_problems_are_refused():
    def f(q):
        fun = lambda x, y: 1j * q * y
        return abs(solve_bvp(fun, lambda ya, yb: ya - 1.0, *complex_guess()).y[0, -1])

    def complex_guess():
        x, y = zeros(1)
        return x, y + 0j

    with pytest.raises(da.DualadError, match="complex"):
        da.grad(f)(1.0)


SINGULAR = {
    "exactly": np.array([[1.0, 1.0], [1.0, 1.0]]),
    "almost": np.array([[1.0, 1.0], [1.0, 1.0 + 2e-15]]),
}


@pytest.mark.parametrize("name", SINGULAR)
def test_singular_equations_are_named(name):
    from scipy.sparse import csc_array

    with pytest.raises(da.DualadError, match="singular at the solution"):
        Factor(csc_array(SINGULAR[name]), 1, 2)


def test_units_do_not_make_equations_singular():
    from scipy.sparse import csc_array

    factor = Factor(csc_array(np.diag([1e-12, 1e12])), 1, 2)
    np.testing.assert_allclose(factor.plain(np.ones(2)), [1e12, 1e-12])


class Beam:
    """Stiffness in an attribute, methods as right-hand side and conditions, a work array."""

    def __init__(self, k, b):
        self.k, self.b = k, b
        self.work = np.zeros((2, 11))

    def slope(self, x, y):
        out = self.work if y.shape == self.work.shape else np.zeros(y.shape)
        out[0] = y[1]
        out[1] = -(self.k**2) * y[0]
        return out.copy()

    def ends(self, ya, yb):
        return [ya[0], yb[0] - self.b]


@pytest.mark.parametrize("mode", MODES)
def test_parameters_in_an_object(mode):
    def f(q):
        beam = Beam(*q)
        return solve_bvp(beam.slope, beam.ends, *zeros(2), tol=TOL).sol(0.5)[0]

    found = da.grad(f, mode=mode)(np.array([2.0, 0.7]))
    np.testing.assert_allclose(found, partials(oscillator_formula, (2.0, 0.7), 0.5, 1), rtol=1e-7)


@pytest.mark.parametrize("mode", MODES)
def test_guesses_have_no_derivative(mode):
    def f(q):
        x, y = zeros(2)
        fun = lambda x, y: np.vstack((y[1], -4.0 * y[0]))
        bc = lambda ya, yb: np.array([ya[0], yb[0] - q[0]])
        return solve_bvp(fun, bc, x, q[1] * y, tol=TOL).sol(0.5)[0]

    slopes = da.grad(f, mode=mode)(np.array([0.7, 1.3]))
    np.testing.assert_allclose(slopes, [math.sin(1.0) / math.sin(2.0), 0.0], rtol=1e-7)
