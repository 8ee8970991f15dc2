"""Trust: whether the derivative of what was executed is that of the function.

User code decides on differentiated values: branches, loops, indices, counts. Where a decision would
go another way after a small step of the inputs, the function is run again with the decisions of
either side, the values those of the point itself. If value and derivative stay, all is well: the
pieces fit together. If a test for equality was to blame, the derivative of the runs without it is
the right one, and is used. In every other case a `DerivativeWarning` names the line.

`_script` turns, writes down and repeats the decisions of a run, `_run` makes such runs, `_judge`
compares them, `_steps` finds what depends on its input only in jumps, `_report` warns, `_watched`
is what evaluations call.
"""

from ._report import TEXTS as TEXTS
from ._report import silenced as silenced
from ._watched import findings as findings
from ._watched import judged_apart as judged_apart
from ._watched import judged_push as judged_push
from ._watched import judged_second as judged_second
from ._watched import judged_tape as judged_tape
from ._watched import look_for_jumps as look_for_jumps
from ._watched import look_for_jumps_behind as look_for_jumps_behind
from ._watched import look_for_jumps_of as look_for_jumps_of
