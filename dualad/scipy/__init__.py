"""SciPy's functions that take derivatives, under the same names, with exact derivatives filled in.

``from dualad.scipy import minimize`` in place of ``from scipy.optimize import minimize`` is all.
Names, signatures and docstrings are SciPy's own, read when a function is first asked for; what the
user gives wins; names that take no derivative are SciPy's own objects. `optimize` and `integrate`
have the names of SciPy's modules.

`pair` and `triple` share the evaluations of a function and its derivatives explicitly.
"""

from __future__ import annotations

import importlib

# Each name with SciPy's module and the module here that fills in its derivatives: there it is a
# function of what was given (see `_mirror`), or a class that stands for itself. Imported when asked
# for, as SciPy's modules are.
_OPTIMIZE = {
    "NonlinearConstraint": "._constraints",
    "minimize": "._minimize",
    **dict.fromkeys(("least_squares", "curve_fit", "leastsq"), "._least_squares"),
    **dict.fromkeys(("root", "fsolve", "newton_krylov"), "._root"),
    **dict.fromkeys(("newton", "root_scalar"), "._scalar"),
    **dict.fromkeys(("basinhopping", "dual_annealing"), "._global"),
    **dict.fromkeys(("shgo", "differential_evolution"), "._global"),
    **dict.fromkeys(("fmin_bfgs", "fmin_cg", "fmin_ncg", "fmin_l_bfgs_b"), "._fmin"),
    **dict.fromkeys(("fmin_tnc", "fmin_slsqp", "line_search"), "._fmin"),
}
_INTEGRATE = {
    **dict.fromkeys(("solve_ivp", "odeint"), "._initial"),
    "solve_bvp": "._boundary",
}
_OWN = {"pair": "._shared", "triple": "._shared"}
_NAMESPACES = ("optimize", "integrate")

# Not in the module's own names: tools that read a module (doctest, Sphinx) would take SciPy's
# docstrings for ours.
_made: dict[str, object] = {}

__all__ = [*_OWN, *_OPTIMIZE, *_INTEGRATE, *_NAMESPACES]  # noqa: PLE0604  # names, all of them


def __getattr__(name: str) -> object:
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name in _NAMESPACES:
        return importlib.import_module(f".{name}", __name__)
    if name not in _made:
        if name in _OWN:
            _made[name] = getattr(importlib.import_module(_OWN[name], __name__), name)
        else:
            _made[name] = _found(name)
    return _made[name]


def _found(name: str) -> object:
    """The drop-in of this name, or what SciPy has under it."""
    from ._mirror import mirrored, passed

    for namespace, table in (("optimize", _OPTIMIZE), ("integrate", _INTEGRATE)):
        scipy = importlib.import_module(f"scipy.{namespace}")
        if not hasattr(scipy, name):
            continue
        if name not in table:
            return passed(getattr(scipy, name), name)
        fill = getattr(importlib.import_module(table[name], __name__), name)
        return fill if isinstance(fill, type) else mirrored(getattr(scipy, name), fill, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
