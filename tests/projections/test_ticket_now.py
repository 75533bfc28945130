"""A ticket read from its row at an instant that no scheduler has seen."""

import asyncio
from datetime import timedelta

import pytest

from app.clock import host_now
from app.domain.events import OPENED
from app.policy_files import load_file
from app.projections import ticket_now
from app.projections.ticket_history import TicketAt
from app.recording.new_fact import NewFact
from app.recording.recorder import Recorder
from app.store.database import Database
from app.store.policies import PolicyBook
from tests.conftest import PROJECT

HOUR = timedelta(hours=1)


@pytest.fixture
async def policies(database: Database) -> PolicyBook:
    book = PolicyBook()
    await book.register(database, [load_file(PROJECT / "policies" / "portaone.yaml")])
    return book


async def read(database: Database, policies: PolicyBook, ticket_id: str) -> TicketAt | None:
    async with database.connection() as connection:
        return await ticket_now.read(connection, policies, ticket_id)


async def test_a_mark_due_this_moment_shows_before_it_is_recorded(
    database: Database, policies: PolicyBook
) -> None:
    """A P1 whose hour is over in a moment, and nothing running that would raise what is due."""
    opened = host_now() - HOUR + timedelta(seconds=2)
    fact = NewFact("T-1", "desk", "1", OPENED, opened, {"policy": "portaone", "severity": "P1"})
    await Recorder(database, policies, None).record([fact])
    before = await read(database, policies, "T-1")
    assert before is not None
    assert before.unrecorded == 0

    await asyncio.sleep(2.1)
    after = await read(database, policies, "T-1")

    assert after is not None
    assert after.judge.ticket.version == before.judge.ticket.version
    assert after.unrecorded == 2
    assert [(told.event.kind, told.raised_at is None) for told in after.escalations] == [
        ("escalation", False),
        ("breach", True),
        ("escalation", True),
    ]


async def test_there_is_none_where_none_was_opened(
    database: Database, policies: PolicyBook
) -> None:
    assert await read(database, policies, "T-1") is None
