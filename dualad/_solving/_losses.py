"""The loss functions of `scipy.optimize.least_squares`, of numbers.

``rho(z)`` of ``z = (f / scale)**2``, its first and its second derivative, as SciPy defines them
(B. Triggs et al., "Bundle Adjustment - A Modern Synthesis", 1999, for how they enter).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Loss = Callable[[Any], tuple[Any, Any, Any]]


def _linear(z: Any) -> tuple[Any, Any, Any]:
    return z, 1.0 + 0.0 * z, 0.0 * z


def _soft_l1(z: Any) -> tuple[Any, Any, Any]:
    t = 1.0 + z
    return 2.0 * (t**0.5 - 1.0), t**-0.5, -0.5 * t**-1.5


def _huber(z: Any) -> tuple[Any, Any, Any]:
    near = z <= 1.0
    far = np.where(near, 1.0, z)  # no root of zero in the branch that is not taken
    return (
        np.where(near, z, 2.0 * far**0.5 - 1.0),
        np.where(near, 1.0, far**-0.5),
        np.where(near, 0.0, -0.5 * far**-1.5),
    )


def _cauchy(z: Any) -> tuple[Any, Any, Any]:
    t = 1.0 + z
    return np.log1p(z), 1.0 / t, -1.0 / t**2


def _arctan(z: Any) -> tuple[Any, Any, Any]:
    t = 1.0 + z * z
    return np.arctan(z), 1.0 / t, -2.0 * z / t**2


LOSSES: dict[str, Loss] = {
    "linear": _linear,
    "soft_l1": _soft_l1,
    "huber": _huber,
    "cauchy": _cauchy,
    "arctan": _arctan,
}


def scaled_jacobian(rows: Any, f: Any, rho: tuple[Any, Any, Any], scale: Any) -> Any:
    """The Jacobian whose square is the Gauss-Newton Hessian of the cost, as SciPy answers it."""
    weight = rho[1] + 2.0 * rho[2] * (f / scale) ** 2
    eps = np.finfo(float).eps
    weight = np.where(weight < eps, eps, weight) ** 0.5
    return np.reshape(weight, (-1, 1)) * rows


__all__ = ["LOSSES", "Loss", "scaled_jacobian"]
