"""The result of `propagate`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .._errors import InputError
from .._numbers import primal
from ._inputs import Inputs
from ._outputs import LARGEST, Outputs
from ._plots import MOST_BARS, band, bars, heat, left_out, stacked_bars
from ._results import MOST_ROWS, Result, Table, known_text, number_text, refuse_numbers

_FEW = 6  # inputs that have a column of their own


def columns(matrix: Any, rows: slice = slice(None)) -> Any:
    """Rows of a matrix, which may be given as a list of its columns."""
    if isinstance(matrix, list):
        return np.stack([column[rows] for column in matrix], axis=1)
    return matrix[rows]


class Propagated(Result):
    """Mean and covariance of a function's values.

    Attributes
    ----------
    value : as f returns it
        ``f(x)``.
    mean : as f returns it
        `value`, and to second order half the trace of Hessian times covariance more.
    variance, std : as f returns it
    cov, corr : array of shape (m, m)
        Of all m output elements, flattened in their order (`output_names`).
    shares : nested as `jacobian` nests them
        What each input adds to each variance, relative to it; they sum to 1. Where inputs are
        correlated this is ``J_ij (C J_i)_j / variance_i``, which can be negative: a part of the
        variance that the correlations take away again. Where a variance is 0 they are NaN.
    derivatives : nested likewise
        The first derivatives.
    order : int
    is_elementwise : bool
        No matrix was made: each element of the outputs belongs to one element of the large inputs.
        `shares` and `derivatives` then have in place of a large input an array of the output's
        shape.
    """

    def __init__(
        self,
        *,
        inputs: Inputs,
        outputs: Outputs,
        names: Sequence[str],
        derivatives: Any,
        parts: Any,
        variance: Any,
        shift: Any,
        deviations: Any,
        full: Callable[[], Any],
        order: int,
        std: Any = None,
        elementwise: tuple[list[int], list[int]] | None = None,
    ) -> None:
        self.order, self.is_elementwise = order, elementwise is not None
        self.input_names = list(names)
        self._inputs, self._outputs, self._elementwise = inputs, outputs, elementwise
        self._derivatives, self._full = derivatives, full
        # Variances, and the parts that make them; or standard deviations of one input alone.
        self._given, self._given_parts, self._given_std = variance, parts, std
        self._deviations = deviations
        flat = outputs.flat()
        self._mean = flat if shift is None else flat + shift
        self.value = outputs.tree(outputs.values)
        self.mean = self.value if shift is None else outputs.tree(outputs.split(self._mean))

    def __getstate__(self) -> dict[str, Any]:
        # What is made from the user's function when it is asked for is made now.
        for name in ("variance", "std", "shares", "derivatives", "output_names", "_values"):
            getattr(self, name)
        if self._flat.shape[0] ** 2 <= LARGEST // 64:
            _ = self.cov
        state = self.__dict__.copy()
        for name in ("_inputs", "_outputs", "_full"):
            state[name] = None
        return state

    # --- the figures ------------------------------------------------------------------------------

    @functools.cached_property
    def _flat(self) -> Any:
        return self._given if self._given_std is None else self._given_std**2

    @functools.cached_property
    def _flat_std(self) -> Any:
        return np.sqrt(self._given) if self._given_std is None else self._given_std

    @property
    def _parts(self) -> Any:
        return [self._flat] if self._given_parts is None else self._given_parts

    @functools.cached_property
    def variance(self) -> Any:
        """Variances."""
        return self._outputs.tree(self._outputs.split(self._flat))

    @functools.cached_property
    def std(self) -> Any:
        """Standard deviations."""
        return self._outputs.tree(self._outputs.split(self._flat_std))

    @functools.cached_property
    def cov(self) -> Any:
        """The covariance matrix of all output elements.

        Raises
        ------
        InputError
            If there are so many that it would not fit into memory.
        """
        m = np.shape(self._flat)[0]
        if self._full is None or m * m > LARGEST // 4:
            raise InputError(
                f"the covariance matrix of {m} outputs would take {8 * m * m / 2**30:.3g} GiB",
                ".variance, or .derivatives, from which any part of it can be had",
            )
        return self._full()

    @property
    def corr(self) -> Any:
        """The correlation matrix of all output elements; NaN for those without variance."""
        scale = np.sqrt(np.diagonal(self.cov))
        scale = np.where(primal(scale) > 0, scale, np.nan)
        return self.cov / scale[:, None] / scale

    @functools.cached_property
    def shares(self) -> Any:
        """The shares of the variances."""
        total = np.where(primal(self._flat) > 0, self._flat, np.nan)
        return self._nested(columns(self._parts) / total[:, None])

    @functools.cached_property
    def derivatives(self) -> Any:
        """The first derivatives."""
        return self._nested(columns(self._derivatives))

    def _nested(self, matrix: Any) -> Any:
        """A matrix (m, inputs) in the containers: the outputs' outside, the inputs' inside."""
        leaves = self._outputs.split(matrix)
        if self._elementwise is None:
            return self._outputs.tree([self._inside(leaf) for leaf in leaves])
        return self._outputs.tree([self._by_elements(leaf) for leaf in leaves])

    def _inside(self, leaf: Any) -> Any:
        return self._inputs.assemble(self._inputs.split(leaf))

    def _by_elements(self, leaf: Any) -> Any:
        large, small = self._elementwise or ([], [])
        found: dict[int, Any] = {i: leaf[..., lane] for lane, i in enumerate(large)}
        start = len(large)
        units = self._inputs.varying
        for i in small:
            stop = start + units[i].size
            found[i] = np.reshape(leaf[..., start:stop], leaf.shape[:-1] + units[i].shape)
            start = stop
        return self._inputs.assemble([found[i] for i in range(len(units))])

    # --- showing it -------------------------------------------------------------------------------

    @functools.cached_property
    def output_names(self) -> list[str]:
        """A name for each output element, in the order of `cov`."""
        return self._outputs.names()

    def _vectors(self) -> tuple[np.ndarray, np.ndarray]:
        """Means and standard deviations of all outputs, plain."""
        mean = np.asarray(primal(self._mean), dtype=float)
        return mean, np.asarray(primal(self._flat_std), dtype=float)

    def _share_matrix(self, rows: slice = slice(None)) -> np.ndarray:
        """Shares of some outputs (m, inputs); NaN where there is no variance."""
        total = np.asarray(primal(self._flat[rows]), dtype=float)
        parts = np.asarray(primal(columns(self._parts, rows)), dtype=float)
        return parts / np.where(total > 0, total, np.nan)[:, None]

    def _tables(self) -> Sequence[Table]:
        mean, std = self._vectors()
        if mean.size == 1 and self._deviations is not None:
            return [self._one_output(mean[0], std[0])]
        top = slice(0, MOST_ROWS + 1)
        shares = self._share_matrix(top)
        few = len(self.input_names) <= _FEW
        rows: list[list[Any]] = []
        for i, share in enumerate(shares):
            row: list[Any] = [self.output_names[i], known_text(mean[i], std[i]), std[i]]
            row += [float(s) for s in share] if few else [self._largest(share)]
            rows.append(row)
        rows += [rows[-1]] * (mean.size - len(rows))  # counted, not shown
        headers = ["output", "mean", "std"]
        headers += [f"share of {n}" for n in self.input_names] if few else ["largest share"]
        kind = "first order" if self.order == 1 else "second order"
        how = ", element by element" if self.is_elementwise else ""
        return [Table(f"{mean.size} outputs{how}, {kind}", headers, rows)]

    def _largest(self, share: np.ndarray) -> str:
        if np.isnan(share).all():
            return "-"
        i = int(np.nanargmax(np.abs(share)))
        return f"{self.input_names[i]} ({100 * share[i]:.3g} %)"

    def _one_output(self, mean: float, std: float) -> Table:
        """One number: its inputs, the most important one first."""
        share = self._share_matrix()[0]
        derivative = np.asarray(primal(columns(self._derivatives)), dtype=float)[0]
        order = np.argsort(-np.nan_to_num(np.abs(share)), kind="stable")
        values = self._values
        rows = [
            [
                self.input_names[i],
                known_text(values[i], self._deviations[i]),
                self._deviations[i],
                derivative[i],
                share[i],
            ]
            for i in order
        ]
        title = f"{self.output_names[0]} = {known_text(mean, std)} +/- {number_text(std)}"
        if self.order == 2:
            title += " (second order)"
        return Table(title, ["input", "value", "std", "derivative", "share"], rows)

    @functools.cached_property
    def _values(self) -> np.ndarray:
        return self._inputs.vector()

    def _columns(self) -> Mapping[str, Sequence[Any]]:
        refuse_numbers([self._mean, self._flat], "to_frame", ".mean, .variance or .cov")
        mean, std = self._vectors()
        frame: dict[str, Any] = {"output": self.output_names, "mean": mean, "std": std}
        for name, share in zip(self.input_names, self._share_matrix().T, strict=True):
            frame[f"share of {name}"] = share
        return frame

    # --- pictures ---------------------------------------------------------------------------------

    def _plots(self) -> Mapping[str, Callable[..., Any]]:
        count = self._mean.shape[0]
        shares: dict[str, Callable[..., Any]] = {"shares": self._draw_shares}
        if count == 1:
            return shares
        others = {"band": self._draw_band, "corr": self._draw_correlations}
        return {**shares, **others} if count <= MOST_BARS else {**others, **shares}

    def _draw_shares(self, ax: Any, **options: Any) -> None:
        share = self._share_matrix(slice(0, MOST_BARS))
        if self._mean.shape[0] == 1:
            bars(ax, self.input_names, 100 * share[0], **options)
            ax.set_xlabel("share of the variance, %")
            ax.set_title(self._tables()[0].title)
            return
        stacked_bars(ax, self.output_names[: len(share)], self.input_names, 100 * share, **options)
        left_out(ax, self._mean.shape[0] - len(share))
        ax.set_xlabel("share of the variance, %")

    def _draw_band(self, ax: Any, *, x: Any = None, factor: float = 2.0, **options: Any) -> None:
        mean, std = self._vectors()
        at = np.arange(mean.size) if x is None else np.asarray(x)
        if at.shape != mean.shape:
            raise InputError(
                f"x has shape {at.shape}; there are {mean.size} outputs", "one x for each output"
            )
        band(ax, at, mean, factor * std, f"mean +/- {factor:g} std", **options)
        ax.set(xlabel="output" if x is None else "x", ylabel="value")

    def _draw_correlations(self, ax: Any, **options: Any) -> None:
        heat(ax, np.asarray(primal(self.corr)), self.output_names, **options)
        ax.set_title("correlation of the outputs")
