"""How many ufuncs of `scipy.special` have derivatives, and in which arguments there is none.

The counts are of the installed SciPy; they may grow, but not fall.
"""

from __future__ import annotations

import numpy as np
import pytest
import scipy
import scipy.special as sc

import dualad as da
from dualad._rules._row import ZERO, Binary, Composed, Differential, Flat, Unary
from dualad._scipy import row_of_ufunc
from dualad._scipy._special import _MODULES
from dualad._scipy._special._many import Refused, argument_names

UFUNCS = {name: fn for name, fn in vars(sc).items() if isinstance(fn, np.ufunc)}
ROWS = {name: row_of_ufunc(fn) for name, fn in UFUNCS.items()}

# Arguments that are integers, by the definition of the function.
INTEGERS = {
    "bdtr": {"n"},
    "bdtrc": {"n"},
    "bdtri": {"n"},
    "eval_hermite": {"n"},
    "eval_hermitenorm": {"n"},
    "expn": {"n"},
    "kn": {"n"},
    "lpmv": {"m"},
    "nbdtr": {"k", "n"},
    "nbdtrc": {"k", "n"},
    "nbdtri": {"k", "n"},
    "pdtri": {"k"},
    "smirnov": {"n"},
    "smirnovi": {"n"},
    "yn": {"n"},
    "sph_harm": {"m", "n"},
    **{name: {"m"} for name in UFUNCS if name.startswith("mathieu_")},
    **{name: {"m", "n"} for name in UFUNCS if name.startswith(("pro_", "obl_"))},
}
# Real arguments without a rule: cv is an eigenvalue that belongs to c.
OPEN = {
    name: {"c", "cv"}
    for name in UFUNCS
    if name.startswith(("pro_", "obl_")) and name.endswith(("1_cv", "2_cv"))
}
STEPS = {"round", "gammasgn"}


def partials(name):
    """The partial derivatives of a function, by position."""
    joined = {}
    for module in _MODULES:
        for key, more in getattr(module, "PARTIALS", {}).items():
            if UFUNCS[name] in (key, getattr(sc, key, None) if isinstance(key, str) else None):
                for i, partial in more.items():
                    if i not in joined or isinstance(joined[i], Refused):
                        joined[i] = partial
    return joined


def without_rule(name):
    """The names of the arguments in which a function has no derivative."""
    if not isinstance(ROWS[name], Differential):
        return set()
    known = partials(name)
    names = argument_names(UFUNCS[name])
    return {
        names[i] for i in range(UFUNCS[name].nin) if isinstance(known.get(i, Refused("")), Refused)
    }


def test_every_ufunc_has_a_row():
    assert [name for name, row in ROWS.items() if row is None] == []


def test_counts():
    kinds = [type(row) for row in ROWS.values()]
    assert set(kinds) <= {Unary, Binary, Differential, Composed, Flat}
    assert {name for name, row in ROWS.items() if isinstance(row, Flat)} == STEPS
    arguments = sum(fn.nin for fn in UFUNCS.values())
    refused = sum(len(without_rule(name)) for name in UFUNCS)
    steps = sum(p is ZERO for name in UFUNCS for p in partials(name).values()) + len(STEPS)
    if np.lib.NumpyVersion(scipy.__version__) >= "1.17.0":
        assert len(UFUNCS) >= 232
        assert arguments >= 487
        assert refused <= 66
    assert steps <= 7


@pytest.mark.parametrize("name", sorted(UFUNCS))
def test_what_has_no_rule_is_named_here(name):
    missing = without_rule(name)
    assert missing <= INTEGERS.get(name, set()) | OPEN.get(name, set())


@pytest.mark.parametrize("name", sorted(name for name in UFUNCS if without_rule(name)))
def test_what_has_no_rule_raises_and_names_the_argument(name):
    fn = UFUNCS[name]
    for i, argument in enumerate(argument_names(fn)):
        if argument not in without_rule(name):
            continue

        def f(x, i=i):
            y = fn(*(x if j == i else 1.0 for j in range(fn.nin)))
            return y[0] if isinstance(y, tuple) else y

        with pytest.raises(da.NoRuleError, match=f"{name}: the derivative in {argument} "):
            da.grad(f)(1.0)
