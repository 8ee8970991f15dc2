"""Tracebacks of lifted code, as the user's own would look."""

from __future__ import annotations

import os
from types import TracebackType

_HERE = os.path.dirname(__file__) + os.sep


def of_the_user(trace: TracebackType | None) -> TracebackType | None:
    """A traceback without the frames of lift itself."""
    if trace is None:
        return None
    rest = of_the_user(trace.tb_next)
    if trace.tb_frame.f_code.co_filename.startswith(_HERE):
        return rest
    return TracebackType(rest, trace.tb_frame, trace.tb_lasti, trace.tb_lineno)


__all__ = ["of_the_user"]
