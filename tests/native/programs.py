"""Random programs for Numba, grown statement by statement on plain numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from . import phrases

RANGE = 30.0  # absolute value of a number
LARGEST = 12  # elements of an array
FAILURES = (ArithmeticError, IndexError, NameError, TypeError, ValueError, AttributeError)


def indented(text: str) -> str:
    return text.replace("\n", "\n    ")


class Program:
    """A function of one or two differentiable arguments, an integer, and sometimes a work array.

    Attributes
    ----------
    lines : list of str
        Statements, each of one or more lines.
    answer : str
        What is returned.
    arguments : dict
        By name; ``x...`` are differentiated.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.rng = np.random.default_rng(seed)
        self.arguments = self._arguments()
        self.lines: list[str] = []
        self.answer = "0.0"
        self.values = dict(self.arguments)
        for _ in range(int(self.rng.integers(3, 6))):
            self._extend()
        if self.chance(0.15):
            self._leave_early()
        self._finish()

    # --- choices ---------------------------------------------------------------------------------

    def pick(self, options: Any) -> Any:
        return options[self.rng.integers(len(options))]

    def chance(self, p: float) -> bool:
        return bool(self.rng.random() < p)

    def _arguments(self) -> dict[str, Any]:
        found: dict[str, Any] = {"x0": self.rng.uniform(-2.0, 2.0, int(self.rng.integers(2, 5)))}
        if self.chance(0.15):
            found["x0"] = float(self.rng.uniform(-2.0, 2.0))
        if self.chance(0.2):
            found["x1"] = self.rng.uniform(-2.0, 2.0, (2, int(self.rng.integers(2, 4))))
        elif self.chance(0.3):
            found["x1"] = float(self.rng.uniform(-2.0, 2.0))
        found["n"] = int(self.rng.integers(0, 6))
        if self.chance(0.15):
            found["work"] = np.zeros(3)
        return found

    def names(self, kind: str, own: bool = False) -> list[str]:
        """The names of numbers, integers, vectors or matrices; `own`: what f may write."""
        test = {
            "number": lambda v: isinstance(v, float),
            "integer": lambda v: isinstance(v, (int, np.integer)) and not isinstance(v, bool),
            "vector": lambda v: isinstance(v, np.ndarray) and v.ndim == 1,
            "matrix": lambda v: isinstance(v, np.ndarray) and v.ndim == 2,
        }[kind]
        return [
            name
            for name, v in self.values.items()
            if test(v) and not (own and name[0] in "xn") and re.fullmatch(r"[xt]\d+|n|work", name)
        ]

    def known(self, kind: str, own: bool = False) -> list[str]:
        names = self.names(kind, own)
        if not names:
            raise NameError(kind)
        return names

    # --- phrases ---------------------------------------------------------------------------------

    def operand(self, kind: str) -> str:
        """A name, more often one of the last; a number may be an element."""
        names = self.names(kind)
        if kind == "number" and (not names or self.chance(0.3)):
            return f"{self.pick(self.known('vector'))}[{self.pick((0, 1, -1))}]"
        names = self.known(kind)
        return names[-1] if self.chance(0.5) else self.pick(names)

    def filled(self, template: str, fresh: str = "t") -> str:
        """The template with names in its places."""
        kinds = {"a": "number", "b": "number", "v": "vector", "w": "vector"}
        kinds |= {"m": "matrix", "k": "integer"}
        found = {"c": f"{self.rng.uniform(0.3, 1.8):.3f}", "t": fresh}
        for place in sorted(set(re.findall(r"{(\w)}", template))):
            if place in kinds:
                found[place] = self.operand(kinds[place])
            elif place == "o":
                found[place] = self.pick(self.known("number", own=True))
            elif place == "y":
                found[place] = self.pick(self.known("vector", own=True))
            elif place == "e":
                found[place] = self.expression()
        text = re.sub(r"{(\w)}", lambda m: found[m[1]], template)
        return re.sub(r"{body}", lambda _: self.body(fresh), text)

    def expression(self) -> str:
        scalar = (phrases.UNARY, phrases.BINARY)
        arrays = (phrases.FROM_VECTOR, phrases.FROM_VECTOR, phrases.FROM_MATRIX)
        return self.filled(self.pick(self.pick(arrays if self.chance(0.15) else scalar)))

    def body(self, fresh: str) -> str:
        lines = [self.filled(self.pick(phrases.SIMPLE), fresh) for _ in range(self.pick((1, 1, 2)))]
        return indented("\n".join(lines))

    def statement(self, new: str) -> str:
        draw = self.rng.random()
        if draw < 0.55:
            return self.filled(self.pick(phrases.BLOCKS), new)
        if draw < 0.7:
            return self.filled(self.pick(phrases.SIMPLE), new)
        if draw < 0.78:
            return f"{new} = {self.filled(self.pick(phrases.VECTORS))}"
        if draw < 0.81:
            kind = self.pick((phrases.MATRICES, phrases.FROM_BOTH))
            return f"{new} = {self.filled(self.pick(kind))}"
        return f"{new} = {self.expression()}"

    # --- growing ---------------------------------------------------------------------------------

    def _extend(self) -> None:
        """One more statement, as soon as one fits."""
        while True:
            try:
                line = self.statement(f"t{len(self.lines)}")
            except NameError:
                continue
            values = self.run([*self.lines, line])
            if values is not None:
                self.lines.append(line)
                self.values = values
                return

    def _leave_early(self) -> None:
        numbers = self.names("number")
        if numbers:
            level = self.pick((-9.0, 0.0, 9.0))
            self.lines.append(
                f"if {numbers[-1]} > {level}:\n    return {numbers[0]} * {numbers[-1]}"
            )
            if self.run(self.lines) is None:
                self.lines.pop()

    def _finish(self) -> None:
        numbers = self.names("number")[-3:]
        arrays = [v for v in self.names("vector") + self.names("matrix") if v[0] == "t"][-2:]
        total = " + ".join([*numbers, *(f"{v}.sum()" for v in arrays)]) or "x0[0]"
        options = [total, total, total]
        if "return" not in "".join(self.lines):
            options += [a for a in arrays if np.size(self.values[a]) <= 6]
            if len(numbers) > 1:
                options += [f"np.array([{self._listed(numbers)}])", f"({', '.join(numbers)})"]
            if arrays and numbers and np.size(self.values[arrays[0]]) <= 6:
                options.append(f"({numbers[-1]}, {arrays[0]})")
        self.answer = self.pick(options)

    def _listed(self, numbers: list[str]) -> str:
        """Members of a list; Numba types none of numbers that all begin as integers."""
        text = "\n".join(self.lines)
        integers = all(f"{name} = 0\n" in text for name in numbers)
        return ", ".join(["1.0 * " + numbers[0], *numbers[1:]] if integers else numbers)

    def run(self, lines: list[str]) -> dict[str, Any] | None:
        """All values after these statements; None where one fails or leaves the range."""
        text = source(lines, "dict(locals())", list(self.arguments))
        f = made(text, lambda g: g)
        try:
            with np.errstate(all="raise", under="ignore"):
                found = f(*fresh(self.arguments.values()))
        except FAILURES:
            return None
        if not isinstance(found, dict):
            return dict(self.values)  # it left early
        kept = {
            k: v for k, v in found.items() if isinstance(v, (float, int, np.ndarray, np.integer))
        }
        for v in kept.values():
            if not 0 < np.size(v) <= LARGEST or not np.all(np.abs(v) < RANGE):
                return None
        return kept

    # --- use -------------------------------------------------------------------------------------

    @property
    def source(self) -> str:
        return source(self.lines, self.answer, list(self.arguments))

    def compiled(self) -> Callable[..., Any]:
        return made(self.source, njit)

    def args(self) -> list[Any]:
        return fresh(self.arguments.values())


def source(lines: list[str], answer: str, names: list[str]) -> str:
    """The text of the helpers that are called, and of the function."""
    body = "\n    ".join(indented(line) for line in [*lines, f"return {answer}"])
    text = f"@njit\ndef f({', '.join(names)}):\n    {body}\n"
    for name, helper in reversed(phrases.HELPERS.items()):
        if re.search(rf"\b{name}\b", text):
            text = f"@njit\n{helper}\n\n{text}"
    return text


def made(text: str, decorator: Callable[..., Any]) -> Callable[..., Any]:
    scope: dict[str, Any] = {"np": np, "math": math, "njit": decorator}
    exec(compile(text, "<program>", "exec"), scope)
    return scope["f"]


def fresh(arguments: Any) -> list[Any]:
    return [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]
