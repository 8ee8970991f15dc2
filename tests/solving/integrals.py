"""Integrals with closed forms, for the tests: (integral as a function of p, its closed form)."""

import math

import numpy as np
from scipy import integrate
from scipy.special import beta, erf

quad = integrate.quad
POINT = np.array([0.7, 2.3])

PARAMETERS = {
    "smooth": (
        lambda p: quad(lambda x: math.exp(-p[0] * x) * p[1], 0.0, 2.0)[0],
        lambda p: p[1] * (1 - np.exp(-2 * p[0])) / p[0],
    ),
    "args": (
        lambda p: quad(lambda x, a: math.exp(-a * x), 0.0, 2.0, args=(p[0],))[0] + p[1],
        lambda p: (1 - np.exp(-2 * p[0])) / p[0] + p[1],
    ),
    "to infinity": (
        lambda p: quad(lambda x: math.exp(-p[0] * x), p[1], np.inf)[0],
        lambda p: np.exp(-p[0] * p[1]) / p[0],
    ),
    "from minus infinity": (
        lambda p: quad(lambda x: p[1] * math.exp(p[0] * x), -np.inf, 0.5)[0],
        lambda p: p[1] * np.exp(0.5 * p[0]) / p[0],
    ),
    "the whole line": (
        lambda p: quad(lambda x: math.exp(-p[0] * x * x) * p[1], -np.inf, np.inf)[0],
        lambda p: p[1] * np.sqrt(np.pi / p[0]),
    ),
    "singular at an end": (
        lambda p: quad(lambda x: p[0] * p[1] * math.log(x), 0.0, 1.0)[0],
        lambda p: -p[0] * p[1],
    ),
    "a power that is singular": (
        lambda p: quad(lambda x: x ** (p[0] - 1), 0.0, 1.0)[0] * p[1],
        lambda p: p[1] / p[0],
    ),
    "a jump that stays": (
        lambda p: quad(lambda x: p[1] if x < 0.5 else x * p[0] ** 2, 0.0, 2.0)[0],
        lambda p: 0.5 * p[1] + p[0] ** 2 * (2 - 0.125),
    ),
    "finer than the value": (
        # The derivative in p[1] varies more than the integrand does at p[1] = 2.3.
        lambda p: quad(lambda x: x + (p[1] - 2.3) * np.exp(-(((x - p[0]) / 0.1) ** 2)), -1, 2)[0],
        lambda p: 1.5 + (p[1] - 2.3) * 0.1 * np.sqrt(np.pi),
    ),
}

LIMITS = {
    "both": (
        lambda p: quad(lambda x: x * p[0], p[0], p[1])[0],
        lambda p: p[0] * (p[1] ** 2 - p[0] ** 2) / 2,
    ),
    "reversed": (
        lambda p: quad(lambda x: math.sin(x) * p[0], p[1], p[0])[0],
        lambda p: p[0] * (np.cos(p[1]) - np.cos(p[0])),
    ),
    "no interval": (
        lambda p: quad(lambda x: math.exp(p[0]), p[0], 0.7)[0],
        lambda p: np.exp(p[0]) * (0.7 - p[0]),
    ),
    "singular at a moving limit": (
        lambda p: quad(lambda x: 1 / np.sqrt(p[1] - x), 0, p[1])[0] * p[0],
        lambda p: 2 * p[0] * np.sqrt(p[1]),
    ),
    "a moving jump at points=": (
        lambda p: quad(lambda x: p[1] if x < p[0] else x, 0, 2, points=[p[0]])[0],
        lambda p: p[0] * p[1] + 2 - p[0] ** 2 / 2,
    ),
    "a moving singularity at points=": (
        lambda p: quad(lambda x: abs(x - p[0]) ** -0.5, 0, 2, points=[p[0]])[0] * p[1],
        lambda p: 2 * p[1] * (np.sqrt(p[0]) + np.sqrt(2 - p[0])),
    ),
    "a moving kink at points=": (
        lambda p: quad(lambda x: abs(x - p[0]) * p[1], 0, 2, points=[1.5, p[0]])[0],
        lambda p: p[1] * (p[0] ** 2 + (2 - p[0]) ** 2) / 2,
    ),
}


def wave(p, b, w):
    """The integral of exp(-p x + i w x) from 0 to b."""
    return (np.exp((-p + 1j * w) * b) - 1) / (-p + 1j * w)


