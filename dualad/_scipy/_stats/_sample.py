"""Statistics of data: means, moments, scores, regression, of numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy import special, stats

from ..._errors import NoRuleError
from .._plain import array, find_number, floating, is_number, pinned, primal_call


def _under(out: Any, value: Any) -> Any:
    """The derivatives of `out` under SciPy's value, reduced axes kept or not."""
    if not is_number(out):
        return value
    return pinned(np.reshape(out, np.shape(value)) + 0.0, value)


def _last(a: Any, axis: Any) -> Any:
    """a with the axes of a reduction merged into the last one."""
    a = array(a)
    if a.dtype.kind not in "fc":
        a = a.astype(float)
    if axis is None:
        return np.reshape(a, (-1,))
    axes = (axis,) if np.ndim(axis) == 0 else tuple(axis)
    a = np.moveaxis(a, axes, range(-len(axes), 0))
    kept = a.shape[: a.ndim - len(axes)]
    return np.reshape(a, (*kept, math.prod(a.shape[len(kept) :])))


def _no_omit(name: str, keywords: dict[str, Any]) -> None:
    if keywords.get("nan_policy", "propagate") == "omit":
        raise NoRuleError(
            f"scipy.stats.{name} with nan_policy='omit' has no derivative rule", "x[~np.isnan(x)]"
        )


def _reduction(name: str, body: Callable[..., Any], axis: Any = 0) -> Callable[..., Any]:
    """The stand-in of a function ``(a, axis=..., options)`` that reduces an axis."""
    function = getattr(stats, name)

    def standin(a: Any, *args: Any, **keywords: Any) -> Any:
        value = primal_call(function, a, *args, **keywords)
        _no_omit(name, keywords)
        options = dict(zip(_POSITIONAL[name], args, strict=False))
        options.update(keywords)
        own = {k: v for k, v in options.items() if k not in ("axis", "nan_policy", "keepdims")}
        if own.get("dtype") is not None:
            raise NoRuleError(f"scipy.stats.{name} with dtype has no derivative rule")
        own.pop("dtype", None)
        along = options.get("axis", axis)
        if own.get("weights") is not None:
            own["weights"] = _last(np.broadcast_to(array(own["weights"]), np.shape(a)), along)
        with np.errstate(all="ignore"):  # the plain call has warned
            out = body(_last(a, along), **own)
        return _under(out, value)

    return standin


_POSITIONAL: dict[str, tuple[str, ...]] = {
    "skew": ("axis", "bias", "nan_policy"),
    "kurtosis": ("axis", "fisher", "bias", "nan_policy"),
    "moment": ("order", "axis", "nan_policy"),
    "gmean": ("axis", "dtype", "weights"),
    "hmean": ("axis", "dtype"),
    "pmean": ("p",),
    "sem": ("axis", "ddof", "nan_policy"),
    "variation": ("axis", "nan_policy", "ddof"),
    "trim_mean": ("proportiontocut", "axis"),
    "iqr": ("axis", "rng", "scale", "nan_policy", "interpolation"),
    "gstd": ("axis", "ddof"),
}


def _centred(a: Any) -> Any:
    return a - np.mean(a, axis=-1, keepdims=True)


def _central(a: Any, order: int) -> Any:
    d = _centred(a)
    power = d
    for _ in range(order - 1):
        power = power * d
    return np.mean(power, axis=-1)


def _skew(a: Any, bias: bool = True) -> Any:
    n, m2 = a.shape[-1], _central(a, 2)
    g = _central(a, 3) / (m2 * np.sqrt(m2))
    return g if bias else g * (math.sqrt(n * (n - 1.0)) / (n - 2.0))


def _kurtosis(a: Any, fisher: bool = True, bias: bool = True) -> Any:
    n, m2 = a.shape[-1], _central(a, 2)
    g = _central(a, 4) / (m2 * m2)
    if not bias and n > 3:
        g = (g * (n * n - 1.0) - 3.0 * (n - 1.0) ** 2) / ((n - 2.0) * (n - 3.0)) + 3.0
    return g - 3.0 if fisher else g


