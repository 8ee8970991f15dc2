"""Drivers for a Hessian times one vector, which fill an array: the shortest way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import typeof, types

from . import _drivers, _memory, _together
from ._calls import MOST_JETS
from ._drivers import Layout
from ._filling import VECTOR, answer_of, plain_layout, refusing
from ._selecting import CHUNK, lanes_for

_HEADER = types.Array(types.int64, 1, "C")


def product(f: Any, args: tuple[Any, ...]) -> Callable[..., bool] | None:
    """What fills ``H v`` for calls like this one; None where only the general way serves.

    The first of `args` is the vector x. It is called as ``fill(out, v, *args)``, and answers
    whether all is finite and there is nothing to judge.
    """
    given = [typeof(a) for a in args]
    if given[0] != VECTOR or any(type(a) is list for a in args):
        return None
    n = args[0].size
    kind = ("Jet", min(lanes_for(n), CHUNK), 1, False) if n <= MOST_JETS else ("Var", 2)
    key = ("along", kind, tuple(given))
    with _drivers.LOCK:
        drivers = _drivers.DRIVERS.setdefault(f, {})
        if key not in drivers:
            drivers[key] = _made(f, given, kind)
        found: Callable[..., bool] | None = drivers[key]
        return found


def _made(f: Any, given: list[Any], kind: tuple[Any, ...]) -> Any:
    layout = plain_layout(f, given, 0)
    if layout is None or _together.is_parallel(f) or answer_of(f, given, 0, kind) != "number":
        return None
    tapes = kind[0] == "Var"
    source = "\n".join(_by_tape(layout) if tapes else _by_jets(layout)) + "\n"
    names = {} if tapes else {"ROWS": kind[1]}
    drive = _drivers.compiled(f, ("along", kind), source, kind, names)
    first = (VECTOR, VECTOR, _HEADER) if tapes else (VECTOR, VECTOR)
    refusing(drive, (*first, *given))
    return _with_tape(drive) if tapes else drive


def _with_tape(drive: Any) -> Callable[..., bool]:
    def fill(out: Any, v: Any, *args: Any) -> bool:
        tape = _memory.take()
        done: bool = drive(out, v, tape.header, *args)
        _memory.give(tape)  # after an error it is not used any more
        return done

    return fill


def _by_jets(layout: Layout) -> list[str]:
    body = ["seeds, plane = v.reshape((v.size, 1)), out.reshape((out.size, 1))"]
    body += ["start = 0", "bad = 0.0", "total = a0.size", "while True:"]
    loop = ["d = seeded(a0, MARKER, seeds, 0, (start, 0))", f"y = f({layout.call({0: 'd'})})"]
    loop += ["count = (min(ROWS, total - start), 1)"]
    loop += ["bad += put_pairs(y, plane, 0, (start, 0), count, False)", "start += ROWS"]
    loop += ["if start >= total:", "    break"]
    return _whole(layout, [*body, *(f"    {line}" for line in loop)], "out, v")


def _by_tape(layout: Layout) -> list[str]:
    body = ["begin(header, a0.size)", "d = seeded(a0, MARKER, (header, v), 0, 0)"]
    body += [f"y = f({layout.call({0: 'd'})})", "where = np.zeros(1, np.int64)"]
    body += ["put_variables(y, where, 0)", "bad = sweep_second(header, where[0], out)"]
    return _whole(layout, body, "out, v, header")


def _whole(layout: Layout, body: list[str], first: str) -> list[str]:
    if layout.decides:  # the general way judges
        body = ["start_notes()", *body, "bad += noted()"]
    head = f"def drive({first}, {', '.join(layout.names)}):"
    return [head, *(f"    {line}" for line in [*body, "return bad == 0.0"])]
