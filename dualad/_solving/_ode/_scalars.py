"""Right-hand sides that compute with scalars alone: duals of Python floats, made for that.

Small systems are written as ``a * y[0] - b * y[0] * y[1]``. There a dual with a NumPy array of
tangents spends its time in starting NumPy. The classes here hold k tangents in k slots. They know
arithmetic, comparisons and the commonest functions; whatever else they meet ends their use: the
right-hand side is called with ordinary duals then, and from then on, also where its own code has
caught the exception. The first call is made both ways, and the answers compared.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..._numbers import Dual, Number
from ._packing import Levels

_MOST = 12  # tangents
_CLOSE = 1e-10  # relative; what both ways may differ by


class _TooMuchError(Exception):
    """Something that is not for these numbers."""


_TEMPLATE = """
class Fast:
    __slots__ = ("v", {quoted})
    __class__ = property(lambda self: FLOAT)  # what isinstance asks: as of an entry of y
    def __init__(self, v, {names}):
        self.v = v
        {sets}
    def row(self):
        return (self.v, {own})
    def scaled(self, v, c):
        return Fast(v, {scaled})
    def __add__(self, o):
        if type(o) is Fast:
            return Fast(self.v + o.v, {add})
        return Fast(self.v + o, {own}) if type(o) in REAL else self.refuse()
    __radd__ = __add__
    def __sub__(self, o):
        if type(o) is Fast:
            return Fast(self.v - o.v, {sub})
        return Fast(self.v - o, {own}) if type(o) in REAL else self.refuse()
    def __rsub__(self, o):
        return self.scaled(o - self.v, -1.0) if type(o) in REAL else self.refuse()
    def __mul__(self, o):
        v = self.v
        if type(o) is Fast:
            w = o.v
            return Fast(v * w, {mul})
        return self.scaled(v * o, o) if type(o) in REAL else self.refuse()
    __rmul__ = __mul__
    def __truediv__(self, o):
        if type(o) is Fast:
            w = o.v
            q = self.v / w
            return Fast(q, {div})
        return self.scaled(self.v / o, 1.0 / o) if type(o) in REAL else self.refuse()
    def __rtruediv__(self, o):
        if type(o) not in REAL:
            return self.refuse()
        q = o / self.v
        return self.scaled(q, -q / self.v)
    def __neg__(self):
        return self.scaled(-self.v, -1.0)
    def __pos__(self):
        return self
    def __pow__(self, o, _modulo=None):
        v = self.v
        if o == 2 and type(o) in REAL:
            return self.scaled(v * v, 2.0 * v)
        if type(o) not in REAL or v <= 0.0:
            return self.refuse()
        return self.scaled(v**o, o * v ** (o - 1))
    def __lt__(self, o): return self.v < value(o)
    def __le__(self, o): return self.v <= value(o)
    def __gt__(self, o): return self.v > value(o)
    def __ge__(self, o): return self.v >= value(o)
    def __bool__(self): return self.v != 0.0
