"""Derivatives of ordinary functions at one number: what is answered, and how often f runs."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import dualad as da

# A function of x, and its derivative at 0.5.
FUNCTIONS = {
    "number": (lambda x: x * x * 3.0, 3.0),
    "array": (lambda x: x * np.array([1.0, 2.0]), [1.0, 2.0]),
    "container": (lambda x: {"a": x * x}, {"a": 1.0}),
    "constant": (lambda x: 7, 0.0),
    "number of NumPy's": (lambda x: np.sqrt(x) * np.float64(2.0), 2.0 * 0.5 / np.sqrt(0.5)),
    "one element": (lambda x: np.reshape(x * x, (1,)), [1.0]),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_function_runs_once(name):
    f, want = FUNCTIONS[name]
    runs = []

    def counted(x):
        runs.append(None)
        return f(x)

    for verb in (da.derivative, da.jacobian):
        for x in (0.5, np.float64(0.5)):
            runs.clear()
            found = verb(counted)(x)
            assert len(runs) == 1
            if isinstance(want, dict):
                assert found == want
                continue
            assert type(found) is (np.ndarray if np.ndim(want) else np.float64)
            assert np.array_equal(found, want)
    if name in ("number", "number of NumPy's"):
        assert da.value_and_grad(f)(0.5) == (f(0.5), want)


def test_other_arguments_and_keywords():
    def f(a, x, power=2):
        return a * x**power

    assert da.derivative(f, 1)(3.0, 0.5) == 3.0
    assert da.derivative(f, 1)(3.0, 0.5, power=3) == 2.25
    assert da.grad(f, argnums=1, mode="reverse")(3.0, 0.5) == 3.0
    assert da.grad(f, argnums=-1)(3.0, 0.5) == 3.0
    with pytest.raises(da.NonScalarOutputError):
        da.grad(lambda x: x * np.ones(2))(0.5)


def test_what_is_not_finite_is_looked_at_again():
    assert da.derivative(lambda x: np.sqrt(x))(0.0) == np.inf
    assert da.derivative(lambda x: 0.0 * np.sqrt(x) + x)(0.0) == 1.0
    with pytest.warns(da.DerivativeWarning):
        assert da.derivative(lambda x: 1.0 if x == 0.0 else np.sin(x) / x)(0.0) == 0.0


@pytest.mark.parametrize("verb", [da.derivative, da.grad, lambda f: da.derivative(f, order=2)])
def test_functions_may_look_at_their_numbers(verb):
    """In every pass, the careful one of a derivative that is not finite among them."""
    seen = []

    def f(x):
        seen.append((repr(x), x._repr_html_(), str(x.value), f"{x:.1f}", repr(copy.copy(x))))
        return np.sqrt(x - 0.5)

    assert not np.isfinite(verb(f)(0.5))
    assert len(seen) > 1
    for text, page, value, short, again in seen:
        assert text.startswith(("Dual(", "HyperDual("))
        assert page.startswith("<div>")
        assert "0.5" in value
        assert short == "0.5"
        assert again.startswith(("Dual(", "HyperDual("))
