"""procrastinate: jobs due at one instant, that do nothing."""

import asyncio
import logging
import time
from datetime import UTC, datetime, timedelta

from procrastinate import App, PsycopgConnector
from procrastinate.types import JSONDict

from benchmarks.ground import plain

CONCURRENCY = 10


async def run(url: str, jobs: int, concurrency: int = CONCURRENCY) -> dict[str, float]:
    """Defers the jobs, then times a worker that runs until none is left."""
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    app = App(connector=PsycopgConnector(conninfo=plain(url), max_size=concurrency + 4))

    @app.task(name="nothing")
    async def nothing(ticket_id: str) -> None:
        """A job's work: the peer is timed for fetching, running and finishing it."""

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        due_at = datetime.now(UTC) + timedelta(seconds=1)
        deferrer = nothing.configure(schedule_at=due_at)
        arguments: list[JSONDict] = [{"ticket_id": f"T-{number}"} for number in range(jobs)]
        await deferrer.batch_defer_async(*arguments)
        await asyncio.sleep(max(0.0, (due_at - datetime.now(UTC)).total_seconds()) + 0.1)
        used, since = time.process_time(), time.perf_counter()
        await app.run_worker_async(
            wait=False, concurrency=concurrency, install_signal_handlers=False
        )
        elapsed = time.perf_counter() - since
        used = time.process_time() - used
        done = await app.job_manager.list_jobs_async(status="succeeded")
    assert len(list(done)) == jobs, "not all jobs have run"
    return {"elapsed": elapsed, "processor": used}
