"""Propagation through functions that map each element of large arrays on its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._errors import InputError, NotElementwiseError, OutputError
from .._numbers import primal
from .._numbers._floating import quietly
from ._covariance import Covariance
from ._elementwise import SMALL, Diagonals, diagonals
from ._inputs import Bound, Inputs
from ._outputs import not_finite
from ._propagated import Propagated


def by_elements(
    bound: Bound, inputs: Inputs, spread: Covariance, order: int, wanted: bool | None
) -> Propagated | None:
    """The result for an elementwise function; None where matrices are to be made."""
    if wanted is False:
        return None
    units = inputs.varying
    large = max(u.size for u in units) > SMALL
    found = None
    separate = all(spread.is_independent(i) for i, u in enumerate(units) if u.size > SMALL)
    if separate and spread.is_by_units and large:
        found = diagonals(bound, inputs, order, checked=False)
    if found is None and wanted:
        if not (separate and spread.is_by_units):
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
    names, C = _lanes(found, inputs, spread)
    k, m = len(names), found.outputs.size
    D = [beside([lanes[i] for lanes in found.first]) for i in range(k)]  # (outputs, elements)
    parts, shift, HC = C.quadratic(D), None, None
    if order == 2:
        H = [[beside([h[i, j] for h in found.second]) for j in range(k)] for i in range(k)]
        HC = [C.times(row) for row in H]
        shift = np.reshape(0.5 * sum(HC[i][i] for i in range(k)), (m,))
        for i in range(k):
            parts[i] = parts[i] + 0.5 * sum(HC[i][j] * HC[j][i] for j in range(k))
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
        full=lambda: _full(D, C.times(D), HC, len(found.large)),
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
        full=lambda: _full([d], [d * np.reshape(s * s, (-1,))], None, 1),
        order=1,
        elementwise=(found.large, found.small),
    )


class LaneCovariance:
    """The covariance of the directions, for each element: independent large inputs, small ones.

    Attributes
    ----------
    large : list
        Variances of the large inputs, one for each element.
    small : array (q,) or (q, q)
        Variances or covariance of the elements of the small inputs.
    """

    def __init__(self, large: list[Any], small: Any) -> None:
        self.large, self.small = large, small

    def _small(self, rows: Sequence[Any]) -> list[Any]:
        if np.ndim(self.small) == 1:
            return [row * w for row, w in zip(rows, self.small, strict=True)]
        return [sum(c * row for c, row in zip(line, rows, strict=True)) for line in self.small]

    def times(self, rows: Sequence[Any]) -> list[Any]:
        """The covariance times a vector of directions, each an array over the elements."""
        k = len(self.large)
        return [row * w for row, w in zip(rows, self.large, strict=False)] + self._small(rows[k:])

    def quadratic(self, rows: Sequence[Any]) -> list[Any]:
        """What each direction adds to the quadratic form."""
        k = len(self.large)
        large = [_squared(row, w) for row, w in zip(rows, self.large, strict=False)]
        small = rows[k:]
        return large + [a * b for a, b in zip(small, self._small(small), strict=True)]


def _lanes(
    found: Diagonals, inputs: Inputs, spread: Covariance
) -> tuple[list[str], LaneCovariance]:
    """Names and covariance of the directions."""
    units, variances = inputs.varying, spread.variances
    names = [units[i].name or "x" for i in found.large]
    names += [n for i in found.small for n in units[i].names()]
    large = [np.reshape(variances[i], (-1,)) for i in found.large]
    small = Covariance(
        blocks=[variances[i] for i in found.small], units=[units[i] for i in found.small]
    )
    if not found.small:
        return names, LaneCovariance(large, np.zeros(0))
    matrix = small.matrix
    return names, LaneCovariance(large, small.diagonal if matrix is None else matrix)


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
    names, C = _lanes(found, inputs, spread)
    for unit, w in zip(names, C.large, strict=False):
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


def _full(D: Any, CD: Any, HC: Any, large: int) -> Any:
    """The covariance of all elements of all outputs: they share the small inputs, and an element
    of one output shares its own large inputs with the same element of the others.
    """
    k, (outputs, size) = len(D), np.shape(D[0])
    own, common = np.zeros((outputs, outputs, size)), np.zeros((outputs * size,) * 2)
    pairs = [(D[i], CD[i], i < large) for i in range(k)]
    if HC is not None:
        pairs += [(0.5 * HC[i][j], HC[j][i], min(i, j) < large) for i in range(k) for j in range(k)]
    for a, b, is_own in pairs:
        if is_own:
            own = own + a[:, None] * b
        else:
            common = common + np.reshape(a, (-1, 1)) * np.reshape(b, (-1,))
    diagonal = own[..., None] * np.eye(size)  # (outputs, outputs, size, size)
    return common + np.reshape(np.swapaxes(diagonal, 1, 2), (outputs * size, outputs * size))
