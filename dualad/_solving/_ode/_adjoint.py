"""The adjoint of an initial value problem: cotangents of states at given times, pulled back.

Of ``y' = f(t, y, p)`` the cotangents ct_i of the states y(t_i) are pulled back by [1]_

    l' = -J^T l,  with a jump l(t_i-) = l(t_i+) + ct_i,    q' = -f_p^T l,    backward from the end;

l(t0) is the cotangent of y0, q(t0) that of p. Products with J^T and f_p^T come from recording f
once at each point. y(t) is taken from a dense solution of its own, integrated to a tolerance
tighter than that asked for; the adjoint equation and the quadrature are integrated, together, to
the tolerance. One backward integration costs the same for any number of parameters.

Cotangents and parameters may be dual numbers: then the equations carry the derivatives of the
cotangents along (forward over reverse), which is what second derivatives need.

References
----------
.. [1] L. Petzold, S. Li, Y. Cao, R. Serban, "Sensitivity analysis of differential-algebraic
   equations and partial differential equations", Computers and Chemical Engineering 30, 2006;
   A. Hindmarsh et al., "SUNDIALS", ACM TOMS 31, 2005, section 5 (CVODES).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..._errors import InputError
from ..._graph import Tape, Var, leaf, pull_back
from ..._numbers import Dual, Level, Number, primal
from ..._numbers._number import as_array
from .._expansion import Vector
from .._user import UserFunction
from ._methods import sensitive
from ._packing import Levels, levels_of
from ._problem import Function

_TIGHTER = 0.1  # the tolerances of the adjoint solve, relative to those asked for
_TIGHTER_DENSE = 0.03  # and of the dense solution between whose steps is interpolated
_FINEST = 1e-12  # no relative tolerance below this
_SMALL = 1e-3  # cotangents this much smaller than the largest, in relative terms, count as small
_EXPLICIT = ("RK23", "RK45", "DOP853")
_LSODA = 120  # up to this size a stiff adjoint equation is integrated by LSODA, by dense matrices
_SPARSE = 150  # from this size on, the Jacobian of the adjoint equation is a sparse matrix


class Equation:
    """A right-hand side ``f(t, y)`` and how it is to be integrated.

    Parameters
    ----------
    user : UserFunction
    swapped, columnwise : bool
        It is called ``f(y, t)``, as by `odeint`; with states of shape ``(n, 1)``, as by `solve_ivp`
        with ``vectorized=True``.
    t0 : float
    method : str or class
        Of `solve_ivp`.
    rtol, atol : float or ndarray
    breaks : sequence of float
        Times that no step may cross.
    options : dict
        Further options of the method: max_step.
    """

    def __init__(
        self,
        user: UserFunction,
        t0: float,
        method: Any,
        rtol: float,
        atol: Any,
        swapped: bool = False,
        columnwise: bool = False,
        breaks: Sequence[float] = (),
        options: dict[str, Any] | None = None,
    ) -> None:
        self.user, self.swapped, self.columnwise, self.t0 = user, swapped, columnwise, t0
        self.rtol, self.atol = max(float(np.min(rtol)), _FINEST), np.asarray(atol, float)
        self.breaks, self.options = tuple(breaks), dict(options or {})
        name = method if isinstance(method, str) else method.__name__
        self.explicit = name in _EXPLICIT
        self.method = name

    def over(self, constants: Sequence[Any], levels: Sequence[Any]) -> Callable[..., Any]:
        """f over these values, of these levels, as ``f(t, y)``."""
        f: Any = self.user.with_constants(constants)
        if levels:
            f = Function(self.user, f, list(levels), constants=constants)
        if self.swapped:
            return lambda t, y: f(y, t)
        return columns(f) if self.columnwise else f


def columns(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function of states of shape ``(n, k)``, as one of a state of shape ``(n,)``."""
    return lambda t, y: as_array(f(t, y[:, None])).reshape(-1)


