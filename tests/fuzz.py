"""Random programs, differentiated in every way.

    python -m tests.fuzz --seeds 0:1000

Each seed makes one function: a list of NumPy statements over arrays of random shapes, written as
source code. Every machine must give the bits of the plain call, agree with every other machine, and
agree with finite differences wherever these know their own error to be small. Programs in which a
statement would leave a safe range are not made, so that no case is thrown away afterwards.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

import dualad as da
from tests.fuzzing import WrongError, agree, command
from tests.machines import (
    FIRST,
    SECOND,
    Watched,
    differences,
    flat_jacobian,
    same_bits,
)

LARGEST = 40  # elements of a value
RANGE = 50.0  # absolute value of an element

# One operand: {a}. The arguments are kept where each function is smooth and moderate.
UNARY = (
    "np.sin({a})",
    "np.cos({a})",
    "np.tanh({a})",
    "np.exp(0.3 * {a})",
    "np.exp2(0.2 * {a})",
    "np.expm1(0.2 * {a})",
    "np.log({a} * {a} + 1.1)",
    "np.log1p({a} * {a})",
    "np.log2(np.abs({a}) + 1.0)",
    "np.sqrt(np.abs({a}) + 0.5)",
    "np.cbrt({a} * {a} + 0.7)",
    "np.arctan({a})",
    "np.arcsinh({a})",
    "np.arccosh({a} * {a} + 1.5)",
    "np.arcsin(0.8 * np.tanh({a}))",
    "np.arctanh(0.8 * np.sin({a}))",
    "np.sinh(0.3 * {a})",
    "np.cosh(0.3 * {a})",
    "np.tan(0.02 * {a})",
    "np.sinc(0.3 * {a})",
    "np.i0(0.1 * {a})",
    "np.square({a}) * 0.2",
    "np.reciprocal({a} * {a} + 1.2)",
    "np.abs({a})",
    "np.deg2rad({a})",
    "-{a}",
    "+{a}",
    "abs({a}) + {c}",
    "{a} ** 2 * 0.1",
    "({a} * {a} + 0.3) ** 0.5",
    "({a} * {a} + 0.5) ** -1.5",
    "2.0 ** (0.2 * {a})",
    "1.0 / (2.0 + {a} * {a})",
    "{c} - {a}",
    "{c} * {a}",
    "{a} / {c}",
    "np.maximum({a}, {c})",
    "np.minimum({c}, {a})",
    "np.clip({a}, -{c}, {c})",
    "np.where({a} > {c}, np.sin({a}), 0.5 * {a})",
    "np.floor({a}) * 0.1 + {a}",
    "np.sign({a}) * {a}",
    "({a} if np.sum({a}) > {c} else np.cos({a}))",
)
BINARY = (
    "{a} + {b}",
    "{a} - {b}",
    "{a} * {b}",
    "{a} / (1.5 + {b} * {b})",
    "np.hypot({a}, {b} + 0.1)",
    "np.arctan2({a}, 2.0 + {b} * {b})",
    "np.logaddexp({a}, {b})",
    "np.logaddexp2(0.3 * {a}, {b})",
    "np.maximum({a}, {b})",
    "np.fmin({a}, {b})",
    "np.power({a} * {a} + 0.5, 0.3 * np.tanh({b}))",
    "(np.abs({a}) + 0.4) ** np.cos({b})",
    "np.copysign({a}, {b})",
    "np.where({a} > {b}, {a}, {b} * 0.5)",
    "np.add({a}, {b}) * np.subtract({a}, {b})",
)
SHAPES = (
    "{a}.reshape(-1)",
    "np.ravel({a}, order='F')",
    "{a}.T",
    "np.flip({a})",
    "{a}[None]",
    "{a}[..., None]",
    "np.squeeze({a})",
    "np.concatenate(({a}, {a}))",
    "np.stack(({a}, np.sin({a})), axis=-1)",
    "np.tile({a}, 2)",
    "np.atleast_2d({a})",
    "np.broadcast_to({a}, (2,) + {a}.shape)",
    "np.repeat({a}, 2)",
    "np.asarray([1.0, -2.0])[:, None] * {a}.ravel()",
    "{a}.copy()",
    "{a}.flatten()[::-1]",
)
VECTOR = (  # at least one axis
    "{a}[::-1]",
    "{a}[1:]",
    "{a}[:-1] * {a}[1:]",
    "{a}[-1]",
    "{a}[..., 0]",
    "{a}[..., ::2]",
    "{a}[[0, -1, 0]]",
    "np.take({a}, [0, -1], axis=-1)",
    "{a}[np.array([True] + [False] * (len({a}) - 1))]",
    "np.sum({a}, axis=0)",
    "np.sum({a}, axis=-1, keepdims=True)",
    "np.mean({a}, axis=0)",
    "{a}.mean()",
    "np.max({a}, axis=0)",
    "{a}.min()",
    "np.var({a}, axis=-1)",
    "np.std({a}) + np.sum({a})",
    "np.prod(np.tanh({a}))",
    "np.cumsum({a}, axis=0)",
    "np.cumprod(np.sin({a}), axis=-1)",
    "np.diff({a}, axis=0, prepend=0.5)",
    "np.sort({a}, axis=-1)",
    "np.median({a})",
    "np.ptp({a})",
    "np.linalg.norm({a})",
    "np.roll({a}, 1)",
    "np.pad({a}, 1)",
    "np.trapezoid({a}, axis=0)",
    "{a}.ravel()[np.argsort({a}, axis=None)]",
    "np.convolve({a}.ravel(), [1.0, -0.5, 0.2])[:4]",
    "np.outer({a}, {a}[0])",
    "np.vdot({a}, {a})",
    "np.tensordot({a}, {a}, {a}.ndim)",
    "np.einsum('i...,i...->...', {a}, {a})",
    "np.average({a}, axis=0, weights=np.arange(1.0, 1.0 + len({a})))",
    "np.linspace({a}[0], 1.0, 3)",
    "sum(v * v for v in {a})",
)
MATRIX = (  # two axes
    "{a} @ {a}.T",
    "np.dot({a}, np.ones({a}.shape[1]))",
    "np.linalg.det({a} @ {a}.T * 0.1 + 2.0 * np.eye(len({a})))",
    "np.linalg.solve({a} @ {a}.T + 3.0 * np.eye(len({a})), {a})",
    "np.linalg.inv({a} @ {a}.T + 3.0 * np.eye(len({a})))",
    "np.linalg.slogdet({a} @ {a}.T + 3.0 * np.eye(len({a})))[1]",
    "np.einsum('ij,kj->ik', {a}, np.cos({a}))",
    "np.trace({a} @ {a}.T)",
    "np.diagonal({a})",
    "np.triu({a})",
    "np.kron({a}[:1], np.array([1.0, 2.0]))",
    "np.linalg.norm({a}, axis=0)",
)
# Statements that write: {t} is a fresh name. Only arrays made here are written to.
WRITES = (
    "{t} = np.zeros_like({a}); {t}[:] = {a} * 2.0",
    "{t} = np.zeros_like({a}); {t}[1:] = {a}[:-1]; {t}[0] = 0.3",
    "{t} = np.zeros_like({a}); {t}[::2] = np.sin({a}[::2]); {t}[-1] += {a}[0]",
    "{t} = np.empty_like({a}); {t}[...] = {a}; {t} *= {c}",
    "{t} = {a}.copy(); {t}[0] = {t}[-1] * {t}[0]",
    "{t} = {a}.copy(); w = {t}[1:]; w -= 0.5 * {t}[:-1]; w *= 1.5",
    "{t} = {a} + 0.0; w = {t}.T; w += {c}; {t}[0] **= 2",
    "{t} = np.zeros_like({a}); np.multiply({a}, {c}, out={t})",
    "{t} = np.zeros_like({a}); np.add.at({t}, [0, 0, -1], {a}[0])",
    "{t} = {a}.copy(); {t}[{t} > {c}] = 0.25",
    "{t} = {a}.copy(); {t}[[0, -1]] = {t}[[-1, 0]]",
    "{t} = {a}.copy(); {t}[-1:] /= 2.0 + {a}[0] * {a}[0]",
    "{t} = {a}.copy()\n    for i in range(len({t}) - 1): {t}[i + 1] += 0.5 * np.sin({t}[i])",
    "{t} = {a}\n    for _ in range(3): {t} = np.cos({t}) + 0.1 * {a}",
    "{t} = {a}\n    while np.sum({t}) > {c}: {t} = 0.5 * {t} - 0.1",
    "{t} = np.zeros_like({a}); v = {t}[0]; {t} += {a}; {t} = {t} + v",
    "buffer = np.zeros_like({a}); buffer += {a}; {t} = buffer[::-1]; buffer[0] = {c}",
    "q, r = divmod({a}, 3.7); {t} = q * 0.1 + r",
    "p, {t} = np.split(np.concatenate(({a}, {a} * {a})), 2); {t} = {t} * p",
)


class Program:
    """A random function of one or two arrays.

    Attributes
    ----------
    source : str
    point : list of array
    f : callable
    """

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        shapes = [self._shape() for _ in range(self.rng.integers(1, 3))]
        self.point = [self.rng.uniform(-2.0, 2.0, s) for s in shapes]
        if self.rng.random() < 0.1:
            self.point[0] = float(self.rng.uniform(-2.0, 2.0))
        self.names = [f"x{i}" for i in range(len(self.point))]
        self.lines: list[str] = []
        self.values = self._run(self.lines) or {}
        for _ in range(int(self.rng.integers(4, 11))):
            self._extend()
        self.source = self._finish()
        self.f = self._compiled(self.source)

    def _shape(self) -> tuple[int, ...]:
        while True:
            shape = tuple(int(n) for n in self.rng.integers(1, 4, self.rng.integers(0, 4)))
            if np.prod(shape, dtype=int) <= 6:
                return shape

    def _compiled(self, source: str) -> Callable[..., Any]:
        scope: dict[str, Any] = {"np": np}
        exec(compile(source, f"<program {source!r}>", "exec"), scope)
        return scope["f"]

    def _run(self, lines: list[str]) -> dict[str, Any] | None:
        """All values after these lines; None where one of them fails or leaves the range."""
        body = "\n    ".join([*lines, "return dict(locals())"])
        f = self._compiled(f"def f({', '.join(self.names)}):\n    {body}\n")
        try:
            with np.errstate(all="raise", under="ignore"):
                found = f(*[x if isinstance(x, float) else x.copy() for x in self.point])
        except (
            ArithmeticError,
            AttributeError,
            IndexError,
            TypeError,
            ValueError,
            np.linalg.LinAlgError,
        ):
            return None
        values = {k: v for k, v in found.items() if k[0] in "xt"}
        for v in values.values():
            if not isinstance(v, (float, np.ndarray, np.floating)) or np.size(v) > LARGEST:
                return None
            if not np.size(v) or not np.isfinite(v).all() or np.abs(v).max() > RANGE:
                return None
        return values

    def _extend(self) -> None:
        """One more line, as soon as one fits."""
        while True:
            new = f"t{len(self.lines)}"
            line = self._line(new)
            values = self._run([*self.lines, line])
            if values is not None and new in values:
                self.lines.append(line)
                self.values = values
                return

    def _line(self, new: str) -> str:
        pick = lambda options: options[self.rng.integers(len(options))]
        names = list(self.values)
        a = names[-1] if self.rng.random() < 0.6 else pick(names)
        b = pick(names)
        kind = pick((UNARY, UNARY, BINARY, BINARY, SHAPES, VECTOR, VECTOR, MATRIX, WRITES, WRITES))
        template = pick(kind)
        c = f"{self.rng.uniform(0.3, 1.8):.3f}"
        text = template.format(a=a, b=b, c=c, t=new)
        return text if kind is WRITES else f"{new} = {text}"

    def _finish(self) -> str:
        """The whole function; it returns one array of at most eight elements."""
        last = list(self.values)[-1]
        chosen = [n for n in list(self.values)[-3:] if np.size(self.values[n]) <= 4] or [last]
        if self.rng.random() < 0.3 or np.size(self.values[chosen[0]]) > 8:
            answer = f"np.sum({last})"
        elif len(chosen) > 1:
            answer = f"np.concatenate([np.ravel(v) for v in ({', '.join(chosen[:2])})])"
        else:
            answer = chosen[0]
        body = "\n    ".join([*self.lines, f"return {answer}"])
        return f"def f({', '.join(self.names)}):\n    {body}\n"


# --- judging -------------------------------------------------------------------------------------


def check(seed: int) -> tuple[int, int]:
    """Run one program; returns how many entries differences could judge, and of how many."""
    program = Program(seed)
    try:
        return _check(program)
    except Exception as error:
        values = "\n".join(
            f"{n} = {x!r}" for n, x in zip(program.names, program.point, strict=True)
        )
        raise WrongError(f"seed {seed}\n{program.source}\n{values}\n{error}") from error


def _check(program: Program) -> tuple[int, int]:
    point, f = program.point, program.f
    plain = f(*point)
    shape = np.shape(plain)
    cuts = np.cumsum([0, *(np.size(x) for x in point)])

    def flat(v: np.ndarray) -> Any:
        parts = [v[a:b] for a, b in itertools.pairwise(cuts)]
        return f(
            *[
                p.item() if isinstance(x, float) else p.reshape(x.shape)
                for p, x in zip(parts, point, strict=True)
            ]
        )

    v = np.concatenate([np.ravel(x) for x in point])
    want, error = differences(flat, v, 1e-3)
    first = flat_jacobian(FIRST["forward"](f, point), shape)
    scale = np.max(np.abs(first), initial=1.0)
    known = error < 1e-5 * scale
    agree(first[known], want[known], (10 * error + 1e-7 * scale)[known], "finite differences")
    for name, machine in FIRST.items():
        watched = Watched(f)
        agree(flat_jacobian(machine(watched, point), shape), first, 1e-9 * scale, name)
        for seen in watched.seen:
            same_bits(seen, plain)
    argnums = tuple(range(len(point)))
    slopes = lambda w: flat_jacobian(
        da.jacobian(f, argnums, mode="forward")(*_parts(w, cuts, point)), shape
    )
    want, error = differences(slopes, v, 1e-3)
    second = SECOND["hyper-dual, symmetric"](f, point)
    scale = np.max(np.abs(second), initial=scale)
    sure = error < 1e-5 * scale
    agree(second[sure], want[sure], (10 * error + 1e-7 * scale)[sure], "differences of slopes")
    for name, machine in SECOND.items():
        watched = Watched(f)
        agree(machine(watched, point), second, 1e-8 * scale, name)
        for seen in watched.seen:
            same_bits(np.asarray(seen), np.asarray(plain))
    return int(known.sum() + sure.sum()), known.size + sure.size


def _parts(v: np.ndarray, cuts: Any, point: list[Any]) -> list[Any]:
    return [
        v[a:b].item() if isinstance(x, float) else v[a:b].reshape(x.shape)
        for a, b, x in zip(cuts, cuts[1:], point, strict=False)
    ]


def main() -> int:
    """The command: judge a range of seeds and say what was found."""
    machines = f"{len(FIRST) + len(SECOND)} machines"
    return command(check, machines, "Differentiate random programs in every way.")


if __name__ == "__main__":
    sys.exit(main())
