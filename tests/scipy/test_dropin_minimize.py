"""`dualad.scipy.minimize`: every method, plain use beside it, and how often the function runs."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import scipy.optimize as so

import dualad as da
from benchmarks.problems import rosenbrock, rosenbrock_gradient
from dualad.scipy import NonlinearConstraint, minimize
from tests.scipy.dropin_cases import (
    BOWL,
    Counted,
    bowl,
)

FIRST = ("CG", "BFGS", "L-BFGS-B", "TNC", "SLSQP")
SECOND = ("Newton-CG", "dogleg", "trust-ncg", "trust-krylov", "trust-exact", "trust-constr")
WITHOUT = [m for m in ("Nelder-Mead", "Powell", "COBYLA", "COBYQA") if m != "COBYQA" or "COBYQA" in
           (so.minimize.__doc__ or "")]  # fmt: skip
sizes = pytest.mark.parametrize("n", [2, 7])
modes = pytest.mark.parametrize("mode", ["auto", "forward", "reverse"])


@sizes
@pytest.mark.parametrize("method", FIRST + SECOND)
def test_every_method_finds_the_minimum_with_one_evaluation_a_point(method, n):
    f = Counted(bowl)
    found = minimize(f, np.zeros(n), method=method)
    assert found.success, found.message
    assert np.allclose(found.x, BOWL, atol=2e-5)
    assert f.calls == len(set(f.points)), "a point was evaluated twice"
    assert f.calls <= found.nfev
    filled = "jac, hess" if method in SECOND else "jac"
    assert found.derivatives.startswith(f"{filled}: exact, ")
    assert f"{f.calls} shared evaluations of fun (dualad)" in found.derivatives
    assert type(found) is type(so.minimize(bowl, np.zeros(n)))


@modes
@pytest.mark.parametrize("method", ["BFGS", "trust-exact"])
def test_modes_agree(method, mode):
    f = Counted(rosenbrock)
    found = minimize(f, np.full(5, 0.7), method=method, mode=mode, chunk_size=2)
    assert np.allclose(found.x, 1.0, atol=1e-5)
    assert f.calls == len(set(f.points))


@pytest.mark.parametrize("method", ["Newton-CG", "trust-ncg", "trust-krylov", "trust-constr"])
def test_products_for_many_variables(method):
    f = Counted(bowl)
    found = minimize(f, np.zeros(80), method=method)
    assert found.success
    assert np.allclose(found.x, BOWL, atol=2e-5)
    assert found.derivatives.startswith("jac, hessp: exact")
    assert f.calls == len(set(f.points))


def test_the_steps_are_those_of_the_analytic_derivatives():
    theirs = so.minimize(rosenbrock, np.zeros(4), jac=rosenbrock_gradient, method="BFGS")
    ours = minimize(rosenbrock, np.zeros(4), method="BFGS")
    assert ours.nit == theirs.nit
    assert ours.nfev == theirs.nfev
    assert np.allclose(ours.x, theirs.x, atol=1e-9)


@pytest.mark.parametrize("method", WITHOUT)
def test_methods_without_derivatives_are_passed_through(method):
    ours = minimize(bowl, [0.5, 0.5], method=method)
    theirs = so.minimize(bowl, [0.5, 0.5], method=method)
    assert np.array_equal(ours.x, theirs.x)
    assert ours.nfev == theirs.nfev
    assert ours.derivatives == "as given"


@pytest.mark.parametrize(("keywords", "method"), [
    ({}, "BFGS"),
    ({"bounds": [(-1, 0.5), (-1, None)]}, "L-BFGS-B"),
    ({"constraints": {"type": "eq", "fun": lambda x: x[0] - 0.5}}, "SLSQP"),
])  # fmt: skip
def test_the_default_method(keywords, method):
    ours = minimize(rosenbrock, [0.0, 0.0], **keywords)
    exact = {"jac": rosenbrock_gradient, **keywords}
    if "constraints" in keywords:
        exact["constraints"] = {**keywords["constraints"], "jac": lambda x: np.array([1.0, 0.0])}
    theirs = so.minimize(rosenbrock, [0.0, 0.0], method=method, **exact)
    assert np.allclose(ours.x, theirs.x, atol=1e-8)
    assert ours.nfev == theirs.nfev


def test_extra_arguments():
    f = Counted(bowl)
    for args in ((2.0, 0.5), (2.0,)):
        found = minimize(f, [0.0, 0.0], args, "trust-exact")
        assert np.allclose(found.x, BOWL + (args[1] if len(args) == 2 else 0.0), atol=1e-6)
    assert np.allclose(minimize(f, [0.0], args=3.0).x, BOWL, atol=1e-5)  # no tuple, as in SciPy


def own_gradient(calls):
    def gradient(x):
        calls.append(x)
        return rosenbrock_gradient(x)

    return gradient


def test_what_the_user_gives_wins():
    calls = []
    found = minimize(rosenbrock, [0.5, 0.5], jac=own_gradient(calls))
    assert calls
    assert found.derivatives == "as given"
    ours = minimize(rosenbrock, [0.5, 0.5], jac="2-point")
    theirs = so.minimize(rosenbrock, [0.5, 0.5], jac="2-point")
    assert np.array_equal(ours.x, theirs.x)
    found = minimize(lambda x: (rosenbrock(x), rosenbrock_gradient(x)), [0.5, 0.5], jac=True)
    assert np.allclose(found.x, 1.0, atol=1e-4)
    hessian = Counted(da.hessian(rosenbrock))
    found = minimize(rosenbrock, [0.5, 0.5], method="trust-exact", hess=hessian)
    assert hessian.calls
    assert found.derivatives.startswith("jac: exact")
    found = minimize(rosenbrock, [0.5, 0.5], method="trust-constr", hess=so.BFGS())
    assert found.derivatives.startswith("jac: exact")


@pytest.mark.parametrize("method", ["dogleg", "trust-exact", "trust-ncg", "trust-krylov"])
def test_a_hessian_from_the_gradient_that_is_given(method):
    start = [1.2, 1.3]
    found = minimize(rosenbrock, start, method=method, jac=rosenbrock_gradient)
    assert np.allclose(found.x, 1.0, atol=1e-4)
    assert found.derivatives == "hess: exact (dualad)"
    both = minimize(
        lambda x: (rosenbrock(x), rosenbrock_gradient(x)), start, method=method, jac=True
    )
    assert np.allclose(both.x, 1.0, atol=1e-4)


def test_a_method_of_the_users_own():
    seen = {}

    def method(fun, x0, args, **options):
        seen.update(options)
        return so.OptimizeResult(x=x0 - 0.1 * options["jac"](x0), success=True)

    found = minimize(rosenbrock, np.zeros(2), method=method)
    assert np.allclose(found.x, -0.1 * rosenbrock_gradient(np.zeros(2)))
    assert seen["hess"] is None


# --- constraints ---------------------------------------------------------------------------------
# The point of the unit disc where rosenbrock is least: Newton's method on the KKT system.

DISC = np.array([0.786415154971839, 0.617698313361545])


def on_disc(x):
    return 1.0 - x @ x


@pytest.mark.parametrize("method", [None, "SLSQP", "trust-constr"])
def test_dictionaries(method):
    f, c = Counted(rosenbrock), Counted(lambda x, r: r - x @ x)
    constraint = {"type": "ineq", "fun": c, "args": (1.0,)}
    found = minimize(f, [0.1, 0.1], method=method, constraints=[constraint])
    assert np.allclose(found.x, DISC, atol=1e-5)
    assert f.calls == len(set(f.points))
    assert c.calls == len(set(c.points))
    assert "constraint 0: exact" in found.derivatives
    assert constraint == {"type": "ineq", "fun": c, "args": (1.0,)}  # not changed
    equal = minimize(f, [0.1, 0.1], method=method, constraints={"type": "eq", "fun": on_disc})
    assert np.allclose(equal.x, DISC, atol=1e-5)


@pytest.mark.parametrize("method", ["SLSQP", "trust-constr"])
def test_nonlinear_constraints(method):
    f = Counted(rosenbrock)
    c = Counted(lambda x: [x @ x, x[0] + x[1]])
    constraint = NonlinearConstraint(c, [-np.inf, -10.0], [1.0, 10.0])
    assert isinstance(constraint, so.NonlinearConstraint)
    found = minimize(f, [0.1, 0.1], method=method, constraints=constraint)
    assert np.allclose(found.x, DISC, atol=1e-5)
    assert c.calls == len(set(c.points))
    assert f.calls == len(set(f.points))
    # The same constraint in SciPy's own minimize.
    x = np.array([0.3, 0.4])
    assert np.allclose(constraint.jac(x), [[0.6, 0.8], [1.0, 1.0]])
    assert np.allclose(constraint.hess(x, np.array([3.0, 5.0])), 6.0 * np.eye(2))
    if method == "trust-constr":  # the others warn that they do not use the Hessian
        theirs = so.minimize(
            rosenbrock, [0.1, 0.1], jac=rosenbrock_gradient, method=method, constraints=constraint
        )
        assert np.allclose(theirs.x, DISC, atol=1e-5)


def test_constraints_that_have_derivatives_keep_them():
    calls = []

    def jac(x):
        calls.append(x)
        return 2.0 * x

    own = NonlinearConstraint(lambda x: x @ x, -np.inf, 1.0, jac, so.BFGS(), True)
    assert own.jac is jac
    assert own.keep_feasible is True
    theirs = so.NonlinearConstraint(lambda x: x @ x, -np.inf, 1.0)
    linear = so.LinearConstraint([[1.0, 1.0]], -10.0, 10.0)
    for constraint in (own, theirs, {"type": "ineq", "fun": on_disc, "jac": lambda x: -jac(x)}):
        found = minimize(
            rosenbrock, [0.1, 0.1], method="trust-constr", constraints=[constraint, linear]
        )
        assert np.allclose(found.x, DISC, atol=1e-4)
    assert calls


def test_constraints_pickle():
    again = pickle.loads(
        pickle.dumps(NonlinearConstraint(on_disc, 0.0, np.inf, keep_feasible=True))
    )
    x = np.array([0.3, 0.4])
    assert np.allclose(again.jac(x), -2.0 * x)
    assert np.allclose(again.hess(x, np.array([3.0])), -6.0 * np.eye(2))
    found = minimize(rosenbrock, x, method="trust-constr", constraints=again)
    assert np.allclose(found.x, DISC, atol=1e-4)


@pytest.mark.parametrize("method", [m for m in WITHOUT if m.startswith("COB")])
def test_constraints_of_methods_without_derivatives(method):
    ours = NonlinearConstraint(lambda x: x @ x, -np.inf, 1.0)
    theirs = so.NonlinearConstraint(lambda x: x @ x, -np.inf, 1.0)
    for wrap in (list, tuple, lambda c: c[0]):
        found = minimize(bowl, [0.1, 0.1], method=method, constraints=wrap([ours]))
        same = so.minimize(bowl, [0.1, 0.1], method=method, constraints=wrap([theirs]))
        assert np.array_equal(found.x, same.x)
        assert found.derivatives == "as given"


def test_bounds_are_scipys_own():
    found = minimize(rosenbrock, [0.0, 0.0], bounds=so.Bounds([-1, -1], [0.5, 2]))
    assert np.allclose(found.x, [0.5, 0.25], atol=1e-5)


# --- plain use: SciPy's minimize with the verbs of dualad ----------------------------------------


@pytest.mark.parametrize("method", FIRST)
def test_plain_gradient(method):
    found = so.minimize(bowl, np.zeros(3), jac=da.grad(bowl), method=method)
    assert np.allclose(found.x, BOWL, atol=2e-5)


@pytest.mark.parametrize("method", SECOND)
def test_plain_hessian_and_products(method):
    gradient = {"jac": da.grad(bowl), "method": method}
    found = so.minimize(bowl, np.zeros(3), hess=da.hessian(bowl), **gradient)
    assert np.allclose(found.x, BOWL, atol=2e-5)
    if method not in ("dogleg", "trust-exact"):
        found = so.minimize(bowl, np.zeros(3), hessp=da.hvp(bowl), **gradient)
        assert np.allclose(found.x, BOWL, atol=2e-5)


def test_plain_value_and_gradient_together():
    found = so.minimize(da.value_and_grad(bowl), np.zeros(3), jac=True)
    assert np.allclose(found.x, BOWL, atol=2e-5)


def test_plain_constraint():
    def c(x):
        return np.array([x @ x, x[0] - x[1] ** 3])

    constraint = so.NonlinearConstraint(
        c,
        [-np.inf, -5.0],
        [1.0, 5.0],
        da.jacobian(c),
        lambda x, v: da.hessian(lambda y: v @ c(y))(x),
    )
    found = so.minimize(
        rosenbrock, [0.1, 0.1], jac=da.grad(rosenbrock), hess=da.hessian(rosenbrock),
        method="trust-constr", constraints=constraint,
    )  # fmt: skip
    assert np.allclose(found.x, DISC, atol=1e-5)
