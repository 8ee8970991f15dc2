"""Covariances of inputs: what users write, checked, as variances or as a matrix."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .._errors import InputError, InputTypeError, shown
from .._numbers import Number, primal
from .._numbers._number import as_array, holds_number
from .._trees import _children
from ._inputs import Inputs, unknown_name
from ._outputs import check_size, joined
from ._units import Unit, is_unit, labels_of

_MANY = 4096


class Covariance:
    """The covariance of the elements that vary.

    Parameters
    ----------
    variances : list, optional
        One array for each unit, of its shape: its elements are independent.
    matrix : array of shape (n, n), optional
    deviations : list, optional
        Standard deviations, in place of variances.
    blocks, units : list, optional
        For each of these units variances, or the matrix of its elements.

    Attributes
    ----------
    deviations : list, or None
    """

    __slots__ = ("_matrix", "_units", "_variances", "deviations")

    def __init__(
        self,
        variances: list[Any] | None = None,
        matrix: Any = None,
        deviations: list[Any] | None = None,
        blocks: list[Any] | None = None,
        units: Sequence[Unit] = (),
    ) -> None:
        self._variances, self._matrix = variances if blocks is None else blocks, matrix
        self.deviations, self._units = deviations, list(units)

    @property
    def variances(self) -> list[Any]:
        """For each unit its variances, or the matrix of its elements; empty for a full matrix."""
        if self._variances is None:
            self._variances = [s * s for s in self.deviations or []]
        return self._variances

    def is_independent(self, i: int) -> bool:
        """Whether the elements of a unit are independent, of each other and of all others."""
        if self._matrix is not None:
            return False
        return not self._units or np.shape(self.variances[i]) == self._units[i].shape

    @property
    def is_by_units(self) -> bool:
        """Whether units are independent of each other."""
        return self._matrix is None

    @property
    def matrix(self) -> Any:
        """The whole matrix; None where all elements are independent."""
        if self._matrix is None and not all(map(self.is_independent, range(len(self._units)))):
            self._matrix = _block_diagonal(self.variances, self._units)
        return self._matrix

    @property
    def diagonal(self) -> Any:
        """The variances as one vector."""
        matrix = self.matrix
        if matrix is not None:
            return np.diagonal(matrix)
        return joined([np.reshape(v, (-1,)) for v in self.variances])

    def after(self, rows: Any) -> Any:
        """``rows @ C`` for an array (..., n)."""
        matrix = self.matrix
        return rows * self.diagonal if matrix is None else rows @ matrix


def _block_diagonal(blocks: Sequence[Any], units: Sequence[Unit]) -> Any:
    n, start, rows = sum(u.size for u in units), 0, []
    check_size(n, n, "cov")
    for part, unit in zip(blocks, units, strict=True):
        block = part if np.shape(part) != unit.shape else np.diag(np.reshape(part, (-1,)))
        before, after = np.zeros((unit.size, start)), np.zeros((unit.size, n - start - unit.size))
        rows.append(np.concatenate([before, block, after], axis=1))
        start += unit.size
    return np.concatenate(rows)


def covariance(cov: Any, std: Any, corr: Any, inputs: Inputs) -> Covariance:
    """The covariance from what the user has given.

    Raises
    ------
    InputError
        If the shapes do not fit, a name does not exist, or it is not symmetric positive
        semidefinite.
    """
    if (cov is None) == (std is None):
        raise InputError(
            "the uncertainty is given twice" if std is not None else "no uncertainty is given",
            "either cov= (a matrix, or variances) or std= (standard deviations)",
        )
    if std is None:
        if corr is not None:
            raise InputError("corr= belongs to std=", "cov alone, or std= and corr=")
        return _covariance(cov, inputs)
    deviations = _per_unit(std, inputs, "std", blocks=False)
    _check_signs(deviations, inputs.varying, "std")
    if corr is None:
        return Covariance(deviations=deviations)
    flat = joined([np.reshape(s, (-1,)) for s in deviations])
    matrix = _labelled_matrix(corr, inputs, "corr")
    n = inputs.size
    if np.shape(matrix) != (n, n):
        raise InputError(
            f"corr has shape {np.shape(matrix)}; {n} inputs need {(n, n)}", "a square matrix"
        )
    if not np.allclose(np.diagonal(primal(matrix)), 1.0, rtol=1e-6):
        raise InputError("the diagonal of corr is not 1", "cov= for covariances")
    matrix = checked_matrix(matrix, inputs.names, "corr")
    return Covariance(matrix=flat[:, None] * matrix * flat)


def _covariance(cov: Any, inputs: Inputs) -> Covariance:
    if not is_unit(cov) and not inputs.alone and _is_like(cov, inputs.x):
        return _blocks(_per_unit(cov, inputs, "cov", blocks=True), inputs)
    cov = _array(_labelled_matrix(cov, inputs, "cov"), "cov")
    n, shape = inputs.size, np.shape(cov)
    if shape == () or _is_elementwise(shape, inputs) or (shape == (n,) and np.ndim(cov) == 1):
        variances = _spread(cov, inputs)
        _check_signs(variances, inputs.varying, "cov")
        return Covariance(variances)
    single = inputs.varying[0].shape if len(inputs.varying) == 1 else None
    if shape not in ((n, n), None if single is None else single + single):
        raise InputError(
            f"cov has shape {shape}; for {n} inputs it may be {(n, n)}"
            + ("" if single in (None, (n,)) else f" or {single} (variances)")
            + f", or {(n,)} (variances)",
            "cov= with one of these shapes",
        )
    return Covariance(matrix=checked_matrix(np.reshape(cov, (n, n)), inputs.names, "cov"))


def _is_like(given: Any, x: Any) -> bool:
    """Whether a container has one member for each of x, and is not a matrix in lists."""
    if not _is_rows(given):
        return True
    return _is_rows(x) and len(given) == len(x)


def _is_rows(x: Any) -> bool:
    """A list, which may be a matrix, or a container without names."""
    return isinstance(x, (list, tuple)) and not hasattr(x, "_fields")


def _is_elementwise(shape: tuple[int, ...], inputs: Inputs) -> bool:
    return len(inputs.varying) == 1 and shape == inputs.varying[0].shape


def _array(x: Any, what: str) -> Any:
    if isinstance(x, Number):
        return x
    if hasattr(x, "toarray"):
        raise InputTypeError(f"{what} is a sparse matrix", f"its diagonal, or {what}.toarray()")
    x = as_array(x) if holds_number(x) else np.asarray(x)
    if x.dtype.kind not in "fiu":
        raise InputTypeError(f"{what} has dtype {x.dtype}: {shown(x)}", "real numbers")
    return x if x.dtype.kind == "f" else x.astype(float)


def _spread(flat: Any, inputs: Inputs) -> list[Any]:
    """Variances for each unit from one for all, a vector, or an array of the unit's shape."""
    if np.ndim(flat) == 0:
        if not isinstance(flat, Number):
            return [np.broadcast_to(flat, u.shape) for u in inputs.varying]
        return [flat + np.zeros(u.shape) for u in inputs.varying]
    if _is_elementwise(np.shape(flat), inputs):
        return [flat]
    return inputs.split(flat)


