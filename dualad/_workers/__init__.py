"""Work beyond one process: SciPy's convention for `workers=`, in one place.

`_maps.run_tasks` hands items to workers (processes of its own, or whatever map the user gives) and
brings back answers, warnings and errors: all of them, or an error. `_carry` is the envelope in
which they travel, `_pool` the processes, `_check` what `workers=` may be. All but the last is
imported where it is used first: most programs have no workers.
"""

from ._check import check_workers as check_workers
from ._check import count_of as count_of
from ._check import is_serial as is_serial
