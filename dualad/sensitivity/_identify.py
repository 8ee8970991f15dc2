"""What data say about parameters: information, confidence, and directions that they do not see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._errors import InputError, InputTypeError, shown
from ._fits import Fit, fit_of_model, fit_of_pair, fit_of_result, weights
from ._identified import Identifiability
from ._inputs import Bound, Inputs
from ._outputs import checked_keywords, linearise


def fisher_information(
    model: Callable[..., Any],
    params: Any,
    t: Any = None,
    *,
    sigma: Any = None,
    wrt: str | Sequence[str] | None = None,
    names: Sequence[str] | None = None,
    unpack: bool | None = None,
    mode: str = "auto",
    chunk_size: int | None = None,
    workers: Any = None,
) -> Any:
    """The Fisher information ``J.T inv(S) J`` of data with Gaussian noise of covariance S.

    Parameters
    ----------
    model : callable
        ``model(t, params)``, ``model(t, *params)``, or without t ``model(params)``.
    params : array, dict, dataclass, namedtuple, ...
        As in `sensitivity`.
    t : object, optional
        The first argument of the model.
    sigma : float, array (m,) or array (m, m), optional
        Standard deviations of the data, or their covariance, as in `curve_fit`; by default 1.
    wrt, names, unpack, mode, chunk_size, workers
        As in `sensitivity`.

    Returns
    -------
    array of shape (n, n)
        Its inverse is the least covariance that an unbiased estimate can have. It can be
        differentiated: in t or sigma for the design of an experiment.

    Examples
    --------
    >>> import numpy as np
    >>> t = np.array([0.0, 1.0, 2.0])
    >>> fisher_information(lambda t, a, b: a + b * t, [1.0, 2.0], t, sigma=0.5)
    array([[12., 12.],
           [12., 20.]])

    References
    ----------
    G. Seber, C. Wild, "Nonlinear Regression", Wiley 1989, chapters 2 and 5.
    """
    inputs = Inputs(params, wrt, names)
    bound = Bound(model, inputs, unpack, () if t is None else (t,))
    _, J = linearise(bound, inputs, checked_keywords(mode, chunk_size, workers))
    weighted = weights(sigma, np.shape(J)[0])(J)
    return np.transpose(weighted) @ weighted


def identifiability(
    fit: Any,
    params: Any = None,
    t: Any = None,
    data: Any = None,
    *,
    sigma: Any = None,
    absolute_sigma: bool = False,
    level: float = 0.95,
    near: float = 0.05,
    dof: int | None = None,
    wrt: str | Sequence[str] | None = None,
    names: Sequence[str] | None = None,
    unpack: bool | None = None,
    mode: str = "auto",
    chunk_size: int | None = None,
    workers: Any = None,
) -> Identifiability:
    """Confidence in fitted parameters, and the directions that the data do not determine.

    Parameters
    ----------
    fit : callable, or a result of SciPy
        - ``model(t, params)`` or ``model(t, *params)``, with `params`, `t`, and `data`; without
          data, with `sigma`, what an experiment would tell;
        - a residual function ``residuals(params)``, with `params`;
        - the result of ``least_squares`` (with linear loss);
        - ``(popt, pcov)`` of ``curve_fit``, with `dof`; or all that ``full_output=True`` returns.
    params : array, dict, dataclass, namedtuple, ...
        At the minimum; as in `sensitivity`.
    t, data : array_like
    sigma : float, array (m,) or array (m, m), optional
        Standard deviations of the data, or their covariance, as in `curve_fit`.
    absolute_sigma : bool
        sigma is known and not only relative: the residuals do not scale the covariance, and the
        intervals are those of the normal distribution.
    level : float
        Of the confidence intervals.
    near : float
        A direction is listed where the data change along it less than by this fraction of what its
        parameters would change each alone.
    dof : int, optional
        Degrees of freedom, number of data less number of parameters, for ``(popt, pcov)``.
    wrt, names, unpack, mode, chunk_size, workers
        As in `sensitivity`.

    Returns
    -------
    Identifiability
        `std`, `cov`, `corr`, `fisher`, `intervals`, `condition`, `directions`; `prediction`.

    Raises
    ------
    InputError
        If shapes or names do not fit, there are too few data, or the fit did not converge.

    Notes
    -----
    The covariance is that of the linearised model at the parameters. Condition and directions are
    those of the Jacobian with columns of length one, so they do not depend on units; the reciprocal
    of its smallest singular value is the collinearity index of Brun et al.

    Examples
    --------
    >>> import numpy as np
    >>> t = np.linspace(0.0, 1.0, 6)
    >>> y = np.array([1.02, 1.38, 1.81, 2.22, 2.57, 3.01])
    >>> b, a = np.polyfit(t, y, 1)
    >>> identifiability(lambda t, a, b: a + b * t, {"a": a, "b": b}, t, y)
    2 parameters from 6 data, 4 degrees of freedom, residual std 0.02352, condition 3.237
      parameter  value      std     low   high
      a          1.007  0.01702  0.9594  1.054
      b           1.99  0.02812   1.912  2.068

    References
    ----------
    G. Seber, C. Wild, "Nonlinear Regression", Wiley 1989, section 5.1.
    R. Brun, P. Reichert, H. Künsch, "Practical identifiability analysis of large environmental
    simulation models", Water Resources Research 37, 2001.
    """
    if not 0 < level < 1:
        raise InputError(f"level={shown(level)}; it lies between 0 and 1", "level=0.95")
    keywords = checked_keywords(mode, chunk_size, workers)
    model = None
    if callable(fit):
        if params is None:
            raise InputError("a model needs params", "identifiability(model, params, t, data)")
        inputs = Inputs(params, wrt, names)
        bound = Bound(fit, inputs, unpack, () if t is None else (t,))
        found = fit_of_model(bound, inputs, data, sigma, keywords)
        if t is not None:
            model = _Model(fit, inputs, bound.unpack, keywords)
            found, absolute_sigma = _without_data(found, data, sigma, absolute_sigma)
    else:
        found = _of_scipy(fit, names, dof)
        if params is not None or t is not None or data is not None or sigma is not None:
            raise InputError(
                "params, t, data and sigma belong to a model; a result of SciPy has its own",
                "identifiability(result), or identifiability(model, params, t, data)",
            )
    noise = sigma if np.ndim(sigma) == 0 else None
    return Identifiability(found, bool(absolute_sigma), float(level), float(near), model, noise)


def _without_data(fit: Fit, data: Any, sigma: Any, absolute: bool) -> tuple[Fit, bool]:
    if data is not None:
        return fit, absolute
    if sigma is None:
        raise InputError("there are neither data nor sigma", "data=, or sigma= to plan with")
    fit.r = None
    return fit, True


def _of_scipy(fit: Any, names: Sequence[str] | None, dof: Any) -> Fit:
    if hasattr(fit, "jac") and hasattr(fit, "fun") and hasattr(fit, "x"):
        return fit_of_result(fit, names)
    if isinstance(fit, (tuple, list)):
        return fit_of_pair(fit, names, dof)
    raise InputTypeError(
        f"{shown(fit)} is neither a model nor a fit",
        "a function, the result of least_squares, or (popt, pcov)",
    )


class _Model:
    """The model and its derivatives at other t."""

    def __init__(
        self, f: Callable[..., Any], inputs: Inputs, unpack: bool, keywords: dict[str, Any]
    ) -> None:
        self.f, self.inputs, self.unpack, self.keywords = f, inputs, unpack, keywords

    def at(self, t: Any) -> tuple[Any, np.ndarray, np.ndarray]:
        """Names, values and Jacobian of the outputs."""
        bound = Bound(self.f, self.inputs, self.unpack, (t,))
        outputs, J = linearise(bound, self.inputs, self.keywords)
        return outputs, outputs.flat(), J
