"""SciPy's result objects with numbers in them.

A field that is a function of the parameters is a number, computed when it is asked for. Counts,
messages and measures of the solver's own accuracy stay plain. What is neither (an approximation of
a Hessian, the last simplex) would be a constant that is none: it is left out, and says so when it
is asked for.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .._errors import InputError, NoRuleError
from .._numbers import Number, primal_tree
from ._implicit import pinned

# Floating-point fields that measure the solver's work and not the solution.
_MEASURES = frozenset({
    "barrier_parameter", "barrier_tolerance", "constr_penalty", "constr_violation",
    "execution_time", "maxcv", "mip_dual_bound", "mip_gap", "optimality", "tr_radius",
})  # fmt: skip


class LeftOutError(NoRuleError, AttributeError):
    """A field of a result that has no derivative was asked for."""


class LeftOut:
    """What stands in a tuple where a solver's own approximation was."""

    def __init__(self, what: str, name: str) -> None:
        self.__dict__.update(what=what, name=name)

    def __getattr__(self, attribute: str) -> Any:
        raise left_out_error(self.__dict__["what"], self.__dict__["name"])

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise left_out_error(self.__dict__["what"], self.__dict__["name"])


def left_out_error(what: str, name: str) -> LeftOutError:
    """The error of a field that has no derivative."""
    return LeftOutError(
        f"{what}: {name!r} in the result is the solver's own approximation, of which there is no "
        "derivative",
        "the fields x and fun, or the same call on da.primal(...) of the parameters",
    )


class _Later(dict[str, Any]):
    """A dictionary of which some items are computed when they are asked for."""

    def _wait(self, what: str, later: dict[str, Callable[[], Any]], left_out: set[str]) -> None:
        object.__setattr__(self, "_waiting", (what, later, left_out))

    def __missing__(self, name: str) -> Any:
        what, later, left_out = self.__dict__.get("_waiting", ("", {}, set()))
        if name in later:
            self[name] = value = later[name]()
            return value
        if name in left_out:
            raise left_out_error(what, name)
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        later = self.__dict__.get("_waiting", ("", {}, set()))[1]
        return dict.__contains__(self, name) or name in later

    def get(self, name: str, default: Any = None) -> Any:
        """As of any dictionary; a field that was left out raises."""
        try:
            return self[name]
        except KeyError:
            return default


@functools.cache
def _result_class() -> type:
    from scipy.optimize import OptimizeResult

    class Answer(_Later, OptimizeResult):  # type: ignore[misc]  # SciPy is not typed
        """An `OptimizeResult` with numbers."""

        def __getattr__(self, name: str) -> Any:
            try:
                return self[name]
            except KeyError as error:
                raise AttributeError(name) from error

        def __repr__(self) -> str:
            """As the plain call's."""
            own = {k: primal_tree(v) for k, v in self.items() if not isinstance(v, _Later)}
            found = self.__dict__.get("_plain", {})
            return repr(OptimizeResult({**found, **own}))

    return Answer


def answer(
    result: Any, what: str, numbers: dict[str, Any], later: dict[str, Callable[[], Any]]
) -> Any:
    """A result of SciPy's in which fields are numbers.

    Parameters
    ----------
    result : OptimizeResult or dict
        SciPy's own.
    what : str
        The solver, for errors.
    numbers : dict
        Fields that are numbers.
    later : dict of callables
        Fields that are computed when they are asked for; their values are SciPy's.
    """
    kind = _Later if type(result) is dict else _result_class()
    new = kind()
    left_out = set()
    for name, value in result.items():
        if name in numbers:
            new[name] = numbers[name]
        elif name in later:
            continue
        elif _is_plain(value) or name in _MEASURES:
            new[name] = value
        else:
            left_out.add(name)
    object.__setattr__(new, "_plain", dict(result))
    new._wait(what, {n: _pinned(f, result[n]) for n, f in later.items() if n in result}, left_out)
    return new


def _is_plain(value: Any) -> bool:
    if value is None or isinstance(value, (bool, int, str, np.integer, np.bool_)):
        return True
    return isinstance(value, np.ndarray) and value.dtype.kind in "iubSU"


def _pinned(compute: Callable[[], Any], value: Any) -> Callable[[], Any]:
    return lambda: with_plain(compute(), value)


def with_plain(number: Any, value: Any) -> Any:
    """A number of SciPy's own value."""
    if not isinstance(number, Number):
        return value
    if isinstance(value, np.ndarray) and np.ndim(number) == value.ndim:
        return pinned(number, value)
    from .._lift._scalars import with_value

    if np.ndim(number) == np.ndim(value) == 0:
        return with_value(number, value)
    number = np.reshape(number, np.shape(value))
    return pinned(number, value) if np.ndim(value) else with_value(number[()], value)


def failed(what: str, message: Any) -> InputError:
    """The error of a derivative of a solve that has failed."""
    text = " ".join(str(message).split())
    return InputError(
        f"{what} did not converge, so its answer has no derivative. Its message: {text}",
        "a start or tolerances with which it converges; da.primal(...) of the parameters for the "
        "value alone",
    )


__all__ = ["LeftOut", "LeftOutError", "answer", "failed", "with_plain"]
