"""Every example runs as its user runs it, and the data sets say what NIST says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from examples import nist_strd

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_example_runs(path, tmp_path):
    command = [sys.executable, "-W", "error", str(path)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    print(run.stdout)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("name", nist_strd.MODELS)
def test_models_have_the_certified_sum_of_squares(name):
    problem = nist_strd.load(name)
    found = float(np.sum(problem.residuals(problem.certified) ** 2))
    # Eleven certified digits of the parameters leave Lanczos1, of sum 1.4e-25, at 4e-21.
    assert found == pytest.approx(problem.sum_of_squares, rel=2e-10, abs=1e-20)


def test_every_data_file_has_its_model():
    assert {path.stem for path in nist_strd.DATA.glob("*.dat")} == set(nist_strd.MODELS)
