"""Loops for jax: in Python they would be unrolled, and compiled for minutes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.peers.rebind import rebound
from benchmarks.problems.adbench import lstm as plain


def lotka_volterra() -> Callable[..., Any]:
    import jax
    import jax.numpy as jnp

    def f(p: Any, steps: int = 1000) -> Any:
        a, b, c, d = p
        h = 10.0 / steps

        def slope(s: Any) -> Any:
            return jnp.stack([a * s[0] - b * s[0] * s[1], c * s[0] * s[1] - d * s[1]])

        def step(s: Any, _: Any) -> tuple[Any, None]:
            k1 = slope(s)
            k2 = slope(s + 0.5 * h * k1)
            k3 = slope(s + 0.5 * h * k2)
            k4 = slope(s + h * k3)
            return s + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4), None

        return jnp.sum(jax.lax.scan(step, jnp.ones(2), None, length=steps)[0])

    return f


def cubic_equation() -> Callable[..., Any]:
    import jax
    import jax.numpy as jnp

    def f(x: Any) -> Any:
        a, b = x[0] * x[3] / x[1], x[2] * x[3]

        def going(state: Any) -> Any:
            return (jnp.abs(state[1]) >= 1e-13) & (state[2] < 50)

        def body(state: Any) -> Any:
            z, _, count = state
            f = z**3 - (1.0 - b) * z**2 + (a - 3.0 * b * b - 2.0 * b) * z - (a * b - b * b)
            g = 3.0 * z**2 - 2.0 * (1.0 - b) * z + a - 3.0 * b * b - 2.0 * b
            return z - f / g, f / g, count + 1

        one = 1.0 + 0.0 * a
        return jax.lax.while_loop(going, body, (one, one, 0))[0] * x[4]

    return f


def lstm() -> Callable[..., Any]:
    import jax
    import jax.numpy as jnp

    layer = rebound(plain.layer, jnp)

    def f(main: Any, extra: Any, state: Any, sequence: Any) -> Any:
        layers, b = state.shape[0] // 2, state.shape[1]
        gates = main.reshape(layers, 2, 4, b)

        def step(memory: Any, pair: Any) -> tuple[Any, Any]:
            x, after = pair[0] * extra[0], []
            for i in range(layers):
                after.append(layer(gates[i, 0], gates[i, 1], *memory[i], x))
                x = after[i][0]
            y = x * extra[1] + extra[2]
            return tuple(after), jnp.sum(pair[1] * (y - jnp.log(2.0 + jnp.sum(jnp.exp(y)))))

        begin = tuple((jnp.asarray(state[2 * i]), state[2 * i + 1]) for i in range(layers))
        losses = jax.lax.scan(step, begin, (sequence[:-1], sequence[1:]))[1]
        return -jnp.sum(losses) / ((sequence.shape[0] - 1) * b)

    return f


FORMS = {
    ("jax", "Lotka-Volterra"): lotka_volterra,
    ("jax", "cubic equation"): cubic_equation,
    ("jax", "LSTM"): lstm,
}
