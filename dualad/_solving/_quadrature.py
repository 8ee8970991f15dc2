"""`scipy.integrate.quad` in parameters, in limits, in breakpoints and in parameters of its weights.

The integral's derivative under the sign is an integral, too, and so SciPy's own `quad` finds it,
with the tolerances, weight and breakpoints of the value: `_functional` says how. Moving limits add
Leibniz's terms. Where the integrand is singular at a moving limit, or a breakpoint moves, the
interval is mapped to a fixed one first, which moves the singularity along [1]_.

References
----------
.. [1] H. Flanders, "Differentiation under the integral sign", Am. Math. Monthly 80, 1973; R.
   Piessens et al., "QUADPACK", Springer 1983.
"""

from __future__ import annotations

import functools
import inspect
import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._errors import InputError, NoRuleError, user_frame, warn_at
from .._lift._scalars import scalar, with_value
from .._numbers import Number, primal, primal_tree
from .._numbers._floating import quietly
from .._numbers._number import holds_number
from ._functional import Function, Functional, HiddenNumberError, edge, is_finite
from ._implicit import order
from ._intervals import summed
from ._user import UserFunction
from ._weights import weighted, weighted_body, weights_moved

Wrap = Callable[..., Any]  # (f, x, *extra) -> the integrand at x; extra may be numbers

# An interval that is narrower, in parts of the whole, may surround a jump. (QUADPACK extrapolates:
# ten bisections may be enough for it.)
_TINY = 0.02
_STEP = 1e-4  # the relative change of the parameters in the check of such an integral
_ROUNDING = 1e-13  # relative to the integral of the integrand's largest value
_FAR = 0.03  # relative; a difference quotient that is so far off contradicts


def quad_number(*given: Any, **keywords: Any) -> Any:
    """`scipy.integrate.quad`: its answer, the integral a number where numbers take part."""
    from scipy.integrate import quad

    names = dict(signature(quad).bind(*given, **keywords).arguments)
    func, a, b = names.pop("func"), names.pop("a"), names.pop("b")
    args = names.pop("args", ())
    full = names.pop("full_output", 0)
    args = args if isinstance(args, tuple) else (args,)
    if not callable(func):  # compiled, without Python: a LowLevelCallable
        if holds_number((a, b, args, list(names.values()))):
            raise NoRuleError(
                "scipy.integrate.quad of a compiled function has no derivative rule",
                "the integrand as a Python function",
            )
        return quad(func, a, b, args, full, **names)
    user = UserFunction(func, args)
    options = primal_tree(names)
    asked = bool(user.constants) or holds_number((a, b, list(names.values())))
    found = quad(user.plain, primal(a), primal(b), (), 1 if asked else full, **options)
    if not (asked or user.met):
        return found
    integral = Integral(user, names, Quad, "quad")
    message = _message(found)
    try:
        answer = quietly(integral.number, a, b, found[0], message)
    except HiddenNumberError:
        if integral.weight is not None or options.get("complex_func"):
            raise integral.hidden() from None
        run = functools.partial(quad, user.plain, primal(a), primal(b), full_output=1, **options)
        info = quietly(run)[2]
        answer = quietly(summed, user, a, b, info) + integral.edges(user.number, a, b)
    answer = with_value(answer, found[0])
    if full or not asked:
        return (answer, *found[1:])
    if message:  # where it does not hand out its messages it warns
        from scipy.integrate import IntegrationWarning

        warnings.warn(message, IntegrationWarning, stacklevel=2)
    return answer, found[1]


def _message(found: Any) -> str:
    """What `quad` says where it is not content."""
    if len(found) > 3:
        return str(found[3])
    if (
        len(found) == 3 and isinstance(found[2], dict) and "real" in found[2]
    ):  # of the two parts of a complex one
        return next((str(found[2][k][1]) for k in ("real", "imag") if len(found[2][k]) > 1), "")
    return ""


def nested_number(func: Any, a: Any, b: Any, args: Any, options: dict[str, Any]) -> Any:
    """The integral alone, as `quad_number` finds it, whose value has been found elsewhere."""
    from scipy.integrate import quad

    user = UserFunction(func, args)
    if not user.constants and not holds_number((a, b, list(options.values()))):
        return quad_number(func, a, b, args, 1, **options)[0]  # no numbers, or hidden ones
    names = signature(quad).parameters
    options = {name: x for name, x in options.items() if name in names}
    try:
        return quietly(Integral(user, options, Quad, "quad").number, a, b, 0.0)
    except HiddenNumberError:
        return quad_number(func, a, b, args, 1, **options)[0]


signature = functools.cache(inspect.signature)


def warn_user(text: str) -> None:
    """A `DerivativeWarning` at the user's line."""
    frame = user_frame(2)
    if frame is not None:
        warn_at(text, frame.f_code.co_filename, frame.f_lineno, frame.f_globals)


