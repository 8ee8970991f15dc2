"""Where a result is stored: `out=`, and `x += dual` for an ordinary array x.

NumPy hands `x += dual` to us as ``add(x, dual, out=(x,))`` and binds what we return to the name. A
new number is therefore right where nothing else refers to the array and would miss the update.
Both halves of this are checked, and whatever is in doubt raises:

* that the name is bound anew, by the user's bytecode: an in-place operator, followed by a store to
  a local variable. An attribute, a list element or a global variable would keep the number after
  the evaluation;
* that nothing else refers to the array, by its reference count, compared with that of an array
  held by one name only, which is measured once by the very same calls. Where the measurement
  cannot tell the two apart (an interpreter that counts otherwise), no array passes.

Likewise `np.divide(a, b, out=np.zeros(3))` may return a new number if nothing but the call holds
the array.
"""

from __future__ import annotations

import functools
import sys
from _thread import _local as local  # threading.local, without its module's 1 ms
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any

import numpy as np

from ._number import Number, escape, highest, primal

if TYPE_CHECKING:
    import dis

Counts = tuple[int, int]
_NEVER: Counts = (-1, -1)
_alone: dict[str, Counts] = {}  # reference counts where nothing else refers to the array


class _Measuring(local):
    counts: list[Counts] | None = None


_measuring = _Measuring()


def deliver(result: Any, out: Any, what: str, may_rebind: bool = False) -> Any:
    """Store `result` in `out`, or return it where that is as good.

    Parameters
    ----------
    result
    out : array, or tuple of one
        As NumPy passes it on.
    what : str
        The call, for messages.
    may_rebind : bool
        This is the plain call of a ufunc, whose reference counts have been measured.

    Raises
    ------
    EscapeError
        If `out` is an ordinary array that other code may see.
    """
    target = out[0] if type(out) is tuple else out
    if target is None:
        return result
    number = highest((result,))
    if number is None or isinstance(target, Number):
        fit(result, target, what)
        target[...] = result
        return target
    counts = sys.getrefcount(target), sys.getrefcount(out)
    if _measuring.counts is not None:
        _measuring.counts.append(counts)
        return result
    frame = _caller()
    form = "out" if frame is None else _form_of(frame.f_code, frame.f_lasti)
    plain = type(target) is np.ndarray and target.base is None
    if may_rebind and plain and counts == _alone_counts(form, number):
        return _as_stored(result, target, what)
    return escape(
        number,
        f"{what if form == 'out' else 'an in-place update'} would store a derivative in an "
        "ordinary array that other code may see",
        "x = x + y instead of x += y, or make the array with np.zeros_like(v) of a "
        "differentiated v",
    )


def fit(result: Any, target: Any, what: str) -> None:
    """Raise what NumPy raises where `result` cannot be stored in ``out=target``.

    Assignment is more lenient: it stores (1, 3) in (3,), and floats in integers.
    """
    shape, have = np.shape(result), np.shape(target)
    if shape != have and (len(shape) > len(have) or np.broadcast_shapes(shape, have) != have):
        raise ValueError(
            f"non-broadcastable output operand with shape {have} doesn't match the broadcast "
            f"shape {shape}"
        )
    source, dtype = np.result_type(primal(result)), np.result_type(primal(target))
    if source != dtype and not np.can_cast(source, dtype, "same_kind"):
        raise TypeError(
            f"Cannot cast the output of {what} from {source!r} to {dtype!r} with casting rule "
            "'same_kind'"
        )


def _as_stored(result: Any, target: np.ndarray, what: str) -> Any:
    """The number that stands for `target` after `result` was stored in it."""
    fit(result, target, what)
    if np.shape(result) == target.shape and result.dtype == target.dtype and result.ndim:
        return result
    stored = np.zeros_like(result, shape=target.shape, dtype=target.dtype)
    stored[...] = result
    return stored


# --- the user's bytecode -------------------------------------------------------------------------


def _caller() -> FrameType | None:
    """The frame whose operator or call NumPy is answering."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        code = frame.f_code
        frame = frame.f_back
        if code.co_name in _ENTRIES and code.co_filename.startswith(_HERE):
            return frame
    return None


_ENTRIES = ("array_ufunc", "array_function")
_HERE = __file__.rpartition("_assign")[0]


@functools.lru_cache(maxsize=512)
def _form_of(code: CodeType, at: int) -> str:
    """What the instruction at `at` is.

    "in place" for an in-place operator whose result is stored in a local name, "out" for a call
    with the keyword out=, "shared" for anything else.
    """
    import dis  # a rare way: most programs never come here

    before: list[dis.Instruction] = []
    steps = (s for s in dis.get_instructions(code) if s.opname not in ("CACHE", "EXTENDED_ARG"))
    for step in steps:
        if step.offset == at:
            break
        before.append(step)
    else:
        return "shared"
    if "CALL" in step.opname:
        # An array that was passed by position may belong to functools.partial, which lends it
        # without a reference of its own.
        return "out" if "out" in _keyword_names(code, before) else "shared"
    in_place = step.opname == "BINARY_OP" and step.argrepr.endswith("=")
    if not in_place and not step.opname.startswith("INPLACE_"):
        return "shared"
    store = next(steps, None)
    if store is None:
        return "shared"
    if store.opname.startswith("STORE_FAST") or store.opname == "STORE_NAME":
        return "in place"
    own = store.opname == "STORE_DEREF" and store.argval in code.co_cellvars
    return "in place" if own else "shared"


def _keyword_names(code: CodeType, before: list[dis.Instruction]) -> tuple[Any, ...]:
    """The names of a call's keywords: a constant right before the call."""
    last = before.pop()
    if last.opname == "PRECALL":  # Python 3.11 only
        last = before.pop()
    if last.opname not in ("KW_NAMES", "LOAD_CONST") or last.arg is None:
        return ()
    names = code.co_consts[last.arg]
    return names if type(names) is tuple else ()


# --- reference counts ----------------------------------------------------------------------------


def _alone_counts(form: str, number: Number) -> Counts:
    """The reference counts of an array, and of `out`, held by one name or by the call only."""
    if not _alone:
        _alone.update(_measure(number), shared=_NEVER)
    return _alone[form]


def _measure(number: Number) -> dict[str, Counts]:
    """The counts in both forms, where one name more makes one reference more."""
    probe: Any = np.reshape(1.0 * number, -1)[:1]
    counts = _measuring.counts = []
    try:
        _in_place(probe)
        _in_place_shared(probe)
        _fresh_out(probe)
        _named_out(probe)
    finally:
        _measuring.counts = None
    forms: dict[str, Counts] = {}
    pairs: Any = (("in place", *counts[:2]), ("out", *counts[2:]))
    for form, alone, shared in pairs:
        told_apart = shared == (alone[0] + 1, alone[1])
        forms[form] = alone if told_apart else _NEVER
    return forms


def _in_place(probe: Any) -> None:
    a = np.zeros(1)
    a += probe


def _in_place_shared(probe: Any) -> Any:
    a = np.zeros(1)
    b = a
    a += probe
    return b


def _fresh_out(probe: Any) -> None:
    np.add(probe, 1.0, out=np.zeros(1))


def _named_out(probe: Any) -> Any:
    a = np.zeros(1)
    return np.add(probe, 1.0, out=a)


__all__ = ["deliver", "fit"]
