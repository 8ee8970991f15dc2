"""A row is added at run time, and found by everything that reads the table: run by `test_bench.py`.

The row of one function is taken away first, so that nothing can know it from elsewhere; its new
row has formulas of its own, by which it is recognised.
"""

from __future__ import annotations

import importlib.util
import math
import sys
from pathlib import Path
from types import SimpleNamespace

import numba
import numpy as np
import sympy

import dualad as da
from dualad._rules import CORE, _elementwise
from dualad._rules._row import Unary

DOCS = Path(__file__).resolve().parent.parent / "docs"
X = np.array([0.125, 1.0, 8.0])

# The line that CONTRIBUTING tells of.
ROW = Unary(
    np.cbrt, lambda x, y: y / (3.0 * x), lambda x, _, d: -2.0 * d / (3.0 * x), at=(1e-6, 8.0)
)


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def take_away():
    _elementwise.ELEMENTWISE = tuple(r for r in _elementwise.ELEMENTWISE if r.fn is not np.cbrt)
    del CORE[np.cbrt]


def add():
    _elementwise.ELEMENTWISE += (ROW,)
    CORE[np.cbrt] = ROW


def f(x):
    return np.cbrt(x)


def total(x):
    return np.sum(np.cbrt(x))


def lifted(x):
    return math.exp(math.log(x)) * 0.0 + np.cbrt(x)


compiled = numba.njit(f)


def close(got, want):
    np.testing.assert_allclose(got, want, rtol=1e-14)


def first(x):
    return np.cbrt(x) / (3.0 * x)


def second(x):
    return -2.0 * np.cbrt(x) / (9.0 * x * x)


def numbers():
    x = da.Dual(X, np.ones((1, 3)))
    close(f(x).tangent[0], first(X))
    ones = np.ones((1, 3))
    close(f(da.HyperDual(X, ones, ones, np.zeros((1, 1, 3)))).e12[0, 0], second(X))


def forward():
    close(da.jacobian(f, mode="forward")(X), np.diag(first(X)))
    close(da.derivative(f)(8.0), first(8.0))


def reverse():
    close(da.grad(total, mode="reverse")(X), first(X))


def hessians():
    for mode in ("forward", "reverse"):
        close(da.hessian(total, mode=mode)(X), np.diag(second(X)))
    close(da.hvp(total)(X, np.ones(3)), second(X))


def lifted_code():
    assert da.explain(lifted, 8.0).reasons[-1].startswith("lifted runs lifted")
    close(da.derivative(lifted)(8.0), first(8.0))


def compiled_code():
    close(da.derivative(compiled)(8.0), first(8.0))
    close(da.derivative(compiled, order=2)(8.0), second(8.0))


def called_from_python():
    close(
        da.grad(lambda x: np.sum(compiled(x[0]) * x))(X),
        first(X[0]) * X.sum() * np.eye(3)[0] + f(X[0]),
    )


def every_mode_and_differences():
    assert da.check_derivatives(total, X).orders[1].unverified == 0


def documentation():
    line = "| `np.cbrt` | `y / (3.0 * x)` | `-2.0 * d / (3.0 * x)` |  |"
    assert line in load(DOCS / "generate.py").page().splitlines()


def symbols():
    (expression,) = [da.trace(f, 8.0).to_sympy()]
    assert expression == sympy.cbrt(sympy.Symbol("x"))
    assert sympy.latex(expression) == r"\sqrt[3]{x}"


def drawing():
    graph = da.trace(f, 8.0).backward()
    assert "v1 = cbrt(x)" in graph.to_svg()
    assert "v1 = cbrt(x)" in graph.to_dot()
    close(graph.nodes[0].adjoint, first(8.0))


def kernels():
    from dualad._compiled import _partials  # reads the table when it is imported

    assert ROW in _partials.UNARY  # its formula rounds alike everywhere, and is compiled itself
    assert ROW in _partials.SECOND_UNARY


def tests():
    # Their kernels take half a minute to compile for a table that only this process has.
    sys.modules["dualad._compiled._kernels"] = SimpleNamespace(KERNELS={})
    assert ROW in load(Path(__file__).with_name("test_kernels_rows.py")).ROWS


PLACES = (
    *(numbers, forward, reverse, hessians, lifted_code, compiled_code, called_from_python),
    *(every_mode_and_differences, kernels, documentation, symbols, drawing, tests),
)


def main():
    take_away()
    try:
        f(da.Dual(X, np.ones((1, 3))))
    except da.NoRuleError as error:
        print("without the row:", str(error).splitlines()[0])
    else:
        sys.exit("the function has a rule without its row")
    add()
    for place in PLACES:
        place()
        print("found:", place.__name__)


if __name__ == "__main__":
    main()
