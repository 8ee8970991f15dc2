"""Which lines `DerivativeWarning` names, and which it must name."""

from __future__ import annotations

import inspect
import warnings

import dualad as da


def blamed(f):
    """The line of a function that its warning must name; None where it is recovered."""
    lines, first = inspect.getsourcelines(f)
    found = [first + i for i, line in enumerate(lines) if line.rstrip().endswith("# blame")]
    return found[0] if found else None


def caught(run):
    """The lines that warnings name, and the answer."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        out = run()
    for w in seen:
        assert w.category is da.DerivativeWarning, w
    return [(w.filename, w.lineno) for w in seen], out
