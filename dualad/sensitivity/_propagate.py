"""Propagation of uncertainty through array functions, of first and second order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._errors import InputError, InputTypeError, NotElementwiseError, OutputError, shown
from .._numbers import primal
from .._numbers._floating import quietly
from .._trees import result
from ._covariance import Covariance, covariance
from ._elementwise import SMALL, Diagonals, diagonals
from ._inputs import Bound, Inputs
from ._outputs import (
    LARGEST,
    Outputs,
    check_order,
    check_size,
    checked_keywords,
    linearise,
    not_finite,
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
    found = _by_elements(bound, inputs, spread, order, elementwise)
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


# --- element by element ---------------------------------------------------------------------------


def _by_elements(
    bound: Bound, inputs: Inputs, spread: Covariance, order: int, wanted: bool | None
) -> Propagated | None:
    """The result for an elementwise function; None where matrices are to be made."""
    if wanted is False:
        return None
    large = max(u.size for u in inputs.varying) > SMALL
    found = None
    if spread.matrix is None and large:
        found = diagonals(bound, inputs, order, checked=False)
    if found is None and wanted:
        if spread.matrix is not None:
            raise InputError("elementwise=True needs independent elements", "their variances")
        if not large:
            return None  # few elements: the matrices are small, and say the same
        raise NotElementwiseError(
            f"an element of what {bound.__name__} returns depends on other elements of x, or its "
            "shape is not that of x",
            "leave elementwise= out",
        )
    if found is None:
        return None
    done = _from_diagonals(found, inputs, spread, order)
    if done is None:
        checked = quietly(diagonals, bound, inputs, order)
        done = _from_diagonals(checked, inputs, spread, order)
        if done is None:
            raise _not_finite(checked, inputs, spread)
    return done


def _from_diagonals(
    found: Diagonals, inputs: Inputs, spread: Covariance, order: int
) -> Propagated | None:
    """The result; None where something is not finite."""
    if order == 1 and len(inputs.varying) == 1 and spread.deviations is not None:
        done = _from_one(found, inputs, spread.deviations[0])
        if done is not None:
            return done
    names, v = _lanes(found, inputs, spread)
    k, m = len(names), found.outputs.size
    D = [beside([lanes[i] for lanes in found.first]) for i in range(k)]  # (outputs, elements)
    parts, shift = [_squared(d, w) for d, w in zip(D, v, strict=True)], None
    H = None
    if order == 2:
        H = [[beside([h[i, j] for h in found.second]) for j in range(k)] for i in range(k)]
        shift = np.reshape(0.5 * sum(H[i][i] * w for i, w in enumerate(v)), (m,))
        for i, w in enumerate(v):
            parts[i] = parts[i] + 0.5 * w * sum(_squared(H[i][j], u) for j, u in enumerate(v))
    flat = [np.reshape(part, (m,)) for part in parts]
    variance = sum(flat[1:], flat[0])
    if not np.asarray(primal(variance)).max(initial=0.0) < np.inf:  # or NaN
        return None
    return Propagated(
        inputs=inputs,
        outputs=found.outputs,
        names=names,
        derivatives=[np.reshape(d, (m,)) for d in D],
        parts=flat,
        variance=variance,
        shift=shift,
        deviations=None,
        full=lambda: _full(D, H, v, len(found.large)),
        order=order,
        elementwise=(found.large, found.small),
    )


def _from_one(found: Diagonals, inputs: Inputs, s: Any) -> Propagated | None:
    """The result for one input of known standard deviation, ``|d| s``, without its square."""
    d = beside([lanes[0] for lanes in found.first])
    if type(d) is not np.ndarray or type(s) is not np.ndarray:
        return None
    std = np.abs(d)
    std *= np.reshape(s, (-1,))
    if not std.max(initial=0.0) < np.inf:  # or NaN
        return None
    m = found.outputs.size
    return Propagated(
        inputs=inputs,
        outputs=found.outputs,
        names=[inputs.varying[0].name or "x"],
        derivatives=[np.reshape(d, (m,))],
        parts=None,
        variance=None,
        std=np.reshape(std, (m,)),
        shift=None,
        deviations=None,
        full=lambda: _full([d], None, [np.reshape(s * s, (-1,))], 1),
        order=1,
        elementwise=(found.large, found.small),
    )


def _lanes(found: Diagonals, inputs: Inputs, spread: Covariance) -> tuple[list[str], list[Any]]:
    """Names and variances of the directions."""
    units, variances = inputs.varying, spread.variances
    names = [units[i].name or "x" for i in found.large]
    names += [n for i in found.small for n in units[i].names()]
    v = [np.reshape(variances[i], (-1,)) for i in found.large]
    v += [np.reshape(variances[i], (-1,))[j] for i in found.small for j in range(units[i].size)]
    return names, v


def _squared(d: Any, w: Any) -> Any:
    """``d**2 w``; in place, for speed, where these are plain."""
    out = d * d
    if type(out) is np.ndarray and type(w) is np.ndarray and out.dtype == w.dtype:
        out *= w
        return out
    return out * w


def _not_finite(found: Diagonals | None, inputs: Inputs, spread: Covariance) -> OutputError:
    """The error for what has made a variance infinite or NaN."""
    if found is None:
        return OutputError("the derivatives are not finite", "parameters at which they are")
    names, v = _lanes(found, inputs, spread)
    for unit, w in zip(names, v, strict=True):
        if not np.isfinite(primal(w)).all():
            raise InputError(f"the variance of {unit} is not finite", "finite variances")
    for i, name in enumerate(names):
        for lanes in found.first:
            if not np.isfinite(primal(lanes[i])).all():
                return not_finite(lanes[i][None], found.outputs.name, [name], "derivative")
        for block in found.second:
            if not np.isfinite(primal(block[i])).all():
                return not_finite(block[i][None], found.outputs.name, [name], "second derivative")
    return OutputError(
        f"the variance of what {found.outputs.name} returns is too large for a float", "other units"
    )


def beside(leaves: Sequence[Any]) -> Any:
    """Arrays of all outputs, ``(outputs, elements)``."""
    flat = [np.reshape(x, (1, -1)) for x in leaves]
    return flat[0] if len(flat) == 1 else np.concatenate(flat)


def _full(D: Any, H: Any, v: Sequence[Any], large: int) -> Any:
    """The covariance of all elements of all outputs: they share the small inputs, and an element
    of one output shares its own large inputs with the same element of the others.
    """
    k, (outputs, size) = len(D), np.shape(D[0])
    own, common = np.zeros((outputs, outputs, size)), np.zeros((outputs * size,) * 2)
    for i in range(k):
        if i < large:
            own = own + D[i][:, None] * D[i] * v[i]
        else:
            row = np.reshape(D[i], (-1,))
            common = common + row[:, None] * row * v[i]
        for j in range(k if H else 0):
            weight = 0.5 * v[i] * v[j]
            if min(i, j) < large:
                own = own + H[i][j][:, None] * H[i][j] * weight
            else:
                row = np.reshape(H[i][j], (-1,))
                common = common + row[:, None] * row * weight
    diagonal = own[..., None] * np.eye(size)  # (outputs, outputs, size, size)
    return common + np.reshape(np.swapaxes(diagonal, 1, 2), (outputs * size, outputs * size))
