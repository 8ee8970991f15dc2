"""The rows of linear array functions on drawn shapes, axes, indices and layouts of memory."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dualad._rules._moving import _add_up_pairwise, add_up
from tests.rules.linear_cases import Case, written
from tests.rules.linear_checks import (
    GETITEM,
    SETITEM,
    assert_same,
    check_lanes,
    check_transpose,
    prepared,
)

# --- indices, drawn ------------------------------------------------------------------------------


def entries(n):
    """Whatever NumPy takes as an index of an axis of length n."""
    places = st.integers(-n, n - 1)
    sides = st.sampled_from([(2,), (1,), (1, 2), (2, 1), (2, 2)])
    return st.one_of(
        places,
        st.slices(n),
        places.map(np.array),
        places.map(lambda i: [i, i]),
        hnp.arrays(np.intp, sides, elements=places),
        st.sets(st.integers(0, n - 1), min_size=1, max_size=2).map(
            lambda chosen: np.isin(np.arange(n), list(chosen))
        ),
    )


@st.composite
def arrays_and_indices(draw):
    """An array and any index that NumPy takes for it."""
    shape = draw(hnp.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=4))
    index = [draw(entries(n)) for n in shape[: draw(st.integers(1, len(shape)))]]
    for extra in draw(st.lists(st.sampled_from([None, None, Ellipsis, True]), max_size=3)):
        if extra is not Ellipsis or not any(e is Ellipsis for e in index):
            index.insert(draw(st.integers(0, len(index))), extra)
    x = np.random.default_rng(0).standard_normal(shape)
    try:
        hole = x[tuple(index)]
    except IndexError:  # arrays that do not broadcast, or an Ellipsis in front of a shorter axis
        reverse = slice(None, None, -1)
        index = [e if e is None or e is Ellipsis else reverse for e in index if e is not True]
        hole = x[tuple(index)]
    return x, tuple(index), np.shape(hole)


@settings(max_examples=250)
@given(arrays_and_indices(), st.integers(1, 4))
def test_getitem(drawn, k):
    x, index, shape = drawn
    operands, params = GETITEM.prepare(x, index)
    assert_same(GETITEM.value(params, *operands), x[index])
    rng = np.random.default_rng(4)
    check_lanes(GETITEM, params, operands, rng, k)
    pulled, ct = check_transpose(GETITEM, params, operands, shape, rng, k)
    buffer = np.zeros_like(pulled[0])
    GETITEM.scatter(params, ct, buffer)
    np.testing.assert_array_equal(buffer, pulled[0])


@settings(max_examples=250)
@given(arrays_and_indices(), st.integers(1, 4), st.data())
def test_setitem(drawn, k, data):
    x, index, hole = drawn
    drop = data.draw(st.integers(0, len(hole)))
    shape = tuple(1 if data.draw(st.booleans()) else n for n in hole[drop:])
    if hole and drop == 0:
        shape = (1,) * data.draw(st.integers(0, 2)) + shape
    v = np.random.default_rng(5).standard_normal(shape)
    if v.ndim > max(len(hole), 1) and len(index) == 1 and np.asarray(index[0]).dtype.kind == "b":
        v = v.reshape(v.shape[len(v.shape) - len(hole) :])  # NumPy is strict with lone masks
    if v.ndim and data.draw(st.booleans()):
        v = np.asfortranarray(v)
    operands, params = SETITEM.prepare(x, index, v)
    assert_same(SETITEM.value(params, *operands), written(x, index, v))
    rng = np.random.default_rng(6)
    check_lanes(SETITEM, params, operands, rng, k)
    check_transpose(SETITEM, params, operands, x.shape, rng, k)


@settings(max_examples=60)
@given(st.lists(st.integers(0, 6), max_size=30), st.integers(1, 3))
def test_adding_up_in_pairs(targets, k):
    targets = np.array(targets, np.intp)
    ct = np.random.default_rng(7).integers(-9, 9, (k, targets.size)).astype(float)
    kept = targets > 0
    expected = add_up(ct, targets, 7)
    np.testing.assert_array_equal(_add_up_pairwise(ct[:, kept], targets[kept], 7), expected)


# --- other arguments, drawn ----------------------------------------------------------------------

shapes = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)


def check_call(fn, args, kwargs, k):
    row, operands, params = prepared(Case(fn, args, kwargs))
    value = row.value(params, *operands)
    assert_same(value, fn(*args, **kwargs))
    rng = np.random.default_rng(8)
    check_lanes(row, params, operands, rng, k)
    check_transpose(row, params, operands, np.shape(value), rng, k)


def drawn_layout(data, shape):
    x = np.random.default_rng(9).standard_normal(shape)
    kinds = [x]
    if x.ndim:
        kinds.append(np.asfortranarray(x))
        kinds += [np.flip(x), x.T.copy().T, np.repeat(x, 2, axis=0)[::2]]
        kinds.append(np.broadcast_to(x[:1], x.shape) if x.shape[0] else x)
    return data.draw(st.sampled_from(kinds))


@settings(max_examples=80)
@given(shapes, st.integers(1, 4), st.data())
def test_sum_axes(shape, k, data):
    axis = None
    if shape:
        axis = data.draw(st.none() | hnp.valid_tuple_axes(len(shape)))
    kwargs = {"axis": axis, "keepdims": data.draw(st.booleans())}
    check_call(np.sum, (drawn_layout(data, shape),), kwargs, k)


@settings(max_examples=80)
@given(shapes, st.integers(1, 4), st.data())
def test_reshape_orders(shape, k, data):
    x = drawn_layout(data, shape)
    sides = [*data.draw(st.permutations(shape)), *data.draw(st.sampled_from([(), (1,), (1, 1)]))]
    check_call(np.reshape, (x, tuple(sides)), {"order": data.draw(st.sampled_from("CFA"))}, k)
    check_call(np.ravel, (x,), {"order": data.draw(st.sampled_from("CFAK"))}, k)


@settings(max_examples=60)
@given(shapes, st.integers(1, 4), st.data())
def test_transpose_axes(shape, k, data):
    axes = tuple(data.draw(st.permutations(range(len(shape)))))
    check_call(np.transpose, (drawn_layout(data, shape), axes), {}, k)


@settings(max_examples=60)
@given(shapes, st.integers(1, 4), st.data())
def test_concatenate_axes(shape, k, data):
    shape = shape or (2,)
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    parts = []
    for _ in range(data.draw(st.integers(1, 3))):
        side = list(shape)
        side[axis] = data.draw(st.integers(0, 3))
        parts.append(drawn_layout(data, tuple(side)))
    check_call(np.concatenate, (tuple(parts),), {"axis": axis}, k)
