"""Trust in second derivatives, nested ones, containers; the filters; `explain`; NaNs."""

import pickle
import threading
import warnings

import numpy as np
import pytest

import dualad as da
from tests import trust_cases as planted
from tests.test_trust import MODES, blamed, caught


def square_but_at_one(x):
    if x == 1.0:
        return 1.0
    return x * x


def cube_in_pieces(x):
    return x**3 if x > 0.0 else -(x**3)  # its second derivative is continuous, the third jumps


def square_in_pieces(x):
    return x**2 if x > 0.0 else -(x**2)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_second_derivatives_without_the_test_for_equality(mode):
    assert da.hessian(square_but_at_one, mode=mode)(1.0) == 2.0
    assert da.derivative(square_but_at_one, order=2)(1.0) == 2.0
    assert da.derivative(square_but_at_one, order=3)(1.0) == 0.0
    assert da.hessian(cube_in_pieces, mode=mode)(0.0) == 0.0
    x = np.array([0.0, 1.0, 2.0])
    np.testing.assert_array_equal(da.hessian(planted.where_not_equal, mode=mode)(x), 2 * np.eye(3))
    np.testing.assert_array_equal(da.hvp(planted.where_not_equal)(x, x), 2 * x)
    for outer in MODES:
        got = da.jacobian(da.jacobian(planted.where_not_equal, mode=mode), mode=outer)(x)
        np.testing.assert_array_equal(got, 2 * np.eye(3))


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_second_derivatives_that_jump(mode):
    lines, _ = caught(lambda: da.grad(square_in_pieces, mode=mode)(0.0))
    assert not lines
    lines, _ = caught(lambda: da.hessian(square_in_pieces, mode=mode)(0.0))
    assert lines == [(__file__, square_in_pieces.__code__.co_firstlineno + 1)]


@pytest.mark.parametrize(
    "f", [planted.bisection, planted.indicator_sum, planted.limit_by_hand, planted.newton_at_root]
)
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_hessians_warn_of_what_gradients_warn_of(f, mode):
    x = dict((g, x) for g, x, _ in planted.PLANTED)[f]  # noqa: C402  # arrays do not hash
    lines, _ = caught(lambda: da.hessian(f, mode=mode)(x))
    assert {line for _, line in lines} == {blamed(f)}


def test_a_gradient_that_jumps_is_no_function_that_jumps():
    f = lambda x: np.sum(np.where(x > 0, 3.0 * x, -x))
    x = np.array([0.5, -2.0])
    for outer in MODES:
        for inner in MODES:
            got = da.jacobian(da.grad(f, mode=inner), mode=outer)(x)
            np.testing.assert_array_equal(got, np.zeros((2, 2)))


def test_an_inner_derivative_has_its_own_doubts():
    def outer(x):
        return x * da.grad(planted.special_value)(x / x)

    for mode in MODES:
        lines, got = caught(lambda mode=mode: da.grad(outer, mode=mode)(3.0))
        assert not lines
        assert got == 2.0


def test_containers_and_several_arguments():
    def f(p, scale):
        if p["a"] == scale:
            return 2.0 * scale
        return p["a"] + scale + 0.0 * p["b"][0]

    for mode in MODES:
        got = da.grad(f, argnums=(0, 1), mode=mode)({"a": 1.5, "b": [1.0, 2.0]}, 1.5)
        assert got[0]["a"] == 1.0
        assert got[1] == 1.0
    value, aux = da.grad(lambda x: (planted.special_value(x), {"x": x}), has_aux=True)(1.0)
    assert value == 2.0
    assert aux == {"x": 1.0}
    got = da.jacobian(lambda x: np.where(x == 1.0, 1.0, x * x))(np.array([1.0, 3.0]))
    np.testing.assert_array_equal(got, np.diag([2.0, 6.0]))


@pytest.mark.parametrize("mode", MODES)
def test_low_precision(mode):
    x = np.array([0.0, 1.0, 2.0], np.float32)
    f = lambda x: np.sum(np.where(x == 1.0, 0.1, x * np.float32(0.3) / 3.0))
    got = da.grad(planted.where_not_equal, mode=mode)(x)
    assert got.dtype == np.float32
    np.testing.assert_array_equal(got, 2 * x)
    np.testing.assert_allclose(da.grad(f, mode=mode)(x), 0.1, rtol=1e-6)
    for g in (planted.indicator_sum, planted.step_function, planted.abs_by_hand):
        at = np.float32(0.0 if g is planted.abs_by_hand else 0.5)
        lines, _ = caught(lambda g=g, at=at: da.grad(g, mode=mode)(at))
        assert [line for _, line in lines] == [blamed(g)]


# --- filters -------------------------------------------------------------------------------------