def _labelled_matrix(x: Any, inputs: Inputs, what: str) -> Any:
    """A Series or DataFrame in the order of the inputs; all else as it is."""
    if isinstance(x, Number) or not (hasattr(x, "index") and hasattr(x, "to_numpy")):
        return x
    known = inputs.names
    for axis in x.axes:
        labels = [str(label) for label in axis]
        if axis.dtype.kind in "iu":
            continue  # no names: rows are counted
        for label in labels:
            if label not in known:
                raise unknown_name(what, label, known, inputs.what)
        for name in known:
            if name not in labels:
                raise InputError(f"{what} has no {name!r}", "a row and a column for each input")
    if any(axis.dtype.kind in "iu" for axis in x.axes):
        return x.to_numpy()
    order = [[str(label) for label in axis].index for axis in x.axes]
    take = [np.array([find(name) for name in known]) for find in order]
    return x.to_numpy()[np.ix_(*take)]


def _per_unit(x: Any, inputs: Inputs, what: str, *, blocks: bool) -> list[Any]:
    """One array for each unit, from a container like the parameters."""
    if is_unit(x):
        x = _array(_labelled_matrix(x, inputs, what), what)
        if np.ndim(x) == 0 or _is_elementwise(np.shape(x), inputs) or np.shape(x) == (inputs.size,):
            return _spread(x, inputs)
        raise InputError(
            f"{what} has shape {np.shape(x)} for {inputs.size} inputs", "one number for each"
        )
    given = dict(_paired(x, inputs.x, inputs, what))
    out = []
    for unit in inputs.varying:
        if unit.name not in given:
            raise InputError(f"{what} has no {unit.name!r}", "0.0 for what is known exactly")
        out.append(_block(_array(given[unit.name], f"{what} of {unit.name}"), unit, what, blocks))
    return out


