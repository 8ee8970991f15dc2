"""The harness of the peers' tables: what is timed was compared, and no peer is dropped silently."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.peers import differences, measure, ours, page, rebind, rows, symbols, tensors
from benchmarks.peers.case import Case, Peer, Prepared, Unsuited
from benchmarks.problems import smooth

AUTOGRAD = tensors.PEERS[0]
SMALL = (ours.BY_HAND, ours.DUALAD, AUTOGRAD, *differences.PEERS)
CASES = (
    ("Rosenbrock", 4, "grad"),
    ("GMM", (2, 2, 3), "grad"),
    ("curve fit", 8, "jacobian"),
    ("bundle adjustment", (2, 2, 2), "jacobian"),
    ("ARWHEAD", 3, "hessian"),
)


def answer(give, tolerance=1e-9):
    return Peer("a peer", "", "", lambda case: Prepared(lambda: give(case)), tolerance)


@pytest.mark.parametrize(("name", "size", "kind"), CASES)
def test_every_peer_is_timed_or_says_why_not(name, size, kind):
    row = measure.row(Case.of(name, size, kind), SMALL, slices=1, seconds=0.0)
    assert list(row.cells) == [peer.name for peer in SMALL]
    assert row.value > 0.0
    for peer in SMALL:
        said = row.cells[peer.name]
        expected = {"not installed"} if not peer.installed else {"none"}
        expected |= {"no digits"} if kind == "hessian" else set()
        assert isinstance(said, float) or said in expected, (peer.name, said)
    assert isinstance(row.cells["dualad"], float)


def test_what_is_wrong_missing_or_fails_is_named():
    case = Case.of("Rosenbrock", 4, "grad")
    want = measure.reference(case)

    def fails(case):
        raise ValueError("no")

    def refuses(case):
        raise Unsuited("forward only")

    for peer, said in (
        (answer(lambda case: 1.001 * want), "error 1e-03"),
        (answer(lambda case: want[:-1]), "shape (3,)"),
        (answer(fails), "raises ValueError"),
        (Peer("a peer", "x", "no_such_module", fails), "not installed"),
        (Peer("a peer", "", "", refuses), "forward only"),
    ):
        assert measure.checked(case, peer, want) == said
    assert isinstance(measure.checked(case, answer(lambda case: want), want), Prepared)


def test_the_page_shows_losses_and_reasons():
    found = [
        measure.Row("slow", "grad", 2.0, {"dualad": 30.0, "a": 10.0, "b": "not installed"}),
        measure.Row("quick", "grad", 2.0, {"dualad": 5.0, "a": 40.0, "b": "not installed"}),
    ]
    about = {"machine": "m", "versions": "v", "slices": 1, "runs": 1}
    text = page.page(found, ("dualad", "a", "b"), ("compiled",), "", **about)
    assert "| slow | 2.0 | 30 | 10 | not installed |" in text
    assert "| slow | **0.33** | not installed |" in text
    assert "| quick | 8.0 | not installed |" in text
    assert "| a | 2 | 1 | 1.6 | 0.33 | 8.0 |" in text
    assert "| b | 0 | - | not installed | - | - |" in text


def test_a_rebound_function_calls_the_other_namespace_and_leaves_the_first_alone():
    seen = []

    def total(x):
        seen.append(x)
        return np.sum(x)

    f = rebind.rebound(smooth.rosenbrock, rebind.Namespace(np, sum=total))
    x = np.array([1.0, 2.0, 0.5])
    assert f(x) == smooth.rosenbrock(x)
    assert len(seen) == 1
    case = Case.of("GMM", (2, 2, 3))  # a function of several, in three modules
    calls = rebind.Namespace(np, exp=lambda x: seen.append(x) or np.exp(x))
    assert case.written(calls)(case.x) == case.value
    assert len(seen) > 1


def test_functions_of_too_many_operations_are_not_unrolled():
    assert symbols.count(Case.of("Rosenbrock", 10), "casadi") == 9 * 7 + 8
    with pytest.raises(Unsuited, match="too large"):
        symbols.count(Case.of("Rosenbrock", 100_000), "casadi")


def test_the_page_of_the_documentation_has_all_rows_and_peers():
    text = page.PAGE.read_text(encoding="utf-8")
    missing = [case.name for case in rows.cases() if f"| {case.name} |" not in text]
    missing += [peer.name for peer in (*rows.PEERS, *rows.COMPILED) if peer.name not in text]
    assert not missing, "run: python -m benchmarks.peers --write"
