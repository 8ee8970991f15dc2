"""Floating-point warnings are those of the plain call: as many, same text, same line."""

from __future__ import annotations

import threading
import warnings

import numpy as np
import pytest

import dualad as da

X = np.array([0.0, -1.0, 800.0])


def logarithms(x):
    a = np.sum(np.log(x[:2]))
    b = np.sum(1.0 / x)
    return a + b + np.exp(x[2])


def helper(x):
    return np.sqrt(x)


def through_a_helper(x):
    y = helper(x[1:2])
    return np.sum(y) + x[0] ** -1


def in_place(x):
    y = x * 1.0
    y /= 0.0
    y[1:] *= np.inf
    return np.sum(y)


def plain_operations(x):
    return np.sum(x) * np.log(np.zeros(1))[0]


def silenced(x):
    with np.errstate(all="ignore"):
        a = np.sum(np.log(x))
    with np.errstate(divide="ignore"):
        return a + np.sum(np.log(x[:2])) + np.sum(np.float64(1.0) / x)


def quiet(x):
    return np.sum(x * x)


FUNCTIONS = (logarithms, through_a_helper, in_place, plain_operations, silenced, quiet)
CALLS = {
    "forward": lambda f: da.grad(f, mode="forward"),
    "reverse": lambda f: da.grad(f, mode="reverse"),
    "jacobian": lambda f: da.jacobian(f, mode="reverse"),
    "value_and_grad": lambda f: da.value_and_grad(f, mode="forward"),
    "hessian, forward": lambda f: da.hessian(f, mode="forward"),
    "hessian, reverse": lambda f: da.hessian(f, mode="reverse"),
    "jvp": lambda f: lambda x: da.jvp(f, (x,), (x,)),
    "vjp": lambda f: lambda x: da.vjp(f, x),
    "nested": lambda f: da.jacobian(da.grad(f, mode="reverse"), mode="forward"),
}


def met(f, *args):
    """Text and place of each floating-point warning."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        f(*args)
    floating = [w for w in caught if w.category is RuntimeWarning]
    return [(str(w.message), w.filename, w.lineno) for w in floating]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("f", FUNCTIONS)
def test_each_warning_of_the_plain_call_and_no_other(f, call):
    assert met(CALLS[call](f), X) == met(f, X)


def total(x):
    return np.sum(np.log(x))


OF_MANY = {
    "grad": lambda: da.grad(total),
    "value_and_grad": lambda: da.value_and_grad(total),
    "jacobian": lambda: da.jacobian(np.log),
    "wide jacobian": lambda: da.jacobian(lambda x: np.log(x)[:5]),
    "hessian": lambda: da.hessian(total),
    "hessian of a vector": lambda: da.hessian(lambda x: np.log(x)[:2]),
    "hvp": lambda: lambda x: da.hvp(total)(x, x),
    "derivative": lambda: da.derivative(np.log),
    "operator": lambda: lambda x: da.jacobian_operator(np.log, x) @ x,
}


@pytest.mark.parametrize("size", [2, 3, 6, 20, 200])
@pytest.mark.parametrize("call", OF_MANY)
def test_a_run_that_chooses_or_repeats_is_silent(call, size):
    function = OF_MANY[call]()
    for _ in range(2):  # the first call chooses the mode
        assert len(met(function, np.zeros(size))) == 1


def test_each_line_warns_once_by_default():
    module = {"__name__": "user_module", "np": np}
    code = compile("def f(x):\n    a = np.log(x)\n    return a - 1.0 / x\n", "user.py", "exec")
    exec(code, module)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for mode in ("forward", "reverse", "forward"):
            da.grad(module["f"], mode=mode)(np.float64(0.0))
    floating = [w for w in caught if w.category is RuntimeWarning]
    assert [(w.filename, w.lineno) for w in floating] == [("user.py", 2), ("user.py", 3)]


def test_filters_by_module_and_errors():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.filterwarnings("ignore", module=__name__)
        da.grad(logarithms)(X)
    assert not [w for w in caught if w.category is RuntimeWarning]
    for mode in ("forward", "reverse"):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(RuntimeWarning, match="divide by zero encountered in log"):
                da.grad(logarithms, mode=mode)(X)
        assert np.geterr()["divide"] == "warn"


def test_settings_of_the_user_count():
    seen = []
    for mode in ("forward", "reverse"):
        with np.errstate(all="raise"), pytest.raises(FloatingPointError):
            da.grad(logarithms, mode=mode)(X)
        with np.errstate(all="ignore"):
            assert met(da.grad(logarithms, mode=mode), X) == []
        with np.errstate(all="call", call=lambda kind, _: seen.append(kind)):
            assert met(da.grad(logarithms, mode=mode), X) == []
    assert "divide by zero" in seen
    assert np.geterr() == {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}


def test_a_function_that_changes_the_settings():
    def f(x):
        np.seterr(divide="ignore")
        return np.log(x)

    with np.errstate():
        for mode in ("forward", "reverse"):
            assert met(da.grad(f, mode=mode), 0.0) == []


def test_threads():
    found = []

    def work():
        with np.errstate(all="ignore"):
            da.grad(quiet)(X)
        found.append(np.geterr()["divide"])
        da.grad(quiet)(X)
        found.append(np.geterr()["divide"])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["warn"] * 8
