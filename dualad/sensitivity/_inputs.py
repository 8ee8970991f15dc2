"""The named parameters of a study, and the user's function of those that vary."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._errors import InputError, InputTypeError, shown
from .._evaluate import function_name
from .._keywords import _near
from .._lift import call_user
from .._trees import argument
from ._units import Unit, check_plain, is_constant, primal_unit, rebuilt, walk


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
        self.units = [Unit(n, v, not is_constant(v, not self.alone)) for n, v in found]
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
        return _unpacks_dict(f, signature, before, x)
    if not isinstance(x, (tuple, list, np.ndarray)) or hasattr(x, "_fields"):
        return False
    if kinds[lead:] and kinds[lead].kind is inspect.Parameter.VAR_POSITIONAL:
        return True
    if len(x) > len(kinds):
        return False
    many = (*before, *(None for _ in range(len(x))))
    return not _binds(signature, (*before, None), {}) and _binds(signature, many, {})


def _unpacks_dict(
    f: Callable[..., Any],
    signature: inspect.Signature,
    before: tuple[Any, ...],
    x: dict[Any, Any],
) -> bool:
    kinds = signature.parameters.values()
    names = [p.name for p in kinds if p.kind in _BY_NAME]
    keywords = {str(k): None for k in x}
    fits = len(keywords) == len(x) and _binds(signature, before, keywords)
    if x and all(k in names for k in x) and fits:
        return True
    if _binds(signature, (*before, None), {}):
        return False  # it takes the dict as it is
    if fits:
        return True  # by **keywords
    for key in x:
        if key not in names:
            raise unknown_name("params", str(key), names[len(before) :], function_name(f))
    lacking = [p.name for p in kinds if p.kind in _BY_NAME and p.default is p.empty]
    lacking = [n for n in lacking[len(before) :] if n not in x]
    raise InputError(
        f"{function_name(f)} needs {', '.join(map(repr, lacking))}, which is not in params",
        "a value for it",
    )


_MOST_ARGUMENTS = 1000
_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def _binds(signature: inspect.Signature, args: tuple[Any, ...], keywords: dict[str, Any]) -> bool:
    try:
        signature.bind(*args, **keywords)
    except TypeError:
        return False
    return True
