"""The shared problems: every value and derivative against something that is not dualad.

By the derivative written by hand where there is one, else by complex steps, which are exact to the
last digits (W. Squire, G. Trapp, SIAM Review 40, 1998); and what ADBench publishes about its own
inputs.
"""

from __future__ import annotations

import numpy as np
import pytest

import dualad as da
from benchmarks.problems import PROBLEMS, find, published
from benchmarks.problems.adbench.inputs import SHIPPED, locate

NAMES = [problem.name for problem in PROBLEMS]
COMPILED = [problem.name for problem in PROBLEMS if problem.compiled]
PUBLISHED = [(p.name, f) for p in PROBLEMS for f in p.files if (SHIPPED / f).exists()]
# Of the derivative's largest entry. NIST's models lose digits in themselves: sums of exponentials
# that cancel, powers of large numbers.
TOLERANCE = 2e-13


def complex_steps(g, x):
    """The derivative of g by each number of x."""
    steps = 1e-30j * np.eye(x.size)
    return np.stack([np.imag(g(x + step)) / 1e-30 for step in steps], axis=-1)


def independent(problem, inputs):
    """The main derivative by the numbers of `flat`, and not by dualad."""
    if problem.kind in problem.hand:
        found = problem.hand[problem.kind](*inputs)
        return np.concatenate([np.ravel(b) for b in found]) if isinstance(found, tuple) else found
    return complex_steps(*problem.flat(inputs))


def assert_close(found, wanted, tolerance=TOLERANCE):
    scale = np.max(np.abs(wanted))
    np.testing.assert_allclose(found / scale, wanted / scale, rtol=0.0, atol=tolerance)


def main_verb(problem):
    return da.grad if problem.kind == "grad" else da.jacobian


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("name", NAMES)
def test_main_derivative(name, mode):
    problem = find(name)
    inputs = problem.make(problem.sizes[0], seed=1)
    g, x = problem.flat(inputs)
    assert np.array_equal(g(x), problem.f(*inputs))
    verb = da.value_and_grad if problem.kind == "grad" else da.value_and_jacobian
    value, found = verb(g, mode=mode)(x)
    np.testing.assert_allclose(value, problem.f(*inputs), rtol=1e-14)
    assert_close(found, independent(problem, inputs))


@pytest.mark.parametrize("name", [p.name for p in PROBLEMS if "hessian" in p.kinds])
def test_hessian(name):
    problem = find(name)
    inputs = problem.make(problem.sizes[0], seed=1)
    g, x = problem.flat(inputs)
    by_hand = problem.hand.get("hessian")
    if by_hand:
        wanted = by_hand(*inputs)
    else:
        wanted = complex_steps(lambda z: problem.hand["grad"](z, *inputs[1:]), x)
    for mode in ("forward", "reverse"):
        assert_close(da.hessian(g, mode=mode)(x), wanted)


@pytest.mark.parametrize("name", [p.name for p in PROBLEMS if isinstance(p.argnums, tuple)])
def test_several_arguments(name):
    problem = find(name)
    inputs = problem.make(problem.sizes[0], seed=1)
    wanted = independent(problem, inputs)
    found = main_verb(problem)(problem.f, argnums=problem.argnums)(*inputs)
    outputs = np.shape(problem.f(*inputs))
    parts = [np.reshape(part, (*outputs, -1)) for part in found]
    assert_close(np.concatenate(parts, axis=-1), wanted)


@pytest.mark.parametrize("name", NAMES)
def test_inputs_are_the_same_at_every_call(name):
    problem = find(name)
    first, second = (problem.make(problem.sizes[-1], seed=2) for _ in range(2))
    assert np.array_equal(problem.flat(first)[1], problem.flat(second)[1])
    assert list(problem.sizes) == sorted(problem.sizes)


@pytest.mark.parametrize("name", COMPILED)
def test_compiled_is_the_same_function(name):
    problem = find(name)
    inputs = problem.make(problem.sizes[0], seed=1)
    f, by_hand = problem.numba(), problem.numba_hand()
    np.testing.assert_allclose(f(*inputs), problem.f(*inputs), rtol=1e-13, atol=1e-14)
    wanted = independent(problem, inputs)
    found = main_verb(problem)(f, argnums=problem.argnums)(*inputs)
    assert_close(found, wanted)
    if by_hand is not None:
        theirs = by_hand(*inputs)
        assert_close(theirs[1] if isinstance(theirs, tuple) else theirs, wanted)


# ADBench's inputs


