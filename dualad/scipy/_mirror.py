"""SciPy's functions as they are called: signature, docstring, what was given, which solver runs.

A drop-in function is made from SciPy's and a *filler*, ``fill(given, how)``, which looks at what
was given, adds derivatives to it and calls ``given.call()``. No parameter of SciPy's is named
here, so what a new SciPy adds is passed on as it is.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable
from typing import Any

from .._errors import DualadError, EscapeError, NoRuleError
from .._keywords import check_options
from .._lift._shadows import in_session
from .._numbers._number import holds_number
from .._solving import solver

_OWN = ("mode", "chunk_size", "workers", "sparsity", "compile")
_EMPTY = inspect.Parameter.empty

NOTE = """
    Derivatives
    -----------
    Exact derivatives of the user's functions are filled in where they are not given (dualad), from
    the same evaluation as the value where both are asked for. Arguments that are given win.

    mode : {"auto", "forward", "reverse"}
        How derivatives are computed, see `dualad.jacobian`.
    chunk_size : int, optional
        How many directions travel at once.
"""
WORKERS = """\
    workers : int or map-like callable, optional
        Derivatives are spread over processes, see `dualad.jacobian`; they are not shared with
        the values then.
"""


class NumberMet(Exception):  # noqa: N818  # a message to the drop-in, never to the user
    """The user's function depends on numbers of an outer derivative."""


class How:
    """How derivatives are to be computed.

    Attributes
    ----------
    mode, chunk_size, workers
        As in `dualad.jacobian`.
    shared : bool
        Values and derivatives of one point come from one evaluation. Not so inside another
        derivative, where what is given to a solver must carry its numbers.
    """

    def __init__(self, mode: str, chunk_size: int | None, workers: Any, shared: bool) -> None:
        self.mode, self.chunk_size, self.workers = mode, chunk_size, workers
        self.shared = shared and workers is None

    @property
    def keywords(self) -> dict[str, Any]:
        """For the verbs of dualad."""
        own = {"mode": self.mode, "chunk_size": self.chunk_size}
        return own if self.workers is None else {**own, "workers": self.workers}


class Given:
    """The arguments of one call, by the names of SciPy's parameters.

    What was given by position stays there: some of SciPy's functions look at that.
    """

    def __init__(
        self, function: Callable[..., Any], args: tuple[Any, ...], keywords: dict[str, Any]
    ) -> None:
        self.function, self.args, self.keywords = function, list(args), dict(keywords)
        self.run: Callable[..., Any] = function

    def has(self, name: str) -> bool:
        """Whether the argument was given at all."""
        return name in self.keywords or self._position(name) < len(self.args)

    def get(self, name: str, default: Any = None) -> Any:
        """What was given, else SciPy's default."""
        if name in self.keywords:
            return self.keywords[name]
        position = self._position(name)
        if position < len(self.args):
            return self.args[position]
        parameter = parameters(self.function).get(name)
        return default if parameter is None or parameter.default is _EMPTY else parameter.default

    def set(self, name: str, value: Any) -> None:
        """Put another value in its place, or add it."""
        position = self._position(name)
        if name not in self.keywords and position < len(self.args):
            self.args[position] = value
        else:
            self.keywords[name] = value

    def _position(self, name: str) -> int:
        return positions(self.function).get(name, 10**6)

    def call(self) -> Any:
        """SciPy's function, or its stand-in, on what is given now."""
        return self.run(*self.args, **self.keywords)


