"""Drivers that fill arrays of their caller's, for one vector of float64: the shortest way.

An array that compiled code allocates costs more on its way to Python than all the arithmetic of a
small function. So Python allocates here, and the driver answers a number. Such a driver is
compiled for the types of one call, and refuses all others.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from numba import typeof, types
from numba.core.compiler_lock import global_compiler_lock

from . import _drivers, _store, _together
from ._drivers import Layout
from ._overlaps import holds_memory

FINISHED, NOT_FINITE = -1, -2
"""Answers of a driver for a function that returns a vector; any other is that vector's length."""


class Filling:
    """A driver and what it fills.

    Attributes
    ----------
    drive : callable
        Of a number: ``drive(out, [header,] *args)`` answers the value, or None where a derivative
        is not finite. Of a vector: ``drive(out, values, [header,] *args)``, see above.
    scalar : bool
        Whether f returns a number.
    tapes : bool
        Whether the header of a tape is to be given.
    """

    __slots__ = ("drive", "scalar", "tapes")

    def __init__(self, drive: Callable[..., Any], scalar: bool, tapes: bool) -> None:
        self.drive, self.scalar, self.tapes = drive, scalar, tapes


def filling(f: Any, args: tuple[Any, ...], position: int, kind: tuple[Any, ...]) -> Filling | None:
    """The driver for calls like this one; None where only the general ones serve.

    `kind` is the type of number, as `_parts` has it.
    """
    given = [typeof(a) for a in args]
    if given[position] != VECTOR or any(type(a) is list for a in args):
        return None
    key = ("filling", position, kind, tuple(given))
    with _drivers.LOCK:
        drivers = _drivers.DRIVERS.setdefault(f, {})
        if key not in drivers:
            drivers[key] = _made(f, given, position, kind)
        found: Filling | None = drivers[key]
        return found


VECTOR, _MATRIX = (types.Array(types.float64, d, "C") for d in (1, 2))


def plain_layout(f: Any, given: list[Any], position: int) -> Layout | None:
    """How calls with arguments of these types go; None where each call is to be looked at."""
    functions = {i: t.dispatcher for i, t in enumerate(given) if isinstance(t, types.Dispatcher)}
    layout = Layout(f, len(given), (), (position,), functions)
    others = [i for i, t in enumerate(given) if i != position and holds_memory(t)]
    if layout.draws or layout.spreads or any(i in layout.exposed for i in others):
        return None
    # Whether arguments share memory is asked at each call.
    return None if others and layout.exposed else layout


def answer_of(f: Any, given: list[Any], position: int, kind: tuple[Any, ...]) -> str:
    """Whether f returns a "number" or a "vector" of doubles; empty for all else."""

    def answer(f: Any, key: Any) -> str:
        return _answer(f, given, position, kind)

    found: str = _store.remembered(f, (position, kind, str(given)), answer)
    return found


def refusing(drive: Any, signature: tuple[Any, ...]) -> Any:
    """The driver, compiled for arguments of these types; it refuses all others."""
    drive.compile(signature)
    drive._compile_for_args = _refuse
    return drive


def _made(f: Any, given: list[Any], position: int, kind: tuple[Any, ...]) -> Filling | None:
    layout = plain_layout(f, given, position)
    if layout is None:
        return None
    what = answer_of(f, given, position, kind)
    if not what or (what == "vector" and kind[0] == "Jet"):
        return None
    scalar, tapes = what == "number", kind[0] == "Var"
    first = [_MATRIX if kind[0] == "Jet" or not scalar else VECTOR]
    first += [] if scalar else [VECTOR]
    first += [types.Array(types.int64, 1, "C")] if tapes else []
    source = "\n".join(_source(layout, kind, scalar)) + "\n"
    drive = _drivers.compiled(f, ("filling", position), source, kind, _names(kind))
    drive = refusing(drive, (*first, *given))
    if _together.is_parallel(f):
        drive = _valued(f, drive, position, len(given), scalar)
    return Filling(drive, scalar, tapes)


def _valued(f: Any, drive: Any, position: int, count: int, scalar: bool) -> Callable[..., Any]:
    """The driver of a parallel function, with the value of a plain call (see `_together`)."""
    held = weakref.ref(f)

    def valued(*args: Any) -> Any:
        given = list(args[-count:])
        given[position] = given[position].copy()
        own: Any = held()  # who calls has it
        with _together.apart(own):
            value = own(*given)
        answer = drive(*args)
        if scalar:
            return None if answer is None else value
        if answer == FINISHED:
            args[1][...] = value
        return answer

    return valued


