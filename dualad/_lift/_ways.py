"""Which functions run lifted: remembered by their code, from the first escape on.

A function runs plainly first, which costs nothing. When it lets a number escape, it is run once
more, lifted, and from then on always. Functions that ask for a type (``type(x) is float``,
``np.isscalar(x)``) would take another branch than with plain numbers without any escape; they are
found by a scan of their code and lifted from the start; so are those that call a solver of SciPy.
"""

from __future__ import annotations

import builtins
import functools
import os
from collections.abc import Callable
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from .._errors import _INTERNAL, EscapeError, _is_internal

PLAIN, LIFTED, THOROUGH = range(3)
LIFTED_CODE: dict[int, CodeType] = {}  # code that is lifted already, by id
_ways: dict[Any, tuple[int, Any]] = {}
_why: dict[Any, str] = {}  # the line of the first escape
_CALL = "__call__"
_DEPTH = 4  # how far the scan follows calls of the user's own functions
_ASK_FOR_TYPES = frozenset({"type", "isscalar"})
# SciPy's solvers that would take numbers, and run their iteration on them; and those written in C
# and Fortran, which print what their callbacks raise: see `_solving`.
_ITERATIONS = frozenset(
    {
        *("bisect", "brenth", "brentq", "newton", "ridder", "root_scalar", "toms748"),
        *("curve_fit", "fsolve", "leastsq", "least_squares", "minimize_scalar", "fixed_point"),
        *("brent", "golden", "fminbound", "fmin", "fmin_bfgs", "newton_krylov", "basinhopping"),
        *("differential_evolution", "dual_annealing", "shgo"),
        *("quad", "dblquad", "tplquad", "nquad", "quad_vec", "cubature", "tanhsinh", "nsum"),
        "qmc_quad",
        *("odeint", "solve_ivp", "solve_bvp"),
    }
)


_COMMON = frozenset({"root", "minimize", "linprog"})  # names that others have, too


class Relift(EscapeError):  # noqa: N818  # no error, unless nobody begins again
    """The evaluation is to be begun once more: its function runs lifted from now on."""

    def __init__(self, escape: EscapeError) -> None:
        Exception.__init__(self, *escape.args)
        self.met, self.instead, self.where = escape.met, escape.instead, escape.where


def retried(evaluate: Callable[..., Any]) -> Callable[..., Any]:
    """`evaluate`, begun once more where the user's function turns out to need lift."""

    @functools.wraps(evaluate)
    def evaluation(*args: Any, **keywords: Any) -> Any:
        try:
            return evaluate(*args, **keywords)
        except Relift:
            pass
        try:
            return evaluate(*args, **keywords)
        except Relift:
            pass
        # Thoroughly; not inside an `except`, which would hang its error on this one's.
        return evaluate(*args, **keywords)

    return evaluation


def way_of(f: Any) -> int:
    """How f runs: PLAIN, LIFTED, or THOROUGH (with the operators of the user's classes)."""
    if type(f) is FunctionType:
        known = _ways.get(id(f.__code__))
        if known is not None:
            return known[0]
    return _first_sight(f)


def lift_instead(f: Any, escape: EscapeError) -> None:
    """Remember that f runs lifted, and raise `Relift`; return where that would not help."""
    way = way_of(f)
    if way == THOROUGH:
        return
    key, kept = _key(f)
    _ways[key] = way + 1, kept
    _why[key] = escape.where
    for level in escape.levels:
        if level.escape is escape:
            level.escape = None
    raise Relift(escape) from escape


def why_lifted(f: Any) -> str:
    """The line that made f run lifted, or what was found in its code; "" where it runs plainly."""
    if not way_of(f):
        return ""
    return _why.get(_key(f)[0], "type(x), np.isscalar or a solver of SciPy in its code")


def _first_sight(f: Any) -> int:
    key, kept = _key(f)
    known = _ways.get(key)
    if known is None:
        function = underlying(f)
        asks = type(function) is FunctionType and (
            id(function.__code__) in LIFTED_CODE or _asks_for_types(function, _DEPTH, set())
        )
        known = _ways[key] = LIFTED if asks else PLAIN, kept
    return known[0]


