"""Long short-term memory: the loss of predicting a sequence of characters, each from those before.

Each of l layers of width b has weights and biases of four gates, all elementwise: forget and output
gate see the layer's input, the other two its hidden state. The loss is the mean of
``x_{t+1} . (y_t - log(2 + sum(exp(y_t))))``, negated; the 2 is ADBench's.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from .._problem import Inputs, Problem
from .inputs import SOURCE, Words

Array = Any


def sigmoid(x: Array) -> Array:
    """The logistic function."""
    return 1.0 / (1.0 + np.exp(-x))


def layer(weight: Array, bias: Array, hidden: Array, cell: Array, x: Array) -> tuple[Array, Array]:
    """One step: the new hidden state and the new cell; `weight` and `bias` have four rows."""
    forget = sigmoid(x * weight[0] + bias[0])
    enter = sigmoid(hidden * weight[1] + bias[1])
    leave = sigmoid(x * weight[2] + bias[2])
    change = np.tanh(hidden * weight[3] + bias[3])
    cell = cell * forget + enter * change
    return leave * np.tanh(cell), cell


def lstm(main: Array, extra: Array, state: np.ndarray, sequence: np.ndarray) -> Array:
    """The loss.

    Parameters
    ----------
    main : (2 l, 4 b) array
        For each layer, its weights, then its biases.
    extra : (3, b) array
        Weight of the input; weight and bias of the output.
    state : (2 l, b) array
        For each layer, the hidden state and the cell at the start.
    sequence : (c, b) array
        What is predicted.
    """
    layers, b = state.shape[0] // 2, state.shape[1]
    gates = main.reshape(layers, 2, 4, b)
    memory = [(state[2 * i], state[2 * i + 1]) for i in range(layers)]
    total = 0.0
    for now, after in pairwise(sequence):
        x = now * extra[0]
        for i in range(layers):
            memory[i] = layer(gates[i, 0], gates[i, 1], *memory[i], x)
            x = memory[i][0]
        y = x * extra[1] + extra[2]
        total = total + np.sum(after * (y - np.log(2.0 + np.sum(np.exp(y)))))
    return -total / ((sequence.shape[0] - 1) * b)


def make(size: tuple[int, int, int], seed: int = 0) -> Inputs:
    """`size` is (l, c, b): layers, length of the sequence, width."""
    layers, length, b = size
    rng = np.random.default_rng(seed)
    text = np.eye(b)[rng.integers(b, size=length)]
    main, extra = rng.normal(size=(2 * layers, 4 * b)), rng.normal(size=(3, b))
    return main, extra, rng.uniform(0.0, 1.0, (2 * layers, b)), text


def read(folder: Path, file: str) -> Inputs:
    """A file of ADBench: l, c, b; main and extra parameters, state, sequence."""
    words = Words(folder / file)
    layers, length, b = words.integers(3)
    return (
        words.take(2 * layers, 4 * b),
        words.take(3, b),
        words.take(2 * layers, b),
        words.take(length, b),
    )


PROBLEMS = (
    Problem(
        "LSTM", lstm, make, ((2, 5, 4), (2, 64, 14), (2, 1024, 14)), ("grad",), (0, 1),
        read=read, files=("lstm_l2_c1024.txt",), source=SOURCE,
    ),
)  # fmt: skip