class _Recorder:
    """Recordings of f over the same constants, one at a time."""

    def __init__(self, equation: Equation, constants: Sequence[Any], levels: Levels) -> None:
        self.tape = Tape(copy=True)
        leaves = [leaf(self.tape, c) for c in constants]
        self.count = len(leaves)
        self.f = equation.over(leaves, [*levels.levels, self.tape])

    def pulled(self, t: float, y: Any, ct: Any) -> list[Any]:
        """Cotangents ``(k, n)`` of f(t, y) pulled back to y and each constant; None is zero."""
        nodes = self.tape.nodes
        del nodes[self.count :]
        state = leaf(self.tape, y)
        out = as_array(self.f(t, state))
        if not isinstance(out, Var) or out._level is not self.tape:
            return [None] * (1 + self.count)
        if np.shape(out) != np.shape(y):
            out = np.reshape(out, np.shape(y))
        one = ct.shape[0] == 1  # travels faster without its axis; who asks knows the shapes
        seeds, inputs = {out._i: ct[0] if one else ct}, [self.count, *range(self.count)]
        return pull_back(self.tape, seeds, inputs, 0 if one else 1, False)


class Adjoint:
    """The adjoint of one solution.

    Parameters
    ----------
    equation : Equation
    vector : Vector
        Says how parameters are laid out: the initial state, then the constants of f.
    theta : array or number of forward kinds, of shape ``(p,)``
    times : ndarray
        Where states are asked for, in the order of integration.
    """

    def __init__(self, equation: Equation, vector: Vector, theta: Any, times: np.ndarray) -> None:
        self.equation, self.vector, self.theta, self.times = equation, vector, theta, times
        self.n, self.size = vector.sizes[0], vector.size
        self._kept: tuple[Levels, Any] | None = None

    def pulled(self, ct: Any) -> Any:
        """The cotangents ``(k, p)`` of theta, from those of the states, ``(k, n, times)``."""
        outer = levels_of([self.theta, ct])
        inner = outer.fresh()
        theta, full = inner.pack(outer.unpack(self.theta)), outer.unpack(ct)
        backward = _Backward(self, inner, theta, full.shape[-3])
        return outer.pack(backward.run(full, self._solution(inner, theta)))

    def _solution(self, levels: Levels, theta: Any) -> Callable[[float], np.ndarray]:
        """t -> y(t) as an array ``counts + (n,)``; kept where it is plain."""
        if self._kept is None or levels.levels:
            found = solution(self.equation, self.vector.split(theta), self.times[-1], levels)
            if levels.levels:
                return found
            self._kept = levels, found
        return self._kept[1]


