"""The syntax tree of a function, found by its code object.

`inspect.getsource` guesses where a lambda ends and fails for two on one line. Here the whole file
is parsed once, and a definition is taken only if it compiles to the very code that the function
runs: a file that was edited after it was imported is not mistaken for what runs.
"""

from __future__ import annotations
import __future__

import ast
import linecache
from collections.abc import Iterator
from types import CodeType
from typing import Any, NamedTuple

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

_FUTURES = 0
for _name in __future__.all_feature_names:
    _FUTURES |= getattr(__future__, _name).compiler_flag


_LOCAL = ".<locals>."
_PREFIX = f"_factory{_LOCAL}"


class Found(NamedTuple):
    """A definition, and what its code depends on beside it.

    `owner` is the class that it stands in (for the mangling of private names), `imported` the names
    that its module imports: from Python 3.11.5 on a call of ``np.sin`` compiles otherwise for them.
    """

    node: Definition
    owner: str | None
    imported: tuple[str, ...]


_files: dict[str, tuple[int, dict[tuple[int, str], list[Found]]]] = {}


def definition(code: CodeType, module_globals: dict[str, Any] | None = None) -> Found | None:
    """The definition that `code` was compiled from; None where it cannot be found."""
    candidates = _index(code.co_filename, module_globals).get((code.co_firstlineno, code.co_name))
    for found in candidates or ():
        if _same(compiled(found, code), code):
            return found
    return None


def _index(
    filename: str, module_globals: dict[str, Any] | None
) -> dict[tuple[int, str], list[Found]]:
    """All definitions of a file by their first line and name."""
    lines = linecache.getlines(filename, module_globals)
    text = "".join(lines)
    known = _files.get(filename)
    if known is not None and known[0] == hash(text):
        return known[1]
    index: dict[tuple[int, str], list[Found]] = {}
    try:
        tree = ast.parse(text) if text else ast.Module([], [])
    except (SyntaxError, ValueError):
        tree = ast.Module([], [])
    for found in _definitions(tree, None, tuple(_imported(tree))):
        node = found.node
        if isinstance(node, ast.Lambda):
            key = node.lineno, "<lambda>"
        else:
            key = min([node.lineno, *(d.lineno for d in node.decorator_list)]), node.name
        index.setdefault(key, []).append(found)
    _files[filename] = hash(text), index
    return index


def _definitions(tree: ast.AST, owner: str | None, imported: tuple[str, ...]) -> Iterator[Found]:
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, Definition):
            yield Found(child, owner, imported)
        inside = child.name if isinstance(child, ast.ClassDef) else owner
        yield from _definitions(child, inside, imported)


def _imported(tree: ast.AST) -> Iterator[str]:
    """The names that a module imports."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, (ast.Import, ast.ImportFrom)):
            for alias in child.names:
                yield alias.asname or alias.name.partition(".")[0]
        elif not isinstance(child, (*_SCOPES, ast.expr)):
            yield from _imported(child)


_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


# --- compiling a definition by itself ------------------------------------------------------------


def compiled(found: Found, like: CodeType, extra: tuple[str, ...] = ()) -> CodeType | None:
    """The code of a definition, with the free variables of `like` and the names `extra`."""
    node = found.node
    if isinstance(node, ast.Lambda):
        body: ast.stmt = ast.Return(node)
    else:
        body = _without_decorators(node)
    ast.copy_location(body, node)
    if found.owner is not None:
        body = ast.ClassDef(found.owner, [], [], [body], [])
        body.type_params = []  # type: ignore[attr-defined]  # Python 3.12
        if isinstance(node, ast.Lambda):
            body.body = [ast.Expr(node)]
    free = [name for name in (*like.co_freevars, *extra) if name != "__class__"]
    if "__class__" in like.co_freevars and found.owner is None:
        return None  # a method whose class is not in sight
    factory = ast.FunctionDef(
        "_factory",
        ast.arguments([], [ast.arg(name) for name in free], None, [], [], None, []),
        [*_outer_name(found, like), body],
        [],
    )
    factory.type_params = []  # type: ignore[attr-defined]  # Python 3.12
    imports = [ast.Import([ast.alias(name)]) for name in found.imported if name.isidentifier()]
    tree = ast.Module([*imports, ast.copy_location(factory, node)], [])
    ast.fix_missing_locations(tree)
    try:
        outer = compile(
            tree, like.co_filename, "exec", flags=like.co_flags & _FUTURES, dont_inherit=True
        )
    except (SyntaxError, ValueError, TypeError, RecursionError):
        return None
    return _find(outer, like.co_name, node)


def _outer_name(found: Found, like: CodeType) -> list[ast.stmt]:
    """Lets a function or class that names itself find itself where it did: among the globals."""
    name = like.co_name if found.owner is None else found.owner
    if name in like.co_freevars or name == "<lambda>":
        return []
    return [ast.Global([name])]


def _without_decorators(node: Any) -> Any:
    if not node.decorator_list:
        return node
    fields = dict(ast.iter_fields(node)) | {"decorator_list": []}
    return ast.copy_location(type(node)(**fields), node)


def _find(outer: CodeType, name: str, node: ast.AST) -> CodeType | None:
    """The code of the definition: the outermost one of its name below the factory."""
    stack = [outer]
    while stack:
        code = stack.pop(0)
        if code.co_name == name and code.co_firstlineno == node.lineno:  # type: ignore[attr-defined]
            return code
        stack.extend(c for c in code.co_consts if isinstance(c, CodeType))
    return None


def _same(code: CodeType | None, want: CodeType) -> bool:
    """Whether two code objects do the same; free variables may stand in another order."""
    if code is None:
        return False
    if "@pytest_ar" in want.co_names or "@py_builtins" in want.co_names:
        # pytest has rewritten the asserts of a test module before it was compiled.
        return code.co_varnames[: code.co_argcount] == want.co_varnames[: want.co_argcount]
    if code.co_code != want.co_code or code.co_names != want.co_names:
        return False
    if code.co_varnames != want.co_varnames or code.co_freevars != want.co_freevars:
        return False
    if len(code.co_consts) != len(want.co_consts):
        return False
    return all(map(_same_constant, code.co_consts, want.co_consts))


def _same_constant(a: Any, b: Any) -> bool:
    if isinstance(a, CodeType) and isinstance(b, CodeType):
        return _same(a, b)
    if isinstance(a, str) and isinstance(b, str) and _LOCAL in a:
        # The name of an inner function, a constant until Python 3.10. It begins with the functions
        # around it, but for one that is declared global.
        return f".{b}".endswith(f".{a.removeprefix(_PREFIX)}")
    return type(a) is type(b) and (a == b or a != a)


__all__ = ["Found", "compiled", "definition"]
