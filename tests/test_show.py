"""`trace`, `Graph` and `explain`."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass

import numpy as np
import pytest

import dualad as da

# --- functions that more than one test looks at, the seeds' examples among them ------------------


def first(x1, x2):
    return np.log(x1) + x1 * x2 - np.sin(x2)


def logistic(x, n=4):
    for _ in range(n - 1):
        x = 4 * x * (1 - x)
    return x


def iterated(x, n=3):
    for _ in range(n):
        x = np.sin(2 * x) + x**2
    return x


def until_five(x):
    rounds = 0
    while x < 5 and rounds < 3:
        x = np.sin(2 * x) + x**2
        rounds += 1
    return x


def affine(x, w, b):
    return (x * w) ** 2, x * w + b


def layers(x, p):
    y = np.tanh(p["W"] @ x + p["b"])
    y[0] = y[1] * 2.0
    return np.sum(y[::2] ** 2) + np.linalg.norm(y)


PARAMETERS = {"W": np.arange(6.0).reshape(3, 2) / 5, "b": 0.5}

# f, arguments: scalars and arrays, several outputs, in-place updates, containers
CALLS = [
    (first, (2.0, 5.0)),
    (lambda x, y: x**2 * y + y + 2, (3.0, 2.0)),
    (lambda x1, x2: np.exp(2 * x1) + x1 * x2**2 + np.cos(x2), (0.5, 2.0)),
    (lambda a, b: b * (a + b) * (a - b), (1.0, 2.0)),
    (iterated, (2.0,)),
    (until_five, (2.0,)),
    (logistic, (0.3,)),
    (lambda x: np.sum(np.sort(x) * np.arange(3.0)), (np.array([3.0, 1.0, 2.0]),)),
    (lambda A, b: np.linalg.solve(A, b)[0], (np.array([[2.0, 1.0], [0.5, 3.0]]), np.ones(2))),
    (lambda A: np.linalg.slogdet(A)[1], (np.array([[2.0, 1.0], [0.5, 3.0]]),)),
    (layers, (np.array([1.0, 2.0]), PARAMETERS)),
]


# f, arguments, value, gradient
SEEDS = [
    (first, (2.0, 5.0), 11.652071455223084, (5.5, 2.0 - np.cos(5.0))),
    (lambda x, y: x**2 * y + y + 2, (3.0, 2.0), 22.0, (12.0, 10.0)),
    (
        lambda x1, x2: np.exp(2 * x1) + x1 * x2**2 + np.cos(x2),
        (1.0, 2.0),
        np.exp(2.0) + 4.0 + np.cos(2.0),
        (2.0 * np.exp(2.0) + 4.0, 4.0 - np.sin(2.0)),
    ),
    (lambda a, b: b * (a + b) * (a - b), (1.0, 2.0), -6.0, (4.0, -11.0)),
    (lambda x: iterated(x, 1), (2.0,), np.sin(4.0) + 4.0, (2.0 * np.cos(4.0) + 4.0,)),
    (iterated, (2.0,), iterated(2.0), (448.8119007753064,)),
    (until_five, (2.0,), until_five(2.0), (22.7406128502423,)),
]


@pytest.mark.parametrize(("f", "args", "value", "gradient"), SEEDS)
def test_the_seeds_examples(f, args, value, gradient):
    graph = da.trace(f, *args).backward()
    assert graph.value == pytest.approx(value, rel=1e-15)
    assert [n.adjoint for n in graph.inputs] == pytest.approx(gradient, rel=1e-14)
    for mode in ("forward", "reverse"):
        found = da.value_and_grad(f, tuple(range(len(args))), mode=mode)(*args)
        assert found[0] == graph.value
        assert found[1] == pytest.approx(gradient, rel=1e-14)


def test_the_second_derivatives_of_the_seeds():
    f = SEEDS[3][0]
    for mode in ("forward", "reverse"):
        (aa, ab), (ba, bb) = da.hessian(f, (0, 1), mode=mode)(1.0, 2.0)
        assert (aa, bb) == (4.0, -12.0)
        assert ab == ba == 2.0


@pytest.mark.parametrize(("f", "args"), CALLS)
def test_the_value_and_the_adjoints_of_the_inputs(f, args):
    graph = da.trace(f, *args)
    assert graph.value == f(*args)
    assert all(node.adjoint is None for node in graph.nodes)
    graph.backward()
    leaves = [node.adjoint for node in graph.inputs]
    expected = da.grad(f, tuple(range(len(args))))(*args)
    flat = [g for part in expected for g in (part.values() if isinstance(part, dict) else [part])]
    for found, gradient in zip(leaves, flat, strict=True):
        assert np.allclose(found, gradient, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize(("f", "args"), CALLS)
def test_every_adjoint_is_the_derivative_in_its_node(f, args):
    # The sum over the inputs of adjoint times tangent equals the output's tangent.
    graph = da.trace(f, *args).backward()
    for node in graph.nodes:
        whole = node.op in ("slogdet", "eigh")
        assert whole or np.shape(node.adjoint) == node.shape
        assert all(p < node.index for p in node.parents)
    assert graph.outputs[0].adjoint == 1.0


@pytest.mark.parametrize(("f", "args"), CALLS)
def test_replay_runs_the_same_operations_on_other_values(f, args):
    def moved(x, by):
        if isinstance(x, dict):
            return {k: moved(v, by) for k, v in x.items()}
        return x * (1 + by)

    graph = da.trace(f, *args)
    assert graph.replay(*args) == f(*args)
    other = [moved(x, 1e-3) for x in args]
    assert np.isclose(graph.replay(*other), f(*other), rtol=1e-14)
    assert graph.value == f(*args)
    again = da.grad(graph.replay)(*args)
    once = da.grad(f)(*args)
    assert np.allclose(again, once, rtol=1e-12)


def test_replay_takes_the_branch_of_the_recording():
    graph = da.trace(lambda x: x**2 if x > 0 else -x, 1.0)
    assert graph.replay(-3.0) == 9.0


@pytest.mark.parametrize(
    ("args", "text"),
    [
        ((np.ones(3), 2), "shapes"),
        ((np.ones(2), 3), "constant of its graph"),
        ((np.ones(2),), "2 arguments"),
    ],
)
def test_replay_refuses_what_was_not_recorded(args, text):
    graph = da.trace(lambda x, k: np.sum(x**k), np.ones(2), 2)
    with pytest.raises(da.InputError, match=text):
        graph.replay(*args)


def test_several_outputs_need_a_cotangent():
    graph = da.trace(affine, 3.0, 2.0, 1.0)
    assert graph.value.tolist() == [36.0, 7.0]  # scalars are one array
    with pytest.raises(da.InputError, match="more than one number"):
        graph.backward()
    with pytest.raises(da.InputError, match="shape"):
        da.trace(np.sin, np.ones(2)).backward(np.ones(3))
    columns = [[n.adjoint for n in graph.backward(ct).inputs] for ct in ([1.0, 0.0], [0.0, 1.0])]
    assert columns == [[24.0, 36.0, 0.0], [2.0, 3.0, 1.0]]  # the Jacobian, by rows
    assert [n.adjoint for n in graph.backward(np.array([1.0, 10.0])).inputs] == [44.0, 66.0, 10.0]


def test_structural_zeros_win_over_infinite_partials():
    graph = da.trace(lambda x: np.sqrt(x[0]) + x[1] ** 2, np.array([0.0, 3.0])).backward()
    assert graph.inputs[0].adjoint.tolist() == [np.inf, 6.0]
    quiet = da.trace(lambda x: np.sum(np.where(x > 0.5, np.sqrt(x - 0.5), 0.0)), np.array([0.5]))
    assert quiet.backward().inputs[0].adjoint.tolist() == [0.0]


def test_a_repeated_output_gets_both_cotangents():
    graph = da.trace(lambda x: {"a": (y := x * x), "b": y}, 3.0)
    assert len(graph.outputs) == 1
    assert graph.backward({"a": 1.0, "b": 2.0}).inputs[0].adjoint == 18.0


def test_intermediate_values_survive_in_place_updates():
    def f(x):
        y = x * 2.0
        y[0] = 10.0
        y += 1.0
        return np.sum(y)

    graph = da.trace(f, np.array([1.0, 2.0]))
    values = [np.array(node.value).tolist() for node in graph.nodes[1:]]
    assert values[0] == [2.0, 4.0]
    assert values[-1] == 16.0
    assert graph.backward().inputs[0].adjoint.tolist() == [0.0, 2.0]


# --- names ---------------------------------------------------------------------------------------


@dataclass
class Spring:
    stiffness: float
    mass: float
    name: str = "k"


def without_signature(x, y):
    return x * y


without_signature.__signature__ = "none, as of a function written in C"


@pytest.mark.parametrize(
    ("f", "args", "names"),
    [
        (first, (2.0, 5.0), ["x1", "x2"]),
        (lambda x, k: x**k, (2.0, 3), ["x"]),
        (lambda x, k: x**k, (2, 3), ["x", "k"]),
        (without_signature, (2.0, 5.0), ["x0", "x1"]),
        (lambda *xs: xs[0] * xs[1], (2.0, 5.0), ["xs0", "xs1"]),
        (lambda v: v[0] * v[1], ([2.0, 5.0],), ["v"]),
        (lambda p: p["a"] * p["b"][0], ({"a": 1.0, "b": np.ones(2)},), ["p['a']", "p['b']"]),
        (lambda s: s.stiffness / s.mass, (Spring(2.0, 3.0),), ["s.stiffness", "s.mass"]),
        (lambda v1: v1 * v1, (2.0,), ["v1"]),
    ],
)
def test_inputs_are_called_what_the_user_calls_them(f, args, names):
    graph = da.trace(f, *args)
    assert [node.label for node in graph.inputs] == names
    assert len({node.label for node in graph.nodes}) == len(graph)


def test_nodes_say_where_they_come_from():
    graph = da.trace(first, 2.0, 5.0)
    assert [n.op for n in graph.nodes] == [
        "input",
        "input",
        "log",
        "multiply",
        "add",
        "sin",
        "subtract",
    ]
    assert "np.log(x1) + x1 * x2" in graph.nodes[2].line
    assert graph.nodes[3].expression == "x1 * x2"
    assert [n.index for n in graph.outputs] == [6]
    assert graph.counts()["input"] == (2, 2)
    assert da.trace(layers, np.ones(2), PARAMETERS).counts()["tanh"] == (1, 3)


def test_nothing_to_differentiate():
    with pytest.raises(da.InputTypeError, match="no argument"):
        da.trace(lambda s: 1.0, "a")


# --- text and drawings ---------------------------------------------------------------------------


def test_repr_and_listing():
    graph = da.trace(first, 2.0, 5.0)
    assert repr(graph) == "<Graph of first(x1, x2): 5 operations, value 11.6521>"
    assert len(graph) == 7
    assert str(graph).splitlines()[3] == "v2 = x1 * x2 = 10.0"
    assert str(graph.backward()).splitlines()[0].split() == ["x1", "=", "2.0", "adjoint", "5.5"]


def test_dot_shows_labels_values_and_adjoints():
    graph = da.trace(first, 2.0, 5.0)
    assert "adjoint" not in graph.to_dot()
    dot = graph.backward().to_dot()
    assert dot.count("->") == 8
    assert r'label="x1\n2.0\nadjoint 5.5"' in dot
    assert r'label="v1 = log(x1)\n0.693147\nadjoint 1.0"' in dot
    bare = graph.to_dot(values=False, adjoints=False)
    assert 'label="v1 = log(x1)"' in bare
    quoted = da.trace(lambda p: p['a"\\'] * 2.0, {'a"\\': 1.0}).to_dot()
    assert r"a\"" in quoted


def boxes_of(svg):
    root = ET.fromstring(svg)
    space = "{http://www.w3.org/2000/svg}"
    found = []
    for group in root.iter(f"{space}g"):
        rect = group.find(f"{space}rect")
        texts = [t.text for t in group.iter(f"{space}text")]
        found.append((*(float(rect.get(k)) for k in ("x", "y", "width", "height")), texts))
    return found


@pytest.mark.parametrize(("f", "args"), CALLS)
def test_svg_boxes_do_not_overlap_and_hold_their_text(f, args):
    graph = da.trace(f, *args).backward()
    boxes = boxes_of(graph._repr_svg_())
    assert len(boxes) == len(graph)
    for i, (x, y, w, h, texts) in enumerate(boxes):
        assert max(map(len, texts)) * 7 < w
        for x2, y2, w2, h2, _ in boxes[i + 1 :]:
            assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y


def test_svg_escapes_names():
    svg = da.trace(lambda p: p["<&>"] * 2.0, {"<&>": 1.0, "b": 2.0})._repr_svg_()
    assert any("p['<&>']" in texts[0] for *_, texts in boxes_of(svg))


def test_long_graphs_are_drawn_without_their_middle():
    graph = da.trace(lambda x: logistic(x, 200), 0.3)
    assert len(graph) == 598
    for svg, drawn in ((graph.to_svg(), 200), (graph._repr_svg_(), 60)):
        boxes = boxes_of(svg)
        assert len(boxes) == drawn + 1
        (cut,) = (texts[0] for *_, texts in boxes if "not drawn" in texts[0])
        assert cut == f"... {598 - drawn} nodes not drawn: limit=598 draws all ..."
    assert graph.to_dot(limit=10).count("label=") == 11
    assert "398 more nodes" in str(graph)


def test_edges_enter_boxes_from_above():
    svg = da.trace(first, 2.0, 5.0)._repr_svg_()
    tops = {round(y, 1) for _, y, _, _, _ in boxes_of(svg)}
    paths = re.findall(r'<path d="(M[^"]*)" fill="none"', svg)
    assert len(paths) == 8
    assert all(round(float(p.rpartition(",")[2]), 1) in tops for p in paths)


# --- explain -------------------------------------------------------------------------------------


def test_explain_says_what_jacobian_does():
    few = da.explain(lambda x: np.sin(x), np.ones(2))
    assert (few.mode, few.chunk, few.n, few.m) == ("forward", 2, 2, 2)
    many = da.explain(lambda x: np.sum(x**2), np.ones(1000))
    assert (many.mode, many.n, many.m, many.nodes) == ("reverse", 1000, 1, 2)
    assert many.cost.reverse < many.cost.forward
    text = str(many)
    assert "reverse" in text
    assert "because" in text
    assert "sparsity" in text
    assert "<table>" in many._repr_html_()
    tall = da.explain(lambda x: np.outer(x, np.ones(200)).ravel(), np.ones(20))
    assert tall.mode == "forward"


def test_explain_knows_argnums_and_own_rules():
    rule = da.custom_vjp(lambda x: x * 2.0)
    rule.defvjp(lambda x: (x * 2.0, None), lambda _, ct: (2.0 * ct,))
    found = da.explain(lambda a, x: a * rule(x), 2.0, np.ones(3), argnums=(0, 1))
    assert found.n == 4
    assert "vjp rule" in str(found)
