"""Compiled kernels of eager numbers: the same bits as NumPy's expressions, and their arrival."""

from __future__ import annotations

import copy
import itertools
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

import dualad as da
from dualad import _sources, _warm
from dualad._compiled import _partials
from dualad._compiled._kernels import KERNELS
from dualad._numbers import _kernels
from tests.every import every

LANES = 5


@pytest.fixture(autouse=True)
def expressions_before_and_after():
    _kernels.install({})
    yield
    _kernels.install({})


# Functions of two numbers.
OPERATIONS = {
    "product": lambda x, y: x * y,
    "square": lambda x, y: x * x,
    "power": lambda x, y: x**3 * y,
    "quotient": lambda x, y: x / y,
    "hypot": np.hypot,
    "arctan2": np.arctan2,
    "general power": lambda x, y: np.abs(x) ** y,
    "logaddexp": np.logaddexp,
    "sum": lambda x, y: x + y,
    "difference": lambda x, y: x - y,
    "tanh": lambda x, y: np.tanh(x) * y,
    "exp": lambda x, y: np.exp(x) / y,
    "sqrt": lambda x, y: np.sqrt(x * x + y * y),
    "sin": lambda x, y: np.sin(x) - y,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "copysign": np.copysign,
    "heaviside": np.heaviside,
    "fmod": np.fmod,
    "remainder": np.remainder,
    "views": lambda x, y: x[..., 1:] * y[..., :-1],
    "reversed": lambda x, y: x[..., ::-1] * y,
    "steps": lambda x, y: x[..., ::2] / y[..., ::2],
    "transposed": lambda x, y: x.T * y.T,
    "rows": lambda x, y: x[..., :1] * y,
    "scalar and array": lambda x, y: x[(0,) * x.ndim] * y if x.size else y,
    "array and scalar": lambda x, y: x / y[(0,) * y.ndim] if y.size else x,
    "scalar": lambda x, y: 2.0 * np.ones(x.shape) / y[(0,) * y.ndim] if y.size else x,
    "shift": lambda x, y: x - y[(-1,) * y.ndim] if y.size else x,
    "reflected shift": lambda x, y: y[(-1,) * y.ndim] - x if y.size else x,
    "constant and scalar": lambda x, y: np.linspace(-1, 1, 9) * y[(-1,) * y.ndim] if y.size else x,
    "itself": lambda x, y: (lambda z: z * z / z)(x + y),
}
SHAPES = [(7,), (1,), (0,), (3, 4), (2, 3, 4), (300,), (LANES,), (LANES, LANES)]


def _values(shape, seed=0):
    rng = np.random.default_rng([seed, len(shape), *shape])
    return rng.normal(size=shape), rng.uniform(0.5, 2.0, size=shape)


def _dual(x, seed):
    rng = np.random.default_rng([seed, 1])
    return da.Dual(x, rng.normal(size=(LANES, *x.shape)))


def _hyper(x, seed):
    rng = np.random.default_rng([seed, 2])
    e = rng.normal(size=(LANES, *x.shape))
    second = rng.normal(size=(LANES, LANES, *x.shape))
    return da.HyperDual(x, e, e, second + second.swapaxes(0, 1))


def _hyper_of_two(x, seed):
    rng = np.random.default_rng([seed, 3])
    e1, e2 = rng.normal(size=(LANES, *x.shape)), rng.normal(size=(3, *x.shape))
    return da.HyperDual(x, e1, e2, rng.normal(size=(LANES, 3, *x.shape)))


def _bits(x):
    if isinstance(x, da.Dual):
        return [np.asarray(x.value), np.asarray(x.tangent)]
    return [np.asarray(p) for p in (x.value, x.e1, x.e2, x.e12)]


def _unit(x, seed):
    """Unit directions: the scalars of it have one lane that is not zero."""
    block = np.zeros((LANES, x.size))
    block[np.arange(x.size) % LANES, np.arange(x.size)] = (-1.0) ** seed
    return da.Dual(x, block.reshape(LANES, *x.shape))


@every(
    itertools.product(OPERATIONS, SHAPES, [_dual, _unit, _hyper, _hyper_of_two]),
    lambda case: case[0],
    lambda case: f"{case[1]}, {case[2].__name__}",
)
def test_the_same_bits(case):
    name, shape, make = case
    a, b = _values(shape)
    x, y = make(a, 1), make(b, 2)
    _kernels.install({})
    expression = OPERATIONS[name](x, y)
    _kernels.install(KERNELS)
    fused = OPERATIONS[name](x, y)
    assert type(fused) is type(expression)
    for p, q in zip(_bits(expression), _bits(fused), strict=True):
        assert p.dtype == q.dtype
        assert p.shape == q.shape
        assert p.tobytes() == q.tobytes()


