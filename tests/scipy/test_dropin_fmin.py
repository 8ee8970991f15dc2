"""The older interfaces of `scipy.optimize`, plain and as drop-ins."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.optimize as so

import dualad as da
from benchmarks.problems import rosenbrock, rosenbrock_gradient
from dualad import scipy as ds
from tests.scipy.dropin_cases import Counted, bowl

START = [0.5, 0.6, 0.7]
QUIET = {"disp": 0}


@pytest.mark.parametrize("name", ["fmin_bfgs", "fmin_cg", "fmin_ncg"])
def test_gradients(name):
    f = Counted(rosenbrock)
    x = getattr(ds, name)(f, START, **QUIET)
    assert np.allclose(x, 1.0, atol=1e-4)
    assert f.calls == len(set(f.points))
    own = Counted(rosenbrock_gradient)
    getattr(ds, name)(rosenbrock, START, own, **QUIET)
    assert own.calls
    x = getattr(ds, name)(bowl, START, args=(2.0, 1.0), **QUIET)
    assert np.allclose(x, 1.0 + np.log(2.0), atol=1e-4)


def test_newton_cg_uses_products_of_the_hessian():
    ours = ds.fmin_ncg(rosenbrock, START, full_output=True, **QUIET)
    theirs = so.fmin_ncg(
        rosenbrock, START, rosenbrock_gradient, da.hvp(rosenbrock), full_output=True, **QUIET
    )
    assert np.allclose(ours[0], theirs[0], atol=1e-7)
    assert ours[2:] == theirs[2:]  # as many calls of each


@pytest.mark.parametrize("name", ["fmin_l_bfgs_b", "fmin_tnc"])
def test_functions_that_may_return_their_gradient(name):
    quiet = QUIET if name == "fmin_tnc" else {}
    solve = getattr(ds, name)
    f = Counted(rosenbrock)
    assert np.allclose(solve(f, START, **quiet)[0], 1.0, atol=1e-3)
    assert f.calls == len(set(f.points))
    both = Counted(lambda x: (rosenbrock(x), rosenbrock_gradient(x)))
    theirs = getattr(so, name)(both.f, START, **quiet)[0]
    assert np.array_equal(solve(both, START, **quiet)[0], theirs)
    own = Counted(rosenbrock_gradient)
    solve(rosenbrock, START, own, **quiet)
    assert own.calls
    approximate = solve(rosenbrock, START, approx_grad=True, **quiet)[0]
    assert np.array_equal(
        approximate, getattr(so, name)(rosenbrock, START, approx_grad=1, **quiet)[0]
    )
    bounded = solve(rosenbrock, [0.1, 0.1], bounds=[(-1, 0.5), (-1, 2)], **quiet)[0]
    assert np.allclose(bounded, [0.5, 0.25], atol=1e-5)


def test_information_of_l_bfgs_b():
    _, _, info = ds.fmin_l_bfgs_b(rosenbrock, START)
    assert info["derivatives"].startswith("exact, ")


DISC = np.array([0.786415154971839, 0.617698313361545])


@pytest.mark.parametrize("form", ["eqcons", "ieqcons", "f_eqcons", "f_ieqcons"])
def test_slsqp(form):
    c = Counted(lambda x: 1.0 - x @ x)
    single = form.startswith("f_")
    constraints = {form: (lambda x: np.stack([c(x)])) if single else [c, lambda x: 0.0 * x[0]]}
    if form == "eqcons":
        constraints = {form: [c]}
    f = Counted(rosenbrock)
    x = ds.fmin_slsqp(f, [0.1, 0.1], iprint=0, **constraints)
    assert np.allclose(x, DISC, atol=1e-5)
    assert f.calls == len(set(f.points))
    assert c.calls == len(set(c.points))


def test_line_search():
    x = np.array(START)
    direction = -rosenbrock_gradient(x)
    ours = ds.line_search(rosenbrock, None, x, direction)
    theirs = so.line_search(rosenbrock, rosenbrock_gradient, x, direction)
    assert np.allclose(ours[0], theirs[0], rtol=1e-12)
    assert ours[1:3] == theirs[1:3]


def test_a_line_search_is_no_solver():
    def step(p):
        return ds.line_search(lambda x: np.sum((x - p) ** 4), None, np.zeros(2), np.ones(2))[0]

    assert step(2.0) > 0.0
    with pytest.raises(da.NoRuleError, match="line_search"):
        da.grad(step)(2.0)


# --- plain use -----------------------------------------------------------------------------------


def test_plain_use():
    gradient = da.grad(rosenbrock)
    for name in ("fmin_bfgs", "fmin_cg", "fmin_ncg", "fmin_tnc"):
        found = getattr(so, name)(rosenbrock, START, gradient, **QUIET)
        x = found[0] if name == "fmin_tnc" else found
        assert np.allclose(x, 1.0, atol=1e-3)
    assert np.allclose(so.fmin_l_bfgs_b(da.value_and_grad(rosenbrock), START)[0], 1.0, atol=1e-4)
    x = so.fmin_ncg(rosenbrock, START, gradient, fhess=da.hessian(rosenbrock), **QUIET)
    assert np.allclose(x, 1.0, atol=1e-4)

    def c(x):
        return np.array([1.0 - x @ x])

    x = so.fmin_slsqp(rosenbrock, [0.1, 0.1], f_ieqcons=c, fprime=gradient,
                      fprime_ieqcons=da.jacobian(c), iprint=0)  # fmt: skip
    assert np.allclose(x, DISC, atol=1e-5)
    assert so.check_grad(rosenbrock, gradient, START) < 1e-4
