"""Filter design by windows, in the cutoff frequencies; systems that are refused."""

import numpy as np
import pytest
import scipy.signal

import dualad as da
from dualad._scipy import standin
from tests.every_machine import check

BANDS = [
    (0.3, {}),
    (0.3, {"pass_zero": False}),
    (0.3, {"pass_zero": "highpass"}),
    (0.3, {"width": 0.1, "scale": False}),
    ([0.2, 0.5], {"pass_zero": "bandpass", "window": "hann"}),
    ([0.2, 0.5], {}),
    ([0.2, 0.4, 0.7], {"pass_zero": False}),
]


@pytest.mark.parametrize(("cutoff", "options"), BANDS)
def test_firwin(cutoff, options):
    f = standin(scipy.signal.firwin)
    c = np.array(cutoff) if isinstance(cutoff, list) else np.float64(cutoff)
    check(lambda c: f(7, c, **options), c, step=0.005, second=not options)


def test_rates():
    f = standin(scipy.signal.firwin)
    check(lambda c, fs: f(6, c, fs=fs), np.float64(0.9), np.float64(5.0), step=0.005, second=False)


@pytest.mark.parametrize("name", ["lsim", "step", "sepfir2d", "cspline1d_eval"])
def test_what_is_refused(name):
    with pytest.raises(da.NoRuleError, match=f"scipy.signal.{name} of numbers"):
        da.jacobian(lambda v: standin(getattr(scipy.signal, name))(v, v, v))(np.ones(3))
