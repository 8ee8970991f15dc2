"""Points all over the floating-point domain, the same everywhere."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np

HALF_PI = math.pi / 2
# What singular points, branch points, zeros and overflows of NumPy's functions are multiples of.
_LANDMARKS = (
    (0.0, 1.0, -1.0, 2.0, -2.0),
    tuple(k * HALF_PI for k in (-5, -2, -1, 1, 2, 3, 4, 7, 1000, 1e6, 2.0**60)),
    tuple(k / 4 for k in (-37, -6, -2, 2, 3, 5, 6, 4000002)),
    (709.782, -745.13, 1023.99, -1074.0, 88.72, -103.9, 127.9, -149.0, 1e8, 20.0, 1.5e154),
)


def _size(rng: random.Random, low: float, high: float) -> float:
    """A number between powers of two, of either sign."""
    exponent = rng.uniform(low, high)
    whole = math.floor(exponent)
    return math.ldexp(1.0 + rng.random(), whole) * rng.choice((-1.0, 1.0))


def _near(rng: random.Random) -> float:
    """A number near a landmark, from one ulp away to a quarter of it."""
    mark = rng.choice(rng.choice(_LANDMARKS))
    step = math.ldexp(1.0 + rng.random(), -rng.randint(2, 53)) * rng.choice((-1.0, 1.0))
    return mark * (1.0 + step) if mark else step


def _one(rng: random.Random, kind: int, dtype: Any) -> float:
    info = np.finfo(dtype)
    if kind == 0:
        return _size(rng, info.minexp - info.nmant, info.maxexp - 0.001)
    if kind == 1:
        return _size(rng, -12.0, 8.0)
    if kind == 2:
        return _near(rng)
    return rng.uniform(-1.05, 1.05) * (info.maxexp if rng.random() < 0.5 else 1.0)


def numbers(count: int, dtype: Any, seed: str) -> list[float]:
    """A quarter of all sizes, a quarter near 1, a quarter at landmarks, a quarter evenly."""
    rng = random.Random(seed)
    info = np.finfo(dtype)
    edges = (info.smallest_subnormal, info.smallest_normal, info.eps, 1.0, info.max)
    found = [s * float(v) for v in edges for s in (1.0, -1.0)]
    while len(found) < count:
        value = float(dtype(_one(rng, len(found) % 4, dtype)))
        if value and math.isfinite(value):
            found.append(value)
    return found


def pairs(count: int, dtype: Any, seed: str) -> list[tuple[float, float]]:
    """Pairs of such numbers; in half of them both are of one size, where both count. No ties."""
    rng = random.Random(seed)
    found: list[tuple[float, float]] = []
    while len(found) < count:
        x = float(dtype(_one(rng, len(found) % 4, dtype)))
        y = _partner(rng, x, len(found), dtype)
        if x and y and abs(x) != abs(y) and math.isfinite(x) and math.isfinite(y):
            found.append((x, y))
    return found


def _partner(rng: random.Random, x: float, index: int, dtype: Any) -> float:
    kind = index // 4 % 4
    if kind == 0:
        return float(dtype(x * rng.uniform(-3.0, 3.0)))
    if kind == 1:  # very near each other, or opposite
        step = math.ldexp(rng.random(), -rng.randint(0, 50))
        return float(dtype(rng.choice((1.0, -1.0)) * x * (1.0 + step)))
    return float(dtype(_one(rng, rng.randrange(4), dtype)))
