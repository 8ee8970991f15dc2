"""Every differentiable callable of NumPy in every mode: `python -m benchmarks.conformance`.

The callables are those that `docs/numpy_coverage.py` counts as differentiable. Their sample calls
come from `benchmarks/conformance_samples.py`, which takes most of them from the tables of the
tests. Each is run along two random directions through its point, with real and, where NumPy takes
them, with complex operands:

* the value must be the plain call's to the last bit,
* first derivatives are compared with extrapolated differences of the plain call, to 1e-7,
* second derivatives, of ``y + y*y/2`` so that linear functions have some, with extrapolated second
  differences of the plain call, to 1e-5.

`--every` takes every sample call instead of at most eight of each callable; `--all` prints the
callables that are right, too; names restrict the run. It takes some minutes.
"""

from __future__ import annotations

import collections
import contextlib
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

import dualad as da
from benchmarks.conformance_samples import Sample, callables, samples
from benchmarks.existing.judge import difference, second_difference
from tests.machines import FIRST, SECOND

MODES = {
    "forward": FIRST["forward"],
    "chunks": FIRST["forward, chunks of 1"],
    "reverse": FIRST["reverse"],
    "hyper-dual": SECOND["hessian forward"],
    "over reverse": SECOND["hessian reverse"],
    "nested f(f)": SECOND["forward over forward"],
    "nested r(f)": SECOND["reverse over forward"],
}
FIRST_ORDER = ("forward", "chunks", "reverse")
# The tolerances, relative, of first and of second derivatives.
TOLERANCE = {1: 1e-7, 2: 1e-5}
RIGHT, UNKNOWN = "right", "not judged"


class Line(NamedTuple):
    """What came of one callable."""

    name: str
    modes: dict[str, str]  # by mode: "right", or what is wrong
    calls: int  # judged
    complex_calls: int

    @property
    def right(self) -> bool:
        return self.calls > 0 and all(v == RIGHT for v in self.modes.values())


def real_array(out: Any) -> Any:
    """An answer as one real array; members of tuples, real and imaginary parts side by side."""
    if isinstance(out, (tuple, list)):
        return np.concatenate([np.ravel(real_array(x)) for x in out])
    if np.iscomplexobj(out):
        return np.stack((np.real(out), np.imag(out)))
    return out


def curved(y: Any) -> Any:
    return y + 0.5 * (y * y)


class Along:
    """A sample call as a function of two numbers: the place on a plane through its point."""

    def __init__(self, sample: Sample, call: Callable[..., Any], order: int) -> None:
        rng = np.random.default_rng(11)
        self.call = call
        self.order = order
        self.point = [np.asarray(x) for x in sample.point]
        self.scalar = [not isinstance(x, np.ndarray) for x in sample.point]
        self.directions = [self._directions(rng, x, sample.relative) for x in self.point]
        self.seen: list[Any] = []

    @staticmethod
    def _directions(rng: Any, x: np.ndarray, relative: bool) -> np.ndarray:
        d = 0.3 * rng.standard_normal((2, *x.shape))
        if x.dtype.kind == "c":
            d = d + 0.3j * rng.standard_normal(d.shape)
        return d * np.where(x == 0, 1.0, np.abs(x)) if relative else d

    def plain(self, s: Any) -> Any:
        moved = []
        for x, d, scalar in zip(self.point, self.directions, self.scalar, strict=True):
            step = x + (s[0] * d[0] + s[1] * d[1])
            moved.append(step if scalar else np.reshape(step, x.shape))
        out = real_array(self.call(*moved))
        return out if self.order == 1 else curved(out)

    def __call__(self, s: Any) -> Any:
        out = self.plain(s)
        self.seen.append(da.primal(out))
        return out


def same_bits(got: Any, want: Any) -> bool:
    a, b = np.asarray(got), np.asarray(want)
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    nan = np.isnan(b)
    return bool(
        np.all((np.isnan(a) == nan) & (nan | ((a == b) & (np.signbit(a) == np.signbit(b)))))
    )


# --- the reference -------------------------------------------------------------------------------

_LINES = {1: np.eye(2), 2: np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])}


def reference(f: Along) -> tuple[np.ndarray, np.ndarray]:
    """Derivatives of the plain call, and their errors: ``out.shape + (2,)`` or ``+ (2, 2)``."""
    differences = difference if f.order == 1 else second_difference
    middle = np.asarray(f.plain(np.zeros(2)))

    def at(t: float, e: np.ndarray) -> np.ndarray:
        try:
            value = np.asarray(f.plain(t * e))
        except (ValueError, ArithmeticError, np.linalg.LinAlgError):  # outside the domain
            return np.full(middle.shape, np.nan)
        return value if value.shape == middle.shape else np.full(middle.shape, np.nan)

    found = [differences(lambda t, e=e: at(t, e)) for e in _LINES[f.order]]
    if f.order == 1:
        return np.stack([d for d, _ in found], -1), np.stack([e for _, e in found], -1)
    (xx, yy, both), (ex, ey, eb) = zip(*found, strict=True)
    xy, exy = 0.5 * (both - xx - yy), ex + ey + eb  # polarisation
    stack = lambda a, b, c: np.stack([np.stack([a, b], -1), np.stack([b, c], -1)], -2)
    return stack(xx, xy, yy), stack(ex, exy, ey)


