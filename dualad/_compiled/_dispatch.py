"""Differentiated versions of compiled functions."""

from __future__ import annotations

import threading
import types as python_types
import weakref
from typing import Any

from numba import njit
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.errors import TypingError
from numba.core.typed_passes import PreLowerStripPhis
from numba.core.untyped_passes import InlineInlinables

from . import (
    _arrays,
    _choices,
    _grids,
    _norms,
    _order,
    _rows,
    _signals,
    _special,
    _stand_ins,
    _store,
)
from ._libraries import InnerPass
from ._rewrite import DifferentiatePass
from ._scalar_operands import ScalarOperandsPass
from ._types import ADType

# Options of the user's that decide what the values are.
_KEPT_OPTIONS = ("fastmath", "error_model", "boundscheck", "nogil")
_LOCK = threading.RLock()
_VERSIONS: weakref.WeakKeyDictionary[Any, dict[Any, Any]] = weakref.WeakKeyDictionary()

REGISTERED = (_arrays, _choices, _grids, _norms, _order, _rows, _signals, _special, _stand_ins)


class _Compiler(CompilerBase):
    """Numba's own pipeline with one pass more."""

    ad_type: ADType
    ad_forced: bool
    ad_convert: Any
    ad_inner: bool
    ad_integers = False
    """Whether integers that sums begin with are made differentiated numbers."""
    ad_skipped = False
    """Whether there were such integers, and they were left."""

    def _compile_core(self) -> Any:
        """Numba's own; again with sums that begin as differentiated numbers, where that may help.

        An integer that becomes a differentiated number is taken for a float at first, and what is
        made from it for an array of floats. That it is a sum, and no index, is not known before.
        """
        try:
            return super()._compile_core()
        except TypingError as error:
            if not self.ad_skipped or "Cannot unify" not in str(error):
                raise
            first = error
        self.ad_integers = True
        self.state.func_ir = self.state.status.fail_reason = None  # from the bytecode once more
        try:
            return super()._compile_core()
        except TypingError:
            raise first from None

    def define_pipelines(self) -> list[Any]:
        pipeline = DefaultPassBuilder.define_nopython_pipeline(self.state)
        pipeline.add_pass_after(DifferentiatePass, InlineInlinables)
        pipeline.add_pass_after(ScalarOperandsPass, PreLowerStripPhis)
        if self.ad_inner:
            pipeline.add_pass_after(InnerPass, ScalarOperandsPass)
        pipeline.finalize()
        self.state.pipeline = self
        return [pipeline]


def differentiated(function: Any, ty: ADType, forced: bool = False) -> Any:
    """The version of a dispatcher for numbers of type `ty`.

    `forced`: active values are put into what it returns, by the caller.
    """
    with _LOCK:
        versions = _VERSIONS.setdefault(function, {})
        found = versions.get((ty, forced))
        if found is None:
            found = versions[ty, forced] = _version(function, ty, forced)
        return found


def _version(function: Any, ty: ADType, forced: bool) -> Any:
    kind = f"{ty.name}{'_forced' if forced else ''}"
    copy = _copied(function.py_func, _store.unique(kind))
    options = {k: v for k, v in function.targetoptions.items() if k in _KEPT_OPTIONS}
    members = {"ad_type": ty, "ad_forced": forced, "ad_convert": staticmethod(differentiated)}
    members["ad_inner"] = _store.folder_of(function) is None  # machine code is what is kept
    compiler = type("_DifferentiatedCompiler", (_Compiler,), members)
    # Numbers of these types never go to Python, and there is no way to box them.
    options |= {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    dispatcher = njit(pipeline_class=compiler, **options)(copy)
    dispatcher._dualad_original = weakref.ref(function)  # for derivatives of it inside other code
    return _store.kept(function, dispatcher, ("version", kind), lambda: None)


def _copied(f: Any, suffix: str) -> Any:
    """The same code under a name of its own, so that caches tell the two apart."""
    copy = python_types.FunctionType(
        f.__code__, f.__globals__, f.__name__, f.__defaults__, f.__closure__
    )
    copy.__kwdefaults__ = f.__kwdefaults__
    copy.__module__ = f.__module__
    copy.__qualname__ = f"{f.__qualname__}__{suffix}"
    return copy
