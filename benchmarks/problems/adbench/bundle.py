"""Bundle adjustment: where m points appear in n cameras, against p observations.

A camera is (rotation as angle times axis, centre, focal length, principal point, two coefficients
of radial distortion): 11 numbers. The residuals are two for each observation, weighed, then one for
each weight: ``1 - w^2``. Each depends on one camera, one point and one weight.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from .._problem import Inputs, Problem
from .inputs import SOURCE, Words

Array = Any


def rotate(rotation: Array, X: Array) -> Array:
    """Rows of X turned by rows of `rotation`, none of which is zero (Rodrigues)."""
    angle = np.sqrt(np.sum(rotation**2, axis=1))[:, None]
    axis = rotation / angle
    along = np.sum(axis * X, axis=1)[:, None] * axis
    return np.cos(angle) * (X - along) + np.sin(angle) * np.cross(axis, X) + along


def project(cams: Array, X: Array) -> Array:
    """The picture of row i of X in the camera of row i."""
    seen = rotate(cams[:, :3], X - cams[:, 3:6])
    flat = seen[:, :2] / seen[:, 2:]
    r2 = np.sum(flat**2, axis=1)
    bent = flat * (1.0 + cams[:, 9] * r2 + cams[:, 10] * r2**2)[:, None]
    return bent * cams[:, 6:7] + cams[:, 7:9]


def bundle(cams: Array, X: Array, w: Array, obs: np.ndarray, feats: np.ndarray) -> Array:
    """The 3 p residuals; `obs` holds the number of the camera and of the point, (p, 2)."""
    off = w[:, None] * (project(cams[obs[:, 0]], X[obs[:, 1]]) - feats)
    return np.concatenate((off.reshape(-1), 1.0 - w**2))


def make(size: tuple[int, int, int], seed: int = 0) -> Inputs:
    """`size` is (n, m, p): cameras, points, observations."""
    n, m, p = size
    rng = np.random.default_rng(seed)
    cams = np.concatenate(
        [rng.normal(size=(n, 3)), rng.uniform(0.0, 2.0, (n, 3)), rng.uniform(100.0, 600.0, (n, 1)),
         rng.normal(size=(n, 2)), rng.uniform(0.0, 0.1, (n, 2))], axis=1
    )  # fmt: skip
    obs = np.stack((np.arange(p) % n, np.arange(p) % m), axis=1)
    # Each point lies some way before the cameras, which look along their own axes: none is near
    # the plane of a camera, where the picture runs off to infinity.
    X = rng.uniform(5.0, 8.0, (m, 3)) * np.array([0.1, 0.1, 1.0])
    cams[:, :3] *= 0.1
    feats = project(cams[obs[:, 0]], X[obs[:, 1]]) + rng.normal(size=(p, 2))
    return cams, X, rng.uniform(0.1, 1.0, p), obs, feats


def read(folder: Path, file: str) -> Inputs:
    """A file of ADBench: n, m, p; then one camera, point, weight, feature, which all share."""
    words = Words(folder / file)
    n, m, p = words.integers(3)
    cam, point, weight, feature = words.take(11), words.take(3), words.take(1), words.take(2)
    obs = np.stack((np.arange(p) % n, np.arange(p) % m), axis=1)
    return (
        np.tile(cam, (n, 1)),
        np.tile(point, (m, 1)),
        np.tile(weight, p),
        obs,
        np.tile(feature, (p, 1)),
    )


PROBLEMS = (
    Problem(
        "bundle adjustment", bundle, make, ((2, 10, 10), (5, 50, 100), (10, 200, 400)),
        ("jacobian",), (0, 1, 2), read=read,
        files=("ba_test.txt", "ba_ba1_n49_m7776_p31843.txt", "ba_ba2_n21_m11315_p36455.txt"),
        source=SOURCE,
    ),
)  # fmt: skip
