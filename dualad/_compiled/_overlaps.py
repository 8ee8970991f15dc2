"""Arguments that share memory, of which f writes one: refused, since derivatives are run on copies.

What f writes through one argument and reads through another is one number in the plain call. Under
differentiation the arguments are arrays of their own, and the derivative would stop there, without
a sign. Memory is looked at where f may write into an argument at all; whether it does is then found
by its types.
"""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numba import njit, typeof
from numba.core import types
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.typed_passes import NopythonTypeInference

from .._errors import InputError
from .._native import is_compiled
from .._numbers import primal_tree
from .._numbers._number import holds_number
from . import _drivers, _store

_MOST_WORK = 10_000  # of NumPy's search for a common address; beyond it they are taken to share
_SCALARS = (int, float, complex, bool, str, bytes, np.generic, type(None))
_MAY: weakref.WeakKeyDictionary[Any, dict[Any, frozenset[int]]] = weakref.WeakKeyDictionary()
_TRULY: weakref.WeakKeyDictionary[Any, dict[Any, bool]] = weakref.WeakKeyDictionary()


def check(f: Any, driver: Any, given: Any) -> None:
    """Raise where one of the arguments that f writes shares memory with another.

    Parameters
    ----------
    f : dispatcher
    driver : callable
        It knows the arguments that f may write, by an analysis that may name too many.
    given : Arguments
        Those of the call.

    Raises
    ------
    InputError
    """
    written: Sequence[int] = getattr(driver, "_dualad_exposed", ())
    if not written:
        return
    arrays = [list(_arrays(x)) for x in given.all]
    for i in written:
        j = _shared_with(arrays, i)
        if j is None:
            continue
        names, more = (
            _names(f, given),
            dict(zip(given.keywords, given.all[given.count :], strict=True)),
        )
        if not truly_writes(f, _bound(f, given.all[: given.count], more), names[i]):
            continue
        if i == j:
            raise InputError(
                f"{f.__name__} writes into its argument {names[i]}, whose elements share memory "
                "with each other: a derivative would miss what is read in one place after it was "
                "written in another",
                f"a copy, {names[i]}.copy()",
            )
        raise InputError(
            f"{f.__name__} writes into its argument {names[i]}, which shares memory with its "
            f"argument {names[j]}: a derivative would miss what is written through one and read "
            "through the other",
            f"one argument, of which {f.__name__} takes the parts itself, or a copy, "
            f"{names[j]}.copy(), where they need not be one",
        )


def check_unwritten(f: Any, args: Sequence[Any], keywords: dict[str, Any]) -> None:
    """Raise where f writes into an argument that Python code gives it beside numbers.

    The code may read it afterwards: what it finds there would have no derivative. And f is run
    several times, for its value and its derivatives.

    Raises
    ------
    InputError
    """
    given = _bound(f, args, keywords)
    active = tuple(i for i, x in enumerate(given.values()) if holds_number(x))
    written = _may_write(f, active, list(given.values()))
    if not written:
        return
    plain = {name: primal_tree(x) for name, x in given.items()}
    for i, (name, x) in enumerate(plain.items()):
        if i in written and any(True for _ in _arrays(x)) and truly_writes(f, plain, name):
            raise InputError(
                f"{f.__name__}, which is compiled, writes into its argument {name}: Python code "
                "that reads it afterwards would find numbers without derivatives",
                f"an array made inside {f.__name__} and returned; or compile what is around, too",
            )


def _may_write(f: Any, active: tuple[int, ...], args: Sequence[Any]) -> frozenset[int]:
    """Parameters that f may write, by an analysis without types."""
    functions = {i: x for i, x in enumerate(args) if is_compiled(x)}
    key = active, tuple((i, weakref.ref(x)) for i, x in functions.items())
    known = _MAY.setdefault(f, {})
    if key not in known:
        if functions:
            filled, touched, *_ = _drivers.effects(f, active, functions)
        else:
            filled, touched, *_ = _store.remembered(f, active, _drivers.effects)
        known[key] = frozenset((*filled, *touched))
    return known[key]


def _bound(f: Any, args: Sequence[Any], keywords: dict[str, Any]) -> dict[str, Any]:
    """The arguments by the names that f has for them, defaults included."""
    bound = inspect.signature(f.py_func).bind(*args, **keywords)
    bound.apply_defaults()
    return dict(bound.arguments)


def _names(f: Any, given: Any) -> list[str]:
    """What f calls the arguments of a call."""
    own = list(inspect.signature(f.py_func).parameters)
    return [*(own[min(i, len(own) - 1)] for i in range(given.count)), *given.keywords]


