"""`workers=` of the derivatives: what a serial run gives, by processes and by any map."""

from __future__ import annotations

import functools
import itertools
import warnings
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

import dualad as da
from dualad._spread import spans_of
from tests.workers import work

X = np.linspace(0.2, 1.9, 9)
MODES = ("auto", "forward", "reverse")


@pytest.fixture(scope="module")
def executor():
    with ProcessPoolExecutor(2, mp_context=get_context("forkserver")) as pool:
        yield pool


@pytest.fixture(scope="module")
def threads():
    with ThreadPoolExecutor(3) as pool:
        yield pool


@pytest.fixture(params=["executor", "threads", "builtin"])
def workers(request):
    return map if request.param == "builtin" else request.getfixturevalue(request.param).map


def leaves(tree):
    if isinstance(tree, dict):
        return [x for v in tree.values() for x in leaves(v)]
    if isinstance(tree, tuple):
        return [x for v in tree for x in leaves(v)]
    return [] if tree is None else [tree]


def assert_same(got, expected, exactly):
    a, b = leaves(got), leaves(expected)
    assert len(a) == len(b)
    for x, y in zip(a, b, strict=True):
        assert type(x) is type(y)
        assert getattr(x, "dtype", None) == getattr(y, "dtype", None)
        if exactly:
            np.testing.assert_array_equal(x, y)
        else:
            np.testing.assert_allclose(x, y, rtol=1e-12, atol=1e-13)


FUNCTIONS = ["elementwise", "through_matrices", "few_outputs", "one_number", "lifted"]


@pytest.mark.parametrize(("name", "mode"), [*itertools.product(FUNCTIONS, MODES)])
def test_jacobians(name, mode, executor):
    f = getattr(work, name)
    plain = da.jacobian(f, mode=mode)(X)
    for how in (executor.map, map):
        got = da.jacobian(f, mode=mode, workers=how)(X)
        # Elementwise functions have the same bits however lanes are grouped.
        assert_same(got, plain, exactly=mode == "forward" and name != "through_matrices")


