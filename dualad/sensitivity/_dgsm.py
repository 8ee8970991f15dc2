"""Derivative-based global sensitivity measures (DGSM): `dgsm`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._derivatives import value_and_jacobian
from .._errors import DualadError, InputError, OutputError, shown
from .._workers import check_workers, count_of
from .._workers._progress import Progress
from ._design import Design
from ._inputs import Bound
from ._measures import GlobalSensitivities
from ._outputs import Outputs, check_size

_UPDATES = 64  # of a progress bar, about


class SampleError(DualadError, RuntimeError):
    """A parameter set of a study failed.

    Attributes
    ----------
    index : int
        Which, counted from 0.
    values : dict
        Its parameters by name.
    """

    index: int
    values: dict[str, float]

    def __reduce__(self) -> tuple[object, ...]:
        return (*super().__reduce__(), {"index": self.index, "values": self.values})


def dgsm(
    f: Callable[..., Any],
    sampler: Any,
    n: int | None = None,
    *,
    distributions: Any = None,
    names: Sequence[str] | None = None,
    seed: Any = None,
    unpack: bool | None = None,
    mode: str = "auto",
    on_error: str = "raise",
    workers: Any = None,
    progress: bool | Callable[[int, int], Any] | None = None,
) -> GlobalSensitivities:
    """Derivative-based global sensitivity measures over a sample of parameter sets.

    Parameters
    ----------
    f : callable
        An ordinary NumPy function of the parameters to a number, an array or a container. It is
        called as in `sensitivity`: with a dict whose keys are names of its arguments as keywords,
        with a vector as it is.
    sampler : dict, qmc engine, array or DataFrame
        A dict from names to ranges ``(low, high)``, which are uniform, or to frozen distributions
        of `scipy.stats`; other numbers and strings in it are constants. The sample is then a
        scrambled Sobol' sequence. Or an engine of `scipy.stats.qmc`, which has its own seed. Or
        samples, one row for each set.
    n : int, optional
        How many parameter sets; by default 1024. A power of 2 suits Sobol' sequences.
    distributions : dict or sequence, optional
        For an engine (uniform on the unit cube by default) and for samples: ranges or
        distributions, one for each column. Without them samples give no bounds.
    names : sequence of str, optional
        Names of the columns of an engine or an array.
    seed : int or Generator, optional
        Of the sample. Equal seeds give equal results, however many workers there are.
    unpack : bool, optional
        As in `sensitivity`.
    mode : {"auto", "forward", "reverse"}
        As in `jacobian`.
    on_error : {"raise", "omit"}
        "omit" leaves parameter sets out at which f raises or is not finite; they are counted and
        listed in `failures`.
    workers : int or map-like callable, optional
        Parameter sets go out in batches to so many processes (-1: all processors), or through a map
        such as ``pool.map``. f must pickle.
    progress : bool or callable, optional
        True shows a bar (by tqdm where it is installed); a callable gets ``(done, total)``
        parameter sets. None: as `dualad.config.progress` says.

    Returns
    -------
    GlobalSensitivities
        `nu`, `mu`, `mu_star`, `sigma`, `bound` with their standard errors, `ranking`, `samples`,
        `values`, `gradients`, `failures`, `to_frame` and `plot`.

    Raises
    ------
    SampleError
        A parameter set failed: its index and values, and the error as the cause.
    InputError, InputTypeError
        If ranges, distributions, names or shapes are none.

    Notes
    -----
    With ``g = df/dx_i``: ``nu = E[g**2]``, ``mu = E[g]``, ``mu_star = E|g|``, ``sigma**2 = Var g``,
    and ``bound = C nu / Var f``, an upper bound of the total Sobol' index of x_i for independent
    parameters. C is the Poincare constant of the distribution: exact for uniform, normal,
    exponential, Laplace and logistic ones and on bounded intervals, an upper bound for others. A
    parameter with a small bound may be fixed; a large bound proves nothing. Standard errors are
    those of independent samples, which are on the safe side for Sobol' sequences.

    Examples
    --------
    >>> import numpy as np
    >>> study = dgsm(lambda a, b: a + b**2, {"a": (0.0, 1.0), "b": (0.0, 0.5)}, 64, seed=1)
    >>> study.ranking
    ['a', 'b']
    >>> study.nu["a"]
    np.float64(1.0)

    References
    ----------
    I. Sobol', S. Kucherenko, "Derivative based global sensitivity measures and their link with
    global sensitivity indices", Mathematics and Computers in Simulation 79, 2009.
    S. Kucherenko, B. Iooss, "Derivative-based global sensitivity measures", Handbook of
    Uncertainty Quantification, Springer 2017.
    """
    if on_error not in ("raise", "omit"):
        raise InputError(f"on_error={shown(on_error)}; it must be 'raise' or 'omit'", "'raise'")
    workers = check_workers(workers)
    design = Design(sampler, n, distributions, names, seed)
    bound = Bound(f, design.inputs, unpack)
    total = len(design.points)
    work = _Study(bound, design, mode, on_error == "omit")
    size = max(1, math.ceil(total / max(_UPDATES, 8 * count_of(workers))))
    # The first set is done here: what it says of the best mode holds for all.
    batches = [(i, design.points[i : i + size]) for i in range(1, total, size)]
    with Progress(progress, total, "sets") as bar:
        first = work.begin(design.points[0])
        found = _run(work, batches, workers, bar, total)
    return _gathered(bound.__name__, design, [first, *found])


def _run(work: _Study, batches: list[Any], workers: Any, bar: Progress, total: int) -> list[Any]:
    from .._workers._maps import run_tasks  # loads multiprocessing

    def describe(batch: Any) -> str:
        start, rows = batch
        return f"parameter sets {start} to {start + len(rows) - 1} of {work.bound.__name__}"

    def note(done: int, _of: int) -> None:
        bar.at(min(total, 1 + done * len(batches[0][1])))

    return run_tasks(work, batches, workers, f=work.bound.f, describe=describe, progress=note)


class _Study:
    """The work of a batch: values and derivatives at each of its parameter sets."""

    def __init__(self, bound: Bound, design: Design, mode: str, omit: bool) -> None:
        self.bound, self.mode, self.omit = bound, mode, omit
        self.names, self.keyed = design.names, design.rest is not None
        self.plans: dict[Any, Any] = {}

    def begin(self, row: np.ndarray) -> list[Any]:
        """The first set; its choice of mode is kept for the others."""
        verb = value_and_jacobian(self.bound.function, mode=self.mode)
        out = [self._at(verb, 0, row)]
        self.plans = verb._plans
        return out

    def __call__(self, batch: tuple[int, np.ndarray]) -> list[Any]:
        start, rows = batch
        verb = value_and_jacobian(self.bound.function, mode=self.mode)
        out = []
        for i, row in enumerate(rows):
            verb._plans = dict(self.plans)  # no set depends on what came before it in its batch
            out.append(self._at(verb, start + i, row))
        return out

    def _at(self, verb: Any, index: int, row: np.ndarray) -> Any:
        """(value, gradient, names of the outputs), flat; or the text of what failed."""
        point: Any = np.array(row)
        if self.keyed:
            point = {name: float(x) for name, x in zip(self.names, row, strict=True)}
        try:
            return _evaluated(verb, point, len(row), self.bound.__name__)
        except Exception as error:
            if not self.omit:
                raise self._failed(index, row, error) from error
            return f"{type(error).__name__}: {error}".splitlines()[0]

    def _failed(self, index: int, row: np.ndarray, error: Exception) -> SampleError:
        values = {name: float(x) for name, x in zip(self.names, row, strict=True)}
        shown_values = ", ".join(f"{k}={v:.6g}" for k, v in list(values.items())[:8])
        more = ", ..." if len(values) > 8 else ""
        out = SampleError(
            f"parameter set {index} ({shown_values}{more}) failed: {type(error).__name__}: "
            f"{getattr(error, 'met', error)}",
            "on_error='omit' leaves such sets out, and counts them",
        )
        out.index, out.values = index, values
        return out


def _evaluated(verb: Any, point: Any, d: int, name: str) -> Any:
    call = verb._call((point,), {})
    rows = verb._rows(call)
    outputs = Outputs(rows.values, rows.recorded.build, name)
    blocks = [
        np.zeros((size, d)) if b is None else np.reshape(b, (d, size)).T
        for b, size in zip(rows.blocks, outputs.sizes, strict=True)
    ]
    gradient = np.ascontiguousarray(np.concatenate(blocks))
    if not np.isfinite(gradient).all():
        raise OutputError(f"the derivative of {name} is not finite", "where f is smooth")
    return np.asarray(outputs.flat(), float), gradient, outputs.shapes, outputs.names()


def _gathered(name: str, design: Design, found: list[Any]) -> GlobalSensitivities:
    sets = [one for batch in found for one in batch]
    kept = [i for i, one in enumerate(sets) if not isinstance(one, str)]
    failures = {i: one for i, one in enumerate(sets) if isinstance(one, str)}
    if len(kept) < 2:
        text = next(iter(failures.values()), "")
        raise OutputError(
            f"{name} failed at {len(failures)} of {len(sets)} parameter sets: {text}",
            "on_error='raise', which shows the first error",
        )
    first = sets[kept[0]]
    for i in kept:
        if sets[i][2] != first[2]:
            raise OutputError(
                f"{name} returned shapes {first[2]} at parameter set {kept[0]} and {sets[i][2]} "
                f"at {i}",
                "outputs of one shape, at the same times for example",
            )
    check_size(len(kept) * len(first[0]), len(design.names), "all gradients")
    return GlobalSensitivities(
        name=name,
        names=design.names,
        marginals=design.marginals,
        samples=design.points[kept],
        values=np.stack([sets[i][0] for i in kept]),
        gradients=np.stack([sets[i][1] for i in kept]),
        shapes=first[2],
        outputs=first[3],
        failures=failures,
    )
