"""Rows of elementwise functions of any number of arguments, from one formula for each argument.

Modules of this package give, beside `ROWS` of functions of one argument, a table ``PARTIALS``::

    PARTIALS = {
        "gammainc": {1: gamma_density, 0: Refused("...")},
        "jv": {1: lambda v, z, _y: 0.5 * (sc.jv(v - 1.0, z) - sc.jv(v + 1.0, z))},
    }

A key is the name of a function of `scipy.special` (one that the installed SciPy lacks is left out),
or a function made by `dispatched`. The value maps the position of an argument to its partial
derivative. Tables of several modules are joined, so that one may hold the derivative in the main
argument, and another those in parameters. An argument that stands in no table raises.

A partial derivative is one of

a formula
    ``(*arguments, y)``, where y is the function's answer (a tuple, where there are several: then
    the formula returns a tuple, too). It may use `np.*` functions with rows, SciPy's ufuncs with
    rows, and `dispatched` functions with rows. Then second derivatives, and all beyond, come by
    themselves: under nesting the formula meets numbers. Arguments are in double precision, as
    NumPy's scalars or arrays; integers are floats, but for those named in ``INTEGERS``.
`ZERO`
    The function is locally constant in this argument.
`Refused`
    There is no derivative; the reason is in the error that the user reads.

A derivative that is computed by numerical means is a `dispatched` function of its own, called by a
formula; if `PARTIALS` has an entry for that function, too, there are second derivatives, else the
second derivative raises. The derivative is NaN wherever the answer is NaN.

Examples
--------
>>> import scipy.special as sc
>>> import numpy as np
>>> row = elementwise(sc.poch, {0: lambda z, m, y: y * (sc.psi(z + m) - sc.psi(z))})
>>> row.jvp((), np.float64(3.0), (np.float64(3.0), 1.0), (np.ones(1), None))
array([1.])
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import scipy.special as sc

from ..._errors import NoRuleError
from ..._rules._contract import align, conj, unbroadcast
from ..._rules._helpers import NAN, select
from ..._rules._row import ZERO, Differential, Row

_LOW = (np.dtype(np.float16), np.dtype(np.float32), np.dtype(np.complex64))
_FLOAT = np.dtype(np.float64)


class Refused:
    """An argument in which there is no derivative.

    Parameters
    ----------
    reason : str
        Follows "the derivative in n": "is not defined: n is an integer".
    instead : str
        What the user may write instead.
    """

    __slots__ = ("instead", "reason")

    def __init__(self, reason: str, instead: str = "da.primal(x) where x is a constant") -> None:
        self.reason = reason
        self.instead = instead


Partial = Callable[..., Any] | Refused
Partials = Mapping[int, Partial]

INTEGER = Refused("is not defined: it is an integer")
UNKNOWN = Refused("has no rule")


def argument_names(fn: Any) -> list[str]:
    """The names of the arguments of a ufunc, as its documentation has them."""
    nin = getattr(fn, "nin", 0)
    for signature in re.findall(rf"^\s*{fn.__name__}\(([^)]*)\)", fn.__doc__ or "", re.M):
        names = [n.strip(" []/*") for n in signature.split(",")]
        names = [n for n in names if n and "=" not in n and n != "out"]
        if len(names) == nin and names[0] not in ("x1", "..."):  # NumPy's own line is no help
            return names
    return [f"argument {i}" for i in range(nin)]


def elementwise(fn: Any, partials: Partials, integers: Iterable[int] = ()) -> Differential:
    """The row of an elementwise function of any number of arguments.

    Parameters
    ----------
    fn : ufunc, or function made by `dispatched`
    partials : mapping of int to formula, `ZERO` or `Refused`
        See the module's documentation.
    integers : iterable of int
        Positions whose integers stay integers in formulas.
    """
    rule = _Rule(fn, partials, frozenset(integers))
    several = getattr(fn, "nout", 1) > 1
    return Differential(
        fn,
        rule.prepare,
        lambda _params, *xs: fn(*xs),
        rule.jvp,
        rule.vjp,
        None if several else rule.partial,
    )


class _Rule:
    """The functions of one row."""

    __slots__ = ("fn", "partials", "whole")

    def __init__(self, fn: Any, partials: Partials, whole: frozenset[int]) -> None:
        self.fn, self.partials, self.whole = fn, partials, whole

    def prepare(self, *args: Any, **keywords: Any) -> tuple[tuple[Any, ...], Any]:
        if keywords:
            raise NoRuleError(
                f"scipy.special.{self.fn.__name__} with {', '.join(keywords)}= has no "
                "derivative rule",
                f"leave {next(iter(keywords))}= out",
            )
        for i, x in enumerate(args):
            if hasattr(type(x), "_dualad_level"):
                _check(self.fn, i, self.partials.get(i, UNKNOWN))
        return tuple(
            x if np.isscalar(x) or hasattr(x, "shape") else np.asarray(x) for x in args
        ), ()

    def slopes(self, y: Any, operands: tuple[Any, ...], i: int) -> Any:
        """The partial derivative in operand i: an array, or a tuple of them."""
        formula: Any = self.partials[i]
        wide = tuple(_wide(x, j in self.whole) for j, x in enumerate(operands))
        first = y[0] if isinstance(y, tuple) else y
        if getattr(first, "dtype", _FLOAT) in _LOW:
            y = self.fn(*wide)
        p = formula(*wide, y)
        if isinstance(y, tuple):
            return tuple(_valid(v, q) for v, q in zip(y, p, strict=True))
        return _valid(y, p)

    def partial(self, _params: Any, y: Any, operands: tuple[Any, ...], i: int) -> Any:
        return ZERO if self.partials[i] is ZERO else self.slopes(y, operands, i)

    def jvp(self, _params: Any, y: Any, operands: tuple[Any, ...], blocks: tuple[Any, ...]) -> Any:
        answers = _members(y)
        totals: list[Any] = [None] * len(answers)
        for i, block in enumerate(blocks):
            if block is None or self.partials[i] is ZERO:
                continue
            p = _members(self.slopes(y, operands, i))
            for j, (v, q) in enumerate(zip(answers, p, strict=True)):
                term = align(block, np.ndim(v) + 1 - block.ndim) * q
                totals[j] = term if totals[j] is None else totals[j] + term
        lanes = next(b for b in blocks if b is not None).shape[0]
        parts = tuple(_fit(t, lanes, v) for t, v in zip(totals, answers, strict=True))
        return parts if isinstance(y, tuple) else parts[0]

    def vjp(self, _params: Any, y: Any, operands: tuple[Any, ...], ct: Any, i: int) -> Any:
        x = operands[i]
        # Answers that nothing depends on may have None for a cotangent.
        cts = [(k, c) for k, c in enumerate(_members(ct)) if c is not None]
        if self.partials[i] is ZERO:
            return np.zeros((cts[0][1].shape[0], *np.shape(x)))
        p = _members(self.slopes(y, operands, i))
        g: Any = None
        for k, c in cts:
            term = c * conj(p[k])
            g = term if g is None else g + term
        g = unbroadcast(g, np.shape(x))
        dtype = getattr(x, "dtype", _FLOAT)
        return g.astype(dtype) if dtype in _LOW and g.dtype.kind == dtype.kind else g


def _members(y: Any) -> tuple[Any, ...]:
    """The answers of a function with one or several."""
    return y if isinstance(y, tuple) else (y,)


def _check(fn: Any, i: int, partial: Any) -> None:
    if isinstance(partial, Refused):
        names = argument_names(fn)
        argument = names[i] if i < len(names) else f"argument {i}"
        raise NoRuleError(
            f"scipy.special.{fn.__name__}: the derivative in {argument} {partial.reason}",
            partial.instead,
        )


def _wide(x: Any, whole: bool) -> Any:
    """x for a formula: in double precision, with NumPy's arithmetic."""
    kind = type(x)
    if kind is float:
        return np.float64(x)
    if kind is complex:
        return np.complex128(x)
    if kind is int or kind is bool:
        return np.int64(x) if whole else np.float64(x)
    dtype = getattr(x, "dtype", None)
    if hasattr(kind, "_dualad_level") and not isinstance(x, (np.ndarray, np.generic)):
        return x._with_numpy_scalar()
    if dtype in _LOW:
        return x.astype(np.complex128 if dtype.kind == "c" else np.float64)
    if dtype is not None and dtype.kind in "iub":
        return x.astype(np.int64 if whole else np.float64)
    return x


