"""Write the type stubs of `dualad.scipy` from the installed SciPy: `python docs/stubs.py`.

Type checkers do not run code, and the functions of `dualad.scipy` have their signatures from SciPy
when they are first used. A test checks that the stubs have every parameter of the installed SciPy.
"""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from typing import Any

import scipy

import dualad.scipy

FOLDER = Path(__file__).resolve().parent.parent / "dualad" / "scipy"
TABLES = {"optimize": dualad.scipy._OPTIMIZE, "integrate": dualad.scipy._INTEGRATE}
HEADER = '''\
"""Types of `dualad.scipy`, written by docs/stubs.py from SciPy {version}."""
# ruff: noqa: I001
# fmt: off
'''
TYPES = {
    "mode": 'Literal["auto", "forward", "reverse"]',
    "chunk_size": "int | None",
}


def names(namespace: str) -> tuple[list[str], list[str]]:
    """The functions that get derivatives, and the public names that are SciPy's own."""
    module = importlib.import_module(f"scipy.{namespace}")
    table = TABLES[namespace]
    ours = [name for name in module.__all__ if name in table]
    own = (n for n in module.__all__ if n not in table and n not in dualad.scipy._NAMESPACES)
    return sorted(ours), sorted(n for n in own if not inspect.ismodule(getattr(module, n)))


def parameters(function: Any) -> list[inspect.Parameter]:
    return list(inspect.signature(function).parameters.values())


def shown(parameter: inspect.Parameter) -> str:
    kind = TYPES.get(parameter.name, "Any")
    stars = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
    default = "" if stars or parameter.default is parameter.empty else " = ..."
    return f"{stars}{parameter.name}: {kind}{default},"


def definition(name: str, function: Any, indent: str = "", first: str = "") -> str:
    """``def name(...)``, one parameter a line."""
    lines = [f"{indent}def {name}("]
    lines += [f"{indent}    {first},"] if first else []
    keyword_only = False
    for p in parameters(function):
        if p.kind is p.VAR_POSITIONAL:
            keyword_only = True
        if p.kind is p.KEYWORD_ONLY and not keyword_only:
            lines.append(f"{indent}    *,")
            keyword_only = True
        lines.append(f"{indent}    {shown(p)}")
    result = "None" if first else "Any"
    return "\n".join([*lines, f"{indent}) -> {result}: ..."])


def imported(module: str, found: list[str]) -> str:
    lines = "\n".join(f"    {name} as {name}," for name in found)
    return f"from {module} import (\n{lines}\n)"


def front() -> str:
    """`dualad/scipy/__init__.pyi`."""
    imports, body = [], []
    for namespace in TABLES:
        ours, own = names(namespace)
        imports.append(imported(f"scipy.{namespace}", own))
        for name in ours:
            value = getattr(dualad.scipy, name)
            if isinstance(value, type):
                init = definition("__init__", value, "    ", "self")
                rest = "    def __getattr__(self, name: str) -> Any: ..."
                body.append(f"class {name}:\n{init}\n{rest}")
            else:
                body.append(definition(name, value))
    imports.append("from . import integrate as integrate")
    imports.append("from . import optimize as optimize")
    imports.append("from ._shared import pair as pair")
    imports.append("from ._shared import triple as triple")
    head = HEADER.format(version=scipy.__version__)
    return "\n".join([head, "from typing import Any, Literal\n", *imports, "", *body, ""])


def namespace_page(namespace: str) -> str:
    """`dualad/scipy/optimize.pyi` and `integrate.pyi`."""
    ours, own = names(namespace)
    head = HEADER.format(version=scipy.__version__)
    parts = [head, imported(f"scipy.{namespace}", own)]
    if ours:
        parts += ["", imported(".", ours)]
    return "\n".join([*parts, ""])


def pages() -> dict[Path, str]:
    """The stubs' files and texts."""
    out = {FOLDER / f"{name}.pyi": namespace_page(name) for name in TABLES}
    return {FOLDER / "__init__.pyi": front(), **out}


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
