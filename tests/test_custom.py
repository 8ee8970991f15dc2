"""Rules of the user's own: `custom_jvp`, `custom_vjp`."""

from __future__ import annotations

import functools
import math
import pickle

import numpy as np
import pytest

import dualad as da

MODES = ("forward", "reverse")
X, Y = np.array([0.4, -0.3, 1.0]), 2.5


def flat(t):
    return np.concatenate([flat(i) for i in t]) if isinstance(t, (tuple, list)) else np.ravel(t)


# --- one function under every kind of rule -------------------------------------------------------


def plain(x, y):
    return np.sin(x) * y**2


def tangent(cos, primals, tangents):
    (x, y), (tx, ty) = primals, tangents
    return plain(x, y), cos(x) * y**2 * tx + 2.0 * np.sin(x) * y * ty


def forward(x, y):
    return plain(x, y), (x, y)


def backward(cos, residuals, ct):
    x, y = residuals
    return ct * cos(x) * y**2, np.sum(2.0 * ct * np.sin(x) * y)


def foreign(x):
    """A cosine that differentiated numbers cannot enter."""
    return np.array([math.cos(v) for v in np.asarray(x, dtype=float)])


def sealed(x):
    """x as foreign code would return it: neither recorded nor differentiated."""
    return np.frombuffer(np.asarray(x, dtype=float).tobytes())


def tangent_of_foreign_code(primals, tangents):
    (x, y), (tx, ty) = primals, tangents
    return plain(x, y), np.cos(x) * y**2 * sealed(tx) + 2.0 * np.sin(x) * y * float(ty)


def backward_of_foreign_code(residuals, ct):
    return backward(np.cos, residuals, sealed(ct))


def with_jvp(rule):
    f = da.custom_jvp(lambda x, y: plain(x, y))
    f.defjvp(rule)
    return f


def with_vjp(bwd):
    f = da.custom_vjp(lambda x, y: plain(x, y))
    f.defvjp(forward, bwd)
    return f


RULES = {
    "jvp": with_jvp(functools.partial(tangent, np.cos)),
    "vjp": with_vjp(functools.partial(backward, np.cos)),
}
BLACK_BOXES = {
    "jvp, foreign primal": with_jvp(functools.partial(tangent, foreign)),
    "vjp, foreign primal": with_vjp(functools.partial(backward, foreign)),
    "jvp, foreign tangent": with_jvp(tangent_of_foreign_code),
    "vjp, foreign cotangent": with_vjp(backward_of_foreign_code),
}