WEIGHTS = {
    "cos": (
        lambda p: quad(lambda x: np.exp(-p[0] * x), 0, p[1], weight="cos", wvar=p[1])[0],
        lambda p: np.real(wave(p[0], p[1], p[1])),
    ),
    "sin": (
        lambda p: quad(lambda x: np.exp(-p[0] * x), 0, 2, weight="sin", wvar=p[1])[0],
        lambda p: np.imag(wave(p[0], 2.0, p[1])),
    ),
    "cos, plain": (
        lambda p: quad(lambda x: np.exp(-p[0] * x), 0, p[1], weight="cos", wvar=3.0)[0],
        lambda p: np.real(wave(p[0], p[1], 3.0)),
    ),
    "cos to infinity": (
        lambda p: quad(lambda x: np.exp(-p[0] * x), 0, np.inf, weight="cos", wvar=p[1])[0],
        lambda p: p[0] / (p[0] ** 2 + p[1] ** 2),
    ),
    "alg": (
        lambda p: quad(lambda x: p[0] * x, 0, p[1], weight="alg", wvar=(-0.3, 0.2))[0],
        lambda p: p[0] * p[1] ** 1.9 * beta(1.7, 1.2),
    ),
    "alg, powers": (
        lambda p: quad(lambda x: x, 0, 1, weight="alg", wvar=(p[0] - 1, p[1] - 2))[0],
        lambda p: beta(p[0] + 1, p[1] - 1),
    ),
    "alg-loga": (
        lambda p: quad(lambda x: p[0] ** 2, 0, p[1], weight="alg-loga", wvar=(0.5, 0))[0],
        lambda p: p[0] ** 2 * p[1] ** 1.5 * (np.log(p[1]) / 1.5 - 1 / 2.25),
    ),
    "alg-logb": (
        lambda p: quad(lambda x: p[0] ** 2, 0, p[1], weight="alg-logb", wvar=(0, 0.5))[0],
        lambda p: p[0] ** 2 * p[1] ** 1.5 * (np.log(p[1]) / 1.5 - 1 / 2.25),
    ),
    "alg-log": (
        lambda p: quad(lambda x: p[0] ** 2, 0, p[1], weight="alg-log", wvar=(0, 0))[0],
        lambda p: p[0] ** 2 * p[1] * (np.log(p[1]) ** 2 - 2 * np.log(p[1]) + 2 - np.pi**2 / 6),
    ),
    "cauchy": (
        lambda p: quad(lambda x: x * x, 0, p[1], weight="cauchy", wvar=p[0])[0],
        lambda p: p[1] ** 2 / 2 + p[0] * p[1] + p[0] ** 2 * np.log((p[1] - p[0]) / p[0]),
    ),
    "complex": (
        lambda p: abs(quad(lambda x: np.exp(1j * p[0] * x), 0, p[1], complex_func=True)[0]) ** 2,
        lambda p: (2 - 2 * np.cos(p[0] * p[1])) / p[0] ** 2,
    ),
}


N = np.arange(1.0, 4.0)
BOX = np.polynomial.legendre.leggauss(30)


def over_one_to_two(f):
    """Gauss's rule on [1, 2]."""
    return sum(0.5 * w * f(1.5 + 0.5 * x) for x, w in zip(*BOX, strict=True))


MANY = {
    "quad_vec": (
        lambda p: integrate.quad_vec(lambda x: np.exp(-p[0] * x * N) * p[1], 0, 2)[0] @ N,
        lambda p: np.sum(p[1] * (1 - np.exp(-2 * p[0] * N)) / p[0]),
    ),
    "quad_vec, limits": (
        lambda p: integrate.quad_vec(lambda x: np.exp(-x * N), p[0], p[1])[0] @ N,
        lambda p: np.sum(np.exp(-p[0] * N) - np.exp(-p[1] * N)),
    ),
    "quad_vec to infinity": (
        lambda p: integrate.quad_vec(lambda x, a: np.exp(-x * a), p[1], np.inf, args=(p[0],))[0],
        lambda p: np.exp(-p[0] * p[1]) / p[0],
    ),
    "fixed_quad": (
        lambda p: integrate.fixed_quad(lambda x: p[0] * x**3, p[0], p[1], n=3)[0],
        lambda p: p[0] * (p[1] ** 4 - p[0] ** 4) / 4,
    ),
    "dblquad": (
        lambda p: integrate.dblquad(
            lambda y, x, a: p[0] * x * y + a * y**2, 0, p[1], lambda x: p[0] * x, 2.0, args=(p[1],)
        )[0],
        lambda p: (
            0.5 * p[0] * (2 * p[1] ** 2 - p[0] ** 2 * p[1] ** 4 / 4)
            + p[1] / 3 * (8 * p[1] - p[0] ** 3 * p[1] ** 4 / 4)
        ),
    ),
    "nquad": (
        lambda p: integrate.nquad(
            lambda x, y: math.exp(-p[0] * x * y),
            [lambda y: (0, p[1] * y), (1, 2)],
            opts=[{"epsrel": 1e-10}, {"limit": 60}],
        )[0],
        lambda p: over_one_to_two(lambda y: (1 - np.exp(-p[0] * p[1] * y * y)) / (p[0] * y)),
    ),
    "nquad with points": (
        lambda p: integrate.nquad(
            lambda x, y: p[1] if x < p[0] * y else 0.0,
            [(0, 2), (1, 2)],
            opts=[lambda y: {"points": [p[0] * y]}, {}],
        )[0],
        lambda p: 1.5 * p[0] * p[1],
    ),
}
if hasattr(integrate, "cubature"):  # of a newer SciPy
    MANY["cubature"] = (
        lambda p: (
            integrate.cubature(
                lambda x: np.exp(-p[0] * x[:, 0] * x[:, 1]) * p[1], [0, 1], [p[0], 2]
            ).estimate
        ),
        lambda p: over_one_to_two(lambda y: p[1] * (1 - np.exp(-(p[0] ** 2) * y)) / (p[0] * y)),
    )
if hasattr(integrate, "tanhsinh"):
    MANY["tanhsinh"] = (
        lambda p: integrate.tanhsinh(lambda x: np.exp(-p[0] * x) / np.sqrt(x), 0, p[1]).integral,
        lambda p: np.sqrt(np.pi / p[0]) * erf(np.sqrt(p[0] * p[1])),
    )
    MANY["tanhsinh, args"] = (
        lambda p: integrate.tanhsinh(lambda x, a: np.exp(-a * x), 0, np.inf, args=(p[0],)).integral,
        lambda p: 1 / p[0],
    )
