"""The rows of linear array functions, each against NumPy's own function.

Values must be NumPy's to the last bit, in every layout of memory; lanes must be what each lane
gives alone; transposes must satisfy <ct, J t> = <J* ct, t>. The numbers of lanes are among the
lengths of the axes, so that a block that broadcasts the wrong way cannot pass.
"""

import itertools
import warnings

import numpy as np
import pytest

from dualad._errors import NoRuleError
from dualad._rules._flat import FLATS
from dualad._rules._repeating import moved_pad
from dualad._rules._row import Composed, Linear
from tests.every import every
from tests.rules.linear_cases import COMPOSED, LINEAR, Case, called, written
from tests.rules.linear_checks import (
    ROWS,
    SETITEM,
    assert_same,
    check_lanes,
    check_transpose,
    inner,
    noise,
    prepared,
)

LANES = (1, 2, 3, 4, 5)  # among them the length of every axis of the cases


def layouts(x):
    """x in other layouts of memory, equal to it."""
    yield np.asfortranarray(x)
    yield np.flip(np.flip(x).copy())
    wide = np.repeat(x, 2, axis=-1)
    yield wide[..., ::2]
    yield np.moveaxis(np.moveaxis(x, -1, 0).copy(), 0, -1)


def label(case):
    return case.label


def function(case):
    return f"{getattr(case.fn, '__module__', '')}.{case.fn.__name__}"


# --- the cases -----------------------------------------------------------------------------------


@every(LINEAR, function, label)
def test_value_is_the_plain_call(case):
    row, operands, params = prepared(case)
    assert_same(row.value(params, *operands), called(case.fn)(*case.args, **case.kwargs))


@every(LINEAR, function, label)
def test_value_in_every_layout(case):
    position = case.active[0]
    x = case.args[position]
    if isinstance(x, tuple) or x.ndim == 0:
        return
    for y in layouts(x):
        args = (*case.args[:position], y, *case.args[position + 1 :])
        again = Case(case.fn, args, case.kwargs, case.active)
        row, operands, params = prepared(again)
        expected = called(case.fn)(*args, **case.kwargs)
        assert_same(row.value(params, *operands), expected)
        rng = np.random.default_rng(1)
        check_lanes(row, params, operands, rng, 3)
        check_transpose(row, params, operands, np.shape(expected), rng, 3)


@every(LINEAR, function, label)
def test_lanes_and_transpose(case):
    row, operands, params = prepared(case)
    for k in LANES:
        check_row(row, operands, params, k)


def check_row(row, operands, params, k):
    rng = np.random.default_rng(k)
    check_lanes(row, params, operands, rng, k)
    shape = np.shape(row.value(params, *operands))
    pulled, ct = check_transpose(row, params, operands, shape, rng, k)
    if row.scatter is not None:
        buffer = np.ones_like(pulled[0])
        row.scatter(params, ct, buffer)
        np.testing.assert_allclose(buffer, pulled[0] + 1.0, rtol=1e-13, atol=1e-13)
    if len(operands) > 1:
        check_constant_operands(row, params, operands, rng, k)


def check_constant_operands(row, params, operands, rng, k):
    """A block that is None counts as zero."""
    blocks = [noise(rng, k, np.shape(x)) for x in operands]
    for constant in range(len(operands)):
        zero = [b * 0.0 if i == constant else b for i, b in enumerate(blocks)]
        none = [None if i == constant else b for i, b in enumerate(blocks)]
        if row.fn is np.sum and constant == 0:
            with pytest.raises(NoRuleError):
                row.apply_lanes(params, *none)
            continue
        got = row.apply_lanes(params, *none)
        np.testing.assert_allclose(got, row.apply_lanes(params, *zero), rtol=1e-13, atol=1e-13)


@every(
    itertools.product(LINEAR, [np.float32, complex]),
    lambda pair: function(pair[0]),
    lambda pair: f"{pair[0].label} in {pair[1].__name__}",
)
def test_dtypes(pair):
    case, dtype = pair
    if case.kwargs.get("dtype") is not None or case.fn is np.ndarray.astype:
        return
    if case.fn is np.bincount:  # always float64
        return
    args = tuple(recast(a, dtype) if i in case.active else a for i, a in enumerate(case.args))
    row, operands, params = prepared(Case(case.fn, args, case.kwargs, case.active))
    value = row.value(params, *operands)
    assert_same(value, called(case.fn)(*args, **case.kwargs))
    rng = np.random.default_rng(2)
    blocks = [noise(rng, 3, np.shape(x), dtype) for x in operands]
    lanes = row.apply_lanes(params, *blocks)
    assert np.can_cast(lanes.dtype, value.dtype)
    ct = noise(rng, 3, np.shape(value), dtype if value.dtype.kind == "c" else lanes.dtype)
    pulled = row.transpose(params, ct, tuple(map(np.shape, operands)))
    right = sum(inner(p, b) for p, b in zip(pulled, blocks, strict=True))
    np.testing.assert_allclose(inner(ct, lanes), right, rtol=1e-4, atol=1e-4)
    if case.fn is not np.imag and case.fn is not np.real:
        assert {p.dtype for p in pulled} == {np.dtype(dtype)}