@pytest.mark.parametrize("argnums", [0, 1, (0, 1)])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("rule", [*RULES, *BLACK_BOXES])
def test_a_rule_for_one_mode_serves_the_other(rule, mode, argnums):
    f = {**RULES, **BLACK_BOXES}[rule]
    assert np.array_equal(f(X, Y), plain(X, Y))
    found = flat(da.jacobian(f, argnums, mode=mode)(X, Y))
    assert np.allclose(found, flat(da.jacobian(plain, argnums)(X, Y)), rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("argnums", [0, 1, (0, 1)])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("rule", RULES)
def test_second_derivatives_differentiate_the_rule(rule, mode, argnums):
    found = flat(da.hessian(RULES[rule], argnums, mode=mode)(X, Y))
    assert np.allclose(found, flat(da.hessian(plain, argnums)(X, Y)), rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("rule", RULES)
def test_every_other_way_of_differentiating(rule):
    f = RULES[rule]
    direction, ct = np.array([1.0, 2.0, -1.0]), np.array([0.5, 1.0, 2.0])
    value, t = da.jvp(f, (X, Y), (direction, 0.5))
    expected, t_expected = da.jvp(plain, (X, Y), (direction, 0.5))
    assert np.array_equal(value, expected)
    assert np.allclose(t, t_expected, rtol=1e-14)
    assert np.allclose(flat(da.vjp(f, X, Y)[1](ct)), flat(da.vjp(plain, X, Y)[1](ct)), rtol=1e-14)

    def total(g):
        return lambda x: np.sum(g(x * x, x[0]) ** 2)

    assert np.allclose(da.hvp(total(f))(X, ct), da.hvp(total(plain))(X, ct), rtol=1e-13)
    operator = da.jacobian_operator(lambda x: f(x, Y), X)
    assert np.allclose(operator @ np.eye(3), da.jacobian(plain)(X, Y), rtol=1e-14)
    assert np.allclose(operator.H @ np.eye(3), da.jacobian(plain)(X, Y).T, rtol=1e-14)
    dual = f(da.Dual(X, np.eye(3)), Y)
    assert np.allclose(dual.tangent.T, da.jacobian(plain)(X, Y), rtol=1e-14)

    def nested(g):
        return da.derivative(lambda s: da.derivative(lambda u: g(u * u, s))(s))(1.3)

    assert np.isclose(nested(f), nested(plain), rtol=1e-13)
    third = da.jacobian(da.hessian(lambda x: np.sum(f(x, Y))))(X)
    assert np.allclose(third, da.jacobian(da.hessian(lambda x: np.sum(plain(x, Y))))(X), rtol=1e-12)


@pytest.mark.parametrize("rule", RULES)
def test_in_a_graph(rule):
    f = RULES[rule]
    graph = da.trace(lambda x: np.sum(f(x, Y) ** 2), X)
    again = graph.replay(X + 1.0)
    assert again == np.sum(plain(X + 1.0, Y) ** 2)
    graph.backward()  # a replay leaves the recording as it was
    expected = da.grad(lambda x: np.sum(plain(x, Y) ** 2))(X)
    assert np.allclose(graph.inputs[0].adjoint, expected, rtol=1e-14)


@pytest.mark.parametrize("kind", [da.custom_jvp, da.custom_vjp])
def test_a_missing_rule_is_named(kind):
    @kind
    def lonely(x):
        return np.sin(x)

    assert lonely(0.5) == np.sin(0.5)
    with pytest.raises(da.NoRuleError, match=r"lonely is a custom_(jvp|vjp) without a rule"):
        da.grad(lonely)(0.5)


# --- what rules may look like --------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_containers_constants_and_keywords(mode):
    @da.custom_jvp
    def f(state, scale=2.0, *, unused=None):
        return state

    @da.custom_jvp
    def step(state, dt, kind="euler", count=3):
        return {"x": state["x"] + dt * state["v"], "v": state["v"] * 1.0, "count": count}

    @step.defjvp
    def step_jvp(primals, tangents):
        state, dt, kind, count = primals
        t, tdt, tkind, tcount = tangents
        assert (kind, count, tkind, tcount) == ("euler", 3, None, 0.0)
        moved = {"x": t["x"] + dt * t["v"] + tdt * state["v"], "v": t["v"], "count": None}
        return step(*primals), moved

    def energy(x):
        out = step(state={"x": x, "v": np.cos(x)}, dt=x[0])
        assert out["count"] == 3
        return np.sum(out["x"] ** 2 + out["v"] ** 3)

    expected = da.grad(lambda x: np.sum((x + x[0] * np.cos(x)) ** 2 + np.cos(x) ** 3))(X)
    assert np.allclose(da.grad(energy, mode=mode)(X), expected, rtol=1e-14)
    f.defjvp(lambda p, t: (p[0], t[0]))
    with pytest.raises(da.InputTypeError, match="keyword-only"):
        da.grad(lambda x: np.sum(f(x, unused=1)))(X)
    assert da.grad(lambda x: np.sum(f(x)), mode=mode)(X).tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("mode", MODES)
def test_several_answers_of_which_some_are_unused(mode):
    def both(x):
        return np.sin(x), x**2, 7

    f = da.custom_jvp(both)
    f.defjvp(lambda p, t: (both(*p), (np.cos(p[0]) * t[0], 2.0 * p[0] * t[0], None)))
    g = da.custom_vjp(both)
    g.defvjp(lambda x: (both(x), x), lambda x, ct: (np.cos(x) * ct[0] + 2.0 * x * ct[1],))
    for h in (f, g):
        for pick in (lambda a, b, c: a * b, lambda a, b, c: a * c, lambda a, b, c: b**2):
            found = da.jacobian(lambda x, h=h, pick=pick: pick(*h(x)), mode=mode)(X)
            expected = da.jacobian(lambda x, pick=pick: pick(*both(x)))(X)
            assert np.allclose(found, expected, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("mode", MODES)
def test_arguments_that_are_never_differentiated(mode):
    apply = da.custom_jvp(lambda g, x, n: g(x) * n, nondiff_argnums=(0, 2))
    apply.defjvp(lambda g, n, p, t: (g(p[0]) * n, np.cos(p[0]) * n * t[0]))
    assert np.allclose(
        da.jacobian(lambda x: apply(np.sin, x, 3), mode=mode)(X).diagonal(), 3 * np.cos(X)
    )
    pulled = da.custom_vjp(lambda g, x: g(x), nondiff_argnums=0)
    pulled.defvjp(lambda g, x: (g(x), x), lambda g, x, ct: (np.cos(x) * ct,))
    assert np.allclose(da.jacobian(lambda x: pulled(np.sin, x), mode=mode)(X).diagonal(), np.cos(X))
    with pytest.raises(da.InputTypeError, match="nondiff_argnums"):
        da.grad(lambda x: np.sum(apply(np.sin, X, x[0])))(X)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (lambda p, t: t[0], "pair"),
        (lambda p, t: (p[0], t[0][:1]), "shape"),
        (lambda p, t: (p[0], t[0] + 1.0), "not linear"),
    ],
)
def test_wrong_rules_are_named(rule, text):
    f = da.custom_jvp(lambda x: np.sin(x))
    f.defjvp(rule)
    with pytest.raises(da.InputError, match=text):
        da.jacobian(f, mode="reverse")(X)


def test_a_zero_rule():
    f = da.custom_jvp(lambda x: np.round(x))
    f.defjvp(lambda p, t: (np.round(p[0]), None))
    g = da.custom_vjp(lambda x: np.round(x))
    g.defvjp(lambda x: (np.round(x), None), lambda _, ct: (None,))
    for mode in MODES:
        assert not da.jacobian(f, mode=mode)(X).any()
        assert not da.jacobian(g, mode=mode)(X).any()


def test_float32_and_python_floats_keep_their_kind():
    f = RULES["jvp"]
    x = X.astype(np.float32)
    assert da.jacobian(lambda x: f(x, np.float32(2.0)))(x).dtype == np.float32
    scalar = da.custom_jvp(lambda x: math.sin(x))
    scalar.defjvp(lambda p, t: (None, math.cos(p[0]) * t[0]))
    for mode in MODES:
        assert da.grad(scalar, mode=mode)(0.5) == math.cos(0.5)


def test_complex_arguments():
    f = da.custom_jvp(lambda z: z * z)
    f.defjvp(lambda p, t: (p[0] * p[0], 2.0 * p[0] * t[0]))
    g = da.custom_vjp(lambda z: z * z)
    g.defvjp(lambda z: (z * z, z), lambda z, ct: (2.0 * np.conj(z) * ct,))
    z = np.array([1.0 + 2.0j, -0.5j])
    for h in (f, g):
        loss = da.grad(lambda z, h=h: np.sum(np.abs(h(z)) ** 2))(z)
        assert np.allclose(loss, 4.0 * np.abs(z) ** 2 * z)
        for mode in MODES:
            found = da.jacobian(h, holomorphic=True, mode=mode)(z)
            assert np.allclose(found, np.diag(2.0 * z))
            found = da.jacobian(lambda x, h=h: h(x * 1j + 1.0), mode=mode)(X)
            assert np.allclose(found, np.diag(2.0j * (X * 1j + 1.0)))


def test_f_runs_once_and_rules_see_plain_values():
    calls = []

    @da.custom_vjp
    def simulate(x):
        calls.append("f")
        return np.sin(x)

    def fwd(x):
        assert type(x) is np.ndarray
        calls.append("fwd")
        return np.sin(x), np.cos(x)

    simulate.defvjp(fwd, lambda cos, ct: (calls.append("bwd"), (ct * cos,))[1])
    da.grad(lambda x: np.sum(simulate(x) ** 2), mode="reverse")(X)
    assert calls == ["fwd", "bwd"]


# --- methods, pickling ---------------------------------------------------------------------------


class Model:
    def __init__(self, k):
        self.k = k

    @da.custom_jvp
    def force(self, x):
        return -self.k * x**3


def force_jvp(primals, tangents):
    (model, x), (_, t) = primals, tangents
    return model.force(x), -3.0 * model.k * x**2 * t


Model.force.defjvp(force_jvp)


@da.custom_jvp
def tent(x):
    return np.abs(x)


@tent.defjvp
def tent_jvp(primals, tangents):
    return tent(*primals), np.sign(primals[0]) * tangents[0]


def test_methods():
    model = Model(2.0)
    assert model.force(2.0) == -16.0
    for mode in MODES:
        assert np.allclose(da.jacobian(model.force, mode=mode)(X).diagonal(), -6.0 * X**2)


def test_pickling():
    assert pickle.loads(pickle.dumps(tent)) is tent
    assert repr(tent) == "<custom_jvp of tent>"
    gradient = pickle.loads(pickle.dumps(da.grad(tent)))
    assert gradient(-2.0) == -1.0
