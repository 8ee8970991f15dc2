"""Code of functions that only compiled code calls: it is not made ready to run by itself.

Numba optimizes the code of every function together with all that it calls, and turns it into
machine code, before it compiles a caller, which has the same once more: in a stack of small
functions each line goes through LLVM as often as the stack is high. Of what only other compiled
functions call, the machine code is never run. So their libraries are linked into the caller's as
they are, and only the driver at the top is optimized.
"""

from __future__ import annotations

from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba.core import types
from numba.core.codegen import JITCodeLibrary, RuntimeLinker
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.typed_passes import PreLowerStripPhis
from numba.extending import overload

_VOID = ir.IntType(8).as_pointer()


class InnerLibrary(JITCodeLibrary):
    """A library that is only linked into others."""

    @property
    def is_recursive(self) -> bool:
        """Whether a function is called by an address that is found at run time: it needs one."""
        names = (v.name for v in self._final_module.global_variables)
        return any(name.startswith(RuntimeLinker.PREFIX) for name in names)

    def _optimize_final_module(self) -> None:
        if self.is_recursive:
            super()._optimize_final_module()

    def _finalize_final_module(self) -> None:
        if self.is_recursive:
            super()._finalize_final_module()
            return
        self._finalize_dynamic_globals()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        self._ensure_finalized()
        found: int = super().get_pointer_to_function(name)  # 0 if it is not there
        return found

    @property
    def codegen(self) -> Any:
        return _Environments(self._codegen)


class _Environments:
    """A code generator that finds a place for environments of functions without machine code."""

    def __init__(self, codegen: Any) -> None:
        self._codegen = codegen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._codegen, name)

    def set_env(self, name: str, env: Any) -> None:
        """As Numba's: callers that are linked later take this definition of the symbol."""
        if not self._codegen._engine.is_symbol_defined(name):
            module = self._codegen._create_empty_module(name)
            place = ir.GlobalVariable(module, _VOID, name)
            place.linkage, place.initializer = "common", ir.Constant(_VOID, None)
            self._codegen._add_module(llvm.parse_assembly(str(module)))
            self._codegen._engine.finalize_object()
        self._codegen.set_env(name, env)


@register_pass(mutates_CFG=False, analysis_only=True)
class InnerPass(FunctionPass):
    """Let what is compiled go into such a library; on typed IR, before it is lowered."""

    _name = "dualad_inner_library"

    def __init__(self) -> None:
        FunctionPass.__init__(self)

    def run_pass(self, state: Any) -> bool:
        # What calls itself may also be called by its address, from what it calls.
        recursive = any(isinstance(ty, types.RecursiveCall) for ty in state.typemap.values())
        if state.library is None and not recursive:
            state.library = InnerLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
            state.library.enable_object_caching()
        return False


class InnerCompiler(CompilerBase):
    """Numba's own pipeline, into such a library."""

    def define_pipelines(self) -> list[Any]:
        pipeline = DefaultPassBuilder.define_nopython_pipeline(self.state)
        pipeline.add_pass_after(InnerPass, PreLowerStripPhis)
        pipeline.finalize()
        return [pipeline]


JIT_OPTIONS = {
    "no_cfunc_wrapper": True,
    "no_cpython_wrapper": True,
    "pipeline_class": InnerCompiler,
}


def register_jitable(function: Any) -> Any:
    """As Numba's, for functions that only compiled code calls."""
    overload(function, jit_options=JIT_OPTIONS, strict=False)(lambda *args, **kwargs: function)
    return function
