# SPDX-License-Identifier: MIT
"""The engine, which is Dask: its workers, what they are asked, and what becomes
of them. Nothing else here imports it."""

import logging
import os
from contextlib import contextmanager

from .driver import Failure, find_driver
from .parts import make_part

# Dask's name for its configuration logging.distributed.
LOGGING = "DASK_LOGGING__DISTRIBUTED"


def import_dask():
    try:
        import distributed
    except ImportError as error:
        raise Failure(
            f"{error}: Dask makes the parts; install python3-distributed, or "
            "dask and distributed with pip or conda"
        ) from None
    return distributed


def cpu_count():
    return len(os.sched_getaffinity(0))


@contextmanager
def opened(client=None, scheduler=None, workers=None):
    """A client of: the cluster that is given; the scheduler at an address; the
    cluster that the program has already; `workers` processes here, which end
    with it. Each must have the driver."""
    distributed = import_dask()
    given = client or (
        existing_client(distributed) if not (scheduler or workers) else None
    )
    if given is not None:
        check_workers(given)
        yield given
        return
    own = (
        open_scheduler(distributed, scheduler)
        if scheduler
        else start(distributed, workers)
    )
    try:
        check_workers(own)
        yield own
    finally:
        close(own)


def existing_client(distributed):
    try:
        return distributed.default_client()
    except ValueError:
        return None


def open_scheduler(distributed, address):
    try:
        # A client that fails for what is no address waits a minute at its end.
        distributed.comm.resolve_address(address)
        return distributed.Client(address, set_as_default=False)
    except (OSError, ValueError) as error:
        raise Failure(f"no scheduler at {address}: {error}") from None


def start(distributed, workers):
    with quiet_workers():
        cluster = distributed.LocalCluster(
            n_workers=workers or cpu_count(),
            threads_per_worker=1,
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
            preload=f"{__package__}.local_worker",
        )
    return distributed.Client(cluster, set_as_default=False)


@contextmanager
def quiet_workers():
    """What fails on a worker is told by who waits for it. Processes that are
    started meanwhile have it from the environment."""
    before = os.environ.get(LOGGING)
    os.environ[LOGGING] = "critical"
    try:
        yield
    finally:
        if before is None:
            del os.environ[LOGGING]
        else:
            os.environ[LOGGING] = before


def close(client):
    cluster = client.cluster
    client.close()
    if cluster is not None:
        cluster.close()


def threads_option(client):
    """NUM_THREADS of a part: the core that a task has; of a cluster on this machine
    alone, its share of the cores."""
    tasks = sum(client.nthreads().values())
    is_here = isinstance(client.cluster, import_dask().LocalCluster)
    return f"NUM_THREADS={max(1, cpu_count() // max(1, tasks)) if is_here else 1}"


def worker_state():
    """Runs on a worker.
    @return None, or why it can make no parts"""
    try:
        find_driver()
    except Failure as failure:
        return str(failure)


def check_workers(client):
    """@raise Failure for a worker that could make no part"""
    for address, said in client.run(worker_state, on_error="return").items():
        is_gone = isinstance(said, OSError)  # as any may be at any time
        if said is not None and not is_gone:
            raise Failure(f"worker {address}: {said}")


###############################################################################
# Tasks


def run_part(job, number):
    """Runs on a worker."""
    from distributed import get_worker

    worker = get_worker()

    def report(fraction):
        worker.log_event(job.topic, (number, fraction))

    return make_part(job, number, rarely(report))


def rarely(report):
    """Of so many calls, one for each percent."""
    last = 0

    def sometimes(fraction):
        nonlocal last
        percent = int(100 * fraction)
        if percent > last:
            last = percent
            report(fraction)

    return sometimes


@contextmanager
def heard(client, job, hear):
    """Has hear(number, fraction) called for what workers say of their parts, on a
    thread of the client's."""
    client.subscribe_topic(job.topic, lambda event: hear(*event[1]))
    try:
        yield
    finally:
        if client.status == "running":
            client.unsubscribe_topic(job.topic)


def submit_part(client, job, number, priority=0):
    """@return the future of Made"""
    key = f"{job.topic}-{number}"
    return client.submit(run_part, job, number, key=key, pure=False, priority=priority)


def complete(client, futures, then):
    """Waits for futures, and for those that they bring about.
    @param futures {future: what it is, in words}
    @param then called with the words and the result of each; returns more such
    @raise Failure of the first that fails. The others are let go, as on any way
    out: Dask begins none of them then"""
    from distributed import as_completed

    words = dict(futures)
    queue = as_completed(list(words), loop=client.loop)
    try:
        for future in queue:
            said = words.pop(future)
            more = then(said, result_of(future, said))
            future.release()  # or Dask would make it again if its worker dies
            words.update(more)
            queue.update(more)
    finally:
        for future in words:
            future.release()


def result_of(future, words):
    """@raise Failure that says what it was, and why it failed"""
    from distributed import CancelledError, KilledWorker

    gone = Failure(f"{words}: the scheduler is gone; what is finished stays")
    try:
        return future.result()
    except CancelledError:
        raise gone from None
    except KilledWorker as error:
        raise Failure(f"{words}: each worker that began it died: {error}") from None
    except Failure as failure:
        raise Failure(f"{words}: {failure}") from None
    except Exception as error:
        if future.status != "error":  # it is the result that cannot be had
            raise gone from None
        raise Failure(f"{words}: {type(error).__name__}: {error}") from error
