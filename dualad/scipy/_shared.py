"""Values and derivatives of one point from one evaluation, for solvers that ask for them apart.

A solver calls ``fun(x)`` and later ``jac(x)``. A `Shared` function remembers the last few points by
the exact bits of x and of the arguments, for as long as it lives: one call of a function of
`dualad.scipy`, or a `pair` of the user's own.
"""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from .._derivatives import jacobian
from .._evaluate import function_name
from .._gradients import grad
from .._hessian import hessian
from .._keywords import check_options
from .._numbers import primal
from .._numbers._number import holds_number
from .._operators import hvp
from ._mirror import NumberMet
from ._points import Evaluation, Task, Weighted

POINTS = 8  # remembered; a solver comes back to the point before a few rejected steps
ELEMENTS = 2**22  # of recordings and Jacobians together, beside those of the newest point


def bits(x: Any) -> Any:
    """What x is remembered by: type and bits of numbers and arrays, the identity of all else."""
    if type(x) is np.ndarray and x.dtype.kind != "O":
        return (x.dtype.str, x.shape, x.tobytes())
    if isinstance(x, (float, np.generic)):
        return (type(x), np.asarray(x).tobytes())
    if x is None or isinstance(x, (bool, int, str, bytes, complex)):
        return (type(x), repr(x) if isinstance(x, complex) else x)
    if isinstance(x, (list, tuple)):
        return (type(x), *map(bits, x))
    if isinstance(x, dict):
        return (type(x), *((bits(k), bits(v)) for k, v in x.items()))
    return (type(x), id(x))


class Point:
    """What is known at one point: nothing yet, a plain value, or an evaluation."""

    __slots__ = ("_weight", "alive", "evaluation", "lock", "plain")

    def __init__(self, alive: Any) -> None:
        self.alive = alive  # the arguments: no id is used twice while they live
        self.lock = threading.RLock()
        self.evaluation: Evaluation | None = None
        self.plain: tuple[Any] | None = None
        self._weight = -1

    def weight(self) -> int:
        """About how many numbers it keeps alive, once it is no longer the newest."""
        if self._weight < 0:
            self._weight = 0 if self.evaluation is None else self.evaluation.weight()
        return self._weight


