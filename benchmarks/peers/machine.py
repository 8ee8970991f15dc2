"""The machine and the versions, without names."""

from __future__ import annotations

import datetime as dt
import os
import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version

from .case import Peer


def vectors() -> str:
    """The widest registers that NumPy finds."""
    from numpy._core._multiarray_umath import __cpu_features__ as features

    widths = (("AVX512F", "512-bit vectors"), ("AVX2", "256-bit vectors"), ("NEON", "NEON"))
    return next((words for name, words in widths if features.get(name)), "128-bit vectors")


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def description() -> str:
    """Date, processor, load."""
    today = dt.datetime.now(tz=dt.timezone.utc).date()
    others = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return (
        f"{today.day} {today:%B %Y}; {platform.system()} on {platform.machine()}, {cores()} cores, "
        f"{vectors()}; load average at the start {others:.1f}"
    )


def versions(peers: Iterable[Peer]) -> str:
    """Python, NumPy, and all packages; those that are missing are named, too."""
    names = dict.fromkeys(["dualad", "numpy", *(peer.package for peer in peers if peer.package)])
    return ", ".join([f"Python {platform.python_version()}", *map(package, names)])


def package(name: str) -> str:
    """Name and version."""
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        if name == "dualad":
            import dualad

            return f"dualad {dualad.__version__}"
        return f"{name} not installed"
