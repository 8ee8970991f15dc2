"""Packages with arrays of their own: jax, autograd, torch.

NumPy's arrays go in and come out, as a NumPy user calls them. All run on one thread.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from . import forms
from .case import Case, Peer, Prepared
from .rebind import Namespace

# Arrays that are constants or indices: NumPy's own, which these packages take.
CONSTANTS = {
    name: getattr(np, name)
    for name in ("zeros", "ones", "full", "eye", "arange", "triu_indices", "tril_indices")
}


def jax(case: Case) -> Prepared:
    """Compiled, in double precision."""
    slopes = "jacfwd" if case.wide else "jacrev"
    verb = {"grad": "grad", "jacobian": slopes, "hessian": "hessian"}[case.kind]
    f = case.written(jax_namespace(), forms.form("jax", case.problem.name))
    derivative, x = jax_compiled(verb, f), case.x
    return Prepared(lambda: np.asarray(derivative(x)))


def jax_namespace() -> Namespace:
    """jax.numpy, on one thread and in double precision."""
    os.environ.setdefault(
        "XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    )
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    def concatenate(parts: Any, axis: int = 0) -> Any:
        return jnp.concatenate([jnp.asarray(part) for part in parts], axis)

    return Namespace(jnp, concatenate=concatenate, **CONSTANTS)


def jax_compiled(verb: str, f: Callable[[Any], Any]) -> Callable[[np.ndarray], Any]:
    """`verb` of jax, compiled."""
    import jax

    made: Callable[[np.ndarray], Any] = jax.jit(getattr(jax, verb)(f))
    return made


def autograd(case: Case) -> Prepared:
    import autograd
    import autograd.numpy as anp

    f = case.written(Namespace(anp, **CONSTANTS), forms.form("autograd", case.problem.name))
    derivative, x = getattr(autograd, case.kind)(f), case.x
    return Prepared(lambda: derivative(x))


def torch(case: Case) -> Prepared:
    import torch

    torch.set_num_threads(1)
    f = case.written(torch_namespace(), forms.form("torch", case.problem.name), torch.from_numpy)
    derivative, x = _torch_derivative(f, case), case.x
    return Prepared(lambda: derivative(torch.from_numpy(x)).numpy())


def _torch_derivative(f: Callable[[Any], Any], case: Case) -> Callable[[Any], Any]:
    import torch

    if case.kind == "grad":

        def gradient(x: Any) -> Any:
            x.requires_grad_()
            return torch.autograd.grad(f(x), x)[0]

        return gradient
    slopes = torch.func.jacfwd if case.wide else torch.func.jacrev
    verb: Callable[..., Any] = {"jacobian": slopes, "hessian": torch.func.hessian}[case.kind]
    made: Callable[[Any], Any] = verb(f)
    return made


def torch_namespace() -> Namespace:
    """torch with NumPy's spellings, where they differ."""
    import torch

    def constant(make: Any) -> Callable[..., Any]:
        def made(*args: Any, dtype: Any = None, **options: Any) -> Any:
            found = make(*args, dtype=dtype, **options)
            return torch.from_numpy(found) if dtype is None else found

        return made

    def tensor(part: Any) -> Any:
        return torch.tensor(part, dtype=torch.float64) if isinstance(part, list) else part

    return Namespace(
        torch,
        **{n: constant(CONSTANTS[n]) for n in ("zeros", "ones", "full", "eye")},
        arange=np.arange,
        triu_indices=np.triu_indices,
        tril_indices=np.tril_indices,
        sqrt=lambda x: math.sqrt(x) if isinstance(x, float) else torch.sqrt(x),
        stack=lambda parts, axis=0: torch.stack(list(parts), dim=axis),
        concatenate=lambda parts, axis=0: torch.cat([tensor(p) for p in parts], dim=axis),
        max=lambda x, axis, keepdims: torch.amax(x, dim=axis, keepdim=keepdims),
        sum=lambda x, axis=None: torch.sum(x) if axis is None else torch.sum(x, dim=axis),
        mean=torch.mean,
        logaddexp=lambda a, b: torch.logaddexp(torch.as_tensor(a, dtype=torch.float64), b),
        cross=lambda a, b: torch.linalg.cross(a, b),
    )


PEERS = (
    Peer("autograd", "autograd", "autograd", autograd),
    Peer("torch", "torch", "torch", torch),
    Peer("jax", "jax", "jax", jax),
)
