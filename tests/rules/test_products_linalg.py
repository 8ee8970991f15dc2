"""The rows of products, linear algebra, statistics and orderings, each against its own function.

Values must be NumPy's to the last bit; lanes must be what each lane gives alone; transposes must
satisfy <ct, J t> = <J* ct, t>; differentials are compared with differences.
"""

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualad._errors import NoRuleError
from dualad._rules._eigen import EIGEN
from dualad._rules._factor import FACTOR
from dualad._rules._inverses import INVERSES
from dualad._rules._linalg import LINALG
from dualad._rules._norms import euclidean, power_norm
from dualad._rules._ordering import ORDERING
from dualad._rules._products import PRODUCTS
from dualad._rules._row import Composed, Differential, Flat, Multilinear
from dualad._rules._statistics import STATISTICS
from dualad._rules._svd import SVD
from tests.rules.product_cases import CASES, cplx, matrix, real

ROWS = {row.fn: row for row in (*PRODUCTS, *LINALG, *STATISTICS, *ORDERING)}
SMOOTH = [c for c in CASES if isinstance(ROWS[c.key], Multilinear | Differential)]
COMPOSED = [c for c in CASES if isinstance(ROWS[c.key], Composed)]
LANES = (1, 2, 3, 4, 5)  # among them the length of every axis of the cases


def label(case):
    return case.label


def as_tuple(y):
    return tuple(y) if isinstance(y, tuple) else (y,)


def assert_same(got, expected):
    """The same bits, dtype, shape and type."""
    for g, e in zip(as_tuple(got), as_tuple(expected), strict=True):
        assert type(g) is type(e)
        assert np.shape(g) == np.shape(e)
        assert np.asarray(g).dtype == np.asarray(e).dtype
        np.testing.assert_array_equal(g, e)


def noise(rng, like, k):
    block = rng.standard_normal((k, *np.shape(like)))
    if np.iscomplexobj(like):
        block = block + 1j * rng.standard_normal(block.shape)
    return block


def inner(a, b):
    """Re<a_p, b_q> of all pairs of lanes."""
    flat = [x.reshape((x.shape[0], -1)) for x in (np.asarray(a), np.asarray(b))]
    return np.real(flat[0].conj() @ flat[1].T)


def replaced(operands, i, x):
    return tuple(x if j == i else y for j, y in enumerate(operands))


def differences(row, params, operands, i, block, h=1e-6):
    """Central differences of a row's value, one lane after the other, for each answer."""
    answers = []
    for t in block:
        ahead, behind = (
            as_tuple(row.value(params, *replaced(operands, i, operands[i] + s * t)))
            for s in (h, -h)
        )
        answers.append([(np.asarray(a) - b) / (2 * h) for a, b in zip(ahead, behind, strict=True)])
    return [np.stack(parts) for parts in zip(*answers, strict=True)]


def layouts(x):
    """x in the orders of memory that user code makes."""
    if not isinstance(x, np.ndarray) or x.ndim == 0:
        return [x]
    back = (slice(None, None, -1),) * x.ndim
    strided = np.zeros(tuple(2 * n for n in x.shape), x.dtype)
    strided[(slice(None, None, 2),) * x.ndim] = x
    return [
        x,
        np.asfortranarray(x),
        np.ascontiguousarray(x[back])[back],
        strided[(slice(None, None, 2),) * x.ndim],
    ]


# --- every row -----------------------------------------------------------------------------------


def test_every_row_has_cases():
    covered = {c.key for c in CASES} | {euclidean, power_norm}
    covered |= {r.fn for r in (*EIGEN, *SVD, *FACTOR, *INVERSES)}  # tests of their own
    missing = {r.name for fn, r in ROWS.items() if fn not in covered and not isinstance(r, Flat)}
    assert missing <= {"trapz"}


@pytest.mark.parametrize("case", SMOOTH, ids=label)
def test_value_is_numpys_own(case):
    row = ROWS[case.key]
    operands, params = row.prepare(*case.args, **case.kwargs)
    assert_same(row.value(params, *operands), case(*case.point))
    if len(case.active) == len(operands):
        for k in range(4):
            moved = [layouts(x)[k % len(layouts(x))] for x in operands]
            assert_same(row.value(params, *moved), case(*moved))


