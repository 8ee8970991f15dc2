"""What the number of tangents that travel at once costs, and for which processor the code is.

`python -m benchmarks.native.chunks` prints, for this processor and for others that Numba is told
to compile for (`NUMBA_CPU_NAME`, `NUMBA_CPU_FEATURES`), the cost of one direction in runs of the
function, and the packed instructions of the differentiated function by the width of their
registers. Code for AVX-512 is compiled, and run only where there is such a processor.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import llvmlite.binding as llvm
import numpy as np

CHUNKS = (1, 2, 4, 8, 16, 32)
SETTINGS: dict[str, dict[str, str]] = {
    "this processor": {},
    "haswell": {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": "+avx,+avx2,+fma,+bmi,+bmi2"},
    "x86-64": {"NUMBA_CPU_NAME": "x86-64", "NUMBA_CPU_FEATURES": "+sse2"},
    "skylake-avx512": {
        "NUMBA_CPU_NAME": "skylake-avx512",
        "NUMBA_CPU_FEATURES": "+avx,+avx2,+fma,+avx512f,+avx512dq,+avx512vl,+avx512bw",
    },
}


def cases() -> Iterator[tuple[str, Any, np.ndarray]]:
    """Name, function, point."""
    from ..problems import compiled, odes

    rng = np.random.default_rng(3)
    yield "Rosenbrock n=32", compiled.rosenbrock, rng.random(32)
    yield "N-body n=96", compiled.n_body, rng.random(96)
    yield "Brusselator n=128", compiled.brusselator, rng.random(128)
    yield "RK4 n=4", compiled.thousand_steps, odes.RATES


def instructions(f: Any, lanes: int) -> dict[str, int]:
    """Packed instructions on doubles of f's differentiated version, by register."""
    from numba import types

    from dualad._compiled._dispatch import differentiated
    from dualad._compiled._types import DualType

    signature = (types.Array(DualType(types.float64, lanes), 1, "C"),)
    version = differentiated(f, DualType(types.float64, lanes))
    version.compile(signature)
    found = dict.fromkeys(("xmm", "ymm", "zmm"), 0)
    for line in version.inspect_asm(signature).splitlines():
        words = line.split()
        if words and re.search(r"(pd|213pd|231pd|132pd)$", words[0]):
            widest = [r for r in ("zmm", "ymm", "xmm") if r in line]
            if widest:
                found[widest[0]] += 1
    return found


def costs(f: Any, x: np.ndarray, lanes: int) -> float:
    """One direction of the Jacobian by chunks of so many, in runs of f."""
    import dualad as da

    from ..timing import best

    derivative = da.jacobian(f, mode="forward", chunk_size=lanes)
    t = best({"f": lambda: f(x), "own": lambda: derivative(x)}, slices=30)
    return t["own"] / t["f"] / x.size


def one(run: bool) -> None:
    """The table of the processor that Numba is told of."""
    print(f"{'':18}" + "".join(f"{n:>18}" for n in CHUNKS))
    for name, f, x in cases():
        cells = []
        for n in CHUNKS:
            if n > x.size:
                continue
            packed = "/".join(map(str, instructions(f, n).values()))
            cells.append(f"{costs(f, x, n):.3f} {packed}" if run else packed)
        print(f"{name:18}" + "".join(f"{c:>18}" for c in cells), flush=True)


def main() -> None:
    if sys.argv[1:]:
        one(sys.argv[1] == "run")
        return
    avx512 = llvm.get_host_cpu_features().get("avx512f", False)
    print(f"{llvm.get_host_cpu_name()}: cost of a direction in f, and xmm/ymm/zmm instructions")
    for name, setting in SETTINGS.items():
        run = avx512 or "avx512" not in name
        print(name if run else f"{name} (compiled only)", flush=True)
        environment = {**os.environ, **setting}
        how = "run" if run else "compile"
        subprocess.run([sys.executable, "-m", __spec__.name, how], env=environment, check=True)


if __name__ == "__main__":
    main()
