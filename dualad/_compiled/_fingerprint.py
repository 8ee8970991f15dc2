"""What a compiled function is made of, as one hash: its code, and all that the code refers to.

Numba's own cache on disk asks for the date of one file. A derivative contains the code of every
function that is called, so everything that Numba would freeze into it is read here: constants,
arrays, other functions through globals, closures and attributes of modules, and what other packages
have registered with Numba for them. What is not known to be constant cannot be cached at all.
"""

from __future__ import annotations

import enum
import functools
import hashlib
import inspect
import os
import random
import sys
import types as python_types
from collections.abc import Callable, Iterable
from typing import Any

import llvmlite
import numba
import numpy as np
from numba.core import types

from .._sources import formulas
from . import _templates
from ._templates import LIBRARIES, is_library, top_of

_PLAIN = (
    int,
    float,
    complex,
    str,
    bytes,
    bool,
    type(None),
    type(Ellipsis),
    range,
    slice,
)
# Of functions that draw random numbers by the state of the process; compiled code has its own.
_GENERATORS: Any = (random.random.__self__, np.random.random.__self__)
_BUILTIN = (python_types.BuiltinFunctionType, python_types.MethodDescriptorType, np.ufunc)


class NotConstantError(Exception):
    """Something is used whose value a later process cannot be sure of."""


def fingerprint(function: Any) -> str | None:
    """The hash of a dispatcher and all that it uses; None where it is not to be cached."""
    reader = _Reader()
    try:
        reader.add(function)
        for template in _templates.by_syntax():
            reader.in_place_of_syntax(template)
    except Exception:  # noqa: BLE001  # objects of the user's may raise anything when they are read
        return None
    return reader.hash.hexdigest()


@functools.cache
def versions() -> str:
    """What all cached code depends on: versions, and dualad's own files."""
    numbers = (numba.__version__, llvmlite.__version__, np.__version__, sys.version)
    return " ".join([*numbers, formulas()])


def settings() -> str:
    """What the environment, or the program, tells Numba of all code that it compiles."""
    return " ".join(str(getattr(numba.config, name, None)) for name in _SETTINGS)


_SETTINGS = ("BOUNDSCHECK", "OPT", "USE_LEGACY_TYPE_SYSTEM", "DISABLE_INTEL_SVML")


@functools.lru_cache(maxsize=256)
def _contents(path: str, _time: int, _size: int) -> bytes:
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).digest()


