"""Named parameters: containers taken apart into units that vary, each with its names.

A *unit* is what carries a derivative as a whole: a number, an array, a vector as a list, a pandas
Series. A dict, dataclass or namedtuple is made of units; their names are joined by dots, and the
elements of an array unit are told apart by their indices: ``rates.k[0]``.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from .._errors import InputError, InputTypeError, shown
from .._keywords import _near
from .._lift import call_user
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


def _labels(x: Any) -> list[str]:
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
    for label, member in zip(_labels(x), members, strict=True):
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


def _is_constant(x: Any, member: bool) -> bool:
    if x is None or isinstance(x, (str, bool, np.bool_)):
        return True
    return member and isinstance(x, (int, np.integer))


class Inputs:
    """The parameters of a study.

    Parameters
    ----------
    x : object
        As the user gave them.
    wrt : str or sequence of str, optional
        The units that vary; by default all but ints, bools, strings and None in a container.
    names : sequence of str, optional
        Names of the elements of an array.
    what : str
        What messages call them.
    """

    def __init__(
        self,
        x: Any,
        wrt: str | Sequence[str] | None = None,
        names: Sequence[str] | None = None,
        what: str = "params",
    ) -> None:
        self.x, self.what = x, what
        found = list(walk(x))
        self.alone = len(found) == 1 and found[0][0] == ""  # one unit, without a container
        self.units = [Unit(n, v, not _is_constant(v, not self.alone)) for n, v in found]
        self.given = self._checked_names(names, self.alone)
        self._check_twins()
        if wrt is not None:
            self._select([wrt] if isinstance(wrt, str) else list(wrt))
        self.varying = [u for u in self.units if u.varies]
        if not self.varying or not self.size:
            raise InputTypeError(
                f"{what} holds no number that varies: {shown(x)}",
                "floats; ints, bools and strings are constants unless wrt= names them",
            )
        for unit in self.varying:
            check_plain(unit.value, f"{what} {unit.name}".rstrip())

    def _checked_names(self, names: Sequence[str] | None, alone: bool) -> list[str] | None:
        if names is None:
            return None
        given = [str(n) for n in names]
        if not alone:
            raise InputError(
                f"names= is for an array; {self.what} has names of its own: "
                f"{', '.join(u.name for u in self.units[:6])}",
                "leave names= out",
            )
        if len(given) != self.units[0].size:
            raise InputError(
                f"{len(given)} names for {self.units[0].size} parameters", "one name for each"
            )
        if len(set(given)) != len(given):
            raise InputError(f"names= holds a name twice: {shown(given)}", "different names")
        return given

    def _check_twins(self) -> None:
        seen: set[str] = set()
        for unit in self.units:
            if unit.name in seen:
                raise InputError(
                    f"two members of {self.what} have the name {unit.name!r}", "different keys"
                )
            seen.add(unit.name)

    def _select(self, wrt: Sequence[str]) -> None:
        known = [u.name for u in self.units]
        for name in wrt:
            if name not in known or name == "":
                raise unknown_name("wrt", str(name), known, self.what)
        for unit in self.units:
            unit.varies = unit.name in wrt

    @property
    def point(self) -> Any:
        """What is differentiated: the units that vary, by name, ints as floats; or the only one."""
        if self.alone:
            return self.units[0].value
        return {
            u.name: float(u.value) if isinstance(u.value, (int, np.integer)) else u.value
            for u in self.varying
        }

    @property
    def size(self) -> int:
        return sum(u.size for u in self.varying)

    @functools.cached_property
    def names(self) -> list[str]:
        """A name for each element that varies."""
        return [n for u in self.varying for n in u.names(self.given)]

    @property
    def constants(self) -> list[str]:
        """Names of numbers that do not vary."""
        held = (u for u in self.units if not u.varies)
        return [u.name for u in held if isinstance(u.value, (int, float, np.generic, np.ndarray))]

    def numbers(self) -> list[Any]:
        """The values of the units that vary; they may carry derivatives."""
        return [argument(u.value).leaves[0] for u in self.varying]

    def vector(self) -> np.ndarray:
        """The values of all elements that vary; plain."""
        return np.concatenate(
            [np.ravel(np.asarray(primal_unit(u.value), dtype=float)) for u in self.varying]
        )

    def split(self, flat: Any, axis: int = -1) -> list[Any]:
        """Pieces of a flat axis, one for each unit, in its shape."""
        out, start = [], 0
        axis = axis % np.ndim(flat)
        for unit in self.varying:
            index = (slice(None),) * axis + (slice(start, start + unit.size),)
            piece = flat[index]
            shape = np.shape(flat)[:axis] + unit.shape + np.shape(flat)[axis + 1 :]
            out.append(np.reshape(piece, shape)[()])
            start += unit.size
        return out

    def assemble(self, pieces: Sequence[Any]) -> Any:
        """Results, one for each unit that varies, in the container; None for constants."""
        supply = iter(pieces)
        return rebuilt(
            self.x,
            iter(
                [
                    argument(u.value).assemble(iter([next(supply)])) if u.varies else None
                    for u in self.units
                ]
            ),
        )


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


def unknown_name(where: str, name: str, known: Sequence[str], what: str) -> InputError:
    """The error for a name that does not exist."""
    near = _near(name, known)
    few = ", ".join(known[:8]) + (", ..." if len(known) > 8 else "")
    return InputError(
        f"{where}: {what} has no {name!r}; it has {few}",
        repr(near[0]) if near else "one of these names",
    )


# --- the function, called as its signature asks ---------------------------------------------------


class Bound:
    """The user's function of `Inputs.point`.

    Parameters
    ----------
    f : callable
    inputs : Inputs
    unpack : bool, optional
        Call ``f(**params)`` for a dict, ``f(*params)`` for a tuple, list or array; by default as
        f's signature asks, see `unpacks`.
    lead : tuple
        Arguments before the parameters.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        inputs: Inputs,
        unpack: bool | None = None,
        lead: tuple[Any, ...] = (),
    ) -> None:
        if not callable(f):
            raise InputTypeError(
                f"a function is needed, not {shown(f)}", "the function, without calling it"
            )
        self.f, self.lead = f, lead
        self.x, self.units, self.alone = inputs.x, inputs.units, inputs.alone
        self.unpack = unpacks(f, self.x, len(lead)) if unpack is None else bool(unpack)
        if self.unpack and not isinstance(self.x, (dict, tuple, list, np.ndarray)):
            raise InputError(
                f"unpack=True needs a dict, tuple, list or array, not {type(self.x).__name__}",
                "leave unpack= out",
            )
        self.__wrapped__ = f
        self.__name__ = str(getattr(f, "__name__", type(f).__name__))

    @property
    def function(self) -> Callable[..., Any]:
        """What is differentiated: the user's function itself, where it takes the point."""
        return self.f if self.alone and not self.unpack and not self.lead else self

    def __call__(self, point: Any) -> Any:
        if self.alone:
            x = point
        else:
            supply = iter([point[u.name] if u.varies else u.value for u in self.units])
            x = rebuilt(self.x, supply)
        if not self.unpack:
            return call_user(self.f, *self.lead, x)
        if isinstance(x, dict):
            return call_user(functools.partial(self.f, *self.lead, **x))
        return call_user(self.f, *self.lead, *x)


