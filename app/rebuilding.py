"""``escalator rebuild``: folds the whole log again, in several processes, with progress."""

import asyncio
import functools
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed

import uvloop

from app import collector
from app.clock import monotonic
from app.domain.errors import EscalatorError
from app.projections.rebuild import Progress, rebuild
from app.store.database import BUCKETS, Database
from app.store.policies import PolicyBook


def rebuild_all(url: str, workers: int, say: Callable[[str], None]) -> None:
    """Rebuilds every ticket; EscalatorError names those that could not be folded."""
    started = monotonic()
    total = Progress()
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        parts = [pool.submit(rebuild_bucket, url, bucket) for bucket in range(BUCKETS)]
        for done, part in enumerate(as_completed(parts), 1):
            progress = part.result()
            total.tickets += progress.tickets
            total.events += progress.events
            total.failed |= progress.failed
            seconds = max(monotonic() - started, 1e-9)
            say(
                f"{done * 100 // BUCKETS:3} %  {total.tickets:,} tickets, {total.events:,} events,"
                f" {total.events / seconds:,.0f} events/s"
            )
    if total.failed:
        raise EscalatorError(
            "these tickets could not be folded, their rows stay as they were: "
            + "; ".join(f"{ticket}: {reason}" for ticket, reason in sorted(total.failed.items()))
        )


def rebuild_bucket(url: str, bucket: int) -> Progress:
    """Rebuilds one bucket's tickets, in a process of its own."""
    collector.calm()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_rebuild_bucket(url, bucket))


@functools.cache
def _policies() -> PolicyBook:
    """One a process: reading policies, and finding when calendars are open, takes a while."""
    return PolicyBook()


async def _rebuild_bucket(url: str, bucket: int) -> Progress:
    database = Database(url, pool_size=4)
    try:
        steps = [progress async for progress in rebuild(database, _policies(), (bucket,))]
    finally:
        await database.close()
    return steps[-1] if steps else Progress()
