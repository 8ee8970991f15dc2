"""Series and DataFrames that a differentiated function uses: labels stay, positions count."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import dualad as da
from tests.machines import differences

X = np.array([0.5, -1.5, 2.2])
LABELLED = pd.Series([1.0, 2.0, 3.0], index=list("abc"), name="s")
# Labels that are positions of other elements.
PERMUTED = pd.Series([1.0, 2.0, 4.0], index=[2, 0, 1])
FRAME = pd.DataFrame(np.arange(6.0).reshape(2, 3), columns=list("uvw"))
WEIGHTS = np.arange(1.0, 4.0)


def in_place(x):
    y = x * 1.0
    y *= PERMUTED
    y += PERMUTED
    return np.sum(y * y)


def stored(x):
    y = x * 1.0
    y[:2] = PERMUTED[:2]
    y[1:] = PERMUTED.iloc[1:] * x[1:]
    return np.sum(y * WEIGHTS * x)


ARITHMETIC = {
    "series * number": lambda x: (LABELLED * x[0]).sum(),
    "number * series": lambda x: (x[0] * LABELLED).sum(),
    "series * array": lambda x: (LABELLED * x)["b"] * x[0],
    "array * series": lambda x: (x * LABELLED).sum(),
    "series - array": lambda x: (LABELLED - x).prod(),
    "array / series": lambda x: (x / LABELLED)["b"] * x[0],
    "series ** number": lambda x: (LABELLED ** x[2]).sum(),
    "array ** series": lambda x: (np.abs(x) ** LABELLED).sum(),
    "array % series": lambda x: (x % LABELLED).sum(),
    "np.multiply": lambda x: np.multiply(x, LABELLED).sum() + np.multiply(LABELLED, x).prod(),
    "np.hypot": lambda x: np.hypot(x, LABELLED).sum(),
    "np.minimum": lambda x: (np.minimum(x, PERMUTED) * WEIGHTS).sum(),
    "np.exp": lambda x: np.exp(LABELLED * x[0]).sum(),
    "frame * array": lambda x: (FRAME * x).to_numpy().sum(),
    "array * frame": lambda x: (x * FRAME).sum().sum(),
    "frame * number": lambda x: (FRAME * x[0]).sum().sum(),
    "array @ frame": lambda x: np.sum((x[:2] @ FRAME) ** 2),
    "array @ series": lambda x: (x @ PERMUTED) ** 2,
    "array += series": in_place,
    "comparison": lambda x: np.sum(np.where(x < PERMUTED, x, 2 * x)),
    "comparison of a series": lambda x: np.sum(np.where(PERMUTED > x[1], x, 2 * x)),  # noqa: SIM300  # the case
    "chain": lambda x: ((PERMUTED * x + 1.0) / (PERMUTED + x[0] ** 2)).cumsum().iloc[-1],
    "abs and max": lambda x: (LABELLED * x).abs().max() + (LABELLED * x).min(),
    "clip": lambda x: (LABELLED * x).clip(lower=0.0).sum(),
    "apply": lambda x: LABELLED.apply(lambda v: v * x[0]).sum(),
    "values": lambda x: np.sum(PERMUTED.to_numpy() * x),
    "index": lambda x: np.sum(x * pd.Index([1.0, 2.0, 3.0])),
    "two levels": lambda x: da.grad(lambda y: (LABELLED * y * x[0]).sum())(x)[1] * x[1],
}
FUNCTIONS = {
    "np.interp": lambda x: np.interp(x[0] + 1.0, PERMUTED, PERMUTED * PERMUTED),
    "np.where": lambda x: np.sum(np.where(PERMUTED > 1.5, x, PERMUTED) * x),
    "np.concatenate": lambda x: np.concatenate([x, PERMUTED]) ** 2 @ np.arange(6.0),
    "np.dot": lambda x: np.dot(PERMUTED, x),
    "np.outer": lambda x: np.sum(np.outer(x, PERMUTED) * np.arange(9.0).reshape(3, 3)),
    "np.convolve": lambda x: np.convolve(x, PERMUTED)[1],
    "np.cross": lambda x: np.cross(x, PERMUTED)[1],
    "np.average": lambda x: np.average(x, weights=PERMUTED),
    "np.gradient": lambda x: np.gradient(x, PERMUTED)[1],
    "np.polyval": lambda x: np.polyval(PERMUTED, x[0]),
    "np.einsum": lambda x: np.einsum("i,i->", PERMUTED, x),
    "np.clip": lambda x: np.sum(np.clip(x, -9.0, PERMUTED) * WEIGHTS),
    "np.linspace": lambda x: np.linspace(x, PERMUTED, 3)[1, 1],
    "np.take": lambda x: np.take(x, pd.Series([2, 0], index=[5, 3])) @ WEIGHTS[:2],
    "an index": lambda x: x[pd.Series([2, 0], index=[5, 3])] @ WEIGHTS[:2],
    "a mask": lambda x: x[PERMUTED > 1.5] @ WEIGHTS[:2],
    "stored": stored,
}
ALL = ARITHMETIC | FUNCTIONS


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("name", ALL)
def test_values_and_derivatives(name, mode):
    f = ALL[name]
    value, got = da.value_and_grad(f, mode=mode)(X)
    np.testing.assert_allclose(value, f(X), rtol=1e-15)
    want, error = differences(lambda x: np.asarray(float(f(x))), X, 1e-3)
    assert np.all(np.abs(got - want) <= error + 1e-9 * np.max(np.abs(want)))


def test_labels_stay():
    seen = []

    def f(x):
        seen.extend([LABELLED * x, x * FRAME, FRAME - x[0]])
        return np.sum(x)

    for mode in ("forward", "reverse"):
        seen.clear()
        da.grad(f, mode=mode)(X)
        series, frame, other = seen
        assert type(series) is pd.Series
        assert list(series.index) == ["a", "b", "c"]
        assert series.name == "s"
        for found in (frame, other):
            assert type(found) is pd.DataFrame
            assert list(found.columns) == ["u", "v", "w"]
        plain = [da.primal(v) for v in series]
        np.testing.assert_array_equal(plain, LABELLED.to_numpy() * X)


def test_second_derivatives():
    for mode in ("forward", "reverse"):
        got = da.hessian(lambda x: (LABELLED * x * x[0]).sum(), mode=mode)(X)
        want = np.array([[2.0, 2.0, 3.0], [2.0, 0.0, 0.0], [3.0, 0.0, 0.0]])
        np.testing.assert_allclose(got, want, rtol=1e-15)


def series_in_place(x):
    series = LABELLED.copy()
    series += x[0]
    return series.sum()


REFUSED = {
    "series += number": series_in_place,
    "mean": lambda x: (LABELLED * x).mean(),
    "std": lambda x: (LABELLED * x).std(),
    "rolling": lambda x: (LABELLED * x).rolling(2).sum().sum(),
    "dot": lambda x: LABELLED.dot(x),
    "series @ array": lambda x: LABELLED @ x,
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_pandas_computes_from_plain_floats_raises(name):
    with pytest.raises(da.EscapeError) as caught:
        da.grad(REFUSED[name], mode="forward")(X)
    assert "test_pandas_inside.py, line " in str(caught.value)
    assert "to_numpy()" in str(caught.value)


def test_lengths_that_do_not_fit():
    with pytest.raises(ValueError, match=r"shape|broadcast"):
        da.grad(lambda x: (LABELLED * x[:2]).sum())(X)
