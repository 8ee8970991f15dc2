"""SciPy's solvers for a state with columns: y and its derivatives, each with an error of its own.

The state is a flat array of N columns of n entries, the first of them y. The classes here are
SciPy's own, with two things changed:

- The error of a step is the largest of the columns' norms, where SciPy would take the root mean
  square over everything: N good columns do not hide a bad one.
- The implicit methods' Newton iteration solves with one factorised ``n x n`` matrix for all columns
  at once [1]_: the matrix of the whole is block triangular with equal diagonal blocks. It is
  staggered, y before its derivatives (`_newton`).

References
----------
.. [1] T. Maly, L. Petzold, "Numerical methods and software for sensitivity analysis of
   differential-algebraic systems", Applied Numerical Mathematics 20, 1996; A. Hindmarsh et al.,
   "SUNDIALS", ACM Transactions on Mathematical Software 31, 2005, section 4.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np

from ..._errors import NoRuleError
from ._newton import Corrector

# Up to this size the inverse is used: it takes part in a Newton iteration only, and OpenBLAS starts
# threads for two triangular systems of any size, which costs a hundred times their arithmetic.
_SMALL = 32
_STEP = "_step_impl"  # SciPy's name; not known to the mixins here


def column_norm(x: np.ndarray, n: int, columns: int) -> Any:
    """The largest root mean square of a column; x holds one flat state, or several."""
    squares = np.abs(x.reshape(-1, columns, n))
    squares *= squares
    return np.sqrt(squares.sum(axis=(0, 2)).max() / (x.size / columns))


@functools.cache
def sensitive(method: type) -> type:
    """The class of this SciPy solver for a state with columns.

    Its instances take, beside the solver's own arguments, ``columns`` (N), ``jacobian``, a function
    ``(t, y) -> n x n``, and ``plain``, the right-hand side of y alone, for the implicit methods,
    ``order``, that of the derivatives, and ``tolerances``, the arrays rtol and atol.
    """
    from scipy.integrate import BDF, DOP853, RK23, RK45, Radau

    if issubclass(method, (RK23, RK45, DOP853)):
        mixin: type = _Explicit853 if issubclass(method, DOP853) else _Explicit
    elif issubclass(method, (Radau, BDF)):
        mixin = _Implicit
    else:
        raise NoRuleError(
            f"scipy.integrate.solve_ivp: derivatives through method={method.__name__}",
            "RK23, RK45, DOP853, Radau, BDF, LSODA, or a subclass of these",
        )
    return type(f"Sensitive{method.__name__}", (mixin, method), {})


class _Columns:
    """What the explicit and the implicit methods share."""

    n: int
    rtol: Any
    atol: Any
    columns: int
    size: int

    def _take(self, tolerances: tuple[np.ndarray, np.ndarray]) -> None:
        self.rtol, self.atol = tolerances

    def _norm(self, x: np.ndarray) -> Any:
        return column_norm(x, self.size, self.columns)


class _Explicit(_Columns):
    def __init__(
        self, fun: Any, t0: float, y0: Any, t_bound: float, *, columns: int, jacobian: Any,
        plain: Any, order: int, tolerances: tuple[np.ndarray, np.ndarray], **options: Any,
    ) -> None:  # fmt: skip
        self.columns, self.size = columns, y0.size // columns
        super().__init__(fun, t0, y0, t_bound, **options)  # type: ignore[call-arg]  # the solver's
        self._take(tolerances)

    def _estimate_error_norm(
        self, K: np.ndarray, h: float, scale: np.ndarray
    ) -> float:  # SciPy's name
        return self._norm(self._estimate_error(K, h) / scale)  # type: ignore[attr-defined]  # the solver's


class _Explicit853(_Explicit):
    E5: np.ndarray
    E3: np.ndarray

    def _estimate_error_norm(
        self, K: np.ndarray, h: float, scale: np.ndarray
    ) -> float:  # SciPy's name
        shape = (self.columns, self.size)
        five = np.sum(np.abs((np.dot(K.T, self.E5) / scale).reshape(shape)) ** 2, axis=1)
        three = np.sum(np.abs((np.dot(K.T, self.E3) / scale).reshape(shape)) ** 2, axis=1)
        below = np.sqrt((five + 0.01 * three) * self.size)
        return np.max(abs(h) * five / np.where(below > 0, below, 1.0))


class _Implicit(_Columns):
    def __init__(
        self, fun: Any, t0: float, y0: Any, t_bound: float, *, columns: int, jacobian: Any,
        plain: Any, order: int, tolerances: tuple[np.ndarray, np.ndarray], **options: Any,
    ) -> None:  # fmt: skip
        self.columns, self.size = columns, y0.size // columns
        self._jacobian = jacobian
        super().__init__(fun, t0, y0, t_bound, **options)  # type: ignore[call-arg]  # the solver's
        self._take(tolerances)
        self._factor_blocks()
        step = getattr(type(self), _STEP)
        corrector = Corrector(plain, self.size, columns, order, self._norm, step.__globals__)
        self._step_impl = _with(step, self._norm, corrector).__get__(self)

    def _validate_jac(self, _jac: Any, _sparsity: Any) -> Any:
        """The Jacobian of y alone, which serves every column."""

        def jac(t: float, state: np.ndarray, _f: Any = None) -> Any:
            self.njev += 1
            return self._jacobian(t, state[: self.size])

        from scipy.sparse import eye

        self._first = jac(self.t, self.y)  # type: ignore[attr-defined]  # the solver's
        return jac, eye(self.n, format="csc")  # so that no large dense matrix is made in vain

    njev: int
    nlu: int

    def _factor_blocks(self) -> None:
        """Linear algebra with one ``n x n`` matrix for all columns."""
        from numpy.linalg import inv
        from scipy.linalg import lu_factor, lu_solve
        from scipy.sparse import eye, issparse
        from scipy.sparse.linalg import splu

        self.J = self._first
        sparse = issparse(self.J)
        size = self.size

        def lu(matrix: Any) -> Any:
            self.nlu += 1
            if sparse:
                return splu(matrix.tocsc())
            return inv(matrix) if self.size <= _SMALL else lu_factor(matrix, overwrite_a=True)

        def solve_lu(factors: Any, b: np.ndarray) -> np.ndarray:
            right = b.reshape((-1, size)).T  # of all columns, or of y alone
            if type(factors) is np.ndarray:
                return (factors @ right).T.reshape(-1)
            x = factors.solve(np.ascontiguousarray(right)) if sparse else lu_solve(factors, right)
            return x.T.reshape(-1)

        self.lu, self.solve_lu = lu, solve_lu
        self.I = eye(self.size, format="csc") if sparse else np.identity(self.size)  # SciPy's name


def _with(step: Any, norm: Callable[[np.ndarray], Any], corrector: Corrector) -> Any:
    """SciPy's step with another norm and another Newton iteration."""
    names = dict(step.__globals__)
    names["norm"] = norm
    names["solve_bdf_system"] = corrector.bdf
    names["solve_collocation_system"] = corrector.radau
    return _over(step, names)


def _over(function: Any, names: dict[str, Any]) -> Any:
    """The same function over other globals."""
    new = FunctionType(
        function.__code__, names, function.__name__, function.__defaults__, function.__closure__
    )
    new.__kwdefaults__ = function.__kwdefaults__
    return new


__all__ = ["column_norm", "sensitive"]
