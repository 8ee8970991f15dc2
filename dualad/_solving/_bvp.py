"""Boundary value problems: `solve_bvp` solves, the collocation equations give the derivative.

On its last mesh the solver has solved the equations of the 4th-order Lobatto IIIA collocation [1]_
for the values at the nodes and the unknown parameters. They define these as functions of everything
that `fun` and `bc` depend on, so that chord steps of Newton's method, taken with numbers, have
their derivatives at every order and in every mode (see `_implicit`). The mesh is a constant; where
the ends of the interval are numbers, it moves with them. The error of the derivative is that of the
collocation, of the order of `tol`.

References
----------
.. [1] J. Kierzenka, L. F. Shampine, "A BVP solver based on residual control and the Matlab PSE",
   ACM Trans. Math. Softw. 27, 2001.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._errors import InputError, NoRuleError
from .._numbers import Dual, Level, Number, primal, primal_tree
from .._numbers._floating import quietly
from .._numbers._number import as_array, holds_number
from ._collocation import Factor, assembled
from ._implicit import order, pinned
from ._ode._packing import levels_of
from ._ode._problem import Function
from ._user import UserFunction

_POLISHING = 4  # chord steps to the root to rounding; the solver stops at 1 / 20 of `tol`
_FAR = 1e-2  # relative; a step larger than this is no matter of the last digits


class _System:
    """The collocation equations on one mesh.

    Parameters
    ----------
    fun, bc : UserFunction
    x : ndarray or Number of shape (m,)
    s : ndarray or Number of shape (n, n), or None
        The singular term.
    n, k : int
        How many components and unknown parameters.
    """

    def __init__(self, fun: UserFunction, bc: UserFunction, x: Any, s: Any, n: int, k: int) -> None:
        self.fun, self.bc, self.n, self.k = fun, bc, n, k
        self.x, self.s = x, s
        self.m = x.shape[0]
        self.d = None if s is None else np.linalg.pinv(np.identity(n) - s)

    def split(self, z: Any) -> tuple[Any, Any]:
        """(y of shape (n, m), p of shape (k,)) out of the vector of all unknowns."""
        nodes = self.n * self.m
        return np.reshape(z[:nodes], (self.m, self.n)).T, z[nodes:]

    def rhs(self, call: Callable[..., Any], x: Any, y: Any, p: Any) -> Any:
        """The right-hand side, the singular term with it."""
        f = as_array(call(x, y, p) if self.k else call(x, y))
        if self.s is None:
            return f
        s, left = self.s, self.x[0]
        if primal(x[0]) != primal(left):
            return f + s @ y / (x - left)
        first = self.d @ f[:, :1]
        return np.concatenate([first, f[:, 1:] + s @ y[:, 1:] / (x[1:] - left)], axis=1)

    def conditions(self, call: Callable[..., Any], y: Any, p: Any) -> Any:
        ends = y[:, 0], y[:, -1]
        return as_array(call(*ends, p) if self.k else call(*ends))

    def residual(self, fun: Callable[..., Any], bc: Callable[..., Any], z: Any) -> Any:
        """All equations at the unknowns z: those of the intervals, then the conditions."""
        y, p = self.split(z)
        x = self.x
        h = x[1:] - x[:-1]
        f = self.rhs(fun, x, y, p)
        middle = 0.5 * (y[:, 1:] + y[:, :-1]) - 0.125 * h * (f[:, 1:] - f[:, :-1])
        f_middle = self.rhs(fun, x[:-1] + 0.5 * h, middle, p)
        defect = y[:, 1:] - y[:, :-1] - h / 6.0 * (f[:, :-1] + f[:, 1:] + 4.0 * f_middle)
        return np.concatenate([np.reshape(defect.T, (-1,)), self.conditions(bc, y, p)])


class _Plain(_System):
    """The equations over plain values: solved to rounding, and factorised."""

    def __init__(self, system: _System) -> None:
        s = None if system.s is None else primal(system.s)
        super().__init__(system.fun, system.bc, primal(system.x), s, system.n, system.k)

    def solved(self, z: np.ndarray) -> tuple[np.ndarray, Factor]:
        """The root near z, and the factorised Jacobian there."""
        factor = self.factor(z)
        root = z
        for _ in range(_POLISHING):
            step = factor.plain(self.residual(self.fun.plain, self.bc.plain, root))
            size = np.max(np.abs(step))
            if not size <= _FAR * np.max(np.abs(root)):  # also NaN
                return z, factor
            root = root - step
            if size <= 1e-14 * np.max(np.abs(root)):
                break
        return root, self.factor(root)

    def factor(self, z: np.ndarray) -> Factor:
        y, p = self.split(z)
        x = self.x
        h = np.diff(x)
        f, node_y, node_p = self._slopes(x, y, p)
        middle = 0.5 * (y[:, 1:] + y[:, :-1]) - 0.125 * h * (f[:, 1:] - f[:, :-1])
        _, middle_y, middle_p = self._slopes(x[:-1] + 0.5 * h, middle, p)
        ends = self._slopes_of_conditions(y, p)
        matrix = assembled(h, node_y, node_p, middle_y, middle_p, ends)
        return Factor(matrix, self.n, self.m)

    def _slopes(self, x: np.ndarray, y: np.ndarray, p: np.ndarray) -> Any:
        """f, and its derivatives of shapes ``(m, n, n)`` and ``(m, n, k)``."""
        n, k, lanes = self.n, self.k, self.n + self.k
        unit = np.eye(lanes)
        level = Level((lanes,))
        columns = np.broadcast_to(unit[:, :n, None], (lanes, *y.shape)).copy()
        number = Dual._make(y, columns, level)
        unknown = Dual._make(p, unit[:, n:].copy(), level) if k else p
        f = self.rhs(_along(self.fun, level), x, number, unknown)
        value, parts = _split(f, level, lanes)
        parts = np.moveaxis(parts, (0, 2), (2, 0))  # (m, n, lanes)
        return value, parts[..., :n], parts[..., n:]

    def _slopes_of_conditions(self, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        """The derivative of the conditions in both ends and in p, ``(n + k, 2 n + k)``."""
        n, k = self.n, self.k
        lanes = 2 * n + k
        unit = np.eye(lanes)
        level = Level((lanes,))
        ya = Dual._make(y[:, 0].copy(), unit[:, :n].copy(), level)
        yb = Dual._make(y[:, -1].copy(), unit[:, n : 2 * n].copy(), level)
        unknown = (Dual._make(p, unit[:, 2 * n :].copy(), level),) if k else ()
        return _split(as_array(_along(self.bc, level)(ya, yb, *unknown)), level, lanes)[1].T


def _along(user: UserFunction, level: Level) -> Function:
    """The function at numbers of a fresh level; lifted where that is needed."""
    return Function(user, user.at_plain, [level])


def _split(f: Any, level: Level, lanes: int) -> tuple[np.ndarray, np.ndarray]:
    """(value, tangents), both plain; numbers of other levels are none of this derivative's."""
    level.closed = True
    if isinstance(f, Number) and f._level is level:
        return np.asarray(primal(f)), np.asarray(primal(f._parts()))
    value = np.asarray(primal(f), float)
    return value, np.zeros((lanes, *value.shape))


