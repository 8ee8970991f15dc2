"""What a function closes over: the numbers are found, and others put in their place.

A solver calls the user's function hundreds of times on plain values, while the parameters that it
closes over are numbers. `Closed` finds those numbers, in the function's closure, its defaults, the
object that it is a method of, `functools.partial`, and in lists, tuples, dictionaries and plain
objects there, and makes the same function over other values: plain ones for SciPy, fresh numbers
for an adjoint equation [1]_.

What it cannot reach (attributes in slots, globals, objects of C) stays what it was; the function
then still answers numbers, which its caller sees.

References
----------
.. [1] Closure conversion of traced functions: R. Frostig, M. Johnson, C. Leary, "Compiling machine
   learning programs via high-level tracing", SysML 2018.
"""

from __future__ import annotations

import dis
import functools
from collections.abc import Callable, Sequence
from types import CellType, CodeType, FunctionType, MethodType, SimpleNamespace
from typing import Any

import numpy as np

from .._lift._shadows import load
from .._lift._ways import is_user_code
from .._numbers import Number

_SEQUENCES = (list, tuple)


class Closed:
    """A function or any other object, with the numbers that it holds.

    Attributes
    ----------
    constants : list of Number
        The numbers found, each once, in the order in which they were met.
    whole : bool
        False where a function sets a variable of an outer function (nonlocal) that may hold a
        number: its copy would set another variable.
    """

    def __init__(self, root: Any) -> None:
        self.root = root
        self.constants: list[Any] = []
        self.whole = True
        self._positions: dict[int, int] = {}  # id of a number, or of an array it stands for
        self._holds: dict[int, bool] = {}
        self._kept: list[Any] = []  # so that no id is used twice
        while True:  # until nothing new is found: of a cycle, the first answer may be too early
            count = len(self.constants)
            self._holds.clear()
            found = self._find(root)
            if len(self.constants) == count:
                break
        if found:
            # A dictionary may be a cache: what plain runs find must not be found with numbers.
            for x in self._kept:
                if type(x) is dict:
                    self._holds[id(x)] = True
            self._spread(root)

    def _find(self, x: Any) -> bool:
        """Whether x holds a number."""
        number = load(x) if type(x) is np.ndarray else x
        if isinstance(number, Number):
            if id(x) not in self._positions:
                self._kept.append(x)
                self._positions[id(x)] = len(self.constants)
                self.constants.append(number)
            return True
        if type(x) in _LEAVES:
            return False
        known = self._holds.get(id(x))
        if known is not None:
            return known
        self._holds[id(x)] = False
        self._kept.append(x)
        found = [self._find(part) for part in _parts(x)]  # all of them: no short cut
        if type(x) is FunctionType and x.__closure__:
            for name, cell in zip(x.__code__.co_freevars, x.__closure__, strict=True):
                if name in _written(x.__code__) and self._holds.get(id(cell), False):
                    self.whole = False
        self._holds[id(x)] = any(found)
        return self._holds[id(x)]

    def _spread(self, root: Any) -> None:
        """Objects on a cycle hold what the cycle holds."""
        changed = True
        while changed:
            changed = False
            for x in self._kept:
                if not self._holds.get(id(x), True) and any(map(self._has, _parts(x))):
                    self._holds[id(x)] = changed = True

    def _has(self, x: Any) -> bool:
        return id(x) in self._positions or self._holds.get(id(x), False)

    def over(self, values: Sequence[Any]) -> tuple[Any, Callable[[], None]]:
        """The same object over other values in place of `constants`.

        Returns
        -------
        copy : object
        hand_on : callable
            Gives the user's own objects what the copy has set in theirs (``self.calls += 1``).
        """
        copies = _Copy(self, values)
        return copies.copy(self.root), copies.hand_on


