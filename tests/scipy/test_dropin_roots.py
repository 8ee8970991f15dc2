"""`root`, `fsolve`, `newton_krylov`, `newton` and `root_scalar`, plain and as drop-ins."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.optimize as so
from scipy.sparse.linalg import LinearOperator

import dualad as da
from dualad.scipy import brentq, fixed_point, fsolve, newton, newton_krylov, root, root_scalar
from tests.scipy.dropin_cases import ROOT, Counted, system


def system_as_array(x):
    return np.array(system(x))


@pytest.mark.parametrize("f", [system, lambda x: np.stack(system(x))], ids=["list", "array"])
@pytest.mark.parametrize("method", ["hybr", "lm"])
@pytest.mark.parametrize("mode", ["auto", "forward", "reverse"])
def test_root_with_a_jacobian(f, method, mode):
    f = Counted(f)
    found = root(f, [5.0, 1.2], method=method, mode=mode)
    assert found.success
    assert np.allclose(found.x, ROOT, rtol=1e-9)
    assert f.calls == len(set(f.points)) <= found.nfev
    assert found.derivatives.startswith("jac: exact")


@pytest.mark.parametrize("method", ["broyden1", "broyden2", "anderson", "df-sane"])
def test_root_without(method):
    ours, theirs = (r(system_as_array, [6.0, 1.0], method=method) for r in (root, so.root))
    assert np.array_equal(ours.x, theirs.x)
    assert ours.derivatives == "as given"


def test_columns_of_the_jacobian():
    found = root(system, [5.0, 1.2], options={"col_deriv": True})
    assert np.allclose(found.x, ROOT, rtol=1e-9)
    plain = root(system, [5.0, 1.2])
    assert np.array_equal(found.x, plain.x)


def test_root_with_what_is_given():
    own = Counted(da.jacobian(system))
    assert root(system, [5.0, 1.2], jac=own).derivatives == "as given"
    assert own.calls
    both = root(lambda x: (system(x), da.jacobian(system)(x)), [5.0, 1.2], jac=True)
    assert np.allclose(both.x, ROOT, rtol=1e-9)
    assert np.allclose(root(lambda x, a: x**2 - a, 1.0, args=(2.0,)).x, np.sqrt(2.0))
    assert np.allclose(root(lambda x, a: x**2 - a, [1.0], args=2.0).x, np.sqrt(2.0))


@pytest.mark.parametrize("columns", [0, 1])
def test_fsolve(columns):
    f = Counted(system)
    x, info, ier, _ = fsolve(f, [1.0, 1.0], full_output=True, col_deriv=columns)
    assert ier == 1
    assert np.allclose(x, ROOT, rtol=1e-9)
    assert f.calls == len(set(f.points)) <= info["nfev"]
    assert info["derivatives"].startswith("fprime: exact")
    own = Counted(da.jacobian(system))
    assert np.allclose(fsolve(system, [1.0, 1.0], fprime=own), ROOT)
    assert own.calls
    assert np.allclose(fsolve(lambda x: np.cos(x) - x, 0.5), 0.739085133215161)


# --- Newton-Krylov -------------------------------------------------------------------------------

H = 1.0 / 41


def bratu(u):
    """A discretized boundary value problem, u'' + exp(u) = 0 with u = 0 at both ends."""
    padded = np.concatenate((np.zeros(1), u, np.zeros(1)))
    return (padded[2:] - 2.0 * u + padded[:-2]) / H**2 + np.exp(u)


MIDDLE = 0.140539  # of the lower solution, lambda = 1


@pytest.mark.parametrize("method", ["lgmres", "gmres", "bicgstab"])
def test_newton_krylov(method):
    f = Counted(bratu)
    u = newton_krylov(f, np.zeros(40), method=method, inner_maxiter=60, f_tol=1e-9)
    assert np.abs(bratu(u)).max() <= 1e-9
    assert abs(u.max() - MIDDLE) < 1e-4
    assert f.calls == len(set(f.points))
    assert f.calls <= 12  # one for a Newton step; differences take one for each inner step


def test_newton_krylov_keeps_its_options():
    calls = []

    class Inner(LinearOperator):
        def __init__(self):
            super().__init__(np.dtype(float), (40, 40))
            self.matrix = np.linalg.inv(da.jacobian(bratu)(np.zeros(40)))

        def _matvec(self, v):
            calls.append(1)
            return self.matrix @ v

        def update(self, _x, _f):
            calls.append("update")

    f = Counted(bratu)
    u = newton_krylov(f, np.zeros(40), inner_M=Inner(), inner_rtol=1e-6, f_tol=1e-8)
    assert np.abs(bratu(u)).max() <= 1e-8
    assert "update" in calls
    assert 1 in calls


def test_krylov_root():
    f = Counted(bratu)
    options = {"fatol": 1e-9, "jac_options": {"inner_maxiter": 60}}
    found = root(f, np.zeros(40), method="krylov", options=options)
    assert found.success
    assert found.derivatives.startswith("jac: exact products")
    assert f.calls <= 12
    assert options == {"fatol": 1e-9, "jac_options": {"inner_maxiter": 60}}
    grid = newton_krylov(lambda u: bratu(u.ravel()).reshape(u.shape), np.zeros((8, 5)), f_tol=1e-8,
                         inner_maxiter=60)  # fmt: skip
    assert np.allclose(grid.ravel(), found.x, atol=1e-9)


# --- one variable --------------------------------------------------------------------------------


def cubic(x, a=2.0):
    return x**3 - a


CUBE_ROOT = 2.0 ** (1.0 / 3.0)


@pytest.mark.parametrize(("method", "told"), [
    ("newton", "fprime: exact"),
    ("halley", "fprime, fprime2: exact"),
    (None, "fprime: exact"),
    ("secant", "as given"),
])  # fmt: skip
def test_root_scalar(method, told):
    f = Counted(cubic)
    found = root_scalar(f, x0=1.5, x1=1.4 if method == "secant" else None, method=method)
    assert found.converged
    assert np.isclose(found.root, CUBE_ROOT, rtol=1e-10)
    assert np.ndim(found.root) == 0
    assert found.derivatives.startswith(told)
    assert f.calls == len(set(f.points))


@pytest.mark.parametrize("method", ["brentq", "brenth", "ridder", "bisect", "toms748"])
def test_brackets(method):
    ours = root_scalar(cubic, bracket=[0, 3], method=method)
    theirs = so.root_scalar(cubic, bracket=[0, 3], method=method)
    assert ours.root == theirs.root
    assert ours.derivatives == "as given"
    assert brentq(cubic, 0, 3) == so.brentq(cubic, 0, 3)


def test_root_scalar_with_what_is_given():
    own = Counted(lambda x: 3.0 * x**2)
    assert np.isclose(root_scalar(cubic, x0=1.5, fprime=own).root, CUBE_ROOT)
    assert own.calls
    both = root_scalar(lambda x: (cubic(x), 3.0 * x**2), x0=1.5, fprime=True)
    assert np.isclose(both.root, CUBE_ROOT)
    half = root_scalar(cubic, x0=1.5, fprime=own, method="halley")
    assert half.derivatives.startswith("fprime2: exact")
    assert np.isclose(root_scalar(cubic, (3.0,), x0=1.5).root, 3.0 ** (1 / 3))


def test_newton():
    f = Counted(cubic)
    x, r = newton(f, 1.5, full_output=True)
    assert np.isclose(x, CUBE_ROOT, rtol=1e-12)
    assert r.derivatives.startswith("fprime: exact")
    assert f.calls == len(set(f.points)) == r.iterations
    assert np.isclose(newton(cubic, 1.5, args=(3.0,)), 3.0 ** (1 / 3))
    secant = newton(cubic, 1.5, x1=1.4, full_output=True)[1]
    assert secant.method == "secant"
    own = Counted(lambda x: 3.0 * x**2)
    newton(cubic, 1.5, fprime=own)
    assert own.calls
    with pytest.raises(RuntimeError, match="Derivative was zero"):
        newton(lambda x: x**2 + 1.0, 0.0)


def test_newton_of_many_and_of_complex_numbers():
    f = Counted(cubic)
    starts = np.array([1.0, 2.0, 4.0])
    a = np.array([2.0, 3.0, 4.0])
    assert np.allclose(newton(f, starts, args=(a,)), a ** (1 / 3), rtol=1e-12)
    assert f.calls == len(set(f.points))
    root = newton(cubic, -1.0 + 1.0j)
    assert np.isclose(root, CUBE_ROOT * np.exp(2j * np.pi / 3))


def test_newton_of_many_by_code_that_needs_lift():
    """np.asarray(x) of a number: found inside of what shares value and derivative."""
    found = newton(lambda x: np.asarray(x) ** 3 - 2.0, [1.0, 2.0])
    assert np.allclose(found, 2 ** (1 / 3), rtol=1e-12)


def test_no_unknowns():
    assert root(lambda x: x, []).x.shape == so.root(lambda x: x, []).x.shape == (0,)


def test_fixed_point_is_scipys():
    assert fixed_point(np.cos, 0.5) == so.fixed_point(np.cos, 0.5)


# --- plain use -----------------------------------------------------------------------------------


def test_plain_use():
    assert np.allclose(so.root(system, [5.0, 1.2], jac=da.jacobian(system)).x, ROOT)
    assert np.allclose(so.fsolve(system, [1.0, 1.0], fprime=da.jacobian(system)), ROOT)
    slope, curve = da.derivative(cubic), da.derivative(cubic, order=2)
    assert np.isclose(so.newton(cubic, 1.5, fprime=slope, fprime2=curve), CUBE_ROOT)
    found = so.root_scalar(cubic, x0=1.5, fprime=slope, fprime2=curve, method="halley")
    assert np.isclose(found.root, CUBE_ROOT)
    exact = so.newton_krylov(bratu, np.zeros(40), inner_M=jacobian_inverse(), f_tol=1e-8)
    assert np.abs(bratu(exact)).max() <= 1e-8


def jacobian_inverse():
    return np.linalg.inv(da.jacobian(bratu)(np.zeros(40)))