def _read_only(x, seed):
    """As an array that the user must not write to arrives."""
    d = _dual(x, seed)
    d._d.flags.writeable = False
    return d


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_is_read_only(name):
    a, b = _values((6,))
    expression = OPERATIONS[name](_read_only(a, 1), _read_only(b, 2))
    _kernels.install(KERNELS)
    fused = OPERATIONS[name](_read_only(a, 1), _read_only(b, 2))
    assert _bits(fused)[1].tobytes() == _bits(expression)[1].tobytes()


@pytest.mark.parametrize("make", [_dual, _hyper], ids=["dual", "hyper"])
@pytest.mark.parametrize("value", [0.0, -0.0, np.inf, -np.inf, np.nan, 1e308, 5e-324])
def test_the_same_values_at_the_edges(value, make):
    a, b = _values((6,))
    a[2] = b[3] = value
    with np.errstate(all="ignore"):
        for name in ("product", "quotient", "square", "tanh"):
            x, y = make(a, 1), make(b, 2)
            _kernels.install({})
            expression = OPERATIONS[name](x, y)
            _kernels.install(KERNELS)
            fused = OPERATIONS[name](x, y)
            for p, q in zip(_bits(expression), _bits(fused), strict=True):
                np.testing.assert_array_equal(p, q)


def test_no_warnings_of_derivative_arithmetic():
    _kernels.install(KERNELS)
    big = da.Dual(np.array([1e200, 2.0]), np.full((3, 2), 1e200))
    with np.errstate(all="raise"):
        out = big * da.Dual(np.array([1.0, 1.0]), np.full((3, 2), 1e200))
    assert np.isinf(out.tangent[0, 0])


def test_derivatives_are_the_same():
    def f(x):
        y = x[1:] * x[:-1]
        return np.sum(np.tanh(y) / (1.0 + y * y) * np.hypot(x[1:], y))

    x = np.linspace(-1.0, 2.0, 12)
    before = [d(f, mode="forward")(x) for d in (da.grad, da.hessian)]
    _kernels.install(KERNELS)
    after = [d(f, mode="forward")(x) for d in (da.grad, da.hessian)]
    for p, q in zip(before, after, strict=True):
        assert p.tobytes() == q.tobytes()


def test_config():
    assert da.config.kernels in ("auto", "on", "off")
    with pytest.raises(da.InputError, match="kernels"):
        da.config.kernels = "fast"  # type: ignore[assignment]
    for bad in (0, -1, 1.5, "much"):
        with pytest.raises(da.InputError, match="number of bytes"):
            da.config.tape_memory = bad
    assert f"kernels={da.config.kernels!r}, tape_memory=None" in repr(da.config)


