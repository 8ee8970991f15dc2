"""Hand tracking: a skinned mesh of a hand is posed, and held against measured points.

theta has 26 numbers: the whole hand's rotation (angle times axis) and translation, then for each of
five fingers the bend and the spread of the first joint, and the bends of the second and the third.
Bones hang together as a tree; bone i turns by ``B_i R_z(spread) R_x(bend)`` with B_i its place in
its parent at rest. A vertex is the weighted mean of where its bones take it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .._problem import Inputs, Problem
from .inputs import SHIPPED, SOURCE, Words

Array = Any


class Hand(NamedTuple):
    """The mesh at rest.

    `parents` of b bones (-1: none), their places `relative` (b, 4, 4) in their parents, the
    inverses of their places in the whole `inverse` (b, 4, 4), vertices (v, 3), and weights (b, v).
    """

    parents: tuple[int, ...]
    relative: np.ndarray
    inverse: np.ndarray
    vertices: np.ndarray
    weights: np.ndarray


FINGERS = 5
JOINTS = 4  # bones of a finger, of which the first does not move


def angles(theta: Array, bones: int) -> tuple[Array, Array]:
    """Bend and spread of each bone; bones that do not move have zeros."""
    bend, spread = np.full(bones, 6, dtype=int), np.full(bones, 6, dtype=int)
    for finger in range(FINGERS):
        first, at = 2 + JOINTS * finger, 7 + 4 * finger
        bend[first : first + 3] = at, at + 2, at + 3
        spread[first] = at + 1
    numbers = np.concatenate((theta[:6], np.zeros(1), theta[6:]))
    return numbers[bend], numbers[spread]


def turns(bend: Array, spread: Array) -> Array:
    """``R_z(spread) R_x(bend)`` for each bone, (b, 4, 4)."""
    c, s, cz, sz = np.cos(bend), np.sin(bend), np.cos(spread), np.sin(spread)
    zero, one = np.zeros(bend.shape), np.ones(bend.shape)
    entries = [
        [cz, -sz * c, sz * s, zero],
        [sz, cz * c, -cz * s, zero],
        [zero, s, c, zero],
        [zero, zero, zero, one],
    ]
    return np.stack([np.stack(row, axis=-1) for row in entries], axis=-2)


def rotation(v: Array) -> Array:
    """The matrix that turns by the length of v about v, which is not zero."""
    angle = np.sqrt(np.sum(v**2))
    x, y, z = v[0] / angle, v[1] / angle, v[2] / angle
    axis = np.stack([x, y, z])
    zero = 0.0 * x
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero]).reshape(3, 3)
    along = axis[:, None] * axis
    return along + np.cos(angle) * (np.eye(3) - along) + np.sin(angle) * cross


def posed(theta: Array, hand: Hand, chosen: np.ndarray) -> Array:
    """Where the chosen vertices are, (number, 3)."""
    relative = hand.relative @ turns(*angles(theta, len(hand.parents)))
    placed: list[Array] = []
    for i, parent in enumerate(hand.parents):
        placed.append(relative[i] if parent < 0 else placed[parent] @ relative[i])
    moves = (np.stack(placed) @ hand.inverse)[:, :3]
    rest = np.concatenate((hand.vertices[chosen], np.ones((len(chosen), 1))), axis=1)
    where = np.einsum("bn,bij,nj->ni", hand.weights[:, chosen], moves, rest)
    return where @ rotation(theta[:3]).T + theta[3:6]


def hand_tracking(theta: Array, hand: Hand, chosen: np.ndarray, points: np.ndarray) -> Array:
    """Residuals: measured points less the vertices that belong to them."""
    return (points - posed(theta, hand, chosen)).reshape(-1)


def small_hand(vertices: int, rng: np.random.Generator) -> Hand:
    """A synthetic mesh on the skeleton of a hand: wrist, five fingers, forearm."""
    parents = [-1]
    for finger in range(FINGERS):
        parents += [0, *range(1 + JOINTS * finger, JOINTS * (finger + 1))]
    parents.append(0)
    relative = turns(*rng.normal(scale=0.3, size=(2, len(parents))))
    relative[:, :3, 3] = rng.normal(scale=0.1, size=(len(parents), 3))
    placed: list[np.ndarray] = []
    for i, parent in enumerate(parents):
        placed.append(relative[i] if parent < 0 else placed[parent] @ relative[i])
    weights = rng.uniform(size=(len(parents), vertices)) ** 8
    inverse = np.linalg.inv(np.stack(placed))
    places = rng.normal(scale=0.2, size=(vertices, 3))
    return Hand(tuple(parents), relative, inverse, places, weights / weights.sum(axis=0))


def make(size: int, seed: int = 0) -> Inputs:
    """`size` measured points, on a synthetic mesh of 100 vertices."""
    rng = np.random.default_rng(seed)
    hand, theta = small_hand(100, rng), rng.normal(scale=0.5, size=26)
    chosen = rng.integers(100, size=size)
    return theta, hand, chosen, posed(theta, hand, chosen) + rng.normal(scale=0.05, size=(size, 3))


def read_model(folder: Path) -> Hand:
    """ADBench's own mesh: a line for each bone, and one for each vertex."""
    bones = [line.split(":") for line in (folder / "bones.txt").read_text().split()]
    matrices = np.array([bone[2:34] for bone in bones], dtype=float).reshape(-1, 2, 4, 4)
    lines = (folder / "vertices.txt").read_text().split()
    vertices = [line.split(":") for line in lines]
    weights = np.zeros((len(bones), len(vertices)))
    for i, vertex in enumerate(vertices):
        pairs = vertex[9 : 9 + 2 * int(vertex[8])]
        weights[[int(bone) for bone in pairs[::2]], i] = [float(w) for w in pairs[1::2]]
    places = np.array([vertex[:3] for vertex in vertices], dtype=float)
    parents = tuple(int(bone[1]) for bone in bones)
    return Hand(parents, matrices[:, 0], matrices[:, 1], places, weights)


def read(folder: Path, file: str) -> Inputs:
    """A file of ADBench: numbers of points and parameters; vertex and place of each; theta."""
    words = Words(folder / file)
    count, parameters = words.integers(2)
    table, theta = words.take(count, 4), words.take(parameters)
    model = folder / "hand_model"
    hand = read_model(model if model.exists() else SHIPPED / "hand_model")
    return theta, hand, table[:, 0].astype(int), table[:, 1:]


PROBLEMS = (
    Problem(
        "hand tracking", hand_tracking, make, (10, 100, 1000), ("jacobian",), read=read,
        files=("hand1_t26_c100.txt", "hand3_t26_c200.txt"), source=SOURCE,
    ),
)  # fmt: skip