def underlying(f: Any) -> Any:
    """The Python function that runs when f is called, as far as that can be seen."""
    for _ in range(10):
        if isinstance(f, MethodType):
            f = f.__func__
        elif isinstance(f, functools.partial):
            f = f.func
        elif type(f) is not FunctionType and hasattr(f, "__wrapped__"):
            f = f.__wrapped__
        elif type(f) is FunctionType or isinstance(f, (BuiltinFunctionType, type)):
            return f
        else:
            method = getattr(type(f), _CALL, None)
            return method if type(method) is FunctionType else f
    return f


def _key(f: Any) -> tuple[Any, Any]:
    """What f is remembered by, and what must be kept alive for that."""
    function = underlying(f)
    if type(function) is FunctionType:
        return id(function.__code__), function.__code__
    if isinstance(function, BuiltinFunctionType):
        owner = function.__self__
        module = owner if isinstance(owner, ModuleType) else type(owner)
        return (getattr(module, "__name__", ""), function.__name__), None
    kind = function if isinstance(function, type) else type(function)
    return id(kind), kind


def is_user_code(filename: str) -> bool:
    """Whether a file belongs to the user rather than to dualad, NumPy, SciPy or Python."""
    internal = _INTERNAL.get(filename)
    if not (_is_internal(filename) if internal is None else internal):
        return True
    return filename.endswith(_OPEN)


def made_by_scipy(g: FunctionType) -> bool:
    """Whether SciPy has made g with ``exec``, as `scipy.optimize.broyden1` and its kin."""
    file, module = g.__code__.co_filename, g.__module__ or ""
    return file == "<string>" and module.startswith("scipy.")


# NumPy's polynomials are Python code on arrays, which can be lifted as the user's own.
_OPEN = tuple(
    os.path.join("numpy", *path)
    for path in (
        *(("polynomial", f"{name}.py") for name in (
            "_polybase", "chebyshev", "hermite", "hermite_e", "laguerre", "legendre", "polynomial",
            "polyutils",
        )),
        ("lib", "_polynomial_impl.py"),
    )
)  # fmt: skip


def _asks_for_types(function: FunctionType, depth: int, seen: set[int]) -> bool:
    """Whether `function`, or what it calls of the user's, compares types or calls a solver."""
    code = function.__code__
    if id(code) in seen or not is_user_code(code.co_filename):
        return False
    seen.add(id(code))
    spaces = function.__globals__
    names = _names(code)
    solvers = _ITERATIONS | _COMMON if _sees_optimize(names, spaces) else _ITERATIONS
    for name in names:
        found = spaces.get(name)
        if name in _ASK_FOR_TYPES and found in (None, getattr(builtins, name, None)):
            return True
        if name in solvers and (found is None or _of_scipy(found)):
            return True
        if name in _COMMON and found is not None and _of_scipy(found):
            return True
        if depth and type(found) is FunctionType and _asks_for_types(found, depth - 1, seen):
            return True
    return False


def _sees_optimize(names: set[str], spaces: dict[str, Any]) -> bool:
    """Whether scipy.optimize is among the names, under another one perhaps."""
    if "optimize" in names or "scipy.optimize" in names:
        return True
    modules = (found for found in map(spaces.get, names) if type(found) is ModuleType)
    return any(module.__name__ == "scipy.optimize" for module in modules)


def _of_scipy(function: Any) -> bool:
    return str(getattr(function, "__module__", "")).startswith("scipy")


def _names(code: CodeType) -> set[str]:
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            names |= _names(constant)
    return names


__all__ = [
    "LIFTED_CODE",
    "THOROUGH",
    "Relift",
    "is_user_code",
    "lift_instead",
    "made_by_scipy",
    "retried",
    "underlying",
    "way_of",
    "why_lifted",
]
