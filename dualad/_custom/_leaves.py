"""Containers of arguments and answers of user-written rules, taken apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .._errors import InputError
from .._numbers import Number
from .._tangents import members_like
from .._trees import _children

members_of = _children
Build = Callable[[Iterator[Any]], Any]
Test = Callable[[Any], bool]


def is_operand(x: Any) -> bool:
    """Whether an argument, or a member of one, is a number or an array of numbers."""
    if isinstance(x, Number):
        return True
    if isinstance(x, np.ndarray):
        return x.dtype.kind in "biufc"
    return isinstance(x, (float, complex, np.inexact))


def is_answer(x: Any) -> bool:
    """Whether an answer, or a member of one, can carry a derivative."""
    if isinstance(x, Number):
        return True
    if isinstance(x, np.ndarray):
        return x.dtype.kind in "fc"
    return isinstance(x, (float, complex, np.inexact))


def flatten(x: Any, is_leaf: Test) -> tuple[list[Any], Build]:
    """The leaves of x, and the way to build the same container of others."""
    if is_leaf(x):
        return [x], next
    found = members_of(x)
    if found is None:
        return [], lambda _leaves: x
    members, make = found
    parts = [flatten(m, is_leaf) for m in members]
    leaves = [leaf for part, _ in parts for leaf in part]
    return leaves, lambda items: make([build(items) for _, build in parts])


def leaves_like(template: Any, x: Any, is_leaf: Test, what: str) -> list[Any]:
    """The members of x that stand where `template` has leaves; None (zero) where x is None there.

    Raises
    ------
    InputError
        If x has not the container or the shapes of the template.
    """
    if is_leaf(template):
        if x is None:
            return [None]
        if np.shape(x) != np.shape(template):
            raise InputError(f"{what} has shape {np.shape(x)} where {np.shape(template)} is needed")
        return [x]
    found = members_of(template)
    if found is None:
        return []
    members = found[0]
    if x is None:
        return [None] * len(flatten(template, is_leaf)[0])
    pairs = zip(members, members_like(template, x, what), strict=True)
    return [leaf for t, m in pairs for leaf in leaves_like(t, m, is_leaf, what)]


def tangent_like(x: Any, tangents: Iterator[Any]) -> Any:
    """The container x with tangents for its operands; 0.0 for an int, None for other constants."""
    if is_operand(x):
        return next(tangents)
    found = members_of(x)
    if found is None:
        return 0.0 if isinstance(x, (int, np.integer)) else None
    members, make = found
    return make([tangent_like(m, tangents) for m in members])


def zeros_of(x: Any, *lanes: int) -> Any:
    """A zero tangent of a number or an array, or a block of them."""
    dtype = getattr(x, "dtype", None) or np.result_type(x)
    return np.zeros((*lanes, *np.shape(x)), dtype if dtype.kind in "fc" else np.float64)[()]