class _Reader:
    """One hash in the making."""

    def __init__(self) -> None:
        self.hash = hashlib.sha256()
        self.seen: dict[int, int] = {}
        self.kept: list[Any] = []  # so that no other object gets the same id
        self.makers: set[int] = set()

    def say(self, *words: Any) -> None:
        for word in words:
            data = word if isinstance(word, bytes) else str(word).encode(errors="surrogatepass")
            self.hash.update(b"%d:" % len(data) + data)

    def add(self, x: Any) -> None:
        """Take in a value of any kind."""
        if type(x) in _PLAIN or isinstance(x, np.generic):
            self.say(type(x).__qualname__, repr(x))
            return
        known = self.seen.get(id(x))
        if known is not None:
            self.say("seen", known)
            return
        self.seen[id(x)] = len(self.seen)
        self.kept.append(x)
        for kind, add in _KINDS:
            if isinstance(x, kind):
                add(self, x)
                return
        if hasattr(x, "py_func"):
            self._dispatcher(x)
        elif hasattr(x, "_dispatcher"):  # of numba.vectorize
            self.say("vectorized", getattr(x, "identity", None), getattr(x, "signature", None))
            self.say(x.types if getattr(x, "_frozen", False) else "any")
            self._dispatcher(x._dispatcher)
        elif hasattr(x, "_defn"):  # an intrinsic
            self._generated(x._defn)
        elif hasattr(x, "_numba_type_") and hasattr(x, "f"):  # a derivative function
            options = [getattr(x, name, None) for name in ("argnums", "order", "mode")]
            self.say("derivative", type(x).__qualname__, options)
            self.add(x.f)
        elif top_of(getattr(x, "__module__", None)) in LIBRARIES and _is_named(x):
            self.say("library", x.__module__, x.__qualname__)  # a function of NumPy's
        else:
            raise NotConstantError(type(x).__name__)

    def _many(self, values: Iterable[Any]) -> None:
        for value in values:
            self.add(value)

    def _dispatcher(self, x: Any) -> None:
        if not isinstance(x.py_func, python_types.FunctionType):
            raise NotConstantError("a dispatcher of something else")
        made_by = getattr(getattr(x, "_compiler", None), "pipeline_class", None)
        if not is_library(getattr(made_by, "__module__", "numba")):
            raise NotConstantError("a compiler of the user's")
        options = getattr(x, "targetoptions", {})
        self.say("compiled", type(x).__qualname__, sorted(map(repr, options.items())))
        self.say(sorted(map(repr, getattr(x, "locals", {}).items())))
        # Signatures that were given are all that there are, and arguments become what they say.
        self.say("any" if getattr(x, "_can_compile", True) else x.signatures)
        self.add(x.py_func)

    def _array(self, x: np.ndarray) -> None:
        if x.dtype.hasobject:
            raise NotConstantError("an array of objects")
        self.say("array", repr(x.dtype), x.shape, x.strides)
        self.say(np.ascontiguousarray(x).tobytes())

    def _sequence(self, x: Any) -> None:
        if type(x) in (tuple, list):
            self.say(type(x).__qualname__, len(x))
        else:
            self.add(type(x))  # a namedtuple has names
        self._many(x)

    def _set(self, x: Any) -> None:
        self.say("set", len(x))
        self._many(sorted(x, key=repr))

    def _mapping(self, x: dict[Any, Any]) -> None:
        self.say("dict", len(x))
        for key, value in x.items():
            self.add(key)
            self.add(value)

    def _enum(self, x: Any) -> None:
        self.say("enum", type(x).__qualname__, x.name)
        self.add(x.value)

    def _type(self, x: type) -> None:
        self.say("class", x.__module__, x.__qualname__)
        if issubclass(x, enum.Enum):
            self._many(x)
        elif issubclass(x, tuple) and hasattr(x, "_fields"):
            self._many(x._fields)
        elif not is_library(x.__module__) and not issubclass(x, BaseException):
            raise NotConstantError(f"the class {x.__qualname__}")

    def _numba_type(self, x: Any) -> None:
        if isinstance(x, (types.Number, types.Boolean, types.Array, types.BaseTuple)):
            self.say("type", str(x))
        else:
            raise NotConstantError(f"the type {x}")

    def _library_function(self, x: Any) -> None:
        module = getattr(x, "__module__", None)
        name = getattr(x, "__qualname__", None) or x.__name__
        if isinstance(x, np.ufunc) and getattr(np, name, None) is not x:
            module = "numpy" if top_of(module) == "scipy" else module
        owner = getattr(x, "__self__", None)
        if owner is not None and not isinstance(owner, (type, python_types.ModuleType)):
            if owner not in _GENERATORS:
                raise NotConstantError("a method of an object")
            name = f"{type(owner).__qualname__} {name}"
        self.say("builtin", module, name)
        self._registered(x)

    def _function(self, x: Any) -> None:
        self.say("function", x.__module__, x.__qualname__)
        if _is_of_library(x):
            return
        self._code(x.__code__)
        self.add(x.__defaults__)
        self.add(x.__kwdefaults__)
        self._many(map(_content, x.__closure__ or ()))
        names = _names(x.__code__)
        for name in sorted(names):
            if name in x.__globals__:
                self.say(name)
                self._global(x.__globals__[name], names, self.add)
        for template in _templates.attributes(names):
            self._generated(template)
        self._registered(x)

    def _global(self, value: Any, names: frozenset[str], add: Callable[[Any], None]) -> None:
        """A module stands for those of its attributes whose names the code has."""
        if not isinstance(value, python_types.ModuleType):
            add(value)
        elif is_library(value.__name__):
            self.say("module", value.__name__)
        elif (value, names) not in self.kept:
            self.kept.append((value, names))
            self.say("module", value.__name__)
            for name in sorted(names & vars(value).keys()):
                self.say(name)
                self._global(vars(value)[name], names, add)

    def _module(self, x: Any) -> None:
        if not is_library(x.__name__):
            raise NotConstantError(f"the module {x.__name__} as a value")
        self.say("module", x.__name__)

    def _code(self, code: python_types.CodeType) -> None:
        """Code with the lines that it stands in: errors that it raises tell them."""
        self.say(code.co_filename, code.co_firstlineno, code.co_name, code.co_code)
        self.say(code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, code.co_flags)
        self.say(code.co_argcount, code.co_kwonlyargcount, code.co_posonlyargcount)
        self.say(list(code.co_lines()))
        for constant in code.co_consts:
            if isinstance(constant, python_types.CodeType):
                self._code(constant)
            else:
                self.add(constant)

    def _registered(self, x: Any) -> None:
        """What packages have told Numba to compile in place of a function."""
        for template in _templates.functions(x):
            made_by = _templates.made_by(template)
            if made_by is None:
                raise NotConstantError("a function that is typed by hand")
            self._generated(made_by)

    def in_place_of_syntax(self, template: Any) -> None:
        """What packages have registered for operators and builtins, which code has no names for.

        Mostly it is for types of their own, so it is no reason to keep nothing.
        """
        made_by = _templates.made_by(template)
        other = _Reader()
        try:
            other._generated(made_by)
        except NotConstantError:
            other.say("of file")
            other._file(inspect.getfile(template if made_by is None else made_by))
        self.say("syntax", other.hash.digest())

    def _generated(self, function: Any) -> None:
        """A function that makes code: it may use anything in its file, so that is read, too."""
        inner = getattr(function, "__wrapped__", function)
        if not isinstance(inner, python_types.FunctionType):
            raise NotConstantError("code that is made by an object")
        if _is_of_library(inner) or id(inner) in self.makers:
            return
        self.makers.add(id(inner))
        self.kept.append(inner)
        self._code(inner.__code__)
        self._file(inner.__code__.co_filename)
        cells = map(_content, inner.__closure__ or ())
        defaults = (*(inner.__defaults__ or ()), *(inner.__kwdefaults__ or {}).values())
        for value in (*defaults, *cells):
            self._used(value)
        names = _names(inner.__code__)
        for name in sorted(names & inner.__globals__.keys()):
            self.say(name)
            self._global(inner.__globals__[name], names, self._used)

    def _used(self, x: Any) -> None:
        """What a function uses that makes code: types, too."""
        if isinstance(x, python_types.FunctionType):
            self._generated(x)
        elif isinstance(x, type):
            self.say("class", x.__module__, x.__qualname__)
            if not is_library(x.__module__):
                self._file(inspect.getfile(x))
        elif isinstance(x, types.Type) or top_of(type(x).__module__) == "llvmlite":
            self.say(type(x).__qualname__, str(x))
        else:
            self.add(x)

    def _file(self, path: str) -> None:
        try:
            found = os.stat(path)
            self.say(_contents(path, found.st_mtime_ns, found.st_size))
        except OSError:
            raise NotConstantError("code that is made by a function without a file") from None


