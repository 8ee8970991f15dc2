"""Multivariate distributions and the kernel density estimate, of numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special, stats
from scipy.stats import _multivariate as scipys

from ..._errors import NoRuleError
from .._plain import array, find_number, floating, is_number, pinned, primal, primal_call
from ._family import LOG_2PI, PI

gammaln, xlogy = special.gammaln, special.xlogy


def _shaped(out: Any, value: Any) -> Any:
    """The derivatives of `out` under SciPy's value, which drops axes of length 1."""
    return pinned(np.reshape(out, np.shape(value)) + 0.0, value) if is_number(out) else value


# --- normal and t --------------------------------------------------------------------------------


def _located(loc: Any, shape: Any, name: str) -> tuple[int, Any, Any]:
    """Dimension, centre and matrix of an elliptical distribution."""
    if isinstance(shape, stats.Covariance):
        shape = shape.covariance
    shape = floating(shape)
    if loc is None:
        dim = shape.shape[0] if shape.ndim == 2 else 1
        loc = np.zeros(dim)
    loc = np.reshape(floating(loc), (-1,))
    dim = loc.shape[0]
    if dim == 1:
        shape = np.reshape(shape, (1, 1))
    elif shape.ndim == 0:
        shape = shape * np.eye(dim)
    elif shape.ndim == 1:
        shape = np.eye(dim) * shape
    if np.linalg.matrix_rank(primal(shape)) < dim:
        raise NoRuleError(
            f"scipy.stats.{name} of a singular matrix has no derivative rule",
            "the distribution in its own subspace",
        )
    return dim, loc, shape


def _distance(x: Any, loc: Any, shape: Any) -> tuple[Any, Any]:
    """Mahalanobis' distance squared and the logarithm of the determinant.

    Both through Cholesky's factor, which reads the lower triangle, as SciPy's `eigh` does.
    """
    dim = loc.shape[0]
    x = floating(x)
    if x.ndim == 1 and dim == 1:
        x = x[:, None]
    rows = np.reshape(x - loc, (-1, dim))
    lower = np.linalg.cholesky(shape)
    z = np.linalg.solve(lower, np.transpose(rows))
    log_det = 2.0 * np.sum(np.log(np.diagonal(lower)))
    return np.sum(z * z, axis=0), log_det


def _normal_logpdf(x: Any, loc: Any, shape: Any) -> Any:
    square, log_det = _distance(x, loc, shape)
    return -0.5 * (loc.shape[0] * LOG_2PI + log_det + square)


def _t_logpdf(x: Any, loc: Any, shape: Any, df: Any) -> Any:
    if np.isposinf(primal(df)):
        return _normal_logpdf(x, loc, shape)
    square, log_det = _distance(x, loc, shape)
    dim = float(loc.shape[0])
    half = 0.5 * (df + dim)
    head = gammaln(half) - gammaln(0.5 * df) - 0.5 * dim * np.log(df * PI) - 0.5 * log_det
    return head - half * np.log1p(square / df)


def _normal(name: str) -> Callable[..., Any]:
    def method(
        self: Any, x: Any, mean: Any = None, cov: Any = 1, allow_singular: bool = False
    ) -> Any:
        value = primal_call(getattr(self, name), x, mean, cov, allow_singular)
        _, mean, cov = _located(mean, cov, "multivariate_normal")
        out = _normal_logpdf(x, mean, cov)
        return _shaped(np.exp(out) if name == "pdf" else out, value)

    return method


def _t(name: str) -> Callable[..., Any]:
    def method(self: Any, x: Any, loc: Any = None, shape: Any = 1, df: Any = 1, **kw: Any) -> Any:
        value = primal_call(getattr(self, name), x, loc, shape, df, **kw)
        _, loc, shape = _located(loc, shape, "multivariate_t")
        out = _t_logpdf(x, loc, shape, floating(df))
        return _shaped(np.exp(out) if name == "pdf" else out, value)

    return method


