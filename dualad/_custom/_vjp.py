"""`custom_vjp`: a function with a rule for cotangents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._errors import InputError, NoRuleError
from .._numbers import Number
from ._leaves import is_operand, leaves_like, zeros_of
from ._linear import LinearMap, lanes_of
from ._rule import Invocation, RuledFunction

Forward = Callable[..., tuple[Any, Any]]
Backward = Callable[..., Any]


class custom_vjp(RuledFunction):  # noqa: N801  # a decorator; a class so that it pickles
    """A function whose derivative you give, as a rule for cotangents.

    The rule serves every mode: forward mode transposes it, exactly, by recording `bwd` once in its
    cotangent; a `bwd` that cannot be recorded is called once for each element of the answer.
    Second derivatives differentiate `fwd` and `bwd`.

    Parameters
    ----------
    fun : callable
        Arguments and answer are numbers, arrays, or containers of them.
    nondiff_argnums : tuple of int
        Arguments that are never differentiated (functions, options). `fwd` gets them in their
        places, `bwd` gets them first.

    Raises
    ------
    NoRuleError
        When a derivative is asked for before `defvjp` was called.

    Notes
    -----
    Under differentiation `fwd` runs in place of the function, once. A decorated function at the top
    level of a module pickles, by reference.

    Examples
    --------
    >>> import numpy as np, dualad as da
    >>> @da.custom_vjp
    ... def length(x):
    ...     return np.sqrt(np.sum(x * x))
    >>> def length_fwd(x):
    ...     y = length(x)
    ...     return y, (x, y)
    >>> def length_bwd(residuals, ct):
    ...     x, y = residuals
    ...     return (ct * x / y,)
    >>> length.defvjp(length_fwd, length_bwd)
    >>> da.grad(length)(np.array([3.0, 4.0]))
    array([0.6, 0.8])
    """

    _fwd: Forward | None = None
    _bwd: Backward | None = None

    def defvjp(self, fwd: Forward, bwd: Backward) -> None:
        """Set the rule.

        Parameters
        ----------
        fwd : callable
            ``fwd(*args) -> (out, residuals)``: what the function returns, and whatever `bwd` needs.
        bwd : callable
            ``bwd(residuals, ct) -> tuple``, one cotangent for each argument that is differentiated,
            linear in `ct`; None stands for zero. `ct` is like `out`.
        """
        self._fwd, self._bwd = fwd, bwd

    def _check_rule(self) -> None:
        if self._fwd is None or self._bwd is None:
            raise NoRuleError(
                f"{self.__name__} is a custom_vjp without a rule",
                f"{self.__name__}.defvjp(fwd, bwd) with fwd(*args) -> (out, residuals) and "
                "bwd(residuals, ct) -> cotangents",
            )

    def _value(self, params: Invocation, *operands: Any) -> Any:
        if any(isinstance(x, Number) for x in operands):
            return super()._value(params, *operands)
        out, residuals = self._forward(params.build(operands))
        params.residuals = operands, residuals
        return params.keep(out)

    def _forward(self, args: tuple[Any, ...]) -> tuple[Any, Any]:
        assert self._fwd is not None, "`_check_rule` has seen it"
        pair = self._fwd(*args)
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise InputError(f"fwd of {self.__name__} must return a pair (out, residuals)")
        return pair

    def _residuals(self, params: Invocation, operands: tuple[Any, ...]) -> Any:
        """Those of these operands: kept from the value, unless it was computed for others since."""
        if params.residuals is not None:
            known, residuals = params.residuals
            if all(known[i] is operands[i] for i in params.active):
                return residuals
        return self._forward(params.build(operands))[1]

    def _make_map(self, params: Invocation, y: Any, operands: tuple[Any, ...]) -> LinearMap:
        residuals = self._residuals(params, operands)
        varied = self._varied(params.args)
        fixed = self._fixed(params.args)

        def cotangents(leaves: list[Any]) -> list[Any]:
            ct = params.rebuild(iter(leaves))
            assert self._bwd is not None, "`_check_rule` has seen it"
            found = self._bwd(*fixed, residuals, ct)
            what = f"the answer of bwd of {self.__name__}"
            if not isinstance(found, (tuple, list)):
                raise InputError(f"{what} must be a tuple, one cotangent for each argument")
            return leaves_like(varied, tuple(found), is_operand, what)

        answers = params.answers(y)
        every = range(len(answers))
        return LinearMap(self.__name__, cotangents, answers, operands, every, operands)

    def _jvp(self, params: Any, y: Any, operands: tuple[Any, ...], blocks: tuple[Any, ...]) -> Any:
        k = lanes_of(blocks)
        found = self._linear(params, y, operands).pull(blocks)
        return self._from_blocks(params, y, found, k)

    def _vjp(self, params: Any, y: Any, operands: tuple[Any, ...], ct: Any, i: int) -> Any:
        given = self._to_blocks(params, y, ct)
        found = self._linear(params, y, operands).push(given)[i]
        return zeros_of(operands[i], lanes_of(given)) if found is None else found

    def _transposed_note(self) -> str:
        return f"{self.__name__} has a vjp rule, which forward mode transposes"
