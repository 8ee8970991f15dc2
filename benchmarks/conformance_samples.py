"""Sample calls of every differentiable callable of NumPy, most of them from the tests' tables.

What those tables lack stands in `benchmarks/conformance_calls.py`.
"""

from __future__ import annotations

import functools
import importlib.util
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dualad._rules import TABLE
from dualad._rules._row import Binary, Unary
from tests.rules import linear_cases, product_cases, rest_cases

ROOT = Path(__file__).resolve().parent.parent
SPACES = {"numpy": np, "numpy.linalg": np.linalg, "numpy.fft": np.fft, "ndarray": np.ndarray}
# Beyond, an extrapolated difference in double precision says little.
MODERATE = (1e-3, 8.0)
# Complex answers in the order of a hash table, which jumps with every step.
UNORDERED = (np.unique_values,)


class Sample(NamedTuple):
    """One call: what varies, and the call as a function of it."""

    label: str
    call: Callable[..., Any]
    point: tuple[Any, ...]
    relative: bool = False  # whether a step is in proportion to each number
    twin: Callable[..., Any] | None = None  # the same in double precision, for the differences
    turns: bool = True  # whether complex operands make sense
    eps: float = 0.0  # the precision of the answer, where it is less than double


def _coverage() -> Any:
    spec = importlib.util.spec_from_file_location(
        "docs_coverage", ROOT / "docs" / "numpy_coverage.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@functools.cache
def callables() -> list[tuple[str, str]]:
    """(namespace, name) of every differentiable callable."""
    coverage = _coverage()
    tables = coverage.tables()
    wanted = (coverage.YES, coverage.LIFTED)
    return [(space, e.name) for space in SPACES for e in tables[space] if e.status in wanted]


def function_of(name: str) -> Any:
    """The object that has this name in the table of coverage."""
    first, _, rest = name.partition(".")
    found: Any = np.ndarray if first == "x" else np
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for part in rest.split("."):
            found = getattr(found, part)
    return found


def samples(name: str) -> list[Sample]:
    """The sample calls of a callable."""
    from benchmarks.conformance_calls import CALLS

    if name.startswith("x."):
        return CALLS.get(name, [])
    function = function_of(name)
    return [*_tables().get(function, []), *CALLS.get(function, [])]


# --- the tables of the tests ---------------------------------------------------------------------


@functools.cache
def _tables() -> dict[Any, list[Sample]]:
    found: dict[Any, list[Sample]] = {}
    for row in TABLE.values():
        if type(row) in (Unary, Binary):
            found.setdefault(row.fn, []).extend(_elementwise(row))
    cases = [*linear_cases.LINEAR, *linear_cases.COMPOSED, *product_cases.CASES, *rest_cases.CASES]
    for case in cases:
        sample = _of_case(case)
        if sample is not None:
            found.setdefault(getattr(case, "row", None) or case.fn, []).append(sample)
    return found


def _elementwise(row: Any) -> list[Sample]:
    points = np.array([p for p in row.at if _is_moderate(p)])
    if not len(points):
        points = np.array(row.at)
    fn = row.fn
    if type(row) is Unary:
        return [Sample(fn.__name__, lambda x: fn(x), (points,), relative=True)]
    x, y = points.T.copy()
    if fn is np.ldexp:  # its second operand is an integer
        y = y.astype(int)
        return [Sample("ldexp", lambda x: fn(x, y), (x,), relative=True)]
    return [
        Sample(fn.__name__, lambda x, y: fn(x, y), (x, y), relative=True),
        Sample(f"{fn.__name__}, of the first", lambda x: fn(x, y), (x,), relative=True),
        Sample(f"{fn.__name__}, of the second", lambda y: fn(x, y), (y,), relative=True),
    ]


def _is_moderate(p: Any) -> bool:
    size = np.abs(p)
    return bool(np.all((size >= MODERATE[0]) & (size <= MODERATE[1])))


def _of_case(case: Any) -> Sample | None:
    """A case of the tables, its active arguments and their members one after the other."""
    leaves: list[Any] = []
    for i in case.active:
        _collect(case.args[i], leaves)
    if any(v is np.float32 for v in (*case.args, *case.kwargs.values())):
        return None  # a value in single precision has no differences to speak of
    fn = linear_cases.called(case.fn)

    def call(*members: Any) -> Any:
        supply = iter(members)
        args = list(case.args)
        for i in case.active:
            args[i] = _rebuild(args[i], supply)
        return fn(*args, **case.kwargs)

    turns = getattr(case, "row", None) not in UNORDERED
    return (
        Sample(case.label, call, tuple(leaves), turns=turns) if sum(map(np.size, leaves)) else None
    )


def _collect(x: Any, leaves: list[Any]) -> None:
    if isinstance(x, (tuple, list)):
        for member in x:
            _collect(member, leaves)
    else:
        leaves.append(x)


def _rebuild(x: Any, supply: Any) -> Any:
    if isinstance(x, (tuple, list)):
        return type(x)([_rebuild(member, supply) for member in x])
    return next(supply)
