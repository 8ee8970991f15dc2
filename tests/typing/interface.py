"""The public interface as users of strict type checkers see it: every public name is used.

`mypy --strict` and `pyright` (strict) read this file beside the installed package, and a test runs
it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

import dualad as da
from dualad import sensitivity
from dualad.scipy import least_squares, minimize, pair

Vector = NDArray[np.float64]


def residuals(x: Vector) -> Vector:
    return np.sin(x) - 0.5


def total(x: Vector) -> Any:
    return np.sum(residuals(x) ** 2)


def scaled(x: float, k: float = 2.0) -> float:
    return x * k


def verbs(x: Vector) -> None:
    J: Vector = da.jacobian(residuals, mode="forward", chunk_size=2)(x)
    g: Vector = da.grad(total)(x)
    H: Vector = da.hessian(total, argnums=0)(x)
    slope: float = da.derivative(scaled, 0, order=1)(2.0)
    value, gradient = da.value_and_grad(total)(x)
    values, jacobian = da.value_and_jacobian(residuals)(x)
    out, tangent = da.jvp(residuals, (x,), (x,))
    output, pullback = da.vjp(residuals, x)
    (cotangent,) = pullback(output)
    product: Vector = da.hvp(total)(x, x)
    operator = da.jacobian_operator(residuals, x)
    shapes = [np.shape(a) for a in (J, H, g, gradient, jacobian, tangent, cotangent, product)]
    print(slope, value, values, out, operator.shape, shapes)


def numbers() -> None:
    x = da.Dual(2.0, [1.0])
    y: da.HyperDual = da.HyperDual(2.0, [1.0], [1.0], [[0.0]])
    sine: Any = np.sin(y)  # of which NumPy's stubs say to mypy that it is an array
    print((x * x + 1.0).tangent, sine.e12, da.primal(x), abs(x) < 3.0)


def shown(x: Vector) -> None:
    graph: da.Graph = da.trace(total, x).forward(x).backward()
    names: list[str] = [node.label for node in graph.nodes]
    svg: str = graph.to_svg(partials=True, limit=20)
    told = da.explain(residuals, x, argnums=0)
    mode: str = told.mode
    cost: float = told.cost.forward
    report = da.check_derivatives(total, x, order=2)
    print(names, len(svg), mode, cost > 0, report.orders[0].worst)


@da.custom_jvp
def own(x: float) -> float:
    return x * x


@own.defjvp
def _(primals: tuple[float], tangents: tuple[float]) -> tuple[float, float]:
    return primals[0] ** 2, 2 * primals[0] * tangents[0]


@da.custom_vjp
def reverse(x: float) -> float:
    return x * x


def forth(x: float) -> tuple[float, float]:
    return x * x, x


def back(x: float, cotangent: float) -> tuple[float]:
    return (2 * x * cotangent,)


reverse.defvjp(forth, back)
cube: Callable[..., Any] = da.elementwise(lambda x: x**3, lambda x: 3 * x**2)


black_box: Callable[..., Any] = da.finite_difference(scaled, method="3-point")


def rules() -> None:
    for f in (own, reverse, cube, black_box):
        print(f, da.derivative(f)(1.5))


def scipy_functions(x: Vector) -> None:
    fit = least_squares(residuals, x, mode="forward")
    best = minimize(total, x, method="BFGS")
    fun, jac = pair(residuals)
    print(fit.derivatives, best.x, fun(x), jac(x))


def sensitivities() -> None:
    def model(p: dict[str, float]) -> float:
        return p["a"] * p["b"]

    p = {"a": 1.0, "b": 2.0}
    local: sensitivity.Sensitivities = sensitivity.sensitivity(model, p)
    spread: sensitivity.Propagated = sensitivity.propagate(model, p, std=0.1)
    study: sensitivity.GlobalSensitivities = sensitivity.dgsm(
        scaled, {"x": (0, 1), "k": (0, 1)}, 8, seed=1, progress=False
    )
    print(local.ranking(), spread.std, study)


def settings() -> None:
    da.config.progress = lambda done, total: print(done, total)
    da.config.progress = False
    da.config.tape_memory = 2**30
    da.config.tape_memory = None
    mode: str = da.config.kernels
    warm: Callable[..., None] = da.warmup
    print(mode, warm)


ERRORS: tuple[type[da.DualadError], ...] = (
    *(da.DerivativeCheckError, da.EscapeError, da.InputError, da.InputTypeError, da.LevelError),
    *(da.NoRuleError, da.NonScalarOutputError, da.NotElementwiseError, da.NotYetError),
    *(da.OutputError, da.WorkerError),
)


def errors(x: Vector) -> None:
    try:
        da.grad(residuals)(x)
    except da.NonScalarOutputError as error:
        print(error.met, error.instead, error.where)
    warning: type[Warning] = da.DerivativeWarning
    print(warning, ERRORS)


def main() -> None:
    x = np.array([0.5, 1.0])
    verbs(x)
    numbers()
    shown(x)
    rules()
    scipy_functions(x)
    sensitivities()
    settings()
    errors(x)


if __name__ == "__main__":
    main()
