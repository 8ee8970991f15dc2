"""The developer's bench: rows are found everywhere, and what CONTRIBUTING tells is so."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

import dualad as da

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent
PACKAGE = Path(da.__file__).parent


def load(path: Path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# --- one row -------------------------------------------------------------------------------------


def test_a_row_is_found_everywhere():
    """In a process of its own: the table is changed there."""
    script = TESTS / "adding_a_row.py"
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "without the row: numpy.cbrt has no derivative rule"
    places = load(script).PLACES
    assert lines[1:] == [f"found: {place.__name__}" for place in places]


# --- types ---------------------------------------------------------------------------------------


def test_the_typed_program_runs(capsys):
    text = (TESTS / "typing" / "interface.py").read_text(encoding="utf-8")
    load(TESTS / "typing" / "interface.py").main()
    assert "its gradient needs one number" in capsys.readouterr().out
    unused = [n for n in da.__all__ if not re.search(rf"\bda\.{n}\b|from dualad.* {n}\b", text)]
    assert unused == ["scipy"]  # whose functions are imported by their names


# --- pragmas -------------------------------------------------------------------------------------


def test_no_line_is_left_out_of_coverage_without_a_reason():
    found = []
    for path in PACKAGE.rglob("*.py"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if "pragma:" in line:
                found.append(f"{path.name}: {line.strip()}")
    assert [f for f in found if not re.search(r"# pragma: no cover - \w+( \S+){2,}", f)] == []
    assert len(found) <= 10


# --- changes -------------------------------------------------------------------------------------

CHANGELOG = """\
# Changelog

## [Unreleased]

### Added

- One thing.
  On two lines.

### Fixed

- Another.

## [0.1.0] - 2020-01-01

- First.
"""


@pytest.fixture
def changes(tmp_path, monkeypatch):
    module = load(ROOT / "changes" / "collect.py")
    folder = tmp_path / "changes"
    folder.mkdir()
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG, encoding="utf-8")
    monkeypatch.setattr(module, "HERE", folder)
    return module


def test_changes_are_as_they_should_be():
    assert load(ROOT / "changes" / "collect.py").problems(ROOT / "changes") == []


def test_changes_are_collected(changes, capsys):
    (changes.HERE / "b-c.added.md").write_text("A second\nthing.\n", encoding="utf-8")
    (changes.HERE / "a.removed.md").write_text("Gone.\n", encoding="utf-8")
    target = changes.HERE.parent / "CHANGELOG.md"
    changes.main(["--check"])
    changes.main([])
    assert "- One thing.\n  On two lines.\n- A second\n  thing.\n" in capsys.readouterr().out
    assert target.read_text(encoding="utf-8") == CHANGELOG
    changes.main(["0.2.0", "2021-02-03"])
    text = target.read_text(encoding="utf-8")
    head, new, old = text.split("\n## ")[1:]
    assert head == "[Unreleased]\n"
    assert new.startswith("[0.2.0] - 2021-02-03\n\n### Added\n\n- One thing.")
    assert new.endswith("### Fixed\n\n- Another.\n\n### Removed\n\n- Gone.\n")
    assert old == "[0.1.0] - 2020-01-01\n\n- First.\n"
    assert not list(changes.HERE.iterdir())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.better.md", "A sentence."),
        ("a b.added.md", "A sentence."),
        ("a.txt", "A sentence."),
        ("a.added.md", ""),
        ("a.added.md", "- A sentence."),
        ("a.added.md", "word " * 40),
    ],
)
def test_other_files_are_refused(changes, name, text):
    (changes.HERE / name).write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit, match=re.escape(name)):
        changes.main(["--check"])


# --- what CONTRIBUTING and RELEASING tell --------------------------------------------------------


def test_files_that_the_guides_name_are_there():
    for guide in ("CONTRIBUTING.md", "RELEASING.md"):
        text = (ROOT / guide).read_text(encoding="utf-8")
        names = set(re.findall(r"(?:\.ci|changes|docs|tests|benchmarks)/[\w/]+(?:\.\w+)?", text))
        names = {name for name in names if not name.endswith(".md")}  # which scripts write
        assert len(names) >= 3
        assert [name for name in names if not (ROOT / name).exists()] == []


def test_the_one_command_has_the_steps_that_ci_runs():
    command = (ROOT / ".ci" / "check").read_text(encoding="utf-8")
    steps = set(re.findall(r"^(\w+)\(\)", command, re.MULTILINE))
    for line in re.findall(r'^step ".*" check (.*)$', (ROOT / ".ci" / "run").read_text(), re.M):
        assert set(line.split()) <= steps
    assert set(re.search(r"set -- (format .*) ;;", command)[1].split()) == steps
    for path in re.findall(r"tests/\w+\.py", command):
        assert (ROOT / path).exists()


def test_the_version_is_written_twice_and_the_same():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert re.search(r'^version = "(.*)"$', text, re.MULTILINE)[1] == da.__version__
