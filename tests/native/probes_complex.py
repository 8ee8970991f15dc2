"""Probes: complex numbers between real ones."""

from __future__ import annotations

import cmath

import numpy as np

from .probes import X, probe


@probe(X)
def complex_intermediates(x):
    z = complex(x[0], x[1])
    w = z * z + 1.0 / z
    return w.real * abs(w)


@probe(X)
def complex_arithmetic(x):
    z = x[0] + 1j * x[1]
    w = cmath.exp(z) * np.sin(z) + np.sqrt(z) / np.log(z) - z.conjugate() + 2.0
    w = w**2 * z**0.5 + 3 - 2j * w
    w += x[2] * 1j
    return w.real, w.imag, abs(w), cmath.phase(w), np.angle(z), np.abs(z) * x[3]


@probe(X, second=False)
def complex_arrays(x):
    z = np.zeros(4, dtype=np.complex128)
    for i in range(4):
        z[i] = complex(x[i], 1.0) * np.exp(1j * x[0])
    w = z * z.conj() + np.tanh(z) * x
    total = 0j
    for v in w:
        total += v
    return total.real, np.sum(z).imag, np.dot(z, z).real, w.real, np.abs(z)


@probe(X, second=False)
def complex_functions(x):
    z = complex(x[0], x[1])
    total = np.arcsin(z) + np.arccosh(z) * np.arctanh(z) + np.log2(z) + np.log1p(z)
    total += np.expm1(z) + np.square(z) + np.reciprocal(z) - (+z) + cmath.sqrt(z) + z**z
    r, p = cmath.polar(z + 1j)
    if z == 3.0:
        total += 1.0
    q = cmath.rect(r * x[1], p * x[2])
    return total.real, total.imag, q.real * q.imag, abs(2.0**z)
