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
import os
import sys
import types as python_types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numba
import numpy as np
from numba.core import types
from numba.core.typing.templates import builtin_registry

from .._errors import is_internal

# Functions of these belong to a version, which is hashed, and are known by their names.
_LIBRARIES = frozenset(("numpy", "numba", "llvmlite", "scipy", "dualad", "builtins"))
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
    np.generic,
)
_BUILTIN = (python_types.BuiltinFunctionType, python_types.MethodDescriptorType, np.ufunc)


class NotConstantError(Exception):
    """Something is used whose value a later process cannot be sure of."""


def fingerprint(function: Any) -> str | None:
    """The hash of a dispatcher and all that it uses; None where it is not to be cached."""
    reader = _Reader()
    try:
        reader.add(function)
    except (NotConstantError, RecursionError):
        return None
    return reader.hash.hexdigest()


@functools.cache
def versions() -> str:
    """What all cached code depends on: versions, and dualad's own files."""
    own = hashlib.sha256()
    here = os.path.dirname(os.path.abspath(__file__))
    for folder in (here, os.path.join(os.path.dirname(here), "_rules")):
        for name in sorted(os.listdir(folder)):
            if name.endswith(".py"):
                own.update(f"{name}{_stamp(os.path.join(folder, name))}".encode())
    return f"{numba.__version__} {np.__version__} {sys.version} {own.hexdigest()}"


def _stamp(path: str) -> tuple[int, int]:
    found = os.stat(path)
    return found.st_mtime_ns, found.st_size


def _top(module: Any) -> str:
    return str(module or "").partition(".")[0]


def _is_library(module: Any) -> bool:
    top = _top(module)
    if top in _LIBRARIES:
        return True
    if top not in sys.stdlib_module_names:
        return False
    file = getattr(sys.modules.get(top), "__file__", None)  # a user's file may have such a name
    return file is None or is_internal(file)


class _Reader:
    """One hash in the making."""

    def __init__(self) -> None:
        self.hash = hashlib.sha256()
        self.seen: dict[int, int] = {}
        self.kept: list[Any] = []  # so that no other object gets the same id

    def say(self, *words: Any) -> None:
        for word in words:
            data = word if isinstance(word, bytes) else str(word).encode(errors="surrogatepass")
            self.hash.update(b"%d:" % len(data) + data)

    def add(self, x: Any) -> None:
        """Take in a value of any kind."""
        if isinstance(x, _PLAIN):
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
            self.say("vectorized")
            self._dispatcher(x._dispatcher)
        elif hasattr(x, "_defn"):  # an intrinsic
            self._generated(x._defn)
        elif hasattr(x, "_numba_type_") and hasattr(x, "f"):  # a derivative function
            options = [getattr(x, name, None) for name in ("argnums", "order", "mode")]
            self.say("derivative", type(x).__qualname__, options)
            self.add(x.f)
        elif _top(getattr(x, "__module__", None)) in _LIBRARIES and hasattr(x, "__qualname__"):
            self.say("library", x.__module__, x.__qualname__)  # a function of NumPy's
        else:
            raise NotConstantError(type(x).__name__)

    def _many(self, values: Iterable[Any]) -> None:
        for value in values:
            self.add(value)

    def _dispatcher(self, x: Any) -> None:
        if not isinstance(x.py_func, python_types.FunctionType):
            raise NotConstantError("a dispatcher of something else")
        options = getattr(x, "targetoptions", {})
        self.say("compiled", type(x).__qualname__, sorted(map(repr, options.items())))
        self.add(x.py_func)

    def _array(self, x: np.ndarray) -> None:
        if x.dtype.hasobject:
            raise NotConstantError("an array of objects")
        self.say("array", x.dtype.str, x.dtype.descr, x.shape, x.strides)
        self.say(np.ascontiguousarray(x).tobytes())

    def _sequence(self, x: Any) -> None:
        self.say(type(x).__qualname__, len(x))
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
        elif not _is_library(x.__module__) and not issubclass(x, BaseException):
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
            module = "numpy" if _top(module) == "scipy" else module
        owner = getattr(x, "__self__", None)
        if owner is not None and not isinstance(owner, (type, python_types.ModuleType)):
            name = f"{type(owner).__qualname__} {name}"
        self.say("builtin", module, name)
        self._registered(x)

    def _function(self, x: Any) -> None:
        if _is_library(x.__module__):
            self.say("function", x.__module__, x.__qualname__)
            return
        self.say("function", x.__module__, x.__qualname__)
        self._code(x.__code__)
        self.add(x.__defaults__)
        self.add(x.__kwdefaults__)
        self._many(map(_content, x.__closure__ or ()))
        names = _names(x.__code__)
        for name in sorted(names):
            if name in x.__globals__:
                self.say(name)
                self._global(x.__globals__[name], names)
        for template in _templates().attributes(names):
            self._generated(template)
        self._registered(x)

    def _global(self, value: Any, names: frozenset[str]) -> None:
        """A module stands for those of its attributes whose names the code has."""
        if not isinstance(value, python_types.ModuleType):
            self.add(value)
        elif _is_library(value.__name__):
            self.say("module", value.__name__)
        elif (value, names) not in self.kept:
            self.kept.append((value, names))
            self.say("module", value.__name__)
            for name in sorted(names & vars(value).keys()):
                self.say(name)
                self._global(vars(value)[name], names)

    def _module(self, x: Any) -> None:
        if not _is_library(x.__name__):
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
        for made_by in _templates().functions(x):
            if made_by is None:
                raise NotConstantError("a function that is typed by hand")
            self._generated(made_by)

    def _generated(self, function: Any) -> None:
        """A function that makes code: it may use anything in its file, so that is the stamp."""
        inner = getattr(function, "__wrapped__", function)
        if not isinstance(inner, python_types.FunctionType):
            raise NotConstantError("code that is made by an object")
        if _is_library(inner.__module__):
            return
        self._code(inner.__code__)
        self.add(inner.__defaults__)
        try:
            self.say(_stamp(inner.__code__.co_filename))
        except OSError:
            raise NotConstantError("code that is made by a function without a file") from None
        for cell in inner.__closure__ or ():  # register_jitable has its function here
            if isinstance(_content(cell), python_types.FunctionType):
                self.add(_content(cell))


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


