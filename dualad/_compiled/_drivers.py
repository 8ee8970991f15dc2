"""Drivers: compiled functions that run a differentiated function over its chunks of directions.

One call from Python to machine code does all of it: seeds, the loop over chunks, and the Jacobian,
filled in its place. A driver is written as source for the arguments that a call has, and is an
ordinary dispatcher: Numba finds the types. What it is compiled from is imported only when it is
compiled, and not where its code is taken from disk.
"""

from __future__ import annotations

import linecache
import threading
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from . import _store
from ._messages import DRAWS_AGAIN
from ._notes import Repeats

LOCK = threading.RLock()
DRIVERS: weakref.WeakKeyDictionary[Any, dict[Any, Any]] = weakref.WeakKeyDictionary()

SPREADING: weakref.WeakSet[Any] = weakref.WeakSet()
"""Functions that call parallel ones."""


class Layout:
    """How a call of f is taken apart.

    Parameters
    ----------
    f : dispatcher
    count : int
        Positional arguments.
    keywords : tuple of str
    positions : tuple of int
        Those to differentiate.
    functions : dict, optional
        Compiled functions among the arguments, if known, by their places.
    """

    def __init__(
        self,
        f: Any,
        count: int,
        keywords: tuple[str, ...],
        positions: tuple[int, ...],
        functions: dict[int, Any] | None = None,
    ) -> None:
        self.f, self.count, self.keywords, self.positions = f, count, keywords, positions
        code = f.py_func.__code__
        names = list(code.co_varnames[: code.co_argcount])
        index = [*range(count), *(names.index(k) if k in names else -1 for k in keywords)]
        own = code.co_argcount
        # Arguments beyond the named ones are members of the tuple of *args, the last parameter.
        place = [min(i, own) if i >= 0 else own for i in index]
        active = frozenset(place[i] for i in positions)
        key = tuple(sorted(active))
        found = effects(f, key, functions) if functions else _store.remembered(f, key, effects)
        filled, touched, self.draws, self.spreads, self.decides = found
        if self.spreads:
            SPREADING.add(f)
        others = [i for i in range(len(index)) if i not in positions]
        self.work = tuple(i for i in others if place[i] in filled)
        self.touched = tuple(i for i in others if place[i] in touched and i not in self.work)
        # What f may write, the input too, must be apart from all other arguments.
        self.exposed = tuple(i for i in range(len(index)) if place[i] in {*filled, *touched})

    def on(self, driver: Any, tape: bool = False) -> Any:
        """The driver, with what must be known to repeat its calls; `tape`: it goes backward."""
        driver._dualad_exposed = self.exposed
        if self.decides:
            count = self.count + len(self.keywords)
            writes = bool(self.work or self.touched)
            # A plain call that gives the value is not answered otherwise.
            once = self.draws or self.reorders
            driver._dualad_repeats = Repeats(
                count, self.keywords, self.positions, writes, once, tape
            )
        return driver

    @property
    def names(self) -> list[str]:
        return [f"a{i}" for i in range(self.count + len(self.keywords))]

    def call(self, prefix: dict[int, str]) -> str:
        """The arguments of the call of f, some under other names."""
        given = [prefix.get(i, f"a{i}") for i in range(self.count)]
        given += [
            f"{k}={prefix.get(i, f'a{i}')}" for i, k in enumerate(self.keywords, start=self.count)
        ]
        return ", ".join(given)

    def prepare(self) -> list[str]:
        """Lines before the loop: copies of what f writes."""
        lines = [f"s{i} = snapshot(a{i})" for i in (*self.work, *self.touched)]
        if self.reorders:
            everything = range(self.count + len(self.keywords))
            copies = {i: f"snapshot(a{i})" for i in everything}
            lines.append(f"plain_value_of_f = plain_f({self.call(copies)})")
        return lines

    @property
    def reorders(self) -> bool:
        """Whether Numba may order the sums of f anew each time that it is compiled.

        Then the value is that of a plain call, with ``parallel`` from Python (see `_together`).
        """
        options = self.f.targetoptions
        return bool(options.get("fastmath") and not options.get("parallel"))

    @property
    def value(self) -> str:
        return "value = plain_value_of_f" if self.reorders else "value = values_of(y)"

    def fresh(self) -> tuple[list[str], dict[int, str]]:
        """Lines before each run of f, and the names of its arguments."""
        lines: list[str] = []
        if self.draws:
            lines += ["if not first_run:", f"    raise RuntimeError({DRAWS_AGAIN!r})"]
        names: dict[int, str] = {}
        if self.work or self.touched:
            lines.append("if not first_run:")
            lines += [f"    once_only(a{i})" for i in (*self.work, *self.touched)]
        for i in self.work:
            lines.append(f"d{i} = promoted_copy(s{i}, MARKER)")
            names[i] = f"d{i}"
        for i in self.touched:
            lines.append(f"d{i} = a{i} if first_run else snapshot(s{i})")
            names[i] = f"d{i}"
        return lines, names

    def run(self, seeded: bool, start: str) -> tuple[list[str], dict[int, str], str]:
        """Lines before each forward run of f, the names of its arguments, and the input's size.

        `start` says where the directions begin: the columns of `seeds` if `seeded`, else units.
        """
        lines, names = self.fresh()
        size = "0"
        for i in self.positions:
            seeds = "seeds" if seeded else "None"
            lines.append(f"d{i} = seeded(a{i}, MARKER, {seeds}, {size}, {start})")
            names[i] = f"d{i}"
            size += f" + inputs_of(a{i})"
        return lines, names, size

    def after_first(self) -> list[str]:
        """Lines after the first run: what the plain call would leave."""
        return [f"write_back(a{i}, d{i})" for i in self.work]

    def failed(self, condition: str) -> list[str]:
        """Lines after the loop: no answer, and arrays as they were, for a careful run."""
        restored = [f"    restore(a{i}, s{i})" for i in (*self.work, *self.touched)]
        return [f"if {condition}:", *restored, "    return None"]


