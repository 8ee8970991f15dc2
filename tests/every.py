"""Many small cases in one test, which names each of those that fail.

A test of its own costs some five milliseconds beside its work, in two processes: for thousands of
cases of a few hundred microseconds each that is most of the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest


def every(
    cases: Iterable[Any], group: Callable[[Any], str], label: Callable[[Any], str] = str
) -> Callable[[Callable[[Any], None]], Callable[[str], None]]:
    """Make a test of one case one of all cases; those of one group are one test.

    Parameters
    ----------
    cases : iterable
    group : callable
        The name of the test that a case belongs to.
    label : callable
        What a failing case is called.
    """
    groups: dict[str, list[Any]] = {}
    for case in cases:
        groups.setdefault(group(case), []).append(case)

    def decorate(check: Callable[[Any], None]) -> Callable[[str], None]:
        @pytest.mark.parametrize("name", list(groups))
        def test(name: str) -> None:
            tried = [(label(case), _failure(check, case)) for case in groups[name]]
            failed = [(case, error) for case, error in tried if error is not None]
            if failed:
                lines = [f"{case}: {type(error).__name__}: {error}" for case, error in failed]
                text = "\n".join([f"{len(failed)} of {len(tried)} cases", *lines])
                raise AssertionError(text) from failed[0][1]

        test.__name__, test.__doc__ = check.__name__, check.__doc__
        test.__module__, test.__qualname__ = check.__module__, check.__qualname__
        return test

    return decorate


def _failure(check: Callable[[Any], None], case: Any) -> Exception | None:
    try:
        check(case)
    except Exception as error:  # all of them are told
        return error
    return None
