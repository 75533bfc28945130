"""Deadlines that come due at one instant in a database that has other tickets, too."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

from app import collector
from app.escalation.due import DueTickets
from app.policy_files import load_folder
from app.recording.recorder import Recorder
from app.settings import Settings
from app.store.database import Database
from app.store.policies import PolicyBook
from benchmarks.deadlines import AFTER, CHUNK, NotAsPlanned, opening

LEAD = timedelta(milliseconds=1)
"""How long a ticket may take to be opened."""


async def run(url: str, run: str, due: int) -> dict[str, float]:
    """Opens tickets whose first mark falls at one instant, waits for it, and raises them."""
    database = Database(url)
    try:
        policies = PolicyBook()
        await policies.register(database, load_folder(Settings().policies_dir))
        recorder = Recorder(database, policies, None)
        due_at = datetime.now(UTC) + timedelta(seconds=1) + due * LEAD
        for first in range(0, due, CHUNK):
            numbers = range(first, min(first + CHUNK, due))
            await recorder.record([opening(number, due_at - AFTER, run) for number in numbers])
        if (wait := (due_at - datetime.now(UTC)).total_seconds()) <= 0:
            raise NotAsPlanned("opening the tickets took longer than their marks to come due")
        await asyncio.sleep(wait + 0.1)
        raised = DueTickets(recorder, database)
        collector.calm()
        since = time.perf_counter()
        await raised.raise_all()
        return {"elapsed": time.perf_counter() - since}
    finally:
        await database.close()
