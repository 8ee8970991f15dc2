"""The wheel from the sdist and the wheel from the tree hold the same files, and all of the package.

``python .ci/compare_wheels.py FROM_SDIST.whl FROM_TREE.whl dualad``
"""

from __future__ import annotations

import sys
from pathlib import Path
from zipfile import ZipFile


def contents(wheel: str) -> dict[str, bytes]:
    with ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def main(from_sdist: str, from_tree: str, package: str) -> None:
    first, second = contents(from_sdist), contents(from_tree)
    differing = {n for n in first.keys() | second.keys() if first.get(n) != second.get(n)}
    if differing:
        raise SystemExit(f"the wheels differ in {sorted(differing)}")
    folder = Path(package)
    kinds = (".py", ".pyi", ".typed")
    wanted = {str(p.relative_to(folder.parent)) for p in folder.rglob("*") if p.suffix in kinds}
    wanted |= {f"{package}/py.typed"}
    packed = {name for name in first if not name.startswith(f"{package}-")}
    if packed != wanted:
        raise SystemExit(f"in one of wheel and tree only: {sorted(packed ^ wanted)}")
    print(f"{len(packed)} files of {package}, the same from the sdist and from the tree")


if __name__ == "__main__":
    main(*sys.argv[1:])
