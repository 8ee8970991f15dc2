"""The result of `dgsm`: measures, bounds of total indices, and their standard errors."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .._errors import InputError, shown
from ._plots import COLD, INK, MOST_BARS, bare, largest
from ._plots import lines as draw_lines
from ._poincare import Marginal
from ._results import Result, Table

_MEASURES = ("nu", "mu", "mu_star", "sigma", "bound")
_MOST_FAILURES = 2  # that are printed


class GlobalSensitivities(Result):
    """Derivative-based global sensitivity measures; made by `dgsm`.

    Attributes
    ----------
    nu, mu, mu_star, sigma, bound : dict
        By parameter, each of the shape of the output (of all outputs in one vector, where f
        returns several): mean squared derivative, mean, mean magnitude, standard deviation, and the
        upper bound of the total Sobol' index.
    errors : dict of dict
        The standard error of each: ``errors["bound"]["a"]``.
    samples : ndarray, shape (n, d)
        The parameter sets that did not fail.
    values : ndarray, shape (n, m)
    gradients : ndarray, shape (n, m, d)
    variance : ndarray
        Of the output.
    failures : dict
        Of `on_error="omit"`: index of the parameter set -> what was raised.
    names, outputs : list of str
        Of the parameters, and of the m outputs.
    constants : dict
        The Poincare constant of each parameter, and whether it is exact.
    """

    def __init__(
        self,
        *,
        name: str,
        names: Sequence[str],
        marginals: Sequence[Marginal] | None,
        samples: np.ndarray,
        values: np.ndarray,
        gradients: np.ndarray,
        shapes: Sequence[tuple[int, ...]],
        outputs: Sequence[str],
        failures: dict[int, str],
    ) -> None:
        self.name, self.names, self.outputs = name, list(names), list(outputs)
        self.samples, self.values, self.gradients = samples, values, gradients
        self.failures = failures
        self._shape = tuple(shapes[0]) if len(shapes) == 1 else (len(self.outputs),)
        self.constants = (
            {} if marginals is None else {m.name: (m.constant, m.exact) for m in marginals}
        )
        c = np.array([m.constant for m in marginals]) if marginals is not None else None
        self._table, self._errors, variance = measures(values, gradients, c)
        self.variance = np.reshape(variance, self._shape)[()]

    def _by_name(self, matrix: np.ndarray) -> dict[str, Any]:
        """A matrix (m, d) by parameter."""
        return {
            name: np.reshape(matrix[:, j], self._shape)[()] for j, name in enumerate(self.names)
        }

    @property
    def nu(self) -> dict[str, Any]:
        return self._by_name(self._table["nu"])

    @property
    def mu(self) -> dict[str, Any]:
        return self._by_name(self._table["mu"])

    @property
    def mu_star(self) -> dict[str, Any]:
        return self._by_name(self._table["mu_star"])

    @property
    def sigma(self) -> dict[str, Any]:
        return self._by_name(self._table["sigma"])

    @property
    def bound(self) -> dict[str, Any]:
        return self._by_name(self._table["bound"])

    @property
    def errors(self) -> dict[str, dict[str, Any]]:
        return {measure: self._by_name(self._errors[measure]) for measure in _MEASURES}

    @property
    def _leading(self) -> str:
        """The measure that ranks: the bound, or nu scaled by nothing where there is none."""
        return "bound" if np.isfinite(self._table["bound"]).any() else "nu"

    @property
    def ranking(self) -> list[str]:
        """Parameters by their largest bound over all outputs (without bounds by nu)."""
        best = np.nan_to_num(self._table[self._leading], nan=-1.0).max(axis=0)
        return [self.names[j] for j in largest(best, len(self.names))]

    # --- printing -----------------------------------------------------------------------------

    def _tables(self) -> Sequence[Table]:
        m, n = len(self.outputs), len(self.samples)
        many = m > 1
        headers = [*(["output"] if many else []), "parameter", "nu", "mu*", "sigma", "S_tot <="]
        rows: list[list[Any]] = []
        order = [self.names.index(name) for name in self.ranking]
        for i, output in enumerate(self.outputs):
            for j in order:
                row: list[Any] = [output] if many else []
                row.append(self.names[j])
                row += [float(self._table[k][i, j]) for k in ("nu", "mu_star", "sigma")]
                row.append(self._bound_text(i, j))
                rows.append(row)
        title = f"DGSM of {self.name}: {n} parameter sets, {m} output{'s' if many else ''}"
        return [Table(title, headers, rows, self._notes())]

    def _bound_text(self, i: int, j: int) -> str:
        bound, error = self._table["bound"][i, j], self._errors["bound"][i, j]
        return f"{bound:.3g} +- {error:.1g}" if math.isfinite(bound) else "unknown"

    def _notes(self) -> list[str]:
        out = []
        if not self.constants:
            out.append("no bounds: the distributions of the samples are not known")
        none = [name for name, (c, _) in self.constants.items() if not math.isfinite(c)]
        if none:
            out.append(f"no bound for {', '.join(none)}: the distribution has too heavy tails")
        if self.failures:
            total = len(self.failures) + len(self.samples)
            few = list(self.failures.items())[:_MOST_FAILURES]
            text = "; ".join(f"{i}: {what}" for i, what in few)
            more = "; ..." if len(self.failures) > len(few) else ""
            out.append(f"{len(self.failures)} of {total} parameter sets failed ({text}{more})")
        return out

    def _columns(self) -> Mapping[str, Sequence[Any]]:
        m, d = len(self.outputs), len(self.names)
        columns: dict[str, Sequence[Any]] = {
            "output": [o for o in self.outputs for _ in range(d)],
            "parameter": list(self.names) * m,
        }
        for measure in _MEASURES:
            columns[measure] = self._table[measure].ravel().tolist()
            columns[f"{measure}_error"] = self._errors[measure].ravel().tolist()
        return columns

    # --- pictures -----------------------------------------------------------------------------

    def _plots(self) -> Mapping[str, Callable[..., Any]]:
        bars = {"bars": self._draw_bars}
        return bars if len(self.outputs) == 1 else {"lines": self._draw_lines, **bars}

    def _draw_bars(self, ax: Any, *, output: int | str = 0, top: int = MOST_BARS) -> None:
        i = self._output(output)
        values, errors = self._table[self._leading][i], self._errors[self._leading][i]
        order = [j for j in largest(values, top) if math.isfinite(values[j])]
        height = np.arange(len(order))[::-1]
        ax.barh(
            height,
            values[order],
            xerr=1.96 * errors[order],
            color=COLD,
            ecolor=INK,
            height=0.7,
            capsize=3,
        )
        ax.set_yticks(height, [self.names[j] for j in order])
        ax.set_xlabel(self._label())
        ax.set_xlim(left=0.0)
        if self._leading == "bound":
            ax.axvline(1.0, color=INK, linewidth=0.8, linestyle=":")  # more tells nothing
        if len(self.outputs) > 1:
            ax.set_title(self.outputs[i])
        bare(ax)

    def _draw_lines(self, ax: Any, *, x: Any = None, top: int = 8) -> None:
        m = len(self.outputs)
        given, x = x, np.arange(m) if x is None else np.asarray(x, dtype=float)
        if np.shape(x) != (m,):
            raise InputError(f"x has shape {np.shape(x)}; there are {m} outputs", f"shape ({m},)")
        draw_lines(ax, x, self._table[self._leading], self.names, top=top)
        if self._leading == "bound":
            ax.axhline(1.0, color=INK, linewidth=0.8, linestyle=":")
        ax.set_ylabel(self._label())
        if given is None:
            ax.set_xlabel("output")

    def _label(self) -> str:
        return "total index, at most" if self._leading == "bound" else "mean squared derivative"

    def _output(self, output: int | str) -> int:
        if isinstance(output, str) and output in self.outputs:
            return self.outputs.index(output)
        if isinstance(output, (int, np.integer)) and -len(self.outputs) <= output < len(
            self.outputs
        ):
            return int(output)
        raise InputError(
            f"output={shown(output)}; there are {len(self.outputs)}: {shown(self.outputs)}",
            "a name or a position",
        )


def measures(
    y: np.ndarray, g: np.ndarray, constants: np.ndarray | None
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], np.ndarray]:
    """Measures (m, d), their standard errors, and the variances (m,) of the outputs.

    Parameters
    ----------
    y : ndarray, shape (n, m)
    g : ndarray, shape (n, m, d)
    constants : ndarray, shape (d,), or None
    """
    n = len(y)
    root = math.sqrt(n)
    away = (y - y.mean(axis=0)) ** 2
    variance = away.sum(axis=0) / (n - 1)
    squares = g * g
    nu, mu = squares.mean(axis=0), g.mean(axis=0)
    centred = (g - mu) ** 2
    spread = centred.sum(axis=0) / (n - 1)
    sigma = np.sqrt(spread)
    out = {"nu": nu, "mu": mu, "mu_star": np.abs(g).mean(axis=0), "sigma": sigma}
    errors = {
        "nu": squares.std(axis=0, ddof=1) / root,
        "mu": sigma / root,
        "mu_star": np.abs(g).std(axis=0, ddof=1) / root,
    }
    nothing = np.full(nu.shape, np.nan)
    with np.errstate(all="ignore"):
        # d sqrt(v) = dv / (2 sqrt(v)); a derivative that never changes has none.
        errors["sigma"] = np.where(sigma > 0, centred.std(axis=0, ddof=1) / (2 * sigma * root), 0.0)
        # Where f does not vary at all, rounding is not taken for variance.
        floor = (1e-13 * np.abs(y).max(axis=0)) ** 2
        known = (variance > floor)[:, None]
        ratio = nu / variance[:, None]
        # The influence of one sample on nu / D, by the delta method.
        change = (squares - nu) / variance[:, None] - ratio * (away / variance - 1.0)[:, :, None]
        error = change.std(axis=0, ddof=1) / root
    if constants is None:
        out["bound"], errors["bound"] = nothing, nothing.copy()
    else:
        c = np.where(np.isfinite(constants), constants, np.nan)
        out["bound"] = np.where(known, c * ratio, np.nan)
        errors["bound"] = np.where(known, c * error, np.nan)
    return out, errors, variance
