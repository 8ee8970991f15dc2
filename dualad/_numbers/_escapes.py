"""Ways out of an evaluation that would drop the derivative, closed on every number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ._number import Number, escape, primal

_PLAIN = "da.primal(x) for the plain array"


def _refuse(what: str, instead: str) -> Callable[..., Any]:
    def method(self: Number, *_args: Any, **_keywords: Any) -> Any:
        escape(self, f"{what} of a differentiated number would drop its derivative", instead)

    return method


def _array(self: Number, *_args: Any, **_keywords: Any) -> Any:
    escape(
        self,
        "an ordinary array was about to be made from a differentiated number "
        "(np.asarray, np.array([...]), x[:] = ..., a function outside NumPy)",
        "np.stack([...]) for lists, np.zeros_like(v) of a differentiated v for work arrays, "
        "da.elementwise for foreign functions",
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
    ("__float__", "float(x)", "leave float() out; np.* functions take x as it is"),
    ("__complex__", "complex(x)", "x + 0j"),
    ("__int__", "int(x)", "int(da.primal(x)): an integer has no derivative"),
    *(
        (name, f"x.{name}()", _PLAIN)
        for name in ("tobytes", "tofile", "dump", "dumps", "byteswap", "getfield")
    ),
)


def _attach() -> None:
    for name, what, instead in _REFUSED:
        setattr(Number, name, _refuse(what, instead))
    for name, method in (("array", _array), ("hash", _hash), ("reduce_ex", _reduce_ex)):
        setattr(Number, f"__{name}__", method)
    for name in ("ctypes", "data"):
        setattr(Number, name, property(_refuse(f"x.{name}", _PLAIN)))


_attach()
