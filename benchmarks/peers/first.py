"""The first derivative in a process: `python -m benchmarks.peers.first PEER PROBLEM` is one run.

Prints the processor seconds of the peer's import, and of the first derivative after it: looking at
the function, compiling, running. Python, NumPy and the problem are loaded before the clock starts.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time

from .case import Case, Peer, Unsuited
from .rows import COMPILED, FIRST, PEERS

ALL = {peer.name: peer for peer in (*PEERS, *COMPILED)}


def here(peer: Peer, case: Case) -> tuple[float, float]:
    """Processor seconds of the import and of the first derivative, in this process."""
    case.x, case.inputs  # noqa: B018  # made before the clock starts
    start = time.process_time()
    if peer.module:
        importlib.import_module(peer.module)
    loaded = time.process_time()
    prepared = peer.make(case)
    prepared.run()
    return loaded - start, time.process_time() - loaded


def apart(peer: Peer, index: int, runs: int) -> tuple[float, float] | str:
    """The same in processes of its own, the quickest of so many; or why there is none."""
    if not peer.installed:
        return "not installed"
    command = [sys.executable, "-m", __spec__.name, peer.name, str(index)]
    # Installed packages have their bytecode; sources that run in place get it in a first run.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    found = []
    for _ in range(runs):
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        if done.returncode:
            return "raises " + done.stderr.strip().splitlines()[-1].split(":")[0]
        answer = json.loads(done.stdout)
        if isinstance(answer, str):
            return answer
        found.append(answer)
    load, derivative = (min(times) for times in zip(*found, strict=True))
    return load, derivative


def main() -> None:
    peer, case = ALL[sys.argv[1]], Case.of(*FIRST[int(sys.argv[2])])
    try:
        print(json.dumps(here(peer, case)))
    except Unsuited as reason:
        print(json.dumps(str(reason)))


if __name__ == "__main__":
    main()
