"""`finite_difference`: a black box made differentiable by difference quotients."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._errors import (
    DerivativeWarning,
    InputError,
    InputTypeError,
    OutputError,
    place_line,
    user_place,
)
from .._numbers._number import highest
from ._leaves import flatten, is_answer, is_operand, leaves_like
from ._linear import lanes_of
from ._packing import dtype_of, pack, pack_values, unpack, unpack_values
from ._rule import Invocation, RuledFunction, is_global
from ._slopes import Slopes, apply, part
from ._stencils import FORMULAS, Differences

Pair = tuple[np.ndarray, np.ndarray]


class finite_difference(RuledFunction):  # noqa: N801  # a function to its users; a class so that it pickles
    """A black box (C, Fortran, a table, a program) as a function that can be differentiated.

    Its derivatives are difference quotients, whose error is estimated. It runs on plain arrays of
    its own; all around it stays exact.

    Parameters
    ----------
    f : callable
        Of numbers, arrays or containers of them; so is its answer.
    method : {"3-point", "2-point", "5-point", "cs"}
        Central differences ``(f(x + h) - f(x - h)) / 2h``; one-sided ones
        ``(f(x + h) - f(x)) / h``, for half the price and half the digits; central ones of h and 2h
        extrapolated; or a complex step ``Im f(x + ih) / h``, right to the last digits, for an f
        that computes with complex numbers throughout and is analytic.
    argnums : int or tuple of int, optional
        The arguments that may be differentiated; by default all.
    rel_step : float, optional
        Steps are ``rel_step * |x|``, or `rel_step` where x is 0. By default ``eps**(1/2)``
        ("2-point"), ``eps**(1/3)`` ("3-point"), ``eps**(1/5)`` ("5-point") times ``max(1, |x|)``,
        with the precision eps of the arguments and of the answer; 1e-20 for "cs".
    abs_step : float, optional
        The steps themselves. A negative one steps to the left first, with "2-point".
    tol : float or None
        A `DerivativeWarning` names your line where the estimated error of a derivative exceeds this
        part of it. None: errors are not estimated, which saves half of the runs.

    Returns
    -------
    callable
        On plain numbers and arrays it is f.

    Raises
    ------
    NoRuleError
        For third derivatives.

    Notes
    -----
    A tangent costs one difference, a cotangent one for each element of the arguments; whatever is
    less is taken, and runs are shared while a graph lives. Each difference costs 1 ("2-point",
    "cs"), 2 ("3-point") or 4 ("5-point") runs of f, and with `tol` twice as many (6 for "5-point";
    4 more in all for "cs", which is compared with central differences along one direction).

    Second derivatives are second differences, with steps and an estimate of their own. They have
    half of the digits at best, two thirds with "cs". Differentiate an analytic derivative instead
    where you have one: `elementwise`, `custom_jvp`.

    `last_error` is the largest estimated error of the last derivative in this thread, relative to
    the derivative or to ``|f(x)| / max(1, |x|)``, whichever is larger. `tol` is compared with it.

    Steps and formulas are those of Nocedal and Wright (section 8.1) and of Squire and Trapp.

    References
    ----------
    J. Nocedal, S. Wright, "Numerical Optimization", Springer 2006.
    W. Squire, G. Trapp, "Using complex variables to estimate derivatives of real functions", SIAM
    Review 40, 1998.

    Examples
    --------
    >>> import math
    >>> import numpy as np, dualad as da
    >>> gamma = da.finite_difference(math.gamma)
    >>> da.grad(lambda x: np.sin(x) * gamma(x))(2.0)
    np.float64(-0.03171012...)
    >>> gamma.last_error < 1e-8
    True
    """

    def __init__(
        self,
        f: Callable[..., Any],
        method: str = "3-point",
        *,
        argnums: int | Sequence[int] | None = None,
        rel_step: float | None = None,
        abs_step: float | None = None,
        tol: float | None = 1e-4,
    ) -> None:
        if not callable(f):
            raise InputTypeError(f"finite_difference needs a function, not {f!r}")
        if method not in FORMULAS:
            raise InputError(f"method={method!r}; it must be one of {', '.join(FORMULAS)}")
        for name, value in (("rel_step", rel_step), ("abs_step", abs_step), ("tol", tol)):
            _check_size(name, value, negative=name == "abs_step")
        if rel_step is not None and abs_step is not None:
            raise InputError("rel_step and abs_step were both given", "one of them")
        super().__init__(f)
        self.f, self.method, self.tol = f, method, tol
        self.rel_step, self.abs_step = rel_step, abs_step
        self.argnums = _argnums(argnums)
        self._slopes = Slopes(self)
        self._thread = threading.local()

    @property
    def last_error(self) -> float | None:
        """The largest relative error of the last derivative in this thread; None before it."""
        return getattr(self._thread, "error", None)

    def __reduce__(self) -> Any:
        if is_global(self):
            return str(vars(self)["__qualname__"])
        options = (self.method, self.argnums, self.rel_step, self.abs_step, self.tol)
        return _again, (self.f, *options)

    def __repr__(self) -> str:
        return f"<finite_difference of {self.__name__}, {self.method}>"

    # --- the call --------------------------------------------------------------------------------

    def _prepare(self, *args: Any) -> tuple[tuple[Any, ...], Invocation]:
        if self.argnums is not None:
            # Counted from the end, they depend on the call.
            allowed = {a % len(args) if -len(args) <= a < 0 else a for a in self.argnums}
            for i, x in enumerate(args):
                if i not in allowed and highest(flatten(x, is_operand)[0]) is not None:
                    raise InputTypeError(
                        f"argument {i} of {self.__name__} carries a derivative, but "
                        f"finite_difference was given argnums={self.argnums}",
                        f"argnums with {i}, or da.primal of the argument",
                    )
        operands, params = super()._prepare(*args)
        params.place = user_place(2)
        return operands, params

    def _check_rule(self) -> None:
        """There is always one."""

    def _value(self, params: Invocation, *operands: Any) -> Any:
        if highest(operands) is not None:
            return super()._value(params, *operands)
        answer = params.keep(self._plain(params, operands))
        if not params.answers(answer):
            raise OutputError(
                f"{self.__name__}, given to finite_difference, returned "
                f"{type(params.answer).__name__}, which cannot carry a derivative",
                "return a float, a floating array, or a container of them",
            )
        # f may return the same buffer each time.
        return _own(answer) if params.single else tuple(_own(y) for y in answer)

    def _plain(self, params: Invocation, operands: Sequence[Any]) -> Any:
        """The answer of f for plain operands, which f may overwrite."""
        answer = self.f(*params.build([_own(x) for x in operands]))
        if highest(flatten(answer, is_answer)[0]) is not None:
            raise InputTypeError(
                f"{self.__name__}, given to finite_difference, depends on a differentiated number "
                "that is not among its arguments",
                "pass it as an argument",
            )
        return answer

    # --- the row ---------------------------------------------------------------------------------

    def _jvp(self, params: Any, y: Any, operands: tuple[Any, ...], blocks: tuple[Any, ...]) -> Any:
        active = params.active
        k = lanes_of(blocks)
        t = pack([blocks[i] for i in active], [operands[i] for i in active], k)
        answers = params.answers(y)
        plain = highest((*operands, *blocks)) is None
        if plain and not np.iscomplexobj(t) and k < t.shape[1]:
            found = self._along(params, operands, t)
        else:
            jacobian = self._jacobian(params, operands)
            found = apply(t, jacobian.T) if plain else t @ jacobian.T
        out = unpack(found, answers)
        return out[0] if params.single else tuple(out)

    def _vjp(self, params: Any, y: Any, operands: tuple[Any, ...], ct: Any, i: int) -> Any:
        answers = params.answers(y)
        given = self._to_blocks(params, y, ct)
        c = pack(given, answers, lanes_of(given))
        jacobian = self._jacobian(params, operands)
        plain = highest((*operands, c)) is None
        found = apply(c, jacobian) if plain else c @ jacobian
        return part(found, params.active, operands, i)

    def _jacobian(self, params: Invocation, operands: tuple[Any, ...]) -> Any:
        """The Jacobian of the packed answer in the packed active operands."""
        kept = params.map
        if kept is None or not _same(kept[0], operands):
            # A number of this row's level never comes here: these belong to evaluations around it.
            params.map = kept = operands, self._slopes.value(params, *operands)
        return kept[1]

    def _along(self, params: Invocation, operands: tuple[Any, ...], t: np.ndarray) -> np.ndarray:
        system = self.differences(params, operands)
        with np.errstate(all="ignore"):
            pairs = [system.along(direction) for direction in t]
            found, error = (np.stack(part) for part in zip(*pairs, strict=True))
            error = self._checked(system, t, found, error)
            scale = np.max(np.abs(t) / system.scale, axis=1)[:, None]
        self._judge(params, found, error, system.size * scale, "derivative")
        return found

    def first(self, params: Invocation, operands: tuple[Any, ...]) -> np.ndarray:
        """The Jacobian at plain operands."""
        system = self.differences(params, operands)
        with np.errstate(all="ignore"):
            found, error = system.jacobian()
            error = self._checked(system, np.eye(system.v.size), found.T, error.T).T
            size = system.size[:, None] / system.scale
        self._judge(params, found, error, size, "derivative")
        return found

    def second(self, params: Invocation, operands: tuple[Any, ...]) -> np.ndarray:
        """The second derivatives at plain operands."""
        system = self.differences(params, operands)
        with np.errstate(all="ignore"):
            found, error = system.hessian()
            scale = system.scale[:, None] * system.scale
            size = system.size[:, None, None] / scale
        self._judge(params, found, error, size, "second derivative")
        return found

    def differences(self, params: Invocation, operands: tuple[Any, ...]) -> Differences:
        """The difference quotients at plain operands; kept while the graph lives."""
        kept = params.residuals
        if kept is None or not _same(kept[0], operands):
            params.residuals = kept = operands, self._differences(params, operands)
        return kept[1]

    def _differences(self, params: Invocation, operands: tuple[Any, ...]) -> Differences:
        active = params.active
        answers = params.answers(params.keep(params.answer))
        varied = [operands[i] for i in active]
        if self.method == "cs" and any(map(np.iscomplexobj, (*varied, *answers))):
            raise InputTypeError(
                f"{self.__name__} has complex arguments or answers, which method='cs' refuses",
                "method='3-point'",
            )

        def g(v: np.ndarray) -> np.ndarray:
            supply = iter(unpack_values(v, varied))
            full = [next(supply) if i in active else x for i, x in enumerate(operands)]
            return self._leaves(params, full, np.iscomplexobj(v))

        v = pack_values(varied)
        value = g(v)
        eps = max(float(np.finfo(dtype_of(x)).eps) for x in (*varied, *answers))
        return Differences(g, v, value, self.method, eps, self._step(v), self.tol is not None)

    def _leaves(self, params: Invocation, operands: Sequence[Any], is_complex: bool) -> np.ndarray:
        """The packed answer of f; complex where operands are those of a complex step."""
        with np.errstate(all="ignore"):
            answer = self._plain(params, operands)
        what = f"{self.__name__}, called by finite_difference near its arguments,"
        leaves = leaves_like(params.answer, answer, is_answer, what)
        if not is_complex:
            return pack_values(leaves)
        if not all(np.iscomplexobj(x) for x in leaves):
            raise InputTypeError(
                f"{self.__name__} returned real numbers for complex arguments: it drops the "
                "imaginary part that method='cs' reads",
                "method='3-point', or complex arithmetic throughout",
            )
        return np.concatenate([np.ravel(x) for x in leaves])

    def _step(self, v: np.ndarray) -> np.ndarray | None:
        if self.abs_step is not None:
            return np.full(v.size, float(self.abs_step))
        if self.rel_step is None:
            return None
        return float(self.rel_step) * np.where(v == 0, 1.0, np.abs(v))

    # --- errors ----------------------------------------------------------------------------------

    def _checked(
        self, system: Differences, t: np.ndarray, found: np.ndarray, error: np.ndarray
    ) -> np.ndarray:
        """Errors of complex steps, compared with central differences along one mixture of all."""
        if self.method != "cs" or self.tol is None or not len(t):
            return error
        signs = np.where(np.arange(len(t)) % 3 == 1, -1.0, 1.0)
        expected, uncertain = system.check(signs @ t)
        apart = np.abs(signs @ found - expected)
        wrong = ~(apart <= 10.0 * uncertain + 1e-6 * np.abs(expected))
        return np.where(wrong, np.maximum(error, apart), error)

    def _judge(
        self, params: Invocation, found: np.ndarray, error: np.ndarray, size: Any, what: str
    ) -> None:
        """Keep the largest relative error, and warn where it exceeds the tolerance."""
        if self.tol is None or not found.size:
            return
        with np.errstate(all="ignore"):
            relative = np.where(error == 0, 0.0, error / np.maximum(np.abs(found), size))
        self._thread.error = worst = float(np.max(relative))
        if worst <= self.tol:
            return
        filename, line = place_line(params.place)
        warnings.warn_explicit(
            f"the {what} of {self.__name__} by {self.method} differences has an estimated error "
            f"of {worst:.1g}, relative; tol is {self.tol:g}. Is it smooth here? Another method or "
            "step may do: finite_difference(f, method=..., rel_step=...)",
            DerivativeWarning,
            filename,
            line,
            registry=None,
        )

    def _transposed_note(self) -> str:
        error = "" if self.last_error is None else f", last error {self.last_error:.1g}"
        return f"{self.__name__} is differentiated by {self.method} differences{error}"


def _own(x: Any) -> Any:
    return x.copy("K") if type(x) is np.ndarray else x


def _same(one: Sequence[Any], other: Sequence[Any]) -> bool:
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))


def _check_size(name: str, value: Any, negative: bool) -> None:
    if value is None:
        return
    number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not number or not np.isfinite(value) or value == 0 or (value < 0 and not negative):
        kind = "a number other than 0" if negative else "a positive number"
        raise InputError(f"{name}={value!r}; it must be {kind}", f"leave {name}= out")


def _argnums(argnums: Any) -> tuple[int, ...] | None:
    if argnums is None:
        return None
    many = argnums if isinstance(argnums, (tuple, list)) else (argnums,)
    if not many or not all(
        isinstance(a, (int, np.integer)) and not isinstance(a, bool) for a in many
    ):
        raise InputTypeError(
            f"argnums must be an int or a tuple of ints, not {argnums!r}", "argnums=0"
        )
    return tuple(int(a) for a in many)


def _again(
    f: Callable[..., Any],
    method: str,
    argnums: tuple[int, ...] | None,
    rel_step: float | None,
    abs_step: float | None,
    tol: float | None,
) -> finite_difference:
    return finite_difference(
        f, method, argnums=argnums, rel_step=rel_step, abs_step=abs_step, tol=tol
    )
