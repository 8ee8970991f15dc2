"""Sensitivities and uncertainties of simulations, from exact derivatives."""

from __future__ import annotations

from ._dgsm import SampleError as SampleError
from ._dgsm import dgsm as dgsm
from ._identified import Identifiability as Identifiability
from ._identify import fisher_information as fisher_information
from ._identify import identifiability as identifiability
from ._local import sensitivity as sensitivity
from ._measures import GlobalSensitivities as GlobalSensitivities
from ._prediction import Prediction as Prediction
from ._propagate import propagate as propagate
from ._propagated import Propagated as Propagated
from ._results import MissingPackageError as MissingPackageError
from ._results import Result as Result
from ._sensitivities import Sensitivities as Sensitivities
