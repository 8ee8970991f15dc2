"""What dualad relies on and NumPy or Python do not document. Each fact has one test.

Where a release changes one of them this file says which; the tests of the behaviour built on it say
what that costs.
"""

import contextvars
import dis
import operator
import sys
import warnings

import numpy as np
import pytest

import dualad as da
from dualad._numbers import _assign, hush, unhush


class Spy:
    """Writes down what NumPy asks of a foreign object."""

    __array_priority__ = 1.0

    def __init__(self):
        self.asked = []

    def __array_ufunc__(self, ufunc, method, *inputs, **keywords):
        self.asked.append((ufunc, method, inputs, keywords))
        return self

    def __array_function__(self, func, types, args, keywords):
        self.asked.append((func, args, keywords))
        return "answer"


class RefusedError(TypeError):
    """As `EscapeError` is one."""


class Refusing:
    """Refuses to become a float or an array."""

    def __float__(self):
        raise RefusedError("as a float")

    def __array__(self, dtype=None, copy=None):
        raise RefusedError("as an array")


# --- silence -------------------------------------------------------------------------------------


def test_the_private_context_variable_of_errstate():
    from numpy._core.umath import _extobj_contextvar, _make_extobj

    assert isinstance(_extobj_contextvar, contextvars.ContextVar)
    token = _extobj_contextvar.set(_make_extobj(all="ignore"))
    assert set(np.geterr().values()) == {"ignore"}
    _extobj_contextvar.reset(token)
    assert np.geterr()["divide"] != "ignore"


def test_hush_is_errstate_and_ends():
    before = np.geterr()
    token = hush()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isinf(np.float64(1.0) / np.zeros(2)).all()
    unhush(token)
    assert np.geterr() == before


# --- x += number ---------------------------------------------------------------------------------


def test_in_place_operators_hand_over_out_and_bind_the_answer():
    spy = Spy()
    a = plain = np.zeros(3)
    a += spy
    ((ufunc, method, inputs, keywords),) = spy.asked
    assert (ufunc, method) == (np.add, "__call__")
    assert inputs[0] is plain
    assert inputs[1] is spy
    assert keywords["out"][0] is plain
    assert a is spy  # the name has been bound anew, and the array is as it was
    assert not plain.any()


def test_out_arrives_as_a_tuple_however_it_was_given():
    target = np.zeros(3)
    for call in (
        lambda spy: np.add(spy, 1.0, out=target),
        lambda spy: np.add(spy, 1.0, target),
        lambda spy: np.add(spy, 1.0, out=(target,)),
        lambda spy: np.add.reduce(spy, 0, None, target),
    ):
        spy = Spy()
        call(spy)
        assert spy.asked[0][3]["out"] == (target,)
        assert spy.asked[0][3]["out"][0] is target


def test_in_place_matmul_names_its_axes():
    spy = Spy()
    a, b = np.eye(2), np.ones(2)
    a @= spy
    b @= spy
    assert spy.asked[0][3]["axes"] == [(-2, -1), (-2, -1), (-2, -1)]
    assert spy.asked[1][3]["axes"] == [(-1,), (-2, -1), (-1,)]


def test_reference_counts_tell_whether_an_array_has_one_name():
    """`_assign` measures this itself, and refuses every array where it fails."""
    assert da.jacobian(one_name)(np.ones(2)).shape == (2, 2)
    for form in ("in place", "out"):
        assert _assign._alone[form][0] > 0, f"{form}: reference counts say nothing here"
    assert _assign._alone["shared"] == (-1, -1)


def one_name(x):
    a = np.zeros(2)
    a += x
    return a


def test_the_bytecode_of_an_in_place_operator():
    steps = [s for s in dis.get_instructions(one_name) if s.opname not in ("CACHE",)]
    places = [
        i
        for i, s in enumerate(steps)
        if s.opname.startswith("INPLACE_") or (s.opname == "BINARY_OP" and s.argrepr == "+=")
    ]
    assert len(places) == 1
    assert steps[places[0] + 1].opname.startswith("STORE_FAST")


def test_the_frame_of_an_operator_stands_at_its_instruction():
    found = []

    class Here(Spy):
        def __array_ufunc__(self, *_args, **_keywords):
            frame = sys._getframe(1)
            found.append(_assign._form_of(frame.f_code, frame.f_lasti))
            return self

    def f(spy):
        a = np.zeros(1)
        a += spy
        np.add(spy, 1.0, out=np.zeros(1))
        np.add(spy, 1.0, np.zeros(1))
        held = [np.zeros(1)]
        held[0] += spy
        return operator.iadd(np.zeros(1), spy)

    f(Here())
    assert found == ["in place", "out", "shared", "shared", "shared"]


# --- conversions ---------------------------------------------------------------------------------


def test_errors_of_float_are_the_cause_of_numpys_own():
    class Sequence(Refusing):
        def __len__(self):
            return 1

        def __getitem__(self, i):
            return self

    out = np.zeros(3)
    with pytest.raises(RefusedError):
        out[0] = Refusing()
    with pytest.raises(ValueError, match="setting an array element") as caught:
        out[0] = Sequence()  # as numbers are, for NumPy
    assert isinstance(caught.value.__cause__, RefusedError)


