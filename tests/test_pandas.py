"""Series and DataFrames as arguments: results carry their labels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import dualad as da

X = np.array([0.5, -1.5, 2.0])


@pytest.mark.parametrize("mode", ["auto", "forward", "reverse"])
def test_pandas(mode):
    series = pd.Series(X, index=["a", "b", "c"])
    got = da.grad(lambda s: s.iloc[0] * s["b"] ** 2, mode=mode)(series)
    assert type(got) is pd.Series
    assert list(got.index) == ["a", "b", "c"]
    np.testing.assert_allclose(got.to_numpy(), [2.25, -1.5, 0.0])
    got = da.jacobian(lambda s: s.iloc[:2] ** 2, mode=mode)(series)
    assert type(got) is pd.DataFrame
    assert list(got.columns) == ["a", "b", "c"]
    np.testing.assert_allclose(got.to_numpy(), [[1.0, 0.0, 0.0], [0.0, -3.0, 0.0]])
    frame = pd.DataFrame(np.arange(4.0).reshape(2, 2), index=["r", "s"], columns=["u", "v"])
    got = da.grad(lambda m: (m**2).to_numpy().sum(), mode=mode)(frame)
    assert type(got) is pd.DataFrame
    assert (list(got.index), list(got.columns)) == (["r", "s"], ["u", "v"])
    np.testing.assert_allclose(got.to_numpy(), 2 * frame.to_numpy())
