"""Local sensitivities of a simulation in its named parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._errors import InputError
from .._numbers import Number, primal
from ._covariance import covariance
from ._inputs import Bound, Inputs
from ._outputs import (
    Outputs,
    check_order,
    checked_keywords,
    element_names,
    linearise,
    second,
)
from ._sensitivities import Sensitivities


def sensitivity(
    simulate: Callable[..., Any],
    params: Any,
    *,
    order: int = 1,
    wrt: str | Sequence[str] | None = None,
    std: Any = None,
    cov: Any = None,
    times: Any = None,
    axis: int | None = None,
    names: Sequence[str] | None = None,
    outputs: Sequence[str] | None = None,
    unpack: bool | None = None,
    mode: str = "auto",
    chunk_size: int | None = None,
    workers: Any = None,
) -> Sensitivities:
    """How the outputs of a simulation answer to its parameters, at one point.

    Parameters
    ----------
    simulate : callable
        An ordinary NumPy function of the parameters. A dict whose keys are names of its arguments
        is passed as keywords; a tuple or vector that it cannot take as one argument is passed
        member by member; all else as it is.
    params : dict, dataclass, namedtuple, Series, array, list, tuple or float
        Floats and arrays of them vary. Ints, bools, strings and None in a container are constants,
        unless `wrt` names them; they are listed in `constants`.
    order : {1, 2}
        2 for the second derivatives as well.
    wrt : str or sequence of str, optional
        The members of params that vary.
    std, cov : array_like or a container like params, optional
        The uncertainty of the parameters, as in `propagate`: for sensitivities scaled by it.
    times : array_like, optional
        The times at which the outputs are given, along `axis` of each output that has as many.
    axis : int, optional
        By default the one whose length is that of times; to be given where there are two such.
    names : sequence of str, optional
        Names of the elements of an array of parameters.
    outputs : sequence of str, optional
        Names of the components: those of the axis which is not time, or the elements of a vector.
    unpack : bool, optional
        Whether params are passed one by one, where the rule above is not what is meant.
    mode, chunk_size, workers
        As in `jacobian` and `hessian`.

    Returns
    -------
    Sensitivities
        `absolute`, `relative`, `scaled` and `second`, nested as `jacobian` and `hessian` nest
        them; `ranking`, `to_frame` and `plot`.

    Raises
    ------
    InputError
        If names do not exist, shapes do not fit, or a parameter is not finite.
    OutputError
        If an output or a derivative is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> t = np.linspace(0.0, 10.0, 5)
    >>> s = sensitivity(lambda rate, start: start * np.exp(-rate * t), {"rate": 0.3, "start": 2.0})
    >>> s.relative["rate"]  # percent of output for a percent of the rate
    array([ 0.  , -0.75, -1.5 , -2.25, -3.  ])
    >>> s
    5 outputs: relative sensitivity
      parameter  value  y[0]   y[1]  y[2]   y[3]  y[4]
      rate         0.3     0  -0.75  -1.5  -2.25    -3
      start          2     1      1     1      1     1

    References
    ----------
    A. Saltelli, K. Chan, E. Scott (eds.), "Sensitivity Analysis", Wiley 2000, chapter 5.
    """
    order = check_order(order)
    inputs = Inputs(params, wrt, names)
    bound = Bound(simulate, inputs, unpack)
    spread = None
    if std is not None or cov is not None:
        spread = covariance(cov, std, None, inputs)
    keywords = checked_keywords(mode, chunk_size, workers)
    found, J = linearise(bound, inputs, keywords)
    H = second(bound, inputs, keywords) if order == 2 else None
    at = _checked_times(times, axis, found)
    return Sensitivities(
        inputs=inputs,
        outputs=found,
        J=J,
        H=H,
        deviations=None if spread is None else np.sqrt(spread.diagonal),
        times=at,
        components=_component_names(found, at, outputs),
    )


class Times:
    """Times, and for each output leaf the axis along which they lie (None: none)."""

    def __init__(self, values: np.ndarray, axes: Sequence[int | None]) -> None:
        self.values, self.axes = values, list(axes)


def _checked_times(times: Any, axis: int | None, outputs: Outputs) -> Times | None:
    if times is None:
        if axis is not None:
            raise InputError("axis= belongs to times=", "times= as well")
        return None
    values = np.asarray(primal(times) if isinstance(times, Number) else times, dtype=float)
    if values.ndim != 1 or not np.isfinite(values).all():
        raise InputError(
            f"times has shape {values.shape}; it must be a finite vector", "np.ravel(times)"
        )
    axes = [_axis_of(shape, axis, values.size) for shape in outputs.shapes]
    if all(a is None for a in axes):
        raise InputError(
            f"times has {values.size} entries; the outputs have shapes "
            f"{', '.join(map(str, outputs.shapes[:4]))}",
            "the times at which the simulation gives its outputs, and axis=",
        )
    return Times(values, axes)


def _axis_of(shape: tuple[int, ...], axis: int | None, count: int) -> int | None:
    if axis is None:
        if shape.count(count) > 1:
            raise InputError(
                f"times has {count} entries, and so has more than one axis of an output of shape "
                f"{shape}",
                "axis= (0, or -1) for the one along which time runs",
            )
        return shape.index(count) if count in shape else None
    if not -len(shape) <= axis < len(shape):
        return None
    return axis % len(shape) if shape[axis] == count else None


def _component_names(
    outputs: Outputs, times: Times | None, given: Sequence[str] | None
) -> list[list[str]]:
    """For each output leaf the names of its components, one for each element that is not time."""
    leaves = outputs.leaf_names()
    shapes = []
    for i, shape in enumerate(outputs.shapes):
        axis = None if times is None else times.axes[i]
        shapes.append(shape if axis is None else shape[:axis] + shape[axis + 1 :])
    found = [element_names(leaf, shape) for leaf, shape in zip(leaves, shapes, strict=True)]
    if given is None:
        return found
    names = [str(n) for n in given]
    if len(found) != 1 or len(names) != len(found[0]):
        count = sum(map(len, found))
        raise InputError(
            f"outputs= has {len(names)} names; there are {count} output components"
            + ("" if len(found) == 1 else " in a container, which names them itself"),
            "one name for each" if len(found) == 1 else "leave outputs= out",
        )
    return [names]
