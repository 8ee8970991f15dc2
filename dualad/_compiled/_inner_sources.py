"""Drivers of derivatives inside compiled code, written as source for the kinds of arguments."""

from __future__ import annotations

import linecache
from typing import Any

import numpy as np
from numba import njit
from numba.core import errors, types

from . import _inner_overlaps, _inner_products, _inner_results, _levels, _store
from ._dispatch import differentiated
from ._drivers import Layout
from ._inner_products import check_plain, numbers_in
from ._overlaps import holds_memory
from ._stand_ins import Marker
from ._tape import VarType
from ._types import ADType, DualType

CHUNK = 8
"""Directions of its own that travel at once, where the number of inputs is not known."""
MOST = 64
"""Elements of the largest vector of a number: sets of directions multiply."""


def kind_of(ty: Any) -> Any:
    """What a driver's source depends on, of the type of an argument."""
    if isinstance(ty, (types.Float, ADType)):
        return "number"
    if isinstance(ty, types.Integer):
        return "integer"
    if isinstance(ty, types.Array):
        return "array", isinstance(ty.dtype, types.Integer), ty.ndim
    if isinstance(ty, types.UniTuple):
        return "tuple", ty.count
    return "other", ty


def outer_of(args: Any) -> ADType | None:
    """The kind of number of an outer derivative among arguments, as float64."""
    found = {n.with_base(types.float64) for a in args for n in numbers_in(a)}
    if len(found) > 1:
        raise errors.TypingError("dualad: arguments of different derivatives meet")
    return found.pop() if found else None