def _valid(y: Any, p: Any) -> Any:
    """The derivative p, NaN where the answer y is."""
    bad = np.isnan(y)
    return select(bad, NAN * p, p) if np.any(bad) else p


def _fit(total: Any, lanes: int, y: Any) -> Any:
    """A block of tangents of y, of y's own precision."""
    shape = (lanes, *np.shape(y))
    dtype = getattr(y, "dtype", _FLOAT)
    if total is None:
        return np.zeros(shape, dtype)
    if np.shape(total) != shape:
        total = np.broadcast_to(total, shape)
    low = dtype in _LOW and total.dtype.kind == dtype.kind
    return total.astype(dtype) if low else total


def join_rows(modules: Iterable[Any]) -> list[Row]:
    """The rows of modules: their ``ROWS``, and those that their ``PARTIALS`` say together.

    Raises
    ------
    ValueError
        Two modules have a derivative in the same argument of a function.
    """
    rows: list[Row] = []
    partials: dict[Any, dict[int, Partial]] = {}
    integers: dict[Any, tuple[int, ...]] = {}
    for module in modules:
        rows += [row for row in getattr(module, "ROWS", ()) if row.fn is not None]
        for key, positions in getattr(module, "INTEGERS", {}).items():
            integers[_function(key)] = positions
        for key, more in getattr(module, "PARTIALS", {}).items():
            fn = _function(key)
            known = partials.setdefault(fn, {})
            for i, partial in more.items():
                _join(key, known, i, partial)
    partials.pop(None, None)
    rows += [elementwise(fn, more, integers.get(fn, ())) for fn, more in partials.items()]
    return rows


def _join(key: Any, known: dict[int, Partial], i: int, partial: Partial) -> None:
    """Enter one partial derivative; a refusal gives way to a formula of another module."""
    if isinstance(known.get(i), Refused) or i not in known:
        known[i] = partial
    elif not isinstance(partial, Refused):
        raise ValueError(f"{key} has two derivatives in argument {i}")


def _function(key: Any) -> Any:
    return getattr(sc, key, None) if isinstance(key, str) else key
