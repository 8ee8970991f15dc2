"""What user code swallows: our errors are never lost, those of Python take the plain branch."""

import itertools
import math

import numpy as np
import pytest

import dualad as da

MODES = ("forward", "reverse")
X = np.array([1.1, 2.3, 3.2])
STALE = []


def keep(x):
    STALE.append(x)
    return x[0] * 2.0


REFUSED = {
    "no rule for a function": lambda x: np.nextafter(x, 9.0),
    "no rule for a keyword": lambda x: np.exp(x, dtype=int),
    "no rule in place": lambda x: x.resize((2, 2)),
    "an index": lambda x: X[x[:1]],
    "a stale number": lambda x: STALE[0] * x,
    "a stale number in a function": lambda x: np.hypot(STALE[0], x),
    "stored elsewhere": lambda x: x.__setitem__(0, STALE[0][0]),
    "a masked array": lambda x: np.ma.array(X, mask=[0, 1, 0]) * x,
    "pickled": lambda x: x.__reduce_ex__(4),
}


@pytest.mark.parametrize("verb", [da.grad, da.hessian])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", REFUSED)
def test_errors_of_ours_are_not_lost(name, mode, verb):
    STALE.clear()
    da.grad(keep)(X)

    def f(x):
        try:
            return np.sum(REFUSED[name](x))
        except Exception:
            return 1e300

    with pytest.raises(da.DualadError):
        verb(f, mode=mode)(X)


ARITHMETIC = {
    "x**2": lambda x: x**2,
    "x**3.0": lambda x: x**3.0,
    "x**-1": lambda x: x**-1,
    "x**-0.5": lambda x: x**-0.5,
    "2**x": lambda x: 2.0**x,
    "x**x": lambda x: x**x,
    "1/x": lambda x: 1.0 / x,
    "x % 0.7": lambda x: x % 0.7,
    "7 % x": lambda x: 7.0 % x,
    "x*x*x": lambda x: x * x * x,
    "math.exp": lambda x: math.exp(x),
    "math.log": lambda x: math.log(x),
    "math.sqrt": lambda x: math.sqrt(x),
    "math.cosh": lambda x: math.cosh(x),
    "math.pow": lambda x: math.pow(x, 1.5),
    "math.acosh": lambda x: math.acosh(x),
}
EXTREME = (0.0, -0.0, 1e-320, 1e-200, 2.5, -1.5, 710.0, 1e160, -1e200, 1e308, math.inf, math.nan)


@pytest.mark.filterwarnings("ignore::dualad.DerivativeWarning")  # x**x at 0
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ARITHMETIC)
def test_errors_of_python_take_the_plain_branch(name, mode):
    def f(x):
        try:
            y = ARITHMETIC[name](x)
        except (OverflowError, ZeroDivisionError, ValueError) as error:
            return float(len(str(type(error))))
        return -5.0 if isinstance(y, complex) else y

    for x in EXTREME:
        with np.errstate(all="ignore"):
            value, _ = da.value_and_grad(f, mode=mode)(x)
            da.hessian(f, mode=mode)(x)
        np.testing.assert_array_equal(np.float64(value).view(np.int64), np.float64(f(x)).view(int))


@pytest.mark.parametrize(("mode", "x"), list(itertools.product(MODES, (1.0, 800.0))))
def test_the_idiom_of_engineering_packages(mode, x):
    def f(x):
        try:
            return math.exp(x)
        except OverflowError:
            return 1e300

    value, slope = da.value_and_grad(f, mode=mode)(x)
    assert value == f(x)
    assert slope == (math.exp(x) if x < 700.0 else 0.0)