def recast(x, dtype):
    if isinstance(x, tuple):
        return tuple(recast(m, dtype) for m in x)
    y = x.astype(dtype)
    return y + 0.5j * y if y.dtype.kind == "c" and y.ndim else y


@pytest.mark.parametrize("case", COMPOSED, ids=label)
def test_bodies_are_numpys_functions(case):
    row = ROWS[case.fn]
    assert isinstance(row, Composed)
    got = row.body(*case.args, **case.kwargs)
    assert_same(got, case.fn(*case.args, **case.kwargs))


def test_every_row_has_a_case():
    missing = {row.name for row in ROWS.values()} - {c.fn.__name__ for c in (*LINEAR, *COMPOSED)}
    assert missing <= {"astype"}  # np.astype has the row of the method


# --- repeated indices ----------------------------------------------------------------------------


def test_last_write_wins():
    x, v = np.zeros(3), np.array([1.0, 2.0, 3.0])
    _, params = SETITEM.prepare(x, [1, 1, 0], v)
    ct = np.array([[10.0, 20.0, 30.0]])
    ct_x, ct_v = SETITEM.transpose(params, ct, ((3,), (3,)))
    np.testing.assert_array_equal(ct_x, [[0.0, 0.0, 30.0]])
    np.testing.assert_array_equal(ct_v, [[0.0, 20.0, 10.0]])
    np.testing.assert_array_equal(SETITEM.apply_lanes(params, None, v[None]), [[3.0, 2.0, 0.0]])


@pytest.mark.parametrize("order_i", "CF")
@pytest.mark.parametrize("order_v", "CF")
def test_last_write_follows_the_order_of_memory(order_i, order_v):
    index = np.array([[5, 0], [0, 5]], order=order_i)
    x, v = np.zeros(6), np.array([[1.0, 2.0], [3.0, 4.0]], order=order_v)
    _, params = SETITEM.prepare(x, index, v)
    expected = written(x, index, v)
    np.testing.assert_array_equal(SETITEM.value(params, x, v), expected)
    np.testing.assert_array_equal(SETITEM.apply_lanes(params, None, v[None])[0], expected)
    (_, ct_v) = SETITEM.transpose(params, np.ones((1, 6)), ((6,), (2, 2)))
    np.testing.assert_array_equal(ct_v[0], np.isin(v, expected) * 1.0)


# --- one call on value and tangents --------------------------------------------------------------

SIZES = (0, 1, 2, 7, 8, 9, 16, 127, 128, 129, 1000, 8191, 8193, 20000)
MATRICES = [(a, b) for a in (1, 2, 3, 9, 130) for b in (1, 2, 8, 9, 129, 300)]
STACKS = [(a, b, c) for a in (1, 2, 9) for b in (1, 3, 8, 40) for c in (1, 2, 9, 129)]


@every(
    itertools.product([(n,) for n in SIZES] + MATRICES + STACKS, [np.float64, np.float32, complex]),
    lambda pair: f"{len(pair[0])} axes of {pair[1].__name__}",
)
def test_sums_in_one_call(pair):
    shape, dtype = pair
    rng = np.random.default_rng(3)
    scale = 10.0 ** rng.uniform(-3, 3, (4, *shape))
    block = (noise(rng, 4, shape, dtype) * scale).astype(dtype)
    mask = rng.random(shape) < 0.7
    ndim = len(shape)
    axes = [tuple(i for i in range(ndim) if bits >> i & 1) for bits in range(2**ndim)]
    for axis in [None, *axes]:
        for keywords in ({}, {"where": mask}, {"dtype": np.complex128}):
            _, params = ROWS[np.sum].prepare(block[0], axis, **keywords)
            once = ROWS[np.sum].value(params, block)
            assert_same(once[0], np.sum(block[0].copy(), axis, **keywords))
    for fn in (np.cumsum, np.diff):
        for axis in range(ndim):
            _, params = ROWS[fn].prepare(block[0], axis=axis)
            once = ROWS[fn].value(params, block)
            assert_same(once[0], fn(block[0].copy(), axis=axis))


