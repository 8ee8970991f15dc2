"""Global optimisation: local searches and polishing with exact derivatives."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.optimize as so

import dualad as da
from dualad.scipy import basinhopping, differential_evolution, dual_annealing, shgo
from tests.scipy.dropin_cases import Counted, seeded, waves

CALLABLE = "polish : {bool, callable}" in (so.differential_evolution.__doc__ or "")
BOX = [(-4.0, 5.0), (-3.0, 4.0)]


@pytest.mark.parametrize("method", [None, "L-BFGS-B", "trust-exact", "Nelder-Mead"])
def test_basinhopping(method):
    f = Counted(waves)
    local = {} if method is None else {"minimizer_kwargs": {"method": method}}
    found = basinhopping(f, [1.2, 0.9], niter=15, stepsize=1.5, **local, **seeded(so.basinhopping))
    assert np.allclose(found.x, 0.0, atol=1e-4)
    assert f.calls <= found.nfev
    text = "as given" if method == "Nelder-Mead" else "jac"
    assert found.derivatives.startswith(text)


def test_basinhopping_with_what_is_given():
    own = Counted(da.grad(waves))
    kwargs = {"jac": own}
    found = basinhopping(waves, [1.2], niter=3, minimizer_kwargs=kwargs, **seeded(so.basinhopping))
    assert found.derivatives == "as given"
    assert own.calls
    assert kwargs == {"jac": own}
    shifted = basinhopping(
        lambda x, a: waves(x - a), [1.2], niter=15, minimizer_kwargs={"args": (0.5,)},
        **seeded(so.basinhopping),
    )  # fmt: skip
    assert np.allclose(shifted.x, 0.5, atol=1e-4)


@pytest.mark.parametrize("local", [None, {"method": "BFGS"}, {"method": "trust-ncg"}], ids=str)
def test_dual_annealing(local):
    f = Counted(lambda x, a: waves(x - a))
    keywords = {"args": (0.25,), "maxiter": 60, "minimizer_kwargs": local}
    found = dual_annealing(f, BOX, **keywords, **seeded(so.dual_annealing))
    assert np.allclose(found.x, 0.25, atol=1e-5)
    assert f.calls <= found.nfev
    assert found.derivatives.startswith("jac")
    theirs = (
        so.dual_annealing(f.f, BOX, **keywords, **seeded(so.dual_annealing)) if not local else 0
    )
    assert not theirs or found.nfev < theirs.nfev


def test_the_search_itself_is_plain():
    kinds = []

    def f(x):
        kinds.append(da.primal(x) is x)
        return waves(x)

    found = dual_annealing(f, BOX, maxiter=60, **seeded(so.dual_annealing))
    assert 0 < kinds.count(False) < kinds.count(True)
    kinds.clear()
    found = dual_annealing(f, BOX, maxiter=20, no_local_search=True, **seeded(so.dual_annealing))
    assert all(kinds)
    assert found.derivatives == "as given"


@pytest.mark.parametrize("local", [None, {"method": "L-BFGS-B"}], ids=str)
@pytest.mark.parametrize("args", [(), (0.25,)])
def test_shgo(local, args):
    f = Counted(lambda x, a=0.25: waves(x - a))
    found = shgo(f, BOX, args, n=60, minimizer_kwargs=local)
    assert found.success
    assert np.allclose(found.x, 0.25, atol=1e-6)
    assert found.derivatives.startswith("jac: exact")
    assert f.calls <= so.shgo(f.f, BOX, args, n=60, minimizer_kwargs=local).nfev


def test_shgo_with_constraints_and_what_is_given():
    c = Counted(lambda x: x[0] + x[1] - 1.5)
    found = shgo(waves, BOX, constraints={"type": "ineq", "fun": c}, n=80)
    assert found.success
    # On the line x0 + x1 = 1.5, at the least of sums of waves there.
    assert (
        found.fun <= so.shgo(waves, BOX, constraints={"type": "ineq", "fun": c.f}, n=80).fun + 1e-9
    )
    assert "constraint 0: exact" in found.derivatives
    own = Counted(da.grad(waves))
    assert shgo(waves, BOX, minimizer_kwargs={"method": "SLSQP", "jac": own}).success
    assert own.calls
    if CALLABLE:  # an older SciPy takes the pair for the value
        both = shgo(lambda x: (waves(x), da.grad(waves)(x)), BOX, options={"jac": True})
        assert both.success


@pytest.mark.parametrize("args", [(), (0.25,)])
@pytest.mark.parametrize("vectorized", [False, True])
def test_differential_evolution(args, vectorized):
    def columns(x, a=0.25):
        z = x - a
        return np.sum(0.2 * z * z - np.cos(2.0 * z), axis=0) + x.shape[0]

    f = Counted(columns if vectorized else lambda x, a=0.25: waves(x - a))
    updating = {"vectorized": True, "updating": "deferred"} if vectorized else {}
    keywords = {"maxiter": 30, "tol": 1e-2, **updating, **seeded(so.differential_evolution)}
    found = differential_evolution(f, BOX, args, **keywords)
    theirs = so.differential_evolution(f.f, BOX, args, **keywords)
    assert np.allclose(found.x, theirs.x, atol=1e-5)
    assert found.nfev <= theirs.nfev
    if CALLABLE:
        assert found.derivatives.startswith("polishing: jac: exact")
    else:
        assert "finite differences" in found.derivatives


def test_differential_evolution_with_constraints():
    constraint = da.scipy.NonlinearConstraint(lambda x: x[0] + x[1], 1.5, np.inf)
    keywords = {"maxiter": 15, "popsize": 6, **seeded(so.differential_evolution)}
    found = differential_evolution(waves, BOX, constraints=constraint, **keywords)
    assert found.maxcv == 0.0
    unpolished = differential_evolution(waves, BOX, polish=False, **keywords)
    assert unpolished.derivatives == "as given"
    theirs = so.differential_evolution(waves, BOX, polish=False, **keywords)
    assert np.array_equal(unpolished.x, theirs.x)
    assert found.x.sum() >= 1.5
    assert not CALLABLE or found.derivatives.startswith("polishing: jac, hess: exact")


# --- plain use -----------------------------------------------------------------------------------


def test_plain_use():
    local = {"jac": da.grad(waves), "method": "L-BFGS-B"}
    found = so.basinhopping(
        waves, [1.2, 0.9], niter=15, stepsize=1.5, minimizer_kwargs=local,
        **seeded(so.basinhopping),
    )  # fmt: skip
    assert np.allclose(found.x, 0.0, atol=1e-5)
    bounded = {**local, "bounds": BOX}
    found = so.dual_annealing(
        waves, BOX, maxiter=60, minimizer_kwargs=bounded, **seeded(so.dual_annealing)
    )
    assert np.allclose(found.x, 0.0, atol=1e-5)
    found = so.shgo(waves, BOX, n=60, minimizer_kwargs=local)
    assert np.allclose(found.x, 0.0, atol=1e-5)
    if CALLABLE:

        def polish(func, x, **keywords):
            keywords.pop("constraints", None)
            return so.minimize(func, x, jac=da.grad(func), method="L-BFGS-B", **keywords)

        found = so.differential_evolution(
            waves, BOX, polish=polish, **seeded(so.differential_evolution)
        )
        assert np.allclose(found.x, 0.0, atol=1e-5)
