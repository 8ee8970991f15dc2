"""The result of `sensitivity`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .._errors import InputError, shown
from .._numbers import Number, primal
from ._inputs import Inputs, unknown_name
from ._outputs import Outputs, joined
from ._plots import bars, heat, lines
from ._results import Result, Table, number_text, refuse_numbers

_AXIS = {
    "absolute": "derivative",
    "relative": "relative sensitivity, % per %",
    "scaled": "change for one std of the parameter",
}
_SECOND = {
    "absolute": "second derivative",
    "relative": "second derivative times p q / y",
    "scaled": "second derivative times both std",
}
_FEW = 6  # components that have a column of their own


class Sensitivities(Result):
    """Local sensitivities.

    Attributes
    ----------
    value : as simulate returns it
    absolute : nested as `jacobian` nests it
        ``dy/dp``: the outputs' container outside, the parameters' inside.
    relative : nested likewise
        ``(p / y) dy/dp``, the elasticity. NaN where y is 0, and where p is 0: a percentage of
        nothing says nothing; `absolute` and `scaled` do.
    scaled : nested likewise
        ``std(p) dy/dp``: the change of y, in its own unit, for one standard deviation of p.
    second : nested as `hessian` nests it, with ``order=2``
    times : array, or None
    names : list of str
        The parameters that vary.
    constants : list of str
        Numbers in params that were held constant.
    output_names : list of str
        The components of the outputs; all times of one have one name.
    """

    def __init__(
        self,
        *,
        inputs: Inputs,
        outputs: Outputs,
        J: Any,
        H: Any,
        deviations: Any,
        times: Any,
        components: list[list[str]],
    ) -> None:
        def nested(columns: Any) -> Any:
            leaves = outputs.split(columns)
            return outputs.tree([inputs.assemble(inputs.split(leaf)) for leaf in leaves])

        y, p = outputs.flat(), joined([np.reshape(x, (-1,)) for x in inputs.numbers()])
        relative = J * np.where(primal(p) == 0, np.nan, p) / _no_zeros(y)[:, None]
        scaled = None if deviations is None else J * deviations
        self.value = outputs.tree(outputs.values)
        self.absolute, self.relative = nested(J), nested(relative)
        self._scaled = None if scaled is None else nested(scaled)
        self._second = None if H is None else _nested_twice(H, inputs, outputs)
        self.times = None if times is None else times.values
        self.names, self.constants = inputs.names, inputs.constants
        self.output_names = [name for leaf in components for name in leaf]
        self._rows, self._timed = _rows_of(outputs, times)
        self._numbers = [x for x in (J, H, p, deviations) if isinstance(x, Number)]
        self._y, self._p = _plain(y), _plain(p)
        self._std = None if deviations is None else _plain(deviations)
        self._measures = {"absolute": _plain(J), "relative": _plain(relative)}
        if scaled is not None:
            self._measures["scaled"] = _plain(scaled)
        self._H = None if H is None else _plain(H)

    # --- the figures ------------------------------------------------------------------------------

    @property
    def scaled(self) -> Any:
        """The derivatives times the standard deviations of the parameters."""
        self._matrix("scaled")
        return self._scaled

    @property
    def second(self) -> Any:
        """The second derivatives."""
        self._hessians()
        return self._second

    def _hessians(self) -> np.ndarray:
        if self._H is None:
            raise InputError("second derivatives were not asked for", "sensitivity(..., order=2)")
        return self._H

    def _matrix(self, by: str | None) -> tuple[str, np.ndarray]:
        """A measure and its values (output elements, parameters)."""
        if by is None:
            by = "scaled" if "scaled" in self._measures else "relative"
        if by == "scaled" and by not in self._measures:
            raise InputError(
                "scaled sensitivities need the uncertainty of the parameters",
                "sensitivity(..., std=...)",
            )
        if by not in self._measures:
            raise InputError(
                f"by={shown(by)}; it must be one of {', '.join(self._measures)}", "by='relative'"
            )
        return by, self._measures[by]

    def _component(self, output: str | int | None) -> int:
        if output is None:
            return 0
        if isinstance(output, (int, np.integer)) and not isinstance(output, bool):
            if not -len(self.output_names) <= output < len(self.output_names):
                raise InputError(
                    f"output={output}; there are {len(self.output_names)}", "output=0, or a name"
                )
            return int(output) % len(self.output_names)
        if output not in self.output_names:
            raise unknown_name("output", str(output), self.output_names, "the result")
        return self.output_names.index(output)

    def _chosen(self, by: str, output: str | int | None) -> np.ndarray:
        """Rows of the components that a ranking is over."""
        if output is not None:
            return self._rows[self._component(output)]
        if by != "relative" and len(self.output_names) > 1:
            raise InputError(
                f"the {len(self.output_names)} outputs may have different units, so {by} "
                "sensitivities can't be taken together",
                f"output={self.output_names[0]!r}, or by='relative'",
            )
        return np.concatenate(self._rows)

    def ranking(
        self, by: str | None = None, output: str | int | None = None
    ) -> list[tuple[str, float]]:
        """The parameters, the most important one first.

        Parameters
        ----------
        by : {"relative", "absolute", "scaled"}, optional
            By default "scaled" where the uncertainty of the parameters is known, else "relative".
        output : str or int, optional
            One component of the outputs; by default all, which needs ``by="relative"`` where there
            is more than one.

        Returns
        -------
        list of (name, score)
            The score is the root of the mean square over all values of the output; values at which
            a relative sensitivity is undefined do not count, and a parameter without any comes
            last, with NaN.
        """
        refuse_numbers(self._numbers, "ranking", ".absolute, .relative or .scaled")
        return self._ranking(by, output)

    def _ranking(
        self, by: str | None = None, output: str | int | None = None
    ) -> list[tuple[str, float]]:
        if by is None and output is None and len(self.output_names) > 1:
            by = "relative"
        by, matrix = self._matrix(by)
        scores = _rms(matrix[self._chosen(by, output)])
        order = np.argsort(-np.nan_to_num(scores, nan=-1.0), kind="stable")
        return [(self.names[i], float(scores[i])) for i in order]

    def interactions(
        self, by: str | None = None, output: str | int | None = None
    ) -> list[tuple[str, str, float]]:
        """Pairs of parameters by what they do together, the strongest one first.

        Parameters and scores are those of `ranking`, for the second derivatives: ``p q / y`` times
        the derivative, or ``std(p) std(q)`` times it. A parameter's pair with itself is the
        curvature in it.
        """
        refuse_numbers(self._numbers, "interactions", ".second")
        return self._interactions(by, output)

    def _interactions(
        self, by: str | None = None, output: str | int | None = None
    ) -> list[tuple[str, str, float]]:
        self._hessians()
        if by is None and output is None and len(self.output_names) > 1:
            by = "relative"
        by, _ = self._matrix(by)
        rows = self._chosen(by, output)
        n = len(self.names)
        scores = _rms(self._curvatures(by, rows).reshape(len(rows), n * n)).reshape(n, n)
        pairs = [(i, j) for i in range(n) for j in range(i, n)]
        pairs.sort(key=lambda ij: -np.nan_to_num(scores[ij], nan=-1.0))
        return [(self.names[i], self.names[j], float(scores[i, j])) for i, j in pairs]

    def _curvatures(self, by: str, rows: np.ndarray) -> np.ndarray:
        """Second derivatives of some outputs in the units of a measure."""
        H = self._hessians()[rows]
        if by == "relative":
            p = np.where(self._p == 0, np.nan, self._p)
            return H * (p[:, None] * p) / _no_zeros(self._y[rows])[:, None, None]
        if by == "scaled" and self._std is not None:
            return H * (self._std[:, None] * self._std)
        return H

    # --- showing it -------------------------------------------------------------------------------

    def _tables(self) -> Sequence[Table]:
        single = len(self._y) == 1
        by = "relative" if len(self.output_names) > 1 else self._matrix(None)[0]
        order = [self.names.index(name) for name, _ in self._ranking(by)]
        headers, columns = ["parameter", "value"], [self._p]
        if self._std is not None:
            headers.append("std")
            columns.append(self._std)
        if single:
            headers += list(self._measures)
            columns += [m[0] for m in self._measures.values()]
        else:
            matrix = self._measures[by]
            for name, rows in list(zip(self.output_names, self._rows, strict=True))[:_FEW]:
                headers.append(name)
                columns.append(_summary(matrix[rows]))
        table = [[self.names[i], *(column[i] for column in columns)] for i in order]
        return [Table(self._title(by, single), headers, table, self._notes())]

    def _title(self, by: str, single: bool) -> str:
        if single:
            return f"{self.output_names[0]} = {number_text(self._y[0])}"
        over = "" if self.times is None else f" at {self.times.size} times"
        title = f"{len(self.output_names)} outputs{over}: {by} sensitivity"
        title = title.replace("1 outputs", "1 output", 1) if len(self.output_names) == 1 else title
        return title + (", root mean square over time" if over else "")

    def _notes(self) -> list[str]:
        notes = []
        zeros = [name for name, p in zip(self.names, self._p, strict=True) if p == 0]
        if zeros:
            notes.append(
                f"relative sensitivity is undefined where the parameter is 0: {_few(zeros)}"
            )
        count = int((self._y == 0).sum())
        if count:
            notes.append(f"relative sensitivity is undefined at {count} outputs that are 0")
        if len(self.output_names) > _FEW and len(self._y) > 1:
            notes.append(f"{len(self.output_names) - _FEW} more outputs: to_frame() has all")
        if self.constants:
            notes.append(f"held constant: {_few(self.constants)}")
        if self._H is not None:
            a, b, score = self._interactions("relative")[0]
            if not np.isnan(score):
                notes.append(f"strongest second-order effect: {a} with {b} ({number_text(score)})")
        return notes

    def _columns(self) -> Mapping[str, Sequence[Any]]:
        refuse_numbers(self._numbers, "to_frame", ".absolute, .relative or .scaled")
        rows = [
            (name, k, t, j)
            for name, at, timed in zip(self.output_names, self._rows, self._timed, strict=True)
            for t, k in enumerate(at)
            for j in range(len(self.names))
            if timed or t == 0
        ]
        columns: dict[str, Any] = {"output": [row[0] for row in rows]}
        if self.times is not None:
            timed = dict(zip(self.output_names, self._timed, strict=True))
            columns["time"] = [self.times[t] if timed[n] else np.nan for n, _, t, _ in rows]
        k, j = [row[1] for row in rows], [row[3] for row in rows]
        columns["parameter"] = [self.names[i] for i in j]
        columns.update({name: m[k, j] for name, m in self._measures.items()})
        return columns

    # --- pictures ---------------------------------------------------------------------------------

    def _plots(self) -> Mapping[str, Callable[..., Any]]:
        plots: dict[str, Callable[..., Any]] = {
            "tornado": self._draw_tornado,
            "heat": self._draw_heat,
        }
        if self.times is not None:
            plots = {"time": self._draw_time, **plots}
        if self._H is not None:
            plots["second"] = self._draw_second
        return plots

    def _draw_tornado(
        self, ax: Any, *, by: str | None = None, output: str | int | None = None, top: int = 20
    ) -> None:
        by, matrix = self._matrix(by)
        c = self._component(output)
        rows = self._rows[c]
        values = _summary(matrix[rows])
        bars(ax, self.names, values, top=top)
        ax.set_xlabel(_AXIS[by] + (", rms over time" if len(rows) > 1 else ""))
        ax.set_title(self.output_names[c])

    def _draw_time(
        self, ax: Any, *, by: str | None = None, output: str | int | None = None, top: int = 8
    ) -> None:
        by, matrix = self._matrix(by)
        c = self._component(self._timed.index(True) if output is None else output)
        if not self._timed[c] or self.times is None:
            raise InputError(f"{self.output_names[c]} has no times", "plot('tornado')")
        lines(ax, self.times, matrix[self._rows[c]], self.names, top=top)
        ax.set(xlabel="time", ylabel=_AXIS[by], title=self.output_names[c])

    def _draw_heat(self, ax: Any, *, by: str | None = None) -> None:
        by, matrix = self._matrix("relative" if by is None else by)
        values = np.array([_summary(matrix[rows]) for rows in self._rows])
        label = _AXIS[by] + (", rms over time" if any(self._timed) else "")
        heat(ax, values, self.output_names, self.names, limit=None, label=label)

    def _draw_second(
        self, ax: Any, *, by: str | None = None, output: str | int | None = None, at: int = -1
    ) -> None:
        by, _ = self._matrix(by)
        c = self._component(output)
        matrix = self._curvatures(by, self._rows[c][[at]])[0]
        heat(ax, matrix, self.names, limit=None, label=_SECOND[by])
        when = ""
        if self.times is not None and self._timed[c]:
            when = f" at time {self.times[at]:.4g}"
        ax.set_title(self.output_names[c] + when)


def _no_zeros(y: Any) -> Any:
    return np.where(primal(y) == 0, np.nan, y)


def _plain(x: Any) -> np.ndarray:
    return np.asarray(primal(x), dtype=float)


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def _rms(rows: np.ndarray) -> np.ndarray:
    """The root of the mean square of each column, over what is defined; NaN where nothing is."""
    count = (~np.isnan(rows)).sum(axis=0)
    largest = np.nan_to_num(np.abs(rows)).max(axis=0, initial=0.0)
    scale = np.where(largest > 0, largest, 1.0)  # squares of extreme values leave the range
    total = np.nansum((rows / scale) ** 2, axis=0)
    return np.where(count > 0, scale * np.sqrt(total / np.maximum(count, 1)), np.nan)


def _summary(rows: np.ndarray) -> np.ndarray:
    """One row with its signs; of several the root mean square."""
    return rows[0] if len(rows) == 1 else _rms(rows)


def _nested_twice(H: Any, inputs: Inputs, outputs: Outputs) -> Any:
    """Second derivatives (m, n, n) as `hessian` nests them."""
    leaves = []
    for leaf in outputs.split(H):
        rows = [inputs.assemble(inputs.split(row)) for row in inputs.split(leaf, axis=-2)]
        leaves.append(inputs.assemble(rows))
    return outputs.tree(leaves)


def _rows_of(outputs: Outputs, times: Any) -> tuple[list[np.ndarray], list[bool]]:
    """For each component its positions among the output elements, and whether these are times."""
    rows: list[np.ndarray] = []
    timed: list[bool] = []
    start = 0
    for i, shape in enumerate(outputs.shapes):
        at = np.arange(start, start + outputs.sizes[i]).reshape(shape)
        start += outputs.sizes[i]
        axis = None if times is None else times.axes[i]
        columns = at.reshape(1, -1) if axis is None else np.moveaxis(at, axis, 0)
        columns = columns.reshape(len(columns), -1)
        rows += list(columns.T)
        timed += [axis is not None] * columns.shape[1]
    return rows, timed