@pytest.mark.parametrize("case", SMOOTH, ids=label)
def test_lanes_and_adjoint(case):
    row = ROWS[case.key]
    rng = np.random.default_rng(3)
    operands, params = row.prepare(*case.args, **case.kwargs)
    value = row.value(params, *operands)
    for k in LANES:
        for i, x in enumerate(operands):
            block = noise(rng, x, k)
            if isinstance(row, Multilinear):
                tangents = [row.lanes(params, i, block, operands)]
                alone = [row.value(params, *replaced(operands, i, t)) for t in block]
                np.testing.assert_allclose(tangents[0], np.stack(alone), rtol=1e-12, atol=1e-13)
            else:
                blocks = tuple(block if j == i else None for j in range(len(operands)))
                tangents = as_tuple(row.jvp(params, value, operands, blocks))
                expected = differences(row, params, operands, i, block)
                for t, e in zip(tangents, expected, strict=True):
                    np.testing.assert_allclose(t, e, rtol=2e-6, atol=2e-7)
            for t, v in zip(tangents, as_tuple(value), strict=True):
                assert t.shape == (k, *np.shape(v))
            cts = tuple(noise(rng, v, k) for v in as_tuple(value))
            if isinstance(row, Multilinear):
                back = row.transpose(params, i, cts[0], operands)
            else:
                ct = cts if isinstance(value, tuple) else cts[0]
                back = row.vjp(params, value, operands, ct, i)
            assert back.shape == block.shape
            left = sum(inner(c, t) for c, t in zip(cts, tangents, strict=True))
            np.testing.assert_allclose(left, inner(back, block), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("case", [c for c in CASES if len(c.active) > 1], ids=label)
def test_all_operands_at_once_is_the_sum_of_each(case):
    row = ROWS[case.key]
    if not isinstance(row, Differential):
        return
    rng = np.random.default_rng(4)
    operands, params = row.prepare(*case.args, **case.kwargs)
    value = row.value(params, *operands)
    blocks = tuple(noise(rng, x, 3) for x in operands)
    total = sum(
        row.jvp(
            params,
            value,
            operands,
            tuple(b if j == i else None for j, b in enumerate(blocks)),
        )
        for i in range(len(operands))
    )
    np.testing.assert_allclose(row.jvp(params, value, operands, blocks), total, rtol=1e-12)


@pytest.mark.parametrize("case", COMPOSED, ids=label)
def test_body_computes_what_the_function_does(case):
    row = ROWS[case.key]
    for dtype in (None, np.float32, np.complex64):
        for k in range(4):
            args = []
            for i, x in enumerate(case.point):
                if isinstance(x, np.ndarray) and dtype is not None:
                    if np.iscomplexobj(x) != (dtype is np.complex64):
                        continue
                    x = x.astype(dtype)
                args.append(layouts(x)[(k + i) % len(layouts(x))])
            if len(args) < len(case.point):
                continue
            expected = case(*args)
            got = body_of(case, row, args)
            if row.pin:
                assert np.shape(got) == np.shape(expected)
                assert np.asarray(got).dtype == np.asarray(expected).dtype
                rtol = 1e-5 if np.asarray(expected).dtype in (np.float32, np.complex64) else 1e-13
                np.testing.assert_allclose(got, expected, rtol=rtol)
            else:
                assert_same(got, expected)


def body_of(case, row, args):
    """The row's body on a case: its own arguments, or those its wrapper gives."""
    if case.row is None:
        full = list(case.args)
        for position, x in zip(case.active, args, strict=True):
            full[position] = x
        return row.body(*full, **case.kwargs)
    if case.row is np.linalg.multi_dot:
        return row.body(tuple(args))
    bound = inspect.signature(case.fn)
    names = {p.name: p.default for p in bound.parameters.values() if p.default is not p.empty}
    if case.row is np.average:
        return row.body(args[0], names["axis"], args[1], keepdims=names["keep"])
    return row.body(args[0], axis=0, mean=args[1])


@pytest.mark.parametrize("fn", [np.mean, np.var, np.ptp, np.trapezoid], ids=lambda f: f.__name__)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.complex64, np.complex128])
def test_unpinned_bodies_over_many_shapes(fn, dtype):
    if fn is np.ptp and np.dtype(dtype).kind == "c":
        return
    rng = np.random.default_rng(5)
    for shape in ((), (1,), (2,), (7,), (300,), (5000,), (3, 70), (70, 3), (40, 40), (9, 1, 300)):
        x = noise(rng, np.zeros((), dtype), int(np.prod(shape)))
        x = x.reshape(shape).astype(dtype)
        axes = [None, *range(len(shape))]
        if fn is np.trapezoid:
            axes = axes[1:]
        for axis in axes:
            for moved in layouts(x):
                assert_same(ROWS[fn].body(moved, axis=axis), fn(moved, axis=axis))