def effects(
    f: Any, active: tuple[int, ...], functions: dict[int, Any] | None = None
) -> tuple[Any, ...]:
    """Parameters that get active values, and that are written at all.

    And whether random numbers are drawn, parallel functions called, and active values tested for
    equality.
    """
    from ._activity import summary

    seen = summary(f, frozenset(active), functions or {}, False, every=True)
    own = summary(f, frozenset(active), functions or {})
    filled, touched = (sorted(s.written_parameters) for s in (own, seen))
    return filled, touched, seen.draws, seen.spreads, own.decides


def forward_source(layout: Layout, seeded: bool) -> str:
    """The source of a forward driver, which answers the value and the Jacobian.

    `seeded`: the directions are the columns of a matrix, given first with their number; else all
    unit directions.
    """
    loop, names, first = layout.run(seeded, "start")
    body = [*layout.prepare(), "start = 0", "first_run = True", "bad = 0.0"]
    if not seeded:
        body.append(f"total = {first}")
    loop += [
        f"y = f({layout.call(names)})",
        "if first_run:",
        "    first_run = False",
        f"    {layout.value}",
        "    out = np.empty((size_of(y), total))",
        *(f"    {line}" for line in layout.after_first()),
        "count = min(LANES, total - start)",
        "bad += put_lanes(y, out, 0, start, count)",
        "start += LANES",
        "if start >= total:",
        "    break",
    ]
    body += ["while True:", *(f"    {line}" for line in loop)]
    body += [*layout.failed("bad != 0.0 and CHECKED"), "return value, shaped(value, out)"]
    parameters = ", ".join([*(["seeds", "total"] if seeded else []), *layout.names])
    return "\n".join([f"def drive({parameters}):", *(f"    {line}" for line in body)]) + "\n"


