"""`scipy.stats`: discrete and multivariate distributions, kernel densities, statistics of data."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import dualad as da
from dualad._scipy import bound_standin, standin
from dualad._scipy._stats._discrete import FAMILIES, METHODS
from dualad._scipy._stats._discrete import _formula as formula_of
from tests.scipy.standin_checks import check, check_first

RNG = np.random.default_rng(8)

# --- discrete ------------------------------------------------------------------------------------

# Name: integers k, real parameters; how they stand among all of SciPy's.
DISCRETE = {
    "poisson": ([0, 2, 5], (2.3,), lambda mu: (mu,)),
    "bernoulli": ([0, 0], (0.3,), lambda p: (p,)),
    "binom": ([0, 2, 4], (0.3,), lambda p: (7, p)),
    "nbinom": ([0, 2, 5], (3.4, 0.3), lambda n, p: (n, p)),
    "geom": ([1, 2, 4], (0.3,), lambda p: (p,)),
    "logser": ([1, 2, 4], (0.3,), lambda p: (p,)),
    "betabinom": ([0, 2, 4], (1.3, 2.0), lambda a, b: (6, a, b)),
    "planck": ([0, 2, 4], (0.7,), lambda a: (a,)),
    "dlaplace": ([0, -2, 4], (0.7,), lambda a: (a,)),
    "boltzmann": ([0, 2, 4], (0.7,), lambda a: (a, 8)),
}


def rows_of(name):
    for method in (*METHODS, "mean", "var", "std", "entropy"):
        try:
            formula_of(getattr(stats, name), "var" if method == "std" else method)
        except da.NoRuleError:
            continue
        yield method


def test_every_family_is_tested():
    assert set(DISCRETE) == set(FAMILIES)


@pytest.mark.parametrize("name", DISCRETE)
def test_discrete_in_the_parameters(name):
    k, point, shapes = DISCRETE[name]
    for method in rows_of(name):
        head = (np.array(k),) if method in METHODS else ()

        def f(of, v, method=method, head=head):
            arguments = shapes(*[v[i] for i in range(len(point))])
            with np.errstate(all="ignore"):
                return of(getattr(getattr(stats, name), method))(*head, *arguments)

        run = check if method == "logpmf" else check_first
        run(f, np.asarray(point))


def test_discrete_refuses_what_is_no_function():
    with pytest.raises(da.NoRuleError, match="integers only"):
        da.grad(lambda k: bound_standin(stats.poisson.pmf)(k, 2.0))(3.0)
    with pytest.raises(da.NoRuleError, match=r"hypergeom\.pmf"):
        da.grad(lambda n: bound_standin(stats.hypergeom.pmf)(1, 20, n, 12))(7.0)
    # Quantiles and counts are integers: locally constant.
    assert da.grad(lambda mu: bound_standin(stats.poisson.ppf)(0.3, mu) + 0.0 * mu)(2.2) == 0.0
    assert da.grad(lambda k: bound_standin(stats.poisson.cdf)(k, 2.2) + 0.0 * k)(2.2) == 0.0


def test_discrete_outside_and_frozen():
    def f(of, v):
        return of(stats.poisson)(v[0]).pmf([-1, 2, 2.5, 3])

    check_first(f, np.array([2.3]))
    check_first(lambda of, v: of(stats.bernoulli.pmf)([0, 1, 2], v), np.array([0.3]))
    plain = stats.binom(5, 0.3)
    with pytest.raises(da.NoRuleError, match="integers only"):
        da.grad(bound_standin(plain.pmf))(2.0)


# --- multivariate --------------------------------------------------------------------------------

SEED = RNG.normal(size=(2, 2)) + 2.0 * np.eye(2)
X = RNG.normal(size=(3, 2))
COV = SEED @ SEED.T


def square(v):
    m = np.reshape(v, (2, 2))
    return np.matmul(m, np.transpose(m))


ALL = np.concatenate([X.ravel(), [0.1, 0.2], SEED.ravel()])
PLAIN = stats.multivariate_normal([0.1, 0.2], COV)
PLAIN_T = stats.multivariate_t([0.1, 0.2], COV, df=3.0)
PLAIN_DIRICHLET = stats.dirichlet([1.2, 2.0, 3.0])


def normal(name):
    def f(of, v):
        method = of(getattr(stats.multivariate_normal, name))
        return method(np.reshape(v[:6], (3, 2)), v[6:8], square(v[8:]))

    return f


def student(name):
    def f(of, v):
        method = of(getattr(stats.multivariate_t, name))
        return method(np.reshape(v[:6], (3, 2)), v[6:8], square(v[8:12]), v[12])

    return f


MULTIVARIATE = {
    "normal, logpdf": (normal("logpdf"), ALL),
    "normal, pdf": (normal("pdf"), ALL),
    "t, logpdf": (student("logpdf"), np.append(ALL, 3.3)),
    "t, pdf": (student("pdf"), np.append(ALL, 3.3)),
    "normal of one number": (
        lambda of, v: of(stats.multivariate_normal.logpdf)(v[0], v[1], v[2]),
        [0.1, 0.2, 2.0],
    ),
    "normal, variances": (
        lambda of, v: of(stats.multivariate_normal.logpdf)(X, None, np.diag(v)),
        [1.5, 2.0],
    ),
    "normal, one variance": (
        lambda of, v: of(stats.multivariate_normal)(v[:2], v[2]).logpdf(X),
        [0.1, 0.2, 2.0],
    ),
    "normal, entropy": (
        lambda of, v: of(stats.multivariate_normal.entropy)([0.0, 0.0], square(v)),
        SEED.ravel(),
    ),
    "frozen normal": (lambda of, v: of(PLAIN.logpdf)(v), X[0]),
    "frozen normal, pdf": (lambda of, v: of(PLAIN.pdf)(np.reshape(v, (3, 2))), X.ravel()),
    "frozen t": (lambda of, v: of(PLAIN_T.logpdf)(v), X[0]),
    "dirichlet": (
        lambda of, v: of(stats.dirichlet.logpdf)(v[:2], v[2:]),
        [0.2, 0.5, 1.2, 2.0, 3.0],
    ),
    "frozen dirichlet": (lambda of, v: of(PLAIN_DIRICHLET.pdf)(v), [0.2, 0.5]),
    **{
        f"dirichlet, {name}": (
            lambda of, v, name=name: of(getattr(stats.dirichlet, name))(v),
            [1.2, 2.0, 3.0],
        )
        for name in ("mean", "var", "entropy")
    },
    "multinomial": (
        lambda of, v: of(stats.multinomial.pmf)(
            [[1, 2, 3], [0, 3, 3]], 6, np.concatenate([v, 1.0 - np.sum(v, keepdims=True)])
        ),
        [0.2, 0.3],
    ),
}


@pytest.mark.parametrize("name", MULTIVARIATE)
def test_multivariate(name):
    f, x = MULTIVARIATE[name]
    check_first(f, np.asarray(x, float))


def test_multivariate_second_derivatives():
    check(*MULTIVARIATE["normal, variances"])
    check(*MULTIVARIATE["dirichlet"])


def test_singular_covariance_is_refused():
    cov = np.ones((2, 2))
    with pytest.raises(da.NoRuleError, match="singular"):
        da.grad(lambda x: bound_standin(stats.multivariate_normal.logpdf)(x, None, cov, True))(
            np.array([0.1, 0.1])
        )


# --- kernel densities ----------------------------------------------------------------------------

DATA = RNG.normal(size=(2, 7))
DENSITY = stats.gaussian_kde(DATA, weights=np.arange(1.0, 8.0))
LINE = stats.gaussian_kde(DATA[0])

KERNEL = {
    "points": (lambda of, v: of(DENSITY)(np.reshape(v, (2, 3))), X.ravel()),
    "logpdf": (lambda of, v: of(DENSITY.logpdf)(np.reshape(v, (2, 3))), X.ravel()),
    "points on a line": (lambda of, v: of(LINE.pdf)(v), X[0]),
    "data": (
        lambda of, v: of(stats.gaussian_kde)(np.reshape(v, (2, 7)))(X.T),
        DATA.ravel(),
    ),
    "data on a line": (lambda of, v: of(stats.gaussian_kde)(v, 0.4)(X[0]), DATA[0]),
}


@pytest.mark.parametrize("name", KERNEL)
def test_kernel_density(name):
    check_first(*KERNEL[name])


# --- statistics of data --------------------------------------------------------------------------

A = RNG.random((4, 3)) + 0.5
W = RNG.random((4, 3)) + 0.5

SAMPLES = [
    ("zscore", {}),
    ("zscore", {"axis": None, "ddof": 1}),
    ("skew", {"axis": 1}),
    ("skew", {"bias": False}),
    ("kurtosis", {}),
    ("kurtosis", {"bias": False, "axis": (0, 1)}),
    ("kurtosis", {"fisher": False, "keepdims": True}),
    ("moment", {"order": 3}),
    ("moment", {"order": 2, "axis": None, "center": 0.3}),
    ("gmean", {}),
    ("gmean", {"weights": W, "axis": 1}),
    ("hmean", {}),
    ("hmean", {"weights": W}),
    ("pmean", {"p": 2.5}),
    ("sem", {"ddof": 0}),
    ("variation", {"axis": 1, "keepdims": True}),
    ("trim_mean", {"proportiontocut": 0.3}),
    ("iqr", {}),
    ("iqr", {"axis": 0, "rng": (10, 80)}),
    ("entropy", {}),
    ("entropy", {"base": 2, "qk": W}),
    ("gstd", {}),
]


@pytest.mark.parametrize(("name", "keywords"), SAMPLES)
def test_statistics_of_data(name, keywords):
    function = getattr(stats, name)
    check_first(lambda of, v: of(function)(np.reshape(v, (4, 3)), **keywords), A.ravel())


@pytest.mark.parametrize("name", ["skew", "gmean", "entropy"])
def test_second_derivatives(name):
    check(lambda of, v: of(getattr(stats, name))(v), A[:, 0])


def regression(of, v):
    r = of(stats.linregress)(v[:6], v[6:])
    names = ("slope", "intercept", "rvalue", "pvalue", "stderr", "intercept_stderr")
    return np.stack([getattr(r, name) for name in names])


def correlation(of, v):
    statistic, pvalue = of(stats.pearsonr)(v[:6], v[6:])
    return np.stack([statistic, pvalue])


def comparison(of, v):
    return of(stats.zmap)(v[:3], v[3:])


@pytest.mark.parametrize("f", [regression, correlation, comparison])
def test_of_two(f):
    check_first(f, A.ravel())


def test_refused_or_raised():
    with pytest.raises(da.NoRuleError, match="omit"):
        da.grad(lambda x: standin(stats.skew)(x, nan_policy="omit"))(A[0])
    with pytest.raises(da.NoRuleError, match="two-sided"):
        da.grad(lambda x: standin(stats.pearsonr)(x, A[1], alternative="less").pvalue)(A[0])
    with pytest.raises(ValueError, match="nan_policy"):
        da.grad(lambda x: standin(stats.skew)(x, nan_policy="nonsense"))(A[0])