# --- the stand-in --------------------------------------------------------------------------------


def _solve_bvp(
    fun: Any,
    bc: Any,
    x: Any,
    y: Any,
    p: Any = None,
    S: Any = None,
    fun_jac: Any = None,
    bc_jac: Any = None,
    *rest: Any,
    **keywords: Any,
) -> Any:
    """`scipy.integrate.solve_bvp`, whose functions, interval and singular term may hold numbers."""
    from scipy.integrate import solve_bvp

    x, s, y, p = (as_array(v) if holds_number(v) else v for v in (x, S, y, p))
    f, conditions = UserFunction(fun), UserFunction(bc)
    jacobians = [None if g is None else UserFunction(g).plain for g in (fun_jac, bc_jac)]
    found = solve_bvp(
        f.plain,
        conditions.plain,
        primal(x),
        primal(y).copy() if isinstance(y, Number) else y,  # SciPy writes to it where there is an S
        primal(p),
        primal(s),
        *jacobians,
        *primal_tree(rest),
        **primal_tree(keywords),
    )
    if f.met or conditions.met or isinstance(x, Number) or isinstance(s, Number):
        quietly(_differentiate, found, f, conditions, x, s)
    return found


def _differentiate(found: Any, fun: UserFunction, bc: UserFunction, x: Any, s: Any) -> None:
    """Put numbers into SciPy's answer."""
    if not found.success:
        raise InputError(
            f"the derivative of a boundary value problem that was not solved: {found.message}",
            "a finer mesh or a better guess, until solve_bvp succeeds",
        )
    if np.iscomplexobj(found.y):
        raise NoRuleError(
            "solve_bvp of a complex problem has no derivative rule",
            "real and imaginary parts as components of their own",
        )
    n = found.y.shape[0]
    unknown = np.zeros(0) if found.p is None else found.p
    mesh = _mesh(x, found.x)
    system = _System(fun, bc, mesh, None if s is None else as_array(s), n, unknown.size)
    root, factor = _Plain(system).solved(np.concatenate([found.y.T.ravel(), unknown]))
    levels = levels_of([*fun.constants, *bc.constants, mesh, s]).levels
    rhs, ends = (Function(user, user.number, levels, own=False) for user in (fun, bc))
    number: Any = root
    value = system.residual(rhs, ends, root)
    for step in range(order(value)):
        if step:
            value = system.residual(rhs, ends, number)
        number = number - factor(value)
    _write(found, system, rhs, number, mesh)


def _write(found: Any, system: _System, fun: Callable[..., Any], number: Any, mesh: Any) -> None:
    """Put numbers in place of values."""
    from .._scipy._interpolate._piecewise import Piecewise, hermite_pieces

    if not isinstance(number, Number) and not isinstance(mesh, Number):
        return
    y, p = system.split(number)
    slopes = system.rhs(fun, mesh, y, p)
    pieces = hermite_pieces(mesh, y.T, slopes.T)
    found.sol = Piecewise(found.sol, pieces, mesh)
    found.x = mesh
    found.y = pinned(y, found.y)
    found.yp = pinned(slopes, found.yp)
    if found.p is not None:
        found.p = pinned(p, found.p)


def _mesh(x: Any, final: np.ndarray) -> Any:
    """The last mesh: the nodes that were put between those given divide their intervals."""
    if not isinstance(x, Number):
        return final
    given = primal(x)
    i = np.clip(np.searchsorted(given, final, side="right") - 1, 0, given.size - 2)
    share = (final - given[i]) / (given[i + 1] - given[i])
    return pinned(x[i] + share * (x[i + 1] - x[i]), final)


def standins() -> dict[Any, Callable[..., Any]]:
    """The stand-in, SciPy imported."""
    from scipy.integrate import solve_bvp

    return {solve_bvp: _solve_bvp}


__all__ = ["standins"]
