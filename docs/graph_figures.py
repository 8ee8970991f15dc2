"""The graphs of the documentation, drawn by dualad itself: values, tangents, adjoints, partials.

They hold nothing but text and the digits that are shown, so a test checks that they are current.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

import dualad as da

HERE = str(Path(__file__).resolve().parent.parent) + os.sep  # lines are named with their files


def f(x1, x2):
    return np.log(x1) + x1 * x2 - np.sin(x2)


def layer(x, w, b):
    u = x * w
    return u**2, u + b


def logistic(x, n=4):
    for _ in range(n - 1):
        x = 4 * x * (1 - x)
    return x


def energy(x, mass):
    speed = np.diff(x) / 0.1
    kinetic = 0.5 * mass * np.sum(speed**2)
    potential = 9.81 * mass * x[-1]
    return kinetic + potential


def draw(folder: Path) -> None:
    """Write every picture into this folder."""
    forward = {"tangents": True, "adjoints": False, "partials": True}
    backward = {"tangents": False, "adjoints": True, "partials": True}

    pictures = {
        "graph_partials": da.trace(f, 2.0, 5.0).to_svg(partials=True),
        "graph": da.trace(f, 2.0, 5.0).backward().to_svg(),
        "graph_forward": da.trace(f, 2.0, 5.0).forward(1.0, 0.0).to_svg(**forward),
        "graph_forward_x2": da.trace(f, 2.0, 5.0).forward(0.0, 1.0).to_svg(**forward),
        "graph_backward": da.trace(f, 2.0, 5.0).backward().to_svg(**backward),
        "graph_layer": da.trace(layer, 3.0, 2.0, 1.0).backward((1.0, 0.0)).to_svg(**backward),
        "graph_logistic": da.trace(logistic, 0.3).forward().backward().to_svg(),
    }
    x = np.array([0.0, 0.2, 0.5])
    pictures["graph_names"] = da.trace(energy, x, 2.0).backward().to_svg()
    for name, picture in pictures.items():
        text = picture.replace(HERE, "")
        (folder / f"{name}.svg").write_text(text, encoding="utf-8")
