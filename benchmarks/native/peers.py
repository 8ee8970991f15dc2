"""The same functions in jax, as its users write them; empty where jax is not installed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np


def derivatives() -> dict[str, Callable[[np.ndarray], Any]]:  # noqa: C901  # a list of functions
    """Compiled derivatives by the name of the function; RK4 forward and in reverse."""
    try:
        import jax
        import jax.numpy as jnp
    except ImportError:
        return {}
    jax.config.update("jax_enable_x64", True)

    def rosenbrock(x):
        return jnp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)

    def ackley(x):
        s, c = jnp.mean(x * x), jnp.mean(jnp.cos(2.0 * jnp.pi * x))
        return -20.0 * jnp.exp(-0.2 * jnp.sqrt(s)) - jnp.exp(c) + 20.0 + jnp.e

    def lotka_volterra(p):
        a, b, c, d = p
        h = 0.01

        def slope(s):
            return jnp.stack([a * s[0] - b * s[0] * s[1], c * s[0] * s[1] - d * s[1]])

        def step(s, _):
            k1 = slope(s)
            k2 = slope(s + 0.5 * h * k1)
            k3 = slope(s + 0.5 * h * k2)
            k4 = slope(s + h * k3)
            return s + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4), None

        return jnp.sum(jax.lax.scan(step, jnp.ones(2), None, length=1000)[0])

    def n_body(x):
        r = x.reshape(-1, 3)
        i, j = np.tril_indices(len(r), -1)
        d = r[i] - r[j]
        return -jnp.sum(1.0 / jnp.sqrt(jnp.sum(d * d, axis=1) + 1e-3))

    def brusselator(u):
        a, b = u.reshape(2, 8, 8)
        alpha = 0.01 * 7**2

        def laplacian(w):
            around = sum(jnp.roll(w, s, axis) for s in (1, -1) for axis in (0, 1))
            return around - 4.0 * w

        first = 1.0 + a * a * b - 4.4 * a + alpha * laplacian(a)
        second = 3.4 * a - a * a * b + alpha * laplacian(b)
        return jnp.concatenate([first.ravel(), second.ravel()])

    def cubic_equation(x):
        a, b = x[0] * x[3] / x[1], x[2] * x[3]

        def going(state):
            return (jnp.abs(state[1]) >= 1e-13) & (state[2] < 50)

        def body(state):
            z, _, count = state
            f = z**3 - (1.0 - b) * z**2 + (a - 3.0 * b * b - 2.0 * b) * z - (a * b - b * b)
            g = 3.0 * z**2 - 2.0 * (1.0 - b) * z + a - 3.0 * b * b - 2.0 * b
            return z - f / g, f / g, count + 1

        one = 1.0 + 0.0 * a
        return jax.lax.while_loop(going, body, (one, one, 0))[0] * x[4]

    found = {f.__name__: jax.value_and_grad(f) for f in (rosenbrock, ackley, n_body)}
    found["lotka_volterra"] = jax.jacfwd(lotka_volterra)
    found["lotka_volterra reverse"] = jax.value_and_grad(lotka_volterra)
    found["brusselator"] = jax.jacfwd(brusselator)
    found["cubic_equation"] = jax.jacfwd(cubic_equation)
    found["rosenbrock_hessian"] = jax.hessian(rosenbrock)
    compiled = {name: jax.jit(g) for name, g in found.items()}

    def waited(g: Any) -> Callable[[np.ndarray], Any]:
        return lambda x: jax.block_until_ready(g(x))

    return {name: waited(g) for name, g in compiled.items()}


def version() -> str:
    """jax's version, or that there is none."""
    with contextlib.suppress(ImportError):
        import jax

        return f"jax {jax.__version__}"
    return "no jax"