def _normal_entropy(self: Any, mean: Any = None, cov: Any = 1) -> Any:
    value = primal_call(self.entropy, mean, cov)
    dim, mean, cov = _located(mean, cov, "multivariate_normal")
    log_det = _distance(mean, mean, cov)[1]
    return _shaped(0.5 * (dim * (LOG_2PI + 1.0) + log_det), value)


# --- Dirichlet and multinomial -------------------------------------------------------------------


def _log_beta(alpha: Any) -> Any:
    return np.sum(gammaln(alpha)) - gammaln(np.sum(alpha))


def _dirichlet_logpdf(x: Any, alpha: Any) -> Any:
    x, alpha = floating(x), floating(alpha)
    if x.shape[0] != alpha.shape[0]:  # the last one is what is missing to 1
        x = np.concatenate([x, (1.0 - np.sum(x, axis=0))[None]])
    exponents = np.reshape(alpha - 1.0, (-1,) + (1,) * (x.ndim - 1))
    return np.sum(xlogy(exponents, x), axis=0) - _log_beta(alpha)


def _dirichlet(name: str) -> Callable[..., Any]:
    def method(self: Any, x: Any, alpha: Any) -> Any:
        value = primal_call(getattr(self, name), x, alpha)
        out = _dirichlet_logpdf(x, alpha)
        return _shaped(np.exp(out) if name == "pdf" else out, value)

    return method


