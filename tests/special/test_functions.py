"""Stand-ins, edges, layouts and errors of `scipy.special`'s functions."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.special as sc

import dualad as da
from dualad._scipy import standin
from tests.machines import FIRST, SECOND, Watched, differences, same_bits

RNG = np.random.default_rng(7)
A, B = RNG.normal(size=(2, 3)), RNG.normal(size=(2, 3))
N, K = np.array([5.2, 7.0]), np.array([2.0, 3.3])


def stood(name, *args, take=None, **keywords):
    """A call of the stand-in of a function, the arrays of `args` first."""

    def f(*arrays):
        y = standin(getattr(sc, name))(*arrays, *args, **keywords)
        return y if take is None else take(y)

    return f


FUNCTIONS = [
    ("logsumexp", stood("logsumexp"), (A,)),
    ("logsumexp", stood("logsumexp", 1), (A,)),
    ("logsumexp", stood("logsumexp", axis=0, keepdims=True), (A,)),
    ("logsumexp", lambda a, b: standin(sc.logsumexp)(a, axis=1, b=b * b), (A, B)),
    (
        "logsumexp",
        lambda a, b: standin(sc.logsumexp)(a, b=b, axis=1, return_sign=True)[0],
        (A, B),
    ),
    ("softmax", stood("softmax", axis=1), (A,)),
    ("log_softmax", stood("log_softmax", axis=0), (A,)),
    ("softplus", stood("softplus"), (A,)),
    ("comb", stood("comb"), (N, K)),
    ("comb", stood("comb", repetition=True), (N, K)),
    ("perm", stood("perm"), (N, K)),
    ("factorial", stood("factorial"), (np.array([0.3, 2.5]),)),
    ("multigammaln", stood("multigammaln", 3), (N,)),
    ("diric", stood("diric", 5), (np.array([0.2, 7.0]),)),
    ("lambertw", stood("lambertw", take=np.real), (np.array([0.2, 7.0]),)),
    ("lambertw", stood("lambertw", -1, take=np.real), (np.array([-0.2, -0.15]),)),
    ("polygamma", lambda x: standin(sc.polygamma)(2, x), (N,)),
    *(
        (name, lambda x, name=name, d=d: standin(getattr(sc, name))(3, x, d), (N,))
        for name in ("spherical_jn", "spherical_yn", "spherical_in", "spherical_kn")
        for d in (False, True)
    ),
    *(
        (name, lambda x, name=name: np.real(standin(getattr(sc, name))(1.5, x, 1)), (N,))
        for name in ("jvp", "yvp", "ivp", "kvp", "h1vp", "h2vp")
    ),
    (
        "sph_harm_y",
        lambda t, p: np.imag(standin(sc.sph_harm_y)(3, -2, t, p)),
        (np.array([0.0, 1.2]), np.array([0.3, 2.0])),
    ),
]


@pytest.mark.parametrize(
    ("name", "f", "point"), [case for case in FUNCTIONS if hasattr(sc, case[0])]
)
def test_stand_ins(name, f, point):
    plain = f(*point)
    want = None
    for label, machine in FIRST.items():
        watched = Watched(f)
        got = machine(watched, point)
        want = got if want is None else want
        for a, b in zip(got, want, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14, err_msg=label)
        for seen in watched.seen:
            same_bits(np.asarray(seen), np.asarray(plain))
    for i, x in enumerate(point):

        def of_one(v, i=i, x=x):
            return np.ravel(f(*point[:i], v.reshape(x.shape), *point[i + 1 :]))

        expected, spread = differences(of_one, x.ravel(), 0.01)
        got = np.reshape(want[i], expected.shape)
        np.testing.assert_array_less(np.abs(got - expected), 100.0 * spread + 1e-9)
    bend = None
    for label in ("hyper-dual, symmetric", "hessian reverse", "reverse over forward"):
        got = SECOND[label](f, point)
        bend = got if bend is None else bend
        scale = 1e-12 * np.max(np.abs(bend))
        np.testing.assert_allclose(got, bend, rtol=1e-10, atol=scale, err_msg=label)


EDGES = [
    (sc.xlogy, (0.0, 2.0), 0, np.log(2.0)),
    (sc.xlogy, (0.0, 0.0), 0, -np.inf),
    (sc.entr, (0.0,), 0, np.inf),
    (sc.entr, (-1.0,), 0, np.nan),
    (sc.exprel, (0.0,), 0, 0.5),
    (sc.spence, (1.0,), 0, -1.0),
    (sc.spence, (-1.0,), 0, np.nan),
    (sc.rgamma, (0.0,), 0, 1.0),
    (sc.rgamma, (-2.0,), 0, 2.0),
    (sc.erfinv, (1.0,), 0, np.inf),
    (sc.erfcinv, (0.0,), 0, -np.inf),
    (sc.ndtri, (0.0,), 0, np.inf),
    (sc.logit, (0.0,), 0, np.inf),
    (sc.logit, (1.5,), 0, np.nan),
    (sc.log_ndtr, (-1e10,), 0, 1e10),
    (sc.expit, (-700.0,), 0, np.exp(-700.0)),
    (sc.i0e, (0.0,), 0, 0.0),
    (sc.jv, (1, 0.0), 1, 0.5),
    (sc.jv, (0.5, 0.0), 1, np.inf),
    (sc.jv, (1.5, 0.0), 1, 0.0),
    (sc.bei, (0.0,), 0, 0.0),
    (sc.struve, (0, 0.0), 1, 2.0 / np.pi),
    (sc.gammainc, (0.5, 0.0), 1, np.inf),
    (sc.gammainc, (1.0, 0.0), 1, 1.0),
    (sc.gammainc, (2.0, -1.0), 1, np.nan),
    (sc.betainc, (1.0, 3.0, 0.0), 2, 3.0),
    (sc.betainc, (2.0, 3.0, 1.0), 2, 0.0),
    (sc.boxcox, (2.0, 0.0), 1, np.log(2.0) ** 2 / 2.0),
    (sc.inv_boxcox, (2.0, 0.0), 1, -2.0 * np.exp(2.0)),
    (sc.voigt_profile, (1.0, 0.0, 2.0), 0, -4.0 / 25.0 / np.pi),
    (sc.eval_legendre, (3, 1.0), 1, 6.0),
    (sc.eval_chebyt, (4, -1.0), 1, -16.0),
    (sc.lpmv, (0, 3, 1.0), 2, 6.0),
    (sc.bdtr, (5, 5, 0.3), 2, 0.0),
    (sc.bdtr, (2.5, 5, 0.3), 0, 0.0),
    (sc.bdtrc, (-1.5, 5, 0.3), 2, 0.0),
    # No number of events, or of degrees of freedom, has this probability.
    (sc.pdtrik, (0.8, 0.2), 0, 0.0),
    (sc.bdtrik, (0.459, 0.398, 0.4785), 2, 0.0),
    (sc.nbdtrik, (0.2, 3.0, 0.9), 2, 0.0),
    (sc.fdtridfd, (4.98, 0.9069, 1.5292), 1, 0.0),
    (sc.stdtridf, (0.6591, -1.8), 0, 0.0),
    (sc.stdtridf, (0.733, 0.1355), 0, 0.0),
    (sc.nctdtridf, (0.8177, -0.1154, -3.6), 0, 0.0),
    (sc.ncfdtridfn, (0.8514, 3.2191, 0.7396, 1.983), 0, 0.0),
    (sc.lpmv, (0.0, 1.5, 3.0), 2, np.nan),
    (sc.pro_cv, (1, 3, -1.0), 2, np.nan),
    (sc.huber, (1.0, 1.0), 1, 1.0),
    (sc.pseudo_huber, (0.0, 0.0), 1, 0.0),
    (sc.agm, (0.0, 1.0), 0, np.inf),
    (sc.kolmogorov, (-1.0,), 0, 0.0),
    (sc.kolmogorov, (0.01,), 0, 0.0),
    (sc.wrightomega, (1e300,), 0, 1.0),
    (sc.binom, (2.0, 3.0), 0, 1.0 / 3.0),
    (sc.airye, (0.0,), 0, float(sc.airy(0.0)[1])),
]


@pytest.mark.parametrize(
    ("fn", "values", "i", "want"), EDGES, ids=lambda x: getattr(x, "__name__", None)
)
@pytest.mark.filterwarnings("ignore::dualad.DerivativeWarning")  # NaN is one of the answers
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_edges(fn, values, i, want, mode):
    def f(x):
        y = fn(*values[:i], x, *values[i + 1 :])
        return y[0] if isinstance(y, tuple) else y

    with np.errstate(all="ignore"):
        got = da.jacobian(f, mode=mode)(np.float64(values[i]))
    np.testing.assert_allclose(got, want, rtol=1e-14)


def test_infinite_derivatives_stay_with_their_element():
    def f(x):
        return sc.gammainc(0.5, x) + sc.betainc(0.5, 2.0, x)

    for mode in ("forward", "reverse"):
        jac = da.jacobian(f, mode=mode)(np.array([0.0, 0.5]))
        assert jac[0, 0] == np.inf
        assert jac[0, 1] == jac[1, 0] == 0.0
        assert np.isfinite(jac[1, 1])


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_answers_that_are_nan_beside_one_that_is_none(mode):
    x = -2.5  # y0, ker and kei have no numbers there
    for f, first, second in (
        (lambda x: sc.itj0y0(x)[0], sc.j0(x), -sc.j1(x)),
        (lambda x: sc.sici(x)[0], np.sin(x) / x, np.cos(x) / x - np.sin(x) / x**2),
        (lambda x: np.real(sc.kelvin(x)[0]), sc.berp(x), -sc.bei(x) - sc.berp(x) / x),
    ):
        with np.errstate(all="ignore"):
            np.testing.assert_allclose(da.jacobian(f, mode=mode)(np.float64(x)), first, rtol=1e-13)
            np.testing.assert_allclose(da.hessian(f, mode=mode)(x), second, rtol=1e-12)


def test_ties_of_infinities_share():
    lse = standin(sc.logsumexp)
    for a, want in (
        ([-np.inf, -np.inf], [0.5, 0.5]),
        ([np.inf, 1.0], [1.0, 0.0]),
        ([-np.inf, 1.0], [0.0, 1.0]),
    ):
        with np.errstate(all="ignore"):
            np.testing.assert_array_equal(da.grad(lambda x: lse(x))(np.array(a)), want)


@pytest.mark.parametrize("name", ["jv", "gammainc", "beta", "ellipkinc", "kve"])
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_float32_is_rounded_once(name, mode):
    low = (np.float32([[1.5], [2.5]]), np.float32([0.3, 0.7, 0.9]))
    fn = getattr(sc, name)
    got = da.jacobian(fn, 1, mode=mode)(*low)
    exact = da.jacobian(fn, 1, mode=mode)(*(x.astype(float) for x in low))
    assert got.dtype == np.float32
    np.testing.assert_array_equal(got, exact.astype(np.float32))


@pytest.mark.parametrize("shape", [(), (0,), (1,), (2, 3), (3, 2, 1)])
def test_shapes_and_layouts(shape):
    x = np.linspace(0.2, 0.9, int(np.prod(shape))).reshape(shape)
    for y in (
        x,
        np.asfortranarray(x),
        np.broadcast_to(x, x.shape),
        np.flip(x),
        x.astype(np.float32),
    ):
        for mode in ("forward", "reverse"):
            jac = da.jacobian(lambda v: sc.betainc(2.0, v, 0.3), mode=mode)(y)
            assert jac.shape == y.shape + y.shape
            both = da.jacobian(lambda v: sc.jv(1, v) * np.stack(sc.airy(v))[0], mode=mode)(y)
            assert both.shape == y.shape + y.shape


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_complex_answers_of_real_arguments(mode):
    x = np.array([0.4, 2.0])
    for fn, want in (
        (sc.wofz, 2j / np.sqrt(np.pi) - 2.0 * x * sc.wofz(x)),
        (lambda x: sc.hankel1(1.5, x), sc.h1vp(1.5, x)),
        (lambda x: sc.kelvin(x)[0], sc.kelvin(x)[2]),
        (lambda x: standin(sc.lambertw)(x), 1.0 / (x + np.exp(sc.lambertw(x)))),
        (lambda x: sc.lambertw(x, 1), 1.0 / (x + np.exp(sc.lambertw(x, 1)))),
    ):
        for part in (np.real, np.imag):
            got = da.jacobian(lambda x, fn=fn, part=part: part(fn(x)), mode=mode)(x)
            np.testing.assert_allclose(got, np.diag(part(want)), rtol=1e-13)


def test_complex_arguments():
    z = np.complex128(0.7 + 0.4j)
    for fn, want in (
        (lambda z: sc.jv(1.5, z), sc.jvp(1.5, z)),
        (sc.gamma, sc.gamma(z) * sc.psi(z)),
        (lambda z: sc.airy(z)[2], sc.airy(z)[3]),
        (lambda z: sc.hyp2f1(0.5, 1.0, 2.0, z), 0.25 * sc.hyp2f1(1.5, 2.0, 3.0, z)),
        (sc.wofz, -2 * z * sc.wofz(z) + 2j / np.sqrt(np.pi)),
    ):
        for mode in ("forward", "reverse"):
            got = da.jacobian(fn, holomorphic=True, mode=mode)(z)
            np.testing.assert_allclose(got, want, rtol=1e-13)


@pytest.mark.parametrize(
    ("f", "text"),
    [
        (lambda x: sc.expn(x, 1.0), "expn: the derivative in n is not defined: it is an integer"),
        (lambda x: sc.jv(1.0, x, where=np.array(True)), "jv with where= has no derivative rule"),
        (lambda x: standin(sc.comb)(x, 2, exact=True), "comb with exact=True"),
        (lambda x: np.real(sc.jve(1.0, x * 1j)), "jve of a complex argument is not holomorphic"),
        (lambda x: np.real(sc.airye(x * 1j)[0]), "airye of a complex argument"),
        (lambda x: sc.eval_legendre(-2, x), "negative integer order"),
        (lambda x: sc.smirnov(10**6, x / 10.0), "smirnov for n > 1000"),
    ],
)
def test_what_is_refused(f, text):
    with pytest.raises(da.NoRuleError, match=text):
        da.grad(f)(2.0)
