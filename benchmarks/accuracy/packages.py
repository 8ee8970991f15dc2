"""Elementwise derivatives by dualad and by the other packages, where they are installed."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NamedTuple

import numpy as np

import dualad as da

Columns = list[np.ndarray]
Orders = tuple[int, ...]
ORDERS: dict[str, Orders] = {
    "d1": (1,),
    "d2": (2,),
    "dx": (1, 0),
    "dy": (0, 1),
    "dxx": (2, 0),
    "dxy": (1, 1),
    "dyy": (0, 2),
}


class Package(NamedTuple):
    """A package: its `numpy` and `scipy.special`, and how it differentiates elementwise.

    `differentiate` takes a function, its arguments as arrays, and the order in each argument.
    """

    name: str
    numpy: Any
    special: Any
    differentiate: Callable[[Callable[..., Any], Columns, Orders], Any]


def _nested(once: Callable[[Callable[..., Any], int], Callable[..., Any]]) -> Any:
    """Derivatives of every order, from one that makes the first derivative in an argument."""

    def differentiate(f: Callable[..., Any], columns: Columns, orders: Orders) -> Any:
        for i, order in enumerate(orders):
            for _ in range(order):
                f = once(f, i)
        return f(*columns)

    return differentiate


def _dualad() -> Package:
    import scipy.special

    return Package("dualad", np, scipy.special, _nested(da.derivative))


def _jax() -> Package:
    import jax

    jax.config.update("jax_enable_x64", True)

    def once(f: Callable[..., Any], i: int) -> Callable[..., Any]:
        # Elementwise: the gradient of the sum has all derivatives.
        gradient: Callable[..., Any] = jax.grad(lambda *x: jax.numpy.sum(f(*x)), argnums=i)
        return gradient

    differentiate = _nested(once)

    def of_arrays(f: Callable[..., Any], columns: Columns, orders: Orders) -> Any:
        return differentiate(f, [jax.numpy.asarray(x) for x in columns], orders)

    import jax.scipy.special

    return Package("jax", jax.numpy, jax.scipy.special, of_arrays)


def _autograd() -> Package:
    autograd = importlib.import_module("autograd")
    return Package(
        "autograd",
        importlib.import_module("autograd.numpy"),
        importlib.import_module("autograd.scipy.special"),
        _nested(autograd.elementwise_grad),
    )


def _torch() -> Package:
    torch: Any = importlib.import_module("torch")

    def differentiate(f: Callable[..., Any], columns: Columns, orders: Orders) -> Any:
        x = [torch.tensor(c, requires_grad=c.dtype.kind == "f") for c in columns]
        y = f(*x)
        for i, order in enumerate(orders):
            for _ in range(order):
                if not y.requires_grad:  # constant by now
                    return np.zeros(columns[0].shape)
                (y,) = torch.autograd.grad(
                    y.sum(), x[i], create_graph=True, allow_unused=True, materialize_grads=True
                )
        return y.numpy(force=True)

    return Package("torch", torch, torch.special, differentiate)


_MAKERS = {"dualad": _dualad, "jax": _jax, "autograd": _autograd, "torch": _torch}


def installed(names: list[str]) -> dict[str, Package]:
    """Those of the packages that are there."""
    found = {}
    for name in names:
        if name == "dualad" or importlib.util.find_spec(name) is not None:
            found[name] = _MAKERS[name]()
    return found


def versions(names: list[str]) -> dict[str, str]:
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def by_orders(package: Package, fn: Any, columns: Columns, orders: Orders) -> np.ndarray | None:
    """One derivative of a function, or None where the package has none."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = np.asarray(package.differentiate(fn, columns, orders))
        # What a package says of a function that it does not differentiate differs widely.
        except Exception:
            if package.name == "dualad":
                raise
            return None
    return np.broadcast_to(found, columns[0].shape)
