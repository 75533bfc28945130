"""What waits for a subscription that is no more: written while it was being removed."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.recording.new_fact import NewFact
from app.store.database import Connection, Database
from app.webhooks import deliveries, outbox, subscriptions
from tests.patience import PATIENCE_SECONDS
from tests.webhooks.receiver import answers, receiving
from tests.webhooks.telling import Desk, telling


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with telling(database) as desk:
        yield desk


async def test_what_was_written_during_the_removal_is_swept_away(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, removed = asyncio.Event(), asyncio.Event()
    audiences = outbox.audiences

    async def audiences_and_wait(connection: Connection) -> list[outbox.Audience]:
        found = await audiences(connection)
        looked.set()
        await removed.wait()
        return found

    async with receiving(behaviour=answers(503)) as receiver:
        name = await desk.subscribe(receiver)
        await desk.open("before")
        await desk.deliverer.deliver_due()
        monkeypatch.setattr(outbox, "audiences", audiences_and_wait)
        fact = NewFact(
            "during", "desk", "1", "ticket.opened", None, {"policy": "portaone", "severity": "P1"}
        )
        recording = asyncio.create_task(desk.recorder.record([fact]))
        await looked.wait()
        async with desk.database.transaction() as connection:
            assert await subscriptions.remove(connection, name)
            await deliveries.remove_orphans(connection)
        assert await desk.deliveries() == [], "what waited, attempted or not, went with it"
        removed.set()
        await recording
        assert [row["ticket_id"] for row in await desk.deliveries()] == ["during"]
        monkeypatch.undo()
        kept = await desk.subscribe(receiver)
        await desk.open("after")
        await desk.deliverer.sweep()
    [left] = await desk.deliveries()
    assert (left["ticket_id"], left["subscription_id"]) == ("after", kept)


async def test_the_service_sweeps_by_itself(desk: Desk) -> None:
    async with receiving(behaviour=answers(503)) as receiver:
        await desk.subscribe(receiver)
        await desk.open("T-1")
        await desk.open("T-2")
        await desk.fetch("UPDATE deliveries SET first_attempt_at = now() WHERE ticket_id = 'T-2'")
        await desk.fetch("DELETE FROM subscriptions")
        desk.deliverer.start()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await desk.deliveries():
                await asyncio.sleep(0.01)
        await desk.deliverer.stop()