@pytest.mark.parametrize(
    "convert",
    [
        np.asarray,
        np.array,
        lambda x: np.array([x, x]),
        lambda x: np.full(3, x),
        lambda x: np.exp([x, x]),
        lambda x: np.ones(3).dot(x),
        lambda x: operator.setitem(np.zeros(3), slice(None), x),
        lambda x: np.arange(0.0, x),
        lambda x: np.ones(3)[x],
    ],
)
def test_array_is_asked_and_its_error_survives(convert):
    with pytest.raises(RefusedError, match="as an array"):
        convert(Refusing())


def test_objects_without_array_become_object_arrays():
    """Why numbers define `__array__` although it only raises."""
    assert np.array([object(), object()]).dtype == object


def test_masked_arrays_take_data_from_an_attribute():
    """Why no number has an attribute `_data`."""

    class Loose:
        _data = np.ones(3)

    assert np.ma.getdata(Loose()) is Loose._data
    for number in (da.Dual(np.ones(2), np.eye(2)), variable()):
        assert not hasattr(number, "_data")
        assert not hasattr(number, "_mask")


def variable():
    found = []
    da.vjp(lambda x: found.append(x) or x, np.ones(2))
    return found[0]


# --- __array_function__ --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call",
    [
        np.shape,
        np.ndim,
        np.size,
        np.zeros_like,
        np.copyto,
        np.linalg.solve,
        np.fft.fft,
        np.einsum,
        np.stack,
        np.concatenate,
        np.where,
        np.may_share_memory,
    ],
)
def test_functions_that_dispatch(call):
    spy = Spy()
    arguments = {
        np.copyto: (spy, 1.0),
        np.linalg.solve: (spy, spy),
        np.einsum: ("i->", spy),
        np.stack: ([spy, spy],),
        np.concatenate: ([spy],),
        np.where: (True, spy, 1.0),
        np.may_share_memory: (spy, spy),
    }.get(call, (spy,))
    assert call(*arguments) == "answer"


def test_like_is_not_handed_on():
    spy = Spy()
    assert np.zeros(3, like=spy) == "answer"
    ((func, args, keywords),) = spy.asked
    assert (func, args, keywords) == (np.zeros, (3,), {})


# --- scalars and arrays without axes -------------------------------------------------------------


def test_what_is_a_scalar_and_what_an_array_without_axes():
    a, zero = np.arange(3.0), np.array(1.0)
    for scalar in (a[0], a.sum(), np.sin(zero), zero + zero, zero * 2.0, zero[()], -zero, a[(1,)]):
        assert not isinstance(scalar, np.ndarray)
    for array in (a[0, ...], a[:1].reshape(()), np.squeeze(a[:1]), zero.copy(), zero.T, zero[...]):
        assert isinstance(array, np.ndarray)


def test_class_answers_for_isinstance_only():
    class Pretends:
        @property
        def __class__(self):
            return np.ndarray

    assert isinstance(Pretends(), np.ndarray)
    assert type(Pretends()) is Pretends


# --- order in memory -----------------------------------------------------------------------------


def test_ravel_copies_what_is_not_contiguous_and_reshape_does_not():
    a = np.arange(6.0)
    assert np.shares_memory(a, a.ravel())
    assert not np.shares_memory(a, a[::2].ravel())
    assert not np.shares_memory(a, a[::2].ravel("K"))
    assert np.shares_memory(a, a[::2].reshape(-1))


def test_copies_and_answers_keep_the_order_that_they_document():
    a = np.arange(6.0).reshape(2, 3).T
    assert a.copy().flags.c_contiguous
    assert np.copy(a).flags.f_contiguous
    assert np.sin(a).flags.f_contiguous
    assert (a * a).flags.f_contiguous
    assert (a * np.ones((3, 2))).flags.c_contiguous
    assert np.sin(a[::-1]).strides == (8, 24)  # never negative


def test_an_integer_beside_an_array_in_an_index_moves_axes():
    """Why value and tangents are written by ``d[0][index]``, not by ``d[(0, *index)]``."""
    d = np.arange(24.0).reshape(2, 3, 4)
    assert d[0][:, [0, 1]].shape == (3, 2)
    assert d[0, :, [0, 1]].shape == (2, 3)


def test_ufunc_at_copies_operands_that_overlap():
    a = np.array([2.0, 3.0, 5.0])
    np.multiply.at(a, [2, 0, -1], a)
    assert a.tolist() == [6.0, 3.0, 50.0]


# --- Python --------------------------------------------------------------------------------------


def test_a_missing_iter_falls_back_to_getitem():
    """Why `__iter__` of a scalar raises when called, and is not hidden as `__len__` is."""

    class Hidden:
        @property
        def __iter__(self):
            raise AttributeError

        def __getitem__(self, i):
            raise IndexError

    assert list(Hidden()) == []


def test_a_property_that_raises_hides_len():
    class Hidden:
        @property
        def __len__(self):
            raise da_error()

    def da_error():
        kind = type("Both", (AttributeError, TypeError), {})
        return kind("no length")

    assert not hasattr(Hidden(), "__len__")
    with pytest.raises(TypeError):
        len(Hidden())
