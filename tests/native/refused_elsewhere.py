"""A function in another file than the one that is differentiated."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit
def deep(a):
    m = np.eye(2) * a
    return np.kaiser(3, m[0, 0])[1]  # here
