"""Every public callable of NumPy, given a number: an answer with a derivative, or an error.

Each function is called in every way of a list of ways that works on plain arrays. With a number in
place of the array it must return numbers, or raise; a plain floating value in an answer must be one
that does not change with the array. All else would be a derivative dropped in silence.
"""

import inspect
import warnings

import numpy as np
import pytest

import dualad as da
from dualad._numbers import Number

# Not functions of arrays: they read or write files, print, change NumPy's own state, start NumPy's
# tests, or give what happens to be in memory.
LEFT_OUT = {
    "DataSource",
    "bmat",
    "empty",
    "empty_like",
    "fromfile",
    "fromregex",
    "genfromtxt",
    "get_include",
    "info",
    "load",
    "loadtxt",
    "masked_all",
    "masked_all_like",
    "memmap",
    "ndarray",
    "save",
    "savetxt",
    "savez",
    "savez_compressed",
    "set_printoptions",
    "setbufsize",
    "seterr",
    "seterrcall",
    "show_config",
    "show_runtime",
    "test",
}

# Away from every jump; the matrix is positive definite.
VECTOR = np.array([0.31, 0.57, 0.83])
MATRIX = np.array([[4.37, 0.31, 0.23], [0.31, 5.41, 0.17], [0.23, 0.17, 6.13]])
SCALAR = np.float64(0.43)


def plain_like(x):
    """An array of x's shape that does not change with x."""
    return 0.73 + 0.41 * np.arange(np.size(x)).reshape(np.shape(x))


def mask_like(x):
    return plain_like(x) > 1.0


WAYS = {
    "f(x)": lambda f, x: f(x),
    "f(x, x)": lambda f, x: f(x, x),
    "f(x, x, x)": lambda f, x: f(x, x, x),
    "f([x, x])": lambda f, x: f([x, x]),
    "f((x, x))": lambda f, x: f((x, x)),
    "f(x, 1)": lambda f, x: f(x, 1),
    "f(1, x)": lambda f, x: f(1, x),
    "f(x, 0, 1)": lambda f, x: f(x, 0, 1),
    "f(x, 2, 3)": lambda f, x: f(x, 2, 3),
    "f(x, [1, 0])": lambda f, x: f(x, [1, 0]),
    "f(x, plain)": lambda f, x: f(x, plain_like(x)),
    "f(plain, x)": lambda f, x: f(plain_like(x), x),
    "f(x, plain, plain)": lambda f, x: f(x, np.sort(VECTOR) + 0.013, VECTOR + 0.029),
    "f(plain, plain, x)": lambda f, x: f(VECTOR + 0.029, np.sort(VECTOR) + 0.013, x),
    "f(bool, x)": lambda f, x: f(mask_like(x), x),
    "f(bool, x, x)": lambda f, x: f(mask_like(x), x, x),
    "f(x, bool)": lambda f, x: f(x, mask_like(x)),
    "f(str, x, x)": lambda f, x: f("i,i", x, x),
    "f(str, x)": lambda f, x: f("ij->i", x),
    "f(func, axis, x)": lambda f, x: f(np.sum, 0, x),
    "f(func, x, axes)": lambda f, x: f(np.sum, x, [0]),
    "f(x, [bool], [func])": lambda f, x: f(x, [mask_like(x)], [lambda v: v * v, 0.0]),
    "f([bool], [x])": lambda f, x: f([mask_like(x)], [x]),
    "f(shape, x)": lambda f, x: f((3,), x),
    "f(x, shape)": lambda f, x: f(x, (3, 3)),
    "f(x, None)": lambda f, x: f(x, None),
    "f(x, axis=0)": lambda f, x: f(x, axis=0),
    "f(x, axis=-1, keepdims=True)": lambda f, x: f(x, axis=-1, keepdims=True),
    "f(x, out=)": lambda f, x: f(x, out=np.zeros(np.shape(da.primal(x)))),
    "f(x, x, out=)": lambda f, x: f(x, x, out=np.zeros(np.shape(da.primal(x)))),
    "f(generator)": lambda f, x: f(v for v in x),
}
SPACES = {
    "numpy": np,
    "numpy.linalg": np.linalg,
    "numpy.fft": np.fft,
    "numpy.emath": np.emath,
    "numpy.ma": np.ma,
    "numpy.polynomial.polynomial": np.polynomial.polynomial,
    "numpy.polynomial.chebyshev": np.polynomial.chebyshev,
    "numpy.lib.stride_tricks": np.lib.stride_tricks,
    "numpy.lib.array_utils": np.lib.array_utils,
}


def functions(space):
    """(name, function) of everything public that can be called."""
    for name in sorted(n for n in dir(space) if not n.startswith("_")):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            f = getattr(space, name, None)
        if callable(f) and name not in LEFT_OUT and not inspect.ismodule(f):
            if not (inspect.isclass(f) and issubclass(f, (BaseException, Warning))):
                yield name, f


def leaves(answer):
    """The numbers and floating values in an answer, in order."""
    if isinstance(answer, Number):
        return [answer]
    if isinstance(answer, np.ndarray) and answer.dtype == object:
        answer = list(answer.flat)
    if isinstance(answer, dict):
        answer = list(answer.values())
    if isinstance(answer, (list, tuple)):
        return [leaf for part in answer for leaf in leaves(part)]
    is_array = isinstance(answer, np.ndarray) and answer.dtype.kind in "fc"
    return [answer] if is_array or isinstance(answer, (float, complex, np.inexact)) else []


def depends(way, f, x, position):
    """Whether the floating value at this position of the plain answer changes with x."""
    step = 1e-3 * np.cos(1.0 + np.arange(np.size(x))).reshape(np.shape(x))
    try:
        here, there = leaves(way(f, x + 0.0)), leaves(way(f, x + step))
    except Exception:
        return True
    return len(here) != len(there) or not np.array_equal(
        here[position], there[position], equal_nan=True
    )


def attempt(way, f, x, mode):
    """The answer inside an evaluation, or the error."""
    answers = []

    def inside(v):
        answers.append(way(f, v))
        return v

    try:
        if mode == "forward":
            da.jvp(inside, (x,), (np.ones(np.shape(x)),))
        else:
            da.vjp(inside, x)
    except Exception as error:  # any error is better than a wrong answer
        return error
    return answers[0]


def plainly(way, f, x):
    """Whether the call works on plain arrays, and has anything floating to say."""
    try:
        return bool(leaves(way(f, x + 0.0)))
    except Exception:
        return False


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("space", SPACES)
def test_no_function_drops_a_derivative(space, mode):
    dropped, answered, raised = [], set(), {}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for name, f in functions(SPACES[space]):
            for text, way in WAYS.items():
                for x in (VECTOR, MATRIX, SCALAR):
                    if "out" in text and x is SCALAR:
                        continue  # np.cumprod(1.0, out=np.zeros(())) crashes NumPy itself
                    if not plainly(way, f, x):
                        continue
                    answer = attempt(way, f, x, mode)
                    if isinstance(answer, Exception):
                        raised.setdefault(name, answer)
                        continue
                    answered.add(name)
                    for i, leaf in enumerate(leaves(answer)):
                        if not isinstance(leaf, Number) and depends(way, f, x, i):
                            dropped.append(f"{space}.{name} as {text} at shape {np.shape(x)}")
    only = sorted(set(raised) - answered)
    print(f"{space} in {mode}: {len(answered)} functions answer, {len(only)} raise only:")
    print("   ", ", ".join(only))
    assert not dropped, "\n".join(dropped)