class Integral:
    """One integral of a function that numbers take part in.

    Parameters
    ----------
    user : UserFunction
    options : dict
        What the solver was given beside function, limits and args.
    apply : class
        The solver between plain limits, see `Quad`.
    name : str
        Its name.
    """

    def __init__(self, user: UserFunction, options: dict[str, Any], apply: Any, name: str) -> None:
        self.user, self.apply, self.name = user, apply, name
        self.options = dict(options)
        self.weight, self.wvar = self.options.pop("weight", None), self.options.pop("wvar", None)
        self.points = self.options.pop("points", None)
        self.checked: list[tuple[Any, Functional]] = []
        self.notes: list[str] = []

    def number(self, a: Any, b: Any, value: Any, message: str = "") -> Any:
        """The integral as a number; `value` is what the solver has found.

        Raises
        ------
        InputError
            The integral is not finite, or the derivative of its integrand divides by zero.
        HiddenNumberError
            The function depends on numbers that cannot be told from outside.
        """
        if not np.all(np.isfinite(value)):
            raise InputError(
                f"scipy.integrate.{self.name}: the integral is {value}, and has no derivative"
                + (f": {_first_line(message)}" if message else ""),
                "an integral that converges",
            )
        try:
            total = self._total(a, b)
        except ZeroDivisionError as error:
            raise InputError(
                f"scipy.integrate.{self.name}: the derivative of the integrand divides by zero",
                "points= at its singularities",
            ) from error
        self._check()
        if self.notes:
            self._warn()
        return total

    def _warn(self) -> None:
        if any(functional.apart for _, functional in self.checked):
            raise NoRuleError(
                f"scipy.integrate.{self.name}: an integral with a moving singularity has no second "
                "derivatives by a graph",
                'mode="forward", or the Jacobian of the gradient',
            )
        warn_user(
            "the derivative of an integral is not as accurate as was asked for: "
            f"{self.notes[0]}. Instead: points= at singularities, a larger limit=, or a "
            "larger epsabs="
        )

    def hidden(self) -> NoRuleError:
        """The error for numbers that cannot be found."""
        return NoRuleError(
            f"the integrand of scipy.integrate.{self.name} depends on a number that is neither "
            "among its arguments nor closed over",
            "args=(...), or a function that closes over it",
        )

    # --- the parts of the integral ------------------------------------------------------------

    def _total(self, a: Any, b: Any) -> Any:
        if self.weight is not None and weights_moved(self.weight, self.wvar, (a, b)):
            return weighted_body(self, a, b)
        points = self.points
        if points is not None and holds_number(list(points)):
            ends = sorted((a, b), key=primal)
            inner = sorted((p for p in points if _inside(p, ends)), key=primal)
            cuts = [ends[0], *inner, ends[1]]
            total = sum(map(self.mapped, cuts[:-1], cuts[1:]))
            return total if primal(a) <= primal(b) else -total
        if self._singular_at(a) or self._singular_at(b):
            return self.mapped(a, b)
        total = self.body(primal(a), primal(b), weight=self.weight, wvar=self.wvar)
        f = self.user.plain if self._is_first_order(a, b) else self.user.number
        if self.weight is not None:
            return total + self.edges(lambda x: f(x) * weighted(self.weight, self.wvar, x), a, b)
        total = total + self.edges(f, a, b)
        # The integrand may be finite at a limit and its slope not.
        return total if is_finite(total) or not holds_number((a, b)) else self.mapped(a, b)

    def _is_first_order(self, a: Any, b: Any) -> bool:
        """Whether all numbers are of one level and order: a limit's factor is plain then."""
        numbers = [x for x in (*self.user.constants, a, b) if isinstance(x, Number)]
        levels = {id(x._level) for x in numbers}
        return self.user.complete and len(levels) == 1 and all(order(x) == 1 for x in numbers)

    def edges(self, f: Function, a: Any, b: Any) -> Any:
        settle = self.apply.settle
        g = lambda x: settle(f(x))
        return edge(g, b) - edge(g, a)

    def _singular_at(self, limit: Any) -> bool:
        """Whether the integrand has no finite value at a moving limit."""
        at = primal(limit)
        if not isinstance(limit, Number) or not np.isfinite(at):
            return False
        try:
            return not np.all(np.isfinite(primal(self.user.plain(at))))
        except (ArithmeticError, ValueError):
            return True

    def mapped(
        self, a: Any, b: Any, weight: Wrap | None = None, parameters: tuple[Any, ...] = ()
    ) -> Any:
        """From a to b, by a variable between their plain values: ``x = a + ratio (u - a0)``.

        `weight` gives a factor: ``weight(u, a0, b0, ratio, *parameters)``.
        """
        low, high = primal(a), primal(b)
        if low == high:
            return self.edges(self.user.number, a, b)
        finite = np.isfinite(low) and np.isfinite(high)
        if not (np.isfinite(low) or np.isfinite(high)):
            return self.body(low, high)
        ratio: Any = (b - a) / (high - low) if finite else 1.0
        start, base = (a, low) if np.isfinite(low) else (b, high)

        def moved(f: Function, u: Any, start: Any, ratio: Any, *parameters: Any) -> Any:
            y = f(start + ratio * (u - base)) * ratio
            return y if weight is None else y * weight(u, low, high, ratio, *parameters)

        points = [] if self.points is None else primal_tree(list(self.points))
        inner = [p for p in points if _inside(p, sorted((low, high)))]
        return self.body(
            low, high, moved, (start, ratio, *parameters), joint=True, points=inner or None
        )

    def body(
        self,
        low: float,
        high: float,
        wrap: Wrap | None = None,
        extra: Sequence[Any] = (),
        joint: bool = False,
        **options: Any,
    ) -> Any:
        """The integral between plain limits, of the function or of what `wrap` makes of it."""
        user, count = self.user, len(self.user.constants)
        if not user.complete:
            raise HiddenNumberError
        asked = {**self.options, "points": self.points, **options}
        settle = self.apply.settle

        def make(values: Sequence[Any]) -> Function:
            f = user.with_constants(values[:count])
            rest = values[count:]
            if wrap is None:
                return lambda x: settle(f(x))
            return lambda x: settle(wrap(f, x, *rest))

        apply = self.apply(low, high, primal_tree(asked), self.notes)
        constants = [*user.constants, *extra]
        if not holds_number(constants):
            return apply(make(constants))
        functional = Functional(apply, joint=joint)
        total = functional.of(make, constants)
        self.checked.append((apply, functional))
        return total

    def _check(self) -> None:
        """Compare with differences where a jump was met, which no density stands for.

        A jump of the integrand, or of its derivative, at a place that depends on parameters adds to
        the derivative of the integral what no derivative of the integrand shows.
        """
        for apply, functional in self.checked:
            if not apply.hardly:
                continue
            for told in functional.told:
                sizes = [float(np.max(np.abs(s), initial=0.0)) for s in told.steps]
                values = [float(np.max(np.abs(v), initial=0.0)) for v in told.values]
                if not max(sizes, default=0.0):
                    continue
                h = _STEP * (max(values) or 1.0) / max(sizes)
                try:
                    difference = told.difference(apply, h)
                except (ArithmeticError, ValueError):
                    continue  # the integrand ends there
                size = np.abs(difference) + np.abs(told.slope)
                if np.any(np.abs(difference - told.slope) > _FAR * size + apply.noise / h):
                    self.notes.append(
                        "the integrand, or its derivative, jumps at a place that depends on a "
                        "parameter, as a difference quotient shows"
                    )
                    return