def _moment(a: Any, order: Any = 1, center: Any = None) -> Any:
    if np.ndim(order) or not float(order).is_integer() or order < 0:
        raise NoRuleError("scipy.stats.moment has a derivative rule for one integer order")
    if order == 0 or (order == 1 and center is None):
        return np.mean(a, axis=-1) * 0.0
    d = _centred(a) if center is None else a - center
    power = d
    for _ in range(int(order) - 1):
        power = power * d
    return np.mean(power, axis=-1)


def _average(a: Any, weights: Any) -> Any:
    if weights is None:
        return np.mean(a, axis=-1)
    return np.sum(a * weights, axis=-1) / np.sum(weights, axis=-1)


def _gmean(a: Any, weights: Any = None) -> Any:
    return np.exp(_average(np.log(a), weights))


def _pmean(a: Any, p: Any, weights: Any = None) -> Any:
    if find_number(p) is not None:
        raise NoRuleError("scipy.stats.pmean has no derivative rule in p")
    if p == 0:
        return _gmean(a, weights)
    return _average(a ** float(p), weights) ** (1.0 / float(p))


def _hmean(a: Any, weights: Any = None) -> Any:
    return 1.0 / _average(1.0 / a, weights)


def _trim_mean(a: Any, proportiontocut: float) -> Any:
    n = a.shape[-1]
    cut = int(proportiontocut * n)
    return np.mean(np.sort(a, axis=-1)[..., cut : n - cut], axis=-1)


def _iqr(a: Any, rng: Any = (25, 75), scale: Any = 1.0, interpolation: str = "linear") -> Any:
    if not isinstance(scale, (int, float)):
        raise NoRuleError("scipy.stats.iqr with a named scale has no derivative rule", "scale=1.0")
    percentile: Any = np.percentile  # its stub knows the names of methods only
    low, high = (percentile(a, q, axis=-1, method=interpolation) for q in sorted(rng))
    return (high - low) / float(scale)


def _entropy(pk: Any, qk: Any = None, base: Any = None, axis: int = 0, **keywords: Any) -> Any:
    """`scipy.stats.entropy` with numbers."""
    value = primal_call(stats.entropy, pk, qk, base, axis, **keywords)
    _no_omit("entropy", keywords)
    pk = floating(pk)
    pk = pk / np.sum(pk, axis=axis, keepdims=True)
    if qk is None:
        terms = special.entr(pk)
    else:
        qk = floating(qk)
        terms = special.rel_entr(pk, qk / np.sum(qk, axis=axis, keepdims=True))
    total = np.sum(terms, axis=axis)
    return _under(total if base is None else total / np.log(base), value)


def _zmap(
    scores: Any, compare: Any, axis: Any = 0, ddof: int = 0, nan_policy: str = "propagate"
) -> Any:
    """`scipy.stats.zmap` with numbers."""
    value = primal_call(stats.zmap, scores, compare, axis, ddof, nan_policy)
    _no_omit("zmap", {"nan_policy": nan_policy})
    return _under(_scores(array(scores), array(compare), axis, ddof), value)


def _scores(scores: Any, compare: Any, axis: Any, ddof: int) -> Any:
    with np.errstate(all="ignore"):
        mean = np.mean(compare, axis=axis, keepdims=True)
        return (scores - mean) / np.std(compare, axis=axis, ddof=ddof, keepdims=True)


def _zscore(a: Any, axis: Any = 0, ddof: int = 0, nan_policy: str = "propagate") -> Any:
    """`scipy.stats.zscore` with numbers."""
    value = primal_call(stats.zscore, a, axis, ddof, nan_policy)
    _no_omit("zscore", {"nan_policy": nan_policy})
    return _under(_scores(array(a), array(a), axis, ddof), value)


class Correlation(NamedTuple):
    """What `pearsonr` answers."""

    statistic: Any
    pvalue: Any

    @property
    def correlation(self) -> Any:
        return self.statistic


