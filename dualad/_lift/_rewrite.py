"""The syntax tree of a function, rewritten for a lifted run.

Every place where a number could meet something that does not take it goes through a helper:

============================  ===================================================
``g(a, k=b)``                 ``_da_call(g, a, k=b)``
``x`` (a name that is read)   ``_da_load(x)``: the number that stands for a plain array
``obj.name``                  ``_da_attribute(obj, "name")``: likewise; properties lifted
``obj[i]``                    ``_da_item(obj, i)``
``obj[i] = v``                ``_da_target(obj)[i] = v``
``obj.name = v``              ``_da_holder(obj).name = v``
``x += v``                    ``x = _da_in_place("+", x, v)``; items and attributes likewise
``a in b``, ``a % b``         ``_da_contains(a, b)``, ``_da_modulo(a, b)``
``a @ b``, ``a * b`` ...      as they are; ``@`` goes through ``_da_matmul(a, b)``
============================  ===================================================

Lines and columns are kept, so tracebacks show the user's source. The helpers are free variables of
the compiled function: no name of the user's is touched.
"""

from __future__ import annotations

import ast
from typing import Any

from ._source import Found

HELPERS = (
    "_da_call",
    "_da_load",
    "_da_attribute",
    "_da_item",
    "_da_target",
    "_da_holder",
    "_da_in_place",
    "_da_item_in_place",
    "_da_attribute_in_place",
    "_da_contains",
    "_da_modulo",
    "_da_matmul",
    "_da_slice",
    "_da_binary",
    "_da_unary",
    "_da_iterable",
    "_da_context",
)
# Functions that look at the frame that they are called from.
_AS_THEY_STAND = frozenset(
    {"super", "locals", "globals", "vars", "dir", "eval", "exec", "__import__"}
)
_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.MatMult: "@",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
}


_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_UNARY: dict[type[ast.unaryop], str] = {ast.USub: "-", ast.UAdd: "+", ast.Invert: "~"}


def rewritten(found: Found, modules: frozenset[str], thorough: bool = False) -> Found:
    """The definition of a lifted function.

    Parameters
    ----------
    found : Found
        The user's definition; it is left as it is.
    modules : frozenset of str
        Global names that are modules, which need no look at when they are read.
    thorough : bool
        Rewrite operators, loops and ``with`` statements too: those of the user's own classes.
    """
    import copy

    node = copy.deepcopy(found.node)
    writer = _Writer(found.owner, modules, thorough)
    return found._replace(node=writer.definition(node))