class _Backward:
    """One backward integration, with k cotangents."""

    def __init__(self, owner: Adjoint, levels: Levels, theta: Any, k: int) -> None:
        self.owner, self.levels, self.k = owner, levels, k
        self.n, self.width = owner.n, owner.size
        self.shape = (*levels.counts, k, self.width)
        constants = owner.vector.split(theta)[1:]
        self.recorder = _Recorder(owner.equation, constants, levels)
        self.plain = self.recorder
        if levels.levels:
            plain = owner.vector.split(primal(theta))[1:]
            self.plain = _Recorder(owner.equation, plain, levels_of([]))
        self.y: Any = None
        self.step: float | None = None

    def run(self, ct: np.ndarray, solution: Callable[[float], np.ndarray]) -> np.ndarray:
        """Cotangents of theta, of shape ``counts + (k, p)``."""
        self.y = solution
        owner, n = self.owner, self.n
        state = np.zeros(self.shape)
        times, t0 = owner.times, owner.equation.t0
        reached = [i for i in range(times.size) if ct[..., i].any()]
        if not reached:
            return state
        t = times[reached[-1]]
        tolerances = self._tolerances(ct, t)
        for i in reversed(reached):
            state = self._integrated(state, t, times[i], tolerances)
            t = times[i]
            state[..., :n] += ct[..., i]
        return self._integrated(state, t, t0, tolerances)

    def _integrated(self, state: np.ndarray, start: float, stop: float, tolerances: Any) -> Any:
        """Cotangents at `stop` from those at `start`; not across breaks."""
        low, high = min(start, stop), max(start, stop)
        inside = sorted(b for b in self.owner.equation.breaks if low < b < high)
        if start > stop:
            inside.reverse()
        for end in (*inside, stop):
            if end != start:
                state = self._segment(state, start, end, tolerances)
            start = end
        return state

    def _segment(self, state: np.ndarray, start: float, stop: float, tolerances: Any) -> Any:
        from scipy.integrate import BDF, DOP853, Radau, solve_ivp

        equation = self.owner.equation
        rtol, atol = tolerances
        options: dict[str, Any] = dict(equation.options)
        if self.step is not None:
            options["first_step"] = min(self.step, abs(stop - start))
        if equation.explicit or state.size > _LSODA:
            stiff = Radau if equation.method == "Radau" else BDF
            options |= {
                "method": sensitive(DOP853 if equation.explicit else stiff),
                "columns": state.size // self.width,
                "jacobian": self._jacobian,
                "tolerances": tolerances,
            }
        else:
            options["method"] = "LSODA"
            if not self.levels.levels:  # else columns depend on each other, and LSODA finds how
                blocks = np.eye(self.k)
                options["jac"] = lambda t, s: np.kron(blocks, self._jacobian(t, s))
        span, first = (start, stop), state.reshape(-1)
        found = solve_ivp(self._rhs, span, first, rtol=float(np.min(rtol)), atol=atol, **options)
        if not found.success:
            raise InputError(
                f"the adjoint equation could not be integrated backward: {found.message}",
                "mode='forward', or a method for stiff problems",
            )
        steps = np.abs(np.diff(found.t))
        self.step = float(np.max(steps, initial=0.0)) or None
        return found.y[:, -1].reshape(self.shape)

    def _rhs(self, t: float, flat: np.ndarray) -> np.ndarray:
        levels, n = self.levels, self.n
        full = flat.reshape(self.shape)
        out = np.zeros(self.shape)
        cts = self.recorder.pulled(t, levels.pack(self.y(t)), levels.pack(full[..., :n].copy()))
        start = 0
        for ct, size in zip(cts, self.owner.vector.sizes, strict=True):
            if ct is not None:
                out[..., start : start + size] = -levels.unpack(np.reshape(ct, (self.k, size)))
            start += size
        return out.reshape(-1)

    def _jacobian(self, t: float, _state: np.ndarray) -> Any:
        """Of one column, plain: ``[[-J^T, 0], [-f_p^T, 0]]``."""
        n, width = self.n, self.width
        y = self.y(t)[(0,) * len(self.levels.counts)]
        cts = self.plain.pulled(t, y, np.eye(n))
        blocks = [
            np.zeros((n, size)) if ct is None else np.reshape(ct, (n, size))
            for ct, size in zip(cts, self.owner.vector.sizes, strict=True)
        ]
        left = -np.concatenate(blocks, axis=1).T
        if width < _SPARSE:
            full = np.zeros((width, width))
            full[:, :n] = left
            return full
        import scipy.sparse

        rest = scipy.sparse.csc_array((width, width - n))
        return scipy.sparse.hstack([scipy.sparse.csc_array(left), rest], format="csc")

    def _tolerances(self, ct: np.ndarray, end: float) -> tuple[np.ndarray, np.ndarray]:
        """rtol and atol for each entry of the flat state.

        A cotangent is judged by what it says of relative changes of its parameter or state.
        """
        equation, vector = self.owner.equation, self.owner.vector
        first = (0,) * len(self.levels.counts)
        grid = np.linspace(equation.t0, end, 33)
        states = np.max([np.abs(self.y(t)[first]) for t in grid], axis=0)
        floor = np.broadcast_to(equation.atol, states.shape) / equation.rtol
        scales = np.concatenate([
            np.maximum(states, np.minimum(floor, 1.0)),
            np.abs(primal(self.owner.theta))[vector.sizes[0] :],
        ])  # fmt: skip
        scales = np.where(scales > 0, scales, 1.0)
        effects = np.abs(ct) * scales[: self.n, None]
        largest = effects.max(axis=(-2, -1), keepdims=True)[..., 0]
        largest = np.where(largest > 0, largest, max(float(largest.max()), 1e-300))
        rtol = max(_TIGHTER * equation.rtol, _FINEST)
        atol = np.broadcast_to(_SMALL * rtol * largest / scales, self.shape)
        return np.full(atol.size, rtol), atol.reshape(-1)


