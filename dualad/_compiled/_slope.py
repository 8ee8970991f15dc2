"""Drivers for derivatives in one number, which answer a number: the shortest way.

A Newton iteration in Python asks for little else. Nothing is allocated on the way to Python, and a
second or third derivative is one call of machine code.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import typeof, types

from .._native import inside
from . import _drivers, _together
from ._drivers import Layout
from ._filling import answer_of, plain_layout, refusing

MOST = 3
"""The highest order that compiled code has."""


def slope(
    f: Any, args: tuple[Any, ...], position: int, order: int, with_value: bool
) -> Callable[..., Any] | None:
    """What answers the derivative for calls like this one; None where only the general way serves.

    It is called with f's arguments, and answers the derivative, or ``(value, derivative)``; None
    where that is not finite, or to be judged.
    """
    given = [typeof(a) for a in args]
    if given[position] != types.float64 or any(type(a) is list for a in args) or order > MOST:
        return None
    key = ("slope", position, order, with_value, tuple(given))
    with _drivers.LOCK:
        drivers = _drivers.DRIVERS.setdefault(f, {})
        if key not in drivers:
            drivers[key] = _made(f, given, position, order, with_value)
        found: Callable[..., Any] | None = drivers[key]
        return found


def _made(f: Any, given: list[Any], position: int, order: int, with_value: bool) -> Any:
    layout = plain_layout(f, given, position)
    if layout is None or _together.is_parallel(f) or (order == MOST and layout.decides):
        return None
    kind = ("Jet", 1, 1, False) if order == 2 else ("Dual", 1, False)
    if answer_of(f, given, position, kind) != "number":
        return None
    source = "\n".join(_source(layout, order, with_value)) + "\n"
    # `_inside` brings all registries, which code from disk does without.
    names = {"verb": inside().Verb("derivative", f, position, order)} if order == MOST else {}
    key = ("slope", position, order)
    return refusing(_drivers.compiled(f, key, source, kind, names), tuple(given))


def _source(layout: Layout, order: int, with_value: bool) -> list[str]:
    (i,) = layout.positions
    call = f"y = f({layout.call({i: 'd'})})"
    if order == 1:
        body = [f"d = seeded(a{i}, MARKER, None, 0, 0)", call, "out = np.empty(1)"]
        body += ["bad = put_lanes(y, out, 0, 0, 1)", "slope = out[0]"]
    elif order == 2:
        body = [f"d = seeded(a{i}, MARKER, None, 0, (0, 0))", call, "out = np.empty((1, 1))"]
        body += ["bad = put_pairs(y, out, 0, (0, 0), (1, 1), True)", "slope = out[0, 0]"]
    else:
        body = [f"slope = verb({layout.call({})})", "bad = 0.0 if np.isfinite(slope) else 1.0"]
    if with_value:
        body = [*layout.prepare(), *body, layout.value]
    if layout.decides:  # the general way judges
        body = ["start_notes()", *body, "bad += noted()"]
    body += ["if bad != 0.0:", "    return None"]
    body.append("return value, slope" if with_value else "return slope")
    return [f"def drive({', '.join(layout.names)}):", *(f"    {line}" for line in body)]
