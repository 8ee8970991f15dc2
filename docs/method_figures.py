"""Pictures that compare methods: errors of differences, expression swell, the choice of a mode."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import sympy
from graph_figures import logistic

import dualad as da

COLOURS = {"forward": "#c2703c", "central": "#3b6ea8", "complex": "#4a8c5c", "exact": "#444466"}
SIZES = 2 ** np.arange(11)


def f(x: Any) -> Any:
    return np.exp(x) / np.sqrt(np.sin(x) ** 3 + np.cos(x) ** 3)


def reference(x: float) -> float:
    """The derivative of f, from 50 digits."""
    mpmath.mp.dps = 50
    g = lambda x: mpmath.exp(x) / mpmath.sqrt(mpmath.sin(x) ** 3 + mpmath.cos(x) ** 3)
    return float(mpmath.diff(g, mpmath.mpf(x)))


def errors(steps: np.ndarray, x: float) -> dict[str, np.ndarray]:
    """Relative errors of the difference quotients of f, and of its dual number."""
    found = {
        "forward": [(f(x + h) - f(x)) / h for h in steps],
        "central": [(f(x + h) - f(x - h)) / (2 * h) for h in steps],
        "complex": [f(x + 1j * h).imag / h for h in steps],
        "exact": [da.derivative(f)(x)] * len(steps),
    }
    truth = reference(x)
    # An error of 0 is drawn as half a unit in the last place.
    return {k: np.maximum(np.abs(np.array(v) / truth - 1), 1.1e-16) for k, v in found.items()}


def step_error(folder: Path) -> None:
    """The error of a difference quotient over its step."""
    from matplotlib.figure import Figure

    steps = np.logspace(-16, -1, 121)
    labels = {
        "forward": "forward difference",
        "central": "central difference",
        "complex": "complex step",
        "exact": "dualad (no step)",
    }
    figure = Figure(figsize=(6.4, 4.2), layout="constrained")
    axes = figure.subplots()
    for name, error in errors(steps, 1.5).items():
        style = "--" if name == "exact" else "-"
        axes.loglog(steps, error, style, color=COLOURS[name], label=labels[name], linewidth=1.4)
    axes.set(xlabel="step", ylabel="relative error of the derivative", ylim=(5e-17, 10))
    axes.grid(alpha=0.25)
    axes.legend(loc="upper center", ncols=2, frameon=False)
    figure.savefig(folder / "step_error.svg", metadata={"Date": None})


def swell_counts(most: int) -> list[tuple[int, int, int, int, int]]:
    """(n, operations of the graph, of the formula, of its derivative, with shared parts)."""
    rows = []
    for n in range(2, most + 1):
        graph = da.trace(lambda x, n=n: logistic(x, n), 0.3)
        formula = graph.to_sympy()
        (symbol,) = formula.free_symbols
        derivative = sympy.diff(formula, symbol)
        parts, (rest,) = sympy.cse(derivative)
        shared = sum(sympy.count_ops(e) for _, e in parts) + sympy.count_ops(rest)
        counts = (sympy.count_ops(formula), sympy.count_ops(derivative), shared)
        rows.append((n, len(graph) - 1, *map(int, counts)))
    return rows


def swell(folder: Path) -> None:
    """Operations of the derivative of the logistic map, by method."""
    from matplotlib.figure import Figure

    n, graph, _, derivative, shared = np.array(swell_counts(8)).T
    figure = Figure(figsize=(6.4, 3.8), layout="constrained")
    axes = figure.subplots()
    axes.semilogy(n, derivative, "o-", color=COLOURS["forward"], label="symbolic derivative")
    axes.semilogy(
        n, shared, "o-", color=COLOURS["central"], label="... with its common parts shared"
    )
    axes.semilogy(n, graph, "o--", color=COLOURS["exact"], label="nodes of dualad's graph")
    axes.set(xlabel="iterations of the logistic map", ylabel="operations", xticks=n)
    axes.grid(alpha=0.25)
    axes.legend(frameon=False)
    figure.savefig(folder / "swell.svg", metadata={"Date": None})


def choices() -> np.ndarray:
    """Estimated cost of reverse over forward of ``tanh(A @ x)``, A of shape (m, n)."""
    ratio = np.empty((len(SIZES), len(SIZES)))
    for i, m in enumerate(SIZES):
        for j, n in enumerate(SIZES):
            matrix = np.ones((m, n)) / n
            cost = da.explain(lambda x, matrix=matrix: np.tanh(matrix @ x), np.ones(n)).cost
            ratio[i, j] = cost.reverse / cost.forward
    return ratio


def modes(folder: Path) -> None:
    """Which mode is chosen, over the numbers of inputs and outputs."""
    from matplotlib.colors import LogNorm
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.0, 4.6), layout="constrained")
    axes = figure.subplots()
    ratio = choices()
    grid = axes.pcolormesh(
        SIZES, SIZES, ratio, cmap="PuOr", norm=LogNorm(1 / 32, 32), edgecolors="face"
    )
    axes.contour(SIZES, SIZES, ratio, levels=[1.0], colors="#1b1f23", linewidths=1.2)
    axes.set(xscale="log", yscale="log", xlabel="inputs n", ylabel="outputs m")
    axes.text(640, 25, "reverse", ha="center")
    axes.text(4, 300, "forward", ha="center")
    bar = figure.colorbar(grid, ax=axes, label="estimated cost: reverse / forward")
    bar.set_ticks([1 / 32, 1 / 8, 1 / 2, 1, 2, 8, 32])
    bar.set_ticklabels(["1/32", "1/8", "1/2", "1", "2", "8", "32"])
    figure.savefig(folder / "modes.svg", metadata={"Date": None})


def complex_descent(folder: Path) -> None:
    """Minus the gradient of the real function ``abs(z**3 - 1)**2`` over the complex plane."""
    from matplotlib.figure import Figure

    side = np.linspace(-1.6, 1.6, 23)
    a, b = np.meshgrid(side, side)
    field = -da.grad(lambda z: np.sum(np.abs(z**3 - 1) ** 2))(a + 1j * b)
    length = np.abs(field)
    arrows = field / np.where(length == 0, 1, length) * np.cbrt(length)
    roots = np.exp(2j * np.pi * np.arange(3) / 3)
    figure = Figure(figsize=(4.8, 4.6), layout="constrained")
    axes = figure.subplots()
    axes.quiver(a, b, arrows.real, arrows.imag, color=COLOURS["exact"], alpha=0.7, width=0.003)
    axes.plot(roots.real, roots.imag, "o", color="#c2453c", markersize=6)
    axes.set(xlabel="real part", ylabel="imaginary part", aspect="equal")
    axes.set_title(r"$|z^3 - 1|^2$: minus its gradient")
    figure.savefig(folder / "complex_descent.svg", metadata={"Date": None})


KINKS = {
    "abs(x)": (np.abs, 0.0),
    "clip(x, -1, 1)": (lambda x: np.clip(x, -1.0, 1.0), 1.0),
    "maximum(x, 0) + log1p(exp(-abs(x)))": (
        lambda x: np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x))),
        0.0,
    ),
}


def kinks(folder: Path) -> None:
    """Functions with kinks, their derivatives, and the value that is chosen at the kink."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 2.7), layout="constrained")
    for axes, (name, (g, kink)) in zip(figure.subplots(1, 3), KINKS.items(), strict=True):
        x = np.linspace(-2, 2, 400)  # has no kink among its points
        slope = da.derivative(g)(x)
        slope[:-1][np.abs(np.diff(slope)) > 0.5] = np.nan  # a jump is no line
        axes.plot(x, g(x), color=COLOURS["exact"], linewidth=1.4, label="f")
        axes.plot(x, slope, color=COLOURS["forward"], linewidth=1.4, label="f'")
        axes.plot(kink, da.derivative(g)(kink), "o", color="#c2453c", markersize=5)
        axes.set_title(name, fontsize=8)
        axes.grid(alpha=0.25)
    axes.legend(frameon=False)
    figure.savefig(folder / "kinks.svg", metadata={"Date": None})


def draw(folder: Path) -> None:
    """Write every picture into this folder."""
    kinks(folder)
    complex_descent(folder)
    step_error(folder)
    swell(folder)
    modes(folder)
