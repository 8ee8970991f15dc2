"""Compiled functions behave under differentiation as the plain call does."""

from __future__ import annotations

import gc
import math
import pickle
import threading
import weakref

import numpy as np
import pytest
from numba import float64, njit
from numba.experimental import jitclass
from numba.typed import List

import dualad as da

X = np.array([1.5, 2.5, -0.5])


@njit
def cubes(x):
    total = 0.0
    for v in x:
        total += v**3
    return total


@njit
def counting(x, count):
    count[0] += 1
    total = 0.0
    for v in x:
        total += v * v * count[0]
    return total


@njit
def clobbering(x):
    x[0] = x[0] * 2.0
    return x[0] * x[1]


@njit
def working(x, work):
    for i in range(len(x)):
        work[i] = x[i] * x[0]
    return work[1] * work[2]


@njit
def checked(x):
    if x[0] > 1.0:
        raise ValueError("too large")
    return x[0]


@njit
def quotient(x):
    return x[0] / (x[1] - x[1])


@njit
def roots(x):
    return math.sqrt(x[0]) + x[1] ** 2


@njit
def length(x):
    return math.sqrt(x[0] * x[0])


@njit
def faded(x):
    return math.sqrt(x[0]) * 0.0 + x[1]


@njit
def long_loop(x):
    s = 0.0
    for _ in range(50):
        for v in x:
            s += math.sin(v) * s * 1e-3 + v
    return s


@njit
def vector(x):
    return np.sin(x) * x[0]


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("dtype", [np.float64, np.int64])
def test_what_f_writes_is_what_one_plain_call_leaves(mode, dtype):
    x = np.linspace(0.0, 1.0, 40)
    count = np.zeros(1, dtype)
    np.testing.assert_allclose(da.grad(counting, mode=mode)(x, count), 2.0 * x)
    assert count[0] == 1


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_work_arrays_hold_values_afterwards(mode):
    work, plain = np.zeros(3), np.zeros(3)
    g = da.grad(working, mode=mode)(X, work)
    working(X, plain)
    np.testing.assert_array_equal(work, plain)
    a, b, c = X
    np.testing.assert_allclose(g, [2 * a * b * c, a * a * c, a * a * b])


def test_the_callers_arrays_are_never_changed():
    x = X.copy()
    np.testing.assert_allclose(da.grad(clobbering)(x), [5.0, 3.0, 0.0])
    np.testing.assert_array_equal(x, X)


def test_exceptions_are_the_users_own():
    with pytest.raises(ValueError, match="too large"):
        da.grad(checked)(X)
    with pytest.raises(ZeroDivisionError):
        da.grad(quotient)(X)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_structural_zeros_win(mode):
    x = np.array([0.0, 2.0])
    np.testing.assert_array_equal(da.grad(roots, mode=mode)(x), [np.inf, 4.0])
    np.testing.assert_array_equal(da.grad(faded, mode=mode)(x), [0.0, 1.0])


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_computed_zeros_are_nan_and_say_so(mode):
    with pytest.warns(da.DerivativeWarning, match="length"):
        g = da.grad(length, mode=mode)(np.zeros(1))
    assert np.isnan(g).all()


def test_random_numbers_are_never_drawn_twice_for_one_derivative():
    noisy = njit(lambda x: (x * np.random.rand()).sum())  # noqa: NPY002  # what Numba knows
    assert len(set(da.grad(noisy)(np.ones(40)))) == 1
    with pytest.raises(da.NotYetError, match="random"):
        da.grad(noisy, mode="forward")(np.ones(40))


def test_values_of_reordered_sums_are_the_plain_calls():
    x = np.linspace(0.1, 3.0, 1001)
    fast = njit(cubes.py_func, fastmath=True)
    assert da.value_and_grad(fast)(x)[0] == fast(x)