@pytest.mark.parametrize(("name", "mode"), [*itertools.product(FUNCTIONS, ["forward", "reverse"])])
def test_the_same_chunks_give_the_same_bits(name, mode, workers):
    f = getattr(work, name)
    for chunk in (2, 4):
        plain = da.jacobian(f, mode=mode, chunk_size=chunk)(X)
        got = da.jacobian(f, mode=mode, chunk_size=chunk, workers=workers)(X)
        assert_same(got, plain, exactly=True)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_processes_of_the_call_s_own(mode):
    options = {"mode": mode, "chunk_size": 4}
    found = da.value_and_jacobian(work.through_matrices, **options, workers=2)(X)
    plain = da.value_and_jacobian(work.through_matrices, **options)(X)
    assert_same(found, plain, exactly=True)
    assert da.grad(work.one_number, mode=mode, workers=-1)(X) == pytest.approx(
        da.grad(work.one_number, mode=mode)(X), rel=1e-13
    )
    h = da.hessian(work.one_number, mode=mode, workers=2)(X)
    np.testing.assert_allclose(h, da.hessian(work.one_number)(X), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(("name", "mode"), [*itertools.product(["one_number", "norms"], MODES)])
def test_gradients(name, mode, executor):
    f = getattr(work, name)
    assert_same(
        da.value_and_grad(f, mode=mode, workers=executor.map)(X),
        da.value_and_grad(f, mode=mode)(X),
        exactly=mode != "auto",
    )


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", [*FUNCTIONS, "norms"])
def test_hessians(name, mode, executor):
    f = getattr(work, name)
    plain = da.hessian(f, mode=mode)(X)
    for how in (executor.map, map):
        got = da.hessian(f, mode=mode, workers=how)(X)
        assert_same(got, plain, exactly=False)
        for h in leaves(got):
            np.testing.assert_array_equal(h, np.swapaxes(h, -1, -2))


@pytest.mark.parametrize("mode", ["reverse"])
def test_hessians_in_the_same_chunks_have_the_same_bits(mode, workers):
    plain = da.hessian(work.one_number, mode=mode, chunk_size=3)(X)
    got = da.hessian(work.one_number, mode=mode, chunk_size=3, workers=workers)(X)
    np.testing.assert_array_equal(got, plain)


def test_hessians_where_kinks_are_smoothed(executor):
    x = np.zeros(9)
    for mode in MODES:
        got = da.hessian(work.norms, mode=mode, workers=executor.map)(x)
        np.testing.assert_allclose(got, da.hessian(work.norms, mode=mode)(x), atol=1e-14)
        assert got[0, 0] == 2.0


@pytest.mark.parametrize("mode", MODES)
def test_values_and_aux(mode, workers):
    found = da.value_and_jacobian(work.with_aux, mode=mode, has_aux=True, workers=workers)(X)
    expected = da.value_and_jacobian(work.with_aux, mode=mode, has_aux=True)(X)
    assert_same(found, expected, exactly=mode == "forward")
    assert_same(found[0], ((work.with_aux(X))[0], work.with_aux(X)[1]), exactly=True)


@pytest.mark.parametrize("mode", MODES)
def test_several_arguments_in_containers(mode, executor):
    y = {"a": 2.0, "b": np.arange(9.0), "c": "text"}
    options = {"argnums": (0, 1), "mode": mode}
    plain = da.jacobian(work.of_two, **options)(X, y, power=3)
    got = da.jacobian(work.of_two, **options, workers=executor.map)(X, y, power=3)
    assert_same(got, plain, exactly=mode == "forward")
    assert got[1]["c"] is None
    h = da.hessian(work.of_two, **options, workers=executor.map)(X, y, power=3)
    assert_same(h, da.hessian(work.of_two, **options)(X, y, power=3), exactly=False)


@pytest.mark.parametrize("dtype", ["f4", "c16"])
def test_dtypes(dtype, executor):
    x = X.astype(dtype)
    options = {"holomorphic": dtype == "c16"}
    got = da.jacobian(work.elementwise, **options, workers=executor.map)(x)
    assert_same(got, da.jacobian(work.elementwise, **options)(x), exactly=dtype == "c16")


def test_callable_objects_and_partials(executor):
    for f in (work.Model(0.3), functools.partial(work.of_two, y={"a": 2.0, "b": 1.0})):
        got = da.jacobian(f, workers=executor.map)(X)
        assert_same(got, da.jacobian(f)(X), exactly=False)


@pytest.mark.parametrize("n", [0, 1, 2, 40])
@pytest.mark.parametrize("mode", MODES)
def test_sizes(n, mode, threads):
    x = np.linspace(0.1, 1.0, n)
    plain = da.jacobian(work.elementwise, mode=mode)(x)
    got = da.jacobian(work.elementwise, mode=mode, workers=threads.map)(x)
    assert_same(got, plain, exactly=False)


def test_a_scalar(threads):
    assert da.jacobian(np.sin, workers=threads.map)(0.0) == 1.0
    assert da.grad(np.sin, workers=threads.map)(0.0) == 1.0
    assert da.hessian(np.cos, workers=threads.map)(0.0) == -1.0


def test_an_output_that_changes_its_size(threads):
    f = da.jacobian(lambda x: x[: int(da.primal(x[0]))] ** 2, mode="reverse", workers=threads.map)
    for first in (7.0, 4.0, 8.0):
        x = np.array([first, *np.ones(8)])
        assert f(x).shape == (int(first), 9)
        assert f(x)[0, 0] == 2 * first


def test_blocks():
    assert spans_of(10, None, 3) == [(0, 4), (4, 8), (8, 10)]
    assert spans_of(10, 3, 2) == [(0, 6), (6, 10)]
    assert spans_of(10, 3, map) == [(0, 3), (3, 6), (6, 9), (9, 10)]
    assert spans_of(2, None, 8) == [(0, 1), (1, 2)]
    assert spans_of(0, None, 8) == []


# --- inside other derivatives ---------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_inside_another_derivative(mode, threads):
    for how in (2, threads.map):
        inner = da.jacobian(work.elementwise, mode=mode, workers=how)
        got = da.jacobian(inner)(X)
        np.testing.assert_allclose(got, da.hessian(work.elementwise)(X), rtol=1e-13, atol=1e-14)


def test_a_number_of_an_outer_derivative_that_is_closed_over(threads):
    def outer(a):
        inner = da.jacobian(lambda x: a * work.elementwise(x), workers=threads.map)
        return np.sum(inner(X))

    expected = np.sum(da.jacobian(work.elementwise)(X))
    assert da.grad(outer)(2.0) == pytest.approx(expected, rel=1e-13)


# --- warnings and errors --------------------------------------------------------------------------

TRUST = {
    "kink": ("at_a_kink", np.ones(9)),
    "equality": ("equality", np.array([1.0, 1.0, *np.ones(7)])),
    "equality that agrees": ("equality", np.array([1.0, 1.0 + 1e-30, *np.zeros(7)])),
    "series": ("series", np.array([0.0, 1.0, 0.0, *np.ones(6)])),
    "jumps": ("counts", X),
    "branch of others": ("branch_of_others", np.zeros(9)),
    "nothing": ("elementwise", X),
    "floating point": ("divides_by_zero", X),
    "the user's own": ("warns_of_itself", X),
}


def told(derivative, x):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        out = derivative(x)
    return out, {(w.category, str(w.message), w.filename, w.lineno) for w in caught}


@pytest.mark.parametrize("name", TRUST)
@pytest.mark.parametrize("verb", ["jacobian", "hessian"])
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_the_same_warnings(name, verb, mode, executor, threads):
    function, x = TRUST[name]
    f = getattr(work, function)
    make = functools.partial(getattr(da, verb), f, mode=mode)
    expected, serial = told(make(), x)
    for how in (executor.map, threads.map):
        got, spread = told(make(workers=how), x)
        assert spread == serial
        np.testing.assert_allclose(got, expected, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_zeros_and_infinities(mode, executor, threads):
    for x in (X, np.zeros(9), np.full(9, 0.5)):
        expected, serial = told(da.jacobian(work.singular, mode=mode), x)
        for how in (executor.map, threads.map):
            got, spread = told(da.jacobian(work.singular, mode=mode, workers=how), x)
            np.testing.assert_array_equal(got, expected)
            assert spread == serial


def test_errors_of_the_function(workers):
    with pytest.raises(ArithmeticError, match="no convergence"):
        da.jacobian(work.fails, mode="forward", workers=workers)(X)


@pytest.mark.parametrize("verb", ["jacobian", "grad", "hessian"])
def test_errors_of_ours_keep_their_message(verb, executor):
    make = getattr(da, verb)
    with pytest.raises(da.DualadError) as serial:
        make(work.no_rule, mode="forward")(X)
    with pytest.raises(type(serial.value)) as raised:
        make(work.no_rule, mode="forward", workers=executor.map)(X)
    assert str(raised.value) == str(serial.value)
    assert "columns 0 to 4 of the derivative of no_rule" in str(raised.value.__cause__)


def test_errors_outside_of_the_function_name_the_user_s_line(executor, monkeypatch):
    from dualad._workers import _pool

    monkeypatch.setattr(_pool, "start_method", lambda _payload: "spawn")
    for how in (2, executor.map):
        with pytest.raises(da.OutputError, match="nothing returned None") as raised:
            da.jacobian(work.nothing, mode="forward", workers=how)(X)
        assert f"in       {__file__}, line" in str(raised.value)
        assert "da.jacobian(work.nothing" in raised.value.where


def test_random_functions_are_noticed(executor):
    with pytest.raises(da.WorkerError, match=r"(?s)random returned different values.*seed"):
        da.jacobian(work.random, mode="forward", workers=executor.map)(X)


def test_closures(executor):
    power = 3
    f = lambda x: x**power
    for how in (2, executor.map):
        with pytest.raises(da.InputTypeError, match=r"(?s)lambda.*does not pickle.*top level"):
            da.jacobian(f, mode="forward", workers=how)(X)


@pytest.mark.parametrize("name", ["jvp", "vjp", "hvp", "derivative", "jacobian_operator"])
def test_one_direction_is_one_task(name):
    calls = {
        "jvp": lambda w: da.jvp(np.sin, (1.0,), (1.0,), workers=w),
        "vjp": lambda w: da.vjp(np.sin, 1.0, workers=w),
        "hvp": lambda w: da.hvp(np.sin, workers=w),
        "derivative": lambda w: da.derivative(np.sin, workers=w),
        "jacobian_operator": lambda w: da.jacobian_operator(np.sin, np.ones(2), workers=w),
    }
    for serial in (None, 1):
        calls[name](serial)
    with pytest.raises(da.InputError, match=r"(?s)one direction.*workers="):
        calls[name](2)
