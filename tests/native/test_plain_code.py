"""dualad changes nothing in how ordinary code compiles: neither before nor after it is used."""

from __future__ import annotations

import json
import subprocess
import sys

from . import plain


def test_machine_code_is_the_same_without_dualad_and_before_and_after_its_use(tmp_path):
    command = [sys.executable, plain.__file__, str(tmp_path / "first")]
    without, later, first = json.loads(subprocess.check_output(command, text=True))
    assert later == without
    assert first == without
