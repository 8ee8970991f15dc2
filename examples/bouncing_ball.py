"""A bouncing ball: derivatives through events, whose times depend on the parameters, too.

The ball falls from a height, and keeps the share e of its speed at every bounce. Each flight ends
with an event of `scipy.integrate.solve_ivp`; the time of the hit and the state after it are
differentiated with everything else. Where is the ball after three seconds, and how does that depend
on height and e? Between bounces there are formulas, so that every digit can be checked.

Run it with `python examples/bouncing_ball.py`, or with the name of a picture to draw.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp

import dualad as da

GRAVITY, END = 9.81, 3.0


def fall(_t, y):
    return np.stack([y[1], 0.0 * y[1] - GRAVITY])


def ground(_t, y):
    return y[0]


ground.terminal = True
ground.direction = -1


def height_at_the_end(p, path=None):
    """The height after END seconds; `path` gets the flights."""
    height, e = p
    t, state = 0.0, np.stack([height, 0.0 * height])
    while True:
        flight = solve_ivp(
            fall, (t, END), state, events=ground, dense_output=path is not None, rtol=1e-10
        )
        if path is not None:
            path.append(flight.sol)
        if flight.status == 0:  # no more bounces
            return flight.y[0, -1]
        t, (_, speed) = flight.t_events[0][0], flight.y_events[0][0]
        state = np.stack([0.0 * speed, -e * speed])


def by_formula(p):
    """The same from the parabolas of the flights."""
    height, e = p
    hit = np.sqrt(2 * height / GRAVITY)
    speed = e * np.sqrt(2 * GRAVITY * height)
    while hit + 2 * speed / GRAVITY < END:
        hit, speed = hit + 2 * speed / GRAVITY, e * speed
    s = END - hit
    return speed * s - 0.5 * GRAVITY * s**2


p = np.array([1.5, 0.8])  # the height in metres, and e
value, gradient = da.value_and_grad(height_at_the_end)(p)
second = da.hessian(height_at_the_end)(p)

print(f"from {p[0]} m with e = {p[1]}: after {END} s at {value:.6f} m")
print(f"  in the height  {gradient[0]:+.6f} m/m   by formula {da.grad(by_formula)(p)[0]:+.6f}")
print(f"  in e           {gradient[1]:+.6f} m     by formula {da.grad(by_formula)(p)[1]:+.6f}")
print(f"  second derivatives\n{np.array2string(second, precision=4, prefix='  ')}")

assert abs(value - by_formula(p)) < 1e-8
assert np.allclose(gradient, da.grad(by_formula)(p), rtol=1e-7)
assert np.allclose(da.grad(height_at_the_end, mode="reverse")(p), gradient, rtol=1e-7)
assert np.allclose(second, da.hessian(by_formula)(p), rtol=1e-6)


def draw(path: str) -> None:
    """The flights, and those from 5 cm higher, as the derivative foretells them at the end."""
    from matplotlib.figure import Figure  # optional, and no window system is asked for

    figure = Figure(figsize=(6, 3.6), layout="constrained")
    axes = figure.subplots()
    step = 0.05
    for start, color in ((p, "#444466"), (np.array([p[0] + step, p[1]]), "#c2453c")):
        flights: list[Any] = []
        height_at_the_end(start, flights)
        t = np.concatenate([np.linspace(f.t_min, f.t_max, 60) for f in flights])
        y = np.concatenate([f(np.linspace(f.t_min, f.t_max, 60))[0] for f in flights])
        axes.plot(t, y, color=color, label=f"from {start[0]:.2f} m")
    axes.plot(END, value + step * gradient[0], "x", color="#c2453c", label="foretold")
    axes.set(xlabel="t [s]", ylabel="height [m]", ylim=(0, None))
    axes.legend()
    figure.savefig(path)


if __name__ == "__main__" and len(sys.argv) > 1:
    draw(sys.argv[1])
