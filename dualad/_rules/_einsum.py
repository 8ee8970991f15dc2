"""The row of `np.einsum`: every form of its subscripts, any number of operands.

The subscripts are rewritten once, explicitly and without ellipsis; the derivative of a sum of
products is then a sum of products with one more letter, that of the lanes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from .._errors import NoRuleError
from ._contract import conj, operand
from ._row import Multilinear

# Below this many multiplications einsum's own loop is faster than a transposed matrix product.
_SMALL = 4096
# So is it where a sum, or what remains, is shorter than this.
_SHORT = 4
# Spelt out: the module `string` costs 1 to 4 ms of import.
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
# (subscripts as the user wrote them, optimize, subscripts of each operand, of the answer)
Params = tuple[str, Any, tuple[str, ...], str]


def _symbol(index: Any) -> str:
    if index is Ellipsis:
        return "..."
    index = int(index)
    return chr(65 + index) if index < 26 else chr(71 + index)  # NumPy's own order: A-Z, a-z


def _interleaved(args: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """Subscripts and operands of the form ``einsum(a, [0, 1], b, [1, 2], [0, 2])``."""
    pairs = len(args) // 2
    operands = args[0 : 2 * pairs : 2]
    terms = ["".join(_symbol(i) for i in term) for term in args[1 : 2 * pairs : 2]]
    subscripts = ",".join(terms)
    if len(args) % 2:
        subscripts += "->" + "".join(_symbol(i) for i in args[-1])
    return subscripts, operands


@lru_cache(maxsize=512)
def _explicit(subscripts: str, ndims: tuple[int, ...]) -> tuple[tuple[str, ...], str]:
    """The subscripts of each operand and of the answer, explicit and without ellipsis."""
    left, arrow, out = subscripts.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(ndims):
        raise ValueError("more operands provided to einstein sum function than specified")
    dots = [
        n - len(t.replace("...", "")) if "..." in t else 0
        for t, n in zip(terms, ndims, strict=True)
    ]
    unused = [c for c in _LETTERS if c not in subscripts]
    if max(dots, default=0) >= len(unused):
        raise NoRuleError("np.einsum with more than 51 subscripts has no derivative rule")
    extra = "".join(unused[: max(dots, default=0)])
    inputs = tuple(
        t.replace("...", extra[len(extra) - d :]) for t, d in zip(terms, dots, strict=True)
    )
    if not arrow:
        letters = left.replace("...", "").replace(",", "")
        out = "..." + "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    return inputs, out.replace("...", extra)


def _prepare(*args: Any, optimize: Any = False, **keywords: Any) -> tuple[tuple[Any, ...], Params]:
    keywords = {k: v for k, v in keywords.items() if v is not None}
    if keywords:
        raise NoRuleError(
            f"np.einsum with {', '.join(sorted(keywords))}= has no derivative rule",
            "the same call without it; .astype(...) on the answer",
        )
    if not args:
        raise ValueError("must specify the einstein sum subscripts string and at least one operand")
    subscripts, operands = (args[0], args[1:]) if isinstance(args[0], str) else _interleaved(args)
    operands = tuple(operand(x) for x in operands)
    inputs, out = _explicit(subscripts, tuple(np.ndim(x) for x in operands))
    return operands, (subscripts, optimize, inputs, out)


def _value(params: Params, *operands: Any) -> Any:
    return np.einsum(params[0], *operands, optimize=params[1])


def _others(i: int, operands: Sequence[Any]) -> list[Any]:
    return [x for j, x in enumerate(operands) if j != i]


def _lanes(params: Params, i: int, block: Any, operands: tuple[Any, ...]) -> Any:
    terms, out = _lane_terms(params[2], params[3], i)
    return _sum_of_products(terms, [block, *_others(i, operands)], out)


@lru_cache(maxsize=1024)
def _lane_terms(inputs: tuple[str, ...], out: str, i: int) -> tuple[tuple[str, ...], str]:
    lane = _lane_letter(inputs)
    return (lane + inputs[i], *_others(i, inputs)), lane + out


def _lane_letter(inputs: tuple[str, ...]) -> str:
    used = set("".join(inputs))
    free = next((c for c in _LETTERS if c not in used), None)
    if free is None:
        raise NoRuleError("np.einsum with more than 51 subscripts has no derivative rule")
    return free


def _transpose(params: Params, i: int, ct: Any, operands: tuple[Any, ...]) -> Any:
    others = _others(i, operands)
    shapes = (np.shape(operands[i]), ct.shape[1:], *(np.shape(x) for x in others))
    terms, out, narrow, full, diagonals = _transpose_plan(params[2], params[3], i, shapes)
    block = _sum_of_products(terms, [ct, *(conj(x) for x in others)], out)
    lanes = block.shape[:1]
    if narrow is not None:
        block = np.broadcast_to(block.reshape(lanes + narrow), lanes + full)
    for first, new in diagonals:
        block = _diagonal(block, first + 1, new + 1)
    return block


@lru_cache(maxsize=1024)
def _transpose_plan(
    inputs: tuple[str, ...], out: str, i: int, shapes: tuple[tuple[int, ...], ...]
) -> Any:
    """How the cotangent of operand i is made; `shapes` are its own, the answer's, the others'.

    Returns
    -------
    terms, out
        The sum of products of the cotangent and the other operands.
    narrow, full
        Its shape behind the lanes (None: all is there), and the shape that it is repeated to.
    diagonals
        Pairs of axes: the second is new, and what there is goes onto the diagonal of both.
    """
    lane, term = _lane_letter(inputs), inputs[i]
    others = _others(i, inputs)
    own = dict(zip(term, shapes[0], strict=True))
    reach = _sizes((out, *others), shapes[1:])
    # A letter that reaches nothing else was summed within this operand alone, and one along which
    # the operand was repeated is summed now: both are left out here and put back as length 1.
    unique = "".join(dict.fromkeys(term))
    kept = "".join(c for c in unique if reach.get(c) == own[c])
    narrow = None if kept == unique else tuple(own[c] if c in kept else 1 for c in unique)
    full = tuple(own[c] for c in unique)
    diagonals = [(term.index(c), p) for p, c in enumerate(term) if term.index(c) != p]
    return (lane + out, *others), lane + kept, narrow, full, diagonals


def _diagonal(block: Any, first: int, new: int) -> Any:
    """`block` with a further axis `new`, on the diagonal of axes `first` and `new`, zero beside."""
    shape = block.shape
    n = shape[first]
    block = block.reshape((*shape[:new], 1, *shape[new:]))
    mask = [1] * (len(shape) + 1)
    mask[first] = mask[new] = n
    return np.where(np.eye(n, dtype=bool).reshape(mask), block, 0.0)


def _sizes(terms: Sequence[str], shapes: Sequence[tuple[int, ...]]) -> dict[str, int]:
    """The length of each letter; a length of 1 is repeated to that of the others."""
    sizes: dict[str, int] = {}
    for term, shape in zip(terms, shapes, strict=True):
        for letter, n in zip(term, shape, strict=True):
            if sizes.get(letter, 1) == 1:
                sizes[letter] = n
    return sizes


def _sum_of_products(terms: tuple[str, ...], operands: list[Any], out: str) -> Any:
    """einsum in explicit form; large products of two operands go through matmul."""
    if len(terms) == 2:
        plan = _product_plan(terms, out, np.shape(operands[0]), np.shape(operands[1]))
        if plan is not None:
            order_x, shape_x, order_y, shape_y, shape, order = plan
            x = operands[0].transpose(order_x).reshape(shape_x)
            y = operands[1].transpose(order_y).reshape(shape_y)
            return np.matmul(x, y).reshape(shape).transpose(order)
    return np.einsum(",".join(terms) + "->" + out, *operands, optimize=len(terms) > 2)


@lru_cache(maxsize=1024)
def _product_plan(
    terms: tuple[str, str], out: str, shape_x: tuple[int, ...], shape_y: tuple[int, ...]
) -> Any:
    """Orders and shapes that make a matrix product of the sum; None where that does not pay."""
    s, t = terms
    sizes = _sizes(terms, (shape_x, shape_y))

    def length(letters: Sequence[str]) -> int:
        return math.prod([sizes[c] for c in letters])

    if length(list(sizes)) <= _SMALL or not _is_plain(terms, out, shape_x, shape_y, sizes):
        return None
    batch = [c for c in out if c in s and c in t]
    left = [c for c in out if c in s and c not in t]
    right = [c for c in out if c in t and c not in s]
    inner = [c for c in s if c in t and c not in out]
    if length(inner) < _SHORT or length(left) * length(right) < _SHORT:
        return None
    lead = [sizes[c] for c in batch]
    letters = [*batch, *left, *right]
    return (
        [s.index(c) for c in (*batch, *left, *inner)],
        (*lead, length(left), length(inner)),
        [t.index(c) for c in (*batch, *inner, *right)],
        (*lead, length(inner), length(right)),
        tuple(sizes[c] for c in letters),
        [letters.index(c) for c in out],
    )


def _is_plain(
    terms: tuple[str, str],
    out: str,
    shape_x: tuple[int, ...],
    shape_y: tuple[int, ...],
    sizes: dict[str, int],
) -> bool:
    """Whether no letter is repeated, broadcast or summed within one operand."""
    s, t = terms
    return (
        len(set(s)) == len(s)
        and len(set(t)) == len(t)
        and set(s) ^ set(t) <= set(out)
        and tuple(sizes[c] for c in s) == shape_x
        and tuple(sizes[c] for c in t) == shape_y
    )


EINSUM = Multilinear(np.einsum, _prepare, _value, _lanes, _transpose)
