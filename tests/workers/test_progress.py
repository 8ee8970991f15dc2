"""Progress of long work is shown in one way, whatever the work is."""

from __future__ import annotations

import io
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import dualad as da
from dualad._workers._progress import Progress
from dualad.sensitivity import dgsm, sensitivity


@pytest.fixture(autouse=True)
def restored():
    yield
    da.config.progress = False


def cubes(x):
    return x**3


def total(x):
    return np.sum(x**3) * x[0]


X = np.linspace(1.0, 2.0, 6)
WORK = {
    "jacobian": lambda m: da.jacobian(cubes, mode="forward", chunk_size=2, workers=m)(X),
    "rows": lambda m: da.jacobian(cubes, mode="reverse", chunk_size=2, workers=m)(X),
    "grad": lambda m: da.grad(total, mode="forward", chunk_size=2, workers=m)(X),
    "hessian": lambda m: da.hessian(total, chunk_size=2, workers=m)(X),
    "sensitivity": lambda m: sensitivity(cubes, X, mode="forward", chunk_size=2, workers=m),
    "dgsm": lambda m: dgsm(lambda a, b: a * b, {"a": (0, 1), "b": (0, 1)}, 3, seed=1, workers=m),
}


@pytest.mark.parametrize("name", WORK)
def test_a_callable_is_told(name):
    seen = []
    da.config.progress = lambda done, total: seen.append((done, total))
    with ThreadPoolExecutor(2) as pool:
        WORK[name](pool.map)
    assert seen[-1] == (3, 3)
    done = [pair[0] for pair in seen]
    assert done == sorted(set(done))


@pytest.mark.parametrize("name", ["jacobian", "dgsm"])
def test_nothing_is_said_unless_it_is_asked_for(name, capsys):
    with ThreadPoolExecutor(2) as pool:
        WORK[name](pool.map)
        assert capsys.readouterr().err == ""
        da.config.progress = True
        WORK[name](pool.map)
    assert "3/3" in capsys.readouterr().err


def test_text_where_there_is_no_tqdm(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    with Progress(True, 1000, "pieces") as bar:
        for done in range(1001):
            bar.at(done, "named")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 11
    assert lines[0].startswith("dualad: 0/1000 pieces, ")
    assert lines[-1].startswith("dualad: 1000/1000 pieces, ")
    assert lines[-1].endswith("named")


def test_a_line_that_fills_on_a_terminal(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    with Progress(True, 2, "pieces") as bar:
        bar.at(1)
        bar.at(2)
    text = screen.getvalue()
    assert text.count("\n") == 1
    assert text.rpartition("\r")[2].startswith("dualad: [########################] 2/2 pieces")


def test_an_error_in_the_callable_ends_the_work():
    def stop(done, total):
        if done == 2:
            raise KeyError("stop")

    da.config.progress = stop
    with ThreadPoolExecutor(2) as pool, pytest.raises(KeyError, match="stop"):
        WORK["jacobian"](pool.map)


@pytest.mark.parametrize("wanted", ["yes", 3, None])
def test_other_values_are_refused(wanted):
    with pytest.raises(da.InputError, match="True, False or a callable"):
        da.config.progress = wanted
