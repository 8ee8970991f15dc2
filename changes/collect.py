"""Collect the files of this folder into `CHANGELOG.md`; `README.md` here says how."""

from __future__ import annotations

import re
import sys
from datetime import date
from pathlib import Path

HERE = Path(__file__).resolve().parent
KINDS = ("added", "changed", "deprecated", "removed", "fixed", "security")
LONGEST = 120  # characters of a line
UNRELEASED = "## [Unreleased]"


def fragments(folder: Path) -> dict[str, list[str]]:
    """The texts of each kind, in the order of the files' names."""
    found: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for path in sorted(folder.glob("*.md")):
        if path.name != "README.md":
            found[path.name.split(".")[-2]].append(path.read_text(encoding="utf-8").strip())
    return found


def problems(folder: Path) -> list[str]:
    """What is wrong with the files, in words."""
    wrong = []
    for path in sorted(folder.iterdir()):
        if path.name in ("README.md", "collect.py", "__pycache__"):
            continue
        text = path.read_text(encoding="utf-8")
        if not re.fullmatch(rf"[\w-]+\.({'|'.join(KINDS)})\.md", path.name):
            wrong.append(f"{path.name}: a name like short-reprs.added.md ({', '.join(KINDS)})")
        if not text.strip() or text.lstrip().startswith(("-", "#", "*")):
            wrong.append(f"{path.name}: a sentence, without a dash or a heading")
        if any(len(line) > LONGEST for line in text.splitlines()):
            wrong.append(f"{path.name}: lines of at most {LONGEST} characters")
    return wrong


def entry(text: str) -> str:
    """One item of the list."""
    first, *rest = text.splitlines()
    return "\n".join([f"- {first}", *(f"  {line.strip()}".rstrip() for line in rest)])


def merged(changelog: str, found: dict[str, list[str]]) -> str:
    """The changelog with the texts at the ends of their parts of Unreleased."""
    if UNRELEASED not in changelog:
        raise SystemExit(f"CHANGELOG.md has no heading {UNRELEASED}")
    head, _, rest = changelog.partition(UNRELEASED)
    body, mark, older = re.match(r"(.*?)(\n## |\Z)(.*)", rest, re.DOTALL).groups()  # type: ignore[union-attr]
    parts = dict(re.findall(r"### (\w+)\n+(.*?)\s*(?=\n### |\Z)", body, re.DOTALL))
    for kind, texts in found.items():
        if texts:
            title = kind.capitalize()
            lines = [parts[title]] if title in parts else []
            parts[title] = "\n".join([*lines, *map(entry, texts)])
    sections = [f"### {title}\n\n{text}\n" for title, text in parts.items()]
    return "\n".join([head + UNRELEASED + "\n", *sections]) + (mark + older).rstrip("\n") + "\n"


def released(changelog: str, version: str, day: str) -> str:
    """The changelog with what was unreleased under a version."""
    return changelog.replace(UNRELEASED, f"{UNRELEASED}\n\n## [{version}] - {day}", 1)


def main(arguments: list[str]) -> None:
    target = HERE.parent / "CHANGELOG.md"
    wrong = problems(HERE)
    if wrong:
        raise SystemExit("changes/: " + "\n".join(wrong))
    found = fragments(HERE)
    if arguments == ["--check"]:
        print(f"changes/: {sum(map(len, found.values()))} files, all as they should be")
        return
    text = merged(target.read_text(encoding="utf-8"), found)
    if not arguments:
        print(text.partition(UNRELEASED)[2].partition("\n## ")[0])
        return
    version, day = arguments
    date.fromisoformat(day)
    target.write_text(released(text, version, day), encoding="utf-8")
    for path in HERE.glob("*.*.md"):
        path.unlink()


if __name__ == "__main__":
    main(sys.argv[1:])
