"""How results look: tables, data frames, HTML, pictures; and what is said without the packages."""

from __future__ import annotations

import sys

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import dualad as da
from dualad.sensitivity import MissingPackageError, identifiability, propagate, sensitivity

T = np.linspace(0.0, 5.0, 30)
P = {"amplitude": 2.0, "rate": 0.8, "offset": 0.3}


def decay(t, amplitude, rate, offset):
    return amplitude * np.exp(-rate * t) + offset


def over_time(p):
    return np.stack([decay(T, **p), p["offset"] * T], axis=1)


def many(x):
    return np.cumsum(np.sin(np.outer(T, x)), axis=1).sum(axis=1)


DATA = decay(T, **P) + 0.05 * np.sin(9 * T)
RESULTS = {
    "one number": lambda: propagate(lambda p: decay(1.0, **p), P, std=0.1),
    "several": lambda: propagate(lambda p: decay(T[:4], **p), P, std=0.1, order=2),
    "many inputs": lambda: propagate(many, np.linspace(0.1, 1.0, 12), std=0.1),
    "element by element": lambda: propagate(np.exp, np.linspace(0.0, 1.0, 200), std=0.1),
    "negative shares": lambda: propagate(
        lambda a, b: [a - 2 * b, a + b], {"a": 1.0, "b": 2.0}, [[1.0, 0.9], [0.9, 1.0]]
    ),
    "without variance": lambda: propagate(lambda p: [p, 2 * p], 1.0, 0.0),
    "sensitivity": lambda: sensitivity(lambda p: decay(1.0, **p), P, order=2),
    "over time": lambda: sensitivity(over_time, P, times=T, outputs=["c", "d"], std=0.1, order=2),
    "undefined": lambda: sensitivity(lambda a, b: a * b, {"a": 0.0, "b": 1.0}),
    "many parameters": lambda: sensitivity(lambda x: [np.sum(x**2), x[0]], np.arange(40.0)),
    "fit": lambda: identifiability(decay, P, T, DATA),
    "null": lambda: identifiability(lambda t, a, b: a * b * t, {"a": 1.0, "b": 2.0}, T, sigma=1.0),
    "prediction": lambda: identifiability(decay, P, T, DATA).prediction(T),
    "from pcov": lambda: identifiability((np.ones(3), np.diag([1.0, 2.0, 3.0])), dof=5),
}
KINDS = {name: list(make()._plots()) for name, make in RESULTS.items()}


@pytest.mark.parametrize("name", RESULTS)
def test_tables(name):
    result = RESULTS[name]()
    text = repr(result)
    assert all(len(line) <= 130 for line in text.splitlines())
    assert "array(" not in text
    assert "object at" not in text
    html = result._repr_html_()
    assert html.count("<table>") == html.count("</table>") >= 1
    frame = result.to_frame()
    assert len(frame) >= 1
    assert frame.columns.is_unique


def test_markup_is_escaped():
    result = sensitivity(lambda p: p["<b>"] * 2, {"<b>": 1.0})
    assert "&lt;b&gt;" in result._repr_html_()


def overlaps(figure):
    """Pairs of texts of the same kind that cover each other."""
    FigureCanvasAgg(figure).draw()
    found = []
    for ax in figure.axes:
        for labels in (ax.get_xticklabels(), ax.get_yticklabels()):
            # Rotated labels have boxes larger than themselves.
            shown = [t for t in labels if t.get_visible() and t.get_text() and not t.get_rotation()]
            boxes = [t.get_window_extent() for t in shown]
            for a, b, s, t in zip(boxes, boxes[1:], shown, shown[1:], strict=False):
                if a.overlaps(b):
                    found.append((s.get_text(), t.get_text()))
        legend = ax.get_legend()
        if legend is not None:
            names = [ax.title, ax.xaxis.label, ax.yaxis.label]
            box = legend.get_window_extent()
            covered = [t.get_text() for t in names if t.get_window_extent().overlaps(box)]
            found += [(name, "legend") for name in covered if name]
    return found


def outside(figure):
    """Texts that leave the figure."""
    width, height = figure.bbox.width, figure.bbox.height
    texts = [t for ax in figure.axes for t in (ax.title, ax.xaxis.label, ax.yaxis.label)]
    texts += [t for ax in figure.axes if ax.get_legend() for t in ax.get_legend().get_texts()]
    boxes = [(t.get_text(), t.get_window_extent()) for t in texts if t.get_text()]
    return [s for s, b in boxes if b.x0 < -1 or b.y0 < -1 or b.x1 > width + 1 or b.y1 > height + 1]


@pytest.mark.parametrize(("name", "kind"), [(n, k) for n, kinds in KINDS.items() for k in kinds])
def test_pictures(name, kind):
    height = 5 if "many" in name or "element" in name or kind == "heat" else 3
    figure = Figure(figsize=(7, height), layout="constrained")
    ax = figure.subplots()
    options = {"output": 0} if name == "over time" and kind == "tornado" else {}
    assert RESULTS[name]().plot(kind, ax=ax, **options) is ax
    assert overlaps(figure) == []
    assert outside(figure) == []
    assert ax.has_data()
    assert ax.get_xlabel() or ax.get_title() or len(figure.axes) > 1


def test_a_new_figure_by_default():
    with mpl.rc_context({"backend": "agg"}):
        from matplotlib import pyplot as plt

        ax = RESULTS["fit"]().plot()
        assert ax.figure in [plt.figure(n) for n in plt.get_fignums()]
        plt.close(ax.figure)


def test_curves_of_a_prediction():
    figure = Figure()
    ax = RESULTS["prediction"]().plot(ax=figure.subplots(), data=(T, DATA))
    assert len(ax.lines) == 2
    labels = [t.get_text() for t in ax.get_legend().get_texts()]
    assert labels == ["95 % of new measurements", "95 % confidence of the model", "model", "data"]


REFUSED = {
    "ranking": lambda a: sensitivity(lambda a, b: a * b, {"a": a, "b": 2.0}).ranking()[0][1],
    "interactions": lambda a: sensitivity(
        lambda a, b: a * b, {"a": a, "b": 2.0}, order=2
    ).interactions()[0][2],
    "frame": lambda a: sensitivity(lambda a, b: a * b, {"a": a, "b": 2.0}).to_frame()["value"][0],
    "frame of propagate": lambda a: propagate(lambda x: x * a, 2.0, 0.1).to_frame()["std"][0],
    "identifiability": lambda a: identifiability(decay, P, T, sigma=a).std[0],
}


@pytest.mark.parametrize("name", REFUSED)
def test_plain_figures_are_refused_inside_a_derivative(name):
    with pytest.raises(da.NoRuleError, match="instead"):
        da.grad(REFUSED[name])(0.7)


def test_a_prediction_can_be_differentiated():
    fit = RESULTS["fit"]()
    da.check_derivatives(lambda t: fit.prediction(t).high, np.array([0.5, 6.0]), order=1)


def test_without_the_packages(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = RESULTS["one number"]()
    for call, words in ((result.to_frame, "pandas"), (result.plot, r"dualad\[plot\]")):
        with pytest.raises(MissingPackageError, match=words) as raised:
            call()
        assert isinstance(raised.value, ImportError)
        assert isinstance(raised.value, da.DualadError)
