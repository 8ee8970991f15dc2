"""Random programs compiled by Numba, differentiated in every way.

    python -m tests.native.fuzz --seeds 0:1000 --workers 2

Each seed makes one function (see `programs`): loops with trip counts that depend on data, branches,
scratch arrays, helpers that write, tuples, lists, closures. Its value under differentiation has the
bits of the plain call, and arguments that it writes end as they do there; forward, reverse and
finite differences agree, and for one program in eight the Hessian and differences of the slopes.
One in four is called from Python code, too, as an operation among others. A program that fails is
made smaller, statement by statement, while it still fails.
"""

from __future__ import annotations

import copy
import faulthandler
import itertools
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import dualad as da
from dualad._check._differences import jacobian_by_differences
from tests.fuzzing import WrongError, agree, command

from .harness import by_outputs, flat, flat_tree
from .programs import Program, fresh

MACHINES = "forward and reverse mode, and one in eight in second order"


def check(seed: int) -> tuple[int, int]:
    """Run one program; returns how many entries differences could judge, and of how many."""
    program = Program(seed)
    try:
        return judged(program)
    except Exception as error:
        small = smaller(program, type(error))
        text = f"seed {seed}\n{small.source}\n{small.arguments}\n{type(error).__name__}: {error}"
        raise WrongError(text) from error


def judged(program: Program) -> tuple[int, int]:
    """Compare all ways of one program."""
    f = program.compiled()
    plain, left = _watched(f, program.args())
    scale = np.max(np.abs(plain), initial=1.0)
    numbers = [i for i, name in enumerate(program.arguments) if name[0] == "x"]
    argnums = tuple(numbers) if len(numbers) > 1 else numbers[0]
    sizes = [np.size(program.args()[i]) for i in numbers]
    found = {}
    for mode in ("forward", "reverse"):
        slopes = da.value_and_jacobian(f, argnums, mode=mode)
        (value, derivative), written = _watched(slopes, program.args(), whole=True)
        _same(flat(value), plain, f"value in {mode} mode")
        for got, want in zip(written, left, strict=True):
            _same(got, want, f"what f leaves in its arguments, in {mode} mode")
        found[mode] = by_outputs(derivative, plain.size, sizes)
    scale = max(scale, np.max(np.abs(found["forward"]), initial=1.0))
    agree(found["reverse"], found["forward"], 1e-9 * scale, "reverse instead of forward")
    if program.seed % 4 == 1:
        _called_from_python(program, f, argnums, sizes, found["forward"], 1e-9 * scale)
    counts = _against_differences(program, f, numbers, found["forward"], scale)
    if program.seed % 8 == 0 and len(numbers) == 1:
        more = _second(program, f, scale)
        return counts[0] + more[0], counts[1] + more[1]
    return counts


def _called_from_python(
    program: Program,
    f: Callable[..., Any],
    argnums: Any,
    sizes: list[int],
    found: np.ndarray,
    allowed: float,
) -> None:
    """Python code calls the program: its answer and arguments go through one operation.

    A program that writes into its arguments is refused then.
    """

    def caller(*args: Any) -> Any:
        return f(*args)

    for mode in ("forward", "reverse"):
        try:
            derivative = da.jacobian(caller, argnums, mode=mode)(*program.args())
        except da.InputError as error:
            if "writes into its argument" not in str(error):
                raise
            return
        got = by_outputs(derivative, len(found), sizes)
        agree(got, found, allowed, f"called from Python, in {mode} mode")


def _against_differences(
    program: Program, f: Callable[..., Any], numbers: list[int], found: np.ndarray, scale: float
) -> tuple[int, int]:
    x = np.concatenate([np.ravel(program.args()[i]) for i in numbers])
    cuts = np.cumsum([0, *(np.size(program.args()[i]) for i in numbers)])

    def moved(v: np.ndarray) -> np.ndarray:
        args = program.args()
        for i, (a, b) in zip(numbers, itertools.pairwise(cuts), strict=True):
            args[i] = v[a:b].reshape(args[i].shape) if np.ndim(args[i]) else float(v[a])
        return flat(f(*args))

    return _close(found, moved, x, scale, "forward instead of differences")


def _second(program: Program, f: Callable[..., Any], scale: float) -> tuple[int, int]:
    """The Hessian in the first argument, against differences of the slopes."""
    slopes = da.jacobian(f, mode="forward")
    first = program.args()[0]
    size = np.size(first)

    def moved(v: np.ndarray) -> np.ndarray:
        args = program.args()
        args[0] = v.reshape(first.shape) if np.ndim(first) else float(v[0])
        return by_outputs(slopes(*args), -1, [size]).reshape(-1)

    found = flat_tree(da.hessian(f)(*program.args())).reshape(-1, size)
    scale = max(scale, np.max(np.abs(found), initial=1.0))
    return _close(found, moved, np.ravel(first), scale, "Hessian instead of differences of slopes")


def _close(
    found: np.ndarray, g: Callable[..., Any], x: np.ndarray, scale: float, text: str
) -> tuple[int, int]:
    def careful(v: np.ndarray) -> np.ndarray:
        out = g(v.copy())  # programs write into their arguments
        # Steps may take a program through a mask of another size: differences see nothing there.
        return out if out.size == centre.size else np.full(centre.size, np.nan)

    centre = g(x.copy())
    want = jacobian_by_differences(careful, x, np.maximum(np.abs(x), 0.1))
    known = want.smooth & (want.error < 1e-5 * scale)
    allowed = 20.0 * want.error + 1e-8 * scale
    agree(found[known], want.value[known], allowed[known], text)
    return int(known.sum()), known.size


def _watched(f: Callable[..., Any], args: list[Any], whole: bool = False) -> tuple[Any, list[Any]]:
    """What f returns, and what is left in the arrays that are not differentiated."""
    out = f(*args)
    left = args[-1:] if isinstance(args[-1], np.ndarray) else []
    return (out if whole else flat(out)), fresh(left)


def _same(got: Any, want: Any, text: str) -> None:
    if not np.array_equal(got, want) or not np.array_equal(np.signbit(got), np.signbit(want)):
        raise WrongError(f"{text}: {got!r} instead of {want!r}")


def smaller(program: Program, kind: type[Exception]) -> Program:
    """The program without the statements that its failure does not need."""
    best = program
    for i in reversed(range(len(program.lines))):
        shorter = copy.copy(best)
        shorter.lines = best.lines[:i] + best.lines[i + 1 :]
        lost = f"t{i}"
        if lost in shorter.answer:
            shorter.answer = " + ".join(p for p in best.answer.split(" + ") if lost not in p)
        if not shorter.answer or shorter.run(shorter.lines) is None:
            continue
        try:
            judged(shorter)
        except kind:
            best = shorter
        except Exception:
            continue
    return best


def main() -> int:
    """The command: judge a range of seeds and say what was found."""
    faulthandler.enable()
    warnings.simplefilter("ignore", da.DerivativeWarning)
    about = "Differentiate random compiled programs in every way."
    return command(check, MACHINES, about, module=__spec__.name)


if __name__ == "__main__":
    sys.exit(main())
