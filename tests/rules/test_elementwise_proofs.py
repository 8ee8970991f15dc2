"""SymPy proves the formulas of the elementwise table to be the derivatives of its functions.

Symbols are positive. Where a formula has branches each is proved, but for those in `BY_SERIES`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import sympy as sp

from benchmarks.accuracy import parts, rows
from dualad._rules import TABLE
from dualad._rules._row import Binary, Unary
from dualad._rules._symbolic import symbolic, sympy_call

X = sp.Symbol("x", positive=True)
Y = sp.Symbol("y", positive=True)

NOT_PROVED = {
    "i0": "both branches are truncated series: measured only",
    "maximum": "SymPy's derivative of Max is a step of x - y: the edge table holds it",
    "minimum": "SymPy's derivative of Min is a step of x - y: the edge table holds it",
    "fmax": "SymPy's derivative of Max is a step of x - y: the edge table holds it",
    "fmin": "SymPy's derivative of Min is a step of x - y: the edge table holds it",
}
# The first branches are series near 0, or what the formula is to the last bit far from 0. The last
# one is proved; the others are measured.
BY_SERIES = {"sinc", "arctan", "arcsinh"}
# The exponent of ldexp is an integer, and constant.
CONSTANT_OPERANDS = {"ldexp": {"dy", "dxy", "dyy"}}


def condition(piece: sp.Piecewise) -> object:
    """The test of a piece, equal for `x - y < 0` and `x < y`."""
    test = piece.args[0].cond
    return (test.rel_op, sp.expand(test.lhs - test.rhs)) if test.is_Relational else test


def take(expression: sp.Expr, test: object, side: int) -> sp.Expr:
    """The expression on one side of a test, also where pieces stand in pieces."""
    while same := [p for p in expression.atoms(sp.Piecewise) if condition(p) == test]:
        expression = expression.xreplace({piece: piece.args[side].expr for piece in same})
    return expression


def branches(expression: sp.Expr, last_only: bool) -> Iterator[sp.Expr]:
    """The expressions that stand in the branches of an expression; equal tests agree."""
    pieces = expression.atoms(sp.Piecewise)
    if not pieces:
        yield expression
        return
    test = condition(min(pieces, key=sp.count_ops))
    for side in (-1,) if last_only else (0, -1):
        yield from branches(take(expression, test, side), last_only)


def exact(expression: sp.Expr) -> sp.Expr:
    """The floats of a formula as the rational numbers, or multiples of pi, that they stand for."""
    return sp.nsimplify(sp.sympify(expression), rational=True)


def derivative(row: Unary | Binary, name: str, f: sp.Expr) -> sp.Expr:
    if isinstance(row, Unary):
        return sp.diff(f, X, int(name[1]))
    for letter in name[1:]:
        f = sp.diff(f, X if letter == "x" else Y)
    return f


def formula(row: Unary | Binary, name: str, f: sp.Expr) -> sp.Expr:
    written = symbolic(getattr(row, name))
    if isinstance(row, Binary):
        return written(X, Y, f)
    return written(X, f) if name == "d1" else written(X, f, sp.diff(f, X))


def constant_steps(*expressions: sp.Expr) -> list[sp.Expr]:
    """With every floor replaced by a constant, which it is between its jumps."""
    steps = {step: sp.Dummy() for e in expressions for step in e.atoms(sp.floor)}
    return [e.xreplace(steps) for e in expressions]


def vanishes(expression: sp.Expr) -> bool:
    if sp.simplify(expression) == 0:
        return True
    # `simplify` does not multiply out powers such as 2**(x - y).
    return bool(sp.powsimp(sp.expand(sp.numer(sp.together(expression)))) == 0)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
def test_proof(row: Unary | Binary) -> None:
    if row.name in NOT_PROVED:
        assert NOT_PROVED[row.name]
        return
    symbols = (X,) if isinstance(row, Unary) else (X, Y)
    f = sympy_call(row, *symbols)
    for name in parts(row):
        if name in CONSTANT_OPERANDS.get(row.name, ()):
            assert getattr(row, name)() == 0.0
            continue
        given, function = constant_steps(exact(formula(row, name, f)), f)
        wanted = derivative(row, name, function)
        if given.is_Rational and not wanted.is_Rational:  # a constant, such as pi/180, as a float
            assert float(given) == pytest.approx(float(wanted), rel=3e-15)
            continue
        for branch in branches(given, row.name in BY_SERIES):
            assert vanishes(branch - wanted), name


def test_symbolic_forms_are_the_functions() -> None:
    for row in rows():
        symbols = sp.symbols("x" if isinstance(row, Unary) else "x y", real=True, seq=True)
        f = sp.lambdify(symbols, sympy_call(row, *symbols), "mpmath")
        for x in row.at:
            point = x if isinstance(x, tuple) else (x,)
            if max(map(abs, point)) > 30 or min(map(abs, point)) < 1e-12:
                continue
            np.testing.assert_allclose(complex(f(*point)), row.fn(*point), rtol=1e-12, atol=1e-14)


def test_to_sympy_keeps_constants_exact() -> None:
    assert sympy_call(TABLE[np.log2], X) == sp.log(X) / sp.log(2)
    assert symbolic(TABLE[np.exp2].d1)(X, 2**X) == 2**X * sp.log(2)
