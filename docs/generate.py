"""Write `reference_rules.md` from the table of rules: `python docs/generate.py`.

The formulas are the source text of the rows, so the page shows what runs. A test checks that
the page is current.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any

import numpy as np

from dualad._rules import TABLE
from dualad._rules._row import (
    Binary,
    Composed,
    Constant,
    Differential,
    Flat,
    Linear,
    Multilinear,
    Unary,
)

PAGE = Path(__file__).resolve().parent / "reference_rules.md"

INTRODUCTION = """\
# Functions with a derivative rule

Made by `docs/generate.py` from the rows themselves. `x` and `y` are the arguments, in order; in the
first table `y` is the answer and `d` the first derivative; in the second `z` is the answer.
`_name(x)` is a formula of several lines, in `dualad/_rules`. Errors: [](accuracy.md).

A function that is not listed raises `NoRuleError`, unless it is written in terms of these.
"""


# Names: the first public namespace that holds the function, or how an operation is written

NAMESPACES = {"np": np, "np.linalg": np.linalg, "np.fft": np.fft}
WRITTEN = {"getitem": "x[i]", "setitem": "x[i] = v", "astype": "x.astype(dtype)"}
DROPPED = {"trapz", "in1d"}  # by NumPy 2.4


def public_name(fn: Any) -> str:
    """The name that a user writes; empty for dualad's own building blocks."""
    for prefix, namespace in NAMESPACES.items():
        if getattr(namespace, fn.__name__, None) is fn and fn.__name__ not in DROPPED:
            return f"{prefix}.{fn.__name__}"
    return WRITTEN.get(fn.__name__, "")


# Formulas: the source text of a lambda, found by its compiled code


def same_code(a: CodeType, b: CodeType) -> bool:
    return (a.co_code, a.co_consts, a.co_names) == (b.co_code, b.co_consts, b.co_names)


@cache
def lambdas(filename: str) -> list[tuple[int, CodeType, str]]:
    """(line, code, text of the body) of every lambda in a file."""
    source = Path(filename).read_text(encoding="utf-8")
    tree = ast.parse(source)
    # The compiler treats imported names differently, so each lambda is compiled below the imports.
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Lambda):
            alone = ast.fix_missing_locations(ast.Module([*imports, ast.Expr(node)], []))
            constants = compile(alone, filename, "exec").co_consts
            (code,) = (c for c in constants if isinstance(c, CodeType))
            text = ast.get_source_segment(source, node.body) or ""
            found.append((node.lineno, code, " ".join(text.split())))
    return found


def formula_text(formula: Callable[..., Any]) -> str:
    if isinstance(formula, Constant):
        return f"{formula.number:g}"
    code = formula.__code__
    if formula.__name__ != "<lambda>":
        used = [name for name in inspect.signature(formula).parameters if not name.startswith("_")]
        return f"{formula.__name__}({', '.join(used)})"
    for line, other, text in lambdas(code.co_filename):
        if line == code.co_firstlineno and same_code(code, other):
            return text
    return "(made by a function)"


# The page


def code(text: str) -> str:
    return f"`{text}`".replace("|", "\\|")


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = list(head)
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def number_text(value: Any) -> str:
    """(0.0, 1.0) as `0, 1`."""
    values = value if isinstance(value, tuple) else (value,)
    return ", ".join(f"{v:g}" for v in values)


def kinks_text(kinks: Mapping[Any, Any]) -> str:
    return "; ".join(f"{number_text(at)} → {number_text(d)}" for at, d in kinks.items())


def unary_line(row: Unary) -> list[str]:
    formulas = [code(formula_text(f)) for f in (row.d1, row.d2)]
    return [code(public_name(row.fn)), *formulas, kinks_text(row.kinks)]


def binary_line(row: Binary) -> list[str]:
    formulas = [code(formula_text(f)) for f in (row.dx, row.dy, row.dxx, row.dxy, row.dyy)]
    return [code(public_name(row.fn)), *formulas]


def rows_of(kind: type) -> list[Any]:
    rows = (r for r in TABLE.values() if type(r) is kind and public_name(r.fn))
    return sorted(rows, key=lambda r: public_name(r.fn))


LISTS = {
    Flat: "Locally constant: the derivative is zero between the jumps",
    Linear: "Linear: a tangent goes through the function itself",
    Multilinear: "Linear in each argument",
    Differential: "Given by their differential",
    Composed: "Written in terms of the others",
}


def page() -> str:
    unary = table(
        ["function", "first derivative", "second derivative", "at kinks"],
        map(unary_line, rows_of(Unary)),
    )
    binary = table(
        ["function", "in x", "in y", "in x, x", "in x, y", "in y, y"],
        map(binary_line, rows_of(Binary)),
    )
    kinks = table(
        ["function", "at x, y → derivative in x, in y"],
        ([code(public_name(r.fn)), kinks_text(r.kinks)] for r in rows_of(Binary) if r.kinks),
    )
    parts = [
        INTRODUCTION,
        "## Elementwise, one argument\n",
        unary,
        "## Elementwise, two arguments\n",
        binary,
        "At their kinks and edges:\n",
        kinks,
    ]
    for kind, title in LISTS.items():
        names = ", ".join(code(public_name(row.fn)) for row in rows_of(kind))
        parts += [f"## {title}\n", f"{names}\n"]
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.name}: {len(TABLE)} functions")
