"""APScheduler's SQLAlchemy job store: jobs due at one instant, that do nothing."""

import time
from datetime import UTC, datetime, timedelta
from threading import Event

from apscheduler.events import EVENT_JOB_REMOVED
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler


def nothing(ticket_id: str) -> None:
    """A job's work: the peer is timed for finding, running and removing it."""


def run(url: str, jobs: int) -> dict[str, float]:
    """Adds the jobs while the scheduler is paused, then times it until the last is gone."""
    store = SQLAlchemyJobStore(url=url.replace("+asyncpg", "+psycopg"))
    scheduler = BackgroundScheduler(
        jobstores={"default": store},
        timezone="UTC",
        job_defaults={"misfire_grace_time": None},
    )
    scheduler.start(paused=True)
    due_at = datetime.now(UTC) + timedelta(seconds=1)
    for number in range(jobs):
        scheduler.add_job(nothing, "date", run_date=due_at, args=[f"T-{number}"], id=str(number))
    time.sleep(max(0.0, (due_at - datetime.now(UTC)).total_seconds()))
    left, over = [jobs], Event()

    def removed(_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            over.set()

    scheduler.add_listener(removed, EVENT_JOB_REMOVED)
    used, since = time.process_time(), time.perf_counter()
    scheduler.resume()
    assert over.wait(240), "the jobs did not end"
    elapsed = time.perf_counter() - since
    used = time.process_time() - used
    scheduler.shutdown()
    return {"elapsed": elapsed, "processor": used}
