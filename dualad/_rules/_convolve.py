"""The rows of `np.convolve` and `np.correlate`.

Lanes longer than the other operand are convolved by one call: each is followed by as many zeros as
the other operand reaches beyond it, and they are laid end to end. Shorter ones are multiplied by
the Toeplitz matrix of the other operand.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._contract import conj, operand
from ._row import Multilinear, Row

# The most elements of a Toeplitz matrix that are made at a time.
_MOST = 1 << 20
_MODES = {0: "valid", 1: "same", 2: "full", "v": "valid", "s": "same", "f": "full"}


def _pad(block: Any, before: int, after: int) -> Any:
    lanes = block.shape[0]
    parts = [block]
    if before:
        parts.insert(0, np.zeros((lanes, before), block.dtype))
    if after:
        parts.append(np.zeros((lanes, after), block.dtype))
    return np.concatenate(parts, axis=1) if len(parts) > 1 else block


def _toeplitz(v: Any, first: int, last: int, n: int) -> Any:
    """Rows first to last of the matrix (n, n + m - 1) of v: row j is v moved by j."""
    m = v.shape[0]
    rows, columns = np.arange(first, last)[:, None], np.arange(n + m - 1)
    place = columns - rows
    return np.where((place >= 0) & (place < m), v[np.clip(place, 0, m - 1)], 0.0)


def _parts(n: int, m: int) -> list[tuple[int, int]]:
    """Rows of the Toeplitz matrix in parts of bounded size."""
    step = max(1, _MOST // (n + m))
    return [(j, min(j + step, n)) for j in range(0, n, step)]


def _convolved(block: Any, v: Any) -> Any:
    """Each row of `block` convolved with v, in full."""
    lanes, n = block.shape
    m = v.shape[0]
    if n < m:
        answer: Any = None
        for first, last in _parts(n, m):
            term = np.matmul(block[:, first:last], _toeplitz(v, first, last, n))
            answer = term if answer is None else answer + term
        return answer
    row = _pad(block, 0, m - 1).reshape(-1)
    return np.convolve(row, v)[: row.shape[0]].reshape((lanes, n + m - 1))


def _correlated(ct: Any, v: Any) -> Any:
    """The adjoint of `_convolved` in its block, for a cotangent of the full answer."""
    lanes, full = ct.shape
    m = v.shape[0]
    n = full - m + 1
    if n < m:
        v = conj(v)
        terms = [
            np.matmul(ct, _toeplitz(v, first, last, n).transpose()) for first, last in _parts(n, m)
        ]
        return terms[0] if len(terms) == 1 else np.concatenate(terms, axis=1)
    row = ct.reshape(-1)
    product = np.convolve(row, conj(v)[::-1])[: row.shape[0]]
    return product.reshape((lanes, full))[:, m - 1 :]


def _window(mode: str, n: int, m: int, *, correlate: bool) -> tuple[int, int]:
    """First and last (excluded) index of the full answer that `mode` keeps."""
    short, long = min(n, m), max(n, m)
    if mode == "full":
        return 0, n + m - 1
    if mode == "valid":
        return short - 1, long
    # With `correlate`, a longer second operand makes NumPy reverse the answer.
    start = short // 2 if correlate and m > n else (short - 1) // 2
    return start, start + long


def _prepare_mode(mode: Any) -> str:
    return _MODES[mode[:1].lower() if isinstance(mode, str) else mode]


def _convolve_prepare(a: Any, v: Any, mode: Any = "full") -> tuple[tuple[Any, Any], str]:
    return (operand(a), operand(v)), _prepare_mode(mode)


def _correlate_prepare(a: Any, v: Any, mode: Any = "valid") -> tuple[tuple[Any, Any], str]:
    return (operand(a), operand(v)), _prepare_mode(mode)


def _flat(x: Any) -> Any:
    """A number without axes as an array of one element; `np.convolve` takes both."""
    return np.reshape(x, (1,)) if np.ndim(x) == 0 else x


def _flat_block(block: Any) -> Any:
    return block.reshape((block.shape[0], 1)) if block.ndim == 1 else block


def _like_operand(block: Any, x: Any) -> Any:
    return block.reshape(block.shape[:1]) if np.ndim(x) == 0 else block


def _convolve_lanes(mode: str, i: int, block: Any, operands: tuple[Any, Any]) -> Any:
    other, block = _flat(operands[1 - i]), _flat_block(block)
    start, stop = _window(mode, block.shape[1], other.shape[0], correlate=False)
    return _convolved(block, other)[:, start:stop]


def _convolve_transpose(mode: str, i: int, ct: Any, operands: tuple[Any, Any]) -> Any:
    x, other = _flat(operands[i]), _flat(operands[1 - i])
    n, m = x.shape[0], other.shape[0]
    start, stop = _window(mode, n, m, correlate=False)
    block = _correlated(_pad(ct, start, n + m - 1 - stop), other)
    return _like_operand(block, operands[i])


def _correlate_lanes(mode: str, i: int, block: Any, operands: tuple[Any, Any]) -> Any:
    a, v = operands
    start, stop = _window(mode, a.shape[0], v.shape[0], correlate=True)
    if i == 0:
        return _convolved(block, conj(v)[::-1])[:, start:stop]
    return _convolved(conj(block)[:, ::-1], a)[:, start:stop]


def _correlate_transpose(mode: str, i: int, ct: Any, operands: tuple[Any, Any]) -> Any:
    a, v = operands
    n, m = a.shape[0], v.shape[0]
    start, stop = _window(mode, n, m, correlate=True)
    ct = _pad(ct, start, n + m - 1 - stop)
    if i == 0:
        return _correlated(ct, conj(v)[::-1])
    # The answer is conj(v) reversed, convolved with a: undo both on the adjoint's side.
    return conj(_correlated(ct, a))[:, ::-1]


CONVOLVE: tuple[Row, ...] = (
    Multilinear(
        np.convolve,
        _convolve_prepare,
        lambda mode, a, v: np.convolve(a, v, mode),
        _convolve_lanes,
        _convolve_transpose,
    ),
    Multilinear(
        np.correlate,
        _correlate_prepare,
        lambda mode, a, v: np.correlate(a, v, mode),
        _correlate_lanes,
        _correlate_transpose,
    ),
)