def _refuse(*args: Any, **keywords: Any) -> Any:
    raise OtherTypesError("other types than this driver was compiled for")


class OtherTypesError(TypeError):
    """A driver is given arguments that it was not compiled for."""


def _answer(f: Any, given: list[Any], position: int, kind: tuple[Any, ...]) -> str:
    """As `answer_of`. It compiles the differentiated function, which the driver needs, too."""
    with global_compiler_lock:  # as all that registers rules, see `_native`
        from ._parts import parts
        from ._types import ADType

    names = parts(f, kind, False)
    inner = list(given)
    active = names["MARKER"].ty
    inner[position] = types.Array(active, 1, "C") if given[position] == VECTOR else active
    _, _, folded, _ = names["f"].get_call_template(tuple(inner), {})
    found = names["f"].overloads[tuple(folded)].signature.return_type
    number: Any = found.dtype if isinstance(found, types.Array) and found.ndim == 1 else found
    if not isinstance(number, ADType) or number.base != types.float64:
        return ""
    return "number" if number is found else "vector"


def _names(kind: tuple[Any, ...]) -> dict[str, Any]:
    names: dict[str, Any] = {"FINISHED": FINISHED, "NOT_FINITE": NOT_FINITE}
    if kind[0] == "Dual":
        return names | {"LANES": kind[1]}
    return names | {"ROWS": kind[1], "COLUMNS": kind[2]} if kind[0] == "Jet" else names


def _source(layout: Layout, kind: tuple[Any, ...], scalar: bool) -> list[str]:
    (i,) = layout.positions
    call = f"y = f({layout.call({i: 'd'})})"
    if kind[0] == "Var":
        body = _reverse(i, call, scalar, layout)
    else:
        body = _blocks(i, call, kind, scalar, layout)
    head = ["out"] if scalar else ["out", "values"]
    if kind[0] == "Var":
        head.append("header")
    parameters = ", ".join([*head, *layout.names])
    body = [*layout.prepare(), *body]
    if layout.decides:  # the general way judges
        body = ["start_notes()", *body, "bad += noted()"]
    body += (
        ["if bad != 0.0:", "    return None", "return value"]
        if scalar
        else ["return NOT_FINITE if bad != 0.0 else FINISHED"]
    )
    return [f"def drive({parameters}):", *(f"    {line}" for line in body)]


def _take(layout: Layout, scalar: bool) -> list[str]:
    """Lines that keep the value of a run, where `out` has the room."""
    if scalar:
        return [layout.value]
    lines = ["if y.size != out.shape[0] or y.size != values.size:", "    return y.size"]
    if layout.reorders:
        return [*lines, "values[:] = plain_value_of_f"]
    return [*lines, "for i in range(y.size):", "    values[i] = plain_value(y[i])"]


def _blocks(i: int, call: str, kind: tuple[Any, ...], scalar: bool, layout: Layout) -> list[str]:
    """Forward: chunks of directions, or blocks of pairs of them."""
    second = kind[0] == "Jet"
    start = "(start, other)" if second else "start"
    seeds = f"d = seeded(a{i}, MARKER, None, 0, {start})"
    again = second or i in layout.exposed
    loop = [*([seeds] if again else []), call, "if first_run:"]
    loop += ["    first_run = False", *(f"    {line}" for line in _take(layout, scalar))]
    if second:
        loop += [
            "count = (min(ROWS, total - start), min(COLUMNS, total - other))",
            "put_pairs(y, out, 0, (start, other), count, True)",
            "other += COLUMNS",
            "if other >= total:",
            "    start += ROWS",
            "    other = start",
        ]
    else:
        loop += ["bad += put_lanes(y, out, 0, start, min(LANES, total - start))", "start += LANES"]
    loop += ["if start >= total:", "    break"]
    if not again:
        loop.append(f"move_seeds(d, a{i}, MARKER, start, LANES)")
    body = ["start = 0", "other = 0", "first_run = True", f"total = a{i}.size"]
    body += ["bad = 0.0"] if again else ["bad = 0.0", seeds]
    body += ["while True:", *(f"    {line}" for line in loop)]
    return [*body, "bad = doubtful(out)"] if second else body


def _reverse(i: int, call: str, scalar: bool, layout: Layout) -> list[str]:
    body = [f"begin(header, a{i}.size)", f"d = seeded(a{i}, MARKER, header, 0, 0)", call]
    body += _take(layout, scalar)
    if scalar:
        return [*body, "bad = sweep(header, variable_of(named(y)), out)"]
    body += ["where = np.empty(y.size, np.int64)", "put_variables(y, where, 0)"]
    return [*body, "bad = sweep_rows(header, where, np.eye(where.size), out)"]
