"""The numbers that carry derivatives: duals and hyper-duals, and what they share."""

from . import _creation as _creation  # registers zeros_like and its kin
from . import _escapes as _escapes  # closes the ways out of an evaluation
from . import _methods as _methods  # attaches indexing and methods to Number
from . import _operators as _operators  # attaches operators to Number
from ._dual import ArrayDual as ArrayDual
from ._dual import Dual as Dual
from ._dual import ScalarDual as ScalarDual
from ._hyperdual import ArrayHyperDual as ArrayHyperDual
from ._hyperdual import HyperDual as HyperDual
from ._level import Level as Level
from ._level import hush as hush
from ._level import unhush as unhush
from ._number import Number as Number
from ._number import primal as primal
from ._number import primal_tree as primal_tree
