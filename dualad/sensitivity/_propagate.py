"""Propagation of uncertainty through array functions, of first and second order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._errors import InputError, InputTypeError, shown
from .._numbers import primal
from .._numbers._floating import quietly
from .._trees import result
from ._by_elements import by_elements
from ._covariance import Covariance, covariance
from ._inputs import Bound, Inputs
from ._outputs import (
    LARGEST,
    Outputs,
    check_order,
    check_size,
    checked_keywords,
    linearise,
    second,
)
from ._propagated import Propagated

_MANY = 1024  # inputs, from which on the size of a Jacobian is looked at before it is made


def propagate(
    f: Callable[..., Any],
    x: Any,
    cov: Any = None,
    order: int = 1,
    *,
    std: Any = None,
    corr: Any = None,
    elementwise: bool | None = None,
    wrt: str | Sequence[str] | None = None,
    names: Sequence[str] | None = None,
    unpack: bool | None = None,
    mode: str = "auto",
    chunk_size: int | None = None,
    workers: Any = None,
) -> Propagated:
    """Mean and covariance of ``f(X)`` for an uncertain X with mean x and covariance cov.

    To first order the covariance is ``J C J.T``. To second order, for Gaussian X, the mean and
    covariance of f's Taylor polynomial of degree two are added: ``1/2 tr(H_i C)`` to the mean, and
    ``1/2 tr(H_i C H_k C)`` to the covariance. They are exact where f is quadratic.

    Parameters
    ----------
    f : callable
        An ordinary NumPy function of x; a dict whose keys are names of f's parameters is passed as
        keywords, a tuple or vector that f cannot take as one argument member by member.
    x : float, array, Series, dict, dataclass, namedtuple, tuple, list
        The mean. In a container, ints, bools, strings and None are constants.
    cov : array_like, DataFrame, or a container like x
        The covariance: a matrix of shape ``(n, n)`` or ``x.shape + x.shape``; or the variances of
        independent elements, of shape ``(n,)`` or ``x.shape``; or one variance for all. In a
        container each member has its own, and members are independent. Labels of a DataFrame are
        matched with the names of the parameters.
    order : {1, 2}
    std : array_like or a container like x
        Standard deviations, in place of `cov`.
    corr : array_like of shape (n, n), optional
        Correlations, with `std`.
    elementwise : bool, optional
        f maps each element of large arrays on its own, with independent elements: no matrix is
        made. By default that is found out; True raises where it is not so.
    wrt : str or sequence of str, optional
        The members of x that are uncertain; by default all.
    names : sequence of str, optional
        Names of the elements of an array x.
    unpack : bool, optional
        Whether f takes the members of x one by one, where the rule above is not what is meant.
    mode, chunk_size, workers
        As in `jacobian` and `hessian`.

    Returns
    -------
    Propagated
        `mean`, `std`, `variance` and `value` in the container that f returns; `cov` and `corr` of
        all outputs; `shares` of the variance by input.

    Raises
    ------
    InputError
        If shapes or names do not fit, or cov is not symmetric positive semidefinite.
    OutputError
        If f or a derivative is not finite.
    NotElementwiseError
        With ``elementwise=True`` only.

    Notes
    -----
    All of x and cov, and what f closes over, may carry derivatives themselves: the result can be
    differentiated in them.

    Examples
    --------
    >>> import numpy as np
    >>> power = propagate(lambda v, r: v**2 / r, {"v": 10.0, "r": 50.0}, std={"v": 0.1, "r": 1.0})
    >>> power
    y = 2 +/- 0.05657
      input  value  std  derivative  share
      v         10  0.1         0.4    0.5
      r         50    1       -0.04    0.5

    References
    ----------
    JCGM 100:2008, "Guide to the expression of uncertainty in measurement" (GUM), 5.1 and 5.2; its
    note to 5.1.2 adds third derivatives to the second-order variance, which are not taken here.
    S. Mekid, D. Vaja, "Propagation of uncertainty: expressions of second and third order
    uncertainty with third and fourth moments", Measurement 41, 2008.
    L. Isserlis, "On a formula for the product-moment coefficient of any order of a normal
    frequency distribution in any number of variables", Biometrika 12, 1918.
    """
    order = check_order(order)
    inputs = Inputs(x, wrt, names, "x")
    bound = Bound(f, inputs, unpack)
    spread = covariance(cov, std, corr, inputs)
    if elementwise not in (None, True, False):
        raise InputTypeError(
            f"elementwise={shown(elementwise)}; it must be True, False or None", "elementwise=None"
        )
    found = by_elements(bound, inputs, spread, order, elementwise)
    if found is not None:
        return found
    keywords = checked_keywords(mode, chunk_size, workers)
    if inputs.size > _MANY:
        _check_count(bound, inputs, order)
    outputs, J = linearise(bound, inputs, keywords)
    H = second(bound, inputs, keywords) if order == 2 else None
    return _from_matrices(outputs, inputs, J, H, spread)


def _check_count(bound: Bound, inputs: Inputs, order: int) -> None:
    """Raise before a Jacobian or Hessian is made that nobody could hold."""
    out = result(quietly(bound, inputs.point), bound.__name__)
    m = sum(int(np.size(primal(v))) for v in out.leaves)
    n = inputs.size
    if m * n**order > LARGEST and m > 1:
        raise InputError(
            f"{bound.__name__} maps {n} inputs to {m} outputs and is not elementwise; its "
            f"derivatives of order {order} would take {8 * m * n**order / 2**30:.3g} GiB",
            "fewer outputs at once, or wrt=",
        )
    check_size(m, n**order, "the derivative")


# --- matrices -------------------------------------------------------------------------------------


def _from_matrices(
    outputs: Outputs, inputs: Inputs, J: Any, H: Any, spread: Covariance
) -> Propagated:
    moved = spread.after(J)
    parts = moved * J  # what each input adds to each variance
    shift, curved = None, None
    if H is not None:
        curved = spread.after(H)
        shift = 0.5 * np.trace(curved, axis1=1, axis2=2)
        parts = parts + 0.5 * np.sum(curved * np.swapaxes(curved, 1, 2), axis=2)

    def full() -> Any:
        cov = moved @ np.transpose(J)
        if curved is not None:
            cov = cov + 0.5 * np.tensordot(curved, curved, axes=((1, 2), (2, 1)))
        return 0.5 * (cov + np.transpose(cov))

    return Propagated(
        inputs=inputs,
        outputs=outputs,
        names=inputs.names,
        derivatives=J,
        parts=parts,
        variance=np.sum(parts, axis=1),
        shift=shift,
        full=full,
        deviations=np.sqrt(np.asarray(primal(spread.diagonal), dtype=float)),
        order=1 if H is None else 2,
    )