def test_sums_of_integers_and_booleans():
    for x in (np.arange(12).reshape(3, 4), np.arange(7, dtype=np.int8), np.array([True, False])):
        for fn in (np.mean, np.var):
            assert_same(ROWS[fn].body(x), fn(x))
        assert_same(ROWS[np.average].body(x, None, x + 1.5), np.average(x, None, x + 1.5))


# --- random shapes -------------------------------------------------------------------------------

sizes = st.integers(1, 4)
quick = settings(max_examples=40, deadline=None)


def check_multilinear(row, args, k, kwargs=None):
    rng = np.random.default_rng(6)
    operands, params = row.prepare(*args, **(kwargs or {}))
    value = row.value(params, *operands)
    for i, x in enumerate(operands):
        block = noise(rng, x, k)
        got = row.lanes(params, i, block, operands)
        alone = np.stack([row.value(params, *replaced(operands, i, t)) for t in block])
        np.testing.assert_allclose(got, alone, rtol=1e-11, atol=1e-12)
        ct = noise(rng, value, k)
        back = row.transpose(params, i, ct, operands)
        assert back.shape == block.shape
        np.testing.assert_allclose(inner(ct, got), inner(back, block), rtol=1e-9, atol=1e-10)


@st.composite
def broadcastable(draw, max_dims=2):
    """Two shapes that broadcast."""
    full = draw(st.lists(sizes, max_size=max_dims))
    shapes = []
    for _ in range(2):
        cut = draw(st.integers(0, len(full)))
        shapes.append(tuple(n if draw(st.booleans()) else 1 for n in full[cut:]))
    return tuple(shapes)


@quick
@given(batch=broadcastable(), n=sizes, m=sizes, p=sizes, k=sizes, vectors=st.integers(0, 3))
def test_matmul_of_any_shapes(batch, n, m, p, k, vectors):
    a = (m,) if vectors & 1 else (*batch[0], n, m)
    b = (m,) if vectors & 2 else (*batch[1], m, p)
    check_multilinear(ROWS[np.matmul], (real(*a), cplx(*b)), k)
    check_multilinear(ROWS[np.dot], (cplx(*a), real(*b)), k)


@quick
@given(data=st.data(), k=sizes)
def test_tensordot_of_any_axes(data, k):
    dims = data.draw(st.lists(sizes, min_size=1, max_size=4))
    count = data.draw(st.integers(0, len(dims)))
    axes_a = data.draw(st.permutations(range(len(dims))))[:count]
    rest = data.draw(st.lists(sizes, max_size=2))
    order = data.draw(st.permutations(range(count + len(rest))))
    shape_b = [([dims[d] for d in axes_a] + rest)[o] for o in order]
    axes_b = [order.index(j) for j in range(count)]
    a, b = cplx(*dims), real(*shape_b)
    if np.ndim(b):
        check_multilinear(ROWS[np.tensordot], (a, b), k, {"axes": (list(axes_a), axes_b)})


