"""Derivatives of Carlson's R_D and R_J by quadrature.

They are integrals over t > 0 of products of powers of t + a (DLMF 19.16), and so are their
derivatives. In log t the integrand falls exponentially on both sides and bends at each log a, where
the integral is split. Complex steps of SciPy's values, and (R_D - R_J)/(p - x), lose their digits
where p is near x.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from ._quadrature import DROP, LEFT, integral

_LOWEST = 1e-300


def product_integral(powers: tuple[float, ...], *args: Any) -> Any:
    """The integral over t > 0 of the product of (t + a)**-power, for a >= 0.

    Infinite where an a of 0 makes it so, NaN where an a is negative.
    """
    arrays = np.broadcast_arrays(*(np.asarray(a, np.float64) for a in args))
    flat = [a.ravel() for a in arrays]
    with np.errstate(all="ignore"):
        answer = _on_vectors(powers, flat)
        for a in flat:
            answer = np.where(a >= 0.0, answer, np.nan)
    return answer.reshape(arrays[0].shape)[()]


def _on_vectors(powers: tuple[float, ...], flat: list[Any]) -> Any:
    rate = 1.0 - sum(np.where(a == 0.0, p, 0.0) for p, a in zip(powers, flat, strict=True))
    logs = [np.log(np.maximum(a, _LOWEST)) for a in flat]
    shown = np.stack([np.where(a == 0.0, np.inf, v) for a, v in zip(flat, logs, strict=True)])
    first = np.min(shown, axis=0)
    corners = np.sort(np.where(np.isinf(shown), first, shown), axis=0)
    low = corners[0] - DROP / np.where(rate > 0.0, rate, 1.0)
    high = corners[-1] + DROP / (sum(powers) - 1.0)
    total = np.zeros_like(low)
    for start, end in itertools.pairwise([low, *corners, high]):
        s = start + (end - start) * LEFT
        log_integrand = s
        for p, a, v in zip(powers, flat, logs, strict=True):
            larger = np.where(a == 0.0, s, np.maximum(s, v))
            smaller = np.where(a == 0.0, -np.inf, np.minimum(s, v))
            log_integrand = log_integrand - p * (larger + np.log1p(np.exp(smaller - larger)))
        total = total + (end - start) * integral(np.exp(log_integrand))
    return np.where(rate > 0.0, total, np.inf)