class Quad:
    """`quad` between plain limits, of plain functions; notes errors above the tolerance."""

    settle = staticmethod(scalar)  # what the function answers, as the solver takes it

    def __init__(self, low: float, high: float, options: dict[str, Any], notes: list[str]) -> None:
        self.low, self.high, self.notes = low, high, notes
        self.hardly = False  # whether some interval was cut very fine
        self.options = {name: x for name, x in options.items() if x is not None}
        self.epsabs = self.options.get("epsabs", 1.49e-8)
        self.epsrel = self.options.get("epsrel", 1.49e-8)
        self.noise = self.epsabs

    def __call__(self, f: Function) -> Any:
        from scipy.integrate import quad

        largest, endless = 0.0, 0.0

        def watched(x: float) -> Any:
            nonlocal largest, endless
            y = f(x)
            size = abs(y)
            largest = max(largest, size)
            if not size < np.inf:
                endless += y
            return y

        found = quad(watched, self.low, self.high, (), 1, **self.options)
        answer, error = found[0], np.max(np.abs(found[1]))
        if endless and np.isnan(answer) and np.isreal(endless) and np.isinf(endless):
            answer = endless * np.sign(self.high - self.low)  # which versions of QUADPACK differ in
        self.hardly |= _hardly_resolved(found)
        size = abs(answer)
        # Derivatives may be small numbers, of which epsabs asks nothing.
        if error > self.epsrel * size > 1e-10 * largest and error <= self.epsabs:
            again = quad(f, self.low, self.high, (), 1, **{**self.options, "epsabs": 1e-300})
            if again[1] < error and np.isfinite(again[0]):
                answer, error = again[0], again[1]
        width = abs(self.high - self.low)
        rounding = _ROUNDING * largest * width if width < np.inf else 0.0  # where parts cancel
        if not error <= 2 * max(self.epsabs, self.epsrel * size) + rounding:
            why = f" ({_first_line(message)})" if (message := _message(found)) else ""
            self.notes.append(f"its estimated error is above the tolerance{why}")
        return answer


def _first_line(message: str) -> str:
    return message.strip().split("\n")[0].strip().rstrip(".")


def _inside(point: Any, ends: Sequence[Any]) -> bool:
    return bool(primal(ends[0]) < primal(point) < primal(ends[1]))


def _hardly_resolved(found: Any) -> bool:
    info = found[2]
    if not isinstance(info, dict) or "alist" not in info:
        return False
    last = info["last"]
    widths = np.abs(info["blist"][:last] - info["alist"][:last])
    return bool(np.min(widths, initial=np.inf) < _TINY * math.fsum(widths))


def standins() -> dict[Any, Callable[..., Any]]:
    """The stand-ins, SciPy imported."""
    from scipy import integrate

    return {integrate.quad: quad_number}


__all__ = ["Integral", "Quad", "nested_number", "quad_number", "standins", "warn_user"]
