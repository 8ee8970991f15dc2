"""The functions of `scipy.special`: where they are measured, and their exact derivatives.

The references are those of the tests (`tests/special/cases_*.py`): the function itself for mpmath.
Its value and derivatives are taken from a few evaluations side by side, at 80 digits and more.
"""

from __future__ import annotations

import itertools
import math
import random
import signal
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import mpmath as mp
import numpy as np
import scipy.special as sc
from mpmath.libmp import NoConvergence

from tests.special import cases_bessel, cases_elementary, cases_others
from tests.special.checks import Case, positions, tuples

from .exact import Exact, entry, packed

# Digits, and steps as powers of two, of the evaluations; where functions saturate, or arguments are
# tiny, differences need many.
_PRECISIONS = ((80, 80), (110, 100), (220, 140), (500, 160), (1100, 180), (1700, 200))
_NOTHING = mp.mpf(10) ** -1000
_SECONDS = 0.4  # of the processor, for one reference
_BUDGET = 12.0  # and for those of one function that take that long

# Functions of one argument that are measured from 1e-300 to 1e300.
_WIDE = {
    *("erf", "erfc", "erfi", "erfcx", "ndtr", "log_ndtr", "exp2", "exp10", "expm1"),
    *("exprel", "log1p", "cbrt", "expit", "log_expit", "entr", "gammaln"),
}
_RANGE = (1e-30, 1e6)
# Where mpmath takes long, or the function has no other argument.
_RANGES: dict[str, tuple[float, float]] = {
    "logit": (1e-300, 1.0),
    "erfinv": (1e-30, 1.0),
    "erfcinv": (1e-30, 2.0),
    "ndtri": (1e-30, 1.0),
    "ndtri_exp": (1e-10, 1e4),
    "wrightomega": (1e-10, 1e4),
    "kolmogorov": (0.05, 10.0),
    "kolmogi": (1e-5, 1.0),
    "spence": (1e-10, 1e6),
    "ellipk": (1e-30, 1e6),
    "itstruve0": (1e-3, 30.0),
    "itmodstruve0": (1e-3, 30.0),
    "it2struve0": (1e-3, 30.0),
    "sindg": (1e-30, 1e8),
    "cosm1": (1e-30, 1e8),
    "cosdg": (1e-30, 1e8),
    "tandg": (1e-30, 1e8),
    "cotdg": (1e-30, 1e8),
}
_LANDMARKS = (1.0, -1.0, 0.5, 2.0, -2.0, -0.5, 1.4616321449683622, -0.3678794411714423, 8.0, 20.0)
# References that take mpmath very long.
LEFT_OUT = {
    "owens_t": "its reference is an integral",
    "besselpoly": "its reference is an integral",
    "itairy": "its reference is the derivative alone",
    "iti0k0": "its reference is the derivative alone",
    "itj0y0": "its reference is the derivative alone",
    "it2i0k0": "its reference is the derivative alone",
    "it2j0y0": "its reference is the derivative alone",
    "itstruve0": "its reference is the derivative alone",
    "itmodstruve0": "its reference is the derivative alone",
    "it2struve0": "its reference is the derivative alone",
}


class Special(NamedTuple):
    """One answer of a function of SciPy."""

    name: str
    case: Case

    @property
    def arity(self) -> int:
        return len(positions(self.case))

    def function(self, points: list[tuple[Any, ...]], namespace: Any = sc) -> Callable[..., Any]:
        """The function of its differentiated arguments, at all points."""
        fn = self.case.fn if self.case.fn and namespace is sc else None
        fn = fn or getattr(namespace, self.case.name)
        fixed = [np.array(column) for column in zip(*points, strict=True)]

        def call(*args: Any) -> Any:
            full: list[Any] = list(fixed)
            for i, x in zip(positions(self.case), args, strict=True):
                full[i] = x
            y = fn(*full)
            return y if self.case.take is None else self.case.take(y)

        return call


def specials() -> list[Special]:
    """Every answer of every function that the tests have a reference for."""
    cases = [*cases_elementary.CASES, *cases_bessel.CASES, *cases_others.CASES]
    found, seen = [], dict.fromkeys((c.name for c in cases), 0)
    for case in cases:
        if case.slope or case.name in LEFT_OUT:
            continue
        seen[case.name] += 1
        number = f" ({seen[case.name]})" if seen[case.name] > 1 else ""
        found.append(Special(case.name + number, case))
    return found


def orders_of(special: Special) -> list[tuple[int, ...]]:
    """All first, and all second derivatives where the reference is good for them."""
    n = special.arity
    pairs = itertools.combinations_with_replacement(range(n), 2)
    first = [tuple(int(i == j) for i in range(n)) for j in range(n)]
    second = [tuple((i == a) + (i == b) for i in range(n)) for a, b in pairs]
    return first + (second if special.case.orders > 1 else [])


# --- points --------------------------------------------------------------------------------------


def _drawn(rng: random.Random, name: str, index: int) -> float:
    wide = name in _WIDE
    low, high = (1e-300, 1e300) if wide else _RANGES.get(name, _RANGE)
    if index % 4 == 3:
        mark = rng.choice(_LANDMARKS)
        return mark * (1.0 + rng.choice((-1.0, 1.0)) * math.ldexp(1.0, -rng.randint(2, 50)))
    if index % 4 < 2:
        low, high = max(low, 1e-3), min(high, 100.0 if index % 4 else 1000.0)
    exponent = rng.uniform(math.log2(low), math.log2(high))
    size = math.ldexp(1.0 + rng.random(), math.floor(exponent))
    return min(size, high) * rng.choice((-1.0, 1.0))


