"""Filters that pick, and measurements in regions, of scipy.ndimage."""

import numpy as np
import pytest
import scipy.ndimage

import dualad as da
from dualad._scipy import standin
from tests.every_machine import check

RNG = np.random.default_rng(19)
X = RNG.permutation(7) * 0.9 + 0.1
X2 = (RNG.permutation(12) * 0.9 + 0.1).reshape(3, 4)
LABELS = np.array([[1, 1, 0, 2], [3, 1, 2, 2], [0, 3, 3, 2]])
CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], bool)
FEW = ("forward", "reverse")


def of(name):
    return standin(getattr(scipy.ndimage, name))


def picks(call, x):
    """Where no two elements are closer than 0.9 a picking filter is linear nearby."""
    check(call, x, second=False, step=1e-2, machines=FEW, rtol=1e-8)


PICKS = [
    ("minimum_filter", {"size": 3}),
    ("minimum_filter", {"size": (2, 3), "origin": (0, -1), "mode": ["nearest", "wrap"]}),
    ("maximum_filter", {"footprint": CROSS, "mode": "constant", "cval": 4.2}),
    ("maximum_filter", {"size": 4, "mode": "mirror"}),
    ("median_filter", {"size": 3}),
    ("median_filter", {"footprint": CROSS, "mode": "wrap"}),
    ("rank_filter", {"rank": 2, "size": 2}),
    ("rank_filter", {"rank": -2, "size": (3, 1), "mode": "nearest"}),
    ("percentile_filter", {"percentile": 40, "size": 3}),
    ("percentile_filter", {"percentile": -20, "size": 3, "origin": 1}),
    ("minimum_filter1d", {"size": 3, "axis": 0}),
    ("maximum_filter1d", {"size": 2, "origin": -1, "mode": "constant"}),
    ("grey_erosion", {"size": (2, 3)}),
    ("grey_dilation", {"size": (2, 3)}),
    ("grey_dilation", {"footprint": np.array([[1, 1, 0], [0, 1, 0]], bool)}),
    ("grey_opening", {"size": (2, 2)}),
    ("grey_closing", {"size": 3}),
    ("morphological_gradient", {"size": 3}),
    ("white_tophat", {"size": 2}),
    ("black_tophat", {"size": (3, 2)}),
]


@pytest.mark.parametrize(("name", "options"), PICKS)
def test_picking(name, options):
    picks(lambda v: of(name)(v, **options), X2)


def test_ties_share():
    x = np.array([1.0, 1.0, 0.0])
    for mode in FEW:
        jac = da.jacobian(lambda v: of("maximum_filter1d")(v, 3, mode="nearest"), mode=mode)(x)
        np.testing.assert_allclose(jac, [[2 / 3, 1 / 3, 0], [0.5, 0.5, 0], [0, 1, 0]])
    check(lambda v: of("median_filter")(v * v, 3), X, step=1e-3, second=True)


@pytest.mark.parametrize("index", [None, 2, [1, 2, 3], np.array([[3, 1]]), [1, 1]])
@pytest.mark.parametrize(
    "name",
    ["sum_labels", "sum", "mean", "variance", "standard_deviation", "minimum", "maximum", "median"],
)
def test_measures(name, index):
    f = of(name)
    if name == "median" and index is not None and np.ndim(index) == 2:
        index = np.ravel(index)
    check(lambda v: f(v, LABELS, index), X2, second=isinstance(index, int), step=1e-2, machines=FEW)
    if index is None:
        check(f, X2, second=False, step=1e-2, machines=FEW)


def test_centers_and_extremes():
    f = of("center_of_mass")
    check(f, X2, second=False, step=1e-2)
    check(lambda v: f(v, LABELS, 2), X2, step=1e-2, machines=FEW)
    check(lambda v: f(v, LABELS, [1, 3]), X2, second=False, step=1e-2, machines=FEW)
    check(lambda v: of("extrema")(v)[:2], X2, second=False, step=1e-2)
    positions = []
    da.jacobian(lambda v: positions.append(of("extrema")(v)[2:]) or v)(X2)
    assert positions[0] == scipy.ndimage.extrema(X2)[2:]


def test_locally_constant():
    for call in (
        lambda v: of("label")(v > 3.0)[0],
        lambda v: of("label")(v)[1],
        lambda v: of("maximum_position")(v),
        lambda v: of("histogram")(v, 0, 9, 3),
    ):
        seen = []
        da.jacobian(lambda v, c=call, s=seen: s.append(c(v)) or v)(X2)
        np.testing.assert_array_equal(seen[0], call(X2))


def test_what_is_refused():
    for call, words in (
        (lambda v: of("generic_filter")(v, np.max, 3), "generic_filter"),
        (lambda v: of("grey_erosion")(v, structure=np.ones((2, 2))), "structure"),
        (lambda v: of("distance_transform_edt")(v), "distance_transform_edt"),
    ):
        with pytest.raises(da.NoRuleError, match=words):
            da.jacobian(call)(X2)
    for call in (
        lambda v: of("rank_filter")(v, 20, 3),
        lambda v: of("median_filter")(v),
        lambda v: of("minimum_filter")(v, 3, mode="no"),
    ):
        with pytest.raises((ValueError, RuntimeError)) as theirs:
            call(X2)
        with pytest.raises(type(theirs.value)) as ours:
            da.jacobian(call)(X2)
        assert str(ours.value) == str(theirs.value)
