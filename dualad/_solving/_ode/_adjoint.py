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

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..._errors import InputError
from ..._graph import Tape, Var, leaf, pull_back
from ..._numbers import primal
from ..._numbers._number import as_array
from .._expansion import Vector
from ._equation import FINEST, Equation, solution
from ._methods import sensitive
from ._packing import Levels, levels_of

_TIGHTER = 0.1  # the tolerances of the adjoint solve, relative to those asked for
_SMALL = 1e-3  # cotangents this much smaller than the largest, in relative terms, count as small
_LSODA = 120  # up to this size a stiff adjoint equation is integrated by LSODA, by dense matrices
_SPARSE = 150  # from this size on, the Jacobian of the adjoint equation is a sparse matrix


class _Recorder:
    """Recordings of f over the same constants, one at a time."""

    def __init__(self, equation: Equation, constants: Sequence[Any], levels: Levels) -> None:
        self.equation, self.constants, self.levels = equation, constants, levels
        self._begin()

    def _begin(self) -> None:
        self.tape = Tape(copy=True)
        self.leaves = [leaf(self.tape, c) for c in self.constants]
        self.count = len(self.leaves)
        self.f = self.equation.over(self.leaves, [*self.levels.levels, self.tape])

    def pulled(self, t: float, y: Any, ct: Any) -> list[Any]:
        """Cotangents ``(k, n)`` of f(t, y) pulled back to y and each constant; None is zero."""
        if any(v._cell is not None or v._i != i for i, v in enumerate(self.leaves)):
            self._begin()  # f has written to them: a work array that stands for a number
        nodes = self.tape.nodes
        del nodes[self.count :]
        state = leaf(self.tape, y)
        out = as_array(self.f(t, state))
        if not isinstance(out, Var) or out._level is not self.tape:
            return [None] * (1 + self.count)
        if np.shape(out) != np.shape(y):
            out = np.reshape(out, np.shape(y))
        out._value  # noqa: B018  # a view of what has been written to comes up to date
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
        from scipy.integrate import solve_ivp

        options = {**self.owner.equation.options, "rtol": float(np.min(tolerances[0]))}
        if self.step is not None:
            options["first_step"] = min(self.step, abs(stop - start))
        for method in self._methods(state.size):
            more = self._lsoda() if method == "LSODA" else self._sensitive(method, tolerances)
            with warnings.catch_warnings():
                if method == "LSODA":  # tells of its failures, after which another one takes over
                    warnings.simplefilter("ignore", UserWarning)
                found = solve_ivp(
                    self._rhs,
                    (start, stop),
                    state.reshape(-1),
                    atol=tolerances[1],
                    **options,
                    **more,
                )
            if found.success:
                break
        else:
            raise InputError(
                f"the adjoint equation could not be integrated backward: {found.message}",
                "mode='forward', or a method for stiff problems",
            )
        if method == "DOP853":  # a stiff one begins anew behind a jump
            self.step = float(np.max(np.abs(np.diff(found.t)), initial=0.0)) or None
        return found.y[:, -1].reshape(self.shape)

    def _methods(self, size: int) -> tuple[str, ...]:
        """The methods to be tried one after the other."""
        equation = self.owner.equation
        if equation.explicit:
            return ("DOP853",)
        robust = ("Radau", "BDF") if equation.method == "Radau" else ("BDF", "Radau")
        return robust if size > _LSODA else ("LSODA", *robust)

    def _sensitive(self, method: str, tolerances: Any) -> dict[str, Any]:
        from scipy import integrate

        return {
            "method": sensitive(getattr(integrate, method)),
            "columns": tolerances[1].size // self.width,
            "jacobian": self._jacobian,
            "plain": self._first_column,
            "order": self.levels.order + 1,  # other cotangents come after the first, as well
            "tolerances": tolerances,
        }

    def _lsoda(self) -> dict[str, Any]:
        if self.levels.levels:  # columns depend on each other, and LSODA finds how
            return {"method": "LSODA"}
        blocks = np.eye(self.k)
        return {"method": "LSODA", "jac": lambda t, s: np.kron(blocks, self._jacobian(t, s))}

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

    def _first_column(self, t: float, state: np.ndarray) -> np.ndarray:
        """The right-hand side of the first cotangent, plain."""
        n = self.n
        y = self.y(t)[(0,) * len(self.levels.counts)]
        cts = self.plain.pulled(t, y, state[:n][None].copy())
        sizes = self.owner.vector.sizes
        pieces = [
            np.zeros(size) if ct is None else np.reshape(ct, (size,))
            for ct, size in zip(cts, sizes, strict=True)
        ]
        return -np.concatenate(pieces)

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
        rtol = max(_TIGHTER * equation.rtol, FINEST)
        atol = np.broadcast_to(_SMALL * rtol * largest / scales, self.shape)
        return np.full(atol.size, rtol), atol.reshape(-1)


__all__ = ["Adjoint"]
