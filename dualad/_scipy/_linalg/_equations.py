"""Matrix equations: Sylvester, Lyapunov and Riccati.

A X + X B = Q and X = A X A^H + Q are linear in X, so a change of X solves the same equation. The
Riccati equations are differentiated through the chord method: from the solution X0, a constant,
each step X <- X - L^-1 F(X) with the constant linearization L gains one order of derivatives (A.
Griewank, A. Walther, "Evaluating Derivatives", SIAM 2008, chapter 15).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg

from ..._rules._contract import adjoint, align, unbroadcast
from ..._rules._dispatch import dispatched
from ..._rules._row import Differential
from .._plain import array, is_number, primal, primal_call
from .._standins import Standins, no_rule

Operands = tuple[Any, ...]
ALL = Standins()


# --- Sylvester ---------------------------------------------------------------------------------


def _by_schur(a: Any, b: Any, q: Any) -> Any:
    """Bartels and Stewart's method for a stack of right-hand sides."""
    kind = "complex" if any(np.iscomplexobj(x) for x in (a, b, q)) else "real"
    r, u = scipy.linalg.schur(a, output=kind)
    s, v = scipy.linalg.schur(b.conj().T, output=kind)
    f = np.matmul(np.matmul(u.conj().T, q), v)
    (trsyl,) = scipy.linalg.get_lapack_funcs(("trsyl",), (r, s, f))
    trans = "T" if kind == "real" else "C"
    flat = f.reshape((-1, *f.shape[-2:]))
    solved = np.empty_like(flat)
    for i, part in enumerate(flat):
        y, scale, info = trsyl(r, s, part, tranb=trans)
        if info < 0:
            raise np.linalg.LinAlgError(f"Illegal value encountered in the {-info} term")
        solved[i] = scale * y
    return np.matmul(np.matmul(u, solved.reshape(f.shape)), v.conj().T)


@dispatched
def sylvester(a: Any, b: Any, q: Any) -> Any:
    """X of A X + X B = Q, also for a stack of Q."""
    if q.size == 0:
        return np.zeros(q.shape, np.result_type(a, b, q))
    if a.ndim == b.ndim == 2:
        return _by_schur(a, b, q)
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2], q.shape[:-2])
    a, b, q = (np.broadcast_to(x, batch + x.shape[-2:]) for x in (a, b, q))
    return np.stack([_by_schur(a[i], b[i], q[i]) for i in np.ndindex(batch)]).reshape(q.shape)


def _sylvester_prepare(a: Any, b: Any, q: Any) -> tuple[Operands, tuple[()]]:
    return (a, b, q), ()


def _plus(total: Any, term: Any) -> Any:
    return term if total is None else total + term


def _sylvester_jvp(_params: Any, y: Any, operands: Operands, blocks: Operands) -> Any:
    a, b, q = operands
    da, db, dq = blocks
    right: Any = None
    if dq is not None:
        right = align(dq, y.ndim - q.ndim)
    if da is not None:
        right = _plus(right, -np.matmul(align(da, y.ndim - a.ndim), y))
    if db is not None:
        right = _plus(right, -np.matmul(y, align(db, y.ndim - b.ndim)))
    return sylvester(a, b, right)


def _sylvester_vjp(_params: Any, y: Any, operands: Operands, ct: Any, i: int) -> Any:
    z = sylvester(adjoint(operands[0]), adjoint(operands[1]), ct)
    if i == 0:
        z = -np.matmul(z, adjoint(y))
    elif i == 1:
        z = -np.matmul(adjoint(y), z)
    return unbroadcast(z, operands[i].shape)


ALL.rows.append(
    Differential(
        sylvester,
        _sylvester_prepare,
        lambda _, a, b, q: sylvester(a, b, q),
        _sylvester_jvp,
        _sylvester_vjp,
    )
)


def _solve_sylvester(a: Any, b: Any, q: Any) -> Any:
    return sylvester(array(a), array(b), array(q))


def _solve_continuous_lyapunov(a: Any, q: Any) -> Any:
    a = array(a)
    return sylvester(a, adjoint(a), array(q))


ALL.composed(scipy.linalg.solve_sylvester, _solve_sylvester)
ALL.composed(scipy.linalg.solve_continuous_lyapunov, _solve_continuous_lyapunov)


# --- Stein -------------------------------------------------------------------------------------


@dispatched
def stein(a: Any, q: Any) -> Any:
    """X of X = A X A^H + Q, also for a stack of Q."""
    if q.size == 0:
        return np.zeros(q.shape, np.result_type(a, q))
    batch = np.broadcast_shapes(a.shape[:-2], q.shape[:-2])
    a, q = (np.broadcast_to(x, batch + x.shape[-2:]) for x in (a, q))
    solved = [scipy.linalg.solve_discrete_lyapunov(a[i], q[i]) for i in np.ndindex(batch)]
    return np.stack(solved).reshape(q.shape)


