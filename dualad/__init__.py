"""dualad: exact derivatives of the NumPy code that you have.

>>> import numpy as np
>>> import dualad as da
>>> da.jacobian(lambda x: np.array([2.0, 3.0]) * x)(np.array([1.0, 1.0]))
array([[2., 0.],
       [0., 3.]])
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

from ._errors import DerivativeCheckError as DerivativeCheckError
from ._errors import DerivativeWarning as DerivativeWarning
from ._errors import DualadError as DualadError
from ._errors import EscapeError as EscapeError
from ._errors import InputError as InputError
from ._errors import InputTypeError as InputTypeError
from ._errors import LevelError as LevelError
from ._errors import NonScalarOutputError as NonScalarOutputError
from ._errors import NoRuleError as NoRuleError
from ._errors import NotElementwiseError as NotElementwiseError
from ._errors import NotYetError as NotYetError
from ._errors import OutputError as OutputError
from ._errors import WorkerError as WorkerError
from ._numba_entry import VERBS, introduce

if TYPE_CHECKING:
    from . import scipy as scipy
    from . import sensitivity as sensitivity
    from ._check import check_derivatives as check_derivatives
    from ._config import config as config
    from ._custom import custom_jvp as custom_jvp
    from ._custom import custom_vjp as custom_vjp
    from ._custom import elementwise as elementwise
    from ._custom import finite_difference as finite_difference
    from ._derivatives import jacobian as jacobian
    from ._derivatives import value_and_jacobian as value_and_jacobian
    from ._gradients import grad as grad
    from ._gradients import value_and_grad as value_and_grad
    from ._hessian import hessian as hessian
    from ._numbers import Dual as Dual
    from ._numbers import HyperDual as HyperDual
    from ._numbers import primal as primal
    from ._operators import hvp as hvp
    from ._operators import jacobian_operator as jacobian_operator
    from ._products import jvp as jvp
    from ._products import vjp as vjp
    from ._show import Graph as Graph
    from ._show import explain as explain
    from ._show import trace as trace
    from ._single import derivative as derivative
    from ._warm import warmup as warmup

__version__ = "0.1.0"

# Loaded when first asked for: a module that imports dualad need not use it, most programs never
# draw a graph, and many need no Hessian.
_LAZY = {
    **dict.fromkeys(("jacobian", "value_and_jacobian"), "._derivatives"),
    **dict.fromkeys(("grad", "value_and_grad"), "._gradients"),
    **dict.fromkeys(("Dual", "HyperDual", "primal"), "._numbers"),
    **dict.fromkeys(("jvp", "vjp"), "._products"),
    "derivative": "._single",
    "hessian": "._hessian",
    "hvp": "._operators",
    "jacobian_operator": "._operators",
    "check_derivatives": "._check",
    "custom_jvp": "._custom",
    "custom_vjp": "._custom",
    "elementwise": "._custom",
    "finite_difference": "._custom",
    "Graph": "._show",
    "explain": "._show",
    "trace": "._show",
    "config": "._config",
    "warmup": "._warm",
}

# Packages of their own, which are imported when they are first asked for.
_LAZY_MODULES = ("scipy", "sensitivity")

__all__ = [  # noqa: RUF022  # in the order of the documentation
    "derivative",
    "grad",
    "jacobian",
    "hessian",
    "value_and_grad",
    "value_and_jacobian",
    "jvp",
    "vjp",
    "hvp",
    "jacobian_operator",
    "scipy",
    "sensitivity",
    "check_derivatives",
    "custom_jvp",
    "custom_vjp",
    "elementwise",
    "finite_difference",
    "explain",
    "trace",
    "Graph",
    "primal",
    "config",
    "warmup",
    "Dual",
    "HyperDual",
    "DualadError",
    "DerivativeCheckError",
    "DerivativeWarning",
    "EscapeError",
    "InputError",
    "InputTypeError",
    "LevelError",
    "NoRuleError",
    "NonScalarOutputError",
    "NotElementwiseError",
    "NotYetError",
    "OutputError",
    "WorkerError",
]


def __getattr__(name: str) -> object:
    if name in _LAZY_MODULES:
        return importlib.import_module(f".{name}", __name__)  # which sets the attribute
    module = _LAZY.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(module, __name__), name)
    if "numba.extending" in sys.modules and name in VERBS:
        introduce(name, value)  # compiled code may call it
    globals()[name] = value  # the next look-up comes past here no more
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