"""


def _function(name: str, slope: Callable[[float, float], float]) -> Any:
    ufunc = getattr(np, name)

    def method(self: Any) -> Any:
        y = float(ufunc(self.v))
        return self.scaled(y, slope(self.v, y))

    return ufunc, method


_FUNCTIONS = dict(
    _function(name, slope)
    for name, slope in {
        "exp": lambda x, y: y,
        "log": lambda x, y: 1.0 / x,
        "sqrt": lambda x, y: 0.5 / y,
        "sin": lambda x, y: float(np.cos(x)),
        "cos": lambda x, y: -float(np.sin(x)),
        "tanh": lambda x, y: 1.0 - y * y,
    }.items()
)
_OPERATORS: dict[Any, tuple[str, str]] = {
    np.add: ("__add__", "__radd__"),
    np.subtract: ("__sub__", "__rsub__"),
    np.multiply: ("__mul__", "__rmul__"),
    np.divide: ("__truediv__", "__rtruediv__"),
}
_REFUSED = (
    "__array__", "__float__", "__int__", "__index__", "__complex__", "__abs__", "__matmul__",
    "__rmatmul__", "__mod__", "__rmod__", "__floordiv__", "__rfloordiv__", "__rpow__", "__round__",
    "__eq__", "__ne__", "__hash__", "__getitem__", "__iter__", "__len__", "__format__", "__str__",
    "__repr__", "__getattr__", "__reduce_ex__", "__array_function__", "__divmod__", "__trunc__",
)  # fmt: skip


class _Run:
    """Whether a call has met something that is too much."""

    __slots__ = ("refused",)

    def __init__(self) -> None:
        self.refused = False

    def refuse(self, *_args: Any, **_keywords: Any) -> Any:
        self.refused = True
        raise _TooMuchError


def _fast_class(k: int, run: _Run) -> Any:
    """A dual of k tangents whose refusals are told to `run`."""
    names = [f"t{i}" for i in range(k)]
    source = _TEMPLATE.format(
        quoted=", ".join(f'"{t}"' for t in names) + ",",
        names=", ".join(names),
        sets="; ".join(f"self.{t} = {t}" for t in names),
        own=", ".join(f"self.{t}" for t in names),
        scaled=", ".join(f"c * self.{t}" for t in names),
        add=", ".join(f"self.{t} + o.{t}" for t in names),
        sub=", ".join(f"self.{t} - o.{t}" for t in names),
        mul=", ".join(f"self.{t} * w + v * o.{t}" for t in names),
        div=", ".join(f"(self.{t} - q * o.{t}) / w" for t in names),
    )
    space: dict[str, Any] = {"REAL": (float, int, np.float64), "FLOAT": np.float64}
    exec(_compiled(source), space)
    kind = space["Fast"]

    def value(o: Any) -> Any:
        if type(o) is kind:
            return o.v
        return o if type(o) in space["REAL"] else run.refuse()

    def array_ufunc(self: Any, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        if method != "__call__" or keywords:
            return run.refuse()
        if ufunc in _FUNCTIONS and len(inputs) == 1:
            return _FUNCTIONS[ufunc](self)
        if ufunc not in _OPERATORS:
            return run.refuse()
        x, y = inputs
        forward, reflected = _OPERATORS[ufunc]
        return getattr(x, forward)(y) if type(x) is kind else getattr(y, reflected)(x)

    space["value"] = value
    kind.refuse = run.refuse
    kind.__array_ufunc__ = array_ufunc
    for name in _REFUSED:
        setattr(kind, name, run.refuse)
    return kind


@functools.lru_cache(maxsize=32)
def _compiled(source: str) -> Any:
    return compile(source, __file__, "exec")


class _Row:
    """A vector of such numbers, of which only the entries can be asked for."""

    __slots__ = ("_items", "_run")

    def __init__(self, items: list[Any], run: _Run) -> None:
        self._items, self._run = items, run

    def __getitem__(self, i: Any) -> Any:
        return self._items[i] if type(i) is int else self._run.refuse()

    @property  # type: ignore[misc]  # object declares an attribute
    def __class__(self) -> type:
        return np.ndarray

    def __iter__(self) -> Any:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __getattr__(self, name: str) -> Any:
        return self._run.refuse()

    def __array__(self, *_args: Any, **_keywords: Any) -> Any:
        return self._run.refuse()

    __array_ufunc__ = __array_function__ = __array__
    for _name in ("add", "sub", "mul", "truediv", "pow", "matmul", "mod", "floordiv"):
        locals()[f"__{_name}__"] = locals()[f"__r{_name}__"] = __array__
    for _name in ("neg", "pos", "abs", "bool", "lt", "le", "gt", "ge", "eq", "ne", "contains"):
        locals()[f"__{_name}__"] = __array__
    for _name in ("setitem", "reversed", "repr", "str", "hash", "format", "reduce_ex", "float"):
        locals()[f"__{_name}__"] = __array__


class ScalarWay:
    """The right-hand side on duals of floats, as long as that works.

    Parameters
    ----------
    closed : Closed
        The user's function and its arguments.
    constants : sequence
        The numbers in place of those that it holds, of `levels`.
    levels : Levels
    """

    def __init__(self, closed: Any, constants: Sequence[Any], levels: Levels) -> None:
        self.run, self.works, self.checked = _Run(), True, False
        self.kind = _fast_class(levels.counts[0] - 1, self.run)
        values = [self._scalar(c, levels) for c in constants]
        # What the user's objects keep of a call is left to the plain solution's calls.
        self.f, self.args = closed.over(values)[0] if constants else closed.root

    def _scalar(self, c: Any, levels: Levels) -> Any:
        rows = levels.unpack(c).astype(float).T
        if rows.ndim == 1:
            return self.kind(*rows.tolist())
        return _Row([self.kind(*row) for row in rows.tolist()], self.run)

    def __call__(self, t: float, full: np.ndarray) -> np.ndarray | None:
        """The answer of shape ``(1 + k, n)``; None where the ordinary way is to be taken."""
        kind = self.kind
        try:
            state = _Row([kind(*row) for row in full.T.tolist()], self.run)
            out = self.f(t, state, *self.args)
            if type(out) in (list, tuple) and len(out) == len(state) and not self.run.refused:
                rows = [x.row() if type(x) is kind else self._constant(x) for x in out]
                return np.array(rows).T
        except Exception:  # noqa: BLE001  # the ordinary way raises what is the user's
            pass
        self.works = False
        return None

    def _constant(self, x: Any) -> Any:
        if type(x) not in (float, int, np.float64):
            return self.run.refuse()
        return (x, *[0.0] * (len(self.kind.__slots__) - 1))

    def agrees(self, fast: np.ndarray, slow: np.ndarray) -> bool:
        """Whether both ways have the same answer; if not, this one ends."""
        self.checked = True
        size = np.max(np.abs(slow), initial=0.0)
        self.works = bool(np.max(np.abs(fast - slow), initial=0.0) <= _CLOSE * size)
        return self.works


def scalar_way(user: Any, constants: Sequence[Any], levels: Levels) -> ScalarWay | None:
    """The way by duals of floats, where the problem is one for it."""
    if len(levels.levels) != 1 or levels.makes[0] is not Dual or not user.complete:
        return None
    if levels.counts[0] - 1 > _MOST or levels.counts[0] < 2:
        return None
    for c in constants:
        if not isinstance(c, Number) or np.ndim(c) > 1 or np.iscomplexobj(levels.unpack(c)):
            return None
    return ScalarWay(user._closed, constants, levels)


__all__ = ["ScalarWay", "scalar_way"]
