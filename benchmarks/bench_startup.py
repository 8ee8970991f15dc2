"""Startup: import and the first derivative, each in a fresh process (asv)."""

from __future__ import annotations


def timeraw_import_numpy() -> str:
    """The yardstick."""
    return "import numpy"


def timeraw_import() -> str:
    return "import dualad"


def timeraw_first_jacobian() -> str:
    return """
    import numpy as np
    import dualad as da
    da.jacobian(lambda x: np.sin(x) * x[0])(np.array([1.0, 2.0]))
    """


def timeraw_first_gradient() -> str:
    return """
    import numpy as np
    import dualad as da
    da.grad(lambda x: np.sum(np.tanh(x) * x), mode="reverse")(np.ones(50))
    """
