"""Every machine over the array functions: against finite differences, and against each other.

The calls are those of the case tables in `tests/rules`. Complex operands are made of two real ones
inside the function, so that all machines see complex intermediates.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import dualad as da
from dualad._rules import TABLE
from dualad._rules._eigen import EIGEN
from dualad._rules._factor import FACTOR
from dualad._rules._fft import FFT
from dualad._rules._inverses import INVERSES
from dualad._rules._row import Binary, Flat, Unary
from dualad._rules._svd import SVD
from tests.machines import (
    FIRST,
    SECOND,
    Watched,
    differences,
    flat_jacobian,
    one_array,
    same_bits,
    size_of,
)
from tests.rules import linear_cases, product_cases, rest_cases

MANY = 30  # beyond so many inputs, derivatives are taken along random directions


class Problem:
    """One case as a function of real arrays that returns one real array."""

    def __init__(self, case: Any) -> None:
        self.case = case
        self.fn = linear_cases.called(case.fn)
        self.leaves: list[Any] = []
        for i in case.active:
            self._collect(case.args[i])
        self.complex = [np.iscomplexobj(x) for x in self.leaves]
        self.point: list[Any] = []
        for x, c in zip(self.leaves, self.complex, strict=True):
            self.point += [x.real.copy(), x.imag.copy()] if c else [x]

    def _collect(self, x: Any) -> None:
        if isinstance(x, (tuple, list)):
            for member in x:
                self._collect(member)
        else:
            self.leaves.append(x)

    def _rebuild(self, x: Any, supply: Any) -> Any:
        if isinstance(x, (tuple, list)):
            return type(x)([self._rebuild(member, supply) for member in x])
        return next(supply)

    def call(self, *leaves: Any) -> Any:
        """The call itself, with its active arguments replaced."""
        supply = iter(leaves)
        args = list(self.case.args)
        for i in self.case.active:
            args[i] = self._rebuild(args[i], supply)
        return self.fn(*args, **self.case.kwargs)

    def __call__(self, *reals: Any) -> Any:
        """As a function of real arrays, its answer one real array."""
        supply = iter(reals)
        leaves = [next(supply) + 1j * next(supply) if c else next(supply) for c in self.complex]
        out = self.call(*leaves)
        members = list(out) if isinstance(out, (tuple, list)) else [out]
        if any(np.iscomplexobj(m) for m in members):
            members = [part(m) for m in members for part in (np.real, np.imag)]
        return one_array(members) if len(members) > 1 else members[0]

    def along(self, count: int) -> Callable[..., Any]:
        """The function of `count` random directions in the space of its arguments."""
        rng = np.random.default_rng(5)
        directions = [rng.standard_normal((count, *np.shape(x))) for x in self.point]

        def move(s: Any, x: Any, d: Any) -> Any:
            moved = x + np.tensordot(s, d, 1)
            return moved[...] if type(x) is np.ndarray and not x.ndim else moved

        def function(s: Any) -> Any:
            return self(*[move(s, x, d) for x, d in zip(self.point, directions, strict=True)])

        return function


def by_name(cases: Any) -> list[Any]:
    """Cases of one function together, so that there is one test for each function."""
    groups: dict[str, list[Any]] = {}
    for case in cases:
        fn = getattr(case, "row", None) or case.fn
        groups.setdefault(f"{getattr(fn, '__module__', '')}.{fn.__name__}", []).append(case)
    return [pytest.param(group, id=name) for name, group in groups.items()]


LINEAR = [*linear_cases.LINEAR, *linear_cases.COMPOSED]
PRODUCTS = [
    *product_cases.CASES,
    product_cases.Case(np.divmod, (np.array([5.3, -2.7]), np.array([2.0, 0.8])), active=(0, 1)),
    product_cases.Case(np.modf, (np.array([5.3, -2.7]),)),
    *rest_cases.CASES,
]
groups = pytest.mark.parametrize("cases", by_name([*LINEAR, *PRODUCTS]))
curved = pytest.mark.parametrize("cases", by_name(PRODUCTS))
linear = pytest.mark.parametrize("cases", by_name(LINEAR))


def close(got: Any, want: Any, error: Any, text: str) -> None:
    scale = np.max(np.abs(want), initial=1e-3)
    allowed = 20 * error + 1e-8 * scale
    bad = ~(np.abs(got - want) <= allowed)
    assert not bad.any(), f"{text}\n{np.asarray(got)[bad][:5]}\n{np.asarray(want)[bad][:5]}"


@groups
def test_first_derivatives(cases):
    for case in cases:
        problem = Problem(case)
        f, point = problem, problem.point
        if size_of(point) > MANY:
            f, point = problem.along(5), [np.zeros(5)]
        plain = f(*point)
        flat, error = differences(flat_function(f, point), flat_point(point))
        for name, machine in FIRST.items():
            watched = Watched(f)
            got = flat_jacobian(machine(watched, point), np.shape(plain))
            close(got, flat, error, f"{name} of {case.label}")
            for seen in watched.seen:
                same_bits(np.asarray(seen), np.asarray(plain))


def flat_point(point: Any) -> np.ndarray:
    return np.concatenate([np.ravel(x) for x in point])


def flat_function(f: Callable[..., Any], point: Any) -> Callable[[np.ndarray], Any]:
    cuts = np.cumsum([0, *(np.size(x) for x in point)])

    def like(part: np.ndarray, x: Any) -> Any:
        return part.reshape(x.shape) if isinstance(x, np.ndarray) else part.item()

    return lambda v: f(*[like(v[a:b], x) for a, b, x in zip(cuts, cuts[1:], point, strict=False)])


@curved
def test_second_derivatives(cases):
    for case in cases:
        f, zero = Problem(case).along(3), np.zeros(3)
        if not np.isfinite(flat_point(Problem(case).point)).all():
            continue
        want, error = differences(lambda s, f=f: da.jacobian(f, mode="forward")(s), zero)
        plain = f(zero)
        for name, machine in SECOND.items():
            watched = Watched(f)
            close(machine(watched, [zero]), want, error, f"{name} of {case.label}")
            for seen in watched.seen:
                same_bits(np.asarray(seen), np.asarray(plain))


@linear
def test_second_derivatives_of_linear_functions(cases):
    # Of the square of a linear function, so that they are not zero. Indexing has so many cases
    # that a part of them is enough here.
    for case in cases[:: 1 + len(cases) // 40]:
        problem = Problem(case)
        f, zero = problem.along(2), np.zeros(2)
        if not np.isfinite(flat_point(problem.point)).all():
            continue
        g = lambda s, f=f: np.square(f(s))
        slopes = da.jacobian(f, mode="forward")(zero)
        want = 2.0 * slopes[..., :, None] * slopes[..., None, :]
        for name, machine in SECOND.items():
            got = machine(g, [zero])
            eps = 1e-12 if np.result_type(f(zero)) == np.float64 else 1e-5
            text = f"{name} of {case.label}"
            np.testing.assert_allclose(got, want, rtol=eps, atol=eps, err_msg=text)


# --- layouts, precision, numbers of directions ---------------------------------------------------


def strided(x: np.ndarray) -> np.ndarray:
    return (
        np.repeat(np.repeat(x, 2, axis=-1), 2, axis=0)[::2, ..., ::2]
        if x.ndim > 1
        else np.repeat(x, 2)[::2]
    )


def reversed_order(x: np.ndarray) -> np.ndarray:
    return np.flip(np.ascontiguousarray(np.flip(x)))


def repeated(x: np.ndarray) -> np.ndarray:
    """The first column everywhere, with a stride of 0."""
    return np.broadcast_to(x[..., :1], x.shape) if x.size else x


LAYOUTS = {
    "Fortran": np.asfortranarray,
    "strided": strided,
    "reversed": reversed_order,
    "stride 0": repeated,
}


def same_layout(x: Any, make: Callable[[np.ndarray], np.ndarray]) -> Any:
    return make(x) if isinstance(x, np.ndarray) and x.ndim else x


@groups
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(cases, layout):
    for case in cases:
        problem = Problem(case)
        if any(problem.complex) or size_of(problem.point) > 100 or skips_layouts(case):
            continue
        moved = [same_layout(x, LAYOUTS[layout]) for x in problem.point]
        argnums = tuple(range(len(moved)))
        compact = [x.copy() if isinstance(x, np.ndarray) else x for x in moved]
        plain = value_or_none(problem.call, moved)
        if plain is None:
            continue
        want = da.jacobian(problem, argnums, mode="forward")(*compact)
        for mode in ("forward", "reverse"):
            watched = Watched(problem.call)
            flat = lambda *xs, w=watched: one_array(w(*xs))
            for g, w in zip(da.jacobian(flat, argnums, mode=mode)(*moved), want, strict=True):
                g = g.reshape(np.shape(w))
                scale = np.max(np.abs(w), initial=1.0)
                np.testing.assert_allclose(g, w, rtol=1e-9, atol=1e-11 * scale, err_msg=case.label)
            for seen in watched.seen:
                if layout == "stride 0":  # made compact at entry: BLAS and einsum may differ
                    for s, p in zip(members(seen), members(plain), strict=True):
                        np.testing.assert_allclose(s, p, rtol=1e-13, atol=1e-14)
                else:
                    same_bits(bits_of(seen), bits_of(plain))


def value_or_none(f: Callable[..., Any], point: Any) -> Any:
    """The plain call; None where repeated columns have made it singular."""
    try:
        with np.errstate(all="ignore"):
            out = f(*point)
    except np.linalg.LinAlgError:
        return None
    return out if all(np.isfinite(x).all() for x in members(out)) else None


def skips_layouts(case: Any) -> bool:
    """Whether the answer of a call is complex, or depends on the layout by order="A"."""
    problem = Problem(case)
    out = problem.call(*problem.leaves)
    by_memory = any(type(v) is str and v in ("A", "K") for v in (*case.args, *case.kwargs.values()))
    return by_memory or any(map(np.iscomplexobj, members(out)))


def members(out: Any) -> Any:
    return out if isinstance(out, (tuple, list)) else [out]


def bits_of(out: Any) -> Any:
    """Members of a list or tuple as arrays: a number answers with an array where NumPy does."""
    if isinstance(out, (tuple, list)):
        return [np.asarray(x) for x in out]
    return np.asarray(out)


@groups
def test_single_precision(cases):
    for case in cases:
        problem = Problem(case)
        if any(problem.complex) or size_of(problem.point) > 100:
            continue
        low = [x.astype(np.float32) if isinstance(x, np.ndarray) else x for x in problem.point]
        argnums = tuple(range(len(low)))
        plain = problem(*low)
        # The same numbers in double precision.
        high = [x.astype(float) if isinstance(x, np.ndarray) else x for x in low]
        want = da.jacobian(problem, argnums, mode="forward")(*high)
        for mode in ("forward", "reverse"):
            for g, w in zip(da.jacobian(problem, argnums, mode=mode)(*low), want, strict=True):
                assert g.dtype == plain.dtype, f"{mode} of {case.label}: {g.dtype}"
                scale = np.max(np.abs(w), initial=1.0)
                np.testing.assert_allclose(g, w, rtol=1e-3, atol=1e-4 * scale, err_msg=case.label)


@groups
def test_as_many_directions_as_each_axis_is_long(cases):
    rng = np.random.default_rng(2)
    for case in cases:
        problem = Problem(case)
        if size_of(problem.point) > 150:
            continue
        plain = problem(*problem.point)
        jac = da.jacobian(problem, tuple(range(len(problem.point))), mode="reverse")(*problem.point)
        jac = flat_jacobian(jac, np.shape(plain))
        lengths = {n for x in (*problem.point, plain) for n in np.shape(x) if n}
        for k in sorted(lengths | {1}):
            blocks = [rng.standard_normal((k, *np.shape(x))) for x in problem.point]
            numbers = [da.Dual(x, b) for x, b in zip(problem.point, blocks, strict=True)]
            out = problem(*numbers)
            got = getattr(out, "tangent", np.zeros((k, *np.shape(plain))))
            flat = np.concatenate([b.reshape(k, int(np.prod(b.shape[1:]))) for b in blocks], axis=1)
            want = np.moveaxis(np.tensordot(jac, flat, (-1, 1)), -1, 0)
            scale = np.max(np.abs(want), initial=1.0)
            eps = 1e-11 if plain.dtype == np.float64 else 1e-6
            np.testing.assert_allclose(
                got, want, rtol=eps, atol=eps * scale, err_msg=f"k = {k} of {case.label}"
            )


# --- that nothing is left out --------------------------------------------------------------------


def test_every_array_row_has_cases():
    met = {getattr(case, "row", None) or case.fn for case in [*LINEAR, *PRODUCTS]}
    rows = {
        fn
        for fn, row in TABLE.items()
        if type(row) not in (Unary, Binary, Flat)
        and not (getattr(fn, "__module__", "") or "").startswith("dualad")
    }
    # np.astype is the method by another name; np.sign has a complex form only; np.trapz is
    # np.trapezoid by its old name, and warns. Decompositions and transforms are tested elsewhere.
    elsewhere = {row.fn for row in (*EIGEN, *SVD, *FACTOR, *INVERSES, *FFT)}
    assert (
        rows - met - elsewhere - {np.sign, vars(np).get("astype"), vars(np).get("trapz")} == set()
    )


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(x),
        lambda x: np.cumsum(x),
        lambda x: np.prod(x),
        lambda x: np.reshape(x, (0, 2)),
        lambda x: np.concatenate((x, x)),
        lambda x: np.stack((x, x)),
        lambda x: x[:, None] @ x[None, :],
        lambda x: np.ones((3, 0)) @ x,
        lambda x: np.dot(x, x),
        lambda x: np.einsum("i,j->ij", x, x),
        lambda x: np.sort(x),
        lambda x: np.outer(x, np.ones(3)),
        lambda x: np.where(x > 0, x, -x),
        lambda x: x[np.array([], int)],
        lambda x: np.linalg.norm(x),
        lambda x: np.diff(x),
        lambda x: np.pad(x, 2),
        lambda x: np.linalg.solve(np.ones((0, 0)), x),
        lambda x: np.tile(x, 3),
        lambda x: x.reshape(0, 3, 2).transpose(2, 0, 1).sum(0),
    ],
)
def test_empty_arrays(f):
    x = np.zeros(0)
    plain = f(x)
    for name, machine in FIRST.items():
        (got,) = machine(f, [x])
        assert got.shape == (*np.shape(plain), 0), name
    for name, machine in SECOND.items():
        assert machine(f, [x]).shape == (*np.shape(plain), 0, 0), name


def test_getitem_of_operands_that_broadcast():
    # Strides of zero in the caller's array.
    x = np.broadcast_to(np.array([[2.0], [3.0]]), (2, 3))
    for f in (np.sum, np.ravel, np.cumsum, lambda v: v.T @ v, lambda v: operator.getitem(v, 1)):
        want = da.jacobian(f, mode="forward")(x.copy())
        for machine in FIRST.values():
            np.testing.assert_allclose(machine(f, [x])[0], want, rtol=1e-14)
