"""Leases: what one replica has claimed no other sends, until that one has died."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from app.store.database import Database
from app.webhooks import claims, deliveries
from app.webhooks.delivery import Deliverer
from tests.patience import PATIENCE_SECONDS
from tests.webhooks.receiver import answers, answers_late, hangs, receiving
from tests.webhooks.telling import Desk, telling


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with telling(database) as desk:
        yield desk


async def test_a_claim_is_a_lease(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.webhooks.delivery.FINISH_SECONDS", 0.1)
    async with receiving(behaviour=hangs) as receiver:
        await desk.subscribe(receiver)
        await desk.open("T-1")
        dead, alive = desk.another_deliverer(), desk.deliverer
        await dead.claim()
        [delivery] = await desk.deliveries()
        left = delivery["due_at"] - await desk.now()
        assert timedelta(seconds=28) < left <= claims.LEASE
        assert await alive.deliver_due() == 0
        receiver.behaviour = answers(204)
        await desk.make_due()
        assert await alive.deliver_due() == 1
        assert await desk.statuses() == ["delivered"]
        await dead.stop()
    assert await desk.statuses() == ["delivered"]


async def test_what_comes_of_an_attempt_after_its_lease_counts_only_if_delivered(
    desk: Desk,
) -> None:
    async with receiving(behaviour=answers(404)) as receiver:
        await desk.subscribe(receiver)
        await desk.open("T-1")
        late = desk.another_deliverer()
        await late.claim()
        await desk.make_due()
        receiver.behaviour = answers(503)
        await desk.deliverer.deliver_due()
        await late.deliver_due()
        assert await desk.statuses() == ["pending"], "the refusal came from the one that was late"
        assert sorted(row["status"] for row in await desk.attempts()) == [404, 503]
        receiver.behaviour = answers(200)
        await desk.make_due()
        await late.claim()
        await desk.make_due()
        receiver.behaviour = answers(503)
        await desk.deliverer.deliver_due()
        await desk.fetch("UPDATE deliveries SET due_at = due_at + interval '1 h'")
        await late.deliver_due()
    assert await desk.statuses() == ["delivered"]
    assert [
        row["attempt"]
        for row in await desk.fetch("SELECT attempt FROM delivery_attempts ORDER BY attempt")
    ] == [1, 2, 3, 4]


async def test_one_asked_for_again_while_it_is_under_way_is_sent_again(desk: Desk) -> None:
    async with receiving() as receiver:
        await desk.subscribe(receiver)
        await desk.open("T-1")
        await desk.deliverer.claim()
        [delivery] = await desk.deliveries()
        async with desk.database.connection() as connection:
            await deliveries.redeliver(connection, delivery["delivery_id"])
        await desk.another_deliverer().deliver_due()
        await desk.deliverer.deliver_due()
    assert receiver.ids == [delivery["event_id"]] * 2
    assert await desk.statuses() == ["delivered"]
    assert len(await desk.attempts()) == 2


async def test_replicas_share_the_work_and_send_each_once(desk: Desk) -> None:
    async with receiving() as receiver:
        await desk.subscribe(receiver)
        for number in range(40):
            await desk.open(f"T-{number}", hours_ago=5)
        replicas = [desk.deliverer, *(desk.another_deliverer() for _ in range(2))]

        async def work(replica: Deliverer) -> int:
            return sum([await replica.deliver_due() for _ in range(30)])

        counts = await asyncio.gather(*map(work, replicas))
    assert sum(counts) == 160
    assert set(Counter(receiver.ids).values()) == {1}
    assert set(await desk.statuses()) == {"delivered"}


async def test_it_runs_by_itself_and_wakes_at_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.webhooks.delivery.POLL_SECONDS", 2 * PATIENCE_SECONDS)
    async with receiving() as receiver:
        await desk.subscribe(receiver)
        desk.deliverer.start()
        await asyncio.sleep(0.1)
        recorded = await desk.open("T-1", hours_ago=5)
        desk.deliverer.on_recorded(recorded)
        async with asyncio.timeout(PATIENCE_SECONDS):  # before it would look by itself
            while len(receiver.heard) < 4:
                await asyncio.sleep(0.01)
        await desk.deliverer.stop()
    assert await desk.statuses() == ["delivered"] * 4


async def test_it_sees_what_another_replica_recorded_and_what_is_due_again(desk: Desk) -> None:
    async with receiving(behaviour=answers(503)) as receiver:
        await desk.subscribe(receiver)
        desk.deliverer.start()
        await asyncio.sleep(0.1)
        await desk.open("T-1")
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not receiver.heard:
                await asyncio.sleep(0.01)
            receiver.behaviour = answers(204)
            await asyncio.sleep(0.1)
            await desk.make_due()
            while len(receiver.heard) < 2:
                await asyncio.sleep(0.01)
        await desk.deliverer.stop()
    assert await desk.statuses() == ["delivered"]


async def test_stopping_finishes_what_is_under_way(desk: Desk) -> None:
    async with receiving(behaviour=answers_late(0.3)) as receiver:
        await desk.subscribe(receiver)
        desk.deliverer.start()
        await desk.open("T-1")
        desk.deliverer.wake()
        while not receiver.heard:
            await asyncio.sleep(0.01)
        await desk.deliverer.stop()
    assert await desk.statuses() == ["delivered"]


async def test_stopping_gives_back_what_takes_too_long_and_what_waits(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.webhooks.delivery.FINISH_SECONDS", 0.2)
    async with receiving(behaviour=hangs) as receiver:
        await desk.subscribe(receiver)
        for number in range(50):
            await desk.open(f"T-{number}")
        desk.deliverer.start()
        while len(receiver.heard) < 32:
            await asyncio.sleep(0.01)
        await desk.deliverer.stop()
        assert len(receiver.heard) == 32, "no more than that at once to one subscriber"
        assert set(await desk.statuses()) == {"pending"}
        receiver.behaviour = answers(204)
        assert await desk.another_deliverer().deliver_due() == 50, "due at once, for whoever claims"
    assert await desk.attempts()


async def test_what_waited_too_long_for_its_turn_is_given_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "BEGIN_WITHIN_SECONDS", -1)
    async with receiving() as receiver:
        await desk.subscribe(receiver)
        await desk.open("T-1")
        assert await desk.deliverer.deliver_due() == 0
        monkeypatch.undo()
        assert await desk.deliverer.deliver_due() == 1
    assert len(receiver.heard) == 1
