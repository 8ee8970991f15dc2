"""`scipy.stats`: continuous distributions in x, shapes, loc and scale."""

from __future__ import annotations

import warnings

import mpmath
import numpy as np
import pytest
from scipy import stats

import dualad as da
from dualad._scipy import bound_standin
from dualad._scipy._stats._continuous import METHODS, formula_of
from dualad._scipy._stats._families import FAMILIES
from dualad._scipy._stats._families_more import MORE_FAMILIES
from dualad._scipy._stats._families_rare import RARE_FAMILIES
from tests.machines import FIRST, differences
from tests.scipy.standin_checks import check, check_first, of

SHAPES = {
    "alpha": (3.6,),
    "beta": (2.3, 0.63),
    "betaprime": (5.0, 6.0),
    "bradford": (0.3,),
    "burr": (10.5, 4.3),
    "burr12": (10.0, 4.0),
    "chi": (7.8,),
    "chi2": (5.5,),
    "dgamma": (1.1,),
    "dweibull": (2.07,),
    "erlang": (4.0,),
    "exponnorm": (1.5,),
    "exponpow": (2.7,),
    "exponweib": (2.9, 1.95),
    "f": (9.0, 8.0),
    "fatiguelife": (0.6,),
    "fisk": (3.1,),
    "foldcauchy": (4.72,),
    "foldnorm": (1.95,),
    "gamma": (2.0,),
    "gengamma": (4.4, 3.1),
    "genextreme": (-0.1,),
    "genlogistic": (0.41,),
    "gennorm": (1.3,),
    "genpareto": (0.1,),
    "gompertz": (0.95,),
    "halfgennorm": (0.67,),
    "invgamma": (4.07,),
    "invgauss": (0.15,),
    "invweibull": (10.6,),
    "johnsonsb": (4.3, 3.2),
    "johnsonsu": (2.6, 2.2),
    "kappa3": (1.0,),
    "laplace_asymmetric": (2.0,),
    "loggamma": (0.41,),
    "loglaplace": (3.25,),
    "lognorm": (0.95,),
    "loguniform": (0.01, 1.25),
    "lomax": (3.2,),
    "mielke": (10.4, 4.6),
    "nakagami": (4.97,),
    "nct": (14.0, 0.24),
    "ncx2": (6.5, 1.06),
    "norminvgauss": (1.25, 0.5),
    "pareto": (2.62,),
    "powerlaw": (1.66,),
    "powerlognorm": (2.14, 0.45),
    "powernorm": (4.45,),
    "rdist": (1.6,),
    "recipinvgauss": (0.63,),
    "rice": (0.78,),
    "skewcauchy": (0.5,),
    "skewnorm": (4.0,),
    "t": (2.74,),
    "triang": (0.16,),
    "truncexpon": (4.7,),
    "truncpareto": (2.0, 5.0),
    "truncweibull_min": (2.5, 0.25, 1.75),
    "truncnorm": (-1.1, 2.7),
    "vonmises": (3.99,),
    "weibull_max": (2.87,),
    "weibull_min": (1.79,),
    "wrapcauchy": (0.03,),
}
NAMES = sorted(
    name for name in {**FAMILIES, **MORE_FAMILIES, **RARE_FAMILIES} if hasattr(stats, name)
)
PROBABILITIES = np.array([0.12, 0.83])
LOC, SCALE = 0.3, 1.7


def quiet(f, *args, **keywords):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return f(*args, **keywords)


def parameters(name):
    return (*SHAPES.get(name, ()), LOC, SCALE)


def places(name):
    *shapes, loc, scale = parameters(name)
    return quiet(getattr(stats, name).ppf, PROBABILITIES, *shapes, loc, scale)


def has(name, method):
    """Whether there is a rule; quantiles ask for the density, too."""
    sources = {"ppf": ("cdf", "pdf"), "isf": ("sf", "pdf"), "std": ("var",)}.get(method, (method,))
    try:
        for source in sources:
            formula_of(getattr(stats, name), source)
    except da.NoRuleError:
        return False
    return True


def of_all(dist, method, first, x):
    """One method at all of its arguments; `first` of them are x."""

    def f(of, v):
        args = [v[i] for i in range(first, x.size)]
        head = (v[:first],) if first else ()
        return quiet(of(getattr(dist, method)), *head, *args)

    return f


CASES = [(n, m) for n in NAMES for m in (*METHODS, "ppf", "isf") if has(n, m)]


