"""``out=``: the derivative in an array of the caller's."""

from __future__ import annotations

import inspect
from types import FunctionType
from typing import Any

import numpy as np

from ._errors import InputError, InputTypeError, shown
from ._numbers import Number

_F8 = np.dtype(np.float64)


def is_asked(f: Any, keywords: dict[str, Any]) -> bool:
    """Whether ``out=`` among the keywords of a call is meant for the derivative, not for f."""
    if "out" not in keywords:
        return False
    own = getattr(f, "py_func", f)
    if type(own) is FunctionType and not own.__dict__:  # a signature takes 20 us
        code = own.__code__
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        return "out" not in names and not code.co_flags & inspect.CO_VARKEYWORDS
    try:
        parameters = inspect.signature(own).parameters
    except (TypeError, ValueError):  # a built-in function
        return True
    kinds = [p.kind for p in parameters.values()]
    return "out" not in parameters and inspect.Parameter.VAR_KEYWORD not in kinds


def answered(verb: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """What a derivative function answers, its derivative in the arrays given as ``out=``."""
    rest = {name: value for name, value in keywords.items() if name != "out"}
    out = keywords["out"]
    if out is None:
        return verb(*args, **rest)
    shortest = getattr(verb, "_shortest", None)
    if shortest is not None and not rest and _is_apart(out, args):
        done = shortest(args, out)
        if done is not None:
            return done
    done = verb(*args, **rest)
    if getattr(verb, "_with_value", False):
        return done[0], _filled(out, done[1])
    if getattr(verb, "has_aux", False):
        return _filled(out, done[0]), done[1]
    return _filled(out, done)


def _is_apart(out: Any, args: tuple[Any, ...]) -> bool:
    """Whether compiled code may write into `out` while it still reads the arguments."""
    plain = type(out) is np.ndarray and out.dtype == _F8 and out.flags.carray
    return plain and not any(_may_meet(out, a) for a in args)


def _may_meet(out: np.ndarray, x: Any) -> bool:
    """Whether an argument may hold memory of `out`."""
    if isinstance(x, np.ndarray):
        return np.may_share_memory(out, x)
    return not isinstance(x, (int, float, complex, np.generic, str))


def _filled(out: Any, found: Any) -> Any:
    """`out` with the entries of a derivative, which may be a container of arrays."""
    if isinstance(found, Number):
        raise InputTypeError(
            "out= holds plain numbers, and this derivative is differentiated itself", "no out= here"
        )
    if found is None and out is None:
        return None
    if isinstance(found, dict) and isinstance(out, dict) and found.keys() == out.keys():
        for key, part in found.items():
            _filled(out[key], part)
        return out
    lists = isinstance(found, (tuple, list)) and isinstance(out, (tuple, list))
    if lists and len(found) == len(out):
        for own, part in zip(out, found, strict=True):
            _filled(own, part)
        return out
    if not isinstance(found, (np.ndarray, np.generic)) or not isinstance(out, np.ndarray):
        raise InputTypeError(
            f"out={shown(out)} cannot hold this derivative, which is {shown(found)}",
            "arrays in the containers that the call without out= returns",
        )
    if out.shape != found.shape:
        raise InputError(
            f"out has the shape {out.shape}, and the derivative {found.shape}",
            f"np.empty({found.shape})",
        )
    if out.dtype != found.dtype:
        raise InputTypeError(
            f"out has the dtype {out.dtype}, and the derivative {found.dtype}",
            f"np.empty({found.shape}, np.{found.dtype})",
        )
    out[...] = found
    return out
