"""Dask `distributed`: a cluster of two worker processes does what a serial run does."""

from __future__ import annotations

import os
import time
import warnings

import numpy as np
import pytest
from scipy import stats

import dualad as da
from dualad._workers import count_of
from dualad._workers._maps import run_tasks
from dualad.sensitivity import SampleError, dgsm
from tests.sensitivity import global_models as models
from tests.workers import work

X = np.linspace(0.2, 1.9, 9)


@pytest.fixture(scope="module")
def client():
    import dask
    from distributed import Client, LocalCluster

    # A worker that dies takes its task with it: by default Dask tries that three times more.
    settings = {"distributed.scheduler.allowed-failures": 0}
    with (
        dask.config.set(settings),
        LocalCluster(
            n_workers=2, threads_per_worker=2, processes=True, dashboard_address=":0"
        ) as cluster,
        Client(cluster) as made,
    ):
        yield made


@pytest.fixture(params=["client.map", "wrapped"])
def workers(request, client):
    if request.param == "client.map":
        return client.map
    return lambda f, items: client.gather(client.map(f, list(items)))


def test_tasks(workers):
    assert run_tasks(work.slowly, range(9), workers) == list(range(9))
    assert os.getpid() not in run_tasks(work.process, range(4), workers)


def test_how_many_workers(client):
    assert count_of(client.map) == 4  # threads, of both processes


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_derivatives(mode, workers):
    options = {"mode": mode, "chunk_size": 3}
    for name in ("elementwise", "through_matrices", "few_outputs"):
        f = getattr(work, name)
        got = da.jacobian(f, **options, workers=workers)(X)
        plain = da.jacobian(f, **options)(X)
        for a, b in zip(
            *(t.values() if isinstance(t, dict) else [t] for t in (got, plain)), strict=True
        ):
            np.testing.assert_array_equal(a, b)
    h = da.hessian(work.one_number, mode=mode, workers=workers)(X)
    np.testing.assert_allclose(h, da.hessian(work.one_number)(X), rtol=1e-12, atol=1e-13)


def test_closures_travel(client):
    power = 3.0
    got = da.jacobian(lambda x: x**power, mode="forward", workers=client.map)(X)
    np.testing.assert_array_equal(got, np.diag(3.0 * X**2))


def test_global_sensitivity(workers):
    ranges = {"rate": (0.5, 1.0), "start": stats.norm(2.0, 0.1)}
    found = dgsm(models.decay, ranges, 100, seed=3, workers=workers)
    np.testing.assert_array_equal(
        found.gradients, dgsm(models.decay, ranges, 100, seed=3).gradients
    )


def test_what_goes_wrong_arrives(workers):
    with pytest.raises(KeyError, match="no entry 2") as raised:
        run_tasks(work.fails_at_two, range(7), workers, describe=lambda x: f"item {x}")
    assert "item 2" in str(raised.value.__cause__)
    with pytest.raises(SampleError, match="no convergence"):
        dgsm(models.fails_above, {"a": (0.0, 1.0), "b": (0.0, 1.0)}, 64, seed=1, workers=workers)
    with pytest.raises(da.WorkerError, match="AwkwardError: 7"):
        run_tasks(work.fails_awkwardly, range(3), workers)


def test_warnings_arrive(workers):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run_tasks(work.warns, range(8), workers)
    assert sorted(str(w.message) for w in caught) == ["careful with 0", "careful with 1"]


def test_a_later_call_is_no_earlier_one(client):
    # Dask keeps answers of calls that look the same to it while they are in use.
    for shift in (1.0, 2.0):
        model = work.Model(shift)
        got = da.jacobian(model, mode="forward", workers=client.map)(X)
        np.testing.assert_array_equal(got, da.jacobian(model, mode="forward")(X))


def test_a_worker_that_dies(client):
    start = time.monotonic()
    with pytest.raises(da.WorkerError, match="KilledWorker"):
        run_tasks(work.quits, range(7), client.map)
    assert time.monotonic() - start < 60
    client.wait_for_workers(2, timeout=60)
    assert run_tasks(work.square, range(3), client.map) == [0, 1, 4]
