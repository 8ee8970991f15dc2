"""What Numba calls once in each process that compiles something, see ``numba_extensions``.

It imports next to nothing: most of these processes never use dualad.
"""

from __future__ import annotations

import contextlib
import sys
from typing import Any

# The public functions that compiled code may call.
VERBS = frozenset(
    (
        *("grad", "jacobian", "value_and_grad", "value_and_jacobian", "hessian"),
        *("derivative", "hvp", "jvp", "vjp", "jacobian_operator"),
    )
)


def init() -> None:
    """Let Numba know the public functions that are loaded; others tell it when they are."""
    package = vars(sys.modules[__package__ or "dualad"])
    for name in VERBS & package.keys():
        introduce(name, package[name])


def introduce(name: str, function: object) -> None:
    """Let Numba know a public function, in a process that has imported Numba."""
    module: Any = sys.modules.get("numba.core.compiler_lock")  # None: Numba is still imported
    with contextlib.nullcontext() if module is None else module.global_compiler_lock:
        from ._compiled._verbs import register

        register(name, function)