def _arrays(x: Any) -> Iterator[np.ndarray]:
    """The arrays that an argument holds."""
    if isinstance(x, np.ndarray):
        yield x
    elif isinstance(x, _SCALARS):
        return
    elif isinstance(x, (tuple, list)):
        for member in x:
            yield from _arrays(member)
    elif type(x).__module__.startswith("numba.typed"):
        held = typeof(x)
        if isinstance(getattr(held, "value_type", getattr(held, "dtype", None)), types.Array):
            yield from (x.values() if hasattr(x, "values") else x)
    elif isinstance(fields := getattr(x, "_numba_type_", None), types.ClassInstanceType):
        for name, ty in fields.struct.items():
            if isinstance(ty, types.Array) and not name.startswith("_"):
                yield getattr(x, name)


def _shared_with(arrays: Sequence[list[np.ndarray]], i: int) -> int | None:
    """The argument that shares memory with argument i, which may be i itself; None for none."""
    for k, a in enumerate(arrays[i]):
        if _meets_itself(a):
            return i
        for j, others in enumerate(arrays):
            for m, b in enumerate(others):
                if (j, m) != (i, k) and _share(a, b):
                    return j
    return None


def _share(a: np.ndarray, b: np.ndarray) -> bool:
    if not np.may_share_memory(a, b):  # their bounds
        return False
    try:
        share: Any = np.shares_memory  # its stubs know fewer numbers than NumPy
        return bool(share(a, b, max_work=_MOST_WORK))
    except np.exceptions.TooHardError:
        return True


def _meets_itself(a: np.ndarray) -> bool:
    """Whether an array reaches an address by two indices, as strides made by hand may."""
    if a.flags.forc:
        return False
    reach = a.itemsize
    for stride, length in sorted((abs(s), n) for s, n in zip(a.strides, a.shape, strict=True)):
        if length > 1:
            if stride < reach:
                return True
            reach += stride * (length - 1)
    return False


# --- whether f writes, by types -------------------------------------------------------------------


def truly_writes(f: Any, given: dict[str, Any], name: str) -> bool:
    """Whether f writes into an argument, of which an analysis without types says that it may.

    Numba is asked whether f compiles with an array there that is not to be written: ``s = a[0]``,
    ``s += x`` is one thing for numbers and another for rows.
    """
    try:
        kinds = [typeof(x) for x in given.values()]
    except ValueError:
        return True
    key = name, tuple(kinds)
    known = _TRULY.setdefault(f, {})
    if key not in known:
        known[key] = _found(f, kinds, list(given).index(name))
    return known[key]


def _found(f: Any, kinds: list[Any], i: int) -> bool:
    from ._activity import summary

    frozen = _frozen(kinds[i])
    code = f.py_func.__code__
    starred = code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS)
    if frozen is None or starred or i in _by_calls(summary, f, kinds):
        return True
    signature = (*kinds[:i], frozen, *kinds[i + 1 :])
    asked = njit(pipeline_class=_Typing)(f.py_func)
    try:
        asked.compile(signature)
    except _TypedError:
        return False
    except Exception:  # noqa: BLE001  # Numba's own, and where it fails on a[...] += b
        return True
    return True


def _by_calls(summary: Any, f: Any, kinds: list[Any]) -> frozenset[int]:
    """Parameters that functions and methods are given which may write: types do not stop them."""
    functions = {i: k.dispatcher for i, k in enumerate(kinds) if isinstance(k, types.Dispatcher)}
    found = summary(f, frozenset(), functions, every=True, stores=False)
    written: frozenset[int] = found.written_parameters
    return written


def holds_memory(ty: Any) -> bool:
    """Whether an argument of this type may be written into."""
    if isinstance(ty, types.BaseTuple):
        return any(map(holds_memory, ty))
    plain = isinstance(ty, (types.Number, types.Boolean, types.Callable, types.NoneType))
    return not plain and not hasattr(ty, "with_base")  # a differentiated number


def _frozen(ty: Any) -> Any:
    """The type of arrays that are not to be written; None for what has no such type."""
    if isinstance(ty, types.Array):
        return ty.copy(readonly=True)
    if isinstance(ty, (types.UniTuple, types.Tuple)):
        members = [m if isinstance(m, types.Number) else _frozen(m) for m in ty]
        return None if None in members else types.Tuple.from_types(members)
    return None


class _TypedError(Exception):
    """Raised when all types are known: nothing more is wanted."""


@register_pass(mutates_CFG=False, analysis_only=True)
class _Stop(FunctionPass):
    _name = "dualad_stop"

    def __init__(self) -> None:
        FunctionPass.__init__(self)

    def run_pass(self, state: Any) -> bool:
        raise _TypedError


class _Typing(CompilerBase):
    """Numba's pipeline as far as the types."""

    def define_pipelines(self) -> Any:
        pipeline = DefaultPassBuilder.define_nopython_pipeline(self.state)
        pipeline.add_pass_after(_Stop, NopythonTypeInference)
        pipeline.finalize()
        return [pipeline]


__all__ = ["check", "holds_memory", "truly_writes"]