def test_threads_and_reuse():
    g = da.grad(long_loop, mode="reverse")
    x = np.linspace(0.1, 1.0, 50)
    want = g(x)
    wrong = []

    def work():
        wrong.extend(1 for _ in range(30) if not np.array_equal(g(x), want))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong


def test_a_tape_without_memory_raises_and_leaves_nothing_broken():
    from dualad._compiled import _memory

    g = da.grad(long_loop, mode="reverse")
    x = np.linspace(0.1, 1.0, 50)
    want = g(x)
    _memory.release()
    small = _memory.Tape()
    small.header[_memory.LIMIT] = 5000
    _memory.give(small)
    with pytest.raises(MemoryError):
        g(x)
    np.testing.assert_array_equal(g(x), want)


def test_products_and_nesting():
    v = np.array([1.0, 0.5, -2.0])
    value, tangent = da.jvp(cubes, (X,), (v,))
    assert value == cubes(X)
    np.testing.assert_allclose(tangent, 3.0 * X**2 @ v)
    _, pullback = da.vjp(vector, X)
    jacobian = da.jacobian(vector)(X)
    np.testing.assert_allclose(pullback(v)[0], v @ jacobian)
    operator = da.jacobian_operator(vector, X)
    np.testing.assert_allclose(operator @ v, jacobian @ v)
    np.testing.assert_allclose(operator.T @ v, v @ jacobian)
    np.testing.assert_allclose(da.hvp(cubes)(X, v), 6.0 * X * v)
    np.testing.assert_allclose(da.jacobian(da.grad(cubes))(X), np.diag(6.0 * X))
    nested = da.grad(lambda x: x[0] * da.grad(cubes)(x)[1])(X)
    np.testing.assert_allclose(nested, [3.0 * X[1] ** 2, 6.0 * X[1] * X[0], 0.0])


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_python_code_may_call_compiled_functions(mode):
    def f(x):
        return np.sum(vector(2.0 * x) ** 2) + cubes(x)

    def plain(x):
        return np.sum((np.sin(2.0 * x) * (2.0 * x[0])) ** 2) + np.sum(x**3)

    np.testing.assert_allclose(da.grad(f, mode=mode)(X), da.grad(plain)(X))
    np.testing.assert_allclose(da.hessian(f, mode=mode)(X), da.hessian(plain)(X), atol=1e-12)


def test_many_inputs_of_second_order_go_over_tapes():
    x = np.linspace(-1.0, 1.0, 120)
    v = np.cos(x)
    np.testing.assert_allclose(da.hessian(cubes)(x), np.diag(6.0 * x), atol=1e-15)
    np.testing.assert_allclose(da.hvp(cubes)(x, v), 6.0 * x * v)
    np.testing.assert_allclose(
        da.hessian(long_loop, mode="reverse")(X),
        da.hessian(long_loop, mode="forward")(X),
        rtol=1e-12,
    )


def test_lists_and_objects_that_f_writes():
    appending = njit(lambda x, items: _appended(x, items))
    items = List([2.0])
    found = da.jacobian(appending)(np.ones(40), items)
    np.testing.assert_array_equal(found, 2.0 * np.eye(40))
    assert list(items) == [2.0, 1.0]
    counter = Counter()
    np.testing.assert_array_equal(da.jacobian(stepping)(np.ones(2), counter), np.eye(2))
    assert counter.n == 1.0
    with pytest.raises(da.NotYetError, match="object of a class"):
        da.jacobian(stepping)(np.ones(40), counter)


@njit
def _appended(x, items):
    items.append(1.0)
    return x * len(items)


@jitclass([("n", float64)])
class Counter:
    def __init__(self):
        self.n = 0.0

    def step(self):
        self.n += 1.0


@njit
def stepping(x, counter):
    counter.step()
    return x * counter.n


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_printing_shows_the_value(mode, capfd):
    @njit
    def talking(x):
        print("x is", x[0] * 2.0)
        return x[0] ** 2

    np.testing.assert_array_equal(da.grad(talking, mode=mode)(X), [3.0, 0.0, 0.0])
    assert capfd.readouterr().out == "x is 3.0\n"