def twice(x):
    a = np.floor(x) + np.floor(2.0 * x)
    return a + np.floor(3.0 * x)


def test_one_warning_for_a_line():
    first = twice.__code__.co_firstlineno
    for mode in MODES:
        lines, _ = caught(lambda mode=mode: da.grad(twice, mode=mode)(1.7))
        assert len(lines) == len(set(lines))
        assert {line for _, line in lines} <= {first + 1, first + 2}
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("default")
        for x in (0.31, 0.33, 0.35):
            da.grad(planted.indicator_sum)(x)
            da.jacobian(planted.indicator_sum, mode="reverse")(x)
    assert len(seen) == 1


def test_as_an_error_or_off():
    with warnings.catch_warnings():
        warnings.simplefilter("error", da.DerivativeWarning)
        with pytest.raises(da.DerivativeWarning, match="only through comparisons"):
            da.grad(planted.indicator_sum)(0.3)
        warnings.simplefilter("ignore", da.DerivativeWarning)
        assert da.grad(planted.indicator_sum)(0.3) == 0.0
        warnings.filterwarnings("error", module="nothing.of.the.kind")
        assert da.grad(planted.indicator_sum)(0.3) == 0.0


def test_by_module():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", module=r"tests\.trust_cases")
        with pytest.raises(da.DerivativeWarning):
            da.grad(planted.bisection)(5.0)


# --- values and side effects ---------------------------------------------------------------------


def test_the_value_is_that_of_the_plain_call():
    f = lambda x: 1.0 + 1e-16 if x == 0.1 else (x * 10.0) ** 3 * 1.0000000000000002
    value, slope = da.value_and_grad(f)(0.1)
    assert value == f(0.1) == 1.0
    np.testing.assert_allclose(slope, 30.0)


def test_the_callers_arrays_stay_as_they_are():
    x, buffer = np.array([1.0, 1.0, 3.0]), np.zeros(3)

    def f(v):
        v[0] = v[0] * 2.0
        buffer[:] = da.primal(v)
        return v[0] if v[1] == 1.0 else v[0] * v[1]

    for mode in MODES:
        np.testing.assert_array_equal(da.grad(f, mode=mode)(x), [2.0, 2.0, 0.0])
        np.testing.assert_array_equal(x, [1.0, 1.0, 3.0])
        np.testing.assert_array_equal(buffer, [2.0, 1.0, 3.0])


def test_an_endless_other_branch_is_given_up():
    def f(x):
        n = 0
        while x > 1.0:
            n += 1
        return x * 2.0 + n

    for mode in MODES:
        lines, _ = caught(lambda mode=mode: da.grad(f, mode=mode)(1.0))
        assert len(lines) == 1


def test_code_that_catches_everything():
    def f(x):
        try:
            return 5.0 if x == 2.0 else 1.0 / (x - 2.0)
        except Exception:
            return 5.0

    lines, _ = caught(lambda: da.grad(f)(2.0))
    assert len(lines) == 1


def test_threads_and_pickles():
    g = pickle.loads(pickle.dumps(da.grad(planted.special_value)))
    answers = []

    def work():
        for _ in range(20):
            answers.append(g(1.0))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert answers == [2.0] * 80


# --- explain -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("f", "x", "want"), planted.PLANTED)
def test_explain_lists_each(f, x, want):
    lines, told = caught(lambda: da.explain(f, x))
    assert not lines
    assert len(told.doubts) >= 1
    assert all(d.settled == (want is not None) for d in told.doubts)
    if want is None:
        assert f"trust_cases.py, line {blamed(f)}: " in told.doubts[0].line
        assert told.doubts[0].instead
    assert "doubtful" in str(told)
    assert told.doubts[0].line.partition("_cases.py")[2][:10] in told._repr_html_()


def test_explain_has_nothing_to_say():
    assert da.explain(lambda x: np.sum(x * x), np.ones(3)).doubts == ()
    assert da.explain(lambda x: np.sum(np.where(x > 0, x, 0.0)), np.ones(3)).doubts == ()


# --- NaN -----------------------------------------------------------------------------------------


def opposite(x):
    return np.sum(np.sqrt(x) - np.sqrt(2.0 * x))


def chosen(x):
    return np.sum(np.where(x < 1.0, np.sqrt(x) ** 2, x))


def smallest(x):
    return np.min(np.stack([np.sqrt(x[0]) * x[0], x[1]]))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("f", [opposite, chosen, smallest])
def test_nan_names_the_line(f, mode):
    lines, got = caught(lambda: da.grad(f, mode=mode)(np.array([0.0, 4.0])))
    assert np.isnan(got[0])
    assert lines == [(__file__, f.__code__.co_firstlineno + 1)]
