"""Draw the pictures of the documentation: `python docs/figures.py`."""

from __future__ import annotations

import contextlib
import io
import os
import runpy
import sys
from pathlib import Path

import graph_figures
import matplotlib as mpl
import method_figures
import numpy as np
import sensitivity_figures

import dualad as da

FIGURES = Path(__file__).resolve().parent / "figures"
INK, PATH = "#444466", "#c2453c"


def h(v):
    return v[1] * (v[0] + v[1]) * (v[0] - v[1])


def follow(start: list[float], rate: float = 0.01, steps: int = 200) -> np.ndarray:
    path = [np.array(start)]
    while len(path) <= steps and np.all(np.abs(path[-1]) <= 3):
        path.append(path[-1] - rate * da.grad(h)(path[-1]))
    return np.array(path)


def descent(folder: Path) -> None:
    """The field of minus the gradient of b (a + b)(a - b), and descents along it."""
    from matplotlib.figure import Figure  # no window system is asked for

    side = np.linspace(-3, 3, 19)
    points = np.stack(np.meshgrid(side, side))
    # The sum over the plane has at each point the gradient of h there.
    field = -da.grad(lambda v: np.sum(h(v)))(points)
    length = np.hypot(*field)
    arrows = field / np.where(length == 0, 1, length) * np.sqrt(length)

    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    axes.quiver(*points, *arrows, color=INK, alpha=0.6, width=0.003)
    for start in ([1.0, -2.0], [1.0, 2.0], [-2.5, 0.5], [2.5, -2.0]):
        path = follow(start)
        axes.plot(*path.T, color=PATH, linewidth=1.6)
        axes.plot(*path[0], "o", color=PATH, markersize=5)
    axes.set(xlabel="a", ylabel="b", xlim=(-3.2, 3.2), ylim=(-3.2, 3.2), aspect="equal")
    axes.set_title(r"$b\,(a + b)(a - b)$: descents along $-\nabla$")
    figure.savefig(folder / "descent.svg", metadata={"Date": None})


GALLERY = (
    "fit_with_uncertainties",
    "stiff_kinetics",
    "weighing_planets",
    "predator_prey",
    "optimal_column",
    "bouncing_ball",
    "boundary_value",
    "global_sensitivity",
)


def gallery(folder: Path) -> None:
    """The picture of each example that has one."""
    examples = Path(__file__).resolve().parent.parent / "examples"
    sys.path.insert(0, str(examples))
    for name in GALLERY:
        with contextlib.redirect_stdout(io.StringIO()):
            draw = runpy.run_path(str(examples / f"{name}.py"))["draw"]
        draw(str(folder / f"example_{name}.svg"))


def main(folder: Path) -> None:
    # The same file from the same picture:
    mpl.rcParams["svg.hashsalt"] = "dualad"
    os.environ.setdefault("SOURCE_DATE_EPOCH", "0")
    folder.mkdir(exist_ok=True)
    descent(folder)
    graph_figures.draw(folder)
    method_figures.draw(folder)
    sensitivity_figures.draw(folder)
    gallery(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FIGURES)
