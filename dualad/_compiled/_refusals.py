"""What a differentiated number must not reach: there it would be taken for its bytes.

Functions that only ask for the value get the value. All else that sees memory, or leaves compiled
code, is refused with the line that does it.
"""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np
from numba.core import errors
from numba.core.ccallback import CFunc
from numba.core.dispatcher import LiftedCode
from numba.np.ufunc.gufunc import GUFunc
from numba.stencils.stencil import StencilFunc

PLAIN_ONLY = frozenset(
    (
        *(
            builtins.str,
            builtins.format,
            builtins.repr,
            builtins.isinstance,
            builtins.hash,
            builtins.type,
        ),
        *(np.isscalar, np.isreal, np.iscomplex, np.isrealobj, np.iscomplexobj, np.isclose),
        *(np.searchsorted, np.digitize, np.argpartition, np.round, np.around),
    )
)
"""Functions that are constant between jumps, or ask for types: they are given values."""

_DRAWN = "draw from plain parameters, and scale and shift what was drawn"
REFUSED: dict[Any, str] = {
    np.frombuffer: "the array itself",
    np.lib.stride_tricks.as_strided: "slices, or sliding_window_view",
    np.arange: "start + step * np.arange(n)",
    np.divmod: "x // y and x % y",
    np.nextafter: "a difference; this is the grid of floating-point numbers itself",
    np.spacing: "a constant; this is the grid of floating-point numbers itself",
    np.kaiser: "f.py_func, the function before it was compiled",
    **{
        getattr(np.random, name): _DRAWN
        for name in (
            *("beta", "binomial", "chisquare", "dirichlet", "exponential", "f", "gamma"),
            *("geometric", "gumbel", "hypergeometric", "laplace", "logistic", "lognormal"),
            *("logseries", "multinomial", "negative_binomial", "noncentral_chisquare", "normal"),
            *("pareto", "poisson", "power", "rayleigh", "standard_gamma", "standard_t"),
            *("triangular", "uniform", "vonmises", "wald", "weibull", "zipf"),
        )
    },
}
"""Functions that no differentiated number may reach, and what to write instead."""

# Attributes of arrays that tell of their memory: those of the plain array, or none.
PLAIN_ATTRIBUTES = frozenset(("itemsize", "nbytes"))
_MEMORY = frozenset(("strides", "ctypes"))
_BYTES = frozenset(("view", "tobytes"))
_OTHER_KINDS: tuple[tuple[Any, str], ...] = (
    (LiftedCode, "an objmode block gets a differentiated value; compute it in compiled code"),
    (GUFunc, "a function of guvectorize gets a differentiated value; write a loop, under njit"),
    (CFunc, "a function of cfunc gets a differentiated value; decorate it with njit"),
    (StencilFunc, "a stencil gets a differentiated array; write a loop, under njit"),
)


def refused(text: str, loc: Any) -> errors.TypingError:
    """The error for a line of the user's: what was met, a semicolon, what to write instead."""
    return errors.TypingError(f"dualad: {text}\nat {loc.filename} ({loc.line})")


def is_given_values(callee: Any, expr: Any) -> bool:
    """Whether a call with differentiated numbers is that of a function that is given values."""
    fills = callee in (np.round, np.around) and len(expr.args) + len(expr.kws) > 2
    return callee in PLAIN_ONLY and not fills


def check_callee(callee: Any, loc: Any) -> None:
    """Raise where a function that is called with differentiated numbers cannot take them."""
    for kind, text in _OTHER_KINDS:
        if isinstance(callee, kind):
            raise refused(text, loc)
    try:
        instead = REFUSED.get(callee)
    except TypeError:  # not hashable: none of ours
        return
    if instead is not None:
        raise refused(f"no derivative rule for {callee.__name__} in compiled code; {instead}", loc)


def check_method(name: str, arguments: Any, loc: Any) -> None:
    """Raise for methods of differentiated arrays that show their bytes."""
    if name in _BYTES and (arguments or name != "view"):
        raise refused(f"the bytes of a differentiated array are asked for by .{name}()", loc)


def check_expression(expr: Any) -> None:
    """Raise for attributes that show memory, and for sets, whose members are found by value."""
    if expr.op == "getattr" and expr.attr in _MEMORY:
        raise refused(
            f"the memory of a differentiated array is asked for by .{expr.attr}", expr.loc
        )
    if expr.op == "build_set":
        raise refused("differentiated numbers are put into a set; a list", expr.loc)