def _paired(given: Any, x: Any, inputs: Inputs, what: str, name: str = "") -> Iterator[Any]:
    """Names and blocks of the units of x, from a container like x."""
    if is_unit(x):
        yield name, given
        return
    labels = labels_of(x)
    found = _members(given, labels, what, name)
    for label in found:
        full = f"{name}.{label}" if name else label
        if label in labels:
            continue
        if full in (u.name for u in inputs.units):  # a dotted name
            yield full, found[label]
            continue
        raise unknown_name(what, full, [u.name for u in inputs.varying], inputs.what)
    members: Any = _children(x)
    for label, member in zip(labels, members[0], strict=True):
        if found.get(label) is not None:  # as in a dataclass, which has all of its fields
            full = f"{name}.{label}" if name else label
            _check_held(full, inputs, what)
            yield from _paired(found[label], member, inputs, what, full)


def _members(given: Any, labels: Sequence[str], what: str, name: str) -> dict[str, Any]:
    if isinstance(given, dict):
        return {str(key): value for key, value in given.items()}
    children = None if is_unit(given) and not isinstance(given, (list, tuple)) else _children(given)
    if children is None or len(children[0]) != len(labels):
        where = f" of {name}" if name else ""
        raise InputError(
            f"{what}{where} is {shown(given)}; the parameters are {', '.join(labels[:8])}",
            "a container like the parameters, or a matrix for all of them",
        )
    if _is_rows(given):
        return dict(zip(labels, children[0], strict=True))
    return dict(zip(labels_of(given), children[0], strict=True))


def _check_held(name: str, inputs: Inputs, what: str) -> None:
    if name in inputs.constants:
        raise InputError(
            f"{what} has {name!r}, which is held constant: it is an int, or not in wrt=",
            f"a float for {name!r}",
        )


def _block(x: Any, unit: Unit, what: str, blocks: bool) -> Any:
    shape = np.shape(x)
    if shape == ():
        return x + np.zeros(unit.shape) if unit.shape else x
    if shape == unit.shape:
        return x
    if blocks and shape in ((unit.size, unit.size), unit.shape + unit.shape):
        return np.reshape(x, (unit.size, unit.size))
    raise InputError(
        f"{what} of {unit.name} has shape {shape}; its value has shape {unit.shape}",
        "a number, an array of that shape" + (", or a square matrix" if blocks else ""),
    )


def _blocks(parts: Sequence[Any], inputs: Inputs) -> Covariance:
    """Independent units, each with variances or with a matrix of its own."""
    units = inputs.varying
    if all(np.shape(p) == u.shape for p, u in zip(parts, units, strict=True)):
        _check_signs(parts, units, "cov")
        return Covariance(list(parts))
    checked = []
    for part, unit in zip(parts, units, strict=True):
        if np.shape(part) == unit.shape:
            _check_signs([part], [unit], "cov")
            checked.append(part)
        else:
            checked.append(checked_matrix(part, unit.names(), f"cov of {unit.name}"))
    return Covariance(blocks=checked, units=units)


# --- checks ---------------------------------------------------------------------------------------


