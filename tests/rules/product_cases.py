"""Calls of the products, the linear algebra, the statistics and the orderings, several of each.

Every mode of differentiation is run over this table. The numbers are such that each call is
smooth there: no ties, no zeros of norms; conventions at kinks have tests of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Case:
    """One call ``fn(*args, **kwargs)``; `active` are the positions in `args` that vary.

    `row` is the key of the rule that is meant, where `fn` is only a wrapper around it.
    """

    fn: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    active: tuple[int, ...] = (0,)
    row: Any = None

    @property
    def key(self) -> Any:
        return self.fn if self.row is None else self.row

    @property
    def label(self) -> str:
        shapes = ",".join(
            str(np.shape(a)) if not isinstance(a, str | list) else repr(a) for a in self.args
        )
        words = ",".join(f"{k}={np.shape(v) or v}" for k, v in self.kwargs.items())
        return f"{self.key.__name__}-{shapes}-{words}".replace(" ", "")

    def __call__(self, *active: Any) -> Any:
        """The call with its active arguments replaced."""
        args = list(self.args)
        for position, value in zip(self.active, active, strict=True):
            args[position] = value
        return self.fn(*args, **self.kwargs)

    @property
    def point(self) -> tuple[Any, ...]:
        """The active arguments."""
        return tuple(self.args[i] for i in self.active)


_RNG = np.random.default_rng(20240615)


def real(*shape: int) -> Any:
    """Normal random numbers of this shape; a float where it is ()."""
    x = _RNG.standard_normal(shape)
    return float(x) if shape == () else x


def cplx(*shape: int) -> Any:
    return real(*shape) + 1j * real(*shape)


def matrix(*shape: int) -> Any:
    """Well-conditioned square matrices."""
    return real(*shape) + 3 * np.eye(shape[-1])


def apart(*shape: int) -> Any:
    """Distinct positive numbers at a distance of at least 0.5, in random order."""
    size = int(np.prod(shape))
    return (0.7 * (1 + _RNG.permutation(size)) + 0.1 * _RNG.random(size)).reshape(shape)


def _pairs(fn: Any, *shapes: tuple[tuple[int, ...], tuple[int, ...]], **kwargs: Any) -> list[Case]:
    return [Case(fn, (real(*a), real(*b)), kwargs, (0, 1)) for a, b in shapes]


def _einsum(subscripts: str, *operands: Any, **kwargs: Any) -> Case:
    return Case(np.einsum, (subscripts, *operands), kwargs, tuple(range(1, 1 + len(operands))))


MATMUL_SHAPES = (
    ((3,), (3,)),
    ((3,), (3, 4)),
    ((2, 3), (3,)),
    ((2, 3), (3, 4)),
    ((2, 3), (3, 9)),
    ((5, 2, 3), (3, 4)),
    ((2, 3), (5, 3, 4)),
    ((5, 2, 3), (5, 3, 4)),
    ((5, 1, 2, 3), (4, 3, 2)),
    ((1, 2, 3), (5, 3, 4)),
    ((5, 2, 3), (3,)),
    ((3,), (5, 3, 4)),
    ((4, 3, 2, 3), (3, 3, 1)),
    ((3, 3), (3, 3, 3)),
)

PRODUCT_CASES = [
    *_pairs(np.matmul, *MATMUL_SHAPES),
    Case(np.matmul, (cplx(2, 3), cplx(4, 3, 2)), active=(0, 1)),
    Case(np.matmul, (cplx(3), cplx(3, 2)), active=(0, 1)),
    Case(np.matmul, (real(3, 3), real(3, 3)), active=(1,)),
    *_pairs(np.linalg.matmul, ((2, 3), (3, 4)), ((5, 2, 3), (3, 4))),
    *_pairs(
        np.dot,
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((3,), (3, 4)),
        ((2, 3), (3, 4)),
        ((2, 3), (3, 9)),
        ((5, 2, 3), (4, 3, 2)),
        ((2, 5, 3), (3,)),
        ((), (2, 3)),
        ((2, 3), ()),
        ((), ()),
    ),
    Case(np.dot, (cplx(2, 3), cplx(3, 2)), active=(0, 1)),
    *_pairs(np.inner, ((3,), (3,)), ((2, 3), (4, 3)), ((2, 5, 3), (3,)), ((), (2,)), ((2,), ())),
    *_pairs(np.tensordot, ((2, 3, 4), (3, 4, 2)), ((4, 2), (4, 2))),
    *_pairs(np.tensordot, ((2, 3), (4, 2)), axes=0),
    *_pairs(np.tensordot, ((2, 3, 4), (4, 3, 5)), axes=([1, 2], [1, 0])),
    *_pairs(np.tensordot, ((2, 3, 4), (4, 3, 2)), axes=((2, 0), (0, -1))),
    *_pairs(np.tensordot, ((2, 3), (5, 2)), axes=(0, 1)),
    *_pairs(np.tensordot, ((2, 3), (2, 3)), axes=2),
    *_pairs(np.linalg.tensordot, ((2, 3), (3, 4)), axes=1),
    *_pairs(np.vecdot, ((3,), (3,)), ((2, 3), (3,)), ((3,), (2, 3)), ((4, 1, 3), (2, 3))),
    *_pairs(np.vecdot, ((3, 4), (3, 1)), axis=-2),
    *_pairs(np.vecdot, ((3, 4), (3, 4)), axis=0),
    Case(np.vecdot, (cplx(2, 3), cplx(3)), active=(0, 1)),
    Case(np.vecdot, (cplx(3), cplx(2, 3)), active=(0, 1)),
    Case(np.linalg.vecdot, (cplx(4, 2, 3), cplx(2, 3)), active=(0, 1)),
    _einsum("ij,jk->ik", real(2, 3), real(3, 4)),
    _einsum("ij,jk", real(2, 3), real(3, 4)),
    _einsum("ba", real(2, 3)),
    _einsum("ii", real(3, 3)),
    _einsum("ii->i", real(3, 3)),
    _einsum("iij->ji", real(3, 3, 2)),
    _einsum("iii,i->", real(3, 3, 3), real(3)),
    _einsum("ij->", real(2, 3)),
    _einsum("ij->j", real(2, 3)),
    _einsum("ij,k->k", real(2, 3), real(4)),
    _einsum("ij,j,k->ik", real(2, 3), real(3), real(4)),
    _einsum("i,i,i->i", real(3), real(3), real(3)),
    _einsum("i,i,i", real(3), real(3), real(3), optimize=True),
    _einsum("...ij,...jk->...ik", real(5, 2, 3), real(3, 4)),
    _einsum("...ij,...jk", real(5, 1, 2, 3), real(4, 3, 2)),
    _einsum("i...,i...->...", real(3, 2), real(3, 4, 1)),
    _einsum("...,...", real(3), real()),
    _einsum("...ii->...i", real(2, 3, 3)),
    _einsum("ij,ij->ij", real(3, 3), real(3, 3)),
    _einsum("ij,jk->ik", real(2, 1), real(5, 4)),
    _einsum(" ij , jk -> ki ", cplx(2, 3), cplx(3, 4)),
    Case(np.einsum, (real(2, 3), [0, 1], real(3, 4), [1, 2], [2, 0]), active=(0, 2)),
    Case(np.einsum, (real(3, 3), [1, 1]), active=(0,)),
    Case(np.einsum, (real(2, 3), [30, 1], real(3), [1]), active=(0, 2)),
    Case(np.einsum, (real(2, 3), [..., 1], real(3), [1], [...]), active=(0, 2)),
    *_pairs(np.convolve, ((5,), (3,)), ((3,), (5,)), ((4,), (1,)), ((1,), (3,)), ((), (3,))),
    *_pairs(np.convolve, ((5,), (3,)), ((5,), (4,)), ((3,), (6,)), mode="same"),
    *_pairs(np.convolve, ((5,), (3,)), ((4,), (5,)), mode="valid"),
    Case(np.convolve, (cplx(5), cplx(4), "same"), active=(0, 1)),
    *_pairs(np.correlate, ((5,), (3,)), ((3,), (5,))),
    *_pairs(np.correlate, ((5,), (3,)), ((5,), (4,)), ((3,), (6,)), ((3,), (5,)), mode="same"),
    *_pairs(np.correlate, ((5,), (3,)), ((4,), (5,)), mode="full"),
    Case(np.correlate, (cplx(5), cplx(4), "full"), active=(0, 1)),
    Case(np.correlate, (cplx(3), cplx(6), "same"), active=(0, 1)),
    *_pairs(np.outer, ((3,), (4,)), ((2, 3), (2, 2)), ((), (3,))),
    *_pairs(np.linalg.outer, ((3,), (4,))),
    *_pairs(np.kron, ((2,), (3,)), ((2, 3), (3, 2)), ((2, 3), (4,)), ((3,), (2, 2)), ((), (3,))),
    *_pairs(np.cross, ((3,), (3,)), ((4, 3), (3,)), ((2, 1, 3), (4, 3))),
    *_pairs(np.cross, ((3, 4), (3, 4)), axis=0),
    *_pairs(np.cross, ((3, 4), (4, 3)), axisa=0, axisc=0),
    *_pairs(np.linalg.cross, ((4, 3), (4, 3)), ((3,), (3,))),
    *_pairs(np.vdot, ((3,), (3,)), ((2, 3), (2, 3)), ((), ())),
    Case(np.vdot, (cplx(2, 3), cplx(2, 3)), active=(0, 1)),
    *(
        Case(
            lambda *a: np.linalg.multi_dot(a),
            tuple(real(*s) for s in shapes),
            active=tuple(range(len(shapes))),
            row=np.linalg.multi_dot,
        )
        for shapes in (
            ((2, 3), (3, 4)),
            ((2, 3), (3, 4), (4, 2)),
            ((7, 2), (2, 8), (8, 3)),
            ((3,), (3, 4), (4, 2), (2,)),
            ((3,), (3, 4), (4,)),
            ((2, 6), (6, 3), (3, 5), (5, 4), (4,)),
        )
    ),
    *(Case(np.linalg.matrix_power, (matrix(3, 3), n)) for n in (-3, -1, 0, 1, 2, 3, 4, 7)),
    Case(np.linalg.matrix_power, (matrix(2, 3, 3), 5)),
]

if hasattr(np, "matvec"):
    PRODUCT_CASES += [
        *_pairs(
            np.matvec, ((2, 3), (3,)), ((5, 2, 3), (3,)), ((2, 3), (5, 3)), ((5, 2, 3), (5, 3))
        ),
        *_pairs(np.matvec, ((5, 1, 2, 3), (4, 3))),
        Case(np.matvec, (cplx(2, 3), cplx(4, 3)), active=(0, 1)),
        *_pairs(
            np.vecmat, ((2,), (2, 3)), ((2,), (5, 2, 3)), ((5, 2), (2, 3)), ((5, 2), (5, 2, 3))
        ),
        *_pairs(np.vecmat, ((4, 2), (5, 1, 2, 3))),
        Case(np.vecmat, (cplx(4, 2), cplx(2, 3)), active=(0, 1)),
        Case(np.vecmat, (cplx(2), cplx(4, 2, 3)), active=(0, 1)),
    ]

LINALG_CASES = [
    *(
        Case(np.linalg.solve, (matrix(*a), real(*b)), active=(0, 1))
        for a, b in (
            ((3, 3), (3,)),
            ((3, 3), (3, 2)),
            ((3, 3), (3, 1)),
            ((4, 3, 3), (3,)),
            ((4, 3, 3), (3, 2)),
            ((4, 3, 3), (4, 3, 2)),
            ((3, 3), (4, 3, 2)),
            ((5, 1, 2, 2), (4, 2, 3)),
        )
    ),
    Case(np.linalg.solve, (matrix(3, 3) + 1j * real(3, 3), cplx(3)), active=(0, 1)),
    Case(np.linalg.solve, (matrix(2, 3, 3) + 1j * real(3, 3), cplx(3, 2)), active=(0, 1)),
    Case(np.linalg.inv, (matrix(3, 3),)),
    Case(np.linalg.inv, (matrix(4, 2, 3, 3),)),
    Case(np.linalg.inv, (matrix(3, 3) + 1j * real(3, 3),)),
    *(Case(np.linalg.det, (matrix(*s),)) for s in ((1, 1), (2, 2), (3, 3), (5, 5), (4, 3, 3))),
    Case(np.linalg.det, (matrix(3, 3) + 1j * real(3, 3),)),
    *(Case(np.linalg.slogdet, (matrix(*s),)) for s in ((1, 1), (3, 3), (4, 3, 3))),
    Case(np.linalg.slogdet, (matrix(3, 3) + 1j * real(3, 3),)),
    Case(np.linalg.slogdet, (matrix(2, 3, 3) + 1j * real(3, 3),)),
    Case(np.linalg.norm, (real(5),)),
    Case(np.linalg.norm, (real(2, 3),)),
    Case(np.linalg.norm, (real(2, 3, 4),)),
    Case(np.linalg.norm, (cplx(2, 3),)),
    Case(np.linalg.norm, (real(2, 3),), {"keepdims": True}),
    *(
        Case(np.linalg.norm, (apart(3, 4) - 4.0, order), {"axis": axis, "keepdims": keep})
        for order, axis, keep in (
            (None, 0, False),
            (2, 1, True),
            (1, 0, False),
            (0, 1, False),
            (np.inf, 0, True),
            (-np.inf, 1, False),
            (3, 0, False),
            (2.5, -1, True),
            (-1, 0, False),
            (0.5, 0, False),
            ("fro", None, False),
            ("fro", (1, 0), True),
            (1, None, False),
            (-1, (0, 1), True),
            (np.inf, (0, 1), False),
            (-np.inf, (1, 0), True),
        )
    ),
    Case(np.linalg.norm, (cplx(4), 3)),
    Case(np.linalg.vector_norm, (real(2, 3),)),
    Case(np.linalg.vector_norm, (real(2, 3, 4),), {"axis": (0, 2), "keepdims": True}),
    Case(np.linalg.vector_norm, (real(2, 3, 4),), {"axis": (2, 0), "ord": 3}),
    Case(np.linalg.vector_norm, (apart(2, 3),), {"ord": np.inf}),
    Case(np.linalg.matrix_norm, (real(4, 2, 3),)),
    Case(np.linalg.matrix_norm, (apart(2, 3),), {"ord": 1, "keepdims": True}),
]

_MASK = np.array([[True, False, True, True], [True, True, False, True], [False, True, True, True]])

STATISTICS_CASES = [
    *(
        Case(fn, (apart(3, 4, 2),), {"axis": axis, "keepdims": keep})
        for fn in (np.mean, np.var, np.std, np.prod, np.ptp, np.max, np.min, np.median)
        for axis, keep in ((None, False), (1, False), (-1, True), ((0, 2), False), ((2, 1), True))
    ),
    *(Case(fn, (real(6),)) for fn in (np.mean, np.var, np.std, np.prod, np.ptp, np.median)),
    *(
        Case(fn, (real(3, 4),), {"axis": 1, "where": _MASK})
        for fn in (np.mean, np.var, np.std, np.prod)
    ),
    Case(np.mean, (cplx(3, 4), 0)),
    Case(np.var, (cplx(3, 4), 0)),
    Case(np.std, (cplx(3, 4), 0)),
    Case(np.var, (real(3, 4),), {"axis": 0, "ddof": 1}),
    Case(np.std, (real(3, 4),), {"axis": 1, "ddof": 1, "keepdims": True}),
    Case(np.var, (real(3, 4),), {"correction": 1}),
    Case(np.std, (real(3, 4),), {"correction": 0.5}),
    Case(
        lambda a, m: np.var(a, axis=0, mean=m), (real(3, 4), real(1, 4)), active=(0, 1), row=np.var
    ),
    Case(
        lambda a, m: np.std(a, axis=0, mean=m), (real(3, 4), real(1, 4)), active=(0, 1), row=np.std
    ),
    Case(np.average, (real(3, 4),), {"axis": 0}),
    *(
        Case(
            lambda a, w, axis=axis, keep=keep: np.average(a, axis, w, keepdims=keep),
            (real(3, 4), apart(*shape)),
            active=(0, 1),
            row=np.average,
        )
        for shape, axis, keep in (
            ((3, 4), None, False),
            ((3, 4), 1, True),
            ((4,), 1, False),
            ((3,), 0, False),
            ((4, 3), (1, 0), False),
        )
    ),
    Case(np.average, (real(3, 4), 0, apart(3), True)),
    Case(np.average, (real(3, 4), 1, None, True)),
    Case(np.prod, (real(7),), {"initial": 2.5}),
    Case(np.cumprod, (real(7),)),
    Case(np.cumprod, (real(2, 3),)),
    Case(np.cumprod, (real(3, 5),), {"axis": 1}),
    Case(np.cumprod, (real(5, 2),), {"axis": 0}),
    Case(np.polyval, (real(4), real(2, 3)), active=(0, 1)),
    Case(np.polyval, (real(4), real()), active=(0, 1)),
    Case(np.trapezoid, (real(6),)),
    Case(np.trapezoid, (real(3, 4), None, 0.3, 0), active=(0, 2)),
    Case(np.trapezoid, (real(3, 4), apart(4)), active=(0, 1)),
    Case(np.trapezoid, (real(3, 4), apart(3, 4)), {"axis": 0}, active=(0, 1)),
    Case(np.clip, (apart(3, 4), 2.0, 5.0), active=(0, 1, 2)),
    Case(np.clip, (apart(3, 4), apart(4), apart(3, 1) + 3.0), active=(0, 1, 2)),
    Case(np.clip, (apart(3, 4), None, 5.0), active=(0, 2)),
    Case(np.nan_to_num, (np.array([1.0, np.nan, np.inf, -np.inf, -2.0]),), {"posinf": 3.0}),
    Case(np.angle, (cplx(2, 3),)),
    Case(np.angle, (cplx(4), True)),
    Case(np.angle, (real(4),)),
    *(
        Case(fn, (*ends, num), kwargs, active=(0, 1))
        for fn in (np.linspace, np.logspace, np.geomspace)
        for ends, num, kwargs in (
            ((0.5, 2.0), 5, {}),
            ((2.0, 0.25), 4, {"endpoint": False}),
            ((apart(2), 3.0), 4, {}),
            ((apart(2, 1), apart(3)), 3, {"axis": -1}),
            ((0.5, 2.0), 1, {}),
        )
    ),
    Case(np.linspace, (0.5, 2.0, 5, True, True), active=(0, 1)),
    Case(np.logspace, (0.5, 2.0, 4, True, 2.5), active=(0, 1, 4)),
    Case(np.logspace, (apart(2), 3.0, 4, True, apart(2)), active=(0, 1, 4)),
]

if hasattr(np, "cumulative_prod"):  # NumPy 2.1, as are the keywords of clip
    STATISTICS_CASES += [
        Case(np.clip, (apart(3, 4),), {"min": 3.0}),
        Case(np.cumulative_prod, (real(5),)),
        Case(np.cumulative_prod, (real(3, 4),), {"axis": -1, "include_initial": True}),
    ]

ORDERING_CASES = [
    Case(np.max, (apart(3, 4),), {"initial": 4.2}),
    Case(np.max, (apart(3, 4),), {"axis": 1, "initial": 0.2, "where": _MASK}),
    Case(np.min, (apart(3, 4),), {"axis": 0, "initial": 90.0, "where": _MASK}),
    Case(np.amax, (apart(3, 4), 0)),
    Case(np.amin, (apart(3, 4), 1)),
    Case(np.sort, (apart(7),)),
    Case(np.sort, (apart(3, 4), None)),
    Case(np.sort, (apart(3, 4), 0), {"kind": "mergesort"}),
    Case(np.sort, (apart(3, 4),), {"stable": True}),
    Case(np.partition, (apart(9), 4)),
    Case(np.partition, (apart(3, 6), (1, 4)), {"axis": 1}),
    Case(np.partition, (apart(3, 6), 2, None)),
    Case(np.median, (apart(3, 5),), {"axis": 1}),
    *(
        Case(np.quantile, (apart(3, 5), q), {"axis": axis, "keepdims": keep}, active=(0, 1))
        for q, axis, keep in (
            (0.3, None, False),
            (0.3, 1, True),
            (np.array([0.1, 0.55, 0.9]), 0, False),
            (np.array([[0.1, 0.6], [0.4, 0.7]]), (0, 1), True),
        )
    ),
    Case(np.percentile, (apart(3, 5), 37.0), active=(0, 1)),
    Case(np.percentile, (apart(3, 5), np.array([10.0, 80.0])), {"axis": -1}, active=(0, 1)),
]

CASES = [*PRODUCT_CASES, *LINALG_CASES, *STATISTICS_CASES, *ORDERING_CASES]
