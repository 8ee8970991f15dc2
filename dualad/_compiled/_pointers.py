"""Functions of `scipy.special` that compiled code calls by their address, or by name.

Numba has no functions of SciPy. Users take the address of one from
`scipy.special.cython_special`, and call it through ctypes; or a package such as numba-scipy makes
the ufunc itself callable. Either says which function it is, and so which row of the table holds.
"""

from __future__ import annotations

import ctypes
import functools
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, errors, types
from numba.core.registry import cpu_target
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin

from .._rules._row import Binary, Unary
from . import _addresses, _special, _types
from ._chain import Emission, chain
from ._rows import PLAIN, differentiated, primal_call, primal_value, result_type
from ._slopes import LATE, Slope, formulas_of
from ._types import DOUBLE, ADType


@functools.cache
def rows() -> dict[Any, Any]:
    """The rows of all functions of `scipy.special`."""
    from .._scipy import _special as table

    _special.prepare()
    LATE.update((row.fn, row) for row in table.ROWS)
    return LATE


def stand_in(callee: Any) -> Any:
    """What is called in place of a function of SciPy; None for anything else."""
    if isinstance(callee, ctypes._CFuncPtr):  # type: ignore[attr-defined]  # ctypes' own base
        return _by_address(ctypes.cast(callee, ctypes.c_void_p).value)
    if isinstance(callee, types.WrapperAddressProtocol):
        return _by_address(callee.__wrapper_address__())
    if isinstance(callee, np.ufunc) and callee not in _ELSEWHERE:
        return _by_name(callee)
    return None


@functools.cache
def _elsewhere() -> frozenset[Any]:
    from numba.np import ufunc_db

    return frozenset(ufunc_db.get_ufuncs())


_ELSEWHERE = _elsewhere()


@functools.cache
def _by_address(address: int) -> Any:
    import scipy.special

    found = _addresses.known().get(address)
    if found is None:
        return None
    name, arity = found
    row = rows().get(getattr(scipy.special, name, None))
    return None if row is None else _made(name, row, arity, None)


@functools.cache
def _by_name(ufunc: Any) -> Any:
    import scipy.special

    found: Any = getattr(scipy.special, ufunc.__name__, None)
    if found is not ufunc or ufunc.nout != 1:
        return None
    row = rows().get(ufunc)
    return None if row is None else _made(ufunc.__name__, row, ufunc.nin, ufunc)


class _Emission(Emission):
    """A function of several arguments, whose second derivatives come from its first formulas."""

    def first(self, i: int) -> Any:
        if i not in self._first:
            formula = formulas_of(self.row)[i]
            try:
                self._first[i] = formula(*self._symbols)
            except Exception:  # noqa: BLE001  # numerical work, on arrays
                self._first[i] = self._by_python(formula, i)
        return self._first[i]

    def _by_python(self, formula: Any, i: int) -> Any:
        """A formula that cannot be machine code: compiled code calls Python for it."""
        s = self._symbols[-1]
        count = len(self._symbols)
        symbol = _addresses.python(f"{self.row.name}_{i}", _guarded(formula), count)
        kind = ir.FunctionType(DOUBLE, [DOUBLE] * count)
        function = cgutils.get_or_insert_function(self.builder.module, kind, symbol)
        return s._new(self.builder.call(function, [s.double(x) for x in self._symbols]))

    def second(self, i: int, j: int) -> Any:
        if isinstance(self.row, (Unary, Binary)):
            return _told(self.row, lambda: super(_Emission, self).second(i, j))
        return _told(self.row, lambda: self._bend(i, j))

    def _bend(self, i: int, j: int) -> Any:
        found = formulas_of(self.row)[i](*self._with_slopes(j))
        return found.slope if isinstance(found, Slope) else 0.0

    def third(self, i: int, j: int, k: int) -> Any:
        return _told(self.row, lambda: super(_Emission, self).third(i, j, k))

    def is_given(self, i: int) -> bool:
        return isinstance(self.row, (Unary, Binary)) and super().is_given(i)


def _guarded(formula: Any) -> Any:
    """A formula of floats; what it raises cannot pass through compiled code, and becomes NaN."""

    def slope(*args: float) -> float:
        try:
            with np.errstate(all="ignore"):
                return float(formula(*map(np.float64, args)))
        except Exception:  # noqa: BLE001
            return float("nan")

    return slope


def _told(row: Any, compute: Any) -> Any:
    """A formula may be numerical work that is no machine code."""
    try:
        return compute()
    except errors.NumbaError:
        raise
    except Exception as error:
        raise errors.LoweringError(
            f"dualad: the second derivative of scipy.special.{row.name} is not available "
            "in compiled code"
        ) from error


def _made(name: str, row: Any, arity: int, ufunc: Any) -> Any:
    """A function of this name, typed and written for differentiated numbers."""

    def function(*args: Any) -> Any:
        raise NotImplementedError

    function.__name__ = function.__qualname__ = f"scipy_special_{name}"
    partials = formulas_of(row)

    class Differentiated(AbstractTemplate):
        key = function
        metadata = {"target": "cpu"}  # noqa: RUF012

        def generic(self, args: Any, kws: Any) -> Any:
            args = tuple(map(types.unliteral, args))
            kind = differentiated(args)
            if kws or len(args) != arity or not all(isinstance(a, (ADType, *PLAIN)) for a in args):
                return None
            active = [i for i, a in enumerate(args) if isinstance(a, ADType)]
            if kind is None or not all(callable(partials.get(i)) for i in active):
                return None
            call = primal_call(self.context, ufunc, args) if ufunc is not None else None
            if ufunc is not None and call is None:
                return None
            base = types.float64 if call is None else call[1].return_type
            return signature(result_type(kind, base, args), *args)

    infer_global(function, types.Function(Differentiated))

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        value = _plain_value(context, builder, name, ufunc, sig, args)
        pairs = list(zip(sig.args, args, strict=True))
        base = sig.return_type.base
        emission = _Emission(context, builder, row, pairs, value, base)
        return chain(emission, sig.return_type, value)

    lower_builtin(function, types.VarArg(types.Any))(lower)
    # The compiler is at work already, and looks at what was registered before.
    cpu_target.typing_context.refresh()
    cpu_target.target_context.refresh()
    return function


def _plain_value(context: Any, builder: Any, name: str, ufunc: Any, sig: Any, args: Any) -> Any:
    if ufunc is not None:
        return primal_value(context, builder, ufunc, sig, args)[0]
    values = []
    for ty, x in zip(sig.args, args, strict=True):
        own = ty.base if isinstance(ty, ADType) else ty
        values.append(context.cast(builder, _types.plain_of(builder, ty, x), own, types.float64))
    symbol = _addresses.special(name, len(args))
    assert symbol is not None
    flag = ir.IntType(32)  # "skip dispatch", which Cython adds to every signature
    kind = ir.FunctionType(DOUBLE, [DOUBLE] * len(args) + [flag])
    function = cgutils.get_or_insert_function(builder.module, kind, symbol)
    return builder.call(function, [*values, ir.Constant(flag, 1)])
