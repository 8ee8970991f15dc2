"""What must hold of the row of a linear array function: value, lanes, transpose, one call."""

import operator

import numpy as np

from dualad._rules._indexing import INDEXING
from dualad._rules._joining import JOINING
from dualad._rules._picking import PICKING
from dualad._rules._repeating import REPEATING
from dualad._rules._shapes import SHAPES
from dualad._rules._splitting import SPLITTING
from dualad._rules._sums import SUMS

TABLES = (INDEXING, PICKING, SHAPES, REPEATING, SPLITTING, JOINING, SUMS)
ROWS = {row.fn: row for table in TABLES for row in table}
GETITEM, SETITEM = ROWS[operator.getitem], ROWS[operator.setitem]


def assert_same(got, expected):
    """The same bits, dtype, shape and type."""
    assert type(got) is type(expected)
    if isinstance(got, (tuple, list)):
        for g, e in zip(got, expected, strict=True):
            assert_same(g, e)
        return
    assert np.shape(got) == np.shape(expected)
    assert np.asarray(got).dtype == np.asarray(expected).dtype
    assert np.asarray(got).tobytes() == np.asarray(expected).tobytes()


def noise(rng, k, shape, dtype=float):
    block = rng.standard_normal((k, *shape))
    if np.dtype(dtype).kind == "c":
        block = block + 1j * rng.standard_normal((k, *shape))
    return block.astype(dtype)


def inner(a, b):
    """Re<a_p, b_q> of all pairs of lanes."""
    flat = [np.asarray(x).reshape((x.shape[0], x[0].size)) for x in (a, b)]
    return np.real(flat[0].conj() @ flat[1].T)


def prepared(case):
    row = ROWS[case.fn]
    operands, params = row.prepare(*case.args, **case.kwargs)
    return row, operands, params


def linear_part(row, params, operands):
    """The linear part of the value: without `initial`, `constant_values` and their like."""
    zero = [np.zeros_like(x) for x in operands]
    return lambda *xs: row.value(params, *xs) - row.value(params, *zero)


def check_lanes(row, params, operands, rng, k):
    blocks = [noise(rng, k, np.shape(x), np.asarray(x).dtype) for x in operands]
    got = row.apply_lanes(params, *blocks)
    linear = linear_part(row, params, operands)
    for lane in range(k):
        expected = linear(*(b[lane] for b in blocks))
        np.testing.assert_allclose(got[lane], expected, rtol=1e-6, atol=1e-6)
    assert got.shape == (k, *np.shape(linear(*operands)))
    if row.one_call and len(operands) == 1:
        stacked = np.concatenate((np.asarray(operands[0])[None], blocks[0]))
        once = row.value(params, stacked)
        alone = row.value(params, np.array(stacked[0], order="C"))
        assert_same(np.asarray(once[0]), np.asarray(alone))
        np.testing.assert_array_equal(once[1:], got)


def check_transpose(row, params, operands, shape, rng, k, dtype=float):
    shapes = tuple(map(np.shape, operands))
    blocks = [noise(rng, k, s, dtype) for s in shapes]
    ct = noise(rng, k + 1, shape, dtype)
    pulled = row.transpose(params, ct, shapes)
    assert [p.shape for p in pulled] == [(k + 1, *s) for s in shapes]
    left = inner(ct, row.apply_lanes(params, *blocks))
    right = sum(inner(p, b) for p, b in zip(pulled, blocks, strict=True))
    np.testing.assert_allclose(left, right, rtol=1e-5, atol=1e-5)
    return pulled, ct
