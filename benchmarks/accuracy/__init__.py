"""The errors of derivatives against mpmath, in units in the last place (ulp).

`python -m benchmarks.accuracy` measures, beside other packages where they are installed, and writes
`docs/accuracy.md` (which says what is measured) and the files that the tests hold dualad to.
"""

from .rows import derivatives as derivatives
from .rows import parts as parts
from .rows import rows as rows
