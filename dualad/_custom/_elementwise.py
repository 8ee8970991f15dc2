"""`elementwise`: a scalar function and its derivatives as one that works in every mode."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .._errors import DualadError, InputError, InputTypeError, NoRuleError
from .._evaluate import function_name
from .._numbers import Dual, Level, Number
from .._rules._row import Unary
from ._rule import is_global

Function = Callable[[Any], Any]


class elementwise:  # noqa: N801  # a function to its users; a class so that it pickles
    """A function of one number, with its derivatives, as one that maps arrays in every mode.

    Parameters
    ----------
    f : callable
        The function, of an array or of one number only (``math.erf``): then it is called for each
        element.
    df : callable
        Its derivative, likewise.
    d2f : callable, optional
        Its second derivative; by default taken by differentiating `df`.

    Returns
    -------
    callable
        On plain numbers and arrays it is f.

    Raises
    ------
    NoRuleError
        When a second derivative is asked for, `d2f` was not given, and `df` does not take numbers
        that carry derivatives.

    Notes
    -----
    It pickles when `f`, `df` and `d2f` do, or when it is a global name of its module itself.

    Examples
    --------
    >>> import math
    >>> import numpy as np, dualad as da
    >>> erf = da.elementwise(math.erf, lambda x: 2.0 / np.sqrt(np.pi) * np.exp(-x * x))
    >>> da.derivative(erf)(np.array([0.0, 1.0]))
    array([1.12837917, 0.4151075 ])
    >>> da.derivative(erf, order=2)(1.0)
    np.float64(-0.8302149948...)
    """

    def __init__(self, f: Function, df: Function, d2f: Function | None = None) -> None:
        for name, given in (("f", f), ("df", df), ("d2f", d2f)):
            if not callable(given) and not (name == "d2f" and given is None):
                raise InputTypeError(f"{name} of elementwise must be a function, not {given!r}")
        self.__name__ = self.__qualname__ = function_name(f)
        functools.update_wrapper(self, f)
        self.f, self.df, self.d2f = f, df, d2f
        if d2f is None:
            slope: Function = functools.partial(_mapped, df)
            curvature = functools.partial(_differentiated, df, self.__name__)
        else:
            # The derivative of df is d2f, at every level.
            slope = elementwise(df, d2f)
            curvature = functools.partial(_mapped, d2f)
        name = self.__name__
        self._row = Unary(
            self,
            lambda x, _y: _slope(slope, x, name),
            lambda x, _y, _d: _slope(curvature, x, name),
            at=(1.0,),
        )

    def __call__(self, x: Any) -> Any:
        if isinstance(x, Number):
            return x._unary(self._row, self)
        if isinstance(x, (list, tuple)):
            numbers = any(isinstance(i, Number) for i in x)
            return self(np.stack(list(x)) if numbers else np.asarray(x))
        return _mapped(self.f, x)

    def __reduce__(self) -> Any:
        if is_global(self):
            return self.__qualname__
        return elementwise, (self.f, self.df, self.d2f)

    def __repr__(self) -> str:
        return f"<elementwise {self.__name__}>"


def _mapped(f: Function, x: Any) -> Any:
    """f(x), element by element where f does not take arrays or does not keep their shape."""
    if np.ndim(x) == 0:
        return f(x[()] if type(x) is np.ndarray else x)
    if np.size(x) != 1:  # C functions of one number take an array of one, and return a number
        try:
            y = f(x)
        except DualadError:
            raise
        except (TypeError, ValueError):
            pass
        else:
            if np.shape(y) == np.shape(x):
                return y
            if np.shape(y) != ():
                raise InputError(
                    f"{function_name(f)}, given to elementwise, maps shape {np.shape(x)} to "
                    f"{np.shape(y)}"
                )
    if np.size(x) == 0:
        return x.copy()
    elements = np.reshape(x, (-1,))
    results = [f(elements[i]) for i in range(elements.shape[0])]
    y = np.reshape(np.stack(results), np.shape(x))
    return y.astype(x.dtype) if x.dtype.kind in "fc" and y.dtype.kind == x.dtype.kind else y


def _slope(f: Function, x: Any, name: str) -> Any:
    """A derivative at x, with a clear error where it does not take differentiated numbers."""
    try:
        return f(x)
    except (InputError, NoRuleError):
        raise
    except DualadError as error:
        raise NoRuleError(
            f"the derivative given to elementwise for {name} does not take differentiated numbers, "
            "so it cannot be differentiated again",
            "elementwise(f, df, d2f), or df in NumPy's functions",
        ) from error


def _differentiated(df: Function, name: str, x: Any) -> Any:
    """The derivative of df at x, by a dual number."""
    level = Level((1,))
    dtype = getattr(x, "dtype", None) or np.result_type(x)
    ones = np.ones((1,) + (1,) * np.ndim(x), dtype)
    y = _mapped(df, Dual._make(x, ones, level))
    if level.escape is not None:
        raise level.escape
    if isinstance(y, Number) and y._level is level:
        return y._parts()[0]
    return 0.0