class Site:
    """A call of a derivative inside compiled code: which, and on what."""

    def __init__(self, verb: Any, names: tuple[str, ...], args: tuple[Any, ...]) -> None:
        self.verb, self.names, self.args = verb, names, args
        self.outer = outer_of(args)
        chosen = verb.argnums if isinstance(verb.argnums, tuple) else (verb.argnums,)
        if not all(-len(args) <= p < len(args) for p in chosen):
            raise errors.TypingError(
                f"dualad: argnums={verb.argnums!r}, but {verb!r} was called with "
                f"{len(args)} positional arguments"
            )
        self.positions = tuple(p % len(args) for p in chosen)
        for p in self.positions:
            if not _is_differentiable(args[p]):
                raise errors.TypingError(f"dualad: {verb!r} of an argument of type {args[p]}")

    @property
    def order(self) -> int:
        if self.verb.name == "hessian":
            return 2
        return self.verb.order  # type: ignore[no-any-return]  # an int

    @property
    def is_scalar(self) -> bool:
        """Whether one number is differentiated in, so that no matrix is needed."""
        return len(self.positions) == 1 and kind_of(self.args[self.positions[0]]) in (
            "number",
            "integer",
        )

    def lanes(self) -> int:
        """Directions of one chunk: a power of two, as few as are known to be enough."""
        outer = 1
        for width in getattr(self.outer, "groups", ()):
            outer *= width
        most = max(1, MOST // outer)
        if self.order == 2:
            most = max(1, int(most**0.5))
            most = 1 << (most.bit_length() - 1)
        total = 0
        for p in self.positions:
            kind = kind_of(self.args[p])
            total += kind[1] if kind[0] == "tuple" else 1 if isinstance(kind, str) else 10**6
        wanted = min(total, self.verb.chunk or CHUNK if self.order == 1 else 4)
        return min(most, 1 << max(wanted - 1, 0).bit_length())

    def numbers(self, own: tuple[int, ...], careful: bool) -> Any:
        """The type of the numbers that f is run with."""
        if len(own) + len(getattr(self.outer, "groups", ())) > 3:
            raise errors.TypingError(
                f"dualad: derivatives of an order above three of {self.verb.function.__name__}, "
                "which is compiled, are to be taken; write one of them by hand, or use py_func"
            )
        return _levels.inner_type(self.outer, own, careful)

    def expression(self, i: int) -> str:
        """Argument i as a float, or an array of them."""
        kind = kind_of(self.args[i])
        if i in self.positions and kind == "integer":
            return f"_da_float({self.names[i]})"
        if i in self.positions and kind[0] == "array" and kind[1]:
            return f"{self.names[i]}.astype(_da_np.float64)"
        return self.names[i]

    def arguments(self, starts: str) -> str:
        """The arguments of the run of f: raised where they carry derivatives."""
        out, first = [], "0"
        for i, ty in enumerate(self.args):
            if i in self.positions:
                own = "0"
                for p in self.positions[: self.positions.index(i)]:
                    own += f" + _da_size_of({self.names[p]})"
                first = own
                out.append(f"_da_raised({self.expression(i)}, _da_in, {first}, {starts})")
            elif numbers_in(ty):
                out.append(f"_da_raised({self.names[i]}, _da_in, -1, {starts})")
            else:
                out.append(self.names[i])
        return ", ".join(out)


def _is_differentiable(ty: Any) -> bool:
    if isinstance(ty, (types.Array, types.List)):
        return isinstance(ty.dtype, (types.Float, types.Integer, ADType))
    if isinstance(ty, types.BaseTuple):
        return all(_is_differentiable(t) and kind_of(t) == "number" for t in ty)
    return isinstance(ty, (types.Float, types.Integer, ADType))


def built(site: Site, careful: bool = False) -> Any:
    """The driver of a call."""
    if site.verb.name == "hvp":
        return _product(site)
    if isinstance(site.outer, VarType):
        return _on_tape(site)
    if site.verb.name == "derivative" and not site.is_scalar:
        raise errors.TypingError(
            "dualad: da.derivative inside compiled code takes a number; write a loop over the "
            "elements, or da.jacobian"
        )
    met = _check_effects(site)
    own = (1,) * site.order if site.is_scalar else (site.lanes(),) * site.order
    ty = site.numbers(own, careful)
    plain = site.outer is None
    names: dict[str, Any] = {"_da_in": Marker(ty), "_da_lanes": own[0]}
    names["_da_out"] = None if plain else Marker(site.outer)  # type: ignore[arg-type]  # `plain`
    names["_da_dtype"] = np.float64 if plain else names["_da_out"]
    g = site.verb.g
    names["_da_f"] = differentiated(g, ty) if hasattr(g, "py_func") else g
    checked = plain and not careful
    if checked:
        names["_da_careful"] = built(site, True)
    lines = [*met, *(_one(site) if site.is_scalar else _many(site))]
    return compiled(site.names, lines, names, checked)


def _check_effects(site: Site) -> list[str]:
    """Refuse what can't be run again; lines that do so for arguments that share memory."""
    if not hasattr(site.verb.g, "py_func"):
        return []
    functions = {i: t.dispatcher for i, t in enumerate(site.args) if hasattr(t, "dispatcher")}
    layout = Layout(site.verb.g, len(site.args), (), site.positions, functions)
    held = [i for i, ty in enumerate(site.args) if holds_memory(ty)]
    written = [i for i in layout.exposed if i in held]
    if layout.draws or set(written) - set(site.positions):
        raise errors.TypingError(
            f"dualad: {site.verb.g.py_func.__name__} writes into its arguments or draws random "
            "numbers, and is differentiated inside compiled code; let it make its arrays itself"
        )
    pairs = [(i, j) for i in written for j in held if i < j or (i > j and j not in written)]
    return [f"_da_apart({site.names[i]}, {site.names[j]})" for i, j in pairs]


def _returned(site: Site, value: str, derivative: str) -> str:
    if site.verb.name.startswith("value_and"):
        return f"return {value}, {derivative}"
    return f"return {derivative}"


def _call(site: Site, starts: str) -> str:
    call = f"_da_f({site.arguments(starts)})"
    return f"_da_as_number({call})" if "grad" in site.verb.name else call


def _one(site: Site) -> list[str]:
    """Derivatives in one number, of any order: no matrix."""
    zeros = f"({'0, ' * site.order})"
    value = "_da_lowered(_da_y, _da_out)"
    return [
        f"_da_y = {_call(site, zeros)}",
        f"_da_found = _da_along(_da_y, _da_out, {zeros})",
        "CHECK",
        _returned(site, value, "_da_found"),
    ]


def _many(site: Site) -> list[str]:
    """Jacobians and Hessians, in chunks of directions."""
    total = " + ".join(f"_da_size_of({site.names[p]})" for p in site.positions)
    second = site.order == 2
    starts = "(_da_i, _da_j)" if second else "(_da_i,)"
    counts = [f"_da_min(_da_lanes, _da_total - _da_{k})" for k in ("ij" if second else "i")]
    shape = "_da_size_of(_da_y), _da_total" + (", _da_total" if second else "")
    loop = [
        f"_da_y = {_call(site, starts)}",
        "if _da_first:",
        "    _da_first = False",
        "    _da_value = _da_lowered(_da_y, _da_out)",
        f"    _da_found = _da_np.zeros(({shape}), _da_dtype)",
        f"_da_put_parts(_da_y, _da_found, 0, _da_out, {starts}, ({', '.join(counts)},))",
    ]
    if second:
        loop += ["_da_j += _da_lanes", "if _da_j >= _da_total:", "    _da_i += _da_lanes"]
        loop += ["    _da_j = _da_i"]
    else:
        loop.append("_da_i += _da_lanes")
    loop += ["if _da_i >= _da_total:", "    break"]
    lines = [f"_da_total = {total}", "_da_i = 0", "_da_j = 0", "_da_first = True", "while True:"]
    lines += [*(f"    {line}" for line in loop), "CHECK"]
    return [*lines, _returned(site, "_da_value", _assembled(site, "_da_found"))]


def _assembled(site: Site, found: str) -> str:
    """The expression of the result, from the matrix of all derivatives."""

    def offset(p: int) -> str:
        before = site.positions[: site.positions.index(p)]
        return " + ".join(["0", *(f"_da_size_of({site.names[q]})" for q in before)])

    def block(p: int, q: int | None = None) -> str:
        if q is None:
            return f"_da_entry(_da_value, {found}, {site.expression(p)}, {offset(p)})"
        pair = f"{site.expression(p)}, {site.expression(q)}, {offset(p)}, {offset(q)}"
        return f"_da_entry2(_da_value, {found}, {pair})"

    tuples = isinstance(site.verb.argnums, tuple)
    if site.order == 1:
        parts = [block(p) for p in site.positions]
        return f"({', '.join(parts)},)" if tuples else parts[0]
    if not tuples:
        return block(site.positions[0], site.positions[0])
    rows = ["(" + ", ".join(block(p, q) for q in site.positions) + ",)" for p in site.positions]
    return f"({', '.join(rows)},)"


def _on_tape(site: Site) -> Any:
    """The derivative as variables of a tape: its own Jacobian gives the partials."""
    if site.outer.order != 1:  # type: ignore[union-attr]  # a VarType
        raise errors.TypingError("dualad: a tape of second order meets an inner derivative")
    active = [i for i, ty in enumerate(site.args) if numbers_in(ty)]
    lanes = CHUNK if site.order == 1 else 4
    ty = DualType(types.float64, lanes)
    out, first = [], ["0"]
    for i, name in enumerate(site.names):
        if i in active:
            start = " + ".join(first)
            out.append(f"_da_raised(_da_values_of({name}), _da_in, {start}, (_da_i,))")
            first.append(f"_da_size_of({name})")
        else:
            out.append(name)
    count = "_da_min(_da_lanes, _da_total - _da_i)"
    loop = [
        f"_da_y = _da_f({', '.join(out)})",
        "if _da_first:",
        "    _da_first = False",
        "    _da_value = _da_values_of(_da_y)",
        "    _da_found = _da_np.zeros((_da_size_of(_da_y), _da_total))",
        f"_da_put_parts(_da_y, _da_found, 0, None, (_da_i,), ({count},))",
        "_da_i += _da_lanes",
        "if _da_i >= _da_total:",
        "    break",
    ]
    lines = [f"_da_total = {' + '.join(first)}", "_da_i = 0", "_da_first = True", "while True:"]
    lines += [f"    {line}" for line in loop]
    held = "(" + ", ".join(site.names[i] for i in active) + ",)"
    lines += [f"_da_held = {held}", "_da_where = _da_np.zeros(_da_total, _da_np.int64)"]
    lines += ["_da_put_variables(_da_held, _da_where, 0)"]
    lines.append("return _da_recorded(_da_value, _da_found, 0, _da_where, _da_tape_of(_da_held))")
    names = {"_da_in": Marker(ty), "_da_lanes": lanes, "_da_f": site.verb}
    return compiled(site.names, lines, names, False)


def _product(site: Site) -> Any:
    """The Hessian times a vector: the derivative of the gradient along it."""
    check_plain("hvp", site.args)
    first, direction, *rest = site.names
    outer = DualType(types.float64, 1)
    names: dict[str, Any] = {"_da_in": Marker(outer), "_da_gradient": site.verb.gradient}
    others = "".join(f", {name}" for name in rest)
    directed = f"_da_directed({first}, {direction}, _da_in)"
    lines = [
        f"_da_y = _da_gradient({directed}{others})",
        "return _da_along(_da_y, None, (0,))",
    ]
    return compiled(site.names, lines, names, False)


def compiled(parameters: Any, lines: list[str], names: dict[str, Any], checked: bool) -> Any:
    """A dispatcher of a driver's source."""
    again = f"return _da_careful({', '.join(parameters)})"
    check = ["if _da_not_finite(_da_found):", f"    {again}"] if checked else []
    body = [new for line in lines for new in (check if line == "CHECK" else [line])]
    source = f"def drive({', '.join(parameters)}):\n" + "".join(f"    {b}\n" for b in body)
    space: dict[str, Any] = {"_da_np": np, "_da_min": min, "_da_float": float, **names}
    for module in (_inner_overlaps, _inner_products, _inner_results, _levels):
        space |= {f"_da_{n}": v for n, v in vars(module).items() if not n.startswith("_")}
    filename = f"<dualad inner driver {len(linecache.cache)}>"
    exec(compile(source, filename, "exec"), space)
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    drive = space["drive"]
    drive.__qualname__ = _store.unique("inner_drive")  # as all code that a cache may hold
    return njit(nogil=True, no_cfunc_wrapper=True, no_cpython_wrapper=True)(drive)
