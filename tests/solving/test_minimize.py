"""Derivatives through minimizers without active constraints."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import optimize

import dualad as da
from dualad._solving import solver
from tests.solving.solved import P, check

START = np.array([0.3, 0.2])
MIX = np.array([[1.0, 0.5], [-0.3, 1.0]])


def weights(p):
    return np.stack([1.5 + p[0] * p[1], p[0] + p[1] ** 2])


def objective(x, p):
    """Convex: each of ``exp(y) - q y`` has its minimum at ``log(q)``."""
    y = MIX @ x
    return np.sum(np.exp(y) - weights(p) * y)


def gradient(x, p):
    return MIX.T @ (np.exp(MIX @ x) - weights(p))


def hessian(x, p):
    return MIX.T @ np.diag(np.exp(MIX @ x)) @ MIX


def product(x, v, p):
    return hessian(x, p) @ v


def exact(p):
    return np.linalg.solve(MIX, np.log(weights(p)))


def value(p):
    q = weights(p)
    return np.sum(q - q * np.log(q))


def in_a_loop(x, p):
    """As code written for floats has it."""
    out = np.zeros(2)
    for i in range(2):
        out[i] = math.fsum(MIX[i, j] * x[j] for j in range(2))
    return float(sum(math.exp(y) - q * y for y, q in zip(out, weights(p), strict=True)))


METHODS = {
    "Nelder-Mead": {},
    "Powell": {},
    "CG": {},
    "BFGS": {},
    "BFGS, jac": {"jac": gradient},
    "Newton-CG": {"jac": gradient},
    "L-BFGS-B": {},
    "TNC": {"jac": gradient},
    "COBYLA": {},
    "SLSQP": {},
    "trust-constr": {"jac": gradient, "hess": hessian},
    "trust-constr, update": {"jac": gradient, "hess": optimize.BFGS()},
    "dogleg": {"jac": gradient, "hess": hessian},
    "trust-ncg": {"jac": gradient, "hessp": product},
    "trust-exact": {"jac": gradient, "hess": hessian},
    "trust-krylov": {"jac": gradient, "hess": hessian},
}


@pytest.mark.parametrize("name", METHODS)
def test_methods(name):
    method, options = name.partition(",")[0], METHODS[name]

    def f(p):
        return optimize.minimize(objective, START, args=(p,), method=method, **options).x

    check(f, exact, second=name in ("BFGS, jac", "Powell"))


FORMS = {
    "closure": lambda p: optimize.minimize(lambda x: objective(x, p), START).x,
    "both in one": lambda p: (
        optimize.minimize(lambda x: (objective(x, p), gradient(x, p)), START, jac=True).x
    ),
    "code for floats": lambda p: optimize.minimize(in_a_loop, START, args=p).x,
    "a start that depends": lambda p: optimize.minimize(objective, [p[0], p[1]], args=(p,)).x,
    "inactive bounds": lambda p: (
        optimize.minimize(objective, START, args=(p,), bounds=[(-9, 9 * p[0]), (None, None)]).x
    ),
    "a method of one's own": lambda p: (
        optimize.minimize(
            objective, START, args=(p,), method=own_method, jac=gradient, hess=hessian
        ).x
    ),
}


def own_method(fun, x0, args, jac, hess, **_):
    x = np.array(x0)
    for _step in range(30):
        x = x - np.linalg.solve(hess(x, *args), jac(x, *args))
    return optimize.OptimizeResult(x=x, fun=fun(x, *args), success=True)


@pytest.mark.parametrize("name", FORMS)
def test_forms(name):
    check(FORMS[name], exact, second=name in ("closure", "code for floats"))


def test_the_value_at_the_minimum():
    check(lambda p: optimize.minimize(objective, START, args=(p,)).fun, value)


def test_fields_of_the_result():
    def solve(p):
        return optimize.minimize(
            objective, START, args=(p,), method="trust-exact", jac=gradient, hess=hessian
        )

    check(lambda p: solve(p).hess, lambda p: MIX.T @ (MIX * weights(p)[:, None]))
    check(lambda p: solve(p)["jac"], lambda p: 0.0 * p)
    check(lambda p: solve(p).get("x") + solve(p).nit, lambda p: exact(p))

    def approximation(p):
        result = optimize.minimize(objective, START, args=(p,))
        assert "fun" in result
        assert "hess_inv" not in result
        assert not hasattr(result, "hess_inv")
        return result.hess_inv

    def printed(p):
        shown.append(str(optimize.minimize(objective, START, args=(p,))))
        return p[0]

    shown = []
    da.grad(printed)(P)
    assert shown == [str(optimize.minimize(objective, START, args=(P,)))]
    with pytest.raises(da.NoRuleError, match="'hess_inv' in the result is the solver's own"):
        da.jacobian(approximation)(P)


# --- minimizers that answer tuples ---------------------------------------------------------------

TUPLES = {
    "fmin": lambda p: optimize.fmin(objective, START, args=(p,), disp=False),
    "fmin_powell": lambda p: optimize.fmin_powell(objective, START, args=(p,), disp=False),
    "fmin_cg": lambda p: optimize.fmin_cg(objective, START, args=(p,), disp=False),
    "fmin_bfgs": lambda p: optimize.fmin_bfgs(objective, START, gradient, (p,), disp=False),
    "fmin_ncg": lambda p: optimize.fmin_ncg(
        objective, START, gradient, fhess=hessian, args=(p,), disp=False
    ),
    "fmin_l_bfgs_b": lambda p: optimize.fmin_l_bfgs_b(objective, START, gradient, (p,))[0],
    "fmin_l_bfgs_b, both": lambda p: optimize.fmin_l_bfgs_b(
        lambda x: (objective(x, p), gradient(x, p)), START
    )[0],
    "fmin_tnc": lambda p: optimize.fmin_tnc(objective, START, gradient, (p,), disp=0)[0],
    "fmin_slsqp": lambda p: optimize.fmin_slsqp(objective, START, args=(p,), iprint=0),
    "fmin_cobyla": lambda p: optimize.fmin_cobyla(objective, START, [], args=(p,), rhoend=1e-5),
    "basinhopping": lambda p: (
        optimize.basinhopping(objective, START, niter=1, minimizer_kwargs={"args": (p,)}, **SEED).x
    ),
    "dual_annealing": lambda p: (
        optimize.dual_annealing(objective, [(-3, 3), (-3, 3)], args=(p,), maxiter=3, **SEED).x
    ),
    "differential_evolution": lambda p: (
        optimize.differential_evolution(
            objective, [(-3, 3), (-3, 3)], args=(p,), popsize=5, tol=0.1, **SEED
        ).x
    ),
    "differential_evolution, vectorized": lambda p: (
        optimize.differential_evolution(
            lambda x: np.sum(np.exp(MIX @ x).T - weights(p) * (MIX @ x).T, axis=-1),
            [(-3, 3), (-3, 3)],
            vectorized=True,
            updating="deferred",
            **SEED,
        ).x
    ),
    "shgo": lambda p: optimize.shgo(objective, [(-3, 3), (-3, 3)], args=(p,)).x,
    "direct": lambda p: (
        optimize.direct(objective, [(-3, 3), (-3, 3)], args=(p,), len_tol=1e-3, maxfun=9000).x
    ),
    "brute": lambda p: optimize.brute(objective, [(-2, 2), (-2, 2)], args=(p,), Ns=9),
}
SEED = {"seed": 1}


@pytest.mark.parametrize("name", TUPLES)
def test_other_minimizers(name):
    check(TUPLES[name], exact, second=False)


def test_full_outputs():
    def both(p):
        x, fun, *_ = optimize.fmin(objective, START, args=(p,), disp=False, full_output=True)
        return np.append(x, fun)

    check(both, lambda p: np.append(exact(p), value(p)), second=False)

    def bfgs(p):
        found = optimize.fmin_bfgs(objective, START, gradient, (p,), disp=0, full_output=True)
        return np.stack([found[1], found[2][0] + found[4] * 0])

    check(bfgs, lambda p: np.stack([value(p), 0.0 * p[0]]), second=False)

    def lbfgs(p):
        x, fun, details = optimize.fmin_l_bfgs_b(objective, START, gradient, (p,))
        return np.append(x + details["grad"], fun)

    check(lbfgs, lambda p: np.append(exact(p), value(p)), second=False)


def test_a_grid_does_not_move():
    def f(p):
        x, fun, *_ = optimize.brute(
            objective, [(-2, 2), (-2, 2)], (p,), Ns=9, finish=None, full_output=True
        )
        return x[0] + fun

    best = optimize.brute(objective, [(-2, 2), (-2, 2)], (P,), Ns=9, finish=None)
    check(f, lambda p: best[0] + objective(best, p))


# --- one unknown ---------------------------------------------------------------------------------


def line(x, p):
    return np.exp(x) - p[0] * p[1] ** 2 * x


LINES = {
    "brent": lambda p: optimize.minimize_scalar(line, args=(p,)).x,
    "golden": lambda p: optimize.minimize_scalar(line, args=(p,), method="golden").x,
    "bounded": lambda p: optimize.minimize_scalar(line, bounds=(-3, 3), args=(p,)).x,
    "the old brent": lambda p: optimize.brent(line, args=(p,)),
    "the old golden": lambda p: optimize.golden(line, args=(p,)),
    "fminbound": lambda p: optimize.fminbound(line, -3, 3, args=(p,)),
}


@pytest.mark.parametrize("name", LINES)
def test_one_unknown(name):
    check(LINES[name], lambda p: np.log(p[0] * p[1] ** 2), second=name in ("brent", "bounded"))


def test_the_value_of_one_unknown():
    def f(p):
        x, fun, _, _ = optimize.brent(line, args=(p,), full_output=True)
        return x + fun

    def closed(p):
        q = p[0] * p[1] ** 2
        return np.log(q) + q - q * np.log(q)

    check(f, closed)


@pytest.mark.parametrize("method", ["minimize_scalar", "fminbound"])
def test_a_minimum_at_an_end(method):
    def f(p):
        if method == "fminbound":
            return optimize.fminbound(lambda x: (x + p[0]) ** 2 * p[1], p[0] * p[1], 3)
        return optimize.minimize_scalar(lambda x: (x + p[0]) ** 2 * p[1], bounds=(p[0] * p[1], 3)).x

    check(f, lambda p: p[0] * p[1])


# --- called directly; inside another solver ------------------------------------------------------

direct = solver(optimize.minimize)


def test_directly():
    check(lambda p: direct(objective, START, args=(p,)).x, exact)
    check(lambda p: direct(in_a_loop, START, args=(p,)).x, exact, second=False)
    plain, same = optimize.minimize(objective, START, (P,)), direct(objective, START, (P,))
    assert np.array_equal(plain.x, same.x)
    assert plain.keys() == same.keys()


def test_a_minimizer_inside_a_minimizer():
    def inner(a):
        return optimize.minimize(lambda x: np.exp(x[0]) - a * x[0], [0.0], tol=1e-9).x[0]

    def outer(p):
        return optimize.minimize(
            lambda y: (inner(y[0]) - p[0]) ** 2, [2.0], method="Nelder-Mead"
        ).x[0]

    # The inner answer is SciPy's, with the error that its tolerance leaves.
    check(outer, lambda p: np.exp(p[0]), rtol=1e-7, second=False)


def test_a_number_that_is_hidden():
    class Hidden:
        __slots__ = ("p",)

    held = Hidden()

    def f(p):
        held.p = p
        return optimize.minimize(lambda x: objective(x, held.p), START).x

    check(f, exact, second=False)


# --- what has no derivative ----------------------------------------------------------------------


def rough(x, p):
    """With a gradient of another function, a line search finds nothing."""
    return np.sum((x - p) ** 2)


WRONG = {
    "not converged": (
        lambda p: (
            optimize.minimize(
                lambda x: 100 * (x[1] - x[0] ** 2) ** 2 + (p[0] - x[0]) ** 2,
                [-1.0, 1.0],
                options={"maxiter": 3},
            ).x
        ),
        "minimize did not converge.* Maximum number of iterations has been exceeded",
    ),
    "not converged, a tuple": (
        lambda p: optimize.fmin(objective, START, args=(p,), disp=False, maxiter=3),
        "fmin did not converge",
    ),
    "precision lost on the way": (
        lambda p: optimize.minimize(lambda x: rough(x, p), START, jac=lambda x: -x).x,
        "due to precision loss",
    ),
    "flat in one unknown": (
        lambda p: optimize.minimize(lambda x: (x[0] - p[0]) ** 2, START).x,
        "singular, the minimum is not strict .*: unknown 1 is not determined",
    ),
    "a valley": (
        lambda p: optimize.minimize(lambda x: (x[0] + x[1] - p[0]) ** 2, START).x,
        "singular, the minimum is not strict",
    ),
    "of fourth order": (
        lambda p: optimize.minimize(lambda x: (x[0] - p[0]) ** 4, [0.0]).x,
        "not near a regular solution",
    ),
    "a maximum": (
        lambda p: optimize.minimize(lambda x: p[0] * np.cos(x[0]), [0.0]).x,
        "not positive definite",
    ),
    "a kink": (
        lambda p: optimize.minimize(lambda x: abs(x[0] - p[0]), [0.0], method="Nelder-Mead").x,
        "singular, the minimum is not strict",
    ),
    "too loose": (
        lambda p: (
            optimize.minimize(objective, START + 1, args=(p,), method="Nelder-Mead", tol=0.5).x
        ),
        "tighter tolerances",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_has_no_derivative(name):
    f, message = WRONG[name]
    f(P)  # the plain call says nothing
    for mode in ("forward", "reverse"):
        with pytest.raises(da.InputError, match=message):
            da.jacobian(f, mode=mode)(P)
