"""The mode selector: what the model counts, what it chooses, and that chunks change nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import families
import numpy as np
import pytest

import dualad as da
from dualad._evaluate import Call, Recorded
from dualad._jacobians import ALIGNED, lanes_last, transposed
from dualad._modes import BUDGET, Plan, Profile, choose, choose_second, equal_chunks

FAMILIES = families.FAMILIES
LOOPS = ("scalar loop", "assignment")  # in Python, where lanes cost little beside the calls


def recorded(f: Callable[..., Any], x: np.ndarray) -> Any:
    return Recorded(Call(f, (x,), {})).tape


@pytest.mark.parametrize("family", FAMILIES)
def test_far_from_the_diagonal_the_choice_is_clear(family: str) -> None:
    cases = [(4, 300, "forward")]
    if family not in LOOPS:
        cases.append((600, 2, "reverse"))
    for n, m, mode in cases:
        tape = recorded(FAMILIES[family](n, m), families.point(n))
        plan = choose(tape, n, m)
        assert plan.mode == mode, plan
        assert plan.cost is not None
        assert plan.chunk == getattr(plan.cost, f"{mode}_chunk")


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_chunks_change_nothing(family: str, mode: str) -> None:
    f, x = FAMILIES[family](13, 7), families.point(13)
    whole = da.jacobian(f)(x)
    assert whole.shape == (7, 13)
    for chunk in (1, 5, 13):
        np.testing.assert_allclose(
            da.jacobian(f, mode=mode, chunk_size=chunk)(x), whole, rtol=1e-12, atol=1e-14
        )


def test_the_profile_counts_edges_and_what_is_alive() -> None:
    def f(x: Any) -> Any:
        y = np.sin(x)  # x and y are alive until the product
        return np.sum(x * y)

    profile = Profile(recorded(f, np.ones(100)))
    assert (profile.nodes, profile.elements) == (3, 201)
    assert sum(edge[0] for edge in profile.edges) == 4
    assert profile.alive == 300  # x, y and their product


def test_tangents_that_do_not_fit_into_memory_go_in_chunks() -> None:
    n, width = 1000, 10**6
    tape = recorded(lambda x: np.sum(np.sin(np.zeros(width) + np.sum(x))) * x, np.ones(n))
    plan = choose(tape, n, n)
    assert plan.cost is not None
    for chunk in (plan.cost.forward_chunk, plan.cost.reverse_chunk):
        assert 8 * width * chunk <= BUDGET


def test_a_mode_that_was_asked_for_gets_its_chunks() -> None:
    f, x = FAMILIES["elementwise"](3000, 3), families.point(3000)
    plan = choose(recorded(f, x), 3000, 3, None, "forward")
    assert plan.mode == "forward"
    assert plan.chunk < 3000
    assert not plan.direct


def test_a_plan_is_kept_while_it_fits() -> None:
    jacobian = da.jacobian(lambda x, steps: sum(np.sin(i * x) for i in range(steps)))
    x = np.linspace(0.0, 1.0, 400)
    for steps in (2, 3, 200):
        expected = np.diag(sum(i * np.cos(i * x) for i in range(steps)))
        np.testing.assert_allclose(jacobian(x, steps), expected, rtol=1e-10, atol=1e-10)
    plan = Plan("reverse", 1, 10, 5, nodes=100)
    assert plan.fits(150, 5)
    assert not plan.fits(150, 6)
    assert not plan.fits(1000, 5)


def test_second_derivatives_go_by_what_they_carry() -> None:
    few, many = np.ones(4), np.ones(200)
    tape = recorded(lambda x: np.sum(np.sin(x) * x), few)
    assert choose_second(tape, 4, 1, True).mode == "hyper-dual"
    tape = recorded(lambda x: np.sum(np.sin(x) * x), many)
    assert choose_second(tape, 200, 1, True).mode == "forward over reverse"
    wide = recorded(lambda x: np.sum(np.exp(np.outer(x, np.ones(10_000)))), few)
    assert choose_second(wide, 4, 1, True).mode == "forward over reverse"
    assert choose_second(wide, 4, 0, True).chunk >= 1  # no outputs


def test_hessians_agree_whatever_is_chosen() -> None:
    for n in (3, 40):
        x = families.point(n)

        def f(x: Any) -> Any:
            return np.sum(np.exp(x[1:] * x[:-1])) * np.sin(x[0])

        chosen = da.hessian(f)
        first, again = chosen(x), chosen(x)
        np.testing.assert_array_equal(first, again)
        for mode in ("forward", "reverse"):
            np.testing.assert_allclose(first, da.hessian(f, mode=mode)(x), rtol=1e-10, atol=1e-12)


def test_equal_chunks() -> None:
    assert equal_chunks(13, 12) == 7
    assert equal_chunks(0, 12) == 1
    assert equal_chunks(10, 100) == 10


def test_large_transpositions() -> None:
    for shape in ((20, 2**12), (2**11, 3, 2**10)):
        block = np.arange(float(np.prod(shape))).reshape(shape)
        assert block.size > ALIGNED
        np.testing.assert_array_equal(lanes_last(block), np.moveaxis(block, 0, -1))
        rows = block.reshape(shape[0], -1)
        assert transposed(rows).flags.c_contiguous
