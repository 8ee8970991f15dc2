"""The public verb derivative: functions of one variable, and elementwise functions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ._assembling import in_dtype
from ._derivatives import Derivative
from ._errors import InputError, InputTypeError, NotElementwiseError
from ._evaluate import Argnums, Call, Pushed, function_name, push, resume_push
from ._keywords import reject_later
from ._native import not_known, quick
from ._numbers import primal
from ._outs import answered, is_asked
from ._products import result_dtype, tidy, zeros_for
from ._quick import forward_number, is_number

_POWERS = np.array([1.0, 2.0, 0.5, 4.0, 0.25, 8.0, 0.125])


class derivative(Derivative):  # noqa: N801  # a function to its users
    """The derivative in one variable, of any order.

    Parameters
    ----------
    f : callable
        A function of a scalar x; or one that maps each element of an array on its own.
    argnum : int
        The argument to differentiate.
    order : int
        1 is the first derivative.

    Returns
    -------
    callable
        For a scalar x an array of shape ``f(x).shape``; for an array x the elementwise derivative.

    Raises
    ------
    NotElementwiseError
        If x is an array and an element of f(x) depends on another element of x, or their shapes
        differ.

    Examples
    --------
    >>> import numpy as np
    >>> derivative(np.sin, order=2)(np.array([0.5, 1.0]))
    array([-0.47942554, -0.84147098])
    """

    _verb = "derivative"

    def __init__(
        self, f: Callable[..., Any], argnum: int = 0, *, order: int = 1, **keywords: Any
    ) -> None:
        if not isinstance(argnum, (int, np.integer)):
            raise InputTypeError(f"derivative takes one argnum, an int; got {argnum!r}")
        if not isinstance(order, (int, np.integer)) or order < 1:
            raise InputError(f"order={order!r}; it must be an int of at least 1")
        reject_later("derivative", {"workers": keywords.pop("workers", None)})
        super().__init__(f, int(argnum), **keywords)
        self.order = int(order)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        if keywords and is_asked(self.f, keywords):
            return answered(self, args, keywords)
        if self._shortest is not None and not keywords:
            if self._shortest is not_known:
                self._shortest = quick().of_number(self)
            done = self._shortest(args)
            if done is not None:
                return done
        elif (
            self._shortest is None
            and self.order == 1
            and self._short
            and is_number(args, self.argnums)
        ):
            return self._at_number(args, keywords)
        g: Callable[..., Any] = self.f
        for _ in range(self.order):
            g = _Once(g, self.argnums, self.has_aux, self.holomorphic)
        return g(*args, **keywords)

    def _at_number(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """The first derivative in one float."""
        position: int = self.argnums  # type: ignore[assignment]  # it always is one
        out, slope, level = forward_number(self.f, args, position, keywords)
        if slope is not None:
            return slope
        call = Call(self.f, args, keywords, position)
        return assembled(resume_push(call, call.take(out), level, lambda: [np.ones(1)]))


def assembled(out: Pushed) -> Any:
    """Derivatives along the first direction, in the container of the answer."""
    results = [
        zeros_for(np.shape(value), value)[()]
        if block is None
        else tidy(in_dtype(block[0], result_dtype(value)))
        for value, block in zip(out.values, out.blocks, strict=True)
    ]
    return out.result.build(iter(results))


class _Once:
    """One derivative; nested for higher orders."""

    def __init__(
        self, f: Callable[..., Any], argnum: Argnums, aux: bool, holomorphic: bool
    ) -> None:
        self.f, self.argnum, self.aux, self.holomorphic = f, argnum, aux, holomorphic

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        call = Call(self.f, args, keywords, self.argnum, self.aux, self.holomorphic)
        if len(call.leaves) != 1:
            raise InputTypeError("derivative takes a scalar or an array", "da.jacobian(f)")
        (x,) = call.leaves
        scalar = np.ndim(x) == 0
        dtype = result_dtype(x)
        if scalar:
            seeds = np.ones((1,), dtype)
        else:
            signs = _signs(np.shape(x))
            seeds = np.stack([np.ones(np.shape(x)), signs]).astype(dtype)
        out = push(call, [seeds])
        if not scalar:
            for value, block in zip(out.values, out.blocks, strict=True):
                self._check(x, value, block, signs)
        answer = assembled(out)
        return (answer, call.aux) if self.aux else answer

    def _check(self, x: Any, value: Any, block: Any, signs: Any) -> None:
        name = function_name(self.f)
        if np.shape(value) != np.shape(x):
            raise NotElementwiseError(
                f"{name} maps shape {np.shape(x)} to {np.shape(value)}, so it is not elementwise",
                "da.jacobian(f)",
            )
        if block is None:
            return
        first, second = primal(block[0]), primal(block[1])
        scaled = first * signs
        # Where one of them leaves the range, or has few digits, they say nothing.
        known = np.isfinite(first) & np.isfinite(second) & np.isfinite(scaled)
        scale = np.abs(np.where(known, first, 0.0)).max(initial=0.0) * 1e-8
        least = max(float(scale), 64.0 * float(np.finfo(scaled.dtype).tiny))
        if not np.allclose(second[known], scaled[known], rtol=1e-8, atol=least):
            raise NotElementwiseError(
                f"an element of {name}(x) depends on other elements of x", "da.jacobian(f)"
            )


def _signs(shape: tuple[int, ...]) -> np.ndarray:
    """Random signs times powers of two, the same ones every time; neighbours always differ.

    Signs alone would be blind to every dependence between elements of one sign. Powers of two
    scale a tangent without rounding.
    """
    size = math.prod(shape)
    signs = np.random.default_rng(7).choice([-1.0, 1.0], size=size)
    return np.reshape(signs * _POWERS[np.arange(size) % _POWERS.size], shape)
