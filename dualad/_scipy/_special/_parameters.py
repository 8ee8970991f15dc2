"""The modules that hold derivatives in parameters: orders, shapes, degrees of freedom."""

from __future__ import annotations

from types import ModuleType

from . import _beta_family, _beta_parameter, _gamma_parameter, _orders, _polygamma

MODULES: tuple[ModuleType, ...] = (
    _polygamma,
    _gamma_parameter,
    _beta_parameter,
    _beta_family,
    _orders,
)
