"""What the sources of drivers are compiled with: everything that types and writes derivatives."""

from __future__ import annotations

from typing import Any

from numba import types

from . import _decisions, _results, _seeding, _sizes, _sweeps
from ._dispatch import differentiated
from ._stand_ins import Marker
from ._tape import VarType
from ._types import ADType, DualType, JetType

_KINDS: dict[str, type[ADType]] = {"Dual": DualType, "Jet": JetType, "Var": VarType}
# Names of these modules are those of the drivers' sources, too.
_SHARED = {
    name: value
    for module in (_sweeps, _seeding, _results, _sizes, _decisions)
    for name, value in vars(module).items()
    if not name.startswith("__")
}


def parts(f: Any, kind: tuple[Any, ...], plain: bool) -> dict[str, Any]:
    """The names of a driver's source.

    `kind` is the type of number; `plain`: the source calls f itself, too. Only then f is held,
    since drivers are kept by f.
    """
    ty = _KINDS[kind[0]](types.float64, *kind[1:])
    names = {**_SHARED, "MARKER": Marker(ty), "f": differentiated(f, ty)}
    return names | {"plain_f": f} if plain else names