def forward(
    f: Any,
    count: int,
    keywords: tuple[str, ...],
    positions: tuple[int, ...],
    lanes: int,
    seeded: bool = False,
    careful: bool = False,
) -> Any:
    """The driver of forward mode for calls of f like this one.

    It takes f's arguments and answers ``(value, Jacobian)``, or None where an entry of it is not
    finite (a careful one answers it as it is).
    """
    key = ("forward", count, keywords, positions, lanes, seeded, careful)
    with LOCK:
        drivers = DRIVERS.setdefault(f, {})
        if key not in drivers:
            layout = Layout(f, count, keywords, positions)
            names = {"LANES": lanes, "CHECKED": not careful}
            source = forward_source(layout, seeded)
            drivers[key] = layout.on(compiled(f, key, source, ("Dual", lanes, careful), names))
        return drivers[key]


def second_source(layout: Layout, seeded: bool) -> str:
    """The source of a driver of second derivatives, by blocks of rows and columns.

    `seeded`: the columns are given directions, a matrix that comes first with their number.
    """
    loop, names, first = layout.run(seeded, "(start, other)")
    body = [*layout.prepare(), "start = 0", "other = 0", "first_run = True", "bad = 0.0"]
    body.append(f"total = {first}")
    body.append(f"width = {'columns' if seeded else 'total'}")
    loop += [
        f"y = f({layout.call(names)})",
        "if first_run:",
        "    first_run = False",
        f"    {layout.value}",
        "    out = np.zeros((size_of(y), total, width))",
        *(f"    {line}" for line in layout.after_first()),
        "count = (min(ROWS, total - start), min(COLUMNS, width - other))",
        f"bad += put_pairs(y, out, 0, (start, other), count, {not seeded})",
        "other += COLUMNS",
        "if other >= width:",
        "    start += ROWS",
        f"    other = {'0' if seeded else 'start'}",
        "if start >= total:",
        "    break",
    ]
    body += ["while True:", *(f"    {line}" for line in loop)]
    body += [*layout.failed("bad != 0.0 and CHECKED"), "return value, shaped(value, out)"]
    parameters = ", ".join([*(["seeds", "columns"] if seeded else []), *layout.names])
    return "\n".join([f"def drive({parameters}):", *(f"    {line}" for line in body)]) + "\n"


def second(
    f: Any,
    count: int,
    keywords: tuple[str, ...],
    positions: tuple[int, ...],
    shape: tuple[int, int],
    seeded: bool = False,
    careful: bool = False,
) -> Any:
    """The driver of second derivatives for calls of f like this one, see `second_source`.

    `shape`: rows and columns of a block; rows are unit directions.
    """
    key = ("second", count, keywords, positions, shape, seeded, careful)
    with LOCK:
        drivers = DRIVERS.setdefault(f, {})
        if key not in drivers:
            layout = Layout(f, count, keywords, positions)
            names = {"ROWS": shape[0], "COLUMNS": shape[1], "CHECKED": not careful}
            source = second_source(layout, seeded)
            drivers[key] = layout.on(compiled(f, key, source, ("Jet", *shape, careful), names))
        return drivers[key]


def reverse_source(layout: Layout, record: bool) -> str:
    """The source of a reverse driver, which is given the header of a tape first.

    `record`: it answers the value and the numbers of the outputs' variables; else the value and
    the Jacobian.
    """
    fresh, names = layout.fresh()
    body = [*layout.prepare(), "first_run = True", *fresh]
    first = "0"
    seeds = []
    for i in layout.positions:
        seeds.append(f"d{i} = seeded(a{i}, MARKER, header, {first}, 0)")
        names[i] = f"d{i}"
        first += f" + inputs_of(a{i})"
    body += [f"total = {first}", "begin(header, total)", *seeds]
    body += [f"y = f({layout.call(names)})", layout.value, *layout.after_first()]
    body += ["where = np.zeros(size_of(y), np.int64)", "put_variables(y, where, 0)"]
    if record:
        body.append("return value, where")
    else:
        body += ["out = np.empty((where.size, total))", "bad = pulled(value, header, where, out)"]
        body += [*layout.failed("bad != 0.0"), "return value, shaped(value, out)"]
    parameters = ", ".join(["header", *layout.names])
    return "\n".join([f"def drive({parameters}):", *(f"    {line}" for line in body)]) + "\n"


