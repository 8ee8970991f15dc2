"""`x += number` on ordinary arrays that other code can see: run lifted, and right for all names."""

import functools
import operator

import numpy as np
import pytest

import dualad as da

X = np.array([1.1, 2.3, 3.2])
GLOBAL = np.zeros(3)


class Holder:
    def __init__(self):
        self.buffer = np.zeros(3)

    def get(self):
        return self.buffer


HELD = Holder()


# --- forms that would leave other code with the old array ----------------------------------------


def added(a, x):
    a += x
    return a


def shared(x):
    a = np.zeros(3)
    b = a
    a += x
    return b


def shared_through_a_view(x):
    a = np.zeros(3)
    b = a[1:]
    a += x
    return b


def a_view(x):
    a = np.zeros(3)
    b = a[:]
    b += x
    return a


def a_slice(x):
    a = np.zeros(3)
    a[1:] += x[1:]
    return a


def an_element(x):
    a = np.zeros(3)
    a[1] += x[1]
    return a


def everything(x):
    a = np.zeros(3)
    a[...] += x
    return a


def a_list_element(x):
    rows = [np.zeros(3)]
    rows[0] += x
    return rows[0]


def a_dict_value(x):
    rows = {"a": np.zeros(3)}
    rows["a"] += x
    return rows["a"]


def over_a_list(x):
    rows = [np.zeros(3)]
    for a in rows:
        a += x
    return rows[0]


def an_attribute(x):
    held = Holder()
    held.buffer += x
    return held.buffer


def got_from_a_method(x):
    a = HELD.get()
    a += x
    return HELD.buffer


def an_argument(x):
    a = np.zeros(3)
    added(a, x)
    return a


def a_default(x, a=np.zeros(3)):  # noqa: B008  # the point of the test
    a += x
    return a


def nonlocal_name(x):
    a = np.zeros(3)

    def add():
        nonlocal a
        a += x

    add()
    return a


def a_global(x):
    global GLOBAL  # noqa: PLW0603  # the point of the test
    GLOBAL += x
    return GLOBAL


def yielded(x):
    def running():
        a = np.zeros(3)
        yield a
        a += x
        yield a

    return next(iter(list(running())))


def a_memoryview(x):
    a = np.zeros(3)
    view = memoryview(a)
    a += x
    return np.asarray(view)


def named_out(x):
    a = np.zeros(3)
    np.add(a, x, out=a)
    return a


def positional_out(x):
    a = np.zeros(3)
    np.add(a, x, a)
    return a


def out_of_a_method(x):
    return np.add(x, x, out=HELD.get())


def out_in_a_tuple(x):
    out = (np.zeros(3),)
    np.add(x, x, out=out)
    return out[0]


def out_in_two_tuples(x):
    a = np.zeros(3)
    out = (a,)
    np.add(x, x, out=out)
    return a


def out_in_a_dict(x):
    keywords = {"out": np.zeros(3)}
    np.add(x, x, **keywords)
    return keywords["out"]


def out_in_a_list(x):
    arguments = [x, x, np.zeros(3)]
    np.add(*arguments)
    return arguments[2]


def partial_out(x):
    add = functools.partial(np.add, out=np.zeros(3))
    add(x, x)
    return add.keywords["out"]


def partial_positional(x):
    add = functools.partial(np.add, x, x, np.zeros(3))
    add()
    return add.args[2]


def mapped(x):
    rows = [np.zeros(3)]
    list(map(np.add, [x], [x], rows))
    return rows[0]


def by_a_function(x):
    return operator.iadd(np.zeros(3), x)


def folded(x):
    return functools.reduce(operator.iadd, [x, x], np.zeros(3))


def reduced_out(x):
    return np.add.reduce(x, out=np.zeros(()))


def of_an_array_function(x):
    return np.cumsum(x, out=np.zeros(3))


SHARED = (
    shared,
    shared_through_a_view,
    a_view,
    a_slice,
    an_element,
    everything,
    a_list_element,
    a_dict_value,
    over_a_list,
    an_attribute,
    got_from_a_method,
    an_argument,
    a_default,
    nonlocal_name,
    a_global,
    yielded,
    a_memoryview,
    named_out,
    positional_out,
    out_of_a_method,
    out_in_a_tuple,
    out_in_two_tuples,
    out_in_a_dict,
    out_in_a_list,
    partial_out,
    partial_positional,
    mapped,
    by_a_function,
    folded,
    reduced_out,
    of_an_array_function,
)


def differences(f, x, h=1e-6):
    """Central differences; the functions here are linear, so rounding is the only error."""
    steps = h * np.eye(x.size)
    columns = [(np.array(f(x + e)) - np.array(f(x - e))) / (2 * h) for e in steps]
    return np.stack(columns, axis=-1)


def fresh(f):
    """f, with the arrays that live longer than a call as they were at first."""

    def g(x):
        GLOBAL[:] = 0.0
        HELD.buffer[:] = 0.0
        if f is a_default:
            f.__defaults__[0][:] = 0.0
        return f(x)

    return g


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("f", SHARED)
def test_other_names_see_the_derivative(f, mode):
    g = fresh(f)
    want = differences(g, X)
    value = g(X)
    np.testing.assert_allclose(da.jacobian(g, mode=mode)(X), want, rtol=1e-8, atol=1e-9)
    # What lives longer holds plain values, those that the plain call leaves.
    left = GLOBAL.copy(), HELD.buffer.copy()
    np.testing.assert_array_equal(da.value_and_jacobian(g, mode=mode)(X)[0], value)
    g(X)
    assert type(GLOBAL) is type(HELD.buffer) is np.ndarray
    np.testing.assert_array_equal(left, (GLOBAL, HELD.buffer))


@pytest.mark.parametrize("f", SHARED)
def test_numbers_made_by_hand_are_refused(f):
    # NumPy hides our error behind its own where one element is stored.
    error = ValueError if f is an_element else da.EscapeError
    with pytest.raises(error):
        fresh(f)(da.Dual(X, np.eye(3)))


def kept(x):
    if "c" not in CACHE:
        CACHE["c"] = 2.0 * x
    return CACHE["c"] * x


CACHE = {}


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_a_number_kept_after_its_evaluation_is_refused(mode):
    CACHE.clear()
    jacobian = da.jacobian(kept, mode=mode)
    np.testing.assert_array_equal(jacobian(X), np.diag(4.0 * X))
    for again in (jacobian, da.jacobian(lambda x: CACHE["c"], mode=mode)):
        with pytest.raises(da.LevelError, match="after its evaluation"):
            again(X)
    with pytest.raises(da.LevelError, match="after its evaluation"):
        da.jacobian(np.sin, mode=mode)(CACHE["c"])
