"""What passes: errors of the user's own code, and calls that look wrong and are right."""

from __future__ import annotations

import numpy as np
import pytest

import dualad as da
from tests.test_errors_catalogue import lines_of

X = np.array([0.5, 1.5, 2.0])


def total(x):
    return np.sum(x * x)


# --- what is no error ----------------------------------------------------------------------------


def test_members_are_matched_by_their_keys():
    def f(d):
        return {"u": d["a"] * 2.0, "v": d["b"] * 3.0}

    x = {"a": 1.0, "b": 2.0}
    _, tangent = da.jvp(f, (x,), ({"b": 10.0, "a": 1},))
    assert tangent == {"u": 2.0, "v": 30.0}
    _, pull = da.vjp(f, x)
    assert pull({"v": 1.0, "u": 10}) == ({"a": 20.0, "b": 3.0},)
    h = da.hvp(lambda d: d["a"] ** 2 + d["b"] ** 3)(x, {"b": 1.0, "a": 0.0})
    assert h == {"a": 0.0, "b": 12.0}
    rule = da.custom_jvp(f)
    rule.defjvp(lambda p, t: (f(*p), {"v": t[0]["b"] * 3.0, "u": t[0]["a"] * 2.0}))
    for mode in ("forward", "reverse"):
        assert da.grad(lambda d: rule(d)["u"], mode=mode)(x) == {"a": 2.0, "b": 0.0}


def test_arrays_in_files_and_of_other_types_of_numbers(tmp_path):
    mapped = np.memmap(tmp_path / "x", dtype=float, mode="w+", shape=3)
    mapped[:] = X
    np.testing.assert_array_equal(da.grad(total)(mapped), 2 * X)
    assert type(da.grad(total)(mapped)) is np.ndarray
    assert da.grad(total, np.int64(0))(X).shape == (3,)
    assert da.jacobian(np.sin, chunk_size=np.int64(2))(X).shape == (3, 3)


class OwnError(ValueError):
    pass


OWN = OwnError("mine")


def raising(x):
    y = x * 2
    return deeper(y)


def deeper(y):
    raise OWN


def test_errors_of_the_function_pass_unchanged():
    for mode in ("auto", "forward", "reverse"):
        for verb in (da.grad, da.jacobian, da.hessian):
            with pytest.raises(OwnError) as caught:
                verb(raising, mode=mode)(X)
            assert caught.value is OWN
            names = [entry.name for entry in caught.traceback]
            assert names[-2:] == ["raising", "deeper"]
            assert caught.traceback[-1].lineno + 1 in lines_of(deeper.__code__)
            assert caught.value.__cause__ is None
            OWN.__traceback__ = None


VERBS = {
    "derivative": lambda: da.derivative(raising)(2.0),
    "value_and_grad": lambda: da.value_and_grad(raising)(X),
    "jvp": lambda: da.jvp(raising, (X,), (X,)),
    "vjp": lambda: da.vjp(raising, X),
    "hvp": lambda: da.hvp(raising)(X, X),
    "operator": lambda: da.jacobian_operator(raising, X),
    "explain": lambda: da.explain(raising, X),
    "trace": lambda: da.trace(raising, X),
    "check": lambda: da.check_derivatives(raising, X),
    "nested": lambda: da.grad(lambda x: da.grad(raising)(x)[0])(X),
    "black box": lambda: da.grad(da.finite_difference(raising))(X),
    "elementwise": lambda: da.grad(da.elementwise(np.sin, raising))(1.0),
}


@pytest.mark.parametrize("verb", VERBS)
def test_errors_pass_through_every_verb(verb):
    with pytest.raises(OwnError) as caught:
        VERBS[verb]()
    assert caught.value is OWN
    assert [entry.name for entry in caught.traceback][-2:] == ["raising", "deeper"]
    OWN.__traceback__ = None


def endless(x):
    return endless(x)


OWN_ERRORS = {
    "no arguments": (lambda: 1.0, TypeError, "takes 0 positional"),
    "missing": (lambda x, y: x, TypeError, "missing 1 required"),
    "recursion": (endless, RecursionError, "recursion"),
    "shapes": (lambda x: x.reshape(5), ValueError, "cannot reshape"),
    "unequal shapes": (lambda x: np.stack([x, x[:2]]), ValueError, "same shape"),
    "read-only": (lambda x: np.broadcast_to(x, (2, 3)).fill(0.0), ValueError, "read-only"),
    "name": (lambda x: nowhere, NameError, "nowhere"),  # noqa: F821  # what users write
    "attribute": (lambda x: x.nowhere, AttributeError, "nowhere"),
    "key": (lambda x: {"a": 1.0}["b"], KeyError, "b"),
    "index": (lambda x: x[7], IndexError, "out of bounds"),
    "division": (lambda x: 1 / 0 * x, ZeroDivisionError, "division"),
    "None": (lambda x: x + None, TypeError, "unsupported operand"),
}


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("name", OWN_ERRORS)
def test_errors_of_the_plain_call(name, mode):
    f, kind, text = OWN_ERRORS[name]
    with pytest.raises(kind, match=text) as caught:
        da.jacobian(f, mode=mode)(X)
    assert not isinstance(caught.value, da.DualadError)


def test_keys_that_cannot_be_sorted():
    x = {1: 2.0, "a": 3.0, (0, 1): X, None: 1}
    got = da.grad(lambda d: d[1] * d["a"] + np.sum(d[0, 1]))(x)
    assert list(got) == [1, "a", (0, 1), None]
    assert (got[1], got["a"], got[None]) == (3.0, 2.0, None)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_nothing_in_and_nothing_out(mode):
    empty = np.zeros((0, 2))
    assert da.jacobian(np.sin, mode=mode)(empty).shape == (0, 2, 0, 2)
    assert da.jacobian(lambda x: x[:0], mode=mode)(X).shape == (0, 3)
    assert da.grad(np.sum, mode=mode)(empty).shape == (0, 2)
    assert da.hessian(np.sum, mode=mode)(empty).shape == (0, 2, 0, 2)
    assert da.jvp(np.sin, (empty,), (empty,))[1].shape == (0, 2)
    assert da.vjp(np.sin, empty)[1](empty)[0].shape == (0, 2)
