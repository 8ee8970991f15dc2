"""`Graph.forward`, partial derivatives on edges, and the pictures that show them."""

from __future__ import annotations

import importlib.util
import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

import dualad as da

DOCS = Path(__file__).resolve().parent.parent / "docs"


def first(x1, x2):
    return np.log(x1) + x1 * x2 - np.sin(x2)


def filled(x, p):
    y = np.tanh(p["W"] @ x + p["b"])
    y[0] = y[1] * 2.0
    return np.sum(y[::2] ** 2) + np.linalg.norm(y)


PARAMETERS = {"W": np.arange(6.0).reshape(3, 2) / 5, "b": 0.5}
MATRIX = np.array([[2.0, 1.0], [0.5, 3.0]])

# f, arguments, a direction
CALLS = [
    (first, (2.0, 5.0), (0.3, -2.0)),
    (lambda x: np.sum(np.sort(x) * np.arange(3.0)), (np.array([3.0, 1.0, 2.0]),), (np.ones(3),)),
    (lambda A, b: np.linalg.solve(A, b), (MATRIX, np.ones(2)), (np.eye(2), np.arange(2.0))),
    (lambda A: np.linalg.slogdet(A)[1], (MATRIX,), (MATRIX[::-1],)),
    (lambda z: (z * z, np.abs(z)), (1.0 + 2.0j,), (0.5 - 1.0j,)),
    (filled, (np.array([1.0, 2.0]), PARAMETERS), (np.ones(2), {"W": np.ones((3, 2)), "b": 2.0})),
]


@pytest.mark.parametrize(("f", "args", "direction"), CALLS)
def test_forward_is_jvp_at_the_outputs_and_the_direction_at_the_inputs(f, args, direction):
    graph = da.trace(f, *args)
    assert all(node.tangent is None for node in graph.nodes)
    assert graph.forward(*direction) is graph
    _, tangent = da.jvp(f, args, direction)
    leaves = tangent if isinstance(tangent, tuple) else (tangent,)
    for node, expected in zip(graph.outputs, leaves, strict=True):
        assert np.allclose(node.tangent, expected, rtol=1e-13)
    assert np.array_equal(graph.inputs[0].tangent, direction[0])
    for node in graph.nodes:
        assert node.op == "slogdet" or np.shape(node.tangent) == node.shape


@pytest.mark.parametrize(("f", "args", "direction"), CALLS[:2] + CALLS[-1:])
def test_adjoint_times_tangent_is_the_same_at_the_inputs_and_at_the_output(f, args, direction):
    graph = da.trace(f, *args).forward(*direction).backward()
    products = [np.vdot(node.adjoint, node.tangent) for node in graph.inputs]
    assert np.isclose(sum(products), graph.outputs[0].tangent, rtol=1e-13)


def test_a_single_number_has_one_direction():
    assert da.trace(np.sin, 2.0).forward().outputs[0].tangent == np.cos(2.0)
    assert da.trace(lambda p: p["a"] ** 2, {"a": 3.0}).forward().outputs[0].tangent == 6.0


def test_constant_arguments_take_no_tangent():
    graph = da.trace(lambda x, k: x**k, 2.0, 3)
    assert graph.forward(1.0).outputs[0].tangent == 12.0
    with pytest.raises(da.InputError, match=r"1 argument.*2 tangents"):
        graph.forward(1.0, 0)


@pytest.mark.parametrize("tangents", [(), (1.0,), (1.0, np.ones(2))])
def test_wrong_directions_are_refused(tangents):
    with pytest.raises(da.InputError):
        da.trace(first, 2.0, 5.0).forward(*tangents)


def test_structural_zeros_win_over_infinite_partials():
    f = lambda x: np.sqrt(x[0]) + x[1] ** 2
    graph = da.trace(f, np.array([0.0, 3.0]))
    assert graph.forward(np.array([0.0, 1.0])).outputs[0].tangent == 6.0
    assert graph.forward(np.array([1.0, 1.0])).outputs[0].tangent == np.inf
    graph = da.trace(lambda x: np.sqrt(x) ** 2, 0.0)
    with pytest.warns(da.DerivativeWarning, match=r"0 \* inf"):
        assert np.isnan(graph.forward().outputs[0].tangent)


def test_tangents_are_shown():
    graph = da.trace(first, 2.0, 5.0).forward(1.0, 0.0)
    assert str(graph).splitlines()[3] == "v2 = x1 * x2 = 10.0       tangent 5.0"
    assert repr(graph.nodes[2]) == "v1 = log(x1) = 0.693147, tangent 0.5"
    graph.backward()
    assert str(graph).splitlines()[0].endswith("tangent 1.0  adjoint 5.5")
    assert r'label="x1\n2.0\ntangent 1.0\nadjoint 5.5"' in graph.to_dot()
    assert "tangent" not in graph.to_dot(tangents=False)
    assert "tangent 5.5" in graph.to_svg(adjoints=False)
    assert "adjoint" not in graph.to_svg(adjoints=False)
    assert graph._repr_svg_() == graph.to_svg()


def test_partials_on_the_edges():
    graph = da.trace(first, 2.0, 5.0)
    dot = graph.to_dot(partials=True)
    edges = dict(re.findall(r'n(\d -> n\d) \[label="([^"]*)"\]', dot))
    assert edges["0 -> n3"] == "5.0"
    assert edges["1 -> n3"] == "2.0"
    assert edges["5 -> n6"] == "-1.0"
    assert float(edges["1 -> n5"]) == pytest.approx(np.cos(5.0), rel=1e-5)
    assert "[label=" not in graph.to_dot().partition("->")[2]
    # An operand that is met twice has one edge, and arrays have no number to show.
    assert 'n0 -> n1 [label="6.0"]' in da.trace(lambda x: x * x, 3.0).to_dot(partials=True)
    whole = da.trace(lambda x: np.sum(x * x), np.ones(3)).to_dot(partials=True)
    assert "[label=" not in whole.partition("->")[2]
    constant = da.trace(lambda x, y: np.copysign(x, y) + y, 3.0, 2.0).to_dot(partials=True)
    assert 'n1 -> n2 [label="0.0"]' in constant


def test_partials_of_a_long_graph():
    def long(x):
        for _ in range(300):
            x = 0.5 * x
        return x

    picture = da.trace(long, 1.0).to_svg(limit=10, partials=True)
    texts = [t.text for t in ET.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")]
    assert texts.count("0.5") >= 8


def test_the_graphs_in_the_documentation_are_current(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(DOCS))
    spec = importlib.util.spec_from_file_location("graph_figures", DOCS / "graph_figures.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.draw(tmp_path)
    made = sorted(tmp_path.iterdir())
    assert made
    for path in made:
        stored = (DOCS / "figures" / path.name).read_text(encoding="utf-8")
        assert path.read_text(encoding="utf-8") == stored, "run: python docs/figures.py"
    sys.modules.pop("graph_figures", None)
