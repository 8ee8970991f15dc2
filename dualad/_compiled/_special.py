"""Gamma and error functions in compiled code: ``math.gamma``, ``lgamma``, ``erf``, ``erfc``.

Their rows are those of `scipy.special`, loaded when one of them is first compiled. What their
formulas need of SciPy is called in machine code, at the address that
`scipy.special.cython_special` gives.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.templates import infer_global
from numba.extending import lower_builtin

from . import _symbols
from ._addresses import special
from ._rows import lowering, template
from ._symbols import Symbol
from ._types import DOUBLE, ADType

_NAMES = {math.gamma: "gamma", math.lgamma: "gammaln", math.erf: "erf", math.erfc: "erfc"}
_FLAG = ir.IntType(32)  # "skip dispatch", which Cython adds to every signature


class _LateRow:
    """A row that is loaded when its formulas are wanted."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self) -> Any:
        return _rows()[self.name]


@functools.cache
def _rows() -> dict[str, Any]:
    import scipy.special

    from .._scipy._special import _gamma, _normal

    prepare()
    rows = {row.fn: row for module in (_gamma, _normal) for row in module.ROWS}
    return {name: rows[getattr(scipy.special, name)] for name in _NAMES.values()}


def prepare() -> None:
    """Let formulas call functions of SciPy."""
    from .._scipy._special import _gamma

    own = {_gamma.polygamma: _polygamma, _gamma.scipy_polygamma: _polygamma}
    _symbols.extend(own, _called)


def _called(s: Symbol, ufunc: Any, *args: Any) -> Any:
    """A function of `scipy.special` in a formula."""
    name = special(ufunc.__name__, len(args))
    if name is None:
        return NotImplemented
    kind = ir.FunctionType(DOUBLE, [DOUBLE] * len(args) + [_FLAG])
    function = cgutils.get_or_insert_function(s.builder.module, kind, name)
    values = [s.double(x) for x in args]
    return s._new(s.builder.call(function, [*values, ir.Constant(_FLAG, 1)]))


def _polygamma(s: Symbol, n: Any, x: Any) -> Any:
    """As `_gamma.polygamma` has it, for a number: below 0 by reflection."""
    import scipy.special as sc

    from .._scipy._special import _gamma

    if n == 0:
        return sc.psi(x)
    left = x < 0.0
    z = np.where(left, 1.0 - x, x)
    right = _gamma.right_by_series(n, z)
    sine, cosine = _gamma.sin_cos_pi(np.where(left, x, 0.5))
    cot, total = cosine / sine, 0.0
    for c in reversed(_gamma._cotangent(n)):
        total = total * cot + c
    return np.where(left, (-1.0) ** n * right - _gamma.PI ** (n + 1) * total, right)


def register() -> None:
    """Type and write these functions for differentiated numbers."""
    for fn, name in _NAMES.items():
        row = _LateRow(name)
        infer_global(fn, types.Function(template(fn, row)))
        lower_builtin(fn, ADType)(lowering(fn, row))


register()
