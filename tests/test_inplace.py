"""Writing into arrays, and views of them, behave as NumPy's under differentiation."""

import numpy as np
import pytest

from tests.random_statements import check
from tests.statement_cases import MATRIX, TENSOR, VECTOR
from tests.statements import SECOND, check_first, check_second

_rng = np.random.default_rng(7)
POINTS = {
    "vector": _rng.uniform(0.5, 2.0, 4),
    "matrix": _rng.uniform(0.5, 2.0, (3, 4)),
    "tensor": _rng.uniform(0.5, 2.0, (2, 3, 2)),
}
CASES = [("vector", s) for s in VECTOR] + [("matrix", s) for s in MATRIX]
CASES += [("tensor", s) for s in TENSOR]
# Not analytic, or with a work array that is always real: central differences serve there.
REAL = (
    "%=",
    "//=",
    "real",
    "imag",
    "np.zeros(",
    "np.array(",
    "np.full(",
    "np.maximum",
    "np.clip",
    "conj",
)


@pytest.mark.parametrize(("point", "source"), CASES)
def test_first_derivatives(point, source):
    check_first(source, POINTS[point], not any(word in source for word in REAL))


@pytest.mark.parametrize(("point", "source"), CASES)
def test_second_derivatives(point, source):
    check_second(source, POINTS[point])


@pytest.mark.parametrize("seed", range(60))
def test_random_programs(seed):
    check(seed, tuple(SECOND))
