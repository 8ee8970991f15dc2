"""What the documentation refers to exists, and every page is in its tree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import dualad

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGES = sorted(DOCS.glob("*.md"))
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"^(`{3,})[^`\n]*\n.*?^\1$", re.MULTILINE | re.DOTALL)
TREE = re.compile(r"^```\{toctree\}\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def prose(path: Path) -> str:
    return CODE.sub("", path.read_text(encoding="utf-8"))


def anchors(path: Path) -> set[str]:
    """The names of the sections, as MyST and GitHub make them."""
    headings = re.findall(r"^#+ (.*)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower().replace("`", "")).replace(" ", "-") for h in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, section = target.partition("#")
        place = page.parent / name if name else page
        assert place.exists(), f"{page.name} links to {target}"
        if section:
            assert section in anchors(place), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pictures_have_a_text(page):
    assert not re.search(r"!\[\s*\]\(", prose(page))


def test_every_page_is_in_the_tree_once():
    text = (DOCS / "index.md").read_text(encoding="utf-8")
    entries = [
        line.strip()
        for tree in TREE.findall(text)
        for line in tree.splitlines()
        if line.strip() and not line.startswith(":")
    ]
    assert sorted(entries) == sorted(p.stem for p in PAGES if p.stem != "index")


def test_every_picture_is_shown():
    shown = "\n".join(p.read_text(encoding="utf-8") for p in PAGES)
    assert [p.name for p in (DOCS / "figures").iterdir() if f"figures/{p.name}" not in shown] == []


def test_every_public_name_has_its_place_in_the_reference():
    text = (DOCS / "reference.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\.\. auto\w+:: (?:dualad\.)?(\w+)$", text, re.MULTILINE))
    assert set(dualad.__all__) <= listed | {"scipy"}, "add the name to docs/reference.md"