@quick
@given(data=st.data(), k=sizes)
def test_einsum_of_any_subscripts(data, k):
    length = {c: data.draw(sizes) for c in "abcd"}
    count = data.draw(st.integers(1, 3))
    terms = [
        "".join(data.draw(st.lists(st.sampled_from("abcd"), max_size=3))) for _ in range(count)
    ]
    letters = sorted(set("".join(terms)))
    dots = data.draw(broadcastable(1))
    extra = [data.draw(st.sampled_from([None, *dots])) for _ in range(count)]
    operands, written = [], []
    for term, batch in zip(terms, extra, strict=True):
        front = "" if batch is None else "..."
        operands.append(np.asarray(cplx(*(batch or ()), *(length[c] for c in term))))
        written.append(front + term)
    out = "".join(c for c in data.draw(st.permutations(letters)) if data.draw(st.booleans()))
    subscripts = ",".join(written)
    if data.draw(st.booleans()):
        subscripts += "->" + ("..." if "..." in subscripts else "") + out
    check_multilinear(ROWS[np.einsum], (subscripts, *operands), k)


@quick
@given(
    n=st.integers(1, 7),
    m=st.integers(1, 7),
    k=sizes,
    mode=st.sampled_from(["full", "same", "valid"]),
)
def test_convolutions_of_any_lengths(n, m, k, mode):
    for fn in (np.convolve, np.correlate):
        check_multilinear(ROWS[fn], (cplx(n), cplx(m), mode), k)


@quick
@given(batch=broadcastable(), n=sizes, m=sizes, k=sizes, vector=st.booleans())
def test_solve_of_any_shapes(batch, n, m, k, vector):
    rng = np.random.default_rng(7)
    row = ROWS[np.linalg.solve]
    a, b = (
        matrix(*batch[0], n, n),
        real(*(() if vector else batch[1]), n, *(() if vector else (m,))),
    )
    operands, params = row.prepare(a, b)
    x = row.value(params, a, b)
    assert_same(x, np.linalg.solve(a, b))
    blocks = tuple(noise(rng, y, k) for y in operands)
    for i in range(2):
        alone = tuple(t if j == i else None for j, t in enumerate(blocks))
        got = row.jvp(params, x, operands, alone)
        ct = noise(rng, x, k)
        back = row.vjp(params, x, operands, ct, i)
        assert back.shape == blocks[i].shape
        np.testing.assert_allclose(inner(ct, got), inner(back, blocks[i]), rtol=1e-7, atol=1e-8)


# --- orderings and conventions -------------------------------------------------------------------


def test_partition_follows_the_order_that_numpy_made():
    rng = np.random.default_rng(9)
    body = ROWS[np.partition].body
    for n in (1, 2, 17, 100, 1000):
        x = rng.permutation(n) * 1.0
        assert_same(body(x, n // 2), np.partition(x, n // 2))
        ties = rng.integers(0, 4, n) * 1.0
        assert_same(body(ties, n // 3), np.partition(ties, n // 3))


@pytest.mark.parametrize("name", ["max", "min", "sort", "median", "ptp", "prod", "mean", "std"])
def test_nan_in_nan_out(name):
    fn = getattr(np, name)
    x = np.array([[1.0, np.nan, 0.5], [2.0, 1.0, 3.0]])
    np.testing.assert_allclose(ROWS[fn].body(x, axis=1), fn(x, axis=1), rtol=1e-14)


def test_clip_with_nan_and_crossed_bounds():
    body = ROWS[np.clip].body
    x = np.array([0.0, 1.0, np.nan, 3.0, np.inf])
    for low, high in (
        (1.0, 2.0),
        (2.0, 1.0),
        (np.nan, 1.0),
        (0.0, np.nan),
        (None, 2.0),
        (1.0, 3.0),
    ):
        np.testing.assert_array_equal(body(x, low, high), np.clip(x, low, high))


@pytest.mark.parametrize(
    "call",
    [
        lambda: ROWS[np.matmul].prepare(np.eye(2), np.eye(2), axes=[(0, 1)] * 3),
        lambda: ROWS[np.einsum].prepare("ij->j", np.eye(2), dtype=np.float32),
        lambda: ROWS[np.mean].body(np.arange(3.0), out=np.zeros(())),
    ],
)
def test_what_has_no_rule_raises(call):
    with pytest.raises(NoRuleError):
        call()
