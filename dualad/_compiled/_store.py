"""Derivatives on disk, where the user's function is decorated with ``cache=True``.

One file holds the machine code of one driver or one differentiated function for one signature. It
stands in the folder that Numba uses for the function itself, is replaced as a whole, and says what
it was made of (see `_fingerprint`): a file that was made of something else is compiled anew. All
that may go wrong with files means no more than that there is no cache.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import os
import pickle
import sys
import uuid
import weakref
from collections.abc import Callable
from typing import Any

from numba.core import types
from numba.core.caching import FunctionCache, _Cache
from numba.core.compiler import CompileResult
from numba.core.environment import _rebuild_env
from numba.core.runtime import rtsys
from numba.core.serialize import dumps

from . import _addresses
from ._fingerprint import fingerprint, settings, versions

_LIGHT = "dualad._compiled"  # in place of modules that loaded code does not need
_FIRST: weakref.WeakKeyDictionary[Any, str | None] = weakref.WeakKeyDictionary()
_TOKEN = uuid.uuid4().hex[:12]
_NOT_KEPT = (types.Callable, types.ClassInstanceType, types.StructRef, types.FunctionType)


def unique(name: str) -> str:
    """A name for code that no other process gives: the linker goes by names, in cached code too."""
    return f"{name}__{_TOKEN}{os.getpid():x}"


def folder_of(f: Any) -> str | None:
    """Where Numba keeps f on disk; None where it does not."""
    cache = getattr(f, "_cache", None)
    return cache.cache_path if isinstance(cache, FunctionCache) else None


def noted(f: Any) -> str | None:
    """The fingerprint of f, None where it has changed since its first derivative.

    Numba freezes globals when it compiles: functions that were compiled before and after a change
    may meet in one driver, which is nothing to keep.
    """
    now = fingerprint(f)
    return now if _FIRST.setdefault(f, now) == now else None


class _Reduced:
    """An environment as it is pickled: those of the libraries need no module."""

    def __init__(self, env: Any) -> None:
        self.env = env

    def __reduce__(self) -> Any:
        name = self.env.globals.get("__name__")
        own = str(name).startswith(("dualad.", "numba."))
        return _rebuild_env, (_LIGHT if own else name, self.env.consts, self.env.env_name)


class Store(_Cache):
    """The cache of one dispatcher, as Numba asks it.

    Parameters
    ----------
    f : dispatcher
        The user's function.
    what : tuple
        Which derivative of f it is; with a plain repr.
    prepare : callable
        Called before anything is compiled.
    """

    def __init__(self, f: Any, what: tuple[Any, ...], prepare: Callable[[], Any]) -> None:
        self._f, self._what, self._prepare = weakref.ref(f), what, prepare

    @property
    def cache_path(self) -> Any:
        f = self._f()
        return None if f is None else folder_of(f)

    def enable(self) -> None:
        """It is on whenever that of f is."""

    def disable(self) -> None:
        """As `enable`."""

    def flush(self) -> None:
        """Files are replaced when they are old."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        found = None
        try:
            found = self._loaded(sig, target_context)
        except Exception:  # noqa: BLE001  # whatever stands in the file: compile
            found = None
        if found is None:
            self._prepare()
            target_context.refresh()
        return found

    def _loaded(self, sig: Any, target_context: Any) -> Any:
        place = self._place(sig, target_context.codegen())
        if place is None or not os.path.exists(place[0]):
            return None
        with open(place[0], "rb") as file:
            stamp, payload = file.read(64), file.read()
        if stamp != place[1] + hashlib.sha256(payload).digest():
            return None
        args, symbols, env, reduced = pickle.loads(payload)
        if args != _arguments(sig):
            return None
        _addresses.define(symbols)
        # All that loaded code needs of the context; its registries take as long as Numba's import.
        rtsys.initialize(target_context)
        return CompileResult._rebuild(target_context, *reduced[:2], env, *reduced[2:])

    def save_overload(self, sig: Any, data: Any) -> None:
        try:
            self._save(sig, data)
        except Exception:  # noqa: BLE001  # a full or read-only disk, types that do not pickle
            return

    def _save(self, sig: Any, cres: Any) -> None:
        place = self._place(sig, cres.codegen)
        if place is None or cres.library.has_dynamic_globals or cres.objectmode or cres.lifted:
            return
        symbols = _addresses.used(cres.library._final_module)
        library, fndesc, env, *rest, referenced = cres._reduce()
        reduced = (library, fndesc, *rest, tuple(map(_Reduced, referenced)))
        payload = dumps((_arguments(sig), symbols, _Reduced(env), reduced))
        data = place[1] + hashlib.sha256(payload).digest() + payload
        _write(place[0], data)

    def _place(self, sig: Any, codegen: Any) -> tuple[str, bytes] | None:
        """(file, what it must be made of) for a signature; None where nothing is kept."""
        f = self._f()
        if f is None or not all(map(_is_kept, _arguments(sig))):
            return None
        return _place_of(f, self._what, (sig, codegen.magic_tuple()))


