"""Repeated eigenvalues and singular values: what is smooth there is right, the rest is refused."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import scipy.linalg

import dualad as da
from dualad import DerivativeWarning, NoRuleError
from dualad._scipy import standin as stand_in
from tests.rules.linalg_cases import QUICK_FIRST, check_first, check_undefined, matrix

la = np.linalg
MODES = ("forward", "reverse")


def with_values(*w):
    """A symmetric matrix with these eigenvalues, in general position."""
    q = la.qr(matrix(len(w), len(w), seed=9))[0]
    return q * np.array(w) @ q.T


POINTS = {
    "identity": np.eye(3),
    "zero": np.zeros((3, 3)),
    "one pair": with_values(1.0, 1.0, 2.5),
    "two pairs": with_values(-1.0, -1.0, 2.0, 2.0),
}
SYMMETRIC_FUNCTIONS = {
    "sum": lambda w: np.sum(w),
    "squares": lambda w: np.sum(w**2),
    "exp": lambda w: np.sum(np.exp(w)),
    "log-sum-exp": lambda w: np.log(np.sum(np.exp(w))),
    "product": lambda w: np.prod(w + 3.0),
}


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("name", SYMMETRIC_FUNCTIONS)
def test_symmetric_functions_of_repeated_eigenvalues(point, name):
    f, a = SYMMETRIC_FUNCTIONS[name], POINTS[point]
    check_first(lambda x: f(la.eigvalsh(x)), (a,), QUICK_FIRST[:3])
    check_first(lambda x: f(la.eigh(x).eigenvalues), (a,), ("reverse",))


def test_symmetric_functions_of_repeated_eigenvalues_of_complex_matrices():
    q = la.qr(matrix(3, 3) + 1j * matrix(3, 3, seed=5))[0]
    a = q * np.array([1.0, 1.0, 3.0]) @ q.conj().T
    f = lambda x, y: np.sum(np.exp(la.eigvalsh(x + 1j * y)))
    check_first(f, (a.real.copy(), a.imag.copy()), QUICK_FIRST[:3])


@pytest.mark.parametrize("point", ["identity", "one pair"])
def test_symmetric_functions_of_repeated_singular_and_general_eigenvalues(point):
    a = POINTS[point]
    for values in (la.svdvals, la.eigvals):
        check_first(lambda x, v=values: np.sum(np.exp(v(x)).real), (a,), QUICK_FIRST[:3])


@pytest.mark.parametrize("mode", MODES)
def test_a_single_eigenvalue_of_a_cluster_has_the_derivative_of_the_mean(mode):
    """As ties of `max` share. A gradient that every convex combination of limits contains."""
    got = da.jacobian(la.eigvalsh, mode=mode)(np.eye(3))
    np.testing.assert_allclose(got, np.broadcast_to(np.eye(3) / 3, (3, 3, 3)), atol=1e-15)
    a = with_values(1.0, 1.0, 2.5)
    got = da.jacobian(lambda x: la.eigvalsh((x + x.T) / 2), mode=mode)(a)
    v = la.eigh(a)[1]
    np.testing.assert_allclose(got[2], np.outer(v[:, 2], v[:, 2]), atol=1e-14)
    np.testing.assert_allclose(got[0], v[:, :2] @ v[:, :2].T / 2, atol=1e-14)


def test_cond_of_the_identity_is_a_minimum():
    np.testing.assert_allclose(da.grad(la.cond)(np.eye(3)), 0.0, atol=1e-15)


@pytest.mark.parametrize("point", ["identity", "one pair", "two pairs"])
def test_what_depends_on_the_choice_of_eigenvectors(point):
    """No wrong number: NaN and a warning in forward mode, an error in reverse."""
    a = POINTS[point]
    n = len(a)
    for f in (
        lambda x: np.sum(la.eigh(x)[1][:, 0]),
        lambda x: (lambda w, v: np.sum((v * (w + np.arange(n))) @ v.T))(*la.eigh(x)),
        lambda x: (lambda w, v: w[0] * np.sum((v * w) @ v.T))(*la.eigh(x)),
        lambda x: (lambda w, v: np.sum(v[:, :1] * v[:, 0]))(*la.eigh(x)),
        lambda x: (lambda w, v: np.sum((v * np.exp(w)) @ la.inv(v)).real)(*la.eig(x)),
        lambda x: (lambda u, s, vh: np.sum(u[:, -1:] * np.arange(n)[:, None]))(
            *la.svd(x - 0.1 * np.eye(n))
        ),
    ):
        check_undefined(lambda f=f: da.grad(f, mode="forward")(a))
        with pytest.raises(NoRuleError, match="repeated value"):
            da.grad(f, mode="reverse")(a)


def spread(x):
    """The symmetric matrix that eigh reads."""
    return np.tril(x) + np.tril(x, -1).T


def by_vectors(g):
    return lambda x: (lambda w, v: (v * g(w)) @ v.T)(*la.eigh(x))


THROUGH_VECTORS = {
    "exp": (by_vectors(np.exp), lambda x: stand_in(scipy.linalg.expm)(spread(x))),
    # At w = 1 log(w) is 0, and so are all cotangents of the vectors.
    "log": (by_vectors(np.log), lambda x: stand_in(scipy.linalg.logm)(spread(x))),
    "root": (by_vectors(np.sqrt), lambda x: stand_in(scipy.linalg.sqrtm)(spread(x))),
    "upper": (
        lambda x: (lambda w, v: (v / w) @ v.T)(*la.eigh(x, UPLO="U")),
        lambda x: la.inv(spread(x.T)),
    ),
    "twice": (lambda x: by_vectors(np.exp)(by_vectors(np.log)(x)), spread),
    "projector": (
        lambda x: (lambda w, v: v @ v.T)(*la.eigh(x)),
        lambda x: 0.0 * x + np.eye(len(x)),
    ),
    "svd": (lambda x: (lambda u, s, vh: (u * s**3) @ vh)(*la.svd(x)), lambda x: x @ x.T @ x),
    "svd, inverse": (lambda x: (lambda u, s, vh: (vh.T / s) @ u.T)(*la.svd(x)), la.inv),
    "svd, polar": (
        lambda x: (lambda u, s, vh: u @ vh)(*la.svd(x)),
        lambda x: stand_in(scipy.linalg.polar)(x)[0],
    ),
    "scipy": (
        lambda x: (lambda w, v: (v * np.exp(w)) @ v.T)(*stand_in(scipy.linalg.eigh)(x)),
        lambda x: stand_in(scipy.linalg.expm)(spread(x)),
    ),
    "scipy, svd": (
        lambda x: (lambda u, s, vh: (u * s**3) @ vh)(*stand_in(scipy.linalg.svd)(x)),
        lambda x: x @ x.T @ x,
    ),
}
POSITIVE = {
    "identity": np.eye(3),
    "one pair": with_values(1.0, 1.0, 2.5),
    "two pairs": with_values(0.5, 0.5, 2.0, 2.0),
    "apart": with_values(0.5, 1.0, 2.0),
}


@pytest.mark.parametrize("point", POSITIVE)
@pytest.mark.parametrize("name", THROUGH_VECTORS)
def test_functions_of_a_matrix_through_vectors_of_repeated_values(point, name):
    """The divided differences of Daleckii and Krein."""
    a, (f, g) = POSITIVE[point], THROUGH_VECTORS[name]
    want = da.jacobian(g, mode="forward")(a)
    for mode in MODES:
        np.testing.assert_allclose(da.jacobian(f, mode=mode)(a), want, atol=1e-9, err_msg=mode)
    loss = lambda h: lambda x: np.sum(np.sin(h(x)) * np.arange(len(x)))
    want = da.grad(loss(g))(a)
    for mode in MODES:
        np.testing.assert_allclose(da.grad(loss(f), mode=mode)(a), want, atol=1e-9, err_msg=mode)


def test_complex_functions_through_vectors_of_repeated_values():
    q = la.qr(matrix(3, 3) + 1j * matrix(3, 3, seed=5))[0]
    a = q * np.array([1.0, 1.0, 3.0]) @ q.conj().T

    def f(x, y):
        w, v = la.eigh(x + 1j * y)
        return np.real((v * np.exp(w)) @ np.conj(v.T))

    check_first(f, (a.real.copy(), a.imag.copy()), ("forward", "reverse", "jvp", "vjp"))


def test_vectors_of_other_eigenvalues_are_right_beside_a_cluster():
    a = with_values(1.0, 1.0, 2.5)

    def f(x):
        v = la.eigh((x + x.T) / 2)[1][:, 2]
        return v[:, None] * v

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DerivativeWarning)
        check_first(f, (a,), ("forward", "dual by hand"))


@pytest.mark.parametrize("mode", MODES)
def test_a_perturbation_that_keeps_the_cluster_whole(mode):
    """Vectors stay where they are if the cluster moves as one."""
    a = with_values(1.0, 1.0, 2.5)
    with warnings.catch_warnings():
        warnings.simplefilter("error", DerivativeWarning)
        got = da.jvp(lambda t: la.eigh(a + t * np.eye(3))[1], (0.0,), (1.0,))[1]
    np.testing.assert_allclose(got, 0.0, atol=1e-14)


def test_trace_of_a_function_through_repeated_eigenvectors_in_reverse():
    for a in (POINTS["identity"], POINTS["one pair"]):
        f = lambda x: (lambda w, v: np.trace((v * np.exp(w)) @ v.T))(*la.eigh(x))
        check_first(f, (a,), ("reverse", "vjp"))


SECOND_DERIVATIVES = {
    "squares": (lambda x: np.sum(la.eigvalsh(x) ** 2), lambda x: np.sum(spread(x) ** 2)),
    "sum": (lambda x: np.sum(la.eigvalsh(x)), np.trace),
    "product": (lambda x: np.prod(la.eigvalsh(x)), lambda x: la.det(spread(x))),
    "exp": (
        lambda x: np.sum(np.exp(la.eigvalsh(x))),
        lambda x: np.trace(stand_in(scipy.linalg.expm)(spread(x))),
    ),
    "singular values": (lambda x: np.sum(la.svdvals(x) ** 4), lambda x: np.sum((x @ x.T) ** 2)),
    "scipy": (
        lambda x: np.sum(stand_in(scipy.linalg.eigvalsh)(x) ** 2),
        lambda x: np.sum(spread(x) ** 2),
    ),
}


@pytest.mark.parametrize("point", ["identity", "one pair"])
@pytest.mark.parametrize("name", SECOND_DERIVATIVES)
def test_second_derivatives_of_symmetric_functions_of_repeated_values(point, name):
    (f, g), a = SECOND_DERIVATIVES[name], POINTS[point]
    want = da.hessian(g)(a)
    for mode in MODES:
        np.testing.assert_allclose(da.hessian(f, mode=mode)(a), want, atol=1e-11, err_msg=mode)
    for inner in MODES:
        for outer in MODES:
            got = da.jacobian(da.jacobian(f, mode=inner), mode=outer)(a)
            np.testing.assert_allclose(got, want, atol=1e-11, err_msg=f"{outer} over {inner}")


def test_second_derivatives_that_are_not_known_are_no_numbers():
    for f in (
        lambda x: np.sum(la.eigvals(x) ** 2).real,
        lambda x: np.sum(la.eigvalsh(np.stack([x, x])) ** 2),
        lambda x: np.sum(stand_in(scipy.linalg.eigvalsh)(x, subset_by_index=(0, 1)) ** 2),
        lambda x: np.sum(la.svdvals(x[:, :2]) ** 4),
        lambda x: np.sum(la.eigvalsh(x) ** 2) + np.sum(la.eigvals(x) ** 2).real,
        lambda x: (
            np.sum(la.eigvalsh(x) ** 2)
            + np.sum(stand_in(scipy.linalg.eigvalsh)(x, np.eye(3) + 0.0 * x) ** 2)
        ),
        la.cond,
    ):
        for mode in MODES:
            check_undefined(lambda f=f, mode=mode: da.hessian(f, mode=mode)(np.eye(3)))


def test_defective_matrices_are_refused():
    jordan = np.array([[1.0, 1.0], [0.0, 1.0]])
    for f in (la.eigvals, lambda a: la.eig(a)[0]):
        for mode in MODES:
            with pytest.raises(NoRuleError, match="full set of eigenvectors"):
                da.jacobian(f, mode=mode)(jordan)


def test_full_matrices_complete_a_basis_that_has_no_derivative():
    a = matrix(4, 2)
    f = lambda x: la.svd(x)[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DerivativeWarning)
        got = da.jacobian(f, mode="forward")(a)
    assert np.isfinite(got[:, :2]).all()
    assert np.isnan(got[:, 2:]).all()
    with pytest.raises(NoRuleError, match="full_matrices"):
        da.jacobian(f, mode="reverse")(a)
    check_first(lambda x: f(x)[:, :2], (a,), QUICK_FIRST)
    check_first(lambda x: (lambda u: u[:, 2:] @ u[:, 2:].T)(f(x)), (a,), ("reverse",))


def test_singular_values_at_zero():
    """As `abs` and `norm`: derivative 0."""
    for mode in MODES:
        got = da.jacobian(la.svdvals, mode=mode)(np.zeros((2, 3)))
        np.testing.assert_array_equal(got, np.zeros((2, 2, 3)))
        got = da.jacobian(la.svdvals, mode=mode)(np.diag([2.0, 0.0]))
        np.testing.assert_allclose(got[0], [[1.0, 0.0], [0.0, 0.0]], atol=1e-15)
        np.testing.assert_array_equal(got[1], 0.0)


def test_dtypes_and_layouts():
    a32 = with_values(1.0, 2.0, 4.0).astype(np.float32)
    for f in (
        la.eigvalsh,
        lambda a: la.eigh(a)[1],
        la.svdvals,
        lambda a: la.svd(a)[0],
        la.cholesky,
        lambda a: la.qr(a)[1],
        lambda a: la.qr(a, "complete")[0],
        la.pinv,
        lambda a: la.norm(a, "nuc"),
        lambda a: la.norm(a, 2),
        la.cond,
        lambda a: la.eig(a)[1],
        lambda a: la.lstsq(a, np.ones(3, np.float32))[0],
    ):
        wide = da.jacobian(f)(a32.astype(np.float64))
        for mode in MODES:
            got = da.jacobian(f, mode=mode)(a32)
            assert got.dtype == np.float32
            np.testing.assert_allclose(got, wide, atol=2e-4, rtol=2e-3)
            for layout in (np.asfortranarray(a32), a32[::-1, ::-1][::-1, ::-1]):
                np.testing.assert_allclose(da.jacobian(f, mode=mode)(layout), got, atol=1e-5)
        whole = da.jacobian(f)(np.diag([1, 2, 5]))
        np.testing.assert_array_equal(whole, da.jacobian(f)(np.diag([1.0, 2.0, 5.0])))


def test_nan_in_nan_out():
    a = np.full((2, 2), np.nan)
    for f in (la.eigvalsh, lambda a: la.qr(a)[1], la.cholesky):
        try:
            f(a)
        except la.LinAlgError:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert np.isnan(da.jacobian(f, mode="forward")(a)).any()
