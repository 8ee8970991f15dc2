"""What `custom_jvp` and `custom_vjp` share: a function with a rule, and its row."""

from __future__ import annotations

import functools
import inspect
import sys
import types
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._errors import InputTypeError
from .._evaluate import function_name
from .._numbers import Number
from .._numbers._number import highest
from .._rules._row import Differential
from ._leaves import Build, flatten, is_answer, is_operand, leaves_like, members_of, zeros_of
from ._linear import LinearMap

_UNKNOWN = object()


class Invocation:
    """One call of a function with a rule; the parameters of its node.

    Attributes
    ----------
    args : tuple
        The arguments as they were given; says the containers, and which members are constants.
    build : callable
        From operands to arguments.
    active : tuple of int
        Positions of the operands that carried a derivative in the call.
    answer, rebuild, single
        What the function returned: itself, the way to its container, and whether it is one array.
        Set when the value is first computed.
    residuals
        What `fwd` of a vjp rule has returned for plain arguments, and these.
    map
        The linear map of the rule, or the derivative, and the operands that it belongs to.
    place
        The user's line.
    """

    __slots__ = (
        "active",
        "answer",
        "args",
        "build",
        "map",
        "place",
        "rebuild",
        "residuals",
        "single",
    )

    def __init__(self, args: tuple[Any, ...], build: Callable[[Sequence[Any]], Any]) -> None:
        self.args, self.build = args, build
        self.active: tuple[int, ...] = ()
        self.answer: Any = _UNKNOWN
        self.rebuild: Build = next
        self.single = True
        self.residuals: Any = None
        self.map: tuple[Any, Any] | None = None
        self.place: Any = None

    def keep(self, answer: Any) -> Any:
        """Take the answer apart: the array itself, or a tuple of its leaves."""
        if self.answer is _UNKNOWN:
            leaves, self.rebuild = flatten(answer, is_answer)
            self.single, self.answer = is_answer(answer), answer
        else:  # other values through the same node: a replay, an inner level
            leaves = [answer] if self.single else leaves_like(self.answer, answer, is_answer, "it")
        return leaves[0] if self.single else tuple(leaves)

    def answers(self, y: Any) -> list[Any]:
        """The answer of the row, or its cotangent or tangent, as a list of leaves."""
        return [y] if self.single else list(y)