# --- the solution between the steps --------------------------------------------------------------


def solution(
    equation: Equation, theta: Sequence[Any], end: float, levels: Levels
) -> Callable[[float], np.ndarray]:
    """t -> y(t) with its derivatives, from t0 to `end`; one solution between any two breaks.

    `theta` is the initial state and the constants; answers have the shape ``counts + (n,)``.
    """
    y0, *constants = theta
    state = levels.unpack(y0).astype(float)
    f = equation.over(constants, levels.levels)
    low, high = min(equation.t0, end), max(equation.t0, end)
    inside = sorted((b for b in equation.breaks if low < b < high), reverse=bool(end < equation.t0))
    pieces, start = [], equation.t0
    for stop in (*inside, end):
        piece = _piece(equation, f, constants, (start, stop), state, levels)
        pieces.append((min(start, stop), max(start, stop), piece))
        state, start = piece(stop), stop

    def at(t: float) -> np.ndarray:
        for low, high, piece in pieces:
            if low <= t <= high:
                return piece(t)
        return pieces[-1][2](t)

    return at


def _piece(
    equation: Equation, f: Any, constants: Any, span: Any, state: Any, levels: Levels
) -> Callable[[float], np.ndarray]:
    from scipy.integrate import BDF, DOP853, solve_ivp

    shape = state.shape
    if span[0] == span[1]:
        return lambda _t: state
    n = shape[-1]
    rtol = max(_TIGHTER_DENSE * equation.rtol, _FINEST)
    atol = np.broadcast_to(_TIGHTER_DENSE * equation.atol, shape)

    def rhs(t: float, flat: np.ndarray) -> np.ndarray:
        out = f(t, levels.pack(flat.reshape(shape).copy()))
        return levels.unpack_state(out, n).reshape(-1)

    jacobian = lambda t, y: _jacobian_of(equation, constants, t, y[:n])
    options: dict[str, Any] = {"method": "LSODA", "atol": atol.reshape(-1)}
    if levels.levels or equation.explicit:
        options = {
            "method": sensitive(DOP853 if equation.explicit else BDF),
            "columns": state.size // n,
            "jacobian": jacobian,
            "tolerances": (np.full(state.size, rtol), atol.reshape(-1)),
            "atol": atol.reshape(-1),
        }
    else:
        options["jac"] = jacobian
    found = solve_ivp(
        rhs, span, state.reshape(-1), dense_output=True, rtol=rtol, **options, **equation.options
    )
    if not found.success:
        raise InputError(
            f"the problem could not be integrated to a tighter tolerance: {found.message}",
            "larger rtol and atol, or mode='forward'",
        )
    return lambda t: found.sol(t).reshape(shape)


def _jacobian_of(
    equation: Equation, constants: Sequence[Any], t: float, y: np.ndarray
) -> np.ndarray:
    """The plain Jacobian of f in y."""
    n = y.size
    level = Level((n,))
    f = equation.over([primal(c) for c in constants], [level])
    out = as_array(f(t, Dual._make(y.copy(), np.eye(n), level)))
    if not isinstance(out, Number) or out._level is not level:
        return np.zeros((n, n))
    return np.asarray(primal(out._parts())).reshape(n, -1).T


__all__ = ["Adjoint", "Equation", "columns", "solution"]
