"""`check_derivatives`: every mode against the others and against finite differences."""

from ._check import CheckReport as CheckReport
from ._check import check_derivatives as check_derivatives
