"""Functions without a reference in mpmath, against differences of SciPy's own."""

from __future__ import annotations

from operator import itemgetter

import numpy as np
import pytest
import scipy
import scipy.special as sc

import dualad as da
from dualad._errors import NoRuleError
from tests.machines import differences

# SciPy 1.13 writes beyond its buffers in the spheroidal functions, and crashes.
SOUND = np.lib.NumpyVersion(scipy.__version__) >= "1.15.0"
SPHEROIDAL = [
    *((f"{side}_ang1", (1, 3, 2.0, 0.3), (2, 3)) for side in ("pro", "obl")),
    *((f"{side}_rad1", (1, 3, 2.0, 1.5), (2, 3)) for side in ("pro", "obl")),
    *((f"{side}_rad2", (1, 3, 2.0, 3.0), (3,)) for side in ("pro", "obl")),
    ("pro_ang1_cv", (1, 3, 2.0, float(sc.pro_cv(1, 3, 2.0)), 0.3), (4,)),
    ("obl_rad1_cv", (1, 3, 2.0, float(sc.obl_cv(1, 3, 2.0)), 1.5), (4,)),
]
CASES = [
    *((f"mathieu_{kind}em", (2, 3.0, 30.0), (1, 2)) for kind in ("c", "s")),
    *((f"mathieu_mod{kind}em{i}", (2, 3.0, 0.5), (1, 2)) for kind in ("c", "s") for i in (1, 2)),
    *(SPHEROIDAL if SOUND else ()),
]
EIGENVALUES = [
    ("mathieu_a", (2, 3.0)),
    ("mathieu_b", (2, 3.0)),
    ("pro_cv", (1, 3, 2.0)),
    ("obl_cv", (0, 4, 2.0)),
]


@pytest.mark.parametrize("member", [0, 1])
@pytest.mark.parametrize(("name", "values", "at"), CASES, ids=lambda x: x if x is str else None)
def test_differential_equations(name, values, at, member):
    pick = itemgetter(member)

    def f(v):
        full = list(values)
        for k, i in enumerate(at):
            full[i] = v[k]
        return np.stack([pick(getattr(sc, name)(*full))])

    point = np.array([values[i] for i in at])
    for mode in ("forward", "reverse"):
        got = da.jacobian(f, mode=mode)(point)
        want, spread = differences(f, point, 0.01)
        np.testing.assert_allclose(got, want, rtol=1e-8, atol=10.0 * np.max(spread))
    bend = da.hessian(lambda v: f(v)[0])(point)
    want, spread = differences(lambda v: da.jacobian(f)(v)[0], point, 0.01)
    np.testing.assert_allclose(bend, want, rtol=1e-7, atol=10.0 * np.max(spread))


@pytest.mark.parametrize(("name", "values"), EIGENVALUES)
def test_eigenvalues_in_the_parameter(name, values):
    def f(v):
        return getattr(sc, name)(*values[:-1], v)

    point = np.array([values[-1]])
    want, spread = differences(f, point, 0.01)
    for mode in ("forward", "reverse"):
        got = da.jacobian(f, mode=mode)(point)
        np.testing.assert_allclose(got, want, rtol=1e-11, atol=10.0 * np.max(spread))


@pytest.mark.parametrize("name", ["mathieu_modcem2", "mathieu_modsem2"])
def test_where_the_answers_solve_no_equation(name):
    # SciPy's second kind is far from the solution at x << 0, and its slopes with it
    with pytest.raises(NoRuleError, match=f"{name}.*: the derivative at"):
        da.derivative(lambda x: getattr(sc, name)(2, 10.0, x)[1])(-2.5)
    slope = da.derivative(lambda x: getattr(sc, name)(2, 3.0, x)[1])(-0.5)
    want, _ = differences(lambda v: getattr(sc, name)(2, 3.0, v)[1], np.array([-0.5]), 0.01)
    np.testing.assert_allclose(slope, want[0, 0], rtol=1e-8)
    bend = da.derivative(da.derivative(lambda x: getattr(sc, name)(2, 3.0, x)[0]))(-0.5)
    np.testing.assert_allclose(bend, slope, rtol=1e-14)
