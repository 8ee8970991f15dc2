"""Roots of systems: root, fsolve, fixed_point, and the solvers for large ones.

``F(x, p) = 0`` defines x(p) where the Jacobian is regular. The answer is polished to rounding, then
`implicit` takes the chord steps with numbers. For very large systems no Jacobian is formed: its
products with vectors are exact, and GMRES [1]_ solves, forward and transposed, with the user's
preconditioner where there is one.

References
----------
.. [1] Y. Saad, M. Schultz, "GMRES", SIAM J. Sci. Stat. Comput. 7, 1986; A. Griewank, A. Walther,
   "Evaluating Derivatives", 2nd ed., SIAM 2008, ch. 15.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._errors import InputError, NoRuleError
from .._numbers import Number, primal
from .._numbers._floating import quietly
from ._answers import answer, failed, with_plain
from ._derived import Transposed, directional, flat, value_and_jacobian
from ._given import Given
from ._implicit import check_regular, implicit, order
from ._minima import Minimum, first, sum_of_squares, vector_of
from ._polish import check_near, newton_polished
from ._roots import left_behind
from ._user import UserFunction

LARGE = 3000  # unknowns; more than that, and no Jacobian is formed
_NONLIN = ("broyden1", "broyden2", "anderson", "newton_krylov", "diagbroyden")
_MIXING = ("excitingmixing", "linearmixing")


class System:
    """A system of the user's, of a vector.

    Parameters
    ----------
    user : UserFunction
    root : ndarray
        SciPy's answer, of any shape.
    what : str
        The solver, for errors.
    select : callable, optional
        From the function's answer to the residual.
    fixed_point : bool
        The residual is ``x - f(x)``.
    """

    def __init__(
        self,
        user: UserFunction,
        root: Any,
        what: str,
        select: Callable[[Any], Any] | None = None,
        fixed_point: bool = False,
    ) -> None:
        self.user, self.root, self.what = user, root, what
        self.select, self.fixed_point = select, fixed_point
        self.start = np.array(root).reshape(-1)
        if self.start.dtype.kind == "c":
            raise NoRuleError(
                f"{what} of complex unknowns has no derivative rule",
                "real and imaginary parts as unknowns",
            )
        self.start = self.start.astype(float)

    def residual(self, z: Any, f: Callable[..., Any]) -> Any:
        """F at a flat z, by the user's function with numbers or over plain values."""
        y = f(np.reshape(z, np.shape(self.root))[()])
        y = flat(y if self.select is None else self.select(y))
        if self.fixed_point:
            y = z - y
        if np.shape(y) != np.shape(z):
            raise InputError(
                f"{self.what}: {np.size(primal(y))} equations for {self.start.size} unknowns"
            )
        return y

    def with_numbers(self, z: Any) -> Any:
        return self.residual(z, self.user.number)

    def at_plain(self, z: Any) -> Any:
        return self.residual(z, self.user.at_plain)

    def number(self, preconditioner: Any = None) -> Any:
        """The root as a number of SciPy's value."""
        if self.start.size <= LARGE:
            root = with_plain(quietly(self._dense), self.root)
        else:
            root = with_plain(quietly(self._iterated, preconditioner), self.root)
        return left_behind(self.user.number, root) if isinstance(root, Number) else root

    def _plain_jacobian(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        value, rows = value_and_jacobian(self.at_plain, self.user.f, z, square=True)
        value, rows = np.asarray(primal(value)), np.asarray(primal(rows))
        if not np.all(np.isfinite(rows)):
            implicit(lambda x: x, z, rows, self.what)  # says which entry
        check_regular(rows, self.what)
        return value, rows

    def _dense(self) -> Any:
        def system(z: np.ndarray) -> Any:
            value, rows = self._plain_jacobian(z)
            return value, lambda b: np.linalg.solve(rows, b), lambda v: rows @ v

        z = newton_polished(system, self.start, self.what)
        check_near(z, self.start, self.what)
        return implicit(self.with_numbers, z, self._plain_jacobian(z)[1], self.what)

    def _iterated(self, preconditioner: Any) -> Any:
        from .._scipy._sparse._solve import iterated

        def system(z: np.ndarray) -> Any:
            a, options, gmres = self._operator(z, preconditioner)
            value = np.asarray(primal(self.at_plain(z)))
            return value, lambda b: iterated(a, b, gmres, options, -1), a.matvec

        z = newton_polished(system, self.start, self.what)
        check_near(z, self.start, self.what)
        solve, number = system(z)[1], z
        value = self.with_numbers(z)
        for step in range(order(value)):
            number = number - solve(self.with_numbers(number) if step else value)
        return number

    def _operator(self, z: np.ndarray, preconditioner: Any) -> Any:
        from scipy.sparse.linalg import LinearOperator, gmres

        n = z.size
        kept: list[Transposed] = []

        def backward(w: np.ndarray) -> np.ndarray:
            if not kept:
                kept.append(Transposed(self.at_plain, self.user.f, z))
            return kept[0](np.ravel(w))

        forward = lambda v: directional(self.at_plain, self.user.f, z, np.ravel(v))
        a = LinearOperator((n, n), matvec=forward, rmatvec=backward, dtype=float)
        options = [("restart", min(n, 200)), ("maxiter", 10)]
        if hasattr(preconditioner, "matvec") or hasattr(preconditioner, "shape"):
            options.append(("M", preconditioner))
        return a, tuple(options), gmres


def _fsolve(*args: Any, **keywords: Any) -> Any:
    from scipy.optimize import fsolve

    given = Given(fsolve, args, keywords)
    user = given.user_function("func")
    given.function_of("fprime", user.args)
    wanted, asked = bool(given.get("full_output")), user.met
    if asked:  # then SciPy is to say whether it has converged
        given.set("full_output", 1)
    found = given.call()
    if not user.met:
        return found
    full = wanted or asked
    if full and found[2] != 1:
        raise failed("fsolve", found[3])
    x = System(user, found[0] if full else found, "fsolve").number()
    if not wanted:
        return x
    info = answer(found[1], "fsolve", {"fvec": found[1]["fvec"]}, {})
    return (x, info, *found[2:])


def _root(*args: Any, **keywords: Any) -> Any:
    from scipy.optimize import root

    given = Given(root, args, keywords)
    user = given.user_function("fun")
    given.function_of("jac", user.args)
    found = given.call()
    if not user.met:
        return found
    if not found.success:
        raise failed("root", found.message)
    select = first if given.get("jac") is True else None
    if np.size(found.fun) != np.size(found.x):  # method "lm" minimizes the sum of squares
        f = sum_of_squares(user, select)
        return Minimum(f, [], found.x, "root").result(found, "root", vector_of(user, select))
    inner = ((given.get("options") or {}).get("jac_options") or {}).get("inner_M")
    x = System(user, found.x, "root", select).number(inner)
    # F vanishes at the root whatever the parameters are, so fun stays plain.
    return answer(found, "root", {"x": x, "fun": found.fun}, {})


def _fixed_point(*args: Any, **keywords: Any) -> Any:
    from scipy.optimize import fixed_point

    given = Given(fixed_point, args, keywords)
    user = given.user_function("func")
    found = given.call()
    if not user.met:
        return found
    return System(user, found, "fixed_point", fixed_point=True).number()


def _nonlin(name: str) -> Callable[..., Any]:
    """A stand-in of one of the quasi-Newton solvers; they raise where they do not converge."""

    def standin(*args: Any, **keywords: Any) -> Any:
        from scipy import optimize

        given = Given(getattr(optimize, name), args, keywords)
        user = UserFunction(given.get("F"))
        given.set("F", user)
        found = given.call()
        if not user.met:
            return found
        return System(user, found, name).number(given.get("inner_M"))

    return standin


def standins() -> dict[Any, Callable[..., Any]]:
    """The stand-ins, SciPy imported."""
    from scipy import optimize

    table: dict[Any, Callable[..., Any]] = {
        optimize.root: _root,
        optimize.fsolve: _fsolve,
        optimize.fixed_point: _fixed_point,
    }
    for name in (*_NONLIN, *_MIXING):
        table[getattr(optimize, name)] = _nonlin(name)
    return table


__all__ = ["System", "standins"]
