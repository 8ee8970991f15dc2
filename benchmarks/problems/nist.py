"""The 27 nonlinear regressions of the NIST Statistical Reference Datasets.

Models and data are those of the examples, `examples/nist_strd.py`; they are loaded by their place,
as asv imports this package without the rest of the sources.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from ._problem import Inputs, Problem


def _examples() -> ModuleType:
    name = f"{__package__}._nist_strd"
    path = Path(__file__).resolve().parents[2] / "examples" / "nist_strd.py"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"no module at {path}")
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


nist_strd = _examples()


def _regression(name: str, model: Any) -> Problem:
    def residuals(b: Any, x: np.ndarray, y: np.ndarray) -> Any:
        return model(b, x) - y

    def make(size: int = 0, seed: int = 0) -> Inputs:
        """The second starting point and the data, whatever size and seed are."""
        data = nist_strd.load(name)
        return data.starts[1], data.x, data.y

    source = "NIST StRD, nonlinear regression"
    return Problem(f"NIST {name}", residuals, make, (0,), ("jacobian",), source=source)


PROBLEMS = tuple(_regression(name, model) for name, model in nist_strd.MODELS.items())
