"""Keywords of the public functions: those of capabilities that have not landed raise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ._errors import InputError, InputTypeError, NotYetError, shown
from ._workers import check_workers, is_serial

MODES = ("auto", "forward", "reverse")
_KNOWN = ("argnums", "mode", "chunk_size", "has_aux", "holomorphic", "argnum", "order", "workers")
_OF_ALL = ("jvp", "vjp", "hvp", "jacobian_operator")  # verbs that differentiate in all arguments

# What each keyword will do, for the message.
_LATER = {
    "sparsity": "sparse Jacobians and Hessians",
    "coloring": "sparse Jacobians and Hessians",
    "compile": "compiled graphs",
}


def reject_later(name: str, keywords: dict[str, Any]) -> None:
    """Raise for every keyword that was given and that `name` does not know or have yet.

    Raises
    ------
    NotYetError
        For a keyword of a capability that has not landed.
    InputError
        For workers: who knows them has taken the keyword away.
    InputTypeError
        For an unknown keyword.
    """
    for keyword, value in keywords.items():
        if keyword == "workers":
            if is_serial(check_workers(value)):
                continue
            raise InputError(
                f"{name}(workers={shown(value)}): one direction is one task, nothing can be spread",
                "da.jacobian or da.hessian with workers=, or a map over points",
            )
        if keyword in _LATER:
            if value is None or value is False:
                continue
            raise NotYetError(
                f"{name}({keyword}={value!r}): {_LATER[keyword]} have not landed yet",
                f"leave {keyword}= out",
            )
        raise InputTypeError(f"{name} has no keyword {keyword!r}", _instead_of(name, keyword))


def _instead_of(name: str, keyword: str) -> str:
    if keyword in ("argnums", "argnum") and name in _OF_ALL:
        return f"{name} of a function of the arguments that vary: lambda x: f(x, y)"
    near = _near(keyword, [k for k in _KNOWN if k != keyword])
    return f"{near[0]}=" if near else f"leave {keyword}= out"


def _near(word: str, words: Sequence[str], cutoff: float = 0.6) -> list[str]:
    """The word that was probably meant, if any."""
    import difflib  # only errors need it

    return difflib.get_close_matches(word, words, 1, cutoff)


def check_function(name: str, f: Any) -> None:
    """Raise where f is not a function."""
    if not callable(f):
        written = "f, without calling it" if isinstance(f, (np.ndarray, float)) else ""
        raise InputTypeError(f"{name} needs a function, not {shown(f)}", written)


def check_argnums(argnums: Any) -> None:
    """Raise where argnums is no int, nor a tuple of them."""
    for a in argnums if isinstance(argnums, tuple) else (argnums,):
        if not isinstance(a, (int, np.integer)) or isinstance(a, bool):
            raise InputTypeError(
                f"argnums must be an int or a tuple of ints, not {shown(argnums)}",
                "argnums=0; the arguments of f come later: jacobian(f)(x)",
            )


def check_options(
    name: str,
    f: Callable[..., Any],
    argnums: Any,
    mode: Any,
    chunk_size: Any,
    later: dict[str, Any],
) -> None:
    """Raise where an option of a derivative function is none."""
    check_function(name, f)
    check_argnums(argnums)
    if mode not in MODES:
        near = _near(str(mode), MODES, 0.3)
        raise InputError(
            f"mode={shown(mode)}; it must be one of {', '.join(MODES)}",
            f"mode={near[0] if near else 'auto'!r}",
        )
    if chunk_size is not None:
        whole = isinstance(chunk_size, (int, np.integer)) and not isinstance(chunk_size, bool)
        if not whole or chunk_size < 1:
            raise InputError(
                f"chunk_size={shown(chunk_size)}; it must be a positive int",
                "chunk_size=None, which chooses it",
            )
    reject_later(name, later)
