"""Where ADBench's published inputs are, and how their files are laid out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

SOURCE = "Srajer, Kukelova, Fitzgibbon 2018; ADBench"
SHIPPED = Path(__file__).resolve().parents[2] / "data" / "adbench"


def folders() -> Iterator[Path]:
    """The folder that the variable DUALAD_ADBENCH names, then the one with the small files."""
    given = os.environ.get("DUALAD_ADBENCH")
    if given:
        yield Path(given)
    yield SHIPPED


def locate(file: str) -> Path:
    """The folder that has this file.

    Raises
    ------
    FileNotFoundError
        If none has it.
    """
    for folder in folders():
        if (folder / file).exists():
            return folder
    raise FileNotFoundError(f"{file}: not in {SHIPPED}; DUALAD_ADBENCH may name another folder")


class Words:
    """The numbers of a file, taken one block after another."""

    def __init__(self, path: Path) -> None:
        self.words, self.at = path.read_text(encoding="ascii").split(), 0

    def take(self, *shape: int) -> np.ndarray:
        """The next numbers, in this shape."""
        count = int(np.prod(shape))
        block = self.words[self.at : self.at + count]
        self.at += count
        return np.array(block, dtype=float).reshape(shape)

    def integers(self, count: int) -> list[int]:
        """The next integers."""
        return [int(number) for number in self.take(count)]
