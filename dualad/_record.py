"""Small classes that are data: `record`, a `dataclasses.dataclass` that costs nothing to import.

The standard decorator compiles source for each class, about a millisecond apiece, which is most of
what `import dualad` would take. Type checkers see the standard one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

__all__ = ["field", "record"]

if TYPE_CHECKING:
    from dataclasses import dataclass as record
    from dataclasses import field
else:

    class field:  # noqa: N801  # stands in for the function of the standard library
        """A default made anew for each object, or an attribute that ``__post_init__`` sets."""

        __slots__ = ("default_factory", "init")

        def __init__(
            self, *, default_factory: Callable[[], Any] | None = None, init: bool = True
        ) -> None:
            self.default_factory, self.init = default_factory, init

    def record(*, frozen: bool = False, slots: bool = True, eq: bool = False) -> Any:
        """A class with ``__init__`` and ``__repr__`` from its annotations, and with slots."""
        del slots, eq  # always so

        def decorate(cls: type) -> type:
            names = tuple(cls.__annotations__)
            given = {name: cls.__dict__[name] for name in names if name in cls.__dict__}
            space = {k: v for k, v in cls.__dict__.items() if k not in given and k not in _OWN}
            wanted = tuple(n for n in names if not _is_derived(given.get(n)))
            space.update(__slots__=names, __init__=_init(wanted, given))
            space.setdefault("__repr__", _repr(wanted))
            if frozen:
                space["__setattr__"] = _frozen
                space["__reduce__"] = _reduce(names)
            return type(cls)(cls.__name__, cls.__bases__, space)

        return decorate

    _OWN = ("__dict__", "__weakref__")

    def _is_derived(default: Any) -> bool:
        return type(default) is field and not default.init

    def _init(names: tuple[str, ...], given: dict[str, Any]) -> Callable[..., None]:
        def __init__(self: Any, *args: Any, **keywords: Any) -> None:  # noqa: N807  # it is one
            if len(args) > len(names) or not set(keywords) <= set(names[len(args) :]):
                raise TypeError(f"{type(self).__name__} takes {names}, not {args} {keywords}")
            for name, value in zip(names, args):  # noqa: B905  # the rest are keywords
                object.__setattr__(self, name, value)
            for name in names[len(args) :]:
                if name in keywords:
                    value = keywords[name]
                elif name not in given:
                    raise TypeError(f"{type(self).__name__} needs {name}")
                else:
                    value = given[name]
                    value = value.default_factory() if type(value) is field else value
                object.__setattr__(self, name, value)
            if hasattr(self, "__post_init__"):
                self.__post_init__()

        return __init__

    def _repr(names: tuple[str, ...]) -> Callable[[Any], str]:
        def __repr__(self: Any) -> str:  # noqa: N807  # it is one
            return f"{type(self).__name__}({', '.join(f'{n}={getattr(self, n)!r}' for n in names)})"

        return __repr__

    def _frozen(self: Any, name: str, _value: Any) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} can't be changed")

    def _reduce(names: tuple[str, ...]) -> Callable[[Any], Any]:
        def __reduce__(self: Any) -> Any:  # noqa: N807  # it is one
            return _remade, (type(self), tuple((n, getattr(self, n)) for n in names))

        return __reduce__

    def _remade(cls: type, items: tuple[tuple[str, Any], ...]) -> Any:
        out = object.__new__(cls)
        for name, value in items:
            object.__setattr__(out, name, value)
        return out
