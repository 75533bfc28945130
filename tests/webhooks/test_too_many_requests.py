"""A receiver that answers 429 and names a time is left alone until then, not one delivery only."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.store.database import Database
from app.webhooks.breaker import FAILURES_IN_A_ROW
from app.webhooks.lanes import WIDEST
from tests.webhooks.receiver import OK, Receiver, answers, receiving
from tests.webhooks.telling import Desk, telling

FEW = FAILURES_IN_A_ROW // 2
"""Not so many that the breaker opens."""


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with telling(database) as desk:
        yield desk


async def asks_to_wait(desk: Desk, receiver: Receiver, seconds: str) -> None:
    """A few deliveries have been answered so; since then the receiver would take everything."""
    receiver.behaviour = answers(429, Retry_After=seconds)
    await desk.subscribe(receiver)
    for number in range(FEW):
        await desk.open(f"T-{number}")
    assert await desk.deliverer.deliver_due() == FEW
    receiver.heard.clear()
    receiver.behaviour = OK
    await desk.open("T-new")


async def test_nothing_is_sent_to_it_before(desk: Desk) -> None:
    async with receiving() as receiver:
        await asks_to_wait(desk, receiver, "1000")
        assert await desk.deliverer.deliver_due() == 0
        await desk.make_due()
        assert await desk.deliverer.deliver_due() == 0
        assert receiver.heard == []
    assert await desk.statuses() == ["pending"] * (FEW + 1)


async def test_afterwards_everything_is(desk: Desk) -> None:
    async with receiving() as receiver:
        await asks_to_wait(desk, receiver, "1")
        assert await desk.deliverer.deliver_due() == 0
        await asyncio.sleep(1.05)
        await desk.make_due()
        while await desk.deliverer.deliver_due():
            pass
    assert await desk.statuses() == ["delivered"] * (FEW + 1)


async def test_the_others_are_told_all_the_same(desk: Desk) -> None:
    async with receiving() as receiver, receiving() as other:
        await asks_to_wait(desk, receiver, "1000")
        await desk.subscribe(other)
        await desk.open("T-of-both")
        assert await desk.deliverer.deliver_due() == 1
        assert [ticket for ticket, _ in other.told] == ["T-of-both"]
        assert receiver.heard == []


async def test_another_address_has_asked_for_nothing(desk: Desk) -> None:
    async with receiving() as receiver, receiving() as other:
        await asks_to_wait(desk, receiver, "1000")
        other.secrets = receiver.secrets
        await desk.fetch("UPDATE subscriptions SET url = $1", other.url)
        assert await desk.deliverer.deliver_due() == 1
        assert [ticket for ticket, _ in other.told] == ["T-new"]


async def test_what_was_claimed_and_not_begun_is_given_back(desk: Desk) -> None:
    """More than a lane sends at once: those under way are answered, no more are begun."""
    async with receiving(behaviour=answers(429, Retry_After="1000")) as receiver:
        await desk.subscribe(receiver)
        for number in range(WIDEST + 20):
            await desk.open(f"T-{number}")
        assert await desk.deliverer.deliver_due() <= WIDEST
        assert len(receiver.heard) <= WIDEST
    never = [row for row in await desk.deliveries() if row["first_attempt_at"] is None]
    now = await desk.now()
    assert len(never) >= 20
    assert all(row["due_at"] <= now for row in never), "due for whoever may send it"
