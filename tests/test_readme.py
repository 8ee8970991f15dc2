"""The Python blocks of README and documentation run as they stand.

Blocks that begin with `>>>` are sessions, checked as doctests; the others are programs. The blocks
of one page are one story: each sees the names of those before it.
"""

from __future__ import annotations

import doctest
import linecache
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def pages() -> list[Path]:
    docs = (p for p in (ROOT / "docs").rglob("*.md") if "_build" not in p.parts)
    found = [ROOT / "README.md", *docs]
    return sorted(p for p in found if FENCE.search(p.read_text(encoding="utf-8")))


def run_session(block: str, names: dict, path: Path, line: int) -> None:
    test = doctest.DocTestParser().get_doctest(block, names, path.name, str(path), line)
    test.globs = names  # the parser made a copy; later blocks need what this one binds
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    runner.run(test, out=report.append, clear_globs=False)
    assert runner.failures == 0, "".join(report)


def run_program(block: str, names: dict, path: Path, line: int) -> None:
    # Errors and duals look up the source of the user's line; give them the block as a file.
    filename = f"<{path.name}, line {line}>"
    linecache.cache[filename] = (len(block), None, block.splitlines(keepends=True), filename)
    exec(compile(block, filename, "exec"), names)


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_blocks_run(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = path.read_text(encoding="utf-8")
    names: dict = {"__name__": "__main__"}
    for match in FENCE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        run = run_session if match[1].lstrip().startswith(">>>") else run_program
        run(match[1], names, path, line)


def test_the_readme_has_blocks():
    assert ROOT / "README.md" in pages()
