"""Startup: import and first derivatives, each in a fresh process (asv).

"Cold" and "warm" are the disk caches of compiled functions and of their derivatives: an empty
folder, and the folder that another process has filled with the same code.
"""

from __future__ import annotations

_USER_MODULE = """
import math
import numba

@numba.njit(cache=True)
def f(x):
    return math.sin(x[0]) * x[1] + x[0]
"""

_SETUP = f"""
import os, subprocess, sys, tempfile
import numpy as np
folder = tempfile.mkdtemp()
os.environ["NUMBA_CACHE_DIR"] = os.environ["DUALAD_CACHE_DIR"] = folder
with open(os.path.join(folder, "user_module.py"), "w") as file:
    file.write({_USER_MODULE!r})
sys.path.insert(0, folder)
"""

_COMPILED = """
import dualad as da
from user_module import f
da.grad(f)(np.array([0.5, 2.0]))
"""

_FILL = f"""
code = {"import sys; sys.path.insert(0, sys.argv[1]); import numpy as np" + _COMPILED!r}
subprocess.run([sys.executable, "-c", code, folder], check=True)
"""

_CLEAR = """
import shutil
shutil.rmtree(folder)
"""


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


def timeraw_first_hessian() -> str:
    return """
    import numpy as np
    import dualad as da
    da.hessian(lambda x: np.sum(np.tanh(x) * x))(np.ones(5))
    """


def timeraw_first_of_another_function() -> tuple[str, str]:
    """The same when a derivative has been taken in the process before."""
    code = """
    da.grad(lambda x: np.sum(np.tanh(x) * x), mode="reverse")(np.ones(50))
    """
    setup = """
    import numpy as np
    import dualad as da
    da.grad(lambda x: np.sum(np.sin(x)), mode="reverse")(np.ones(50))
    """
    return code, setup


def timeraw_compiled_cold() -> tuple[str, str]:
    return _COMPILED + _CLEAR, _SETUP


def timeraw_compiled_warm() -> tuple[str, str]:
    return _COMPILED + _CLEAR, _SETUP + _FILL


for _name, _benchmark in list(globals().items()):
    if _name.startswith("timeraw_"):
        _benchmark.number = 1  # what runs again in the same process is no start
        _benchmark.timeout = 300.0
for _slow in (timeraw_compiled_cold, timeraw_compiled_warm):
    _slow.rounds, _slow.repeat = 1, 2  # type: ignore[attr-defined]  # asv reads them