def products_source(layout: Layout) -> str:
    """The source of a driver of forward over reverse: f once for each row of `directions`."""
    fresh, names = layout.fresh()
    loop: list[str] = list(fresh)
    first = "0"
    seeds = []
    for i in layout.positions:
        seeds.append(f"d{i} = seeded(a{i}, MARKER, (header, directions[row]), {first}, 0)")
        names[i] = f"d{i}"
        first += f" + inputs_of(a{i})"
    loop += [f"begin(header, {first})", *seeds, f"y = f({layout.call(names)})"]
    loop += ["if first_run:", "    first_run = False", f"    {layout.value}"]
    loop += [f"    {line}" for line in layout.after_first()]
    loop += ["where = np.zeros(size_of(y), np.int64)", "put_variables(y, where, 0)"]
    loop += ["if where.size != 1:", "    return value, np.zeros((0, 0))"]
    loop.append("bad += sweep_second(header, where[0], out[row])")
    body = [*layout.prepare(), "first_run = True", "bad = 0.0"]
    body += ["out = np.empty(directions.shape)", "for row in range(directions.shape[0]):"]
    body += [*(f"    {line}" for line in loop)]
    body += [*layout.failed("bad != 0.0"), "return value, out"]
    parameters = ", ".join(["header", "directions", *layout.names])
    return "\n".join([f"def drive({parameters}):", *(f"    {line}" for line in body)]) + "\n"


def products(f: Any, count: int, keywords: tuple[str, ...], positions: tuple[int, ...]) -> Any:
    """The driver of forward over reverse for calls of f like this one."""
    key = ("products", count, keywords, positions)
    with LOCK:
        drivers = DRIVERS.setdefault(f, {})
        if key not in drivers:
            layout = Layout(f, count, keywords, positions)
            source = products_source(layout)
            drivers[key] = layout.on(compiled(f, key, source, ("Var", 2), {}), tape=True)
        return drivers[key]


def reverse(
    f: Any, count: int, keywords: tuple[str, ...], positions: tuple[int, ...], record: bool = False
) -> Any:
    """The driver of reverse mode for calls of f like this one, see `reverse_source`."""
    key = ("reverse", count, keywords, positions, record)
    with LOCK:
        drivers = DRIVERS.setdefault(f, {})
        if key not in drivers:
            layout = Layout(f, count, keywords, positions)
            source = reverse_source(layout, record)
            drivers[key] = layout.on(compiled(f, key, source, ("Var", 1), {}), tape=True)
        return drivers[key]


def compiled(f: Any, key: Any, source: str, kind: tuple[Any, ...], names: dict[str, Any]) -> Any:
    """The dispatcher of a driver; f is let go when nobody else has it."""
    space: dict[str, Any] = {"np": np, "__name__": __name__, **names}
    filename = f"<dualad driver {len(linecache.cache)}>"
    exec(compile(source, filename, "exec"), space)
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    drive = space["drive"]
    drive.__qualname__ = _store.unique("drive")
    dispatcher = njit(nogil=True, no_cfunc_wrapper=True)(drive)
    held = weakref.ref(f)
    plain = "plain_f(" in source

    def prepare() -> None:
        """The names of the source, when Numba is about to read it."""
        from ._parts import parts

        if "f" not in space:
            # Its own names last: LANES is that of a sweep, too.
            space.update({**parts(held(), kind, plain), **names})

    return _store.kept(f, dispatcher, (key, source), prepare)


def sweep_rows(f: Any) -> Callable[..., Any]:
    """`_sweeps.sweep_rows`; from disk where f is."""
    if _store.folder_of(f) is None:
        from . import _sweeps

        found: Callable[..., Any] = _sweeps.sweep_rows
        return found
    key = ("sweep_rows",)
    with LOCK:
        drivers = DRIVERS.setdefault(f, {})
        if key not in drivers:
            names = "header, indices, weights, out"
            source = f"def drive({names}):\n    return sweep_rows({names})\n"
            drivers[key] = compiled(f, key, source, ("Var", 1), {})
        driver: Callable[..., Any] = drivers[key]
        return driver