class RuledFunction:
    """A function with a derivative rule of its own. Called on plain arrays, it is the function.

    Subclasses say what the rule is: `_value`, `_jvp`, `_vjp` are those of a `Differential` row.
    """

    def __init__(self, fun: Callable[..., Any], nondiff_argnums: int | Sequence[int] = ()) -> None:
        if not callable(fun):
            raise InputTypeError(f"{type(self).__name__} decorates a function, not {fun!r}")
        self.__name__ = function_name(fun)
        functools.update_wrapper(self, fun)
        self.fun = fun
        if isinstance(nondiff_argnums, int):
            nondiff_argnums = (nondiff_argnums,)
        self.nondiff_argnums = tuple(nondiff_argnums)
        self._row = Differential(self, self._prepare, self._value, self._jvp, self._vjp)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        args = self._positional(args, keywords)
        operands, params = self._prepare(*args)
        top = highest(operands)
        if top is None:
            return self.fun(*args)
        self._check_rule()
        params.active = tuple(i for i, x in enumerate(operands) if isinstance(x, Number))
        answer = top._array_row(self._row, operands, params)
        return params.rebuild(iter(params.answers(answer)))

    def _prepare(self, *args: Any) -> tuple[tuple[Any, ...], Invocation]:
        """The operands of a call, and everything else."""
        leaves: list[Any] = []
        builds: list[Build] = []
        for i, x in enumerate(args):
            if i in self.nondiff_argnums:
                if _holds_number(x):
                    raise InputTypeError(
                        f"argument {i} of {self.__name__} stands in nondiff_argnums, but carries a "
                        "derivative",
                        f"nondiff_argnums without {i}, or da.primal of the argument",
                    )
                builds.append(_constant(x))
                continue
            found, build = flatten(x, is_operand)
            leaves += found
            builds.append(build)

        def build_all(operands: Sequence[Any]) -> tuple[Any, ...]:
            supply = iter(operands)
            return tuple(build(supply) for build in builds)

        return tuple(leaves), Invocation(args, build_all)

    def _positional(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> tuple[Any, ...]:
        """The arguments in the order of the signature, defaults included, as rules get them."""
        signature = self._signature
        if signature is None or (not keywords and len(args) == len(signature.parameters)):
            if keywords:
                raise InputTypeError(f"{self.__name__} takes positional arguments only")
            return args
        bound = signature.bind(*args, **keywords)
        bound.apply_defaults()  # first: what follows a default is positional, too
        only = [name for name in bound.kwargs if name in keywords]
        if only:
            raise InputTypeError(
                f"{self.__name__} was given keyword-only arguments ({', '.join(only)}), "
                "which a rule does not get",
                "make them ordinary arguments",
            )
        return bound.args

    @functools.cached_property
    def _signature(self) -> inspect.Signature | None:
        if isinstance(self.fun, np.ufunc):  # out= and the like are none of a rule's business
            return None
        try:
            return inspect.signature(self.fun)
        except (TypeError, ValueError):  # a function written in C
            return None

    def _fixed(self, args: Sequence[Any]) -> list[Any]:
        """The arguments of `nondiff_argnums`; rules get them first."""
        return [args[i] for i in self.nondiff_argnums]

    def _varied(self, args: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(x for i, x in enumerate(args) if i not in self.nondiff_argnums)

    def _linear(self, params: Invocation, y: Any, operands: tuple[Any, ...]) -> LinearMap:
        """The linear map of one node, kept while its graph lives."""
        if params.map is None or params.map[0] is not operands:
            params.map = operands, self._make_map(params, y, operands)
        return params.map[1]

    def _from_blocks(self, params: Invocation, y: Any, found: list[Any], k: int) -> Any:
        """Tangents of the leaves of an answer, in the form of the row; zeros for None."""
        pairs = zip(params.answers(y), found, strict=True)
        full = tuple(zeros_of(leaf, k) if t is None else t for leaf, t in pairs)
        return full[0] if params.single else full

    def _to_blocks(self, params: Invocation, y: Any, ct: Any) -> list[Any]:
        """Cotangents of all leaves of an answer; the row gives those up to the last one used."""
        count = len(params.answers(y))
        return [ct] if params.single else [*ct, *[None] * count][:count]

    # What subclasses define.
    def _check_rule(self) -> None:
        raise NotImplementedError

    def _make_map(self, params: Invocation, y: Any, operands: tuple[Any, ...]) -> LinearMap:
        raise NotImplementedError

    def _value(self, params: Invocation, *operands: Any) -> Any:
        return params.keep(self(*params.build(operands)))

    def _jvp(self, params: Any, y: Any, operands: tuple[Any, ...], blocks: tuple[Any, ...]) -> Any:
        raise NotImplementedError

    def _vjp(self, params: Any, y: Any, operands: tuple[Any, ...], ct: Any, i: int) -> Any:
        raise NotImplementedError

    # Python's own protocols.
    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """As a method: bound to the instance, which is a constant argument."""
        return self if instance is None else types.MethodType(self, instance)

    def __reduce__(self) -> str:
        # By reference, as functions pickle.
        return str(vars(self)["__qualname__"])

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.__name__}>"


def _constant(x: Any) -> Build:
    return lambda _leaves: x


def _holds_number(x: Any) -> bool:
    if isinstance(x, Number):
        return True
    found = members_of(x)
    return found is not None and any(_holds_number(m) for m in found[0])


def is_global(x: Any) -> bool:
    """Whether pickle finds x under its module and qualified name."""
    found: Any = sys.modules.get(getattr(x, "__module__", None) or "")
    for name in str(getattr(x, "__qualname__", "")).split("."):
        found = getattr(found, name, None)
    return found is x
