"""The suites that asv runs; scripts and problems stay outside, so that asv need not import them.

asv knows this folder alone, as the package `suites`, and measures an installed dualad. What the
suites share with scripts and tests is in `benchmarks`, which is made importable here without the
folder that it lies in: from there the sources of dualad would be imported instead.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path


def _benchmarks_importable() -> None:
    if importlib.util.find_spec("benchmarks") is not None:
        return
    folder = Path(__file__).resolve().parents[1]
    spec = importlib.util.spec_from_file_location(
        "benchmarks", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"no package at {folder}")
    sys.modules["benchmarks"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["benchmarks"])


_benchmarks_importable()
