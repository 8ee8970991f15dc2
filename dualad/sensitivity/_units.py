"""The units of containers of parameters: what carries a derivative as a whole, and its name.

A *unit* is a number, an array, a vector as a list, or a pandas Series. A dict, dataclass or
namedtuple is made of units; their names are joined by dots, and the elements of an array unit are
told apart by their indices: ``rates.k[0]``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .._errors import InputError, InputTypeError
from .._numbers import Number, primal
from .._record import record
from .._trees import _children, _is_pandas, _numbers_only, argument


@record(slots=True)
class Unit:
    """One part of the parameters that carries a derivative as a whole.

    Attributes
    ----------
    name : str
        "" where the parameters are one unit.
    value : object
        As the user gave it.
    varies : bool
    """

    name: str
    value: Any
    varies: bool = True

    @property
    def shape(self) -> tuple[int, ...]:
        if isinstance(self.value, (list, tuple)):
            return (len(self.value),)
        return np.shape(self.value)

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    def names(self, given: Sequence[str] | None = None) -> list[str]:
        """The name of each element."""
        if given is not None:
            return list(given)
        if not self.shape:
            return [self.name or "x"]
        if _is_pandas(self.value):
            axes = [[str(label) for label in axis] for axis in self.value.axes]
            if not self.name and len(axes) == 1:
                return axes[0]
        else:
            axes = [[str(i) for i in range(size)] for size in self.shape]
        rows = [""]
        for axis in axes:
            rows = [f"{row},{label}" if row else label for row in rows for label in axis]
        return [f"{self.name or 'x'}[{row}]" for row in rows]


def is_unit(x: Any) -> bool:
    """Whether x carries a derivative as a whole; a constant is one, too."""
    if isinstance(x, (Number, bool, int, float, complex, str, np.ndarray, np.generic)):
        return True
    if x is None or _is_pandas(x):
        return True
    if isinstance(x, (list, tuple)) and not hasattr(x, "_fields") and _numbers_only(x):
        return True
    return _children(x) is None


def labels_of(x: Any) -> list[str]:
    """The names of a container's members."""
    if isinstance(x, dict):
        return [str(key) for key in x]
    if hasattr(x, "_fields"):
        return list(x._fields)
    if isinstance(x, (list, tuple)):
        return [str(i) for i in range(len(x))]
    import dataclasses  # who has made one has imported it

    return [f.name for f in dataclasses.fields(x) if f.init]


def walk(x: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Names and values of the units of a container, in the order of its members."""
    if is_unit(x):
        yield name, x
        return
    children = _children(x)
    members = [] if children is None else children[0]
    for label, member in zip(labels_of(x), members, strict=True):
        yield from walk(member, f"{name}.{label}" if name else label)


def rebuilt(x: Any, supply: Iterator[Any]) -> Any:
    """The container with other units."""
    if is_unit(x):
        return next(supply)
    children = _children(x)
    if children is None:
        return x
    members, make = children
    return make([rebuilt(member, supply) for member in members])


def is_constant(x: Any, member: bool) -> bool:
    if x is None or isinstance(x, (str, bool, np.bool_)):
        return True
    return member and isinstance(x, (int, np.integer))


def is_all_finite(x: np.ndarray) -> bool:
    """Whether a real array is finite everywhere, without a temporary one."""
    if not x.size:
        return True
    return bool(x.min() > -np.inf and x.max() < np.inf)  # both false for NaN


def check_plain(x: Any, where: str) -> None:
    """Raise where a parameter is complex or not finite."""
    value = np.asarray(primal_unit(x))
    if value.dtype.kind == "f" and is_all_finite(value):
        return
    if value.dtype.kind == "c":
        raise InputTypeError(f"{where} is complex", "its real and imaginary part as two parameters")
    if value.dtype.kind not in "fiub":
        argument(x, where)  # raises, and says what it is
        return
    if not np.isfinite(value).all():
        bad = value if value.ndim == 0 else value[~np.isfinite(value)][0]
        raise InputError(f"{where} is not finite: {bad}", "finite parameters")


def primal_unit(x: Any) -> Any:
    """The plain value of a unit, which may be a list of numbers or a Series."""
    if isinstance(x, (list, tuple)):
        return [primal(i) for i in x]
    return primal(x)
