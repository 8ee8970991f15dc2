"""Tangents and cotangents, which come in the containers of arguments and answers."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._errors import InputError, InputTypeError, shown
from ._numbers import Number
from ._numbers._number import check_open
from ._trees import _children, _is_scalar, _numbers_only, _rectangular


def matched(template: Any, x: Any, what: str, output: bool = False) -> list[Any]:
    """The leaves of x, in the order of those of the container `template`.

    Parameters
    ----------
    template : object
        An argument, or with `output` an answer of the user's function.
    x : object
        A tangent or cotangent for it.
    what : str
        Its name, for messages.

    Raises
    ------
    InputError
        If x is another container.
    InputTypeError
        If there is something else than numbers where the template has leaves.
    """
    return _matched(template, x, what, output, False)


def _matched(template: Any, x: Any, what: str, output: bool, member: bool) -> list[Any]:
    if isinstance(template, str) or template is None:
        return []
    if member and not output and isinstance(template, (bool, int, np.integer, np.bool_)):
        return []
    members = None if _is_one_leaf(template, output) else _children(template)
    if members is None:
        return [_as_leaf(x, what)]
    pairs = zip(members[0], members_like(template, x, what), strict=True)
    return [leaf for t, m in pairs for leaf in _matched(t, m, what, output, True)]


def _is_one_leaf(template: Any, output: bool) -> bool:
    """Whether a list or tuple is one vector (or matrix)."""
    if not isinstance(template, (list, tuple)) or hasattr(template, "_fields"):
        return False
    if output:
        return all(map(_is_scalar, template)) or _rectangular(template)
    return _numbers_only(template)


def members_like(template: Any, x: Any, what: str) -> list[Any]:
    """The members of x, which must be such a container as the template; dicts in its order."""
    members = None if isinstance(x, Number) else _children(x)
    if isinstance(template, dict):
        if isinstance(x, dict) and x.keys() == template.keys():
            return [x[key] for key in template]
        needed = f"a dict with the keys {shown(list(template))}"
    else:
        count = len(_children(template)[0])  # type: ignore[index]  # it is a container
        if members is not None and not isinstance(x, dict) and len(members[0]) == count:
            return members[0]
        needed = f"a {type(template).__name__} of {count}"
    raise InputError(f"{what} is {shown(x)} where {needed} is needed")


def _as_leaf(x: Any, what: str) -> Any:
    """A tangent or cotangent of one array."""
    if isinstance(x, Number):
        check_open(x)
        return x
    if isinstance(x, (list, tuple)) and any(isinstance(i, Number) for i in x):
        return np.stack(list(x))
    plain = None if isinstance(x, (dict, set, str, bytes)) or x is None else np.asarray(x)
    if plain is None or plain.dtype.kind not in "fcbiu" or isinstance(x, np.ma.MaskedArray):
        raise InputTypeError(f"{what} is {shown(x)} where numbers are needed", "floats")
    return plain
