"""Sensitivities and uncertainties of simulations, from exact derivatives."""

from __future__ import annotations

from ._results import MissingPackageError as MissingPackageError
from ._results import Result as Result