def known(want: np.ndarray, error: np.ndarray, value: np.ndarray, tolerance: float) -> np.ndarray:
    """Where the differences say enough to judge by."""
    size = np.abs(value).reshape(value.shape + (1,) * (want.ndim - value.ndim))
    return np.isfinite(want) & (error <= tolerance * np.maximum(np.abs(want), size) + 1e-12)


def verdict(
    mode: str, f: Along, want: np.ndarray, error: np.ndarray, judged: np.ndarray, eps: float
) -> str:
    """ "right", or what is wrong, of one call in one mode."""
    zero = np.zeros(2)
    plain = f.plain(zero)
    f.seen.clear()
    try:
        got = MODES[mode](f, [zero])
    except Exception as problem:  # noqa: BLE001  # whatever it is, it is counted
        return f"{type(problem).__name__}: {' '.join(str(problem).split())[:160]}"
    got = np.asarray(got[0] if mode in FIRST_ORDER else got)
    if not same_bits(f.seen[0], plain):  # later runs may be those of the trust tests, nearby
        return "the value is not the plain call's"
    if got.shape != want.shape:
        return f"of shape {got.shape}, not {want.shape}"
    tolerance = max(TOLERANCE[f.order], eps)
    bad = judged & ~(np.abs(got - want) <= tolerance * np.abs(want) + 20 * error + eps)
    if not bad.any():
        return RIGHT
    return f"{got[bad][0]:.9g}, differences {want[bad][0]:.9g} +- {error[bad][0]:.1g}"


# --- one callable --------------------------------------------------------------------------------


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def examine(sample: Sample) -> dict[str, str]:
    """Verdicts by mode; without an entry where the differences know nothing."""
    found = {}
    for order in (1, 2):
        f = Along(sample, sample.call, order)
        yardstick = Along(sample, sample.twin or sample.call, order)
        want, error = reference(yardstick)
        judged = known(want, error, np.asarray(f.plain(np.zeros(2))), TOLERANCE[order])
        if not judged.any():
            continue
        for mode in MODES:
            if (mode in FIRST_ORDER) == (order == 1):
                found[mode] = verdict(mode, f, want, error, judged, sample.eps)
    return found


def with_complex(sample: Sample) -> Sample | None:
    """The call with complex operands, where NumPy takes them and the answer is a floating one."""
    if sample.twin or not sample.turns or any(np.iscomplexobj(x) for x in sample.point):
        return None
    # Each number by another angle: a multiple of a real matrix would have its symmetries.
    turned = tuple(
        x * (1.0 + 0.3j * np.cos(np.arange(1.0, 1 + np.size(x)).reshape(np.shape(x))))
        for x in sample.point
    )
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            out = np.asarray(real_array(sample.call(*turned)))
    except Exception:  # noqa: BLE001  # NumPy does not take them
        return None
    if out.dtype.kind != "f" or not np.isfinite(out).any():
        return None
    return sample._replace(label=f"{sample.label}, complex", point=turned)


def conformance(name: str, found: list[Sample]) -> Line:
    """One callable through all modes, by its sample calls."""
    modes = dict.fromkeys(MODES, UNKNOWN)
    calls = complex_calls = 0
    with quiet():
        for sample in found:
            for each in (sample, with_complex(sample)):
                verdicts = examine(each) if each is not None else {}
                calls += bool(verdicts)
                complex_calls += bool(verdicts) and any(map(np.iscomplexobj, each.point))
                for mode, text in verdicts.items():
                    if modes[mode] in (UNKNOWN, RIGHT):
                        modes[mode] = text if text == RIGHT else f"{each.label}: {text}"
    return Line(name, modes, calls, complex_calls)


def run(names: list[str], stride: int = 1, most: int = 8) -> Iterator[tuple[str, Line]]:
    """(namespace, line) of every callable; without modes where there is no sample."""
    for space, name in callables()[::stride]:
        if names and name not in names:
            continue
        found = samples(name)
        if len(found) > most:
            found = found[:: -(-len(found) // most)]
        yield space, conformance(name, found) if found else Line(name, {}, 0, 0)


def show(line: Line) -> None:
    marks = " ".join(
        "." if v == RIGHT else "?" if v == UNKNOWN else "X" for v in line.modes.values()
    )
    print(f"{line.name:28} {marks}   {line.calls} calls, {line.complex_calls} of them complex")
    for mode, text in line.modes.items():
        if text != RIGHT:
            print(f"    {mode}: {text}")


def main(arguments: list[str]) -> int:
    """Print the table; 1 if any callable is wrong in any mode."""
    names = [a for a in arguments if not a.startswith("-")]
    print("columns: " + ", ".join(MODES))
    counts: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    without = []
    most = sys.maxsize if "--every" in arguments else 8
    for space, line in run(names, most=most):
        if not line.modes:
            without.append(line.name)
        elif not line.right or "--all" in arguments or names:
            show(line)
        result = "right" if line.right else "wrong" if line.modes else "without a sample"
        counts[space][result] += 1
        counts[space]["calls"] += line.calls
        counts[space]["complex calls"] += line.complex_calls
        for mode, text in line.modes.items():
            counts[space][mode] += text == RIGHT
    for space, count in counts.items():
        print(f"{space}: " + ", ".join(f"{what} {n}" for what, n in count.items()))
    print("without a sample:", ", ".join(without) or "none")
    return int(any(c["wrong"] or c["without a sample"] for c in counts.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
