"""The pictures of the page on sensitivity and uncertainty; `figures.py` runs this."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from scipy.integrate import solve_ivp
from scipy.optimize import curve_fit

from dualad.sensitivity import identifiability, propagate, sensitivity

T = np.linspace(0.0, 30.0, 121)
PARAMS = {"birth": 0.6, "catch": 0.1, "growth": 0.04, "death": 0.5}


def simulate(birth, catch, growth, death):
    def rates(_t, y):
        prey, predators = y
        return [
            birth * prey - catch * prey * predators,
            growth * prey * predators - death * predators,
        ]

    return solve_ivp(rates, (0.0, 30.0), [10.0, 5.0], t_eval=T, rtol=1e-8, atol=1e-8).y


def triangle(sides):
    a, b, c = sides
    s = (a + b + c) / 2
    return {"area": np.sqrt(s * (s - a) * (s - b) * (s - c)), "perimeter": 2 * s}


def decay(t, amplitude, rate, offset):
    return amplitude * np.exp(-rate * t) + offset


def picture(result: Any, kind: str, path: Path, size: tuple[float, float], **options: Any) -> None:
    figure = Figure(figsize=size, layout="constrained")
    result.plot(kind, ax=figure.subplots(), **options)
    figure.savefig(path, metadata={"Date": None})


def draw(folder: Path) -> None:
    study = sensitivity(simulate, PARAMS, times=T, outputs=["prey", "predators"])
    picture(study, "time", folder / "sensitivity_time.svg", (7, 3.6), output="prey")
    end = sensitivity(lambda **p: simulate(**p)[1, -1], PARAMS, unpack=True, outputs=["predators"])
    picture(end, "tornado", folder / "sensitivity_tornado.svg", (6, 2.8))
    C = 0.01 * np.array([[4.0, 1.0, 0.0], [1.0, 4.0, 1.0], [0.0, 1.0, 9.0]])
    spread = propagate(triangle, np.array([3.0, 4.0, 5.0]), C, names=["a", "b", "c"])
    picture(spread, "shares", folder / "propagate_shares.svg", (6, 2.4))
    t = np.linspace(0.0, 5.0, 25)
    data = decay(t, 2.0, 0.8, 0.3) + 0.05 * np.random.default_rng(0).normal(size=t.size)
    best, _ = curve_fit(decay, t, data, [1.0, 1.0, 0.0])
    fit = identifiability(decay, best, t, data, names=["amplitude", "rate", "offset"])
    band = fit.prediction(np.linspace(0.0, 7.0, 100))
    picture(band, "band", folder / "fit_band.svg", (6.5, 3.6), data=(t, data))
    picture(fit, "corr", folder / "fit_corr.svg", (4.6, 3.8))