def _stein_jvp(_params: Any, y: Any, operands: Operands, blocks: Operands) -> Any:
    a, q = operands
    da, dq = blocks
    right: Any = None
    if dq is not None:
        right = align(dq, y.ndim - q.ndim)
    if da is not None:
        da = align(da, y.ndim - a.ndim)
        right = _plus(right, np.matmul(np.matmul(da, y), adjoint(a)))
        right = right + np.matmul(np.matmul(a, y), adjoint(da))
    return stein(a, right)


def _stein_vjp(_params: Any, y: Any, operands: Operands, ct: Any, i: int) -> Any:
    a = operands[0]
    z = stein(adjoint(a), ct)
    if i == 0:
        zh, yh = adjoint(z), adjoint(y)
        z = np.matmul(np.matmul(z, a), yh) + np.matmul(np.matmul(zh, a), y)
    return unbroadcast(z, operands[i].shape)


ALL.rows.append(
    Differential(
        stein, lambda a, q: ((a, q), ()), lambda _, a, q: stein(a, q), _stein_jvp, _stein_vjp
    )
)


def _solve_discrete_lyapunov(a: Any, q: Any, method: Any = None) -> Any:
    return stein(array(a), array(q))


ALL.composed(scipy.linalg.solve_discrete_lyapunov, _solve_discrete_lyapunov)


# --- Riccati -----------------------------------------------------------------------------------


def _orders(*operands: Any) -> int:
    """At least the number of derivatives that will be taken."""
    levels = set()
    for x in operands:
        while is_number(x):
            levels.add(id(x._level))
            x = x._value
    return 2 * len(levels)  # hyper-duals, and graphs that are differentiated along a direction


def _matrices(a: Any, b: Any, q: Any, r: Any, e: Any, s: Any) -> Operands:
    a, b, q, r = (_square(array(x)) for x in (a, b, q, r))
    e = np.eye(a.shape[-1]) if e is None else _square(array(e))
    s = np.zeros(b.shape) if s is None else _square(array(s))
    return a, b, q, r, e, s


def _square(x: Any) -> Any:
    return x if x.ndim >= 2 else np.reshape(x, (1, -1))


def _feedback(x: Any, operands: Operands, discrete: bool) -> tuple[Any, Any]:
    """(K, the matrix that multiplies K from the left in the equation)."""
    a, b, _, r, e, s = operands
    bx = np.matmul(adjoint(b), x)
    if discrete:
        right = np.matmul(bx, a) + adjoint(s)
        return np.linalg.solve(r + np.matmul(bx, b), right), adjoint(right)
    right = np.matmul(bx, e) + adjoint(s)
    return np.linalg.solve(r, right), adjoint(right)


def _residual(x: Any, operands: Operands, discrete: bool) -> Any:
    a, _, q, _, e, _ = operands
    k, left = _feedback(x, operands, discrete)
    if discrete:
        linear = np.matmul(np.matmul(adjoint(a), x), a) - np.matmul(np.matmul(adjoint(e), x), e)
    else:
        half = np.matmul(np.matmul(adjoint(e), x), a)
        linear = half + adjoint(half)
    return linear - np.matmul(left, k) + q


def _refuse_wrong(fn: Any, x: Any, operands: Operands, discrete: bool) -> None:
    """SciPy's answers with e= and balanced=True may be no solutions."""
    rest = np.max(np.abs(_residual(x, operands, discrete)), initial=0.0)
    size = [np.max(np.abs(p), initial=1.0) for p in operands]
    if rest > 1e-6 * size[0] * size[4] * (1.0 + np.max(np.abs(x), initial=0.0)) * size[2]:
        no_rule(fn, "where SciPy's answer does not solve the equation", "balanced=False")


def _riccati(fn: Any, discrete: bool) -> Any:
    def body(
        a: Any, b: Any, q: Any, r: Any, e: Any = None, s: Any = None, balanced: bool = True
    ) -> Any:
        operands = _matrices(a, b, q, r, e, s)
        x = constant = primal_call(fn, a, b, q, r, e=e, s=s, balanced=balanced)
        fixed = tuple(primal(p) for p in operands)
        _refuse_wrong(fn, constant, fixed, discrete)
        inverse = np.linalg.inv(fixed[4])
        closed = np.matmul(fixed[0] - fixed[1] @ _feedback(constant, fixed, discrete)[0], inverse)
        for _ in range(_orders(*operands)):
            f = _residual(x, operands, discrete)
            f = np.matmul(np.matmul(adjoint(inverse), f), inverse)
            x = x + (
                stein(adjoint(closed), f) if discrete else sylvester(adjoint(closed), closed, -f)
            )
        return x

    return body


ALL.composed(scipy.linalg.solve_continuous_are, _riccati(scipy.linalg.solve_continuous_are, False))
ALL.composed(scipy.linalg.solve_discrete_are, _riccati(scipy.linalg.solve_discrete_are, True))