def unpacks(f: Callable[..., Any], x: Any, lead: int = 0) -> bool:
    """Whether f takes the parameters one by one.

    A dict is handed on as keywords where its keys are all names of f's parameters. A tuple, list
    or vector is handed on member by member where f cannot take it as one argument.
    """
    if isinstance(x, np.ndarray) and (x.ndim != 1 or x.size > _MOST_ARGUMENTS):
        return False
    try:
        signature = inspect.signature(f)
    except (TypeError, ValueError):
        return False
    kinds = list(signature.parameters.values())
    before = (None,) * lead
    if isinstance(x, dict):
        names = [p.name for p in kinds if p.kind in _BY_NAME]
        return bool(x) and all(k in names for k in x) and _binds(signature, before, x)
    if not isinstance(x, (tuple, list, np.ndarray)) or hasattr(x, "_fields"):
        return False
    if kinds[lead:] and kinds[lead].kind is inspect.Parameter.VAR_POSITIONAL:
        return True
    if len(x) > len(kinds):
        return False
    many = (*before, *(None for _ in range(len(x))))
    return not _binds(signature, (*before, None), {}) and _binds(signature, many, {})


_MOST_ARGUMENTS = 1000
_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def _binds(signature: inspect.Signature, args: tuple[Any, ...], keywords: dict[str, Any]) -> bool:
    try:
        signature.bind(*args, **keywords)
    except TypeError:
        return False
    return True