class _Writer(ast.NodeTransformer):
    def __init__(self, owner: str | None, modules: frozenset[str], thorough: bool) -> None:
        self.owner = owner
        self.modules = modules
        self.thorough = thorough

    # --- helpers -------------------------------------------------------------------------------

    def _helper(self, name: str, node: ast.AST, *args: ast.expr) -> ast.Call:
        function = ast.copy_location(ast.Name("_da_" + name, ast.Load()), node)
        return ast.copy_location(ast.Call(function, list(args), []), node)

    def _text(self, text: str, node: ast.AST) -> ast.Constant:
        return ast.copy_location(ast.Constant(text), node)

    def _private(self, name: str) -> str:
        """A name that Python would mangle in a class, mangled."""
        if self.owner and name.startswith("__") and not name.endswith("__"):
            return f"_{self.owner.lstrip('_')}{name}"
        return name

    # --- definitions ---------------------------------------------------------------------------

    def definition(self, node: Any) -> Any:
        self._arguments(node.args)
        if isinstance(node, ast.Lambda):
            node.body = self.visit(node.body)
            return node
        node.returns = None
        node.body = self._body(node.body)
        return node

    def _body(self, body: list[ast.stmt]) -> list[ast.stmt]:
        first = body[0] if body else None
        is_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
        keep = body[:1] if is_text else []
        out: list[ast.stmt] = list(keep)
        for statement in body[len(keep) :]:
            new = self.visit(statement)
            out.extend(new if isinstance(new, list) else [new])
        return out

    def _arguments(self, arguments: ast.arguments) -> None:
        every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        for arg in (*every, arguments.vararg, arguments.kwarg):
            if arg is not None:
                arg.annotation = None

    def _inner(self, node: Any) -> Any:
        arguments = node.args
        arguments.defaults = [self.visit(d) for d in arguments.defaults]
        arguments.kw_defaults = [d and self.visit(d) for d in arguments.kw_defaults]
        if not isinstance(node, ast.Lambda):
            node.decorator_list = [self.visit(d) for d in node.decorator_list]
        return self.definition(node)

    # The names are those of `ast`.
    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = _inner  # noqa: N815

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        outer, self.owner = self.owner, node.name
        self.generic_visit(node)
        self.owner = outer
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AnnAssign:
        node.target = self.visit(node.target)
        node.value = node.value and self.visit(node.value)
        return node

    def visit_match_case(self, node: Any) -> Any:  # patterns stay as they are
        node.guard = node.guard and self.visit(node.guard)
        node.body = self._body(node.body)
        return node

    # --- reading -------------------------------------------------------------------------------

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if not isinstance(node.ctx, ast.Load) or node.id in self.modules:
            return node
        return self._helper("load", node, node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        value = self.visit(node.value)
        if isinstance(node.ctx, ast.Load):
            if isinstance(value, ast.Name) and value.id in self.modules:
                node.value = value
                return self._helper("load", node, node)
            return self._helper(
                "attribute", node, value, self._text(self._private(node.attr), node)
            )
        node.value = self._helper("holder", node, value)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        value, index = self.visit(node.value), self.visit(node.slice)
        if isinstance(node.ctx, ast.Load):
            if _is_slice(index):
                node.value, node.slice = value, index
                return self._helper("load", node, node)
            return self._helper("item", node, value, index)
        node.value, node.slice = self._helper("target", node, value), index
        return node

    # --- calls and operators -------------------------------------------------------------------

    def visit_Call(self, node: ast.Call) -> ast.expr:
        function = node.func
        args = [self._argument(a) for a in node.args]
        keywords = [ast.keyword(k.arg, self._argument(k.value)) for k in node.keywords]
        for new, old in zip(keywords, node.keywords, strict=True):
            ast.copy_location(new, old)
        if isinstance(function, ast.Name) and function.id in _AS_THEY_STAND:
            node.args, node.keywords = args, keywords
            return node
        if isinstance(function, ast.Attribute):
            function.value = self.visit(function.value)
        elif not isinstance(function, ast.Name):
            function = self.visit(function)
        out = self._helper("call", node, function, *args)
        out.keywords = keywords
        return out

    def _argument(self, node: ast.expr) -> ast.expr:
        """An argument of a call; `call` itself looks names up."""
        return node if isinstance(node, ast.Name) else self.visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        left, right = self.visit(node.left), self.visit(node.right)
        if isinstance(node.op, ast.Mod):
            return self._helper("modulo", node, left, right)
        if isinstance(node.op, ast.MatMult):
            return self._helper("matmul", node, left, right)
        if self.thorough:
            return self._helper(
                "binary", node, self._text(_OPERATORS[type(node.op)], node), left, right
            )
        node.left, node.right = left, right
        return node

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.FormattedValue:
        self.generic_visit(node)
        if node.conversion > 0:  # !s, !r and !a show plain values, as % does
            text = self._text(f"%{chr(node.conversion)}", node)
            shown = ast.copy_location(ast.Tuple([node.value], ast.Load()), node)
            node.value, node.conversion = self._helper("modulo", node, text, shown), -1
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        node.operand = self.visit(node.operand)
        sign = _UNARY.get(type(node.op))
        if not self.thorough or sign is None or isinstance(node.operand, ast.Constant):
            return node
        return self._helper("unary", node, self._text(sign, node), node.operand)

    def visit_For(self, node: ast.For) -> ast.For:
        self.generic_visit(node)
        if self.thorough:
            node.iter = self._helper("iterable", node.iter, node.iter)
        return node

    def visit_comprehension(self, node: ast.comprehension) -> ast.comprehension:
        self.generic_visit(node)
        if self.thorough and not node.is_async:
            node.iter = self._helper("iterable", node.iter, node.iter)
        return node

    def visit_Starred(self, node: ast.Starred) -> ast.Starred:
        self.generic_visit(node)
        if self.thorough and isinstance(node.ctx, ast.Load):
            node.value = self._helper("iterable", node.value, node.value)
        return node

    def visit_withitem(self, node: ast.withitem) -> ast.withitem:
        self.generic_visit(node)
        if self.thorough:
            node.context_expr = self._helper("context", node.context_expr, node.context_expr)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        if len(node.ops) != 1:
            return node
        sign = _COMPARISONS.get(type(node.ops[0]))
        if self.thorough and sign:
            other = node.comparators[0]
            return self._helper("binary", node, self._text(sign, node), node.left, other)
        if not isinstance(node.ops[0], (ast.In, ast.NotIn)):
            return node
        found = self._helper("contains", node, node.left, node.comparators[0])
        if isinstance(node.ops[0], ast.In):
            return found
        return ast.copy_location(ast.UnaryOp(ast.Not(), found), node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        target, value = node.target, self.visit(node.value)
        sign = self._text(_OPERATORS[type(node.op)], node)
        if isinstance(target, ast.Name):
            old = ast.copy_location(ast.Name(target.id, ast.Load()), target)
            new = self._helper("in_place", node, sign, old, value)
            return ast.copy_location(ast.Assign([target], new), node)
        # The old value is read before the right-hand side is evaluated, as Python does.
        owner, again = self._kept("_da_owner", self.visit(target.value))
        if isinstance(target, ast.Attribute):
            name = self._text(self._private(target.attr), node)
            now = self._helper("attribute", node, again, name)
            done = self._helper("attribute_in_place", node, sign, owner, name, now, value)
        else:
            index, same = self._kept("_da_index", self._index(self.visit(target.slice), node))
            now = self._helper("item", node, again, same)
            done = self._helper("item_in_place", node, sign, owner, index, now, value)
        return ast.copy_location(ast.Expr(done), node)

    def _kept(self, name: str, value: ast.expr) -> tuple[ast.expr, ast.expr]:
        """An expression that stores its value under a name, and that name."""
        store, load = ast.Name(name, ast.Store()), ast.Name(name, ast.Load())
        for new in (store, load):
            ast.copy_location(new, value)
        return ast.copy_location(ast.NamedExpr(store, value), value), load

    def _index(self, index: Any, node: ast.AST) -> ast.expr:
        """An index as an ordinary expression, outside of brackets."""
        if isinstance(index, ast.Tuple):
            index.elts = [self._index(i, node) for i in index.elts]
            return index
        if not isinstance(index, ast.Slice):
            return index
        none = ast.copy_location(ast.Constant(None), node)
        ends = [end or none for end in (index.lower, index.upper, index.step)]
        return self._helper("slice", node, *ends)


def _is_slice(index: Any) -> bool:
    if isinstance(index, ast.Tuple):
        return any(map(_is_slice, index.elts))
    return isinstance(index, ast.Slice)


__all__ = ["HELPERS", "rewritten"]
