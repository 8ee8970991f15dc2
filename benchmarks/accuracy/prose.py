"""The text of `docs/accuracy.md`."""

from __future__ import annotations

from .special_functions import LEFT_OUT as _LEFT_OUT

INTRODUCTION = """\
# How accurate the derivatives are

The largest error of every derivative rule, in units in the last place (ulp) of the exact
derivative: half an ulp is correct rounding, one ulp is 2e-16 of the number in float64 and 1e-7 in
float32. Made by `python -m benchmarks.accuracy`; the tests hold dualad to these figures.

Points are drawn over the whole floating-point domain: a quarter of all magnitudes, subnormal
numbers among them, a quarter near 1, a quarter near singular points, branch points, zeros and the
ends of the range, from a quarter of their size down to one ulp away, and a quarter evenly.
Functions of two arguments get such pairs, half of them of similar size, where cancellation bites.
The derivative is that of the public `da.derivative` on an array, and of the like in the other
packages. The exact derivatives are textbook formulas in mpmath at 60 digits and more.

Two figures stand in each place. The first is strict. In the second the rounding of the input is
forgiven: the error is divided by max(1, c), where c says by how many ulp the exact derivative
moves when an argument moves by one. Near a zero of the derivative c is large, and no formula in
double precision can be strictly right there. *lost* means that no digit is right, or that a NaN
or an infinity stands where there is a finite derivative, or a finite number where it leaves the
range. A dash: no derivative there. The worst argument is that of the strict figure, rounded;
`benchmarks/accuracy/figures.json` has all digits.
"""

AFTER_COUNTS = """\
The other packages lose digits mostly for five reasons: `1 - x*x` near 1, squares that leave the
range (`x/(x*x + y*y)`), `1 - y*y` of a saturated `tanh`, `y + 1` of `expm1`, and numbers below
the normal range, which jax sets to zero by design of its compiler (so a line of each count leaves
out arguments and derivatives that are subnormal). None of this matters for
arguments of ordinary size; it does for optimisers that go astray, and for likelihoods in their
tails.

Where an argument is outside the domain, the derivative should be NaN as the value is. Functions
that have a finite derivative there all the same:
"""

SPECIAL = """\
Beside the derivatives stands the error of SciPy's own value at the same points. The goal is 50
ulp, forgiven, or no worse than that value; the last column names what misses it: there numbers
cancel that SciPy gives no better way for, or the textbook recurrence was left as it stands. A
number in parentheses is another answer, or another case, of the same function. Functions of one
argument are measured from 1e-30 (many from 1e-300) to 1e6 and beyond, of both signs where they
are defined, with points near their singular points. Functions with orders and parameters are
measured around typical values of theirs, within a factor of four; in integer parameters there is
no derivative. Points where SciPy's value has lost half of its digits are left out. Other packages
have first and second derivative in one place; a dash where they have no such function, or were
not measured.

Where the larger errors come from:

* `hankel1e`, `hankel2e` from x = 0.15 to 0.7: the real part of a complex formula, beside a larger
  imaginary part.
* `jve`: SciPy's own functions of neighbouring orders have lost such digits. Elsewhere SciPy's
  values are not used where they have (`hyperu`, `struve`, `binom`, `tklmbda`, ...).
* The second derivative of `log_wright_bessel` is a difference of nearly equal terms; that of
  `modfresnelp` likewise near 0.
"""

UNMEASURED = """\
Not measured, since mpmath gives a reference in good time, or SciPy agrees with it, at too few of
the points: """

LEFT_OUT = (
    """\
* Kinks and ties (`abs` at 0, `maximum(x, x)`, the bounds of `clip`): [](conventions.md) and its
  tests say what the derivative is there. Singular points themselves likewise.
* Points where the value overflows. Powers below the normal numbers: the C library's `pow` keeps
  few digits of them, and formulas multiply its error by the exponent or by a logarithm.
* Array functions, whose errors depend on their sizes; of `np.linalg.norm` a pair is measured, where
  the reciprocal of the norm does not overflow.
* `np.ldexp` in its integer argument; `np.divmod`, `np.modf`, `np.frexp`, made of functions that
  are here.
* Of scipy.special: the functions of waves (Mathieu, spheroidal), which mpmath does not have, and
  derivatives in parameters that SciPy has no function for; both are compared with differences in
  the tests.
  Further """
    + "; ".join(f"`{name}` ({why})" for name, why in _LEFT_OUT.items())
    + """.
  Functions whose tests are of another kind stand here neither: `zeta`, `zetac`, `lambertw`,
  `polygamma`, the spherical Bessel functions, `jvp` and its kin, `stdtr`, `fdtr`, `nctdtr`,
  `ncfdtr` and their inverses, `comb`, `factorial`, `multigammaln`, `diric`, `logsumexp`, `softmax`,
  `sph_harm_y`.
* Other machines: NumPy's loops for AVX-512 have up to 4 ulp in the values of `sin`, `exp` and
  others, which passes into derivatives.
"""
)
