"""A right-hand side over any constants, and its solution between the steps."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

import numpy as np

from ..._errors import InputError, NoRuleError
from ..._lift._ways import THOROUGH, way_of
from ..._numbers import Dual, Level, Number, primal
from ..._numbers._number import as_array
from .._user import UserFunction
from ._methods import sensitive
from ._packing import Levels, levels_of
from ._problem import Function

_TIGHTER = 0.03  # tolerances of the solution that is interpolated, relative to those asked for
FINEST = 1e-12  # no relative tolerance below this
_EXPLICIT = ("RK23", "RK45", "DOP853")


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
        self.rtol, self.atol = max(float(np.min(rtol)), FINEST), np.asarray(atol, float)
        self.breaks, self.options = tuple(breaks), dict(options or {})
        name = method if isinstance(method, str) else method.__name__
        self.explicit = name in _EXPLICIT
        self.method = name

    def over(self, constants: Sequence[Any], levels: Sequence[Any]) -> Callable[..., Any]:
        """f over these values, of these levels, as ``f(t, y)``."""
        f: Any = self.user.with_constants(constants)
        if levels:
            kind = _Apart if _keeps_state(self.user.f) else Function
            f = kind(self.user, f, list(levels), constants=constants)
        if self.swapped:
            return lambda t, y: f(y, t)
        return columns(f) if self.columnwise else f


def kept(user: UserFunction) -> UserFunction:
    """The same function over copies of the objects that hold its numbers.

    When the user's evaluation ends, numbers in attributes are replaced by plain values; a backward
    pass that comes later must find them where they were.
    """
    if not user.constants:
        return user
    (f, args), _ = user._closed.over(user.constants)
    copy = UserFunction(f, args)
    same = [x is y for x, y in zip(copy.constants, user.constants, strict=False)]
    if len(copy.constants) != len(user.constants) or not all(same):
        raise NoRuleError(
            "a differential equation whose right-hand side holds differentiated numbers in objects "
            "that cannot be copied",
            "args=(parameters,), or mode='forward'",
        )
    return copy


class _Apart(Function):
    """A function whose objects may keep what they are given: no number is left in them.

    The backward integration runs outside of the user's own call, where nobody cleans up.
    """

    def _once(self, x: tuple[Any, ...]) -> Any:
        return self._apart(x, way_of(self.user.f) == THOROUGH)


def _keeps_state(f: Any) -> bool:
    """Whether f is a method, an object, or closes over objects that have attributes."""
    if type(f) is not FunctionType:
        return True
    held = [cell.cell_contents for cell in f.__closure__ or ()]
    return any(hasattr(x, "__dict__") and not isinstance(x, (FunctionType, type)) for x in held)


def columns(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function of states of shape ``(n, k)``, as one of a state of shape ``(n,)``."""
    return lambda t, y: as_array(f(t, y[:, None])).reshape(-1)


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
    rtol = max(_TIGHTER * equation.rtol, FINEST)
    atol = np.broadcast_to(_TIGHTER * equation.atol, shape)

    def rhs(t: float, flat: np.ndarray) -> np.ndarray:
        out = f(t, levels.pack(flat.reshape(shape).copy()))
        return levels.unpack_state(out, n).reshape(-1)

    jacobian = lambda t, y: _jacobian_of(equation, constants, t, y[:n])
    plain = equation.over([primal(c) for c in constants], ())
    robust = {
        "method": sensitive(DOP853 if equation.explicit else BDF),
        "columns": state.size // n,
        "jacobian": jacobian,
        "plain": lambda t, y: levels_of([]).unpack_state(plain(t, y), n),
        "order": levels.order,
        "tolerances": (np.full(state.size, rtol), atol.reshape(-1)),
    }
    ways: list[dict[str, Any]] = [robust]
    if not (levels.levels or equation.explicit):
        ways.insert(0, {"method": "LSODA", "jac": jacobian})
    options: dict[str, Any] = {"dense_output": True, "rtol": rtol, "atol": atol.reshape(-1)}
    for way in ways:
        with warnings.catch_warnings():
            if way is not robust:  # LSODA tells of its failures, after which the other takes over
                warnings.simplefilter("ignore", UserWarning)
            found = solve_ivp(rhs, span, state.reshape(-1), **options, **way, **equation.options)
        if found.success:
            break
    else:
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


__all__ = ["FINEST", "Equation", "columns", "kept", "solution"]
