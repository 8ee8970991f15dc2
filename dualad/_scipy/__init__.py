"""Rules for SciPy's functions, by SciPy's subpackages; each is loaded when it is first met.

SciPy's ufuncs send numbers to ``__array_ufunc__`` and so find their rows by themselves. All other
functions of SciPy would ask a number for a plain array. A module here has, for them, a *stand-in*:
a function that takes the same arguments, numbers among them. Lifted code calls the stand-in where
an argument is a number. A module has two names:

``ROWS``
    Rows of the table: of ufuncs, and of functions made by `_rules._dispatch.dispatched`.
``STANDINS``
    From a public function of SciPy, a class or an unbound method, to its stand-in. That of a class
    takes the arguments of its constructor and answers an object with the same methods. That of a
    method takes the instance first; an instance that is called is the method ``__call__`` of its
    class (``CubicSpline.__call__``), the function of a class method gets the class.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from importlib import import_module
from types import BuiltinMethodType
from typing import Any

from .._rules._registry import EXTRA, register

_MODULES = {
    "special": "_special",
    "linalg": "_linalg",
    "fft": "_fft",
    "signal": "_signal",
    "ndimage": "_ndimage",
    "interpolate": "_interpolate",
    "integrate": "_integrate",
    "stats": "_stats",
    "sparse": "_sparse",
}
_loaded: dict[str, dict[Any, Callable[..., Any]]] = {}


def _load(part: str) -> dict[Any, Callable[..., Any]]:
    """The stand-ins of one subpackage of SciPy; registers its rows the first time."""
    standins = _loaded.get(part)
    if standins is None:
        module = import_module(f".{_MODULES[part]}", __name__)
        if part not in _loaded:
            register(module.ROWS)
        standins = _loaded[part] = dict(module.STANDINS)
    return standins


def row_of_ufunc(ufunc: Any) -> Any:
    """The row of a ufunc of `scipy.special`, or None."""
    if "scipy.special" in sys.modules and "special" not in _loaded:
        _load("special")
    return EXTRA.get(ufunc)


def standin(function: Any) -> Callable[..., Any] | None:
    """What to call in place of a function of SciPy, of a class or of a method; None if unknown."""
    module = getattr(function, "__module__", None)
    if module is None and getattr(function, "__objclass__", type).__name__ == "SuperLU":
        module = "scipy.sparse"  # a method written in C, whose class does not say where it is from
    if not isinstance(module, str) or not module.startswith("scipy."):
        return None
    part = module.split(".")[1]
    return _load(part).get(function) if part in _MODULES else None


def bound_standin(function: Any) -> Callable[..., Any] | None:
    """What to call in place of a bound method, or of an instance that is called; None if unknown.

    Parameters
    ----------
    function : object
        ``spline.derivative``, ``scipy.stats.norm.logpdf``, or the instance ``spline`` itself.

    Returns
    -------
    callable or None
        Takes the arguments of the call, numbers among them.
    """
    method = getattr(function, "__func__", None)
    if type(function) is BuiltinMethodType:
        owner = function.__self__
        method = getattr(type(owner), function.__name__, None)
    elif method is None:
        owner, method = function, type(function).__call__ if callable(function) else None
    else:
        owner = function.__self__
    found = standin(method)
    return None if found is None else functools.partial(found, owner)


def operator_standin(name: str, reflected: str, x: Any, y: Any) -> Callable[[], Any] | None:
    """The answer of an operator between an object of SciPy's and a number, to be called.

    Parameters
    ----------
    name, reflected : str
        ``"__matmul__"`` and ``"__rmatmul__"``.
    x, y : object
        The operands, one of which is or holds a number.

    Returns
    -------
    callable or None
        None where neither class of SciPy's has a stand-in.
    """
    for owner, other, method in ((x, y, name), (y, x, reflected)):
        if type(owner).__module__.startswith("scipy."):
            found = standin(getattr(type(owner), method, None))
            if found is not None:
                return functools.partial(found, owner, other)
    return None
