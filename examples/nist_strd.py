"""The nonlinear regression problems of the NIST Statistical Reference Datasets.

`load("Thurber")` reads the data file as NIST publishes it and gives a `Problem`: the data, both
starting points, the certified parameters with their standard deviations, and the model as a plain
NumPy function. The files lie in `data/` beside this module; they are a work of the United States
government (NIST Information Technology Laboratory) and in the public domain.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Model = Callable[[Array, Array], Array]

DATA = Path(__file__).resolve().parent / "data"


# Models: b the parameters, x the predictor


def bennett5(b, x):
    return b[0] * (b[1] + x) ** (-1 / b[2])


def box_bod(b, x):
    return b[0] * (1 - np.exp(-b[1] * x))


def chwirut(b, x):
    return np.exp(-b[0] * x) / (b[1] + b[2] * x)


def dan_wood(b, x):
    return b[0] * x ** b[1]


def eckerle4(b, x):
    return (b[0] / b[1]) * np.exp(-0.5 * ((x - b[2]) / b[1]) ** 2)


def enso(b, x):
    year, first, second = 2 * np.pi * x / 12, 2 * np.pi * x / b[3], 2 * np.pi * x / b[6]
    return (
        b[0]
        + (b[1] * np.cos(year) + b[2] * np.sin(year))
        + (b[4] * np.cos(first) + b[5] * np.sin(first))
        + (b[7] * np.cos(second) + b[8] * np.sin(second))
    )


def gauss(b, x):
    first = b[2] * np.exp(-((x - b[3]) ** 2) / b[4] ** 2)
    second = b[5] * np.exp(-((x - b[6]) ** 2) / b[7] ** 2)
    return b[0] * np.exp(-b[1] * x) + first + second


def cubic_over_cubic(b, x):
    top = b[0] + b[1] * x + b[2] * x**2 + b[3] * x**3
    return top / (1 + b[4] * x + b[5] * x**2 + b[6] * x**3)


def kirby2(b, x):
    return (b[0] + b[1] * x + b[2] * x**2) / (1 + b[3] * x + b[4] * x**2)


def lanczos(b, x):
    return b[0] * np.exp(-b[1] * x) + b[2] * np.exp(-b[3] * x) + b[4] * np.exp(-b[5] * x)


def mgh09(b, x):
    return b[0] * (x**2 + x * b[1]) / (x**2 + x * b[2] + b[3])


def mgh10(b, x):
    return b[0] * np.exp(b[1] / (x + b[2]))


def mgh17(b, x):
    return b[0] + b[1] * np.exp(-x * b[3]) + b[2] * np.exp(-x * b[4])


def misra1b(b, x):
    return b[0] * (1 - (1 + b[1] * x / 2) ** -2)


def misra1c(b, x):
    return b[0] * (1 - (1 + 2 * b[1] * x) ** -0.5)


def misra1d(b, x):
    return b[0] * b[1] * x / (1 + b[1] * x)


def nelson(b, x):
    # The model is of log(y); `load` takes the logarithm of the data.
    return b[0] - b[1] * x[0] * np.exp(-b[2] * x[1])


def rat42(b, x):
    return b[0] / (1 + np.exp(b[1] - b[2] * x))


def rat43(b, x):
    return b[0] / (1 + np.exp(b[1] - b[2] * x)) ** (1 / b[3])


def roszman1(b, x):
    return b[0] - b[1] * x - np.arctan(b[2] / (x - b[3])) / np.pi


MODELS: dict[str, Model] = {
    "Bennett5": bennett5,
    "BoxBOD": box_bod,
    "Chwirut1": chwirut,
    "Chwirut2": chwirut,
    "DanWood": dan_wood,
    "ENSO": enso,
    "Eckerle4": eckerle4,
    "Gauss1": gauss,
    "Gauss2": gauss,
    "Gauss3": gauss,
    "Hahn1": cubic_over_cubic,
    "Kirby2": kirby2,
    "Lanczos1": lanczos,
    "Lanczos2": lanczos,
    "Lanczos3": lanczos,
    "MGH09": mgh09,
    "MGH10": mgh10,
    "MGH17": mgh17,
    "Misra1a": box_bod,
    "Misra1b": misra1b,
    "Misra1c": misra1c,
    "Misra1d": misra1d,
    "Nelson": nelson,
    "Rat42": rat42,
    "Rat43": rat43,
    "Roszman1": roszman1,
    "Thurber": cubic_over_cubic,
}


# The files


@dataclass(frozen=True)
class Problem:
    """One regression problem: minimise ``sum((model(b, x) - y)**2)``."""

    name: str
    title: str
    model: Model
    x: Array  # (n,), or (2, n) with two predictors
    y: Array
    starts: tuple[Array, Array]
    certified: Array
    deviations: Array
    sum_of_squares: float

    def residuals(self, b: Array) -> Array:
        """``model(b, x) - y``, for `scipy.optimize.least_squares`."""
        return self.model(b, self.x) - self.y

    def digits(self, b: Array) -> float:
        """Digits to which the worst parameter agrees with its certified value (11 are given)."""
        error = np.max(np.abs(b - self.certified) / np.abs(self.certified))
        return float(min(11.0, -np.log10(max(error, 1e-11))))


def _line_range(text: str, section: str) -> tuple[int, int]:
    match = re.search(rf"{section}\s+\(lines\s+(\d+)\s+to\s+(\d+)\)", text, re.IGNORECASE)
    assert match is not None, section
    return int(match[1]) - 1, int(match[2])


def load(name: str) -> Problem:
    """Read one of the 27 problems of `MODELS`."""
    text = (DATA / f"{name}.dat").read_text(encoding="ascii")
    lines = text.splitlines()
    # Four columns right of "b1 =": start 1, start 2, certified value, its standard deviation
    first, last = _line_range(text, "Starting Values")
    table = np.array([line.split("=")[1].split() for line in lines[first:last]], dtype=float)
    first, last = _line_range(text, "Data")
    data = np.array([line.split() for line in lines[first:last]], dtype=float).T
    sum_of_squares = re.search(r"Residual Sum of Squares:\s+(\S+)", text)
    title = re.search(r"Description:\s+(.*?\.)\s", text, re.DOTALL)
    assert sum_of_squares is not None
    assert title is not None
    return Problem(
        name=name,
        title=" ".join(title[1].split()),
        model=MODELS[name],
        x=data[1] if len(data) == 2 else data[1:],
        y=np.log(data[0]) if name == "Nelson" else data[0],
        starts=(table[:, 0].copy(), table[:, 1].copy()),
        certified=table[:, 2].copy(),
        deviations=table[:, 3].copy(),
        sum_of_squares=float(sum_of_squares[1]),
    )
