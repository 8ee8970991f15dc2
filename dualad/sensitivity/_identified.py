"""The result of `identifiability`: parameters, their confidence, and what data do not determine."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .._errors import InputError
from .._record import record
from ._fits import Fit
from ._inputs import unknown_name
from ._plots import COLD, INK, bare, empty, heat, largest, left_out
from ._prediction import Prediction
from ._results import Result, Table, known_text, number_text, refuse_numbers

_STRONG = 0.95  # correlations that are worth a line
_INVOLVED = 1e-7  # of a null vector's component that is more than rounding
_SHOWN = 0.1  # of a direction's largest component, from which on another one is named
_FAR = 0.1  # of a standard deviation, that the next step of the fit may be long


@record(slots=True)
class Direction:
    """A combined change of parameters that the data hardly see.

    Attributes
    ----------
    changes : dict of str to float
        The change of each parameter, the largest 1: relative to its value, or as it is where one
        of them is 0.
    is_relative : bool
    singular_value : float
        By how much the data change along it, of what its parameters would change each alone;
        0 where nothing changes, to rounding.
    """

    changes: dict[str, float]
    is_relative: bool
    singular_value: float

    @property
    def is_null(self) -> bool:
        """Nothing changes at all, to rounding."""
        return self.singular_value == 0

    def __str__(self) -> str:
        unit = " %" if self.is_relative else ""
        most = max(map(abs, self.changes.values()))
        terms = [f"{n} {c:+.3g}{unit}" for n, c in self.changes.items() if abs(c) > _SHOWN * most]
        what = "changes nothing" if self.is_null else f"hardly seen ({self.singular_value:.2g})"
        return f"{', '.join(terms)}: {what}"


def _direction(
    v: np.ndarray, unit: np.ndarray, p: np.ndarray, names: Sequence[str], value: float
) -> Direction:
    kept = np.abs(v) > 1e-3 * np.abs(v).max()  # the rest is rounding, or as good as that
    relative = bool((p[kept] != 0).all())
    change = np.where(kept, v / unit / (np.where(p == 0, 1.0, p) if relative else 1.0), 0.0)
    order = [i for i in largest(change, len(change)) if kept[i]]
    change = change / change[order[0]]
    return Direction({names[i]: float(change[i]) for i in order}, relative, value)


class Identifiability(Result):
    """What data say about parameters.

    Attributes
    ----------
    names : list of str
    params : array (n,)
    std : array (n,)
        Infinite for a parameter that the data do not determine, NaN for one at its bound.
    cov, corr : array (n, n)
    fisher : array (n, n)
        The Fisher information, with the estimated variance of the data.
    intervals : array (n, 2)
        Confidence intervals at `level`.
    dof : int, or None
        Degrees of freedom; None where the noise is known, for the normal distribution.
    residual_std : float
        Of the weighted residuals; 1 where the noise is known.
    condition : float
        Of the Jacobian with columns of length one, or of the correlations' square root.
    collinearity : float
        The reciprocal of its smallest singular value.
    directions : list of Direction
        The combinations that the data do not or hardly determine.
    """

    def __init__(
        self, fit: Fit, absolute: bool, level: float, near: float, model: Any, noise: Any
    ) -> None:
        refuse_numbers(
            [fit.J, fit.r], "identifiability", "fisher_information, which has derivatives"
        )
        self.names, self.params, self.level = fit.names, fit.point, level
        self._free, self._model, self._noise = fit.free, model, noise
        self.count = fit.count
        free = np.flatnonzero(fit.free)
        if not free.size:
            raise InputError("every parameter is at a bound", "a fit with a parameter inside")
        known = absolute or (fit.r is None and fit.J is not None)
        self._notes: list[str] = []
        if fit.J is None:
            self._from_covariance(fit.cov, near)
        else:
            self._from_jacobian(fit, free, known, near)
        self.dof = None if known else self._checked_dof(fit, free)
        self._add_notes(fit, free)
        self.intervals = self._intervals(level)

    def _checked_dof(self, fit: Fit, free: np.ndarray) -> int:
        if fit.count is None:
            raise InputError(
                "pcov alone does not say from how many data it comes",
                "dof=len(data) - len(popt), or absolute_sigma=True for normal intervals",
            )
        return int(fit.count - (self._rank if fit.J is not None else free.size))

    # --- from the Jacobian, or from a covariance --------------------------------------------------

    def _from_jacobian(self, fit: Fit, free: np.ndarray, known: bool, near: float) -> None:
        J = np.asarray(fit.J, dtype=float)[:, free]
        m, n = J.shape
        length = np.linalg.norm(J, axis=0)
        unit = np.where(length > 0, length, 1.0)
        _, s, Vt = np.linalg.svd(J / unit, full_matrices=m < n)
        s = np.concatenate([s, np.zeros(len(Vt) - len(s))])
        null = s <= 8 * max(m, n) * np.finfo(float).eps * s[0]
        self._rank = int(n - null.sum())
        scale = 1.0
        if not known:
            if m <= self._rank:
                raise InputError(
                    f"{m} data for {n} parameters leave nothing to estimate noise from",
                    "more data; or sigma= with absolute_sigma=True",
                )
            scale = math.sqrt(float(fit.r @ fit.r) / (m - self._rank))
        self.residual_std = scale
        rows = Vt[~null] / s[~null][:, None]
        involved = (np.abs(Vt[null]) > _INVOLVED).any(axis=0)
        cov = (rows.T @ rows) * scale**2 / unit[:, None] / unit
        if involved.any():
            cov[involved], cov[:, involved] = np.nan, np.nan
            cov[involved, involved] = np.inf
        self._spread_out(cov, free)
        information = J.T @ J
        self.fisher = information / scale**2 if scale > 0 else np.full_like(information, np.inf)
        self._judge(s, Vt, unit, null, free, near)
        if fit.r is not None and not null.any() and scale > 0:
            step = rows.T @ (rows @ (J / unit).T @ fit.r) / unit
            self._note_step(step, free)

    def _from_covariance(self, cov: np.ndarray, near: float) -> None:
        free = np.arange(len(cov))
        self._spread_out(cov, free)
        self.residual_std = math.nan
        std = np.where(self.std > 0, self.std, 1.0)
        values, vectors = np.linalg.eigh(cov / std[:, None] / std)
        # The inverse of the correlations is the information with its own units; its columns are
        # given length one, as those of a Jacobian are.
        values = np.maximum(values, np.finfo(float).eps * values[-1])
        inverse = (vectors / values) @ vectors.T
        unit = np.sqrt(np.diagonal(inverse))
        information, V = np.linalg.eigh(inverse / unit[:, None] / unit)
        s = np.sqrt(np.maximum(information, 0.0))[::-1]
        self.fisher = inverse / std[:, None] / std
        self._judge(s, V.T[::-1], unit / std, np.zeros(len(s), bool), free, near)

    def _spread_out(self, cov: np.ndarray, free: np.ndarray) -> None:
        """Covariance of all parameters; NaN for those at a bound."""
        n = len(self.names)
        self.cov = np.full((n, n), np.nan)
        self.cov[np.ix_(free, free)] = cov
        self.std = np.sqrt(np.diagonal(self.cov))
        with np.errstate(invalid="ignore", divide="ignore"):
            self.corr = self.cov / self.std[:, None] / self.std
        at = np.flatnonzero(np.isfinite(self.std) & (self.std > 0))
        self.corr[at, at] = 1.0

    def _judge(
        self,
        s: np.ndarray,
        V: np.ndarray,
        unit: np.ndarray,
        null: np.ndarray,
        free: np.ndarray,
        near: float,
    ) -> None:
        """Condition and directions: singular values and vectors in parameters times `unit`."""
        smallest = 0.0 if null.any() else float(s[-1])
        self.condition = math.inf if smallest == 0 else float(s[0]) / smallest
        self.collinearity = math.inf if smallest == 0 else 1.0 / smallest
        names = [self.names[i] for i in free]
        self.directions = [
            _direction(V[i], unit, self.params[free], names, 0.0 if null[i] else float(s[i]))
            for i in reversed(range(len(s)))
            if null[i] or s[i] < near
        ]

    # --- notes ------------------------------------------------------------------------------------

    def _note_step(self, step: np.ndarray, free: np.ndarray) -> None:
        with np.errstate(divide="ignore", invalid="ignore"):
            far = np.abs(step) / self.std[free]
        i = int(np.nanargmax(far))
        if far[i] > _FAR:
            self._notes.append(
                f"these are not the parameters of the best fit: its next step would move "
                f"{self.names[free[i]]} by {far[i]:.2g} standard deviations"
            )

    def _add_notes(self, fit: Fit, free: np.ndarray) -> None:
        held = [name for name, at in zip(fit.names, fit.free, strict=True) if not at]
        if held:
            self._notes.append(f"at a bound, and held there: {', '.join(held)}")
        pairs = [
            (self.corr[i, j], self.names[i], self.names[j])
            for a, i in enumerate(free)
            for j in free[a + 1 :]
            if abs(self.corr[i, j]) > _STRONG
        ]
        pairs.sort(key=lambda pair: -abs(pair[0]))
        for r, a, b in pairs[:4]:
            self._notes.append(f"correlation of {a} and {b}: {r:.6g}")
        self._notes += [f"direction {d}" for d in self.directions[:6]]

    # --- figures ----------------------------------------------------------------------------------

    def quantile(self, level: float | None = None) -> float:
        """How many standard deviations an interval reaches to either side."""
        level = self.level if level is None else level
        if not 0 < level < 1:
            raise InputError(f"level={level}; it lies between 0 and 1", "level=0.95")
        from scipy.special import ndtri, stdtrit

        upper = 0.5 + 0.5 * level
        return float(ndtri(upper) if self.dof is None else stdtrit(self.dof, upper))

    def _intervals(self, level: float) -> np.ndarray:
        half = self.quantile(level) * self.std
        return np.stack([self.params - half, self.params + half], axis=1)

    def interval(self, name: str, level: float | None = None) -> tuple[float, float]:
        """The confidence interval of one parameter."""
        if name not in self.names:
            raise unknown_name("interval", name, self.names, "the fit")
        low, high = self._intervals(self.level if level is None else level)[self.names.index(name)]
        return float(low), float(high)

    def prediction(self, t: Any, level: float | None = None) -> Prediction:
        """The model at other t, with its confidence band, and that of a new measurement.

        Parameters
        ----------
        t : array_like
        level : float, optional
            By default that of the intervals.
        """
        if self._model is None:
            raise InputError(
                "a prediction needs the model as a function of t",
                "identifiability(model, params, t, data), or propagate(f, params, fit.cov)",
            )
        outputs, value, J = self._model.at(t)
        at = self._free
        cov = self.cov[np.ix_(at, at)]
        if not np.isfinite(cov).all():
            raise InputError(
                f"the data do not determine the parameters: {self.directions[0]}",
                "a model without this freedom, or wrt= to hold a parameter",
            )
        variance = np.sum((J[:, at] @ cov) * J[:, at], axis=1)
        noise = None
        if self._noise is not None or self.dof is not None:
            noise = self.residual_std * (1.0 if self._noise is None else float(self._noise))
        factor = self.quantile(level)
        level = self.level if level is None else level
        return Prediction(t, outputs, value, np.sqrt(variance), noise, factor, level)

    # --- showing it -------------------------------------------------------------------------------

    def _tables(self) -> Sequence[Table]:
        parts = [f"{len(self.names)} parameter{'s' if len(self.names) > 1 else ''}"]
        if self.count is not None:
            parts[0] += f" from {self.count} data"
        if self.dof is not None:
            parts.append(f"{self.dof} degrees of freedom")
        if not math.isnan(self.residual_std) and self.dof is not None:
            parts.append(f"residual std {number_text(self.residual_std)}")
        parts.append(f"condition {number_text(self.condition)}")
        low, high = self.intervals.T
        numbers = zip(self.params, low, high, self.std, strict=True)
        shown = [[known_text(x, s) for x in row] for *row, s in numbers]
        rows = [
            [name, p, s, a, b]
            for name, (p, a, b), s in zip(self.names, shown, self.std, strict=True)
        ]
        headers = ["parameter", "value", "std", "low", "high"]
        return [Table(", ".join(parts), headers, rows, self._notes)]

    def _columns(self) -> Mapping[str, Sequence[Any]]:
        low, high = self.intervals.T
        return {
            "parameter": self.names,
            "value": self.params,
            "std": self.std,
            "low": low,
            "high": high,
        }

    def _plots(self) -> Mapping[str, Callable[..., Any]]:
        return {"corr": self._draw_correlations, "intervals": self._draw_intervals}

    def _draw_correlations(self, ax: Any, **options: Any) -> None:
        heat(ax, self.corr, self.names, **options)
        ax.set_title("correlation of the parameters")

    def _draw_intervals(self, ax: Any) -> None:
        """Widths in percent of the values, so that they fit into one picture."""
        size = np.where(self.params == 0, np.nan, np.abs(self.params))
        half = 100 * self.quantile() * self.std / size
        shown = [i for i in range(len(half)) if np.isfinite(half[i])]
        height = np.arange(len(shown))[::-1]
        ax.errorbar(
            np.zeros(len(shown)), height, xerr=half[shown], fmt="o", color=COLD, capsize=4, ms=5
        )
        ax.set_yticks(height, [f"{self.names[i]} = {self.params[i]:.4g}" for i in shown])
        ax.axvline(0.0, color=INK, linewidth=0.8)
        ax.set_xlabel(f"{100 * self.level:g} % interval, % of the value")
        ax.set_ylim(-0.6, len(shown) - 0.4)
        if not shown:
            empty(ax, "no parameter has a finite interval")
        left_out(ax, len(half) - len(shown))
        bare(ax)
