"""`Graph.to_sympy`."""

from __future__ import annotations

import re

import numpy as np
import pytest
import sympy

import dualad as da


def first(x1, x2):
    return np.log(x1) + x1 * x2 - np.sin(x2)


def logistic(x, n=4):
    for _ in range(n - 1):
        x = 4 * x * (1 - x)
    return x


def test_sympy_of_the_first_example():
    x1, x2 = sympy.symbols("x1 x2")
    formula = da.trace(first, 2.0, 5.0).to_sympy()
    assert formula == sympy.log(x1) + x1 * x2 - sympy.sin(x2)
    assert formula.diff(x1).subs({x1: 2, x2: 5}) == sympy.Rational(11, 2)


def test_the_symbolic_derivative_swells_while_the_graph_stays_small():
    graph = da.trace(logistic, 0.3)
    formula = graph.to_sympy()
    (x,) = formula.free_symbols
    symbolic = sympy.diff(formula, x)
    assert len(graph) == 10
    assert sympy.count_ops(symbolic) > 4 * sympy.count_ops(formula)
    assert sympy.expand(formula) == sympy.expand(logistic(x))
    assert da.derivative(logistic)(0.3) == pytest.approx(float(symbolic.subs(x, 0.3)), rel=1e-13)
    longer = [len(da.trace(lambda x, n=n: logistic(x, n), 0.3)) for n in (5, 6)]
    assert longer == [13, 16]


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (lambda x: np.sum(x[:2] * np.exp(x[1:])), (np.array([0.1, 0.2, 0.3]),)),
        (lambda A, b: np.linalg.solve(A, b), (np.array([[2.0, 1.0], [0.5, 3.0]]), np.ones(2))),
        (lambda A: np.linalg.det(A) + np.trace(np.linalg.inv(A)), (np.eye(2) + 0.25,)),
        (lambda x: np.cumsum(np.stack([x, x**2]), axis=0).T @ x[:2], (np.array([1.5, 2.0]),)),
        (lambda x: np.where(x > 1, x / 3, np.hypot(x, 0.1)), (np.array([0.5, 2.0]),)),
        (lambda x: np.linalg.norm(x) * np.std(x) + np.linalg.norm(x, 3), (np.array([1.0, -2.0]),)),
        (lambda p: p["a"] ** 0.5 * p["b"], ({"a": 2.0, "b": np.array([1.0, 2.0])},)),
    ],
)
def test_formulas_have_the_values_of_their_functions(f, args):
    graph = da.trace(f, *args)
    formula = graph.to_sympy()
    symbols = sorted(formula.free_symbols, key=str)
    numbers = {}
    for node in graph.inputs:
        name = re.sub(r"\W+", "_", node.label).strip("_")
        for index in np.ndindex(*node.shape):
            key = "_".join([name, *map(str, index)])
            numbers[sympy.Symbol(key)] = node.value[index] if node.shape else node.value
    assert set(symbols) <= set(numbers)
    found = np.array(sympy.lambdify([], formula.subs(numbers))(), dtype=float)
    assert np.allclose(found, f(*args), rtol=1e-12)


def test_own_symbols():
    t = sympy.Symbol("t", positive=True)
    assert da.trace(lambda x: np.sqrt(x * x), 2.0).to_sympy(t) == t
    a, b = sympy.symbols("a b")
    assert da.trace(lambda x: np.sum(x), np.ones(2)).to_sympy([a, b]) == a + b
    with pytest.raises(da.InputError, match="2 symbols"):
        da.trace(np.sin, 1.0).to_sympy(a, b)
    with pytest.raises(da.InputError, match="shape"):
        da.trace(np.sum, np.ones(3)).to_sympy([a, b])


def test_what_has_no_formula_says_so():
    own = da.elementwise(np.sin, np.cos)
    with pytest.raises(da.NoRuleError, match="sin has no symbolic form"):
        da.trace(lambda x: own(x) ** 2, 1.0).to_sympy()
