"""When to look for what is due. PostgreSQL decides what is; this only wakes.

APScheduler keeps one job in memory: it sets an event at the earliest known deadline. Beside it a
poll on the monotonic clock, because a step of the host's clock would silence a job by that step.
"""

import asyncio
import logging
from datetime import datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from app.clock import host_now
from app.escalation.due import Ahead, DueTickets
from app.recording.recorder import Recorded
from app.store.database import DatabaseUnavailable

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0
"""How long a deadline another replica knows of may stay unseen when that replica dies."""

_PAUSE_SECONDS = 0.01
_JOB = "alarm"
_FURTHEST = timedelta(days=1)
"""An alarm further off is not set; the poll sees it come nearer."""


class Scheduler:
    """Wakes at each deadline and has what is due raised."""

    def __init__(self, due: DueTickets) -> None:
        self._due = due
        self._alarms = AsyncIOScheduler(timezone="UTC")
        self._alarm_at: datetime | None = None
        self._wake = asyncio.Event()
        self._closing = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to wake; what came due while nobody looked is raised at once."""
        self._alarms.start()
        self._task = asyncio.create_task(self._run(), name="scheduler")

    async def stop(self) -> None:
        """Ends when the transaction under way has ended."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            await self._task
        self._alarms.shutdown(wait=False)

    def expect(self, recorded: Recorded) -> None:
        """A transaction has committed: its earliest deadline may come before the alarm."""
        self._set_alarm(Ahead(recorded.now, recorded.next_due_at))

    async def _run(self) -> None:
        while not self._closing:
            await self._look()
            await self._sleep()

    async def _look(self) -> None:
        try:
            self._alarm_at = None
            self._set_alarm(await self._due.raise_all())
        except DatabaseUnavailable as error:
            logger.warning("nothing can be raised at the moment: %s", error)
        except Exception:
            logger.exception("raising what is due failed; it is tried again")

    async def _sleep(self) -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

    def _set_alarm(self, ahead: Ahead) -> None:
        """Wakes at host time + (due - database time), unless it will wake before."""
        wait = ahead.wait
        if wait is None or wait > _FURTHEST:
            return
        due_at = ahead.next_due_at
        if due_at is None or (self._alarm_at is not None and self._alarm_at <= due_at):
            return
        self._alarm_at = due_at
        if wait <= timedelta(0):  # another replica is at it, or it has come due this moment
            asyncio.get_running_loop().call_later(_PAUSE_SECONDS, self._wake.set)
            return
        self._alarms.add_job(
            self._ring,
            "date",
            run_date=host_now() + wait,
            id=_JOB,
            replace_existing=True,
            misfire_grace_time=None,
            coalesce=True,
        )

    async def _ring(self) -> None:
        self._alarm_at = None
        self._wake.set()