def _is_of_library(x: Any) -> bool:
    """Whether a Python function belongs to a version. Its own name may be borrowed."""
    return is_library(x.__globals__.get("__name__")) and (not x.__closure__ or _is_named(x))


def _is_named(x: Any) -> bool:
    """Whether an object is what its module has under its name."""
    found: Any = sys.modules.get(x.__module__)
    for name in getattr(x, "__qualname__", "").split("."):
        found = getattr(found, name, None)
    return found is x


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # empty: the function is still being defined
        return None


def _names(code: python_types.CodeType) -> frozenset[str]:
    """All names that code and the functions inside it look up."""
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, python_types.CodeType):
            found |= _names(constant)
    return frozenset(found)


_KINDS: tuple[tuple[Any, Callable[[_Reader, Any], None]], ...] = (
    (enum.Enum, _Reader._enum),
    (np.ndarray, _Reader._array),
    ((tuple, list), _Reader._sequence),
    ((set, frozenset), _Reader._set),
    (dict, _Reader._mapping),
    (np.dtype, lambda reader, x: reader.say("dtype", repr(x))),
    (python_types.ModuleType, _Reader._module),
    (type, _Reader._type),
    (types.Type, _Reader._numba_type),
    (python_types.FunctionType, _Reader._function),
    (_BUILTIN, _Reader._library_function),
)
