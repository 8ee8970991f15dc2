"""Derivative rules that users write, and `finite_difference` for functions without one."""

from ._difference import finite_difference as finite_difference
from ._elementwise import elementwise as elementwise
from ._jvp import custom_jvp as custom_jvp
from ._vjp import custom_vjp as custom_vjp
