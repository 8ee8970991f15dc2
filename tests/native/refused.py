"""Functions whose derivatives are refused; the line to be named ends in ``# here``."""

from __future__ import annotations

import numpy as np
from numba import cfunc, float64, guvectorize, njit, objmode, stencil, types
from numba.experimental import jitclass
from numba.extending import intrinsic, overload
from numba.typed import Dict

from .refused_elsewhere import deep

GLOBAL = np.zeros(3)
TABLE = Dict.empty(types.int64, types.float64)


@jitclass([("v", float64)])
class Box:
    def __init__(self, v):
        self.v = v


@guvectorize(["void(f8[:], f8[:])"], "(n)->(n)")
def squares(a, out):
    for i in range(a.size):
        out[i] = a[i] * a[i]


@cfunc("f8(f8)")
def called_back(a):
    return a * a


@stencil
def differences(a):
    return a[1] - a[-1]


def typed_by_hand(a):
    """Only for floats."""


@overload(typed_by_hand)
def _typed_by_hand(a):
    return (lambda a: a * a) if isinstance(a, types.Float) else None


@intrinsic
def of_doubles(typingctx, a):
    def codegen(context, builder, signature, args):
        return builder.fmul(args[0], args[0])

    return types.float64(types.float64), codegen


@njit
def no_rule(x):
    y = x[0] * x[1]
    return np.kaiser(3, y)[0] * y  # here


@njit
def in_another_file(x):
    y = x[0] * 3.0
    return deep(y) + 1.0


@njit
def integers(x):
    t = np.zeros(2, np.int64)
    t[0] = x[0]  # here
    return t[0] * x[1]


@njit
def outside(x):
    GLOBAL[0] = x[0]  # here
    return GLOBAL[0]


@njit
def field(x):
    b = Box(1.0)
    b.v = x[0]  # here
    return b.v * 2.0


@njit
def python_block(x):
    y = x[0] * 2.0
    with objmode(z="float64"):  # here
        z = float(np.sum(y))
    return z * x[1]


@njit
def generalized(x):
    out = np.zeros(2)
    squares(x, out)  # here
    return out[0]


@njit
def callback(x):
    return called_back(x[0])  # here


@njit
def neighbours(x):
    return np.sum(differences(x))  # here


@njit
def given_dict(x, table):
    table[2] = x[0]  # here
    return table[2]


@njit
def overloaded(x):
    return typed_by_hand(x[0])  # here


@njit
def by_intrinsic(x):
    return of_doubles(x[0])  # here


@njit
def of_set(x):
    s = {x[0], x[1]}  # here
    return len(s) * x[0]


@njit
def reinterpreted(x):
    return x.view(np.int64)[1] * x[0]  # here


@njit
def pointer(x):
    return x.ctypes.data * x[0]  # here


@njit
def misspelt(x):
    y = x[0] * 2.0
    return y + x.nonsense  # here


@njit  # here
def nothing_at_times(x):
    if x[0] > 0.0:
        return None
    return x[0]


# name: (words of the message, further arguments)
CASES = {
    "no_rule": ("no derivative rule for kaiser in compiled code", ()),
    "in_another_file": ("no derivative rule for kaiser in compiled code", ()),
    "integers": ("stored into an array that holds plain floats", ()),
    "outside": ("Numba cannot compile outside itself: no setitem(", ()),
    "field": ("would become a plain float64 here", ()),
    "python_block": ("an objmode block gets a differentiated value", ()),
    "generalized": ("a function of guvectorize gets a differentiated value", ()),
    "callback": ("a function of cfunc gets a differentiated value", ()),
    "neighbours": ("a stencil gets a differentiated array", ()),
    "given_dict": ("stored into a dict that holds plain floats", (TABLE,)),
    "overloaded": ("no derivative rule for typed_by_hand(differentiated float)", ()),
    "by_intrinsic": ("would become a plain float64 here", ()),
    "of_set": ("differentiated numbers are put into a set", ()),
    "reinterpreted": ("the bytes of a differentiated array are asked for by .view()", ()),
    "pointer": ("the memory of a differentiated array is asked for by .ctypes", ()),
    "misspelt": ("Numba cannot compile misspelt itself: Unknown attribute 'nonsense'", ()),
    "nothing_at_times": ("a function that returns OptionalType(differentiated float)", ()),
}