class _Templates:
    """What packages other than Numba have registered with it, by ``numba.extending.overload``."""

    def __init__(self) -> None:
        self.counts = (-1, -1)
        self.by_function: dict[int, list[Any]] = {}
        self.by_attribute: dict[str, list[Any]] = {}

    def functions(self, x: Any) -> list[Any]:
        return self.by_function.get(id(x), [])

    def attributes(self, names: frozenset[str]) -> Iterator[Any]:
        for name in sorted(names & self.by_attribute.keys()):
            yield from self.by_attribute[name]

    def read(self) -> None:
        counts = (len(builtin_registry.functions), len(builtin_registry.attributes))
        if counts == self.counts:
            return
        self.counts = counts
        self.by_function, self.by_attribute = {}, {}
        for template in builtin_registry.functions:
            made_by = getattr(template, "_overload_func", None)
            key = getattr(template, "key", None)
            own = getattr(key if made_by is None else made_by, "__module__", "builtins")
            if not _is_library(own):
                self.by_function.setdefault(id(key), []).append(made_by)
        for template in builtin_registry.attributes:
            made_by = getattr(template, "_overload_func", None)
            if made_by is not None and not _is_library(made_by.__module__):
                self.by_attribute.setdefault(template._attr, []).append(made_by)


_TEMPLATES = _Templates()


def _templates() -> _Templates:
    _TEMPLATES.read()
    return _TEMPLATES


_KINDS: tuple[tuple[Any, Callable[[_Reader, Any], None]], ...] = (
    (enum.Enum, _Reader._enum),
    (np.ndarray, _Reader._array),
    ((tuple, list), _Reader._sequence),
    ((set, frozenset), _Reader._set),
    (dict, _Reader._mapping),
    (np.dtype, lambda reader, x: reader.say("dtype", x.str, x.descr)),
    (python_types.ModuleType, _Reader._module),
    (type, _Reader._type),
    (types.Type, _Reader._numba_type),
    (python_types.FunctionType, _Reader._function),
    (_BUILTIN, _Reader._library_function),
)
