"""Ways out of an evaluation that would drop the derivative, closed on every number."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from .._errors import place_text, user_frame, user_place
from ._number import Number, escape, primal

_PLAIN = "da.primal(x) for the plain array"

# What to write instead is read off the user's line.
_HINTS: tuple[tuple[str, str], ...] = (
    (r"\b(?:np|numpy)\.ma\.", "np.where(mask, a, b) on ordinary arrays"),
    (r"\bmath\.(\w+)\(", r"np.\1 (if NumPy has it): it takes numbers as they are"),
    (r"\b(?:np|numpy)\.(?:as)?array\(\s*[\[(]", "np.stack([a, b, ...])"),
    (
        r"\b(?:np|numpy)\.as(?:any|contiguous|fortran)?array\w*\(",
        "x itself: it is an array already",
    ),
    (r"\b(?:np|numpy)\.array\(", "x.copy()"),
    (r"\b(?:np|numpy)\.(?:float64|float32)\(", "x itself, or x.astype(np.float32)"),
    (r"\b(?:np|numpy)\.full\(", "np.full(shape, x, like=x)"),
    (r"\b(?:np|numpy)\.(?:arange|fromiter|vectorize)\b", "np.stack([f(v) for v in x])"),
    (r"\b(?:np|numpy)\.[rc]_\[", "np.concatenate or np.column_stack"),
    (r"\b(?:np|numpy)\.(\w+)\(\s*[\[(]", r"np.\1(np.stack([a, b, ...]))"),
    (
        r"\b(?:np|numpy)\.random\.|\brng\.",
        "loc + scale*rng.normal(size=...): draw first, then shift",
    ),
    (r"['\"]\s*%", 'f"{x:.3f}", which shows the value'),
    (r"\]\s*[-+*/]?=(?!=)|\.fill\(", "a work array made by np.zeros_like(x) of a differentiated x"),
    (r"\.dot\(", "A @ x"),
    (r"\bfloat\(", "x without float()"),
)
_ELSE = (
    "np.stack([...]) for lists, np.zeros_like(x) of a differentiated x for work arrays, "
    "@da.custom_jvp or da.finite_difference(f) for functions outside NumPy"
)


_IN_PANDAS = "NumPy's functions of s.to_numpy(), or arithmetic of the Series with numbers"


def _within_pandas() -> bool:
    """Whether the user's line has called a function of pandas."""
    user, frame = user_frame(), sys._getframe(1)
    while frame is not None and frame is not user:
        if frame.f_globals.get("__name__", "").partition(".")[0] == "pandas":
            return True
        frame = frame.f_back  # type: ignore[assignment]  # None is seen above
    return False


def instead_here(otherwise: str = _ELSE) -> str:
    """What to write instead on the line that the user's code is in."""
    if _within_pandas():
        return _IN_PANDAS
    _, _, line = place_text(user_place(3)).partition(": ")
    for pattern, advice in _HINTS:
        found = re.search(pattern, line)
        if found:
            return found.expand(advice)
    return otherwise


def _refuse(what: str, instead: str) -> Callable[..., Any]:
    def method(self: Number, *_args: Any, **_keywords: Any) -> Any:
        advice = _IN_PANDAS if _within_pandas() else instead
        escape(self, f"{what} of a differentiated number would drop its derivative", advice)

    return method


def _array(self: Number, *_args: Any, **_keywords: Any) -> Any:
    escape(
        self,
        "an ordinary array was about to be made from a differentiated number",
        instead_here(),
    )


def _float(self: Number) -> float:
    escape(
        self,
        "a plain float was about to be made from a differentiated number "
        "(float(x), math.f(x), out[i] = x)",
        instead_here(),
    )


def _hash(self: Number) -> int:
    if isinstance(primal(self), np.ndarray):
        raise TypeError("unhashable type: 'numpy.ndarray'")
    escape(
        self,
        "a differentiated number was used as a key (dict, set, lru_cache)",
        "use da.primal(x) as the key, or leave the cache out",
    )


def _reduce_ex(self: Any, _protocol: Any) -> Any:
    if self._level.n == 0:
        return self._by_hand()
    return escape(
        self,
        "a number of a running evaluation was pickled: its derivative would be lost",
        "differentiate inside the worker process",
    )


_REFUSED: tuple[tuple[str, str, str], ...] = (
    ("__complex__", "complex(x)", "x + 0j"),
    ("__int__", "int(x)", "int(da.primal(x)): an integer has no derivative"),
    ("__bytes__", "bytes(x)", _PLAIN),
    ("as_integer_ratio", "x.as_integer_ratio()", _PLAIN),
    *(
        (name, f"x.{name}()", _PLAIN)
        for name in ("tobytes", "tofile", "dump", "dumps", "byteswap", "getfield", "hex")
    ),
)


def _attach() -> None:
    for name, what, instead in _REFUSED:
        setattr(Number, name, _refuse(what, instead))
    for name, method in (
        ("array", _array),
        ("float", _float),
        ("hash", _hash),
        ("reduce_ex", _reduce_ex),
    ):
        setattr(Number, f"__{name}__", method)
    for name in ("ctypes", "data"):
        setattr(Number, name, property(_refuse(f"x.{name}", _PLAIN)))


_attach()