@functools.lru_cache(maxsize=256)
def parameters(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """The parameters of a function of SciPy."""
    return dict(inspect.signature(function).parameters)


@functools.lru_cache(maxsize=256)
def positions(function: Callable[..., Any]) -> dict[str, int]:
    """Where each parameter stands that can be given by position."""
    by_position = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    named = [p.name for p in parameters(function).values() if p.kind in by_position]
    return {name: i for i, name in enumerate(named)}


def own_keywords(function: Callable[..., Any]) -> tuple[str, ...]:
    """The keywords that a drop-in has and SciPy's function has not."""
    return tuple(name for name in _OWN if name not in parameters(function))


def mirrored(function: Callable[..., Any], fill: Callable[[Given, How], Any], name: str) -> Any:
    """The drop-in for a function of SciPy."""
    own = own_keywords(function)

    def drop_in(*args: Any, **keywords: Any) -> Any:
        ours = {name: keywords.pop(name) for name in own if name in keywords}
        mode, size = ours.pop("mode", "auto"), ours.pop("chunk_size", None)
        workers = ours.pop("workers", None)
        check_options(name, function, 0, mode, size, ours)
        plain = not in_session() and not _has_numbers(args) and not _has_numbers(keywords.values())
        if plain:
            try:
                return fill(Given(function, args, keywords), How(mode, size, workers, True))
            except NumberMet:
                pass
            except (EscapeError, NoRuleError) as error:
                _say_what_scipy_has(error)
                raise
        given = Given(function, args, keywords)
        given.run = solver(function)
        answer = fill(given, How(mode, size, workers, False))
        if given.run is function and (plain or _has_numbers([answer])):
            raise NoRuleError(
                f"{name} has met numbers of an outer derivative, and has no derivative rule",
                "da.primal(...) of the parameters, for the value alone",
            )
        return answer

    return _named(drop_in, name, signature(function), documented(function))


def _say_what_scipy_has(error: DualadError) -> None:
    """Add to what cannot be differentiated that SciPy can do without."""
    more = '  or       derivatives of your own, or differences: jac="2-point" where SciPy has it'
    error.args = (f"{error.args[0]}\n{more}", *error.args[1:])


def _named(made: Any, name: str, signature: inspect.Signature | None, doc: str | None) -> Any:
    """A function that is found, pickled and shown under the name of SciPy's."""
    made.__name__ = made.__qualname__ = name
    made.__module__ = __name__.rpartition(".")[0]
    made.__doc__ = doc
    if signature is not None:
        made.__signature__ = signature
    return made


def passed(value: Any, name: str) -> Any:
    """A name of SciPy's that takes no derivative: solvers by their stand-ins, the rest as it is.

    Its parameters are SciPy's alone.
    """
    if isinstance(value, type) or not callable(value) or solver(value) is value:
        return value

    def drop_in(*args: Any, **keywords: Any) -> Any:
        return solver(value)(*args, **keywords)

    try:
        own = inspect.signature(value)
    except ValueError:  # written in C, and silent about it
        return _named(drop_in, name, None, value.__doc__)
    return _named(drop_in, name, own, value.__doc__)


def _has_numbers(values: Any) -> bool:
    return any(holds_number(x) for x in values)


def signature(function: Callable[..., Any]) -> inspect.Signature:
    """SciPy's signature, with the keywords of dualad that work today."""
    known = inspect.signature(function)
    rest = list(known.parameters.values())
    last = [rest.pop()] if rest and rest[-1].kind is inspect.Parameter.VAR_KEYWORD else []
    defaults = {"mode": "auto", "chunk_size": None, "workers": None}
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=value)
        for name, value in defaults.items()
        if name in own_keywords(function)
    ]
    return known.replace(parameters=[*rest, *added, *last])


def documented(function: Callable[..., Any]) -> str:
    """SciPy's docstring, and what is added to it, before its `Returns`."""
    text = function.__doc__ or ""
    note = NOTE + (WORKERS if "workers" in own_keywords(function) else "")
    # Some docstrings are indented and some are not.
    found = re.search(r"^( *)Returns\n *-------\n", text, re.MULTILINE)
    if found is None:
        return text + "\n" + note
    indent = found[1]
    lines = [indent + line[4:] if line.strip() else "" for line in note.splitlines()]
    return text[: found.start()] + "\n".join(lines[1:]) + "\n\n" + text[found.start() :]
