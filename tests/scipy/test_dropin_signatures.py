"""Names, signatures, docstrings and types of `dualad.scipy` are those of the installed SciPy."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.integrate
import scipy.optimize

import dualad as da
from dualad import scipy as ds

OWN = {"mode", "chunk_size", "workers"}
TABLE = [("optimize", n) for n in ds._OPTIMIZE if hasattr(scipy.optimize, n)]
TABLE += [("integrate", n) for n in ds._INTEGRATE if hasattr(scipy.integrate, n)]
names = pytest.mark.parametrize(("namespace", "name"), TABLE)


@names
def test_signatures(namespace, name):
    theirs = getattr(getattr(scipy, namespace), name)
    ours = getattr(ds, name)
    known = inspect.signature(theirs).parameters
    got = inspect.signature(ours).parameters
    assert [n for n in got if n in known] == list(known)
    for n, p in known.items():
        assert got[n] == p
    added = set(got) - set(known)
    assert added <= OWN
    assert added == OWN - set(known)
    assert all(got[n].kind is inspect.Parameter.KEYWORD_ONLY for n in added)
    assert ours.__name__ == name
    if isinstance(ours, type):
        assert issubclass(ours, theirs)
        return
    assert ours.__module__ == "dualad.scipy"
    assert pickle.loads(pickle.dumps(ours)) is ours


@names
def test_docstrings(namespace, name):
    theirs = getattr(getattr(scipy, namespace), name)
    ours = getattr(ds, name)
    if isinstance(ours, type):
        return
    text = inspect.getdoc(ours)
    added = [line for line in text.splitlines() if line.strip()]
    for line in inspect.getdoc(theirs).splitlines():
        if line.strip():
            assert line.rstrip() in [a.rstrip() for a in added], line
    assert "Exact derivatives" in text
    assert text.index("Exact derivatives") < (text.index("Returns\n") if "Returns\n---" in text else
                                              len(text))  # fmt: skip


@pytest.mark.parametrize("namespace", ["optimize", "integrate"])
def test_namespaces_have_every_name(namespace):
    theirs, ours = getattr(scipy, namespace), getattr(ds, namespace)
    ours_by_import = __import__(f"dualad.scipy.{namespace}", fromlist=["x"])
    assert ours is ours_by_import
    table = getattr(ds, f"_{namespace.upper()}")
    assert set(theirs.__all__) == set(dir(ours))
    for name in theirs.__all__:
        mine = getattr(ours, name)
        if isinstance(getattr(theirs, name), type) and name not in table:
            assert mine is getattr(theirs, name)
        if name in table:
            assert mine is getattr(ds, name)
    with pytest.raises(AttributeError):
        ours.no_such_name  # noqa: B018
    assert not hasattr(ours, "__no_such__")
    space = {}
    exec(f"from dualad.scipy.{namespace} import *", space)
    assert set(theirs.__all__) <= set(space)
    assert all(space[name] is getattr(ours, name) for name in theirs.__all__)


def test_what_takes_no_derivative_is_scipys_own():
    from dualad.scipy import Bounds, LinearConstraint, OptimizeResult, check_grad, rosen

    for name, value in (
        ("Bounds", Bounds),
        ("LinearConstraint", LinearConstraint),
        ("OptimizeResult", OptimizeResult),
        ("check_grad", check_grad),
        ("rosen", rosen),
    ):
        assert value is getattr(scipy.optimize, name)
    with pytest.raises(AttributeError, match="no_such_name"):
        ds.no_such_name  # noqa: B018


def test_solvers_without_derivatives_have_scipys_signature():
    for name in ("brentq", "fixed_point", "brenth"):
        ours, theirs = getattr(ds, name), getattr(scipy.optimize, name)
        assert inspect.signature(ours) == inspect.signature(theirs)
        assert ours.__doc__ == theirs.__doc__
        with pytest.raises(TypeError, match="mode"):
            ours(np.cos, 0.0, 2.0, mode="forward")


def test_nothing_is_imported_before_it_is_used():
    code = (
        "import sys, dualad as da\n"
        "da.scipy\n"
        "import dualad.scipy.optimize, dualad.scipy.integrate\n"
        "assert not [m for m in sys.modules if m.split('.')[0] == 'scipy'], 'SciPy was imported'\n"
        "da.scipy.pair\n"
        "assert 'scipy.optimize' not in sys.modules\n"
        "da.scipy.minimize\n"
        "assert 'scipy.optimize' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_name_is_listed():
    assert set(ds.__all__) <= set(dir(ds)) | {"optimize", "integrate"}
    assert {"minimize", "least_squares", "curve_fit", "root", "pair", "triple"} <= set(ds.__all__)
    assert da.scipy is ds


# --- stubs ---------------------------------------------------------------------------------------

FOLDER = Path(ds.__file__).parent


def test_the_stubs_know_every_parameter():
    tree = ast.parse((FOLDER / "__init__.pyi").read_text(encoding="utf-8"))
    functions = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
    for _, name in TABLE:
        ours = getattr(ds, name)
        if isinstance(ours, type):
            continue
        arguments = functions[name].args
        known = [a.arg for a in arguments.args + arguments.kwonlyargs]
        missing = set(inspect.signature(ours).parameters) - {*known, "options", "kwargs", "kw"}
        # `seed`, where a newer SciPy says `rng`, is accepted but is no parameter of its own.
        assert missing <= {"seed"}, f"{name} has {missing}: run python docs/stubs.py"


def test_the_stubs_are_current():
    path = Path(__file__).resolve().parents[2] / "docs" / "stubs.py"
    spec = importlib.util.spec_from_file_location("docs_stubs", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for file, text in module.pages().items():
        written = (FOLDER / file.name).read_text(encoding="utf-8")
        made_with = written.splitlines()[0].rpartition("SciPy ")[2]
        if made_with.split(".")[:2] == scipy.__version__.split(".")[:2]:
            same = text.splitlines()[1:] == written.splitlines()[1:]
            assert same, f"{file.name} is old: run python docs/stubs.py"