class _Copy:
    """One copy of an object, in which values stand for numbers."""

    def __init__(self, closed: Closed, values: Sequence[Any]) -> None:
        self.closed, self.values = closed, values
        self.made: dict[int, Any] = {}
        self.objects: list[tuple[Any, Any, dict[str, Any]]] = []  # (original, copy, as made)
        self.tables: list[tuple[dict[Any, Any], dict[Any, Any]]] = []  # (copy, as made)
        self.caches: dict[tuple[int, str], Any] = {}  # what was set once, by object and name
        self.numbers = not all(issubclass(type(v), _PLAIN) for v in values)

    def hand_on(self) -> None:
        """What was set in a copied object is set in the user's own, but for caches.

        What was missing or None, and is set once (a cached property), may depend on the values
        that stand for numbers: the user's own object finds it anew. Over numbers, which may have
        ended when the next call comes, it is found anew at each call.
        """
        for table, as_made in self.tables if self.numbers else ():
            table.clear()
            table.update(as_made)
        for old, new, made in self.objects:
            changed = {n: v for n, v in new.__dict__.items() if v is not made.get(n, new)}
            caches = {n for n, v in changed.items() if self._is_cache(new, n, made, v)}
            if caches:  # with what says that they are filled
                caches |= {n for n, v in changed.items() if type(v) is bool}
            for name in changed.keys() - caches:
                old.__dict__[name] = made[name] = changed[name]
            for name in caches if self.numbers else ():
                if name in made:
                    new.__dict__[name] = made[name]
                else:
                    del new.__dict__[name]

    def _is_cache(self, new: Any, name: str, made: dict[str, Any], value: Any) -> bool:
        if made.get(name) is not None:
            return False
        return self.numbers or value is self.caches.setdefault((id(new), name), value)

    def copy(self, x: Any) -> Any:
        position = self.closed._positions.get(id(x))
        if position is not None:
            return self.values[position]
        if not self.closed._holds.get(id(x), False):
            return x
        made = self.made.get(id(x))
        return self._new(x) if made is None else made

    def _new(self, x: Any) -> Any:
        kind = type(x)
        if kind is FunctionType:
            return self._function(x)
        if kind is MethodType:
            return self._keep(x, MethodType(self.copy(x.__func__), self.copy(x.__self__)))
        if kind is functools.partial:
            new = functools.partial(
                self.copy(x.func),
                *map(self.copy, x.args),
                **{name: self.copy(value) for name, value in x.keywords.items()},
            )
            return self._keep(x, new)
        if kind is CellType:
            cell = self._keep(x, CellType())
            cell.cell_contents = self.copy(x.cell_contents)
            return cell
        if kind is list:
            items = self._keep(x, [])
            items.extend(map(self.copy, x))
            return items
        if kind is dict:
            table = self._keep(x, {})
            table.update((key, self.copy(value)) for key, value in x.items())
            self.tables.append((table, dict(table)))
            return table
        if isinstance(x, tuple):
            items = map(self.copy, x)
            return self._keep(x, kind(*items) if hasattr(kind, "_fields") else tuple(items))
        new = self._keep(x, kind() if kind is SimpleNamespace else object.__new__(kind))
        new.__dict__.update((name, self.copy(value)) for name, value in x.__dict__.items())
        self.objects.append((x, new, dict(new.__dict__)))
        return new

    def _keep(self, x: Any, new: Any) -> Any:
        self.made[id(x)] = new
        return new

    def _function(self, x: FunctionType) -> FunctionType:
        # The cells come first and empty: a recursive function is in its own closure.
        cells = tuple(self._cell(cell) for cell in x.__closure__ or ())
        new = FunctionType(x.__code__, x.__globals__, x.__name__, None, cells)
        self.made[id(x)] = new
        for old, cell in zip(x.__closure__ or (), cells, strict=True):
            if cell is not old:
                cell.cell_contents = self.copy(old.cell_contents)
        new.__defaults__ = self._all(x.__defaults__)
        if x.__kwdefaults__:
            new.__kwdefaults__ = {name: self.copy(v) for name, v in x.__kwdefaults__.items()}
        new.__qualname__, new.__module__ = x.__qualname__, x.__module__
        new.__dict__.update(x.__dict__)
        return new

    def _cell(self, cell: CellType) -> CellType:
        if not self.closed._holds.get(id(cell), False):
            return cell
        made = self.made.get(id(cell))
        return self._keep(cell, CellType()) if made is None else made

    def _all(self, values: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
        return None if values is None else tuple(map(self.copy, values))


_PLAIN = (int, float, complex, np.generic, np.ndarray)

_LEAVES = frozenset(
    {int, float, complex, bool, str, bytes, type(None), np.ndarray, np.float64, type, slice, range}
)


def _parts(x: Any) -> list[Any]:
    """What x consists of, where it can be made anew from other parts."""
    kind = type(x)
    if kind is FunctionType:
        return _parts_of_function(x)
    if kind is CellType:
        return [x.cell_contents] if _is_filled(x) else []
    if kind is MethodType:
        return [x.__func__, x.__self__]
    if kind is functools.partial:
        return [x.func, *x.args, *x.keywords.values()]
    if kind in _SEQUENCES or (isinstance(x, tuple) and hasattr(kind, "_fields")):
        return list(x)
    if kind is dict:
        return list(x.values())
    return list(x.__dict__.values()) if _is_plain_object(x) else []


def _parts_of_function(x: FunctionType) -> list[Any]:
    if not is_user_code(x.__code__.co_filename):
        return []
    return [*(x.__closure__ or ()), *(x.__defaults__ or ()), *(x.__kwdefaults__ or {}).values()]


@functools.lru_cache(512)
def _written(code: CodeType) -> frozenset[str]:
    """The variables of outer functions that code sets."""
    found = {i.argval for i in dis.get_instructions(code) if i.opname == "STORE_DEREF"}
    return frozenset(found & set(code.co_freevars))


def _is_filled(cell: CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018  # raises where the variable has no value yet
    except ValueError:
        return False
    return True


def _is_plain_object(x: Any) -> bool:
    """Whether x is an instance of a class of the user's that consists of its attributes alone."""
    kind = type(x)
    if kind is SimpleNamespace:
        return True
    if isinstance(x, (type, Number, np.generic)) or not hasattr(x, "__dict__"):
        return False
    plain = all(getattr(kind, name) is getattr(object, name) for name in _MAKING)
    return plain and kind.__module__.partition(".")[0] not in _LIBRARIES and not _has_slots(kind)


def _has_slots(kind: type) -> bool:
    return any(base.__dict__.get("__slots__") for base in kind.__mro__)


_LIBRARIES = ("builtins", "numpy", "scipy", "dualad", "pandas", "threading", "types", "functools")

_MAKING = ("__new__", "__setattr__", "__getattribute__")

__all__ = ["Closed"]
