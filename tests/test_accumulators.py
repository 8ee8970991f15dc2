"""`x += number` on ordinary arrays: right where the name alone holds it, refused elsewhere."""

import asyncio
import functools
import operator
import sys

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


# --- forms that work -----------------------------------------------------------------------------


def local(x):
    a = np.zeros(3)
    a += x * x
    return a


def loop(x):
    a = np.zeros(3)
    for i in range(4):
        a += x * i * x
    return a


def operators(x):
    a, b, c = np.zeros(3), np.full(3, 2.0), np.ones(3)
    a -= x
    b *= x
    b /= x[::-1]
    c **= x
    c %= x[0]
    return a + b + c


def broadcast(x):
    a = np.zeros((2, 3))
    a += x * x
    a *= 2.0
    return a.sum(axis=0)


def of_a_scalar(x):
    a = np.zeros(1)
    a += x[0] * x[1]
    return a * x


def without_axes(x):
    a = np.array(0.0)
    a += x[0] * x[1]
    return a * x


def argument_of_its_own(x):
    return added(np.zeros(3), x * x)


def added(a, x):
    a += x
    return a


def cell_of_its_own(x):
    a = np.zeros(3)

    def get():
        return a

    a += x * x
    return get()


def executed(x):
    space = {"np": np, "x": x}
    exec("a = np.zeros(3)\na += x*x", space)
    return space["a"]


def generated(x):
    def running():
        a = np.zeros(3)
        for i in range(3):
            a += x * i * x
            yield a

    return sum(running())


def awaited(x):
    async def total():
        a = np.zeros(3)
        a += x * x
        return a

    return asyncio.run(total())


def then_shared(x):
    a = np.zeros(3)
    a += x
    b = a
    a += x * x  # a is a number by now, and b the same number
    return b


def in_a_list(x):
    rows = []
    for i in range(3):
        a = np.zeros(3)
        a += x * i * x
        rows.append(a)
    return np.concatenate(rows)


def guarded(x):
    with np.errstate(all="ignore"):
        try:
            if (a := np.zeros(3)) is not None:
                a += x * x
        finally:
            pass
    return a


def fresh_out(x):
    return np.add(x, x * x, out=np.zeros(3))


def fresh_out_where(x):
    return np.divide(1.0, x, out=np.zeros(3), where=x > 2)


def many_names(x):  # more local names than fit into one byte of an instruction
    return MANY["many"](x)


MANY = {}
exec(
    "def many(x):\n"
    + "".join(f"    v{i} = {i}.0\n" for i in range(300))
    + "    a = np.zeros(3)\n    a += x*x\n    return a",
    {"np": np},
    MANY,
)
WORK = (
    local,
    loop,
    operators,
    broadcast,
    of_a_scalar,
    without_axes,
    cell_of_its_own,
    executed,
    generated,
    awaited,
    then_shared,
    in_a_list,
    guarded,
    fresh_out,
    fresh_out_where,
    many_names,
)
if sys.version_info >= (3, 11):  # Python 3.10 keeps arguments of a call alive while it runs
    WORK += (argument_of_its_own,)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("f", WORK)
def test_forms_that_work(f, mode):
    got = da.jacobian(f, mode=mode)(X)
    h = 1e-6
    columns = [(f(X + h * e) - f(X - h * e)) / (2.0 * h) for e in np.eye(3)]
    np.testing.assert_allclose(got, np.stack(columns, axis=-1), rtol=1e-6, atol=1e-7)
    value, _ = da.value_and_jacobian(f, mode=mode)(X)
    assert value.tobytes() == f(X).tobytes()


@pytest.mark.parametrize("f", WORK)
def test_second_derivatives(f):
    reference = da.hessian(lambda x: f(x + 0.0 * x), mode="forward")(X)
    for way in (
        da.hessian(f, mode="reverse"),
        da.jacobian(da.jacobian(f, mode="reverse"), mode="reverse"),
    ):
        np.testing.assert_allclose(way(X), reference, rtol=1e-12, atol=1e-12)


# --- forms that would leave other code with the old array ----------------------------------------


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


REFUSED = (
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


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("f", REFUSED)
def test_forms_that_are_refused(f, mode):
    with pytest.raises(da.EscapeError, match=r"test_accumulators\.py, line "):
        da.jacobian(f, mode=mode)(X)
    assert not GLOBAL.any()
    assert not HELD.buffer.any()


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