@pytest.mark.parametrize("fn", [np.trace, np.linalg.trace])
def test_traces_are_not_claimed_in_one_call(fn):
    assert not ROWS[fn].one_call


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fn", "args", "kwargs", "words"),
    [
        (np.ndarray.astype, (np.ones(3), int), {}, "int64"),
        (np.sum, (np.ones(3),), {"dtype": int}, "dtype"),
        (np.cumsum, (np.ones(3),), {"dtype": int}, "dtype"),
        (np.trace, (np.ones((3, 3)),), {"dtype": int}, "dtype"),
        (np.concatenate, ([np.ones(3)],), {"dtype": int}, "dtype"),
    ],
)
def test_no_rule(fn, args, kwargs, words):
    with pytest.raises(NoRuleError, match=words):
        ROWS[fn].prepare(*args, **kwargs)


@pytest.mark.parametrize(
    ("fn", "args"),
    [
        (np.sum, (np.ones((2, 3)), 2)),
        (np.sum, (np.ones((2, 3)), (0, 0))),
        (np.cumsum, (np.ones((2, 3)), 2)),
        (np.diff, (np.ones((2, 3)), 1, 2)),
        (np.diff, (np.ones((2, 3)), -1)),
        (np.take, (np.ones((2, 3)), [0], 2)),
        (np.transpose, (np.ones((2, 3)), (0, 0))),
        (np.transpose, (np.ones((2, 3)), (0,))),
        (np.moveaxis, (np.ones((2, 3)), 0, 2)),
        (np.swapaxes, (np.ones((2, 3)), 0, 2)),
        (np.expand_dims, (np.ones(3), 3)),
        (np.squeeze, (np.ones((2, 3)), 0)),
        (np.flip, (np.ones(3), 1)),
        (np.fliplr, (np.ones(3),)),
        (np.rot90, (np.ones((2, 3)), 1, (0, 0))),
        (np.reshape, (np.ones(4), (3,))),
        (np.reshape, (np.ones(4), (-1, -1))),
        (np.concatenate, ([],)),
        (np.stack, ([np.ones(3)], 2)),
        (np.diagonal, (np.ones(3),)),
        (np.where, (True, 1.0)),
        (np.roll, (np.ones(3), 1, 1)),
        (np.repeat, (np.ones(3), 2, 1)),
    ],
)
def test_numpys_own_errors(fn, args):
    row = ROWS[fn]

    def call():
        operands, params = row.prepare(*args)
        return row.value(params, *operands)

    with pytest.raises(ValueError) as theirs:  # noqa: PT011  # NumPy's text is not ours to fix
        fn(*args)
    with pytest.raises(type(theirs.value)):
        call()


def test_an_empty_pad_has_zero_tangents_around():
    row = ROWS[moved_pad]
    (x,), params = row.prepare(np.ones(2), 1, mode="empty")
    assert row.value(params, x)[1:3].tolist() == [1.0, 1.0]
    assert row.apply_lanes(params, np.ones((1, 2))).tolist() == [[0.0, 1.0, 1.0, 0.0]]


def test_real_operands_of_complex_dtype():
    z = np.array([1 + 2j, 3 - 1j])
    for fn in (np.real, np.imag):
        operands, params = ROWS[fn].prepare(z)
        assert_same(ROWS[fn].value(params, *operands), fn(z))
        rng = np.random.default_rng(10)
        blocks, ct = noise(rng, 3, (2,), complex), noise(rng, 2, (2,))
        (pulled,) = ROWS[fn].transpose(params, ct, ((2,),))
        np.testing.assert_allclose(inner(ct, fn(blocks)), inner(pulled, blocks))


def test_casting_to_real_is_silent_in_lanes():
    row = ROWS[np.ndarray.astype]
    z = np.array([1 + 2j])
    _, params = row.prepare(z, float)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert row.apply_lanes(params, z[None]).dtype == float


@pytest.mark.parametrize("fn", [np.compress, np.extract])
def test_operands_by_name(fn):
    name = "a" if fn is np.compress else "arr"
    mask, x = np.array([True, False, True]), np.arange(3.0)
    (operand,), params = ROWS[fn].prepare(condition=mask, **{name: x})
    assert operand is x
    assert_same(ROWS[fn].value(params, x), x[mask])


def test_one_argument_where():
    operands, params = ROWS[np.where].prepare([0.0, 2.0])
    assert operands == ()
    assert_same(ROWS[np.where].value(params), np.where([0.0, 2.0]))


def test_flat_functions_are_named_once():
    assert len({row.fn for row in FLATS}) == len(FLATS)
    assert not {row.fn for row in FLATS} & set(ROWS)


def test_rows_are_linear_or_composed():
    assert {type(row) for row in ROWS.values()} == {Linear, Composed}
