"""Write `reference_coverage.md`: every public callable of NumPy, and what dualad makes of it.

`python docs/numpy_coverage.py`. The page is made from the tables that run; a test checks that it is
current, that nothing of NumPy is without an answer, and that the counts do not fall.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import scipy
import scipy.special

import dualad
from dualad._lift._standins import STANDINS, WRITERS
from dualad._numbers._protocol import MAKERS, SPECIAL, find
from dualad._rules._registry import EXTRA
from dualad._rules._row import Flat
from dualad._scipy import standin

PAGE = Path(__file__).resolve().parent / "reference_coverage.md"

YES = "differentiable"
LIFTED = "differentiable, lifted"
FLAT = "locally constant"
NO = "no derivative"
LATER = "not yet"
DROPPED = {"tostring"}  # by NumPy 2.3
STATUSES = (YES, LIFTED, FLAT, NO, LATER)

INTRODUCTION = """\
# Coverage of NumPy and scipy.special

Made by `docs/numpy_coverage.py` from the tables that run. *Differentiable* is in every mode and at
every order, by a rule, or because the function is written in terms of functions with rules.
*Lifted*: NumPy's protocols do not reach the function; your code runs lifted where it meets one.
*Locally constant*: the derivative is zero between the jumps, by rule. *No derivative*: with the
reason; a differentiated number there raises where it would be lost.

`python -m benchmarks.conformance` calls every differentiable function of NumPy in every mode, and
compares values bit for bit and derivatives with extrapolated differences.
"""

# Why a function is not differentiated, by the reason.
REASONS: dict[str, str] = {
    "a type, or a question about types": """
        bool bool_ bytes_ character complexfloating dtype finfo flexible floating generic iinfo
        inexact integer isdtype isfortran issubdtype iterable mintypecode number object_
        promote_types signedinteger str_ typename ufunc unsignedinteger void datetime64
        datetime_data timedelta64 busdaycalendar record LinAlgError from_dlpack""",
    "made from integers alone": """
        bartlett blackman hamming hanning broadcast_shapes diag_indices indices mask_indices
        ndindex tril_indices triu_indices base_repr binary_repr""",
    "reads, writes or prints": """
        frombuffer fromfile fromregex fromstring genfromtxt load loadtxt save savetxt savez
        savez_compressed info format_float_positional format_float_scientific get_include
        show_config show_runtime test""",
    "a setting of NumPy": """
        errstate get_printoptions getbufsize geterr geterrcall printoptions set_printoptions
        setbufsize seterr seterrcall setflags""",
    "another kind of array, which holds plain numbers": """
        asmatrix bmat matrix memmap ndarray recarray flatiter nditer nested_iters setfield
        to_device base""",
    "the bytes in memory": "byteswap ctypes data dump dumps getfield tobytes tofile",
    "another shape in place: `np.resize` gives a new array": "resize",
    "the floating-point grid itself: its values jump with every step of x": "nextafter spacing",
}
# Python code in terms of functions that have rules.
COMPOSED = {
    "fftfreq": YES,
    "rfftfreq": YES,
    "row_stack": YES,
    "frompyfunc": LIFTED,
    "poly1d": LIFTED,
    "vectorize": LIFTED,
}


class Entry(NamedTuple):
    """One line of the table."""

    name: str
    status: str
    reason: str = ""


def _reasons() -> dict[str, str]:
    return {name: reason for reason, names in REASONS.items() for name in names.split()}


def _status(function: Any, name: str, reasons: Mapping[str, str]) -> Entry:
    row = _row(function)
    if row is not None:
        return Entry(name, FLAT if type(row) is Flat else YES)
    if function in SPECIAL or function in MAKERS or function in WRITERS:
        return Entry(name, YES)
    short = name.rpartition(".")[2]
    if _is_hashable(function) and function in STANDINS:
        return Entry(name, LIFTED)
    if short in COMPOSED:
        return Entry(name, COMPOSED[short])
    if short in reasons:
        return Entry(name, NO, reasons[short])
    return Entry(name, LATER)


def _is_hashable(x: Any) -> bool:
    return type(x).__hash__ is not None


def _row(function: Any) -> Any:
    return find(function) or EXTRA.get(function) if _is_hashable(function) else None


def namespace(space: Any, prefix: str) -> list[Entry]:
    """The public callables of a namespace."""
    reasons = _reasons()
    names = sorted(n for n in getattr(space, "__all__", dir(space)) if not n.startswith("_"))
    found = ((name, getattr(space, name, None)) for name in names)
    return [_status(f, f"{prefix}.{name}", reasons) for name, f in found if callable(f)]


def methods() -> list[Entry]:
    """The methods and attributes of `numpy.ndarray`."""
    reasons = _reasons()
    kind = type(dualad.Dual(np.ones(1), np.ones((1, 1))))
    entries = []
    plain = np.ones((1, 1))
    for name in sorted(dir(np.ndarray)):
        if name.startswith("_") or name in DROPPED or not hasattr(plain, name):
            continue
        if name in reasons:
            entries.append(Entry(f"x.{name}", NO, reasons[name]))
        elif hasattr(kind, name):
            entries.append(Entry(f"x.{name}", YES))
        else:
            entries.append(Entry(f"x.{name}", LATER))
    return entries


def special() -> list[Entry]:
    """The ufuncs and functions of `scipy.special`."""
    entries = []
    for name in sorted(dir(scipy.special)):
        function = getattr(scipy.special, name)
        if name.startswith("_") or not callable(function) or isinstance(function, type):
            continue
        known = _row(function)
        if known is not None:
            entries.append(Entry(f"special.{name}", FLAT if type(known) is Flat else YES))
        elif not isinstance(function, np.ufunc) and standin(function) is not None:
            entries.append(Entry(f"special.{name}", LIFTED))
        else:
            entries.append(Entry(f"special.{name}", LATER))
    return entries


def tables() -> dict[str, list[Entry]]:
    """All tables by their titles."""
    return {
        "numpy": namespace(np, "np"),
        "numpy.linalg": namespace(np.linalg, "np.linalg"),
        "numpy.fft": namespace(np.fft, "np.fft"),
        "ndarray": methods(),
        "scipy.special": special(),
    }


def counts(entries: list[Entry]) -> dict[str, int]:
    """How many entries have which status."""
    return {s: sum(e.status == s for e in entries) for s in STATUSES}


def versions() -> str:
    """The versions that the page was made with."""
    return f"NumPy {np.__version__}, SciPy {scipy.__version__}"


def _lines() -> Iterator[str]:
    found = tables()
    yield INTRODUCTION
    yield f"Counted with {versions()}.\n"
    yield "| namespace | " + " | ".join(STATUSES) + " |"
    yield "| --- " * 6 + "|"
    for title, entries in found.items():
        yield f"| `{title}` | " + " | ".join(map(str, counts(entries).values())) + " |"
    for title, entries in found.items():
        yield f"\n## {title}\n"
        for status in (YES, LIFTED, FLAT, LATER):
            names = [f"`{e.name}`" for e in entries if e.status == status]
            if names:
                yield f"**{status}**: {', '.join(names)}\n"
        for reason in sorted({e.reason for e in entries if e.reason}):
            names = [f"`{e.name}`" for e in entries if e.reason == reason]
            yield f"**{NO}** ({reason}): {', '.join(names)}\n"


def page() -> str:
    """The whole page."""
    return "\n".join(_lines())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
