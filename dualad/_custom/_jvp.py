"""`custom_jvp`: a function with a rule for tangents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._errors import InputError, NoRuleError
from ._leaves import is_answer, leaves_like, tangent_like, zeros_of
from ._linear import LinearMap, lanes_of
from ._rule import Invocation, RuledFunction

Rule = Callable[..., tuple[Any, Any]]


class custom_jvp(RuledFunction):  # noqa: N801  # a decorator; a class so that it pickles
    """A function whose derivative you give, as a rule for tangents.

    The rule serves every mode: reverse mode transposes it, exactly, by recording it once in its
    tangents; a rule that cannot be recorded is called once for each element of the arguments.
    Second derivatives differentiate the rule.

    Parameters
    ----------
    fun : callable
        Arguments and answer are numbers, arrays, or containers of them.
    nondiff_argnums : tuple of int
        Arguments that are never differentiated (functions, options). The rule gets them first.

    Raises
    ------
    NoRuleError
        When a derivative is asked for before `defjvp` was called.

    Notes
    -----
    A decorated function at the top level of a module pickles, by reference.

    Examples
    --------
    >>> import numpy as np, dualad as da
    >>> @da.custom_jvp
    ... def log1pexp(x):
    ...     return np.logaddexp(0.0, x)
    >>> @log1pexp.defjvp
    ... def log1pexp_jvp(primals, tangents):
    ...     (x,), (t,) = primals, tangents
    ...     return log1pexp(x), t / (1.0 + np.exp(-x))
    >>> da.grad(log1pexp)(0.0)
    np.float64(0.5)
    """

    _rule: Rule | None = None

    def defjvp(self, jvp: Rule) -> Rule:
        """Set the rule; may be used as a decorator.

        Parameters
        ----------
        jvp : callable
            ``jvp(primals, tangents) -> (out, tangent_out)``. Both are tuples over the arguments;
            tangents of constants are zeros, and None for what is no number. `tangent_out` is like
            `out`, linear in the tangents; None stands for zero.
        """
        self._rule = jvp
        return jvp

    def _check_rule(self) -> None:
        if self._rule is None:
            raise NoRuleError(
                f"{self.__name__} is a custom_jvp without a rule",
                f"{self.__name__}.defjvp(jvp) with jvp(primals, tangents) -> (out, tangent_out)",
            )

    def _make_map(self, params: Invocation, y: Any, operands: tuple[Any, ...]) -> LinearMap:
        args = params.build(operands)
        fixed, primals = self._fixed(args), self._varied(args)

        def tangent(leaves: list[Any]) -> list[Any]:
            supply = iter(leaves)
            tangents = tuple(tangent_like(x, supply) for x in self._varied(params.args))
            assert self._rule is not None, "`_check_rule` has seen it"
            pair = self._rule(*fixed, primals, tangents)
            if not isinstance(pair, tuple) or len(pair) != 2:
                raise InputError(
                    f"the jvp rule of {self.__name__} must return a pair (out, tangent_out)"
                )
            what = f"the tangent that the rule of {self.__name__} returned"
            return leaves_like(params.answer, pair[1], is_answer, what)

        return LinearMap(
            self.__name__, tangent, operands, params.answers(y), params.active, operands
        )

    def _jvp(self, params: Any, y: Any, operands: tuple[Any, ...], blocks: tuple[Any, ...]) -> Any:
        k = lanes_of(blocks)
        found = self._linear(params, y, operands).push(blocks)
        return self._from_blocks(params, y, found, k)

    def _vjp(self, params: Any, y: Any, operands: tuple[Any, ...], ct: Any, i: int) -> Any:
        given = self._to_blocks(params, y, ct)
        found = self._linear(params, y, operands).pull(given)[i]
        return zeros_of(operands[i], lanes_of(given)) if found is None else found

    def _transposed_note(self) -> str:
        return f"{self.__name__} has a jvp rule, which reverse mode transposes"
