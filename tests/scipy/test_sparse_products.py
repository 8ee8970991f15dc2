"""Products of sparse matrices and linear operators with numbers, and matrices of numbers."""

import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.linalg as sl

import dualad as da
from dualad._scipy import standin
from dualad._scipy._sparse._numbers import SparseNumber
from tests.every_machine import check

RNG = np.random.default_rng(16)
DENSE = np.array([[1.0, 2.0, 0.0], [0.0, 3.0, 1.0], [4.0, 0.0, 0.0], [0.5, 0.0, -1.0]])
SQUARE = np.array([[4.0, 1.0, 0.0], [0.5, 3.0, -1.0], [0.0, 2.0, 5.0]])
FORMATS = ("csr", "csc", "coo", "dia", "bsr", "lil", "dok")
X, X2 = RNG.standard_normal(3), RNG.standard_normal((3, 2))
Y = RNG.standard_normal(4)
ROWS, COLUMNS = np.array([0, 1, 2, 1, 0]), np.array([0, 1, 2, 1, 2])
DATA = np.array([2.0, 1.5, 3.0, -0.4, 0.7])


def method(a, name):
    """A method as lifted code calls it: the stand-in of the function on the class."""
    found = standin(getattr(type(a), name))
    return lambda *args: found(a, *args)


def linear(call, *point):
    check(call, *point, linear=True, second=False)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("end", ["array", "matrix"])
def test_constant_matrices(kind, end):
    a = getattr(scipy.sparse, f"{kind}_{end}")(DENSE)
    linear(method(a, "__matmul__"), X)
    linear(method(a, "__matmul__"), X2)
    linear(method(a, "dot"), X)
    linear(method(a, "__rmatmul__"), Y)
    linear(lambda v: method(a.T, "__matmul__")(v), Y)
    if end == "matrix":
        linear(method(a, "__mul__"), X)
    check(lambda v: method(a, "__matmul__")(v * v), X)


def test_complex_matrices():
    a = scipy.sparse.csr_array(DENSE + 1j * DENSE[:, ::-1])
    linear(method(a, "__matmul__"), X)
    linear(lambda v: method(a, "__matmul__")(v[0] + 1j * v[1]), RNG.standard_normal((2, 3)))


def test_linear_operators():
    a = sl.aslinearoperator(scipy.sparse.csr_array(DENSE))
    for name in ("__matmul__", "__mul__", "dot", "matvec", "__call__"):
        linear(method(a, name), X)
    linear(method(a, "matmat"), X2)
    linear(method(a, "rmatvec"), Y)
    own = sl.LinearOperator((4, 3), matvec=lambda v: DENSE @ v)
    f = method(own, "matvec")
    np.testing.assert_allclose(da.jacobian(f, mode="forward")(X), DENSE)
    with pytest.raises(da.NoRuleError, match="rmatvec"):
        da.jacobian(f, mode="reverse")(X)


def test_with_dense_numbers():
    a = scipy.sparse.csr_array(DENSE)
    linear(method(a, "__add__"), DENSE * 0.3)
    linear(method(a, "__rsub__"), DENSE * 0.3)
    linear(lambda v: method(a, "__mul__")(v).toarray(), np.array(0.7))
    linear(lambda v: method(a, "multiply")(v) @ X, DENSE * 0.3 + 1.0)
    check(lambda v: method(a, "__truediv__")(v) @ X, np.array(0.7))


# --- matrices of numbers -------------------------------------------------------------------------


def built(data):
    """The same matrix by SciPy from plain data, by the stand-in from numbers."""
    return standin(scipy.sparse.csr_array)((data, (ROWS, COLUMNS)), shape=(3, 3))


CONSTANT = scipy.sparse.csc_array(SQUARE)


