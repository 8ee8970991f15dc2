"""`x += number` on ordinary arrays: right where the name alone holds it, refused elsewhere."""

import asyncio
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


# --- forms that work ----------------------------------------------------------------------------


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
