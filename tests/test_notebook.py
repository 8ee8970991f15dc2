"""What prompts and notebooks show: one table of objects, and what is true of every one of them."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest

import dualad as da
from dualad import sensitivity
from dualad.scipy import least_squares, minimize, pair

RNG = np.random.default_rng(0)
BIG = RNG.normal(size=(40, 50))
T = np.linspace(0.0, 4.0, 9)


def area(x, rate):
    scaled = x * rate
    norm = np.sqrt(np.sum(scaled**2))
    return norm + scaled[0]


def decay(p):
    return p["a"] * np.exp(-p["k"] * T)


def fitted(t, a, k):
    return a * np.exp(-k * t)


X = np.array([1.0, 2.0, 3.0])
P = {"a": 2.0, "k": 0.5}
RANGES = {"a": (1.0, 2.0), "k": (0.1, 1.0)}
BEST = (T, [2.0, 0.5])

# What is shown, and words that must stand in its repr.
SHOWN = {
    "dual": (lambda: da.Dual(2.0, [1.0, 0.0]), "Dual(2.0, [1., 0.], k=2)"),
    "dual array": (lambda: da.Dual(X, np.eye(3)), "shape=(3,), k=3, dtype=float64"),
    "float32": (lambda: da.Dual(np.float32(0.5), np.ones(1, np.float32)), "dtype=float32"),
    "large dual": (
        lambda: da.Dual(BIG, np.stack([BIG] * 9)),
        "\n     shape=(40, 50), k=9, dtype=float64)",
    ),
    "complex": (lambda: da.Dual(1 + 2j, [1.0 + 0j]), "dtype=complex128"),
    "many axes": (lambda: da.Dual(np.ones((2,) * 6), np.ones((1,) + (2,) * 6)), "<array of shape"),
    "empty": (lambda: da.Dual(np.ones(0), np.ones((2, 0))), "shape=(0,), k=2"),
    "hyper-dual": (
        lambda: da.HyperDual(2.0, [1.0], [1.0], [[0.0]]),
        "HyperDual(2.0, [1.], [1.], [[0.]], k=(1, 1))",
    ),
    "large hyper-dual": (
        lambda: da.HyperDual(BIG, BIG[None], np.stack([BIG] * 2), np.zeros((1, 2, 40, 50))),
        "shape=(40, 50), k=(1, 2), dtype=float64",
    ),
    "graph": (lambda: da.trace(area, X, 2.0), "<Graph of area(x, rate): 6 operations"),
    "node": (lambda: da.trace(area, X, 2.0).nodes[3], "v1 = scaled**2"),
    "explain": (lambda: da.explain(area, X, 2.0), "jacobian of area"),
    "lambda": (lambda: da.explain(lambda x: x**2, X), "jacobian of <lambda>"),
    "check": (lambda: da.check_derivatives(np.sin, X), "order 2"),
    "config": (lambda: da.config, "Config(kernels='"),
    "jacobian": (lambda: da.jacobian(area), "<jacobian of area>"),
    "hessian": (lambda: da.hessian(area), "<hessian of area>"),
    "value_and_grad": (lambda: da.value_and_grad(area), "<value_and_grad of area>"),
    "derivative": (lambda: da.derivative(np.sin), "<derivative of sin>"),
    "hvp": (lambda: da.hvp(area), "<hvp of area>"),
    "pullback": (lambda: da.vjp(area, X, 2.0)[1], "<pullback of area>"),
    "operator": (lambda: da.jacobian_operator(np.sin, X), "3x3 JacobianOperator"),
    "rule": (lambda: da.custom_jvp(area), "<custom_jvp of area>"),
    "elementwise": (lambda: da.elementwise(np.sin, np.cos), "<elementwise sin>"),
    "differences": (lambda: da.finite_difference(area), "<finite_difference of area, 3-point>"),
    "pair": (lambda: pair(area)[1], "evaluations shared"),
    "least_squares": (lambda: least_squares(lambda x: x - X, X * 0), "derivatives: jac: exact"),
    "derivatives": (lambda: minimize(lambda x: np.sum(x**2), X).derivatives, "jac: exact"),
    "sensitivity": (lambda: sensitivity.sensitivity(decay, P, times=T), "parameter"),
    "propagate": (lambda: sensitivity.propagate(decay, P, std=0.1), "y[0]"),
    "identifiability": (
        lambda: sensitivity.identifiability(fitted, BEST[1], T, fitted(*BEST[:1], 2.0, 0.5) + 0.01),
        "degrees of freedom",
    ),
    "prediction": (
        lambda: sensitivity.identifiability(fitted, BEST[1], T, sigma=0.1).prediction(T),
        "prediction at level",
    ),
    "dgsm": (
        lambda: sensitivity.dgsm(lambda a, k: a * k, RANGES, 16, seed=1),
        "16 parameter sets",
    ),
}

# Whose notebook form is a drawing, a table, or the text.
DRAWN = ["graph"]
PLAIN = [
    *("node", "jacobian", "hessian", "value_and_grad", "derivative", "hvp", "pullback", "pair"),
    *("operator", "rule", "elementwise", "differences", "least_squares", "derivatives"),
]
TABLES = [name for name in SHOWN if name not in DRAWN and name not in PLAIN]


@pytest.mark.parametrize("name", SHOWN)
def test_reprs_are_short_and_say_what_it_is(name):
    make, words = SHOWN[name]
    text = repr(make())
    assert words in text
    assert " at 0x" not in text
    assert "dualad._" not in text
    lines = text.splitlines()
    assert len(lines) <= 30
    assert max(map(len, lines)) <= 130


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_well_formed_and_of_no_theme(name):
    text = SHOWN[name][0]()._repr_html_()
    root = ET.fromstring(text)  # every tag is closed, every text escaped
    assert list(root.iter("table"))
    tags = {element.tag for element in root.iter()}
    assert tags <= {"div", "table", "thead", "tbody", "tr", "th", "td"}
    for element in root.iter():
        assert set(element.attrib) <= {"style"}  # no links, no scripts
        assert "color" not in element.get("style", "")
        assert "background" not in element.get("style", "")
    assert len(text) < 12_000


@pytest.mark.parametrize("name", PLAIN)
def test_the_rest_shows_its_repr(name):
    assert getattr(SHOWN[name][0](), "_repr_html_", None) is None


def test_drawings_need_no_network_and_no_graphviz(monkeypatch):
    monkeypatch.setenv("PATH", "")
    text = da.trace(area, X, 2.0).backward()._repr_svg_()
    root = ET.fromstring(text)
    links = [v for e in root.iter() for k, v in e.attrib.items() if "href" in k or "url(" in v]
    assert set(links) == {"url(#dualad-arrow)"}
    # Its own white ground: the same in every theme.
    ground = next(root.iter("{http://www.w3.org/2000/svg}rect"))
    assert (ground.get("width"), ground.get("fill")) == ("100%", "#ffffff")


def test_names_are_escaped():
    def f(p):
        return p["<script>&"] * 2.0

    f.__name__ = "<img src=x>"
    for text in (
        da.explain(f, {"<script>&": 1.0})._repr_html_(),
        da.trace(f, {"<script>&": 1.0})._repr_svg_(),
        sensitivity.sensitivity(f, {"<script>&": 1.0})._repr_html_(),
    ):
        ET.fromstring(text)
        assert "<script>" not in text
        assert "<img" not in text


def test_the_level_of_a_nested_number_is_shown():
    seen = []

    def f(x):
        seen.append(repr(x))
        seen.append(x._repr_html_())
        return x**2

    da.jacobian(f, mode="forward")(np.ones(2))
    assert "level=" in seen[0]
    assert "level " in seen[1]
    assert "level=" not in repr(da.Dual(2.0, [1.0]))
    nested = []
    da.derivative(lambda x: da.derivative(lambda y: nested.append(repr(y)) or x * y)(x))(2.0)
    assert any(text.count("level=") >= 2 for text in nested)


def test_many_directions_are_cut_and_that_is_said():
    x = da.Dual(np.ones(2), np.ones((20, 2)))
    assert "... 14 more directions: .tangent has all" in x._repr_html_()
    assert x._repr_html_().count("tangent[") == 6


def test_shown_text_is_made_by_numpys_settings():
    with np.printoptions(precision=3):
        assert repr(da.Dual(np.array([1 / 3]), [[2 / 3]])).startswith("Dual([0.333], [[0.667]]")


# --- names of variables --------------------------------------------------------------------------


class Model:
    def run(self, x, k):
        self.speed = x * k
        for _ in range(2):
            x = x * 0.5
        spread = np.std(x)
        if (half := self.speed / 2).sum() > 0:
            x = half
        return np.sum(x) + spread


def labels(f, *args):
    return [node.label for node in da.trace(f, *args).nodes]


def test_nodes_have_the_names_of_variables():
    found = labels(Model().run, X, 2.0)
    assert found[:5] == ["x", "k", "self.speed", "x#2", "x#3"]
    assert found.count("spread") == found.count("half") == 1
    # What several nodes of one call compute is the last one's: the others are parts of it.
    assert found.index("spread") > 5
    assert len(set(found)) == len(found)


def lifted(x):
    import math

    sine = math.sin(x)
    out = np.zeros(2)
    out[0] = sine * sine
    last = out + 1.0
    return [last]


def generated(x):
    v1 = x * 2
    return [v1 * 3, sum([x, v1, v1])]


def in_place(x):
    y = x * 2
    y += x
    w = y[1:]
    return [w]


@pytest.mark.parametrize(
    ("f", "args", "want"),
    [
        (lifted, (0.5,), {"x", "sine", "last"}),
        (generated, (0.5,), {"x", "v1", "w1"}),
        (in_place, (X,), {"x", "y", "y#2", "w"}),
        (lambda x: np.exp(x) * 2, (0.5,), {"x", "v1", "v2"}),
    ],
)
def test_more_names(f, args, want):
    assert want <= set(labels(f, *args))


def test_symbols_and_replay_do_not_depend_on_the_names():
    graph = da.trace(Model().run, X, 2.0)
    assert graph.replay(X, 2.0) == Model().run(X, 2.0)
    assert {s.name for s in da.trace(area, X, 2.0).to_sympy().free_symbols} <= {
        *("x_0", "x_1", "x_2", "rate")
    }
