"""What is said of the derivatives in a result."""

from __future__ import annotations

from typing import Any


def described(parts: list[str]) -> str:
    """The text of `result.derivatives`."""
    return "; ".join(parts) + " (dualad)" if parts else "as given"


def by_products(shared: Any) -> str:
    """What is said where the Jacobian was never formed."""
    return f"jac: exact products with vectors, {shared.evaluations} shared evaluations of fun"


def told(result: Any, text: str) -> Any:
    """A result of SciPy's, with how its derivatives were computed."""
    result["derivatives"] = text
    return result


def with_text(answer: Any, text: str) -> Any:
    """A tuple, its dictionary of information (where it has one) with that text."""
    for part in answer if isinstance(answer, tuple) else ():
        if isinstance(part, dict):
            part["derivatives"] = text
    return answer
