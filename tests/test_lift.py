"""Lift: code for floats as it stands, in every mode, against differences and the plain call."""

import math
import threading
import traceback

import numpy as np
import pytest

import dualad as da
from tests import lift_cases, lift_more

X = lift_cases.X
CASES = lift_cases.CASES | lift_more.CASES
MODES = ("forward", "reverse")


def differences(f, x, h=1e-5):
    """Central differences of order four."""
    columns = []
    for e in h * np.eye(x.size):
        near = np.array(f(x + e)) - np.array(f(x - e))
        far = np.array(f(x + 2 * e)) - np.array(f(x - 2 * e))
        columns.append((8 * near - far) / (12 * h))
    return np.stack(columns, axis=-1)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", CASES)
def test_first_derivatives_and_values(name, mode):
    f = CASES[name]
    value, got = da.value_and_jacobian(f, mode=mode)(X)
    np.testing.assert_allclose(got, differences(f, X), rtol=1e-8, atol=1e-8)
    np.testing.assert_array_equal(value, f(X))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", CASES)
def test_second_derivatives(name, mode):
    f = CASES[name]
    want = differences(da.jacobian(f, mode=mode), X)
    np.testing.assert_allclose(da.hessian(f, mode=mode)(X), want, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("name", CASES)
def test_nested(name):
    f = CASES[name]
    want = da.hessian(f)(X)
    for outer, inner in (("forward", "reverse"), ("reverse", "forward")):
        got = da.jacobian(da.jacobian(f, mode=inner), mode=outer)(X)
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12)


# --- how it is done -----------------------------------------------------------------------------


def needs_lift(x):
    return math.sin(x[0]) * x[1]


def runs_as_it_is(x):
    return np.sin(x[0]) * x[1]


def test_explain_says_which_line_made_a_function_run_lifted():
    da.grad(needs_lift)(X)
    text = str(da.explain(needs_lift, X))
    assert "needs_lift runs lifted, because of " in text
    assert "return math.sin(x[0]) * x[1]" in text
    assert "lifted" not in str(da.explain(runs_as_it_is, X))


def test_functions_without_source_run_over_other_globals():
    space = {"np": np, "math": math}
    code = """
def helper(v):
    return math.exp(float(v)) if isinstance(v, float) else 0.0
def f(x):
    out = np.zeros(3)
    out[0] = helper(x[0])
    out[1:] += x[1] ** 2
    np.add.at(out, [0, 0], x[1])
    f.calls = getattr(f, "calls", 0) + 1
    return out * np.array([x[0], 1.0, x[1]]) + np.maximum.reduce([x[0], 0.1])
"""
    exec(code, space)
    f = space["f"]
    for mode in MODES:
        got = da.jacobian(f, mode=mode)(X)
        np.testing.assert_allclose(got, differences(f, X), rtol=1e-8, atol=1e-9)


def test_tracebacks_show_the_users_line():
    def f(x):
        y = float(x[0])
        return [1.0, y][7]  # noqa: PLE0643  # the error is the point

    with pytest.raises(IndexError) as caught:
        da.grad(f)(X)
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert last.filename == __file__
    assert last.line.startswith("return [1.0, y][7]")


def test_errors_come_without_the_attempts_before():
    with pytest.raises(da.EscapeError) as caught:
        da.grad(lambda x: np.random.default_rng(0).normal(math.sin(x[0])))(X)
    assert caught.value.__context__ is None


def test_nothing_of_the_users_is_changed():
    before = math.sin, np.zeros, float, needs_lift.__code__, dict(vars(np)), dict(vars(math))
    da.grad(needs_lift)(X)
    after = math.sin, np.zeros, float, needs_lift.__code__, dict(vars(np)), dict(vars(math))
    assert before == after
    assert type(needs_lift(X)) is np.float64


def test_threads():
    def f(x):
        out = np.zeros(4)
        out[::2] = x
        out[1] += math.exp(x[0])
        return out[0] * out[2] + out[1]

    want = da.grad(f)(X)
    wrong = []

    def work(k):
        for _ in range(50):
            got = da.grad(f, mode=MODES[k % 2])(X)
            if not np.allclose(got, want, rtol=1e-14):
                wrong.append(got)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong


def test_buffers_hold_primals_afterwards():
    class Model:
        def __init__(self):
            self.buffer = np.zeros((2, 3))
            self.last = None

        def __call__(self, x):
            self.buffer[:, 1] = x
            self.last = x[0] * x[1]
            return self.buffer.sum() * self.last

    model = Model()
    kept = model.buffer
    for mode in MODES:
        want = differences(model, X)
        np.testing.assert_allclose(da.grad(model, mode=mode)(X), want, rtol=1e-9)
        assert model.buffer is kept
        np.testing.assert_array_equal(kept[:, 1], X)
        assert type(model.last) is np.float64


def test_arguments_that_are_written_to_are_left_as_the_plain_call_leaves_them():
    def f(x, work):
        work[:2] = x
        work[2] = work[0] * math.sqrt(work[1])
        return work.sum()

    plain, lifted = np.zeros(3), np.zeros(3)
    f(X, plain)
    got = da.grad(f)(X, lifted)
    np.testing.assert_array_equal(plain, lifted)
    np.testing.assert_allclose(got, differences(lambda x: f(x, np.zeros(3)), X), rtol=1e-9)
