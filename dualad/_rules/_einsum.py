"""The row of `np.einsum`: every form of its subscripts, any number of operands.

The subscripts are rewritten once, explicitly and without ellipsis; the derivative of a sum of
products is then a sum of products with one more letter, that of the lanes.
"""

from __future__ import annotations

import math
from functools import lru_cache
from string import ascii_letters
from typing import Any

import numpy as np

from .._errors import NoRuleError
from ._contract import conj, operand
from ._row import Multilinear

# Below this many multiplications einsum's own loop is faster than a transposed matrix product.
_SMALL = 4096
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
    dots = [n - len(t.replace("...", "")) if "..." in t else 0 for t, n in zip(terms, ndims, strict=True)]
    unused = [c for c in ascii_letters if c not in subscripts]
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


def _lane_letter(inputs: tuple[str, ...]) -> str:
    used = set("".join(inputs))
    return next(c for c in ascii_letters if c not in used)


def _lanes(params: Params, i: int, block: Any, operands: tuple[Any, ...]) -> Any:
    _, _, inputs, out = params
    lane = _lane_letter(inputs)
    others = [(t, x) for j, (t, x) in enumerate(zip(inputs, operands, strict=True)) if j != i]
    return _sum_of_products([(lane + inputs[i], block), *others], lane + out)


def _transpose(params: Params, i: int, ct: Any, operands: tuple[Any, ...]) -> Any:
    _, _, inputs, out = params
    lane = _lane_letter(inputs)
    term, shape = inputs[i], np.shape(operands[i])
    others = [(t, conj(x)) for j, (t, x) in enumerate(zip(inputs, operands, strict=True)) if j != i]
    reach = set(out).union(*(t for t, _ in others))
    sizes = dict(zip(term, shape, strict=True))
    full = _sizes([(out, ct.shape[1:]), *((t, np.shape(x)) for t, x in others)])
    # A letter that reaches nothing else was summed within this operand alone, and one along which
    # the operand was repeated is summed now: both are left out here and put back as length 1.
    unique = "".join(dict.fromkeys(term))
    kept = "".join(c for c in unique if c in reach and full[c] == sizes[c])
    block = _sum_of_products([(lane + out, ct), *others], lane + kept)
    lanes = block.shape[0]
    block = block.reshape((lanes, *(sizes[c] if c in kept else 1 for c in unique)))
    block = np.broadcast_to(block, (lanes, *(sizes[c] for c in unique)))
    for position, letter in enumerate(term):
        first = term.index(letter)
        if first != position:
            block = _diagonal(block, first + 1, position + 1)
    return block


def _diagonal(block: Any, first: int, new: int) -> Any:
    """`block` with a further axis `new`, on the diagonal of axes `first` and `new`, zero beside."""
    shape = block.shape
    n = shape[first]
    block = block.reshape((*shape[:new], 1, *shape[new:]))
    mask = [1] * (len(shape) + 1)
    mask[first] = mask[new] = n
    return np.where(np.eye(n, dtype=bool).reshape(mask), block, 0.0)


def _sizes(terms: list[tuple[str, tuple[int, ...]]]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for term, shape in terms:
        for letter, n in zip(term, shape, strict=True):
            if sizes.get(letter, 1) == 1:
                sizes[letter] = n
    return sizes


def _sum_of_products(terms: list[tuple[str, Any]], out: str) -> Any:
    """einsum in explicit form; large products of two operands go through matmul."""
    if len(terms) == 2:
        (s, x), (t, y) = terms
        sizes = _sizes([(s, np.shape(x)), (t, np.shape(y))])
        if math.prod(sizes.values()) > _SMALL and _is_matrix_product(s, x, t, y, out, sizes):
            return _matrix_product(s, x, t, y, out, sizes)
    spec = ",".join(t for t, _ in terms) + "->" + out
    return np.einsum(spec, *(x for _, x in terms), optimize=len(terms) > 2)


def _is_matrix_product(s: str, x: Any, t: str, y: Any, out: str, sizes: dict[str, int]) -> bool:
    """Whether no letter is repeated, broadcast or summed within one operand, and BLAS pays."""
    plain = (
        len(set(s)) == len(s)
        and len(set(t)) == len(t)
        and set(s) ^ set(t) <= set(out)
        and tuple(sizes[c] for c in s) == np.shape(x)
        and tuple(sizes[c] for c in t) == np.shape(y)
    )
    if not plain:
        return False
    inner = math.prod([sizes[c] for c in s if c in t and c not in out])
    outer = math.prod([sizes[c] for c in out if (c in s) != (c in t)])
    return inner >= 4 and outer >= 4


def _matrix_product(s: str, x: Any, t: str, y: Any, out: str, sizes: dict[str, int]) -> Any:
    batch = [c for c in out if c in s and c in t]
    left = [c for c in out if c in s and c not in t]
    right = [c for c in out if c in t and c not in s]
    inner = [c for c in s if c in t and c not in out]

    def arranged(term: str, z: Any, rows: list[str], columns: list[str]) -> Any:
        z = z.transpose([term.index(c) for c in (*batch, *rows, *columns)])
        lengths = [math.prod([sizes[c] for c in part]) for part in (rows, columns)]
        return z.reshape((*(sizes[c] for c in batch), *lengths))

    product = np.matmul(arranged(s, x, left, inner), arranged(t, y, inner, right))
    letters = [*batch, *left, *right]
    product = product.reshape(tuple(sizes[c] for c in letters))
    return product.transpose([letters.index(c) for c in out])


EINSUM = Multilinear(np.einsum, _prepare, _value, _lanes, _transpose)