def sample(special: Special, count: int) -> list[tuple[Any, ...]]:
    """Points of which half are numbers of float32, too."""
    rng = random.Random(special.name)
    rows = tuples(special.case)
    chosen = list(rows)
    for index in range(20 * count):
        row = list(rows[index % len(rows)])
        for i in positions(special.case):
            if len(row) == 1:
                x = _drawn(rng, special.case.name, index // len(rows))
            else:
                x = row[i] * 2.0 ** rng.uniform(-2.0, 2.0)
            row[i] = float(np.float32(x)) if len(chosen) % 2 and 1e-30 < abs(x) < 1e30 else x
        if len(chosen) < count and _usable(special, tuple(row)):
            chosen.append(tuple(row))
    return chosen


def _usable(special: Special, row: tuple[Any, ...]) -> bool:
    f = special.function([row])
    with np.errstate(all="ignore"):
        y = f(*(np.array([float(row[i])]) for i in positions(special.case)))
    return bool(np.isfinite(y[0])) and y[0] != 0.0


# --- exact values and derivatives ----------------------------------------------------------------


class TooLong(Exception):  # noqa: N818
    pass


def _interrupt(*_: Any) -> None:
    raise TooLong


def limited(f: Callable[[], Any]) -> Any:
    """f(), or None where it fails, or takes too long."""
    before = signal.signal(signal.SIGVTALRM, _interrupt)
    signal.setitimer(signal.ITIMER_VIRTUAL, _SECONDS)
    try:
        return f()
    except (ZeroDivisionError, ValueError, TypeError, OverflowError, TooLong, NoConvergence):
        return None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
        signal.signal(signal.SIGVTALRM, before)


def _stencil(size: int) -> list[tuple[int, ...]]:
    """Steps in each argument, of third order in all."""
    return [s for s in itertools.product(range(4), repeat=size) if sum(s) <= 3]


Jet = dict[tuple[int, ...], Any]  # derivatives to the third order, by orders in each argument


def jet(special: Special, row: tuple[Any, ...]) -> Jet | None:
    """Derivatives that two precisions and steps agree upon; None where none do, or in good time."""
    at = positions(special.case)
    before: Jet | None = None
    for digits, bits in _PRECISIONS:
        with mp.workdps(digits):
            now = limited(lambda bits=bits: _jet(special.case, row, at, bits))
        if now is None:
            return None
        last = digits == _PRECISIONS[-1][0]
        # The third order says only how far the second goes.
        if before is not None and all(_agree(before[o], now[o], last) for o in now if sum(o) < 3):
            return now
        before = now
    return None


def _agree(a: Any, b: Any, zero: bool) -> bool:
    """Whether a and b are one number. That both are 0 may be for want of digits."""
    largest = max(abs(a), abs(b))
    if largest < _NOTHING:
        return zero or bool(largest)
    return bool(abs(a - b) <= mp.ldexp(largest, -75))


def _jet(case: Case, row: tuple[Any, ...], at: tuple[int, ...], bits: int) -> Jet:
    steps = [mp.ldexp(abs(mp.mpf(row[i])), -bits) for i in at]
    values = {}
    for moves in _stencil(len(at)):
        full = [mp.mpf(x) if isinstance(x, float) else x for x in row]
        for i, h, k in zip(at, steps, moves, strict=True):
            full[i] = mp.mpf(row[i]) + k * h
        values[moves] = mp.mpmathify(case.reference(*full))
    found = {}
    for orders in _stencil(len(at)):
        value = _difference(values, orders)
        for h, k in zip(steps, orders, strict=True):
            value /= h**k
        if isinstance(value, mp.mpc) and abs(value.imag) > abs(value.real) * mp.mpf(10) ** -25:
            raise ValueError("complex")
        found[orders] = mp.re(value)
    return found


# Weights of the values at 0, h, 2h, 3h for each derivative, exact for cubics; 6 times the first.
_FORWARD: dict[int, tuple[int, ...]] = {
    0: (1,),
    1: (-11, 18, -9, 2),
    2: (2, -5, 4, -1),
    3: (-1, 3, -3, 1),
}


def _difference(values: dict[tuple[int, ...], Any], orders: tuple[int, ...]) -> Any:
    """The finite difference of these orders, of the lowest order that the stencil allows."""
    if len(orders) == 1:
        total = mp.fsum(w * values[(k,)] for k, w in enumerate(_FORWARD[orders[0]]))
        return total / 6 if orders == (1,) else total
    terms = []
    for moves in itertools.product(*(range(k + 1) for k in orders)):
        weight = 1
        for k, m in zip(orders, moves, strict=True):
            weight *= (-1) ** (k - m) * math.comb(k, m)
        terms.append(weight * values[moves])
    return mp.fsum(terms)


def exact(special: Special, rows: list[tuple[Any, ...]]) -> tuple[list[bool], dict[Any, Exact]]:
    """Which rows have a reference, and the exact value and derivatives there.

    `moved` of what is returned is for arguments that move by one ulp of double precision.
    """
    jets: list[Jet | None] = []
    begin = time.process_time()
    for row in rows:
        late = time.process_time() - begin > _BUDGET
        jets.append(None if late else jet(special, row))
    at = positions(special.case)
    kept = [j for j in jets if j is not None]
    columns: dict[Any, Exact] = {}
    for orders in [(0,) * special.arity, *orders_of(special)]:
        entries = []
        for row, j in zip((r for r, j in zip(rows, jets, strict=True) if j), kept, strict=True):
            value = j[orders]
            more = [
                abs(j[tuple(o + (i == k) for i, o in enumerate(orders))])
                * float(np.spacing(abs(row[p])))
                for k, p in enumerate(at)
            ]
            entries.append(entry(value, max(more)))
        columns[orders] = packed(entries)
    return [j is not None for j in jets], columns
