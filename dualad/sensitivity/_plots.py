"""Drawing: bars, stacked bars, heat maps, lines over time, bands. Matplotlib is the caller's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

INK, WARM, COLD = "#444466", "#c2453c", "#3b6fb6"
# M. Okabe, K. Ito, "Color universal design", 2008: told apart by everybody.
COLORS = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#d55e00",
    "#7a6a00",
    "#555555",
)
STYLES = ("-", "--", ":", "-.")
MOST_BARS = 20
_MOST_LABELS = 16


def line_style(i: int) -> dict[str, Any]:
    """The i-th of many lines."""
    return {"color": COLORS[i % len(COLORS)], "linestyle": STYLES[i // len(COLORS) % len(STYLES)]}


def largest(values: np.ndarray, most: int) -> np.ndarray:
    """Positions of the largest magnitudes, in falling order; those that are NaN come last."""
    size = np.where(np.isnan(values), -1.0, np.abs(values))
    return np.argsort(-size, kind="stable")[:most]


def bars(ax: Any, names: Sequence[str], values: np.ndarray, *, top: int = MOST_BARS) -> None:
    """A tornado: the largest on top, its sign by side and colour."""
    order = [i for i in largest(values, top) if not np.isnan(values[i])]
    height = np.arange(len(order))[::-1]
    colors = [WARM if values[i] < 0 else COLD for i in order]
    ax.barh(height, [values[i] for i in order], color=colors, height=0.7)
    ax.set_yticks(height, [names[i] for i in order])
    ax.axvline(0.0, color=INK, linewidth=0.8)
    left_out(ax, len(values) - len(order))
    span = np.abs([values[i] for i in order]).max(initial=0.0)
    for y, i in zip(height, order, strict=True):
        side = -1 if values[i] < 0 else 1
        ax.annotate(
            f"{values[i]:.3g}",
            (values[i], y),
            (3 * side, 0),
            textcoords="offset points",
            ha="left" if side > 0 else "right",
            va="center",
            fontsize="small",
            color=INK,
        )
    low = min([0.0, *(values[i] for i in order)])
    high = max([0.0, *(values[i] for i in order)])
    if span > 0:
        ax.set_xlim(low - 0.18 * span * (low < 0), high + 0.18 * span * (high > 0))
    bare(ax)


def left_out(ax: Any, count: int) -> None:
    """Say how many there is no room for."""
    if count:
        ax.set_ylabel(f"{count} more are not shown")


def empty(ax: Any, text: str) -> None:
    """Say why there is nothing to see."""
    ax.text(0.5, 0.5, text, ha="center", va="center", transform=ax.transAxes, color=INK)


def bare(ax: Any) -> None:
    """Without the frame's upper and right side."""
    ax.spines[["top", "right"]].set_visible(False)


def stacked_bars(
    ax: Any, names: Sequence[str], parts: Sequence[str], values: np.ndarray, *, top: int = 7
) -> None:
    """One bar for each name, made of parts; the smallest parts as one. NaN rows are empty."""
    clean = np.nan_to_num(values)
    order = largest(np.abs(clean).sum(axis=0), top)
    height = np.arange(len(names))[::-1]
    right, left = np.zeros(len(names)), np.zeros(len(names))

    def add(part: np.ndarray, label: str, color: str) -> None:
        start = np.where(part < 0, left, right)
        ax.barh(height, part, left=start, height=0.7, label=label, color=color)
        right[...] += np.maximum(part, 0)
        left[...] += np.minimum(part, 0)

    few = len(parts) <= len(COLORS)  # then each has the same colour in every picture
    for i, j in enumerate(order if not few else sorted(order)):
        add(clean[:, j], parts[j], COLORS[j if few else i % (len(COLORS) - 1)])
    others = [j for j in range(len(parts)) if j not in order]
    if others:
        add(clean[:, others].sum(axis=1), f"{len(others)} others", COLORS[-1])
    ax.set_yticks(height, list(names))
    if not clean.any():
        empty(ax, "no variance")
    ax.axvline(0.0, color=INK, linewidth=0.8)
    legend_above(ax, len(order) + bool(others))
    bare(ax)


def legend_above(ax: Any, count: int) -> None:
    """A legend that covers nothing, however low the picture is."""
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=min(count, 4), frameon=False)


def heat(
    ax: Any,
    matrix: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str] | None = None,
    *,
    limit: float | None = 1.0,
    label: str = "",
) -> None:
    """A matrix in colours, zero in white; figures in the cells where there is room.

    `limit` is where the colours end, None for the largest entry.
    """
    columns = rows if columns is None else columns
    finite = np.abs(matrix[np.isfinite(matrix)])
    limit = limit if limit is not None else (finite.max(initial=0.0) or 1.0)
    # Square cells where the names are the same on both sides.
    aspect = "equal" if columns is rows else "auto"
    low = 0.0 if label and (np.nan_to_num(matrix) >= 0).all() else -limit
    cmap = "Reds" if low == 0 else "RdBu_r"
    ax.set_facecolor("#e8e8ec")  # of what is undefined
    image = ax.imshow(matrix, cmap=cmap, vmin=low, vmax=limit, aspect=aspect)
    ax.figure.colorbar(image, ax=ax, shrink=0.8, label=label)
    for axis, names, place in ((ax.xaxis, columns, ax.set_xticks), (ax.yaxis, rows, ax.set_yticks)):
        step = -(-len(names) // _MOST_LABELS)
        place(np.arange(0, len(names), step), list(names)[::step])
        axis.set_tick_params(length=0)
    if len(columns) > 4 or max(map(len, columns), default=0) > 6:
        ax.tick_params(axis="x", labelrotation=45)
        for text in ax.get_xticklabels():
            text.set(ha="right", rotation_mode="anchor")
    if len(columns) <= 10 and len(rows) <= 12:
        for (i, j), value in np.ndenumerate(matrix):
            if np.isnan(value):
                continue
            text = f"{value:.2f}" if limit == 1.0 else f"{value:.2g}"
            color = "white" if abs(value) > 0.6 * limit else INK
            ax.text(j, i, text, ha="center", va="center", color=color, fontsize="small")


def band(
    ax: Any, x: np.ndarray, middle: np.ndarray, half: np.ndarray, label: str, **options: Any
) -> None:
    """A line with a band around it."""
    options = {"color": COLD, **options}
    ax.plot(x, middle, linewidth=1.6, **options)
    ax.fill_between(
        x,
        middle - half,
        middle + half,
        alpha=0.25,
        linewidth=0,
        label=label,
        color=options["color"],
    )
    ax.legend(frameon=False)
    bare(ax)


def lines(
    ax: Any, x: np.ndarray, columns: np.ndarray, names: Sequence[str], *, top: int = 8
) -> None:
    """One line for each column (len(x), n), the largest first."""
    size = np.nan_to_num(np.abs(columns)).max(axis=0, initial=0.0)
    shown = largest(size, top)
    for j in shown:  # styled by its place among all names: the same in every picture
        ax.plot(x, columns[:, j], label=names[j], linewidth=1.6, **line_style(j))
    ax.axhline(0.0, color=INK, linewidth=0.8)
    more = len(names) - len(shown)
    title = f"{more} more are not shown" if more else None
    ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5), title=title)
    bare(ax)