def _place_of(f: Any, what: Any, more: tuple[Any, ...]) -> tuple[str, bytes] | None:
    folder = folder_of(f)
    made_of = None if folder is None else noted(f)
    if folder is None or made_of is None:
        return None
    own = f.py_func
    names = [own.__module__, own.__qualname__, own.__code__.co_firstlineno, what, *more]
    names += [sys.implementation.cache_tag, getattr(sys, "abiflags", "")]
    if own.__closure__:  # many functions of one place: each has its own file
        names.append(made_of)
    digest = hashlib.sha256("\0".join(map(str, names)).encode()).hexdigest()[:20]
    try:
        known = f"{made_of}\0{versions()}\0{settings()}"
    except OSError:  # a program of one file has no sources that could be read
        return None
    stamp = hashlib.sha256(known.encode()).digest()
    return os.path.join(folder, f"{_plain(own.__name__)}.dualad-{digest}.nbc"), stamp


def _write(path: str, data: bytes) -> None:
    """The whole file or none: other processes read it."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    temporary = f"{path}.{uuid.uuid4().hex[:12]}"
    try:
        with open(temporary, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _arguments(sig: Any) -> tuple[Any, ...]:
    return tuple(getattr(sig, "args", sig))


def _plain(name: str) -> str:
    """A name as a file may have it."""
    return "".join(c if c.isalnum() and c.isascii() else "_" for c in name)[:60]


def _is_kept(ty: Any) -> bool:
    """Whether a type means the same in another process."""
    inner = getattr(ty, "dtype", None)
    members = list(ty) if isinstance(ty, types.BaseTuple) else [inner] if inner is not None else []
    members += [
        getattr(ty, name) for name in ("key_type", "value_type", "type") if hasattr(ty, name)
    ]
    known = not isinstance(ty, _NOT_KEPT)
    return known and all(_is_kept(m) for m in members if isinstance(m, types.Type))


def remembered(f: Any, key: tuple[Any, ...], find: Callable[..., Any]) -> Any:
    """``find(f, key)``, kept on disk with the derivatives of f."""
    place = None if folder_of(f) is None else _place_of(f, ("remembered", find.__name__, key), ())
    if place is not None:
        try:
            with open(place[0], "rb") as file:
                stamp, text = file.read(64), file.read()
            if stamp == place[1] + hashlib.sha256(text).digest():
                return ast.literal_eval(text.decode())
        except (OSError, ValueError, SyntaxError):
            pass
    found = find(f, key)
    if place is not None:
        with contextlib.suppress(OSError):
            text = repr(found).encode()
            _write(place[0], place[1] + hashlib.sha256(text).digest() + text)
    return found


def kept(f: Any, dispatcher: Any, what: tuple[Any, ...], prepare: Callable[[], Any]) -> Any:
    """The dispatcher, its code taken from disk and kept there if that of f is."""
    dispatcher._cache = Store(f, what, prepare)
    return dispatcher


__all__ = ["Store", "kept", "noted", "remembered", "unique"]
