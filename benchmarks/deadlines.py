"""100,000 deadlines that come due at one instant."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from functools import partial

import asyncpg

from app import collector
from app.escalation.due import DueTickets
from app.policy_files import load_folder
from app.recording.new_fact import NewFact
from app.recording.recorder import Recorder
from app.settings import Settings
from app.store.database import Database
from app.store.policies import PolicyBook
from benchmarks import processes
from benchmarks.ground import Ground, plain
from benchmarks.measure import Contender, Plan, Row, Turn, in_turns

AFTER = timedelta(hours=1)
"""When the policy tells the first manager of a P2."""

CHUNK = 1000
LANES = 2
TRIAL = 2 * CHUNK
"""Tickets opened to see how long the others will take."""

LEADS = (1.5, 4.0)
"""How far ahead the instant lies, as a multiple of what the trial says; then once more."""

SUBSCRIBE = """
    INSERT INTO subscriptions (subscription_id, url, format, secret, roles, types, policies,
                               severities, enabled)
    VALUES ('bench', 'http://127.0.0.1:9/', 'cloudevents', 'sealed:', '{}', '{}', '{}', '{}', true)
"""

IN_TIME = """
    SELECT count(*) = $1 AND count(DISTINCT next_due_at) = 1
           AND min(next_due_at) > clock_timestamp() AND sum(version) = $1
    FROM tickets
"""


class NotAsPlanned(Exception):
    """What was raised is not what was due."""


async def measure(ground: Ground, plan: Plan) -> list[Row]:
    """Beside APScheduler's job store and procrastinate, with fewer jobs: their rates are steady."""
    tickets = plan.size(5_000, 100_000)
    prepared = await _prepared(ground, tickets)
    ours, store, queue = await in_turns(
        plan,
        (
            Contender("due tickets raised", partial(raising, ground, prepared, tickets)),
            Contender(
                "APScheduler, SQLAlchemy job store",
                partial(peer, ground, "apscheduler_store", plan.size(500, 2500)),
            ),
            Contender(
                "procrastinate",
                partial(peer, ground, "procrastinate_queue", plan.size(200, 1000)),
            ),
        ),
    )
    await ground.drop(prepared)
    what = f"{tickets:,} deadlines due at one instant → SLA events + outbox committed"
    return [Row(what, ours, store, 8.0), Row("the same", ours, queue, 25.0)]


async def _prepared(ground: Ground, tickets: int) -> str:
    """A database in which all are due by now, and none has been raised."""
    trial = await ground.migrated()
    far = datetime.now(UTC) + AFTER
    took = (await _prepare(trial, TRIAL, far))["elapsed"]
    await ground.drop(trial)
    for lead in LEADS:
        url = await ground.migrated()
        due_at = datetime.now(UTC) + timedelta(seconds=5 + lead * took * tickets / TRIAL)
        if (await _prepare(url, tickets, due_at))["in_time"]:
            await asyncio.sleep((due_at - datetime.now(UTC)).total_seconds() + 0.1)
            return url
        await ground.drop(url)
    raise NotAsPlanned("the tickets took longer to prepare than their marks to come due")


async def _prepare(url: str, tickets: int, due_at: datetime) -> dict[str, float]:
    return await processes.call(
        "benchmarks.deadlines:prepare", url=url, tickets=tickets, due_at=due_at.isoformat()
    )


async def raising(ground: Ground, prepared: str, tickets: int) -> Turn:
    """A turn of ours, on a copy of the prepared database."""
    url = await ground.copy(prepared)
    await ground.settle()
    before = ground.seconds()
    found = await processes.call("benchmarks.deadlines:raise_due", url=url)
    after = ground.seconds()
    if found["events"] != tickets or found["deliveries"] != tickets:
        raise NotAsPlanned(f"of {tickets} due: {found}")
    await ground.drop(url)
    return _turn(tickets, found, before, after)


async def peer(ground: Ground, module: str, jobs: int) -> Turn:
    """A turn of a peer's, on an empty database."""
    url = await ground.empty()
    await ground.settle()
    found = await processes.call(f"benchmarks.peers.{module}:run", url=url, jobs=jobs)
    await ground.drop(url)
    return _turn(jobs, found, None, None)


def _turn(done: int, found: dict[str, float], before: float | None, after: float | None) -> Turn:
    elapsed = found["elapsed"]
    used = {"process": found["processor"] / elapsed}
    if before is not None and after is not None:
        used["PostgreSQL"] = (after - before) / elapsed
    return Turn(done / elapsed, used)


async def prepare(url: str, tickets: int, due_at: str) -> dict[str, float]:
    """Opens tickets whose first mark falls at that instant, and a subscription that hears it."""
    opened_at = datetime.fromisoformat(due_at) - AFTER
    database = Database(url)
    try:
        recorder = await _recorder(database)
        since = time.perf_counter()
        chunks = iter(range(0, tickets, CHUNK))

        async def lane() -> None:
            for first in chunks:
                numbers = range(first, min(first + CHUNK, tickets))
                await recorder.record([opening(number, opened_at) for number in numbers])

        await asyncio.gather(*(lane() for _ in range(LANES)))
        elapsed = time.perf_counter() - since
        async with database.connection() as connection:
            await connection.execute(SUBSCRIBE)
            in_time = await connection.fetchval(IN_TIME, tickets)
            await connection.execute("VACUUM ANALYZE")
    finally:
        await database.close()
    return {"elapsed": elapsed, "in_time": in_time}


def opening(number: int, at: datetime, run: str = "T-") -> NewFact:
    """The opening of a ticket of whom a manager is told an hour later."""
    data = {"policy": "portaone", "severity": "P2", "title": "Calls fail", "channel": "phone"}
    return NewFact(f"{run}{number}", "bench", f"{run}{number}-1", "ticket.opened", at, data)


async def raise_due(url: str) -> dict[str, float]:
    """Raises all that is due; answers how long it took, and what is there then."""
    database = Database(url)
    try:
        due = DueTickets(await _recorder(database), database)
        collector.calm()  # as the service does when it has started
        used, since = time.process_time(), time.perf_counter()
        await due.raise_all()
        elapsed = time.perf_counter() - since
        used = time.process_time() - used
    finally:
        await database.close()
    return {"elapsed": elapsed, "processor": used, **await _raised(url)}


async def _recorder(database: Database) -> Recorder:
    policies = PolicyBook()
    await policies.register(database, load_folder(Settings().policies_dir))
    return Recorder(database, policies, None)


async def _raised(url: str) -> dict[str, float]:
    connection = await asyncpg.connect(plain(url))
    try:
        events = await connection.fetchval(
            "SELECT count(*) FROM events WHERE type = 'sla.escalated'"
        )
        deliveries = await connection.fetchval("SELECT count(*) FROM deliveries")
    finally:
        await connection.close()
    return {"events": events, "deliveries": deliveries}