@pytest.mark.parametrize("name", NAMES)
def test_every_method_in_everything(name):
    """One pass for each method, forward and backward in turn, against differences of SciPy's."""
    dist = getattr(stats, name)
    for number, method in enumerate(m for n, m in CASES if n == name):
        first = PROBABILITIES if method in ("ppf", "isf") else places(name)
        x = np.array([*first, *parameters(name)])
        f = of_all(dist, method, 2, x)
        want, error = differences(lambda v, f=f: f(lambda g: g, v), x, 1e-3)
        size = np.max(np.abs(want))
        assert np.max(error) < 1e-4 * size, method
        mode = ("reverse", "forward", "forward", "reverse")[number % 4]
        value, got = da.value_and_jacobian(lambda v, f=f: f(of, v), mode=mode)(x)
        gap = np.abs(got - want)
        assert np.all(gap <= 1e-7 * size + 10.0 * error), f"{method}, {mode}: {got}, {want}"
        np.testing.assert_array_equal(value, f(lambda g: g, x))


SECOND = ("norm", "gamma", "t", "genextreme", "truncnorm")


@pytest.mark.parametrize("name", SECOND)
@pytest.mark.parametrize("method", ["logpdf", "cdf"])
def test_second_derivatives(name, method):
    x = np.array([*places(name), *parameters(name)])
    check(of_all(getattr(stats, name), method, 2, x), x)


@pytest.mark.parametrize("method", ["logpdf", "ppf"])
def test_every_machine(method):
    first = PROBABILITIES if method == "ppf" else places("weibull_min")
    x = np.array([*first, *parameters("weibull_min")])
    check_first(of_all(stats.weibull_min, method, 2, x), x, machines=FIRST)


SUMMARIES = [(n, m) for n in NAMES for m in ("mean", "var", "std", "entropy") if has(n, m)]


@pytest.mark.parametrize("name", sorted({n for n, _ in SUMMARIES}))
def test_moments(name):
    x = np.array(parameters(name))
    for method in (m for n, m in SUMMARIES if n == name):
        f = of_all(getattr(stats, name), method, 0, x)
        want, error = differences(lambda v, f=f: np.asarray(f(lambda g: g, v)), x, 1e-3)
        got = da.jacobian(lambda v, f=f: f(of, v))(x)
        np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-8 + 10.0 * np.max(error))


# --- accuracy where differences cannot see -------------------------------------------------------

TAILS = {
    "norm.logsf": (lambda x: mpmath.log(mpmath.erfc(x / mpmath.sqrt(2)) / 2), 25.0, ()),
    "norm.sf": (lambda x: mpmath.erfc(x / mpmath.sqrt(2)) / 2, 25.0, ()),
    "weibull_min.cdf": (lambda x: -mpmath.expm1(-(x ** mpmath.mpf(1.5))), 1e-9, (1.5,)),
    "gamma.sf": (lambda x: mpmath.gammainc(2.5, x, regularized=True), 80.0, (2.5,)),
    "genpareto.logsf": (lambda x: -mpmath.log1p(mpmath.mpf(1e-9) * x) / 1e-9, 3.0, (1e-9,)),
    "logistic.logcdf": (lambda x: -mpmath.log1p(mpmath.exp(-x)), 50.0, ()),
    "invgauss.logpdf": (
        lambda x: -mpmath.log(2 * mpmath.pi * x**3) / 2 - (x - 1) ** 2 / (2 * x),
        1e-3,
        (1.0,),
    ),
    "laplace.sf": (lambda x: mpmath.exp(-x) / 2, 60.0, ()),
}


@pytest.mark.parametrize("name", TAILS)
def test_tails(name):
    function, x, shapes = TAILS[name]
    dist, method = name.split(".")
    with mpmath.workdps(40):
        want = float(mpmath.diff(function, mpmath.mpf(x)))
    got = da.derivative(lambda v: bound_standin(getattr(getattr(stats, dist), method))(v, *shapes))(
        x
    )
    assert got == pytest.approx(want, rel=1e-9)


@pytest.mark.parametrize("method", ["logpdf", "logcdf", "logsf"])
@pytest.mark.parametrize("name", ["genextreme", "genpareto"])
def test_removable_singularity_at_shape_zero(name, method):
    """c = 0 is a point where the family is smooth; SciPy branches there."""
    x = 0.7

    def log1p_over(c):
        return mpmath.log1p(c * x) / c if c else mpmath.mpf(x)

    def value(c):
        sign = -1 if name == "genextreme" else 1
        scaled = log1p_over(sign * c)
        rest = mpmath.log1p(sign * c * x)
        if name == "genpareto":
            return {
                "logpdf": -scaled - rest,
                "logsf": -scaled,
                "logcdf": mpmath.log(-mpmath.expm1(-scaled)),
            }[method]
        peak = mpmath.exp(-scaled)
        return {
            "logpdf": -peak - scaled - rest,
            "logcdf": -peak,
            "logsf": mpmath.log(-mpmath.expm1(-peak)),
        }[method]

    with mpmath.workdps(40):
        want = [float(mpmath.diff(value, 0, n, h=1e-8)) for n in (1, 2)]
    dist = getattr(stats, name)
    f = lambda c: bound_standin(getattr(dist, method))(x, c)
    got = da.derivative(f)(0.0), da.derivative(f, order=2)(0.0)
    np.testing.assert_allclose(got, want, rtol=1e-7)


