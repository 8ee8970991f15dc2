"""Frozen distributions with numbers among their parameters, and stand-ins of all methods."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scipy import stats
from scipy.stats import _distn_infrastructure as infrastructure

from ..._errors import NoRuleError
from .._plain import find_number, pinned, primal_call
from . import _continuous, _discrete
from ._continuous import no_method

_SUMMARIES = ("mean", "var", "std", "entropy")
_QUANTILES = ("ppf", "isf")


def _family(dist: Any) -> Any:
    return _discrete if isinstance(dist, stats.rv_discrete) else _continuous


def call(method: str, dist: Any, *args: Any, **keywords: Any) -> Any:
    """One method of a distribution, numbers among its arguments."""
    part = _family(dist)
    if method in part.METHODS:
        return _with_first(part.at, method, dist, args, keywords)
    if method in _QUANTILES:
        return _with_first(part.quantile, method, dist, args, keywords)
    if method in _SUMMARIES:
        return part.summary(method, dist, args, keywords)
    other = _OTHERS.get(method)
    if other is None or (method == "nnlf" and part is _discrete):
        raise no_method(dist, method)
    return other(dist, *args, **keywords)


def _with_first(
    function: Callable[..., Any], method: str, dist: Any, args: Any, keywords: Any
) -> Any:
    """SciPy calls the first argument x, k or q."""
    if args:
        return function(method, dist, args[0], args[1:], keywords)
    name = next(n for n in ("x", "q", "k") if n in keywords)
    rest = {key: value for key, value in keywords.items() if key != name}
    return function(method, dist, keywords[name], (), rest)


def _median(dist: Any, *args: Any, **keywords: Any) -> Any:
    value = primal_call(dist.median, *args, **keywords)
    out = call("ppf", dist, 0.5, *args, **keywords)
    return out if find_number(out) is None else pinned(out + 0.0, value)


def _interval(dist: Any, confidence: Any, *args: Any, **keywords: Any) -> Any:
    tail = (1.0 - confidence) / 2.0
    low = call("ppf", dist, tail, *args, **keywords)
    values = primal_call(dist.interval, confidence, *args, **keywords)
    high = call("ppf", dist, (1.0 + confidence) / 2.0, *args, **keywords)
    return tuple(pinned(out + 0.0, value) for out, value in zip((low, high), values, strict=True))


def _stats(dist: Any, *args: Any, moments: str = "mv", **keywords: Any) -> Any:
    """Mean and variance; SciPy answers one of them alone, or a tuple."""
    if set(moments) - set("mv"):
        raise no_method(dist, f"stats with moments={moments!r}")
    value = primal_call(dist.stats, *args, moments=moments, **keywords)
    names = [name for letter, name in (("m", "mean"), ("v", "var")) if letter in moments]
    outs = [call(name, dist, *args, **keywords) + 0.0 for name in names]
    if len(outs) == 1:
        return pinned(outs[0], value)
    return tuple(pinned(out, v) for out, v in zip(outs, value, strict=True))


def _moment(dist: Any, order: Any, *args: Any, **keywords: Any) -> Any:
    return _continuous.moment(dist, order, args, keywords)


_OTHERS: dict[str, Callable[..., Any]] = {
    "median": _median,
    "interval": _interval,
    "stats": _stats,
    "moment": _moment,
    "nnlf": _continuous.negative_loglike,
}


class Frozen:
    """A distribution with its parameters, some of them numbers: `stats.norm(mu, sigma)`."""

    def __init__(self, dist: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> None:
        primal_call(dist.freeze, *args, **keywords)  # raises what SciPy raises
        self.dist, self.args, self.kwds = dist, args, keywords

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_") or name in ("dist", "args", "kwds"):
            raise AttributeError(name)
        if name in ("rvs", "expect", "fit", "support"):
            return _REFUSED[name](self.dist)

        def method(*args: Any, **keywords: Any) -> Any:
            if name == "stats" and args:
                args, keywords = args[1:], {"moments": args[0], **keywords}
            return call(name, self.dist, *args, *self.args, **{**self.kwds, **keywords})

        return method


def _refused(name: str, why: str, instead: str) -> Callable[..., Any]:
    def standin(self: Any, *_args: Any, **_keywords: Any) -> Any:
        owner = getattr(self, "name", None) or type(self).__name__
        raise NoRuleError(f"scipy.stats.{owner}.{name} has no derivative rule: {why}", instead)

    return standin


_REFUSED: dict[str, Any] = {
    "rvs": _refused(
        "rvs",
        "its draws depend on the generator",
        "loc + scale * draws of the standard distribution",
    ),
    "expect": _refused("expect", "it integrates a function of yours", "an integral of f * pdf"),
    "fit": _refused(
        "fit",
        "its answer is the end of an iteration",
        "a minimum of -logpdf(x).sum(), differentiated implicitly",
    ),
    "support": _refused("support", "it is a pair of bounds", "the bounds themselves"),
}


def _of_frozen(name: str) -> Callable[..., Any]:
    """The stand-in of a method of SciPy's frozen distributions, which holds plain parameters."""
    return lambda self, *args, **kw: getattr(Frozen(self.dist, self.args, self.kwds), name)(
        *args, **kw
    )


def _of_distribution(name: str) -> Callable[..., Any]:
    return lambda self, *args, **kw: call(name, self, *args, **kw)


def standins() -> dict[Any, Callable[..., Any]]:
    """Stand-ins by the unbound functions of SciPy's classes."""
    found: dict[Any, Callable[..., Any]] = {}
    for base in (stats.rv_continuous, stats.rv_discrete):
        part = _discrete if base is stats.rv_discrete else _continuous
        for name in (*part.METHODS, *_QUANTILES, *_SUMMARIES, *_OTHERS):
            if hasattr(base, name):
                found[getattr(base, name)] = _of_distribution(name)
    frozen = (infrastructure.rv_continuous_frozen, infrastructure.rv_discrete_frozen)
    for kind in frozen:
        part = _discrete if "discrete" in kind.__name__ else _continuous
        for name in (*part.METHODS, *_QUANTILES, *_SUMMARIES, *_OTHERS):
            if hasattr(kind, name):
                found[getattr(kind, name)] = _of_frozen(name)
    base = stats.rv_continuous
    found[base.freeze] = found[base.__call__] = lambda self, *args, **kw: Frozen(self, args, kw)
    for dist in vars(stats).values():
        if isinstance(dist, (stats.rv_continuous, stats.rv_discrete)):
            for name in ("fit", "rvs", "expect"):
                method = getattr(type(dist), name, None)
                if method is not None:
                    found[method] = _REFUSED[name]
    return found


STANDINS = standins()
