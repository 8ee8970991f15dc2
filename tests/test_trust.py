"""`DerivativeWarning` where the derivative of what was executed is not that of the function."""

import functools
import inspect

import numpy as np
import pytest

import dualad as da
from tests.blame import blamed, caught
from tests.trust_cases import PLANTED
from tests.trust_more import MORE

MODES = ("forward", "reverse")


def check(f, lines, got, want):
    if want is None:
        assert lines == [(inspect.getsourcefile(f), blamed(f))]
    else:
        assert not lines
        np.testing.assert_allclose(got, want, rtol=1e-12)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("f", "x", "want"), PLANTED + MORE)
def test_planted(f, x, want, mode):
    assert (want is None) == (blamed(f) is not None)
    lines, (value, got) = caught(lambda: da.value_and_grad(f, mode=mode)(x))
    check(f, lines, got, want)
    np.testing.assert_array_equal(value, f(x))


@pytest.mark.parametrize(("f", "x", "want"), PLANTED + MORE)
def test_planted_in_jacobians_and_products(f, x, want):
    for mode in MODES:
        lines, got = caught(functools.partial(da.jacobian(f, mode=mode), x))
        check(f, lines, got, want)
    along = np.reshape(np.linspace(0.5, 1.0, np.size(x)), np.shape(x))
    lines, (_, got) = caught(lambda: da.jvp(f, (x,), (along,)))
    check(f, lines, got, None if want is None else np.sum(along * want))
    lines, (_, pullback) = caught(lambda: da.vjp(f, x))
    more, (got,) = caught(lambda: pullback(1.0))
    check(f, lines + more, got, want)