def run(code: str, folder: Path, **environment: str) -> str:
    """The output of a program in a fresh process with caches of its own."""
    given = {
        **os.environ,
        "NUMBA_CACHE_DIR": str(folder / "numba"),
        "DUALAD_CACHE_DIR": str(folder / "dualad"),
        **environment,
    }
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=given,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Caches that two of the tests share: the first one to come compiles."""
    return tmp_path_factory.mktemp("kept")


def test_kernels_arrive_by_themselves(kept):
    """A child compiles while expressions go on; then the kernels are used, with equal answers."""
    code = """
        import time
        import numpy as np, dualad as da
        from dualad._numbers import _kernels
        from dualad._warm import arrival, stamp
        f = lambda x: x[1:] * x[:-1] * x[1:]
        x = np.linspace(0.0, 1.0, 300)
        first = da.jacobian(f, mode="forward")(x)
        assert _kernels.product is None and arrival.child is None
        print(arrival.status)
        _kernels.meter.saved = 10**10  # as after many calls
        da.jacobian(f, mode="forward")(x)
        assert arrival.child is not None and _kernels.product is None
        assert "child process" in arrival.status, arrival.status
        for _ in range(3000):
            if stamp().exists():
                break
            time.sleep(0.1)
        arrival.child.wait(60)
        _kernels.meter.saved = 10**10
        da.jacobian(f, mode="forward")(x)
        assert _kernels.product is not None, arrival.status
        assert arrival.status == "compiled kernels"
        assert da.jacobian(f, mode="forward")(x).tobytes() == first.tobytes()
        print("done")
    """
    out = run(code, kept, DUALAD_KERNELS="auto")
    assert out.splitlines()[-1] == "done"
    # The next process takes them from the cache, at once where asked to.
    code = """
        import numpy as np, dualad as da
        from dualad._numbers import _kernels
        da.grad(np.sum)(np.ones(3))
        assert _kernels.product is not None
        from dualad._compiled._kernels import KERNELS
        assert sum(KERNELS["product"].stats.cache_hits.values()) == 1
        print("done")
    """
    assert run(code, kept, DUALAD_KERNELS="on").strip() == "done"


def test_code_of_another_table_or_processor_is_never_taken(monkeypatch):
    """It was: a process with one row less left kernels that took log2 for log in all others."""
    here, machine, mark = _partials.numbering(), _sources.processor(), _warm.stamp()
    compiled = [k for k in KERNELS.values() if hasattr(k, "py_func")]
    assert len(compiled) == len(_kernels.NAMES)
    for one in compiled:
        assert one.py_func.__qualname__.endswith(f"_{_sources.digest()}_{here}_{machine}")
    rows = _partials.UNARY
    other = copy.copy(rows[0])
    object.__setattr__(other, "d1", lambda x, _: 2.5 * x)
    for changed in ([rows[1], rows[0], *rows[2:]], rows[:-1], [other, *rows[1:]]):
        monkeypatch.setattr(_partials, "UNARY", changed)
        assert _partials.numbering.__wrapped__() != here
    monkeypatch.undo()
    assert _partials.numbering.__wrapped__() == here
    monkeypatch.setenv("NUMBA_CPU_NAME", "pentium4")
    _sources.processor.cache_clear()
    assert _sources.processor() != machine
    assert _warm.stamp() != mark
    monkeypatch.undo()
    _sources.processor.cache_clear()
    assert (_sources.processor(), _warm.stamp()) == (machine, mark)


FAILURES = {
    "off": ("off", "", "off (config.kernels)"),
    "a child that fails": (
        "auto",
        "import dualad._warm as w, sys; sys.executable = sys.executable + '-missing'",
        "no process could be started",
    ),
    "a compiler that compiles nothing": (
        "auto",
        "import os; os.environ['NUMBA_DISABLE_JIT'] = '1'",
        "the compiling process ended with code 1: Numba compiles nothing",
    ),
    "the same, where others have compiled": (
        "auto",
        "import os, dualad._warm as w; os.environ['NUMBA_DISABLE_JIT'] = '1'; w._compiled = object",
        "because Numba compiles nothing here (NUMBA_DISABLE_JIT)",
    ),
    "a program of one file": ("auto", "import sys; sys.frozen = True", "is no Python"),
    "no source files": (
        "auto",
        "import dualad._sources as s; s._FOLDER = '/nowhere'",
        "could not be loaded: FileNotFoundError",
    ),
    "a compiler that fails": (
        "auto",
        "import dualad._warm as w; w._CHILD = 'raise OSError(7, \\'no room\\')'",
        "the compiling process ended with code 1: OSError: [Errno 7] no room",
    ),
}


@pytest.mark.parametrize("name", FAILURES)
def test_without_kernels_nothing_fails(name, tmp_path):
    setting, before, status = FAILURES[name]
    code = f"""
        import numpy as np, dualad as da
        {before or "pass"}
        from dualad._numbers import _kernels
        from dualad._warm import arrival
        f = lambda x: x * x
        for _ in range(3):
            _kernels.meter.saved = 10**10
            da.jacobian(f, mode="forward")(np.ones(5))
        assert _kernels.product is None
        if arrival.child is not None:
            arrival.child.wait(60)
        print(arrival.status)
    """
    assert status in run(code, tmp_path, DUALAD_KERNELS=setting)


def test_warmup_tells(kept):
    code = """
        import dualad as da
        from dualad._numbers import _kernels
        steps = []
        da.warmup(progress=lambda done, total: steps.append((done, total)))
        done, totals = zip(*steps)
        assert set(totals) == {len(_kernels.NAMES)}, totals
        assert list(done) == sorted(done) and (done[0], done[-1]) == (0, totals[0]), done
        da.warmup()
        try:
            da.warmup(progress=3)
        except da.InputError:
            print("done")
    """
    assert run(code, kept).strip() == "done"
