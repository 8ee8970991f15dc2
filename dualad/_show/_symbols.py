"""A recorded graph as SymPy expressions.

Values are SymPy expressions, or NumPy object arrays of them. Elementwise rows have a symbolic form;
array rows run as they are, because sums, products and indexing act on object arrays.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from .._custom import elementwise
from .._errors import DualadError, InputError, NoRuleError
from .._graph._var import MEMBER
from .._numbers import primal
from .._rules._row import Binary, Unary

if TYPE_CHECKING:
    from ._graph import Graph


class MissingSympyError(DualadError, ImportError):
    """`to_sympy` needs SymPy, which is not installed."""


def expressions(graph: Graph, symbols: tuple[Any, ...]) -> Any:
    """The outputs of a graph as SymPy expressions, in the function's own container."""
    try:
        import sympy
    except ImportError as error:
        raise MissingSympyError("to_sympy needs SymPy", "pip install sympy") from error
    recorded, tape = graph._recorded, graph._tape
    given = _symbols(sympy, graph, symbols)
    values: list[Any] = [None] * len(tape.nodes)
    for i, node in enumerate(tape.nodes):
        if i in given:
            values[i] = given[i]
        elif node[0] is None:
            values[i] = _exact(sympy, tape.values[i])
        else:
            constants = tape.constants[i]
            operands = [
                values[p] if p >= 0 else _exact(sympy, constants[k]) for k, p in enumerate(node[1])
            ]
            values[i] = _step(sympy, graph, i, operands)
    outputs = [
        values[i] if i >= 0 else _exact(sympy, constant)
        for i, constant in zip(recorded.outputs, recorded.values, strict=True)
    ]
    return recorded.result.build(iter([_answer(sympy, x) for x in outputs]))


def _symbols(sympy: Any, graph: Graph, given: tuple[Any, ...]) -> dict[int, Any]:
    """Position of an input -> its symbol, or an object array of symbols."""
    if given and len(given) != len(graph.inputs):
        raise InputError(f"{len(given)} symbols were given for {len(graph.inputs)} inputs")
    found: dict[int, Any] = {}
    for k, node in enumerate(graph.inputs):
        if not given:
            found[node.index] = _named(sympy, node.label, node.shape)
        elif not node.shape:
            found[node.index] = sympy.sympify(given[k])
        else:
            array = np.array(given[k], dtype=object)
            if array.shape != node.shape:
                raise InputError(
                    f"symbols of shape {array.shape} were given for {node.label}, of shape "
                    f"{node.shape}"
                )
            found[node.index] = array
    return found


def _named(sympy: Any, label: str, shape: tuple[int, ...]) -> Any:
    name = re.sub(r"\W+", "_", label).strip("_")
    if not shape:
        return sympy.Symbol(name)
    array = np.empty(shape, dtype=object)
    for index in itertools.product(*map(range, shape)):
        array[index] = sympy.Symbol("_".join([name, *map(str, index)]))
    return array


def _exact(sympy: Any, x: Any) -> Any:
    """A constant; whole numbers and simple binary fractions become exact."""
    x = primal(x)
    if isinstance(x, np.ndarray) and x.dtype.kind in "fc":
        return _each(functools.partial(_exact_number, sympy), x)
    if isinstance(x, (float, complex, np.inexact)):
        return _exact_number(sympy, x)
    return x


def _exact_number(sympy: Any, x: Any) -> Any:
    if isinstance(x, (complex, np.complexfloating)):
        return _exact_number(sympy, x.real) + sympy.I * _exact_number(sympy, x.imag)
    x = float(x)
    if not np.isfinite(x):
        return sympy.nan if x != x else sympy.oo if x > 0 else -sympy.oo
    fraction = Fraction(x)
    if fraction.denominator <= 64 and abs(x) < 2**53:
        return sympy.Rational(fraction.numerator, fraction.denominator)
    return sympy.Float(x)


def _each(f: Callable[..., Any], *operands: Any) -> Any:
    """f on each element of the operands, broadcast; the answer is an object array or one object."""
    if not any(isinstance(x, np.ndarray) for x in operands):
        return f(*operands)
    return np.frompyfunc(f, len(operands), 1)(*operands)


def _step(sympy: Any, graph: Graph, index: int, operands: list[Any]) -> Any:
    from .._rules._symbolic import sympy_call

    node = graph._tape.nodes[index]
    row, params, shape = node[0], node[3], node[4]
    if row is MEMBER:
        return operands[0][params]
    try:
        if isinstance(row.fn, elementwise):  # its name may be that of a function of SymPy
            raise TypeError("it is a function of the user's own")
        if type(row) in (Unary, Binary):
            return _each(lambda *x: sympy_call(row, *map(sympy.sympify, x)), *operands)
        special = _ARRAYS.get(row.name)
        value = special(sympy, params, *operands) if special else row.value(params, *operands)
        if not isinstance(value, tuple) and np.shape(value) != shape:
            raise TypeError(f"the symbolic value has shape {np.shape(value)}, not {shape}")
    except (TypeError, ValueError, AttributeError) as error:
        raise NoRuleError(
            f"{row.name} has no symbolic form ({error})",
            "to_sympy of a part of the function without it",
            (node[6], node[7]) if node[6] is not None else None,
        ) from error
    return value


def _solve(sympy: Any, _params: Any, a: Any, b: Any) -> Any:
    matrix = sympy.Matrix(b.reshape(len(b), -1).tolist())
    solution = sympy.Matrix(a.tolist()).LUsolve(matrix)
    return np.array(solution.tolist(), dtype=object).reshape(b.shape)


def _euclidean(sympy: Any, params: Any, x: Any) -> Any:
    axes, keepdims = params
    return _each(sympy.sqrt, np.sum(x * x, axis=axes, keepdims=keepdims))


def _power_norm(sympy: Any, params: Any, x: Any) -> Any:
    order, axes, keepdims = params
    p = _exact_number(sympy, order)
    powers = np.sum(_each(sympy.Abs, x) ** p, axis=axes, keepdims=keepdims)
    return _each(lambda s: s ** (1 / p), powers)


# Linear algebra that NumPy does not do on object arrays, for one matrix, and conversions of dtype,
# which mean nothing to expressions.
_ARRAYS: dict[str, Callable[..., Any]] = {
    "det": lambda sympy, _, a: sympy.Matrix(a.tolist()).det(),
    "inv": lambda sympy, _, a: np.array(sympy.Matrix(a.tolist()).inv().tolist(), object),
    "solve": _solve,
    "astype": lambda _sympy, _params, x: x,
    "euclidean": _euclidean,
    "power_norm": _power_norm,
}


def _answer(sympy: Any, x: Any) -> Any:
    """An output: an expression, or a SymPy array."""
    if isinstance(x, np.ndarray):
        return sympy.Array(x.tolist()) if x.ndim else sympy.sympify(x[()])
    return sympy.sympify(x)
