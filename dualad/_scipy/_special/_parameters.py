"""The modules that hold derivatives in parameters: orders, shapes, degrees of freedom."""

from __future__ import annotations

from types import ModuleType

from . import (
    _beta_family,
    _beta_parameter,
    _characteristic,
    _differential_equations,
    _gamma_parameter,
    _hypergeometric_parameters,
    _noncentral,
    _orders,
    _polygamma,
    _polynomial_parameters,
    _tricomi,
    _zeta,
)

MODULES: tuple[ModuleType, ...] = (
    _polygamma,
    _gamma_parameter,
    _beta_parameter,
    _beta_family,
    _orders,
    _hypergeometric_parameters,
    _polynomial_parameters,
    _tricomi,
    _zeta,
    _noncentral,
    _differential_equations,
    _characteristic,
)