class Shared:
    """A function and its derivatives, each point evaluated once.

    Safe under threads: one that asks for a point that another evaluates waits for it.

    Parameters
    ----------
    task : Task
        The function, and how it is evaluated.
    inner : bool
        Inside a function of `dualad.scipy`: numbers of an outer derivative raise `NumberMet`.
        Otherwise they pass through, and nothing of such a call is remembered.
    sparing : bool
        For solvers that ask for values alone most of the time: a value is computed plainly unless
        the derivative of the point before it was asked for.
    """

    def __init__(self, task: Task, inner: bool = False, sparing: bool = False) -> None:
        self.task, self.inner, self.sparing = task, inner, sparing
        self.evaluations = 0  # of f, values alone among them
        self.asked = False
        self._points: OrderedDict[Any, Point] = OrderedDict()
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        del state["_lock"], state["_points"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._points, self._lock = OrderedDict(), threading.Lock()

    def forget(self) -> None:
        """Forget all points, for a function that closes over something that has changed."""
        with self._lock:
            self._points.clear()

    def _key(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        if not self.inner:
            return bits((args, keywords))
        # A solver hands the same extra arguments on every time: data, perhaps much of it.
        a = self.task.argnums
        if len(args) == 1 and not keywords:
            return bits(args[0])
        varied = (a,) if isinstance(a, int) else a
        rest = [id(x) for i, x in enumerate(args) if i not in varied]
        return (*(bits(args[i]) for i in varied), *rest, *map(id, keywords.values()))

    def _point(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> Point:
        key = self._key(args, keywords)
        with self._lock:
            point = self._points.get(key)
            if point is None:
                self._shrink()
                point = self._points[key] = Point((args, keywords))
            return point

    def _shrink(self) -> None:
        """Let go of the oldest points; the newest before this one always stays."""
        total = 0
        for i, (key, point) in enumerate(reversed(list(self._points.items()))):
            total += point.weight() if i else 0
            if i >= POINTS - 1 or total > ELEMENTS:
                del self._points[key]

    def evaluation(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> Evaluation:
        """The evaluation at this point, from memory where it is there."""
        point = self._point(args, keywords)
        with point.lock:
            found = point.evaluation
            if found is None:
                self.evaluations += 1
                found = Evaluation(self.task, args, keywords)
                if found.foreign:
                    self.forget()
                    if self.inner:
                        raise NumberMet
                else:
                    point.evaluation = found
            return found

    def passes(self, args: tuple[Any, ...]) -> bool:
        """Whether x or another argument is a number itself, so that nothing can be shared."""
        if not holds_number(args):
            return False
        if self.inner:
            raise NumberMet
        return True

    # --- what a solver calls ---------------------------------------------------------------------

    def fun(self, *args: Any, **keywords: Any) -> Any:
        """The value."""
        if self.passes(args):
            return self.task.f(*args, **keywords)
        if self.sparing:
            asked, self.asked = self.asked, False
            if not asked:
                return self._plainly(args, keywords)
        return _own(self.evaluation(args, keywords).value)

    def _plainly(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        point = self._point(args, keywords)
        with point.lock:
            if point.evaluation is not None:
                return _own(point.evaluation.value)
            if point.plain is None:
                self.evaluations += 1
                value = self.task.f(*args, **keywords)
                if holds_number(value):
                    raise NumberMet
                point.plain = (value,)
            return point.plain[0]

    def _ask(
        self,
        args: tuple[Any, ...],
        keywords: dict[str, Any],
        of: Callable[[Evaluation], Any],
        instead: Callable[[], Any],
        passes: bool,
    ) -> Any:
        """`of` the evaluation at this point; `instead` where numbers of others take part."""
        if passes:
            return instead()
        found = self.evaluation(args, keywords)
        if found.foreign:
            return instead()
        with found.lock:  # a recording serves one thread at a time
            return of(found)

    def jac(self, *args: Any, **keywords: Any) -> Any:
        """The gradient or the Jacobian."""
        self.asked = True
        return self._ask(
            args,
            keywords,
            lambda found: found.first().copy(),  # solvers scale what they are given in place
            lambda: self._verb(args, keywords),
            self.passes(args),
        )

    def _verb(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        task = self.task
        verb = grad if task.scalar else jacobian
        return verb(task.f, task.argnums, mode=task.mode, chunk_size=task.chunk_size)(
            *args, **keywords
        )

    def hess(self, *args: Any, **keywords: Any) -> Any:
        """The Hessian of a scalar function."""
        return self._ask(
            args,
            keywords,
            lambda found: found.hessian(),
            lambda: hessian(self.task.f)(*args, **keywords),
            self.passes(args),
        )

    def hessp(self, x: Any, v: Any, *args: Any, **keywords: Any) -> Any:
        """The Hessian of a scalar function times v."""
        return self._ask(
            (x, *args),
            keywords,
            lambda found: found.product(v),
            lambda: hvp(self.task.f)(x, v, *args, **keywords),
            self.passes((x, v, *args)),
        )

    def weighted(self, x: Any, v: Any, *args: Any) -> Any:
        """The Hessian of ``v @ f(x)``, as a nonlinear constraint has it."""
        return self._ask(
            (x, *args),
            {},
            lambda found: found.weighted(v),
            lambda: hessian(Weighted(self.task.f, v))(x, *args),
            self.passes((x, v, *args)),
        )

    def operator(self, *args: Any, **keywords: Any) -> Any:
        """The Jacobian as a linear operator."""
        return self._ask(
            args,
            keywords,
            lambda found: found.operator(),
            lambda: _as_operator(primal(self._verb(args, keywords))),
            self.passes(args),
        )

    def told(self) -> str:
        """How derivatives were computed, in a few words."""
        count = self.evaluations
        return f"{self.task.used} mode, {count} shared evaluation{'s' if count != 1 else ''}"


def _as_operator(jac: Any) -> Any:
    from scipy.sparse.linalg import aslinearoperator

    return aslinearoperator(jac)


def _own(value: Any) -> Any:
    """A value that the solver may change."""
    return value.copy() if isinstance(value, np.ndarray) else value


# --- the explicit form ---------------------------------------------------------------------------


def pair(
    f: Callable[..., Any], *, mode: str = "auto", chunk_size: int | None = None, **later: Any
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """A function and its derivative that share their evaluations.

    Parameters
    ----------
    f : callable
        A function of an array x and further arguments.
    mode, chunk_size
        As in `dualad.jacobian`.

    Returns
    -------
    fun, jac : callable
        ``fun(x, *args)`` is ``f(x, *args)``; ``jac(x, *args)`` is its derivative, of shape
        ``f(x).shape + x.shape``. Both at one point run f once. The last few points are remembered
        by the exact bits of x and of arrays and numbers among the arguments; other objects, and
        what f closes over, must stay as they are. ``fun.forget()`` forgets all points. Threads
        are welcome.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.optimize import minimize
    >>> fun, jac = pair(lambda x: np.sum((x - 1.0) ** 4))
    >>> bool(minimize(fun, np.zeros(3), jac=jac).success)
    True
    """
    check_options("pair", f, 0, mode, chunk_size, later)
    shared = Shared(Task(f, 0, mode, chunk_size))
    return _Part(shared, "fun"), _Part(shared, "jac")


def triple(
    f: Callable[..., Any],
    *,
    products: bool = False,
    mode: str = "auto",
    chunk_size: int | None = None,
    **later: Any,
) -> tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]:
    """A scalar function, its gradient and its Hessian, which share their evaluations.

    Parameters
    ----------
    f : callable
        A function of an array x and further arguments that returns one number.
    products : bool
        The third is ``hessp(x, v, *args)``, the Hessian times a vector, instead.
    mode, chunk_size
        As in `dualad.jacobian`.

    Returns
    -------
    fun, jac, hess : callable
        As in `pair`. f runs once more where its Hessian cannot be had from the recording of its
        value: in float32, and where it has met a kink.

    Examples
    --------
    >>> import numpy as np
    >>> fun, jac, hess = triple(lambda x: np.sum(x**3))
    >>> x = np.array([1.0, 2.0])
    >>> fun(x), jac(x), hess(x)
    (np.float64(9.0), array([ 3., 12.]), array([[ 6.,  0.], [ 0., 12.]]))
    """
    check_options("triple", f, 0, mode, chunk_size, later)
    shared = Shared(Task(f, 0, mode, chunk_size, scalar=True, second=True))
    last = "hessp" if products else "hess"
    return _Part(shared, "fun"), _Part(shared, "jac"), _Part(shared, last)


class _Part:
    """One of the functions of a `pair`."""

    def __init__(self, shared: Shared, name: str) -> None:
        self.shared, self.name = shared, name
        self._run = getattr(shared, name)
        wrapper: Any = self
        functools.update_wrapper(wrapper, shared.task.f, updated=())

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return self._run(*args, **keywords)

    def __repr__(self) -> str:
        return f"<{self.name} of {function_name(self.shared.task.f)}, evaluations shared>"

    def forget(self) -> None:
        """Forget all points."""
        self.shared.forget()


__all__ = ["Shared", "pair", "triple"]