def _check_signs(parts: Sequence[Any], units: Sequence[Unit], what: str) -> None:
    for part, unit in zip(parts, units, strict=True):
        plain = np.asarray(primal(part))
        # Infinite ones among very many are met by who looks at the result, which they make so.
        if plain.size and not (plain.min() >= 0 and (plain.size > _MANY or plain.max() < np.inf)):
            bad = plain[~((plain >= 0) & (plain < np.inf))][0] if plain.ndim else plain
            where = f" of {unit.name}" if unit.name else ""
            kind = "not finite" if not np.isfinite(bad) else "negative"
            raise InputError(f"{what}{where} is {kind}: {bad}", "finite numbers of at least 0")


def checked_matrix(matrix: Any, names: list[str], what: str) -> Any:
    """A symmetric positive semidefinite matrix, exactly symmetric.

    Raises
    ------
    InputError
        Names the entry, or the eigenvalue.
    """
    n = len(names)
    check_size(n, n, what)
    plain = np.asarray(primal(matrix))
    if not np.isfinite(plain).all():
        i, j = np.argwhere(~np.isfinite(plain))[0]
        raise InputError(f"{what} of {names[i]} and {names[j]} is {plain[i, j]}", "finite numbers")
    variances = np.diagonal(plain)
    if variances.min() < 0:
        i = int(variances.argmin())
        raise InputError(
            f"{what} is not positive semidefinite: the variance of {names[i]} is "
            f"{variances[i]:.6g}",
            "variances of at least 0",
        )
    scale = np.sqrt(variances)
    bound = scale[:, None] * scale
    tolerance = 64 * np.finfo(plain.dtype).eps * math.sqrt(n)
    _check_symmetry(plain, bound, tolerance, names, what)
    _check_definite(plain, scale, tolerance, names, what)
    return 0.5 * (matrix + np.transpose(matrix))


def _check_symmetry(
    plain: np.ndarray, bound: np.ndarray, tolerance: float, names: list[str], what: str
) -> None:
    # Rounding of correlation matrices that went through a file is allowed for.
    skew = np.abs(plain - plain.T)
    allowed = max(tolerance, 1e-10) * np.maximum(bound, np.abs(plain))
    if (skew > allowed).any():
        i, j = np.unravel_index(int(np.argmax(skew - allowed)), skew.shape)
        raise InputError(
            f"{what} is not symmetric: {plain[i, j]:.6g} for {names[i]} and "
            f"{names[j]}, and {plain[j, i]:.6g} the other way round",
            f"0.5 * ({what} + {what}.T), if the difference is rounding",
        )


def _check_definite(
    plain: np.ndarray, scale: np.ndarray, tolerance: float, names: list[str], what: str
) -> None:
    """In units in which every variance is 1: else large ones hide what is wrong with small ones."""
    certain = scale == 0
    if certain.any():
        rows = np.abs(plain[certain]).max(axis=1)
        if rows.max() > 0:
            i = int(np.flatnonzero(certain)[rows.argmax()])
            raise InputError(
                f"{what} is not positive semidefinite: the variance of {names[i]} is 0, its "
                "covariances are not",
                "0 for all of them",
            )
    kept = ~certain
    ratio = (0.5 * (plain + plain.T) / np.where(certain, 1.0, scale))[kept][:, kept]
    ratio = ratio / scale[kept][:, None]
    try:
        np.linalg.cholesky(ratio)
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(ratio)
        if values[0] < -max(tolerance, 1e-10) * max(values[-1], 1.0):
            smallest = float(np.linalg.eigvalsh(0.5 * (plain + plain.T))[0])
            worst = np.argsort(-np.abs(vectors[:, 0]))[:3]
            known = [names[i] for i in np.flatnonzero(kept)[worst]]
            raise InputError(
                f"{what} is not positive semidefinite: its smallest eigenvalue is {smallest:.6g} "
                f"(of the correlations {values[0]:.6g}), mostly in {', '.join(known)}",
                "a covariance matrix; the nearest one has its negative eigenvalues set to 0",
            ) from None
