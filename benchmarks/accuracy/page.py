"""`docs/accuracy.md`, from the file of figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from . import figures as fg
from .measure import Figure
from .numpy_functions import NOT_COUNTED
from .prose import AFTER_COUNTS, INTRODUCTION, LEFT_OUT, SPECIAL, UNMEASURED
from .special_functions import specials

PAGE = Path(__file__).resolve().parents[2] / "docs" / "accuracy.md"
PEERS = ("jax", "autograd", "torch")
_DIGITS = {"float64": 2.0**52, "float32": 2.0**23}
_PREFIX = "special."


def number(ulp: float, dtype: str) -> str:
    """An error for readers: `lost` where no digit is right."""
    if ulp >= _DIGITS[dtype]:
        return "lost"
    if ulp >= 1000:
        return f"{ulp:.0e}".replace("e+0", "e")
    return f"{ulp:.0f}" if ulp >= 9.95 else f"{ulp:.1f}".replace("0.0", "0")


def cell(orders: dict[str, Figure], order: str, dtype: str) -> str:
    """Strict and forgiven, or a dash."""
    if order not in orders:
        return "-"
    figure = orders[order]
    return f"{number(figure.strict, dtype)} / {number(figure.forgiven, dtype)}"


def argument(orders: dict[str, Figure], order: str) -> str:
    if order not in orders or not orders[order].strict:
        return ""
    figure = orders[order]
    return ", ".join(f"{v:.6g}" for v in figure.strict_at)


def table(head: Iterable[str], lines: Iterable[Iterable[str]]) -> str:
    names = list(head)
    rows = [names, ["---"] * len(names), *lines]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"


def _flawless(cells: dict[str, dict[str, Figure]]) -> bool:
    return all(f.strict == 0 for orders in cells.values() for f in orders.values())


def title(name: str) -> str:
    if name.startswith(_PREFIX):
        return f"`{name.removeprefix(_PREFIX)}`"
    special = any(c in name for c in "* ")
    return f"`{name}`" if special else f"`np.{'linalg.' * (name == 'norm')}{name}`"


def numpy_names(figures: fg.Figures) -> list[str]:
    return [name for name in figures if not name.startswith(_PREFIX)]


def special_names(figures: fg.Figures) -> list[str]:
    return [name for name in figures if name.startswith(_PREFIX)]


def numpy_table(figures: fg.Figures, dtype: str, order: str) -> str:
    lines = []
    for name in numpy_names(figures):
        cells = figures[name][dtype]
        if not _flawless(cells):
            own = cells["dualad"]
            peers = [cell(cells.get(p, {}), order, dtype) for p in PEERS]
            lines.append([title(name), cell(own, order, dtype), argument(own, order), *peers])
    return table(["function", "dualad", "worst at", *PEERS], lines)


def flawless_names(figures: fg.Figures) -> str:
    names = [n for n in numpy_names(figures) if all(map(_flawless, figures[n].values()))]
    return ", ".join(map(title, names))


def counts_table(figures: fg.Figures, dtype: str) -> str:
    lines = []
    for package in ("dualad", *PEERS):
        for kind, text in (("", ""), (", normal", ", normal numbers")):
            counts = [
                fg.counted(figures, package, dtype, order + kind) for order in ("first", "second")
            ]
            if counts[0][2]:
                both = [str(n) for c in counts for n in c[:2]]
                lines.append([package + text, *both, str(counts[0][2])])
    head = ["", "first, strict", "first, forgiven", "second, strict", "second, forgiven", "of"]
    return table(head, lines)


def outside(figures: fg.Figures) -> str:
    """Who gives finite derivatives where the function has none."""
    lines = []
    for package in ("dualad", *PEERS):
        names = [
            title(name)
            for name in numpy_names(figures)
            if any(f.finite_outside for f in figures[name]["float64"].get(package, {}).values())
        ]
        lines.append(f"* {package}: {', '.join(names) or 'none'}")
    return "\n".join(lines) + "\n"


def misses(orders: dict[str, Figure], order: str) -> bool:
    """Whether derivatives are worse than the goal, and than SciPy's own value."""
    value = orders["value"].forgiven if "value" in orders else 0.0
    return order in orders and orders[order].forgiven > max(fg.SPECIAL_GOAL, value)


