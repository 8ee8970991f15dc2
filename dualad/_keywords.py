"""Keywords of the public functions: those of capabilities that have not landed raise."""

from __future__ import annotations

from typing import Any

from ._errors import InputTypeError, NotYetError

# What each keyword will do, for the message.
_LATER = {
    "sparsity": "sparse Jacobians and Hessians",
    "coloring": "sparse Jacobians and Hessians",
    "compile": "compiled graphs",
    "workers": "derivatives spread over processes",
}


def reject_later(name: str, keywords: dict[str, Any]) -> None:
    """Raise for every keyword that was given and that `name` does not know or have yet.

    Raises
    ------
    NotYetError
        For a keyword of a capability that has not landed.
    InputTypeError
        For an unknown keyword.
    """
    for keyword, value in keywords.items():
        if keyword in _LATER:
            if value is None or value is False:
                continue
            raise NotYetError(
                f"{name}({keyword}={value!r}): {_LATER[keyword]} have not landed yet",
                f"leave {keyword}= out",
            )
        raise InputTypeError(f"{name} has no keyword {keyword!r}")