def test_functions_are_let_go():
    def made(c):
        return njit(lambda x: c * x[0] ** 2)

    h = made(2.0)
    gone = weakref.ref(h)
    da.grad(h)(X)
    da.grad(h, mode="reverse")(X)
    da.hessian(h)(X)
    da.grad(lambda x, h=h: h(x) + 0.0)(X)
    del h
    gc.collect()
    assert gone() is None


KINKS = [
    (lambda x: abs(x[0]) + np.hypot(x[1], x[2]), [0.0, 0.0, 0.0]),
    (lambda x: np.clip(x, 0.0, 1.0).sum(), [0.0, 1.0, 2.0]),
    (lambda x: np.max(x) + x.min(), [1.0, 1.0, 0.0]),
    (lambda x: np.interp(x, GRID, GRID**2).sum(), [0.0, 1.0, 2.0]),
    (lambda x: np.linalg.norm(x) + np.std(x), [0.0, 0.0, 0.0]),
]
GRID = np.array([0.0, 1.0, 2.0])


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("number", range(len(KINKS)))
def test_conventions_at_kinks_are_those_of_the_eager_numbers(number, mode):
    f, x = KINKS[number]
    want = da.grad(f)(np.array(x))
    np.testing.assert_allclose(da.grad(njit(f), mode=mode)(np.array(x)), want, rtol=1e-15)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_results_that_may_be_none_are_refused(mode):
    @njit
    def sometimes(x):
        if x[0] > 0.0:
            return x[0] * 2.0
        return None

    with pytest.raises(da.NotYetError, match="cannot be differentiated"):
        da.grad(sometimes, mode=mode)(X)


def test_containers_dtypes_and_keywords():
    product = njit(lambda x, a=1.0: x[0] * x[1] * a)
    np.testing.assert_array_equal(da.grad(product)([2.0, 3.0]), [3.0, 2.0])
    np.testing.assert_array_equal(da.grad(product)(np.array([2, 3])), [3.0, 2.0])
    np.testing.assert_array_equal(da.grad(product)(X, a=2.0), [5.0, 3.0, 0.0])
    assert da.jacobian(njit(lambda x: x * x))(np.ones(2, np.float32)).dtype == np.float32
    aux = njit(lambda x: (x[0] ** 2, x * 2.0))
    g, more = da.grad(aux, has_aux=True)(X)
    np.testing.assert_array_equal(g, [3.0, 0.0, 0.0])
    np.testing.assert_array_equal(more, 2.0 * X)
    assert da.grad(cubes)(X[::2]).shape == (2,)
    with pytest.raises(da.NonScalarOutputError):
        da.grad(vector)(X)


def test_derivative_functions_pickle():
    g = da.grad(cubes)
    g(X)
    again = pickle.loads(pickle.dumps(g))
    np.testing.assert_array_equal(again(X), g(X))


def test_check_derivatives_takes_compiled_functions():
    report = da.check_derivatives(vector, X)
    assert "forward" in str(report)


def test_explain_says_how():
    assert da.explain(cubes, X).mode == "forward"
    assert da.explain(cubes, np.ones(100)).mode == "reverse"


@njit
def partial_sums(x):
    total = 0.0
    for v in x:
        total += v
        yield total


def test_generators_run_in_python_and_are_refused_as_the_function_itself():
    def f(x):
        return sum(s * s for s in partial_sums(x))

    for mode in ("forward", "reverse"):
        np.testing.assert_allclose(
            da.grad(f, mode=mode)(X[:2]), [4.0 * X[0] + 2.0 * X[1], 2.0 * (X[0] + X[1])]
        )
    with pytest.raises(da.NotYetError, match="generator"):
        da.jacobian(partial_sums)(X)
