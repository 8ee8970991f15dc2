"""Elliptic integrals and Jacobi's functions, through Carlson's symmetric integrals.

DLMF 19.18, 19.25: each derivative is one integral of a positive function, where the formulas of
Legendre, such as (E - (1 - m) K)/(2 m (1 - m)), cancel. Derivatives of R_D and R_J are integrals
without a name. First ones of R_D are taken by a complex step of SciPy's own function, which is
exact and fast; all others by quadrature.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy.special as sc

from ..._errors import NoRuleError
from ..._rules._dispatch import dispatched
from ..._rules._helpers import is_complex, select
from ..._rules._row import Row, Unary
from ._carlson import once_more, rd, rj
from ._many import Partials

PI = 3.141592653589793
_STEP = 1e-100

# --- Carlson's integrals


def _real(*args: Any) -> None:
    if any(is_complex(x) for x in args):
        raise NoRuleError(
            "scipy.special: derivatives of elliprd and elliprj have no rule for complex arguments",
            "real arguments",
        )


@dispatched
def rd_x(x: Any, y: Any, z: Any) -> Any:
    """The derivative of R_D(x, y, z) in x."""
    _real(x, y, z)
    step = _STEP * np.maximum(np.abs(x), np.abs(y))
    slope = np.imag(sc.elliprd(x + 1j * step, y, z)) / step
    return np.where((x < 0.0) | (y < 0.0) | (z < 0.0), np.nan, slope)


@dispatched
def rd_z(x: Any, y: Any, z: Any) -> Any:
    """The derivative of R_D(x, y, z) in z."""
    _real(x, y, z)
    step = _STEP * np.abs(z)
    slope = np.imag(sc.elliprd(x, y, z + 1j * step)) / step
    return np.where((x < 0.0) | (y < 0.0) | (z < 0.0), np.nan, slope)


@dispatched
def rj_x(x: Any, y: Any, z: Any, p: Any) -> Any:
    """The derivative of R_J(x, y, z, p) in x, p > 0."""
    _real(x, y, z, p)
    return rj(1, 0, 0, 0, x, y, z, p)


@dispatched
def rj_p(x: Any, y: Any, z: Any, p: Any) -> Any:
    """The derivative of R_J(x, y, z, p) in p > 0."""
    _real(x, y, z, p)
    return rj(0, 0, 0, 1, x, y, z, p)


def _rc_x(x: Any, y: Any, r: Any) -> Any:
    positive = np.real(y) > 0.0
    a, b = select(positive, x, 1.0), select(positive, y, 1.0)
    c, d = select(positive, 1.0, x), select(positive, -1.0, y)
    principal = 0.5 * (r - 1.0 / np.sqrt(c)) / (d - c)
    return select(positive, sc.elliprd(b, b, a) / -6.0, principal)


def _rc_y(x: Any, y: Any, r: Any) -> Any:
    positive = np.real(y) > 0.0
    a, b = select(positive, x, 1.0), select(positive, y, 1.0)
    # R_C is homogeneous of degree -1/2
    principal = -(0.5 * r + x * _rc_x(x, y, r)) / y
    return select(positive, sc.elliprd(a, b, b) / -3.0, principal)


def _rg(x: Any, y: Any, z: Any) -> Any:
    """The derivative of R_G in z."""
    empty = np.equal(z, 0.0)
    d = z * sc.elliprd(x, y, select(empty, 1.0 + 0.0 * z, z))
    return 0.25 * sc.elliprf(x, y, z) - d / 12.0


def _usual(positive: Any, *args: Any) -> tuple[Any, ...]:
    """The arguments where p > 0, and others that do no harm elsewhere."""
    return tuple(select(positive, x, i + 1.0) for i, x in enumerate(args))


def _rj_in_x(x: Any, y: Any, z: Any, p: Any, r: Any) -> Any:
    positive = np.real(p) > 0.0
    q = select(positive, 1.0 + 0.0 * p, p)
    w = select(positive, 0.0 * x, x)
    principal = -0.5 * (sc.elliprd(y, z, x) - r) / (q - w)
    return select(positive, rj_x(*_usual(positive, x, y, z, p)), principal)


def _rj_in_p(x: Any, y: Any, z: Any, p: Any, r: Any) -> Any:
    positive = np.real(p) > 0.0
    total = x * _rj_in_x(x, y, z, p, r) + y * _rj_in_x(y, x, z, p, r) + z * _rj_in_x(z, x, y, p, r)
    principal = -(1.5 * r + total) / p  # degree -3/2
    return select(positive, rj_p(*_usual(positive, x, y, z, p)), principal)


# --- Legendre's integrals: F = s R_F(c**2, 1 - m s**2, 1) over the half period around 0


def _period(phi: Any) -> tuple[Any, Any, Any]:
    """The number of half periods in phi, and sine and squared cosine of what remains."""
    n = np.rint(phi / PI)
    even = np.equal(n, 2.0 * np.rint(0.5 * n))
    s = np.sin(phi)
    c = np.cos(phi)
    return n, select(even, s, -s), c * c


def _whole(n: Any, d: Any) -> Any:
    """2 n d, 0 for n = 0, where d may be out of range."""
    none = np.equal(n, 0.0)
    return select(none, 0.0, 2.0 * n * d)


def _k1(m: Any) -> Any:
    return sc.elliprd(0.0, 1.0, 1.0 - m) / 6.0


def _e1(m: Any) -> Any:
    return sc.elliprd(0.0, 1.0 - m, 1.0) / -6.0


def incomplete_m(phi: Any, m: Any) -> Any:
    """The derivative of ellipkinc in m."""
    n, s, c2 = _period(phi)
    d = 1.0 - m * s * s
    return s * s * s * sc.elliprd(c2, 1.0, d) / 6.0 + _whole(n, _k1(m))


def _incomplete_e_m(phi: Any, m: Any) -> Any:
    n, s, c2 = _period(phi)
    d = 1.0 - m * s * s
    return s * s * s * sc.elliprd(c2, d, 1.0) / -6.0 + _whole(n, _e1(m))


def _delta(phi: Any, m: Any) -> Any:
    s = np.sin(phi)
    return np.sqrt(1.0 - m * s * s)


def _jacobi_u(u: Any, m: Any, y: Any) -> Any:
    sn, cn, dn, _ = y
    return cn * dn, -sn * dn, -m * sn * cn, dn


def _jacobi_m(u: Any, m: Any, y: Any) -> Any:
    sn, cn, dn, phi = y
    turn = -dn * incomplete_m(phi, m)  # u = F(phi, m)
    return cn * turn, -sn * turn, -0.5 * sn * (sn + 2.0 * m * cn * turn) / dn, turn


_AT = (-1e5, -2.0, -0.3, 0.0, 1e-9, 0.2, 0.5, 0.9, 0.999999)

ROWS: list[Row] = [
    Unary(
        sc.ellipk,
        lambda m, _y: _k1(m),
        lambda m, _y, _d: rd_z(0.0, 1.0, 1.0 - m) / -6.0,
        at=_AT,
        outside=(1.5,),
        sympy=lambda sp, x: sp.elliptic_k(x),
    ),
    Unary(
        sc.ellipkm1,
        lambda p, _y: sc.elliprd(0.0, 1.0, p) / -6.0,
        lambda p, _y, _d: rd_z(0.0, 1.0, p) / -6.0,
        at=(1e-300, 1e-9, 0.2, 0.9, 1.0, 7.0),
        outside=(-0.5,),
        sympy=lambda sp, x: sp.elliptic_k(1 - x),
    ),
    Unary(
        sc.ellipe,
        lambda m, _y: _e1(m),
        lambda m, _y, _d: rd_x(1.0 - m, 0.0, 1.0) / 6.0,
        at=_AT,
        outside=(1.5,),
        sympy=lambda sp, x: sp.elliptic_e(x),
    ),
]


PARTIALS: Mapping[Any, Partials] = {
    "elliprc": {0: _rc_x, 1: _rc_y},
    "elliprf": {
        0: lambda x, y, z, _r: sc.elliprd(y, z, x) / -6.0,
        1: lambda x, y, z, _r: sc.elliprd(x, z, y) / -6.0,
        2: lambda x, y, z, _r: sc.elliprd(x, y, z) / -6.0,
    },
    "elliprg": {
        0: lambda x, y, z, _r: _rg(y, z, x),
        1: lambda x, y, z, _r: _rg(x, z, y),
        2: lambda x, y, z, _r: _rg(x, y, z),
    },
    "elliprd": {
        0: lambda x, y, z, _r: rd_x(x, y, z),
        1: lambda x, y, z, _r: rd_x(y, x, z),
        2: lambda x, y, z, _r: rd_z(x, y, z),
    },
    "elliprj": {
        0: _rj_in_x,
        1: lambda x, y, z, p, r: _rj_in_x(y, x, z, p, r),
        2: lambda x, y, z, p, r: _rj_in_x(z, x, y, p, r),
        3: _rj_in_p,
    },
    rd_x: once_more(rd, (1, 0, 0)),
    rd_z: once_more(rd, (0, 0, 1)),
    rj_x: once_more(rj, (1, 0, 0, 0)),
    rj_p: once_more(rj, (0, 0, 0, 1)),
    "ellipkinc": {
        0: lambda phi, m, _y: 1.0 / _delta(phi, m),
        1: lambda phi, m, _y: incomplete_m(phi, m),
    },
    "ellipeinc": {
        0: lambda phi, m, _y: _delta(phi, m),
        1: lambda phi, m, _y: _incomplete_e_m(phi, m),
    },
    "ellipj": {0: _jacobi_u, 1: _jacobi_m},
}
