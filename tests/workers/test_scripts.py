"""Scripts as users run them: interrupted, killed, without the guard, typed in."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

SCRIPT = """
import os, sys, time
import numpy as np
import dualad as da

def f(x):
    with open(sys.argv[1], "a") as file:
        print(os.getpid(), file=file)
    {body}
    return x * x

{guard}
    da.jacobian(f, mode="forward", workers=2)(np.ones(4))
    print("done")
"""


def written(tmp_path, body, guard='if __name__ == "__main__":'):
    path = tmp_path / "script.py"
    path.write_text(SCRIPT.format(body=body, guard=guard))
    return path


def started(path, seen):
    """The script at work, once both workers are."""
    process = subprocess.Popen(
        [sys.executable, str(path), str(seen)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    for _ in range(600):
        if process.poll() is not None or (seen.exists() and len(pids(seen)) == 2):
            break
        time.sleep(0.05)
    return process


def pids(seen):
    return [int(line) for line in seen.read_text().split()]


def is_gone(pid):
    for _ in range(200):
        try:
            with open(f"/proc/{pid}/stat") as file:
                if file.read().rpartition(")")[2].split()[0] == "Z":
                    return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


def test_control_c_ends_all_at_once(tmp_path):
    seen = tmp_path / "seen"
    process = started(written(tmp_path, "time.sleep(60)"), seen)
    start = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    _, errors = process.communicate(timeout=30)
    assert time.monotonic() - start < 20
    assert process.returncode == -signal.SIGINT
    assert errors.count("Traceback") == 1, errors
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert len(pids(seen)) == 2
    assert all(map(is_gone, pids(seen)))


def test_workers_do_not_outlive_a_caller_that_is_killed(tmp_path):
    seen = tmp_path / "seen"
    process = started(written(tmp_path, "time.sleep(1.0)"), seen)
    process.kill()
    process.communicate(timeout=30)
    assert len(pids(seen)) == 2
    assert all(map(is_gone, pids(seen)))


@pytest.mark.parametrize("threads", [False, True])
def test_a_script_with_the_guard(tmp_path, threads):
    # With a thread at work the script's processes are not forked; they import it once more.
    body = "pass"
    guard = 'if __name__ == "__main__":'
    if threads:
        guard = "import threading\n" + guard + "\n    threading.Timer(0.5, print).start()"
    path = written(tmp_path, body, guard)
    run = subprocess.run(
        [sys.executable, str(path), str(tmp_path / "seen")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    assert "done" in run.stdout


def test_a_script_without_the_guard_ends_with_an_error(tmp_path):
    guard = (
        "import multiprocessing\nif multiprocessing.set_start_method('spawn', force=True) is None:"
    )
    run = subprocess.run(
        [sys.executable, str(written(tmp_path, "pass", guard)), str(tmp_path / "seen")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 1
    assert "WorkerError" in run.stderr
    assert "if __name__ == '__main__':" in run.stderr


def test_functions_that_were_typed_in(tmp_path):
    code = SCRIPT.format(body="pass", guard="if True:")
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "seen")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    assert len(set(pids(tmp_path / "seen"))) == 2
