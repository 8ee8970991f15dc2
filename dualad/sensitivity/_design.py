"""Where a global study looks: samples of named, independent parameters."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .._errors import InputError, InputTypeError, shown
from ._inputs import Inputs
from ._poincare import Marginal

DEFAULT = 1024  # parameter sets


class Design:
    """Parameter sets, and what they are made of.

    Attributes
    ----------
    points : ndarray, shape (n, d)
    names : list of str
    marginals : list of Marginal, or None
        None where samples were given without distributions.
    inputs : Inputs
        The first set, in the form in which f takes one.
    """

    def __init__(
        self,
        sampler: Any,
        n: int | None,
        distributions: Any,
        names: Sequence[str] | None,
        seed: Any,
    ) -> None:
        self.names: list[str] = []
        self.marginals: list[Marginal] | None = None
        self.rest: Any = None  # constants of a dict, None for those that vary
        if isinstance(sampler, Mapping):
            if distributions is not None or names is not None:
                raise InputError(
                    "the sampler is a dict, which has names and distributions itself",
                    "leave distributions= and names= out",
                )
            self._from_mapping(sampler)
            engine = _sobol(len(self.names), seed)
            self.points = self._placed(_drawn(engine, _count(n)))
        elif callable(getattr(sampler, "random", None)) and hasattr(sampler, "d"):
            if seed is not None:
                raise InputError(
                    "seed= is of no use: the sampler has its own", "the sampler's own seed"
                )
            self._described(int(sampler.d), distributions, names, unit=True)
            self.points = self._placed(_drawn(sampler, _count(n)))
        else:
            self._from_samples(sampler, n, distributions, names, seed)
        self._first(names is not None)

    def _first(self, named: bool) -> None:
        """The first set in the form in which f takes one."""
        first = self.points[0]
        if self.rest is None:
            self.inputs = Inputs(first, names=self.names if named else None)
            self.names = list(self.inputs.names)
            return
        numbers = dict(zip(self.names, first.tolist(), strict=True))
        whole = {k: numbers.get(k, v) for k, v in self.rest.items()}
        self.inputs = Inputs(whole, wrt=self.names)

    def _from_mapping(self, sampler: Mapping[str, Any]) -> None:
        self.rest, self.marginals = {}, []
        for key, given in sampler.items():
            name = str(key)
            if _is_constant(given):
                self.rest[name] = given
                continue
            self.rest[name] = None
            self.names.append(name)
            self.marginals.append(Marginal(name, given))
        if not self.names:
            raise InputError(
                f"no parameter varies in {shown(dict(sampler))}",
                "(low, high) or a distribution for those that do",
            )

    def _described(self, d: int, distributions: Any, names: Any, unit: bool) -> None:
        """Names and distributions of the columns."""
        self.names = [f"x[{i}]" for i in range(d)] if names is None else [str(s) for s in names]
        if distributions is None:
            if unit:  # what a sampler of the unit cube gives by itself
                self.marginals = [Marginal(name, (0.0, 1.0)) for name in self.names]
            return
        if isinstance(distributions, Mapping):
            if names is None:
                self.names = [str(k) for k in distributions]
                self.rest = dict.fromkeys(self.names)
            given = [_looked_up(distributions, name) for name in self.names]
        else:
            given = list(distributions)
        if len(given) != d or len(self.names) != d:
            raise InputError(
                f"the samples have {d} columns; there are {len(given)} distributions and "
                f"{len(self.names)} names",
                "one for each column",
            )
        self.marginals = [Marginal(n, g) for n, g in zip(self.names, given, strict=True)]

    def _placed(self, u: np.ndarray) -> np.ndarray:
        """Points of the unit cube in the places that the distributions give them."""
        if self.marginals is None:
            return u
        return np.stack([m.points(u[:, j]) for j, m in enumerate(self.marginals)], axis=1)

    def _from_samples(
        self, sampler: Any, n: Any, distributions: Any, names: Any, seed: Any
    ) -> None:
        if n is not None or seed is not None:
            raise InputError("n= and seed= are for samplers; samples are taken as they are")
        if hasattr(sampler, "columns") and names is None:
            names = [str(c) for c in sampler.columns]
            self.rest = dict.fromkeys(names)
        try:
            points = np.asarray(sampler, dtype=float)
        except (TypeError, ValueError):
            raise InputTypeError(
                f"the sampler is of type {type(sampler).__name__}",
                "a dict of ranges and distributions, a scipy.stats.qmc engine, or samples (n, d)",
            ) from None
        if points.ndim != 2 or len(points) < 2 or points.shape[1] < 1:
            raise InputError(
                f"the samples have shape {points.shape}", "(n, d): one row for each parameter set"
            )
        if not np.isfinite(points).all():
            row = int(np.flatnonzero(~np.isfinite(points).all(axis=1))[0])
            raise InputError(f"sample {row} is not finite: {points[row]}", "finite samples")
        kept = self.rest
        self._described(points.shape[1], distributions, names, unit=False)
        self.rest = kept if kept is not None else self.rest
        if len(self.names) != points.shape[1]:
            raise InputError(
                f"{len(self.names)} names for {points.shape[1]} columns", "one name for each"
            )
        self.points = points


def _looked_up(distributions: Mapping[str, Any], name: str) -> Any:
    if name not in distributions:
        raise InputError(
            f"distributions has no {name!r}; it has {', '.join(map(str, distributions))}",
            "one for each name",
        )
    return distributions[name]


def _is_constant(x: Any) -> bool:
    return isinstance(x, (bool, int, float, str, np.generic, np.ndarray))


def _count(n: Any) -> int:
    if n is None:
        return DEFAULT
    if not isinstance(n, (int, np.integer)) or isinstance(n, bool) or n < 2:
        raise InputError(f"n={shown(n)}; it must be an int of at least 2", f"n={DEFAULT}")
    return int(n)


def _sobol(d: int, seed: Any) -> Any:
    from scipy.stats import qmc

    # `seed` was renamed in SciPy 1.15.
    key = "rng" if "rng" in inspect.signature(qmc.Sobol).parameters else "seed"
    return qmc.Sobol(d, scramble=True, **{key: np.random.default_rng(seed)})


def _drawn(engine: Any, n: int) -> np.ndarray:
    """The first n points of an engine."""
    if hasattr(engine, "random_base2"):
        # Any other number loses the balance of the sequence, and SciPy warns of it.
        return np.asarray(engine.random_base2(max(0, (n - 1).bit_length())))[:n]
    return np.asarray(engine.random(n))