def special_table(figures: fg.Figures, dtype: str) -> str:
    lines = []
    peers = [
        p for p in PEERS if any(p in figures[n].get(dtype, {}) for n in special_names(figures))
    ]
    for name in special_names(figures):
        cells = figures[name].get(dtype, {})
        if "dualad" not in cells:
            continue
        own = cells["dualad"]
        mark = "".join(order[0] for order in ("first", "second") if misses(own, order))
        row = [title(name), *(cell(own, order, dtype) for order in ("value", "first", "second"))]
        row += [argument(own, "first"), argument(own, "second")]
        for peer in peers:
            orders = cells.get(peer, {})
            both = [cell(orders, order, dtype) for order in ("first", "second")]
            row.append("; ".join(both) if "first" in orders else "-")
        lines.append([*row, {"": "", "f": "first", "s": "second", "fs": "both"}[mark]])
    head = ["function", "SciPy's value", "first", "second", "first worst at", "second worst at"]
    return table([*head, *peers, "misses"], lines)


def special_counts(figures: fg.Figures, dtype: str) -> str:
    cells = [figures[n][dtype]["dualad"] for n in special_names(figures) if dtype in figures[n]]
    parts = []
    for order in ("first", "second"):
        there = [orders for orders in cells if order in orders]
        good = sum(not misses(orders, order) for orders in there)
        within = sum(orders[order].forgiven <= fg.SPECIAL_GOAL for orders in there)
        parts.append(
            f"{order} derivatives: {within} of {len(there)} within 50 ulp, {good} with those that "
            "are as good as SciPy's own value"
        )
    return "; ".join(parts)


def unmeasured(figures: fg.Figures) -> str:
    """The functions of scipy.special that have a reference, but no figures."""
    names = [_PREFIX + special.name for special in specials()]
    return UNMEASURED + ", ".join(title(n) for n in names if n not in figures) + ".\n"


def page(data: dict[str, Any]) -> str:
    figures: fg.Figures = data["figures"]
    versions = ", ".join(f"{name} {v}" for name, v in data["versions"].items())
    measured = (
        f"Measured on {data['date']} with Python {data['python']}, {versions}, on "
        f"{data['machine']}. Up to {data['points']} points for each function."
    )
    parts = [INTRODUCTION, measured + "\n", "## NumPy's functions\n"]
    for dtype in _DIGITS:
        parts += [f"Within four ulp, {dtype}:\n", counts_table(figures, dtype)]
    second = ", ".join(f"`np.{n}`" for n in NOT_COUNTED)
    parts.append(f"Second names ({second}) are measured, but not counted.\n")
    parts += [AFTER_COUNTS, outside(figures)]
    for dtype in _DIGITS:
        for order in ("first", "second"):
            parts += [f"### {order.capitalize()} derivatives, {dtype}\n"]
            parts.append(numpy_table(figures, dtype, order))
    parts.append(f"Exact in every package: {flawless_names(figures)}.\n")
    parts += ["## Functions of scipy.special\n", SPECIAL]
    there = {p for n in special_names(figures) for p in figures[n]["float64"]}
    if missing := [p for p in PEERS if p not in there]:
        parts.append(f"Not measured on these functions: {', '.join(missing)}.\n")
    for dtype in _DIGITS:
        parts += [f"### {dtype}\n", f"In {dtype}, {special_counts(figures, dtype)}.\n"]
        parts.append(special_table(figures, dtype))
    parts.append(unmeasured(figures))
    parts += ["## What is left out\n", LEFT_OUT]
    return "\n".join(parts)


def write(load: Callable[[], dict[str, Any]] = fg.load, path: Path = PAGE) -> None:
    path.write_text(page(load()), encoding="utf-8")
