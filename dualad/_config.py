"""Settings of this process."""

from __future__ import annotations

import os

from ._errors import InputError

_KERNELS = ("auto", "on", "off")


class Config:
    """Settings of this process, as attributes of `dualad.config`.

    Attributes
    ----------
    kernels : {"auto", "on", "off"}
        Compiled kernels for arithmetic on eager numbers. ``"auto"``: NumPy's expressions, until
        derivatives have cost a few seconds that kernels would have saved; then a child process
        compiles the kernels once for this machine, in the background, and later calls use them.
        ``"on"``: the first derivative waits for them. ``"off"``: never. Kernels and expressions
        give the same bits. The environment variable ``DUALAD_KERNELS`` sets the start.

    Raises
    ------
    InputError
        For a value that is none of these.
    """

    __slots__ = ("_kernels",)

    def __init__(self) -> None:
        self._kernels = "auto"
        self.kernels = os.environ.get("DUALAD_KERNELS", "auto")

    @property
    def kernels(self) -> str:
        return self._kernels

    @kernels.setter
    def kernels(self, value: str) -> None:
        if value not in _KERNELS:
            raise InputError(
                f"config.kernels = {value!r}; it must be one of {', '.join(_KERNELS)}",
                'config.kernels = "auto"',
            )
        self._kernels = value

    def __repr__(self) -> str:
        return f"Config(kernels={self.kernels!r})"


config = Config()

__all__ = ["Config", "config"]
