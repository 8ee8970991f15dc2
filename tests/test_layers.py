"""The architecture, held by reading every import of the package with `ast`."""

from __future__ import annotations

import ast
import importlib.util
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

# A module imports only from lower layers and from its own.
LAYERS = {
    "_errors": 0,
    "_record": 0,
    "_config": 0,
    "_sources": 0,
    "_html": 0,
    "_rules": 1,
    "_scipy": 1,
    "_numbers": 2,
    "_graph": 3,
    "_compiled": 3,
    "_sparse": 3,
    "_lift": 3,
    "_solving": 3,
    "_custom": 3,
    "_seeds": 3,
    "_trees": 3,
    "_tangents": 3,
    "_trust": 3,
    "_running": 3,
    "_warm": 3,
    "_repeated": 3,
    "_evaluate": 3,
    "_keywords": 3,
    "_native": 3,
    "_outs": 3,
    "_numba_entry": 4,
    "_workers": 3,
    "_products": 4,
    "_operators": 5,
    "_modes": 5,
    "_quick": 5,
    "_jacobians": 6,
    "_assembling": 6,
    "_seconds": 6,
    "_spread": 6,
    "_spread_second": 6,
    "_smoothed": 5,
    "_derivatives": 6,
    "_gradients": 6,
    "_single": 6,
    "_hessian": 6,
    "_show": 7,
    "_check": 7,
    "scipy": 8,
    "sensitivity": 8,
    "": 9,  # dualad/__init__.py
}

# What a part may import when it is itself imported, beside NumPy and the standard library. SciPy,
# Numba, SymPy and all else are imported inside the functions that use them.
EAGER = {"_compiled": {"numba", "llvmlite"}, "_scipy": {"scipy"}, "scipy": {"scipy"}}

MAX_LINES = 400


def package_root() -> Path:
    spec = importlib.util.find_spec("dualad")  # finds it without running it
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


ROOT = package_root()
CHECKOUT = Path(__file__).resolve().parent.parent


@cache
def modules() -> dict[str, tuple[Path, ast.Module]]:
    """Every module by its name below dualad: `_rules._row`; a package's __init__ is `_rules`."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(p for p in parts if p != "__init__")
        found[name] = (path, ast.parse(path.read_text(encoding="utf-8"), filename=str(path)))
    return found


def part(name: str) -> str:
    return name.partition(".")[0]


class Imports(ast.NodeVisitor):
    """The modules of dualad that one module imports, and what else it imports eagerly."""

    def __init__(self, name: str, path: Path, known: set[str]) -> None:
        is_package = path.name == "__init__.py"
        self.package = name.split(".") if name and is_package else name.split(".")[:-1]
        self.known = known
        self.inner: set[str] = set()
        self.outer: set[str] = set()
        self.depth = 0  # inside how many functions

    def _add(self, full: str) -> None:
        top, _, rest = full.partition(".")
        if top != "dualad":
            if self.depth == 0:
                self.outer.add(top)
            return
        # `from .._rules import TABLE` names no module called TABLE: take the longest that is one.
        while rest and rest not in self.known:
            rest = rest.rpartition(".")[0]
        self.inner.add(rest)

    def _base(self, level: int) -> str:
        above = self.package[: len(self.package) - (level - 1)]
        return ".".join(["dualad", *above])

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._add(alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        base = self._base(node.level) if node.level else ""
        module = ".".join(filter(None, [base, node.module]))
        for alias in node.names:
            self._add(f"{module}.{alias.name}")

    def visit_Call(self, node: ast.Call) -> None:
        called = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if called in ("import_module", "__import__") and node.args:
            name = node.args[0]
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                dots = len(name.value) - len(name.value.lstrip("."))
                rest = name.value[dots:]
                self._add(f"{self._base(dots)}.{rest}" if dots else rest)
        self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        # Names for a type checker are not imported at run time.
        if getattr(node.test, "attr", getattr(node.test, "id", "")) == "TYPE_CHECKING":
            return
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.depth += 1
        self.generic_visit(node)
        self.depth -= 1


@cache
def imports() -> dict[str, Imports]:
    found = {}
    known = set(modules())
    for name, (path, tree) in modules().items():
        found[name] = Imports(name, path, known)
        found[name].visit(tree)
    return found


def test_every_part_has_a_layer():
    parts = {part(name) for name in modules()}
    assert parts <= set(LAYERS), f"no layer for {sorted(parts - set(LAYERS))}"
    assert "_errors" in parts, "no modules were found"


def test_imports_only_from_its_own_or_a_lower_layer():
    wrong = [
        f"{name or 'dualad'} imports {other or 'dualad itself'}"
        for name in modules()
        for other in sorted(imports()[name].inner - {name})
        if LAYERS[part(other)] > LAYERS[part(name)] or (name and not other)
    ]
    assert not wrong


def test_no_cycles():
    # A package's own __init__ is imported before its modules, whatever they say; it is left out as
    # a target inside its package, where it would make a cycle of every package.
    graph = {
        name: {o for o in seen.inner if o != name and not name.startswith(f"{o}.")}
        for name, seen in imports().items()
    }
    list(TopologicalSorter(graph).static_order())  # raises CycleError, which names the cycle


def test_eager_imports_are_numpy_and_the_standard_library():
    allowed = {"numpy", *sys.stdlib_module_names}
    wrong = {
        name: more
        for name in modules()
        if (more := imports()[name].outer - allowed - EAGER.get(part(name), set()))
    }
    assert not wrong


def test_the_front_door_only_re_exports():
    _, tree = modules()[""]
    defined = set()
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom | ast.If):
            continue  # `if TYPE_CHECKING:` holds imports, too
        if isinstance(node, ast.Expr):
            assert isinstance(node.value, ast.Constant), ast.unparse(node)
            continue
        if isinstance(node, ast.Assign):
            defined |= {ast.unparse(target) for target in node.targets}
        elif isinstance(node, ast.FunctionDef):
            defined.add(node.name)
        elif isinstance(node, ast.AnnAssign):
            defined.add(ast.unparse(node.target))
        else:
            raise AssertionError(f"{ast.unparse(node)} belongs into a module")
    dunders = {name for name in defined if name.startswith("__") and name.endswith("__")}
    lazy_table = {name for name in defined if name.startswith("_LAZY")}
    assert defined == dunders | lazy_table


def python_files() -> list[Path]:
    files = list(ROOT.rglob("*.py"))
    for folder in ("tests", "benchmarks", "examples", "docs"):
        files += (CHECKOUT / folder).rglob("*.py")
    return sorted(files)


def test_files_are_short():
    lengths = {p: len(p.read_text(encoding="utf-8").splitlines()) for p in python_files()}
    long = {str(p): n for p, n in lengths.items() if n > MAX_LINES}
    assert not long, f"longer than {MAX_LINES} lines: {long}"
