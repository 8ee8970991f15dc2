"""Lift: the user's code as it stands, where NumPy's protocols do not reach.

``out = np.zeros(3); out[0] = x``, ``math.sin(x)``, ``float(x)``, ``np.asarray(x, dtype=float)`` ask
a number for a plain float or array. A function that does such things is run *lifted*: its source is
compiled once more, with every call ``g(...)`` turned into ``call(g, ...)``, which hands numbers to
something that takes them, and lifts the user's own functions in turn. Nothing of the user's is
changed, no module is patched, and tracebacks show the user's lines.

`_ways` remembers which functions run lifted, `_source` finds their source, `_rewrite` compiles it
anew, `_build` makes the functions, `_calls` is what their calls go through, `_shadows` holds the
derivatives that belong into plain arrays, `_python`, `_math`, `_arrays` and `_foreign` are the
stand-ins of functions that NumPy's protocols do not reach, `_rebound` serves functions without
source.
"""

from collections.abc import Callable
from typing import Any

from ._ways import Relift, lift_instead, retried, way_of, why_lifted


def call_user(f: Callable[..., Any], *args: Any) -> Any:
    """``f(*args)`` for a function of the user's that one of dualad's own calls: lifted as that."""
    from ._calls import call
    from ._shadows import in_session

    return call(f, *args) if in_session() or way_of(f) else f(*args)


__all__ = ["Relift", "call_user", "lift_instead", "retried", "way_of", "why_lifted"]
