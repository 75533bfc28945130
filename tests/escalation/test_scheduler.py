"""Time passes: what is due is raised once, never early, never forgotten."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from datetime import datetime, timedelta

import pytest

from app.clock import host_now, monotonic
from app.domain.events import sla_event_id
from app.main import run
from app.recording.new_fact import NewFact
from app.settings import Settings
from app.store.database import Database
from tests.conftest import assert_rebuild_changes_nothing

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def opening(ticket_id: str, at: datetime, severity: str = "P2") -> NewFact:
    """A P2's first manager is told an hour after its opening."""
    data = {"policy": "portaone", "severity": severity}
    return NewFact(ticket_id, "desk", "1", "ticket.opened", at, data)


async def raised(database: Database) -> list[tuple[str, str, datetime, datetime]]:
    """(ticket, role, target, raised) of every escalation, in the order of the log."""
    async with database.connection() as connection:
        rows = await connection.fetch(
            "SELECT ticket_id, data ->> 'role' AS role, recorded_at,"
            " (data ->> 'target_at')::timestamptz AS target_at"
            " FROM events WHERE type = 'sla.escalated' ORDER BY position"
        )
    return [(row["ticket_id"], row["role"], row["target_at"], row["recorded_at"]) for row in rows]


async def until_raised(database: Database, count: int) -> list[tuple[str, str, datetime, datetime]]:
    """Waits for so many escalations, 20 seconds at most."""
    deadline = monotonic() + 20
    while len(found := await raised(database)) < count and monotonic() < deadline:
        await asyncio.sleep(0.02)
    return found


async def test_a_manager_is_told_when_the_hour_is_over_and_not_before(
    settings: Settings, database_url: str, database: Database
) -> None:
    async with run(settings, database_url) as service:
        await service.intake.record([opening("T-1", host_now() - HOUR + SECOND)])
        assert await raised(database) == []
        ((_, role, target_at, raised_at),) = await until_raised(database, 1)
    assert role == "technical_support_manager"
    assert raised_at >= target_at
    await assert_rebuild_changes_nothing(database)


async def test_what_came_due_during_a_stop_is_raised_at_the_start_in_order(
    settings: Settings, database_url: str, database: Database
) -> None:
    """Given three tickets due one after the other while no service runs."""
    async with run(settings, database_url) as service:
        now = host_now()
        await service.intake.record(
            [opening(f"T-{n}", now - HOUR + SECOND + n * SECOND / 10) for n in (3, 1, 2)]
        )
    await asyncio.sleep(1.5)
    assert await raised(database) == []

    async with run(settings, database_url):
        found = await until_raised(database, 3)

    assert [ticket for ticket, *_ in found] == ["T-1", "T-2", "T-3"]
    await assert_rebuild_changes_nothing(database)


async def test_three_replicas_raise_each_mark_once(
    settings: Settings, database_url: str, database: Database
) -> None:
    """Given 300 marks due at one instant and three services racing for them."""
    async with AsyncExitStack() as stack:
        services = [await stack.enter_async_context(run(settings, database_url)) for _ in range(3)]
        at = host_now() - HOUR + 2 * SECOND
        await asyncio.gather(
            *(
                services[part].intake.record([opening(f"T-{part}-{n}", at) for n in range(100)])
                for part in range(3)
            )
        )
        found = await until_raised(database, 300)
        await asyncio.sleep(0.5)
        found = await raised(database)
    assert len(found) == 300
    assert set(Counter(ticket for ticket, *_ in found).values()) == {1}
    assert all(raised_at >= target_at for *_, target_at, raised_at in found)
    await assert_rebuild_changes_nothing(database)


async def test_a_ticket_that_cannot_be_judged_does_not_stop_the_others(
    settings: Settings, database_url: str, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with run(settings, database_url) as service:
        at = host_now() - HOUR + SECOND
        await service.intake.record([opening("T-bad", at), opening("T-good", at)])
        async with database.connection() as connection:
            await connection.execute(
                "UPDATE tickets SET state = '{\"broken\": true}' WHERE ticket_id = 'T-bad'"
            )
        ((ticket, *_),) = await until_raised(database, 1)
        await asyncio.sleep(0.3)
        assert [each for each, *_ in await raised(database)] == ["T-good"]
    assert ticket == "T-good"
    assert "ticket T-bad cannot be judged" in caplog.text


async def test_a_ticket_that_cannot_be_written_does_not_stop_the_others(
    settings: Settings, database_url: str, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """Its log holds an event already by the id of the one that is due."""
    mark = "resolution/1/escalation/1/technical_support_manager/0"
    taken = sla_event_id("T-bad", mark, 0)
    names = [f"T-{number}" for number in range(5)]
    async with run(settings, database_url) as service:
        at = host_now() - HOUR + SECOND
        await service.intake.record([opening(name, at) for name in (*names, "T-bad")])
        async with database.connection() as connection:
            await connection.execute(
                "INSERT INTO events SELECT bucket, ticket_id, 99, 1000000, type, 'escalator', $1,"
                " time, recorded_at, policy_id, policy_version, data"
                " FROM events WHERE ticket_id = 'T-bad'",
                taken,
            )
        await until_raised(database, len(names))
        await asyncio.sleep(0.3)
        assert sorted(each for each, *_ in await raised(database)) == names
    assert "what is due on ticket T-bad cannot be written" in caplog.text


async def test_a_deadline_another_replica_learnt_of_is_met(
    settings: Settings, database_url: str, database: Database
) -> None:
    """The one that recorded the ticket is gone when its mark comes due."""
    async with run(settings, database_url):
        async with run(settings, database_url) as other:
            await other.intake.record([opening("T-1", host_now() - HOUR + SECOND)])
        ((ticket, *_),) = await until_raised(database, 1)
    assert ticket == "T-1"