def _pearsonr(x: Any, y: Any, **keywords: Any) -> Correlation:
    """`scipy.stats.pearsonr` of two vectors, two-sided."""
    if any(v not in (None, "two-sided") for k, v in keywords.items() if k != "axis"):
        raise NoRuleError("scipy.stats.pearsonr has a derivative rule for two-sided tests only")
    value = primal_call(stats.pearsonr, x, y, **keywords)
    x, y = floating(x), floating(y)
    if x.ndim != 1 or x.shape[0] < 3:
        raise NoRuleError("scipy.stats.pearsonr has a derivative rule for three values and more")
    dx, dy = x - np.mean(x), y - np.mean(y)
    r = np.sum(dx * dy) / (np.linalg.norm(dx) * np.linalg.norm(dy))
    with np.errstate(all="ignore"):
        t = r * np.sqrt((x.shape[0] - 2.0) / ((1.0 - r) * (1.0 + r)))
        tail = 2.0 * special.stdtr(x.shape[0] - 2.0, -np.abs(t))
    return Correlation(_under(r, value.statistic), _under(tail, value.pvalue))


def _linregress(x: Any, y: Any, *args: Any, **keywords: Any) -> Any:
    """`scipy.stats.linregress` of two vectors, two-sided."""
    if any(v not in (None, "two-sided") for v in (*args, *keywords.values())):
        raise NoRuleError(
            "scipy.stats.linregress has a derivative rule for two vectors and two-sided tests"
        )
    value = primal_call(stats.linregress, x, y)
    x, y = floating(x), floating(y)
    mean, n = np.mean(x), x.shape[0]
    dx, dy = x - mean, y - np.mean(y)
    xx, xy, yy = np.mean(dx * dx), np.mean(dx * dy), np.mean(dy * dy)
    slope, r = xy / xx, xy / np.sqrt(xx * yy)
    fields = {"slope": slope, "intercept": np.mean(y) - slope * mean, "rvalue": r}
    if n > 2:
        with np.errstate(all="ignore"):
            rest = (1.0 - r) * (1.0 + r)
            error = np.sqrt(rest * yy / xx / (n - 2.0))
            fields["pvalue"] = 2.0 * special.stdtr(n - 2.0, -np.abs(r * np.sqrt((n - 2.0) / rest)))
        fields["stderr"], fields["intercept_stderr"] = error, error * np.sqrt(xx + mean * mean)
    parts = {
        name: _under(fields[name], getattr(value, name)) if name in fields else getattr(value, name)
        for name in ("slope", "intercept", "rvalue", "pvalue", "stderr", "intercept_stderr")
    }
    return type(value)(**parts)


STANDINS: dict[Any, Callable[..., Any]] = {
    stats.skew: _reduction("skew", _skew),
    stats.kurtosis: _reduction("kurtosis", _kurtosis),
    stats.moment: _reduction("moment", _moment),
    stats.gmean: _reduction("gmean", _gmean),
    stats.hmean: _reduction("hmean", _hmean),
    stats.pmean: _reduction("pmean", _pmean),
    stats.sem: _reduction(
        "sem", lambda a, ddof=1: np.std(a, axis=-1, ddof=ddof) / math.sqrt(a.shape[-1])
    ),
    stats.variation: _reduction(
        "variation", lambda a, ddof=0: np.std(a, axis=-1, ddof=ddof) / np.mean(a, axis=-1)
    ),
    stats.trim_mean: _reduction("trim_mean", _trim_mean),
    stats.iqr: _reduction("iqr", _iqr, axis=None),
    stats.gstd: _reduction("gstd", lambda a, ddof=1: np.exp(np.std(np.log(a), axis=-1, ddof=ddof))),
    stats.zscore: _zscore,
    stats.zmap: _zmap,
    stats.entropy: _entropy,
    stats.pearsonr: _pearsonr,
    stats.linregress: _linregress,
}