@pytest.mark.parametrize(
    ("call", "want"),
    [
        (lambda a: a @ X, lambda m: m @ X),
        (lambda a: X @ a, lambda m: X @ m),
        (lambda a: X2.T @ a, lambda m: X2.T @ m),
        (lambda a: a.dot(X2), lambda m: m @ X2),
        (lambda a: a.T @ X2, lambda m: m.T @ X2),
        (lambda a: a.toarray(), lambda m: m),
        (lambda a: (2.0 * a - a / 4.0).toarray(), lambda m: 1.75 * m),
        (lambda a: (a + CONSTANT) @ X, lambda m: (m + SQUARE) @ X),
        (lambda a: (CONSTANT - a) @ X, lambda m: (SQUARE - m) @ X),
        (lambda a: (CONSTANT + a).toarray(), lambda m: SQUARE + m),
        (lambda a: (a @ CONSTANT) @ X, lambda m: m @ SQUARE @ X),
        (lambda a: (CONSTANT @ a).toarray(), lambda m: SQUARE @ m),
        (lambda a: (a @ a) @ X, lambda m: m @ m @ X),
        (lambda a: a.multiply(CONSTANT).toarray(), lambda m: m * SQUARE),
        (lambda a: a.multiply(a).sum(axis=0), lambda m: (m * m).sum(axis=0)),
        (lambda a: a.power(2).toarray(), lambda m: m**2),
        (lambda a: a.diagonal(), np.diag),
        (lambda a: a.diagonal(2), lambda m: np.diag(m, 2)),
        (lambda a: a.diagonal(-1), lambda m: np.diag(m, -1)),
        (lambda a: a.sum(axis=1), lambda m: m.sum(axis=1)),
        (
            lambda a: np.atleast_1d(a.sum() + a.trace()),
            lambda m: np.atleast_1d(m.sum() + np.trace(m)),
        ),
        (lambda a: a.tocsc().mean(axis=0), lambda m: m.mean(axis=0)),
        (lambda a: a + SQUARE, lambda m: m + SQUARE),
    ],
)
def test_matrices_of_numbers(call, want):
    for machine in ("forward", "reverse"):
        seen = []

        def f(data, seen=seen):
            a = built(data)
            if da.primal(data) is not data:
                seen.append(type(a))
            return call(a)

        got = da.jacobian(f, mode=machine)(DATA)
        expected = da.jacobian(lambda d: want(built_dense(d)), mode="forward")(DATA)
        np.testing.assert_allclose(got, expected, rtol=1e-13, atol=1e-14)
        assert SparseNumber in seen


def built_dense(data):
    places = np.zeros((9, 5))
    places[ROWS * 3 + COLUMNS, np.arange(5)] = 1.0
    return (places @ data).reshape(3, 3)


def test_values_are_scipys():
    for call in (lambda a: a @ X, lambda a: a @ X2, lambda a: a.toarray()):
        value, _ = da.jvp(lambda d, c=call: c(built(d)), (DATA,), (DATA,))
        np.testing.assert_array_equal(value, call(built(DATA)))


def test_second_derivatives():
    check(lambda d: built(d * d) @ X, DATA)
    check(lambda d, x: built(d) @ x, DATA, X)


def test_makers():
    compressed = (np.array([0, 2, 1, 2, 2]), np.array([0, 2, 4, 5]))
    for name in ("csr", "csc"):
        maker = standin(getattr(scipy.sparse, f"{name}_matrix"))
        linear(lambda d, m=maker: m((d, *compressed)).toarray(), DATA)
    linear(lambda d: standin(scipy.sparse.coo_array)((d, (ROWS, COLUMNS))).toarray(), DATA)
    linear(lambda d: standin(scipy.sparse.csr_array)(d).toarray(), DENSE)
    make = standin(scipy.sparse.dia_array)
    linear(lambda d: make((d.reshape(2, 3), [0, 1]), shape=(3, 3)).toarray(), np.arange(1.0, 7.0))
    diags = standin(scipy.sparse.diags)
    linear(lambda d: diags(d).toarray(), X)
    linear(lambda d: diags(d, 1).toarray(), X)
    linear(lambda d: diags([d, 2.0 * d[:2], d[:2] ** 1], [0, 1, -1]).toarray(), X)
    linear(lambda d: diags([d[0], d[1:2]], [0, -1], shape=(3, 3)).toarray(), X)
    stack = standin(scipy.sparse.vstack)
    linear(lambda d: stack([built(d), CONSTANT]).toarray(), DATA)
    linear(lambda d: standin(scipy.sparse.hstack)([CONSTANT, built(d)]).toarray(), DATA)
    linear(
        lambda d: standin(scipy.sparse.bmat)([[built(d), None], [None, CONSTANT]]) @ np.ones(6),
        DATA,
    )
    linear(lambda d: standin(scipy.sparse.block_diag)([CONSTANT, built(d)]).toarray(), DATA)
    linear(lambda d: standin(scipy.sparse.kron)(built(d), DENSE).toarray(), DATA)


@pytest.mark.parametrize(
    "call",
    [
        lambda a: a[0, 1],
        lambda a: a.tolil().rows_of,
        lambda a: a.eliminate_zeros(),
        lambda a: a / X,
        lambda a: a == 0,
        lambda a: a != CONSTANT,
    ],
)
def test_what_is_refused(call):
    with pytest.raises(da.NoRuleError, match="sparse matrix with differentiated entries"):
        da.jacobian(lambda d: call(built(d)))(DATA)


def test_shapes_that_do_not_fit():
    for call in (lambda a: a @ Y, lambda a: a + DENSE_SPARSE, lambda a: a @ 2.0):
        with pytest.raises(ValueError, match=r"mismatch|inconsistent|Scalar"):
            da.jacobian(lambda d, c=call: c(built(d)))(DATA)


DENSE_SPARSE = scipy.sparse.csr_array(DENSE)
