"""What is left of an evaluation: values kept somewhere, the caller's arrays, copies, threads."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest

import dualad as da

MODES = ("forward", "reverse")
X = np.array([0.5, -1.5, 2.0])


# --- a number that was kept and is used again ----------------------------------------------------

LAST = None
CACHE: dict[str, object] = {}
LOG: list[object] = []


class Model:
    shared: object = None

    def __init__(self):
        self.history = []
        self.tables = {}

    def attribute(self, x):
        self.last = x * 2.0  # stored: attribute
        return np.sum(self.last)

    def by_setattr(self, x):
        setattr(self, "newest", x + 1.0)  # noqa: B010  # stored: setattr
        return np.sum(self.newest)

    def appended(self, x):
        self.history.append(x + 1.0)  # stored: appended
        return np.sum(x)

    def in_dict(self, x):
        self.tables["x"] = x + 1.0  # stored: in_dict
        return np.sum(x)

    def in_nested(self, x):
        self.tables.setdefault("all", []).append(x + 1.0)  # stored: in_nested
        return np.sum(x)

    def in_class(self, x):
        Model.shared = x + 1.0  # stored: in_class
        return np.sum(x)

    @functools.cached_property
    def twice(self):
        return self.point * 2.0

    def cached(self, x):
        self.point = x
        return np.sum(self.twice)


def in_global(x):
    global LAST  # noqa: PLW0603  # what users write
    LAST = x + 1.0  # stored: in_global
    return np.sum(x)


def in_global_dict(x):
    CACHE["x"] = x + 1.0  # stored: in_global_dict
    return np.sum(x)


def in_global_list(x):
    LOG.append(x + 1.0)  # stored: in_global_list
    return np.sum(x)


def in_default(x, seen=[]):  # noqa: B006  # what users write
    seen.append(x + 1.0)  # stored: in_default
    return np.sum(x)


def in_function(x):
    in_function.last = x + 1.0  # stored: in_function
    return np.sum(x)


def closure():
    kept, last = [], None

    def in_list(x):
        kept.append(x + 1.0)  # stored: in_list
        return np.sum(x)

    def in_variable(x):
        nonlocal last
        last = x + 1.0  # stored: in_variable
        return np.sum(x)

    return in_list, in_variable, lambda: kept[-1], lambda: last


MODEL = Model()
IN_LIST, IN_VARIABLE, OF_LIST, OF_VARIABLE = closure()
KEPT = {
    "attribute": (MODEL.attribute, lambda: MODEL.last, "the attribute last of Model"),
    "setattr": (MODEL.by_setattr, lambda: MODEL.newest, "the attribute newest of Model"),
    "appended": (MODEL.appended, lambda: MODEL.history[-1], "the attribute history of Model"),
    "in_dict": (MODEL.in_dict, lambda: MODEL.tables["x"], "the attribute tables of Model"),
    "in_nested": (MODEL.in_nested, lambda: MODEL.tables["all"][-1], "tables of Model"),
    "in_class": (MODEL.in_class, lambda: Model.shared, "the attribute shared of Model"),
    "in_global": (in_global, lambda: LAST, "the global variable LAST"),
    "in_global_dict": (in_global_dict, lambda: CACHE["x"], "the global variable CACHE"),
    "in_global_list": (in_global_list, lambda: LOG[-1], "the global variable LOG"),
    "in_default": (in_default, lambda: in_default.__defaults__[0][-1], "argument seen of in_def"),
    "in_function": (in_function, lambda: in_function.last, "the attribute last of in_function"),
    "in_list": (IN_LIST, OF_LIST, "the variable kept that"),
    "in_variable": (IN_VARIABLE, OF_VARIABLE, "the variable last that"),
}
SOURCE = Path(__file__).read_text(encoding="utf-8").splitlines()


def line_that_stores(name):
    return next(i for i, text in enumerate(SOURCE, 1) if text.endswith(f"# stored: {name}"))


USES = {
    "another derivative": lambda old: da.grad(lambda x: np.sum(x * old))(X),
    "its answer": lambda old: da.jacobian(lambda x: old)(X),
    "its argument": lambda old: da.jacobian(np.sin)(old),
    "a ufunc": lambda old: np.sin(old),
    "a function": lambda old: np.sum(old),
    "a float": lambda old: float(old[0]),
    "an array": lambda old: np.asarray(old),
    "a tangent": lambda old: da.jvp(np.sin, (X,), (old,)),
    "an attribute of an inner one": lambda old: da.grad(
        lambda x: da.grad(lambda y: np.sum(y * old) * x[0])(x)[0]
    )(X),
}


@pytest.mark.parametrize("name", KEPT)
def test_a_number_that_was_kept_raises_and_names_the_line_that_stored_it(name):
    f, get, what = KEPT[name]
    for mode in MODES:
        da.grad(f, mode=mode)(X)
        with pytest.raises(da.LevelError, match="used after its evaluation") as caught:
            da.grad(lambda x: np.sum(x * get()))(X)
        met, where, instead = str(caught.value).split("\n")
        assert what in met
        assert met.count(" or ") <= 1, "it says so where it cannot tell two lines apart"
        assert f"{__file__}, line {line_that_stores(name)}: " in met.partition("stored by ")[2]
        assert "test_state.py, line " in where
        assert "da.primal(x)" in instead


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("use", USES)
def test_every_use_of_a_number_that_was_kept_raises(use, mode):
    da.grad(MODEL.attribute, mode=mode)(X)
    with pytest.raises(da.LevelError, match="used after its evaluation"):
        USES[use](MODEL.last)


def test_a_cached_property_that_keeps_a_number():
    model = Model()
    da.grad(model.cached)(X)
    with pytest.raises(da.LevelError, match="the attribute twice of Model"):
        da.grad(lambda x: np.sum(model.twice * x))(X)


def test_numbers_of_running_evaluations_may_be_kept():
    seen = []

    def f(x):
        seen.append(x)
        inner = da.grad(lambda y: np.sum(y * y * seen[0]))(x)
        return np.sum(inner * seen[0])

    for mode in MODES:
        seen.clear()
        np.testing.assert_allclose(da.grad(f, mode=mode)(X), 6.0 * X**2)
        assert np.array_equal(da.primal(seen[0]), X)