def _dirichlet_summary(name: str, formula: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda self, alpha: _shaped(
        formula(floating(alpha)), primal_call(getattr(self, name), alpha)
    )


def _dirichlet_var(alpha: Any) -> Any:
    total = np.sum(alpha)
    return alpha * (total - alpha) / (total * total * (total + 1.0))


def _dirichlet_entropy(alpha: Any) -> Any:
    total, inner = np.sum(alpha), np.sum((alpha - 1.0) * special.psi(alpha))
    return _log_beta(alpha) + (total - alpha.shape[0]) * special.psi(total) - inner


def _multinomial(name: str) -> Callable[..., Any]:
    def method(self: Any, x: Any, n: Any, p: Any) -> Any:
        value = primal_call(getattr(self, name), x, n, p)
        if find_number((x, n)) is not None:
            raise NoRuleError(f"scipy.stats.multinomial.{name} has a derivative rule in p only")
        if not np.all(np.isfinite(value)):
            return value
        x, n, p = np.asarray(x), np.asarray(n), floating(p)
        # SciPy takes what is missing to 1 for the last one.
        p = np.concatenate([p[..., :-1], 1.0 - np.sum(p[..., :-1], axis=-1, keepdims=True)], -1)
        out = gammaln(n + 1.0) + np.sum(xlogy(x, p) - gammaln(x + 1.0), axis=-1)
        return _shaped(np.exp(out) if name == "pmf" else out, value)

    return method


# --- frozen --------------------------------------------------------------------------------------


class FrozenMultivariate:
    """A multivariate distribution with its parameters, some of them numbers."""

    def __init__(self, dist: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> None:
        primal_call(dist, *args, **keywords)  # raises what SciPy raises
        self._dist, self._args, self._keywords = dist, args, keywords

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        found = STANDINS.get(getattr(type(self._dist), name, None))
        if found is None:
            raise NoRuleError(f"{type(self._dist).__name__}.{name} has no derivative rule")
        return lambda *args: found(self._dist, *args, *self._args, **self._keywords)


_PARAMETERS: dict[type, Callable[[Any], tuple[Any, ...]]] = {
    scipys.multivariate_normal_frozen: lambda f: (f.mean, f.cov_object.covariance),
    scipys.multivariate_t_frozen: lambda f: (f.loc, f.shape, f.df),
    scipys.dirichlet_frozen: lambda f: (f.alpha,),
}


def _of_frozen(name: str) -> Callable[..., Any]:
    """A method of SciPy's frozen distribution, which holds plain parameters."""

    def method(self: Any, x: Any) -> Any:
        value = primal_call(getattr(self, name), x)
        parameters = _PARAMETERS[type(self)](self)
        dist = getattr(stats, type(self).__name__.removesuffix("_frozen"))
        out = getattr(FrozenMultivariate(dist, parameters, {}), name)(x)
        return _shaped(out, value)

    return method


# --- kernel density ------------------------------------------------------------------------------


class Density:
    """An object with the methods of a `gaussian_kde`, its data or its points numbers."""

    def __init__(self, plain: Any, dataset: Any = None) -> None:
        self.plain, self.dataset = plain, plain.dataset if dataset is None else dataset
        if dataset is None:
            self._lower = plain.cho_cov
        else:
            data_cov = np.cov(dataset, rowvar=True, bias=False, aweights=plain.weights)
            spread = np.reshape(data_cov, (plain.d, plain.d))
            self._lower = np.linalg.cholesky(spread) * plain.factor

    def _logs(self, points: Any) -> Any:
        points = floating(points)
        if points.ndim < 2:
            points = np.reshape(points, (1, -1))
        if points.shape[0] != self.plain.d:  # one point as a row
            points = np.reshape(points, (self.plain.d, 1))
        data = np.linalg.solve(self._lower, self.dataset)
        gap = np.linalg.solve(self._lower, points)[:, None, :] - data[:, :, None]
        energy = 0.5 * np.sum(gap * gap, axis=0)
        d = self.plain.d
        norm = 0.5 * d * LOG_2PI + np.sum(np.log(np.diagonal(self._lower)))
        low = np.min(primal(energy), axis=0)
        total = np.sum(self.plain.weights[:, None] * np.exp(low - energy), axis=0)
        return np.log(total) - low - norm

    def evaluate(self, points: Any) -> Any:
        return _shaped(np.exp(self._logs(points)), primal_call(self.plain.evaluate, points))

    __call__ = pdf = evaluate

    def logpdf(self, x: Any) -> Any:
        return _shaped(self._logs(x), primal_call(self.plain.logpdf, x))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "plain":
            raise AttributeError(name)
        raise NoRuleError(f"scipy.stats.gaussian_kde.{name} has no derivative rule")


def _kernel_density(dataset: Any, bw_method: Any = None, weights: Any = None) -> Density:
    if find_number((bw_method, weights)) is not None:
        raise NoRuleError("gaussian_kde has derivative rules in its data and points only")
    plain = primal_call(stats.gaussian_kde, dataset, bw_method, weights)
    return Density(plain, np.reshape(array(dataset), (plain.d, plain.n)))


def _freeze(self: Any, *args: Any, **keywords: Any) -> FrozenMultivariate:
    return FrozenMultivariate(self, args, keywords)


_NORMAL, _T = type(stats.multivariate_normal), type(stats.multivariate_t)
_DIRICHLET, _MULTINOMIAL = type(stats.dirichlet), type(stats.multinomial)

STANDINS: dict[Any, Callable[..., Any]] = {
    _NORMAL.logpdf: _normal("logpdf"),
    _NORMAL.pdf: _normal("pdf"),
    _NORMAL.entropy: _normal_entropy,
    _T.logpdf: _t("logpdf"),
    _T.pdf: _t("pdf"),
    _DIRICHLET.logpdf: _dirichlet("logpdf"),
    _DIRICHLET.pdf: _dirichlet("pdf"),
    _DIRICHLET.mean: _dirichlet_summary("mean", lambda a: a / np.sum(a)),
    _DIRICHLET.var: _dirichlet_summary("var", _dirichlet_var),
    _DIRICHLET.entropy: _dirichlet_summary("entropy", _dirichlet_entropy),
    _MULTINOMIAL.logpmf: _multinomial("logpmf"),
    _MULTINOMIAL.pmf: _multinomial("pmf"),
    **{kind.__call__: _freeze for kind in (_NORMAL, _T, _DIRICHLET, _MULTINOMIAL)},
    **{getattr(kind, name): _of_frozen(name) for kind in _PARAMETERS for name in ("logpdf", "pdf")},
    stats.gaussian_kde: _kernel_density,
    stats.gaussian_kde.evaluate: lambda self, points: Density(self).evaluate(points),
    stats.gaussian_kde.pdf: lambda self, x: Density(self).evaluate(x),
    stats.gaussian_kde.logpdf: lambda self, x: Density(self).logpdf(x),
}
