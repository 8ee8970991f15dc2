"""Packages whose numbers are scalars: casadi's symbols and num-dual's dual numbers.

NumPy runs its functions on arrays of such objects, one element at a time. casadi keeps what it sees
as a graph, once; num-dual has no graph, so each call runs the function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from benchmarks.timing import LONGEST, TOO_LONG, once

from . import forms
from .case import Case, Peer, Prepared, Unsuited
from .rebind import Namespace

LARGEST = 200_000  # operations on scalars
LAST: list[tuple[Case, Any]] = []
KEPT: list[Any] = []  # what casadi's buffers point into


def array(elements: Iterable[Any]) -> np.ndarray:
    """A vector of objects, none of which NumPy looks into."""
    given = list(elements)
    made = np.empty(len(given), dtype=object)
    for i, element in enumerate(given):
        made[i] = element
    return made


def elements_namespace(larger: Callable[[Any, Any], Any]) -> Namespace:
    """NumPy with what it lacks for objects."""

    reduced = np.frompyfunc(larger, 2, 1).reduce

    def maximum(x: Any, axis: int, keepdims: bool) -> Any:
        return reduced(x, axis=axis, keepdims=keepdims)

    def logaddexp(a: float, x: Any) -> Any:
        return a + np.log(1.0 + np.exp(x - a))

    def stack(parts: Any, axis: int = 0) -> Any:
        return np.stack([boxed(part) for part in parts], axis)

    return Namespace(
        np, max=maximum, logaddexp=logaddexp, stack=stack, sin=mixed(np.sin), cos=mixed(np.cos)
    )


def boxed(part: Any) -> np.ndarray:
    """An element as an array without dimensions; an array as it is."""
    if isinstance(part, np.ndarray):
        return part
    made = np.empty((), dtype=object)
    made[()] = part
    return made


def mixed(function: Any) -> Callable[[Any], Any]:
    """The function of arrays that may hold plain numbers among the objects."""
    each = np.frompyfunc(function, 1, 1)

    def run(x: Any) -> Any:
        try:
            return boxed(function(x))
        except TypeError:
            return each(x)

    return run


class Scalar:
    """A number that counts operations, and has no value."""

    def __init__(self) -> None:
        self.count = 0

    def operation(self, *_: Any) -> Scalar:
        self.count += 1
        if self.count > LARGEST:
            raise Unsuited("too large")
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = operation
    __truediv__ = __rtruediv__ = __pow__ = __neg__ = operation
    exp = log = sqrt = sin = cos = tanh = operation


def count(case: Case, peer: str) -> int:
    """Operations on scalars of one run.

    Raises
    ------
    Unsuited
        If they are too many for a graph of them, or for Python.
    """
    one = Scalar()
    f = case.written(elements_namespace(Scalar.operation), forms.form(peer, case.problem.name))
    f(array([one] * case.x.size))
    return one.count


def _elements(case: Case, peer: str, larger: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    count(case, peer)
    f = case.written(elements_namespace(larger), forms.form(peer, case.problem.name))
    return lambda x: f(array(x))


def _casadi(case: Case) -> Any:
    """The graph of the derivative; the one made last is kept, for both ways to call it."""
    if not (LAST and LAST[0][0] is case):
        LAST[:] = [(case, _graph(case))]
    return LAST[0][1]


def _graph(case: Case) -> Any:
    import casadi

    casadi.GlobalOptions.setNumpyMode(-1)  # or it warns of what is meant here
    x = casadi.SX.sym("x", case.x.size)
    found = _elements(case, "casadi", casadi.fmax)(casadi.vertsplit(x))
    y = column(found) if np.shape(case.value) else scalar(found)
    if case.kind == "hessian":
        answer = casadi.hessian(y, x)[0]
    else:
        answer = (casadi.gradient if case.kind == "grad" else casadi.jacobian)(y, x)
    return casadi.Function("derivative", [x], [answer])


def column(found: Any) -> Any:
    """A column of casadi's, from an array of elements or from a matrix, row after row."""
    import casadi

    if isinstance(found, np.ndarray):
        return casadi.vertcat(*found.ravel().tolist())
    return casadi.vec(found.T)


def scalar(found: Any) -> Any:
    """The element of an array without dimensions, or of one number."""
    return found.item() if isinstance(found, np.ndarray) else found


def casadi(case: Case) -> Prepared:
    """Called as its manual says; its matrix becomes a NumPy array."""
    derivative, x = _casadi(case), case.x
    return Prepared(lambda: derivative(x).full(), lambda found: found.reshape(_shape(case)))


def casadi_buffer(case: Case) -> Prepared:
    """Its quickest form: numbers are written into one's own array, of nonzero entries only."""
    derivative, x = _casadi(case), np.ascontiguousarray(case.x)
    pattern = derivative.sparsity_out(0)
    answer = np.zeros(pattern.nnz())
    buffer, run = derivative.buffer()
    buffer.set_arg(0, memoryview(x))
    buffer.set_res(0, memoryview(answer))

    def read(_: Any) -> np.ndarray:
        dense = np.zeros(pattern.shape)
        rows, columns = pattern.get_triplet()
        dense[rows, columns] = answer
        return dense.reshape(_shape(case))

    prepared = Prepared(run, read)
    KEPT.append((buffer, derivative))
    return prepared


def _shape(case: Case) -> tuple[int, ...]:
    n = case.x.size
    return (n, n) if case.kind == "hessian" else (*np.shape(case.value), n)


def num_dual(case: Case) -> Prepared:
    """Forward mode only: each number carries the whole gradient, or Hessian."""
    import num_dual

    f, x = _elements(case, "num-dual", max), case.x
    passes = 1.0 + x.size ** (2 if case.kind == "hessian" else 1) / 30.0
    alone = [num_dual.Dual64(number, 0.0) for number in x.tolist()]
    if passes * once(lambda: f(alone)) > LONGEST:
        raise Unsuited(TOO_LONG)
    if case.kind == "jacobian":
        return Prepared(
            lambda: np.asarray(num_dual.jacobian(lambda v: np.ravel(f(v)).tolist(), x.tolist())[1])
        )
    verb = getattr(num_dual, "gradient" if case.kind == "grad" else "hessian")
    return Prepared(lambda: np.asarray(verb(lambda v: scalar(f(v)), x.tolist())[-1]))


PEERS = (
    Peer("casadi", "casadi", "casadi", casadi),
    Peer("casadi, buffer", "casadi", "casadi", casadi_buffer),
    Peer("num-dual", "num-dual", "num_dual", num_dual),
)
