"""The kinds of row that the tables are made of.

A row is data: it names a NumPy function and says how a small change of its arguments changes its
value. It knows nothing of duals, graphs or compilers; they read it. Rows check themselves when
they are built, so a wrong table fails at import and not in a user's run.

Conventions of formulas
-----------------------
* The arguments of a formula are ``x`` (or ``x, y``: the operands), then the answer of the function
  (``y`` of a unary row, ``z`` of a binary one), then, in second derivatives of unary rows, the
  first derivative ``d``. An argument that a formula does not use is called ``_`` (or ``_x``, ...):
  this is how a graph knows which values it need not keep.
* Constants are Python floats, so that float32 is not promoted.
* No ``if`` and no ``np.where``: branches go through ``select`` of `_helpers`.
* Array rows put the *lanes* first: a block of k tangents of an operand of shape S has shape
  ``(k,) + S``, and so has a block of cotangents of an answer of shape S. Every axis in the
  parameters of an array row is counted from the end (negative), so that the same call acts on an
  array and on a block.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .._record import field, record

Formula = Callable[..., Any]


class Constant:
    """A partial derivative that is the same number everywhere."""

    __slots__ = ("number",)

    def __init__(self, number: float) -> None:
        self.number = number

    def __call__(self, *_: object) -> float:
        return self.number

    def __repr__(self) -> str:
        return f"Constant({self.number!r})"


ZERO = Constant(0.0)
ONE = Constant(1.0)
MINUS_ONE = Constant(-1.0)


def _used(formula: Formula | None, names: tuple[str, ...]) -> frozenset[str]:
    """Which of the arguments `names`, in order, a formula uses (those not called ``_...``)."""
    if formula is None or isinstance(formula, Constant):
        return frozenset()
    code = getattr(formula, "__code__", None)
    if code is None:  # a ufunc as a formula, such as np.sign: takes its first argument only
        raise TypeError(f"a formula must be a Python function or a Constant, not {formula!r}")
    if code.co_argcount != len(names):
        raise TypeError(f"{formula} must take {len(names)} arguments, {names}")
    given = code.co_varnames[: code.co_argcount]
    return frozenset(n for n, g in zip(names, given, strict=True) if not g.startswith("_"))


@record(frozen=True, slots=True, eq=False)
class Unary:
    """An elementwise function of one argument.

    Parameters
    ----------
    fn : ufunc
        The function, as the user calls it: the value is always computed by this very call.
    d1 : callable ``(x, y) -> f'(x)`` or Constant
    d2 : callable ``(x, y, d) -> f''(x)`` or Constant
        ``y`` is the answer, ``d`` the first derivative.
    at : sequence of float
        Sample points that cover the whole domain; tests, docs and benchmarks use them.
    kinks : mapping of float to float
        Points where f is not differentiable, and the first derivative that is returned there.
    outside : sequence of float
        Points outside the domain: value and derivatives are NaN there.
    real_linear : (jvp, vjp), optional
        For complex x, where f is not holomorphic: ``jvp(x, y, t)`` and its adjoint
        ``vjp(x, y, ct)`` under the inner product Re<u, v>.
    sympy : callable, optional
        The function on SymPy expressions, where its name is not SymPy's; gets (sympy, x).
    """

    fn: Any
    d1: Formula
    d2: Formula
    at: Sequence[float]
    kinks: Mapping[float, float] = field(default_factory=dict)
    outside: Sequence[float] = ()
    real_linear: tuple[Formula, Formula] | None = None
    sympy: Callable[[Any, Any], Any] | None = None
    keeps_x: bool = field(init=False)
    keeps_y: bool = field(init=False)
    # The same for first and second derivatives: a string over the letters x, y.
    keeps_second: str = field(init=False)

    def __post_init__(self) -> None:
        used = _used(self.d1, ("x", "y"))
        second = (used | _used(self.d2, ("x", "y", "d"))) - {"d"}
        if not self.at:
            raise ValueError(f"the row of {self.name} has no sample points")
        object.__setattr__(self, "keeps_x", "x" in used or self.real_linear is not None)
        object.__setattr__(self, "keeps_y", "y" in used or self.real_linear is not None)
        object.__setattr__(self, "keeps_second", "".join(sorted(second)))

    @property
    def name(self) -> str:
        return str(self.fn.__name__)


@record(frozen=True, slots=True, eq=False)
class Binary:
    """An elementwise function of two arguments.

    Parameters
    ----------
    fn : ufunc
    dx, dy : callable ``(x, y, z)`` or Constant
        First partial derivatives; ``z`` is the answer.
    dxx, dxy, dyy : callable ``(x, y, z)`` or Constant
        Second partial derivatives.
    at : sequence of (float, float)
    kinks : mapping of (x, y) to (zx, zy)
    outside : sequence of (float, float)
    sympy : callable, optional
        Gets (sympy, x, y).
    """

    fn: Any
    dx: Formula
    dy: Formula
    dxx: Formula
    dxy: Formula
    dyy: Formula
    at: Sequence[tuple[float, float]]
    kinks: Mapping[tuple[float, float], tuple[float, float]] = field(default_factory=dict)
    outside: Sequence[tuple[float, float]] = ()
    sympy: Callable[[Any, Any, Any], Any] | None = None
    # What a graph must keep for the derivative in x alone, in y alone, and in both:
    # a string over the letters x, y, z.
    keeps: tuple[str, str, str] = field(init=False)
    # The same for first and second derivatives.
    keeps_second: str = field(init=False)

    def __post_init__(self) -> None:
        names = ("x", "y", "z")
        first = _used(self.dx, names), _used(self.dy, names)
        second = first[0] | first[1]
        for formula in (self.dxx, self.dxy, self.dyy):
            second |= _used(formula, names)
        if not self.at:
            raise ValueError(f"the row of {self.name} has no sample points")
        both = first[0] | first[1]
        keeps = tuple("".join(sorted(s)) for s in (*first, both))
        object.__setattr__(self, "keeps", keeps)
        object.__setattr__(self, "keeps_second", "".join(sorted(second)))

    @property
    def name(self) -> str:
        return str(self.fn.__name__)


@record(frozen=True, slots=True, eq=False)
class Flat:
    """A function that is locally constant, or whose answer is no number that depends on x.

    Its derivative is zero between the jumps: stated here, not assumed. It is called on primal
    values, and its answer is an ordinary array, bool, tuple, ...

    Parameters
    ----------
    fn : callable
    at : sequence of float or of tuples
        Sample arguments, of elementwise functions only.
    """

    fn: Any
    at: Sequence[Any] = ()

    @property
    def name(self) -> str:
        return str(self.fn.__name__)


Prepare = Callable[..., tuple[tuple[Any, ...], Any]]


@record(frozen=True, slots=True, eq=False)
class Linear:
    """An array function that is linear in all of its operands together.

    `sum`, `reshape`, `getitem`, `cumsum`, `fft` have one operand; `concatenate`, `stack`,
    `where(c, a, b)` have several, and the answer is linear in all of them jointly.

    Parameters
    ----------
    fn : callable
        NumPy's function.
    prepare : callable
        Has fn's own signature. Returns ``(operands, params)``: the operands that can carry a
        derivative, as a tuple, and everything else as data (a tuple), every axis negative.
        Raises what NumPy would raise for bad arguments where it can, and `NoRuleError` for a
        keyword that has no rule. It must not compute with the operands.
    value : callable ``(params, *operands)``
        fn's own call, bit for bit.
    transpose : callable ``(params, ct, shapes) -> tuple``
        One cotangent block, of shape ``(k,) + shapes[i]``, for each operand.
    lanes : callable ``(params, *blocks)``, optional
        The function on blocks ``(k,) + S``. By default `value` itself. A block may be None where
        the operand is constant and the row has more than one operand (its tangents are zero).
    one_call : bool
        `value` may run once on value and tangents stacked in one C-contiguous block
        ``(1 + k,) + S``: its row 0 has been proved bit-equal to the plain call.
    scatter : callable ``(params, ct, buffer)``, optional
        Adds the transpose of one-operand ct to `buffer` of shape ``(k,) + shape`` in place: for
        functions that read few elements of a large operand.
    transpose_one, scatter_one : callable, optional
        `transpose` (of a row with one operand; ``(params, ct, shape)``, answers the one array) and
        `scatter` for one cotangent of an ordinary dtype without the axis of lanes: a short way for
        gradients. `scatter_one` answers False where it does not know the index.
    view : bool
        NumPy's answer may be a view of the operand (getitem, reshape, transpose, ...).
    """

    fn: Any
    prepare: Prepare
    value: Callable[..., Any]
    transpose: Callable[[Any, Any, tuple[tuple[int, ...], ...]], tuple[Any, ...]]
    lanes: Callable[..., Any] | None = None
    one_call: bool = False
    scatter: Callable[[Any, Any, Any], None] | None = None
    view: bool = False
    transpose_one: Callable[[Any, Any, tuple[int, ...]], Any] | None = None
    scatter_one: Callable[[Any, Any, Any], bool] | None = None

    @property
    def name(self) -> str:
        return str(self.fn.__name__)

    def apply_lanes(self, params: Any, *blocks: Any) -> Any:
        return (self.lanes or self.value)(params, *blocks)


@record(frozen=True, slots=True, eq=False)
class Multilinear:
    """An array function that is linear in each operand separately: `matmul`, `einsum`, ...

    Parameters
    ----------
    fn, prepare, value
        As in `Linear`.
    lanes : callable ``(params, i, block, operands)``
        The function with operand i replaced by a block ``(k,) + S_i`` of tangents; the answer has
        shape ``(k,) + out.shape``.
    transpose : callable ``(params, i, ct, operands)``
        The cotangent block ``(k,) + S_i`` of operand i (complex operands: conjugated, so that it
        is the adjoint under Re<u, v>).
    """

    fn: Any
    prepare: Prepare
    value: Callable[..., Any]
    lanes: Callable[[Any, int, Any, tuple[Any, ...]], Any]
    transpose: Callable[[Any, int, Any, tuple[Any, ...]], Any]

    @property
    def name(self) -> str:
        return str(self.fn.__name__)


@record(frozen=True, slots=True, eq=False)
class Differential:
    """A smooth array function given by its differential: `solve`, `inv`, `det`, `norm`, ...

    Parameters
    ----------
    fn, prepare, value
        As in `Linear`. The answer may be a tuple of arrays (slogdet): then ``y``, the answer of
        `jvp` and ``ct`` are tuples too.
    jvp : callable ``(params, y, operands, blocks)``
        Tangent block of the answer; ``blocks[i]`` is None where operand i is constant.
    vjp : callable ``(params, y, operands, ct, i)``
        Cotangent block of operand i.
    partial : callable ``(params, y, operands, i)``, optional
        Of an elementwise function with one answer: its partial derivative in operand i, an array
        that broadcasts to y, or `ZERO`. With it the careful passes find structural zeros element
        by element.
    """

    fn: Any
    prepare: Prepare
    value: Callable[..., Any]
    jvp: Callable[[Any, Any, tuple[Any, ...], tuple[Any, ...]], Any]
    vjp: Callable[[Any, Any, tuple[Any, ...], Any, int], Any]
    partial: Callable[[Any, Any, tuple[Any, ...], int], Any] | None = None

    @property
    def name(self) -> str:
        return str(self.fn.__name__)


@record(frozen=True, slots=True, eq=False)
class Composed:
    """A function written once in terms of others, and so right in every mode and at every order.

    Parameters
    ----------
    fn : callable
        NumPy's function.
    body : callable
        Has fn's own signature; calls NumPy functions on its arguments, which may be numbers of any
        kind. For plain arrays it computes what fn does.
    pin : bool
        The value is taken from one more plain call of fn, because the body's may differ in the
        last bit. False where a test proves them bit-equal.
    """

    fn: Any
    body: Callable[..., Any]
    pin: bool = True

    @property
    def name(self) -> str:
        return str(self.fn.__name__)


Row = Unary | Binary | Flat | Linear | Multilinear | Differential | Composed