# --- supports, frozen distributions, refusals ----------------------------------------------------


def test_outside_of_the_support_and_bad_parameters():
    x = np.array([-1.0, 1.0, 2.0, np.inf])

    def f(of, v):
        return of(stats.gamma.logpdf)(x, v[:4], scale=v[4:])

    point = np.array([1.3, -1.2, 2.0, 1.0, 1.0, 1.0, 1.5, 1.0])
    got = da.jacobian(lambda v: f(of, v))(point)
    alone = da.jacobian(lambda v: bound_standin(stats.gamma.logpdf)(2.0, v[0], scale=v[1]))
    want = np.zeros((4, 8))
    want[2, [2, 6]] = alone(point[[2, 6]])
    np.testing.assert_allclose(got, want, rtol=1e-14)
    seen = f(of, da.Dual(point, np.eye(8)))
    np.testing.assert_array_equal(da.primal(seen), f(lambda g: g, point))


def test_at_the_edges():
    """x**(a - 1) is smooth at 0 for a = 3, its logarithm is not."""
    slope = da.derivative(lambda x: bound_standin(stats.gamma.pdf)(x, 3.0))
    assert slope(0.0) == 0.0
    assert da.derivative(lambda x: bound_standin(stats.rayleigh.pdf)(x))(0.0) == 1.0
    assert da.derivative(lambda x: bound_standin(stats.beta.pdf)(x, 2.0, 1.0))(0.0) == 2.0


def test_nothing_depends_where_all_is_constant():
    got = da.jacobian(lambda v: bound_standin(stats.expon.pdf)(v))(np.array([-2.0, -1.0]))
    np.testing.assert_array_equal(got, np.zeros((2, 2)))


def test_broadcasting_of_parameters():
    x = np.array([0.3, 0.8, 1.4])
    f = lambda v: bound_standin(stats.norm.logpdf)(x, v[:2, None], v[2:, None])
    point = np.array([0.1, 0.5, 1.2, 2.0])
    got = da.jacobian(f)(point)
    want, _ = differences(lambda v: stats.norm.logpdf(x, v[:2, None], v[2:, None]), point)
    np.testing.assert_allclose(got, want, atol=1e-8)


def frozen(of, v):
    d = of(stats.weibull_min)(v[0], v[2], scale=v[1])
    parts = [d.mean(), d.var(), d.std(), d.median(), d.ppf(0.3), d.moment(2), d.entropy()]
    parts += [*d.interval(0.9), *d.stats(), d.stats("v"), d.sf(1.7), d.logpdf(1.4)]
    return np.stack([np.reshape(p, ()) for p in parts])


STANDARD = stats.norm(0.2, 2.0)
FROZEN = {
    "numbers": (frozen, [1.3, 1.2, 0.1]),
    "plain, cdf": (lambda of, v: of(STANDARD.cdf)(v), [0.3, 1.2]),
    "plain, logpdf": (lambda of, v: of(STANDARD.logpdf)(v), [0.3, 1.2]),
    "plain, isf": (lambda of, v: of(STANDARD.isf)(v), [0.3, 0.6]),
    "nnlf": (lambda of, v: of(stats.gamma.nnlf)(v, np.array([1.0, 2.3])), [1.3, 0.1, 1.2]),
    "keywords": (lambda of, v: of(stats.norm.pdf)(x=v[0], loc=v[1], scale=2.0), [0.3, 0.1]),
}


@pytest.mark.parametrize("name", FROZEN)
def test_frozen(name):
    f, x = FROZEN[name]
    check_first(f, np.asarray(x))


@pytest.mark.parametrize("method", ["fit", "rvs", "expect"])
def test_refused_with_a_reason(method):
    with pytest.raises(da.NoRuleError, match=rf"norm.{method} has no derivative rule: "):
        bound_standin(getattr(stats.norm, method))(da.Dual(1.0, [1.0]))


def test_a_distribution_without_a_row_is_named():
    with pytest.raises(da.NoRuleError, match=r"ncf\.logpdf"):
        da.grad(lambda x: bound_standin(stats.ncf.logpdf)(x, 3.0, 4.0, 1.0))(1.0)

    class Own(stats.rv_continuous):
        def _pdf(self, x):
            return 3.0 * x * x

    with pytest.raises(da.NoRuleError, match=r"own\.pdf"):
        da.grad(bound_standin(Own(name="own", a=0.0, b=1.0).pdf))(0.4)
    with pytest.raises(da.NoRuleError, match=r"vonmises\.cdf"):
        da.grad(lambda x: bound_standin(stats.vonmises.cdf)(x, 3.0))(0.4)
