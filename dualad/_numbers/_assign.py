"""Where a result is stored: `out=`, and `x += dual` for an ordinary array x.

NumPy hands `x += dual` to us as ``add(x, dual, out=(x,))`` and binds what we return to the name,
so a new number is right, unless something else refers to the same array and would miss the
update. Whether something does is read off the array's reference count, which is compared with
that of an array held by one name only, measured once by the very same calls.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from ._number import Number, escape, highest

_ALONE: dict[str, int] = {}  # reference counts of an array that nothing else refers to
_measuring = False


def deliver(result: Any, out: Any, what: str, inputs: tuple[Any, ...] = ()) -> Any:
    """Store `result` in `out`, or return it where rebinding the name is as good.

    Raises
    ------
    EscapeError
        If `out` is an ordinary array that something else may refer to.
    """
    target = out[0] if type(out) is tuple else out
    if target is None:
        return result
    if isinstance(target, Number):
        target[...] = result  # type: ignore[index]  # numbers support assignment
        return target
    number = highest((result,))
    if number is None:
        target[...] = result
        return target
    form = "in place" if inputs and inputs[0] is target else "out"
    count = sys.getrefcount(target)
    if _measuring:
        _ALONE[form] = count
        return result
    if target.base is None and count <= _alone(form, number):
        return result
    escape(
        number,
        f"{what if form == 'out' else 'an in-place update'} would store a derivative in an "
        "ordinary array that something else may refer to",
        "x = x + y instead of x += y, or make the array with np.zeros_like(v) of a "
        "differentiated v",
    )


def _alone(form: str, number: Number) -> int:
    """The reference count of an array held by one name only, in this form of call."""
    global _measuring
    if not _ALONE:
        _measuring = True
        try:
            a = np.zeros(1)
            probe: Any = 1.0 * number  # goes the same way through the same functions
            a += probe.reshape(-1)[:1]
            np.add(probe.reshape(-1)[:1], 1.0, out=np.zeros(1))
        finally:
            _measuring = False
    return _ALONE[form]
