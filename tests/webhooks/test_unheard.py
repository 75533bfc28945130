"""Catch-alls: what is for a role that nobody hears is told to them, and nothing else."""

from collections.abc import AsyncIterator

import pytest

from app.store.database import Database
from app.webhooks import subscriptions
from app.webhooks.outbox import Audience
from app.webhooks.replay import replay
from tests.webhooks.receiver import Receiver, receiving
from tests.webhooks.telling import CTO, MANAGER, RELATIONS, Desk, telling


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with telling(database) as desk:
        yield desk


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


async def catch_all(desk: Desk, receiver: Receiver, **filters: list[str]) -> str:
    """A catch-all that tells the receiver."""
    name = await desk.subscribe(receiver, **filters)
    await desk.fetch("UPDATE subscriptions SET unheard = true WHERE subscription_id = $1", name)
    return name


async def deliver(desk: Desk) -> None:
    while await desk.deliverer.deliver_due():
        pass


async def unheard(desk: Desk) -> list[str]:
    """The roles of the escalations that are marked."""
    rows = await desk.fetch("SELECT role FROM escalations WHERE unheard ORDER BY version")
    return [row["role"] for row in rows]


async def test_it_hears_what_nobody_hears_and_nothing_else(desk: Desk, receiver: Receiver) -> None:
    async with receiving() as managers:
        await desk.subscribe(managers, roles=[MANAGER])
        await catch_all(desk, receiver)
        await desk.open("T-1", hours_ago=5)
        await deliver(desk)
    assert managers.told == [("T-1", MANAGER)]
    assert receiver.told == [("T-1", RELATIONS), ("T-1", CTO)], "and what is for no role neither"
    assert {each.event["data"]["escalation"]["unheard"] for each in receiver.heard} == {True}
    assert await unheard(desk) == [RELATIONS, CTO], "marked all the same"


async def test_two_of_them_both_hear_and_filters_count(desk: Desk, receiver: Receiver) -> None:
    async with receiving() as narrow:
        await catch_all(desk, receiver)
        await catch_all(desk, narrow, roles=[CTO])
        await desk.open("T-1", hours_ago=5)
        await deliver(desk)
    assert [role for _, role in receiver.told] == [MANAGER, RELATIONS, CTO]
    assert [role for _, role in narrow.told] == [CTO]


async def test_one_that_hears_every_role_leaves_it_nothing(desk: Desk, receiver: Receiver) -> None:
    async with receiving() as everything:
        await desk.subscribe(everything)
        await catch_all(desk, receiver)
        await desk.open("T-1", hours_ago=5)
        await deliver(desk)
    assert len(everything.heard) == 4
    assert receiver.heard == []
    assert await unheard(desk) == []


async def test_a_subscription_that_is_disabled_hears_nothing(
    desk: Desk, receiver: Receiver
) -> None:
    async with receiving() as everything:
        name = await desk.subscribe(everything)
        await catch_all(desk, receiver)
        await desk.fetch(
            "UPDATE subscriptions SET enabled = false WHERE subscription_id = $1", name
        )
        await desk.open("T-1")
        await deliver(desk)
    assert receiver.told == [("T-1", MANAGER)]


async def test_replayed_it_hears_the_same(desk: Desk, receiver: Receiver) -> None:
    async with receiving() as managers:
        await desk.subscribe(managers, roles=[MANAGER])
        began = await desk.now()
        await desk.open("T-1", hours_ago=5)
        name = await catch_all(desk, receiver)
        async with desk.database.connection() as connection:
            row = await subscriptions.find(connection, name)
        assert row is not None
        replayed = await replay(desk.database, Audience.of(row), began, await desk.now())
        await deliver(desk)
    assert replayed.created == 2
    assert [role for _, role in receiver.told] == [RELATIONS, CTO]
