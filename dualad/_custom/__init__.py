"""Derivative rules that users write: `custom_jvp`, `custom_vjp`, `elementwise`."""

from ._elementwise import elementwise as elementwise
from ._jvp import custom_jvp as custom_jvp
from ._vjp import custom_vjp as custom_vjp
