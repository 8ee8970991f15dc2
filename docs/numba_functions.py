"""Write `numba_functions.md`: every function of NumPy that Numba compiles, and its derivatives.

`python -m docs.numba_functions`. What is passive, refused or elementwise is read from the tables
that compiled derivatives use; a test checks that the page is current, and that nothing of Numba's
is without an answer. ``python -m tests.native.functions`` calls what is said to work.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numba
import numpy as np
from numba.core.registry import cpu_target
from numba.core.typing import templates
from numba.np import ufunc_db

from dualad._compiled import _dispatch, _rows
from dualad._compiled._known import FLAT_CALLS
from dualad._compiled._refusals import PLAIN_ONLY, REFUSED
from dualad._rules._row import Flat

PAGE = Path(__file__).resolve().parent / "numba_functions.md"
SPACES = {
    "np": np,
    "np.linalg": np.linalg,
    "np.random": np.random,
    "np.lib.stride_tricks": np.lib.stride_tricks,
}

ELEMENTWISE = "elementwise"
WORKS = "differentiable"
CONSTANT = "locally constant"
NUMBERLESS = "without a number to differentiate"
REFUSES = "refused"
UNKNOWN = "no answer"

INTRODUCTION = """\
# Functions of NumPy in compiled code

Every function of NumPy that Numba compiles, with differentiated arguments. Made by
`docs/numba_functions.py` from the tables that run. What stands here as differentiable is so forward
and in reverse, and has second derivatives; `python -m tests.native.functions` calls each of these
functions, and compares with differences that know their error.

A call in another form than Numba's, or in one that is excluded here, raises an error that names the
function and your line. [](numba.md) says more.
"""

# Functions whose derivatives come from a rule of theirs, or that Numba's own code for arrays
# serves, with what is left out.
FORMS: dict[str, str] = {
    "": """
        append array array_split asarray asarray_chkfinite ascontiguousarray asfortranarray
        atleast_1d atleast_2d atleast_3d average broadcast_arrays broadcast_to clip column_stack
        concatenate convolve copy corrcoef correlate cov delete diag diagflat diff dot dsplit dstack
        empty_like expand_dims flip fliplr flipud full full_like geomspace histogram hsplit hstack
        interp logspace linspace max amax min amin median moveaxis nancumprod nancumsum nanmax
        nanmean nanmedian nanmin nanpercentile nanprod nanquantile nanstd nansum nanvar ones_like
        outer percentile ptp quantile repeat reshape resize roll rot90 row_stack select split stack
        swapaxes take take_along_axis trace transpose trapezoid trapz tril trim_zeros triu vander
        bincount vdot vsplit vstack where zeros_like angle linalg.det linalg.inv linalg.solve
        real imag linalg.cholesky linalg.norm linalg.cond linalg.matrix_power
        lib.stride_tricks.sliding_window_view extract""",
    "along an axis, too": "sum",
    "of the whole array": "mean var std prod cumsum cumprod",
    "of vectors": "sort partition unwrap cross2d",
    "of sets: of equal numbers the first": "unique union1d setdiff1d intersect1d setxor1d",
    "of vectors, or along the last axis, of three components": "cross",
    "of two vectors or two matrices": "kron",
    "a number at one place": "insert",
    "without further ends": "ediff1d",
    "of matrices": "fill_diagonal",
    "with `nan=` alone": "nan_to_num",
    "of real coefficients with simple real roots": "roots",
    "no third derivatives": """
        linalg.eig linalg.eigvals linalg.eigh linalg.eigvalsh linalg.svd linalg.qr linalg.pinv
        linalg.lstsq linalg.slogdet""",
    "in one run: up to 16 inputs, or in reverse": "random.shuffle random.permutation random.choice",
}
_NUMBERLESS = """
    bartlett blackman hamming hanning broadcast_shapes dtype empty eye finfo identity iinfo indices
    ones tri tril_indices triu_indices zeros random.seed random.rand random.randint random.randn
    random.random random.random_sample random.ranf random.sample random.standard_cauchy
    random.standard_exponential random.standard_normal bitwise_and bitwise_or bitwise_xor gcd invert
    isnat lcm left_shift right_shift"""


class Entry(NamedTuple):
    """One function."""

    name: str
    status: str
    note: str = ""


def _public_name(function: Any) -> str:
    """The name that a user writes; empty for what is none of NumPy's."""
    name = getattr(function, "__name__", "")
    for prefix, space in SPACES.items():
        if name and getattr(space, name, None) is function:
            return f"{prefix}.{name}"
    return ""


def functions() -> dict[str, Any]:
    """All functions of NumPy that Numba knows, by name."""
    context = cpu_target.typing_context
    context.refresh()
    known = [
        *context._functions,
        *ufunc_db.get_ufuncs(),
        *(v for v, _ in templates.builtin_registry.globals),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # names that NumPy is about to change
        named = {_public_name(f): f for f in known if callable(f)}
    return {name: f for name, f in sorted(named.items()) if name and not isinstance(f, type)}


def entries() -> list[Entry]:
    """All of them with their answers."""
    rows = {fn: row for fn, row in _rows.known_functions() if getattr(fn, "__hash__", None)}
    forms = {f"np.{name}": note for note, names in FORMS.items() for name in names.split()}
    numberless = {f"np.{name}" for name in _NUMBERLESS.split()}
    return [_entry(name, f, rows, forms, numberless) for name, f in functions().items()]


def _entry(name: str, function: Any, rows: Any, forms: Any, numberless: Any) -> Entry:
    if function in REFUSED:
        return Entry(name, REFUSES, REFUSED[function])
    if name in numberless:
        return Entry(name, NUMBERLESS)
    if function in PLAIN_ONLY or function in FLAT_CALLS:
        return Entry(name, CONSTANT)
    if function in rows:
        return Entry(name, CONSTANT if isinstance(rows[function], Flat) else ELEMENTWISE)
    return Entry(name, WORKS, forms[name]) if name in forms else Entry(name, UNKNOWN)


def versions() -> str:
    """The versions that the page was made with."""
    return f"Numba {numba.__version__}, NumPy {np.__version__}"


def _lines() -> Iterator[str]:
    found = entries()
    yield INTRODUCTION
    yield f"Made with {versions()}: {len(found)} functions.\n"
    titles = {
        ELEMENTWISE: "Elementwise: third derivatives, too",
        WORKS: "Differentiable",
        CONSTANT: "Locally constant, or of types and shapes: computed on the values",
        REFUSES: "Refused",
        NUMBERLESS: "Without a number to differentiate",
        UNKNOWN: "No answer",
    }
    for status, title in titles.items():
        chosen = [e for e in found if e.status == status]
        if not chosen:
            continue
        yield f"## {title}\n"
        for note in sorted({e.note for e in chosen}):
            names = ", ".join(f"`{e.name}`" for e in chosen if e.note == note)
            lead = f"instead {note}" if status == REFUSES else note
            yield f"- {names}: {lead}\n" if note else f"{names}\n"


def page() -> str:
    """The whole page."""
    return "\n".join(_lines())


if __name__ == "__main__":
    assert _dispatch.REGISTERED  # what registers the rules
    PAGE.write_text(page(), encoding="utf-8")