@pytest.mark.parametrize(("name", "file"), PUBLISHED)
def test_published_inputs_give_derivatives(name, file):
    problem = find(name)
    inputs = published(problem, file)
    if name == "LSTM":  # a quarter of the sequence says the same; all of it below
        inputs = (*inputs[:3], inputs[3][:256])
    g, x = problem.flat(inputs)
    direction = np.random.default_rng(0).normal(size=x.size)
    wanted = np.imag(g(x + 1e-30j * direction)) / 1e-30
    _, forward = da.jvp(g, (x,), (direction,))
    assert_close(forward, wanted)
    if problem.kind == "grad":
        assert_close(da.grad(g, mode="reverse")(x) @ direction, wanted)


def test_every_objective_has_a_published_input():
    assert {name for name, _ in PUBLISHED} == {p.name for p in PROBLEMS if p.read is not None}


def test_bundle_adjustment_is_adbench_s():
    # Expected values and entries of ADBench's own tests of `ba/test.txt`.
    problem = find("bundle adjustment")
    inputs = published(problem, "ba_test.txt")
    off = np.tile([-2.69048849235189402e-01, 2.59944792677901881e-01], 10)
    wanted = np.concatenate((off, np.full(10, 8.26092651515999976e-01)))
    np.testing.assert_allclose(problem.f(*inputs), wanted, rtol=1e-12)
    cameras, points, weights = da.jacobian(problem.f, argnums=(0, 1, 2))(*inputs)
    np.testing.assert_allclose(
        cameras[0, 0],
        [
            *(2.28877202208246757e02, 6.34574811495545418e02, -7.82222866259340549e02),
            *(2.42892615607159668e00, -1.17828079628011313e01, 2.54169312487743460e00),
            *(-1.03657084958518086e00, 4.17022e-01, 0.0),
            *(-3.50739521096005205e02, -9.12107773668008576e02),
        ],
        rtol=1e-11,
    )
    np.testing.assert_allclose(points[0, 0], -cameras[0, 0, 3:6], rtol=1e-12)
    assert weights[0, 0] == pytest.approx(-6.45167039712987389e-01, rel=1e-11)
    assert weights[20, 0] == pytest.approx(-8.34044e-01, rel=1e-12)
    assert not cameras[0, 1].any()  # each residual sees one camera
    assert not points[0, 1:].any()


def test_lstm_is_adbench_s():
    # The loss that ADBench's own tests expect, of `lstm_l2_c1024.txt`, and entries of its gradient.
    problem = find("LSTM")
    inputs = published(problem, "lstm_l2_c1024.txt")
    assert problem.f(*inputs) == pytest.approx(0.66666518, abs=1e-8)
    main, extra = da.grad(problem.f, argnums=(0, 1))(*inputs)
    assert main[0, 0] == pytest.approx(3.14387024996101187e-06, rel=1e-9)
    assert extra[2, -1] == pytest.approx(-2.00225690895980656e-02, rel=1e-9)


def test_hand_tracking_has_the_structure_of_a_hand():
    problem = find("hand tracking")
    inputs = published(problem, "hand1_t26_c100.txt")
    J = da.jacobian(problem.f)(*inputs).reshape(100, 3, 26)
    assert np.array_equal(J[:, :, 3:6], np.tile(-np.eye(3), (100, 1, 1)))  # translation
    fingers = J[:, :, 6:].reshape(100, 3, 5, 4).any(axis=(1, 3))
    weights = inputs[1].weights[:, inputs[2]]
    for finger in range(5):
        moved = weights[2 + 4 * finger : 5 + 4 * finger].any(axis=0)
        assert np.array_equal(fingers[:, finger], moved)


def test_inputs_are_found_in_a_given_folder(tmp_path, monkeypatch):
    problem = find("bundle adjustment")
    name = problem.files[1]
    with pytest.raises(FileNotFoundError, match="DUALAD_ADBENCH"):
        locate(name)
    text = (SHIPPED / "ba_test.txt").read_text().replace("2 10 10", "3 4 5", 1)
    (tmp_path / name).write_text(text)
    monkeypatch.setenv("DUALAD_ADBENCH", str(tmp_path))
    cameras, points, weights, *_ = published(problem, name)
    assert (cameras.shape, points.shape, weights.shape) == ((3, 11), (4, 3), (5,))
    with pytest.raises(ValueError, match="no published inputs"):
        published(find("Ackley"), name)
    with pytest.raises(KeyError, match="no problem"):
        find("nothing")
