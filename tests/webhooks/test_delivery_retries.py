"""Retries: when, how long, and what ends them. Time passes by changing what is due."""

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise

import pytest

from app.store.database import Database
from app.webhooks.retry import GIVE_UP_AFTER, MARKS
from tests.webhooks.receiver import Behaviour, answers, hangs, receiving, resets
from tests.webhooks.telling import Desk, telling


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with telling(database, seconds=0.3) as desk:
        yield desk


async def pass_time(desk: Desk, seconds: float) -> None:
    """Everything that was attempted was attempted so much earlier, and what waits is due."""
    await desk.fetch(
        "UPDATE deliveries SET first_attempt_at = first_attempt_at - make_interval(secs => $1)",
        seconds,
    )
    await desk.make_due()


async def test_it_is_retried_with_the_same_id_until_it_is_taken(desk: Desk) -> None:
    async with receiving(behaviour=answers(503, "busy")) as receiver:
        await desk.subscribe(receiver)
        await desk.open("T-1")
        for round_ in range(3):
            assert await desk.deliverer.deliver_due() == 1
            assert await desk.deliverer.deliver_due() == 0, "not before it is due"
            [delivery] = await desk.deliveries()
            assert (delivery["status"], delivery["attempts"]) == ("pending", round_ + 1)
            await desk.make_due()
        receiver.behaviour = answers(200)
        await desk.deliverer.deliver_due()
    assert len(receiver.heard) == 4
    assert len(set(receiver.ids)) == 1
    attempts = await desk.attempts()
    assert [row["attempt"] for row in attempts] == [1, 2, 3, 4]
    assert [row["status"] for row in attempts] == [503, 503, 503, 200]
    assert await desk.statuses() == ["delivered"]


async def test_the_schedule_counts_from_the_first_attempt(desk: Desk) -> None:
    async with receiving(behaviour=answers(503)) as receiver:
        await desk.subscribe(receiver)
        await desk.open("T-1")
        await desk.deliverer.deliver_due()
        for mark, following in pairwise(MARKS):
            await desk.fetch(
                "UPDATE deliveries SET first_attempt_at = $1, due_at = $2",
                await desk.now() - mark,
                await desk.now(),
            )
            await desk.deliverer.deliver_due()
            [delivery] = await desk.deliveries()
            waits = delivery["due_at"] - delivery["first_attempt_at"]
            assert mark < waits <= following * 1.2


async def test_after_72_hours_it_is_dead(desk: Desk) -> None:
    async with receiving(behaviour=answers(503)) as receiver:
        await desk.subscribe(receiver)
        await desk.open("T-1")
        await desk.deliverer.deliver_due()
        await pass_time(desk, GIVE_UP_AFTER.total_seconds() + 60)
        await desk.deliverer.deliver_due()
        [delivery] = await desk.deliveries()
        assert delivery["status"] == "dead"
        assert delivery["settled_at"] is not None
        await desk.make_due()
        assert await desk.deliverer.deliver_due() == 0


async def test_retry_after_is_obeyed(desk: Desk) -> None:
    async with receiving(behaviour=answers(429, Retry_After="1000")) as receiver:
        await desk.subscribe(receiver)
        await desk.open("T-1")
        await desk.deliverer.deliver_due()
    [delivery] = await desk.deliveries()
    wait = delivery["due_at"] - await desk.now()
    assert timedelta(seconds=990) < wait <= timedelta(seconds=1001)


async def test_a_retry_after_that_cannot_be_is_no_reason_to_stop(desk: Desk) -> None:
    nonsense = "Mon, 01 Dec 999999999999 00:00:00 GMT"
    async with receiving(behaviour=answers(503, Retry_After=nonsense)) as receiver:
        await desk.subscribe(receiver)
        await desk.open("T-1")
        assert await desk.deliverer.deliver_due() == 1
        await desk.make_due()
        assert await desk.deliverer.deliver_due() == 1
    assert await desk.statuses() == ["pending"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 302])
async def test_other_answers_are_final(desk: Desk, status: int) -> None:
    async with receiving(behaviour=answers(status, Location="http://127.0.0.1/")) as receiver:
        await desk.subscribe(receiver)
        await desk.open("T-1")
        await desk.deliverer.deliver_due()
        await desk.make_due()
        assert await desk.deliverer.deliver_due() == 0
    assert await desk.statuses() == ["failed"]
    assert [row["status"] for row in await desk.attempts()] == [status]


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (hangs, "TimeoutError: no complete answer in time"),
        (resets, "ServerDisconnectedError: closed before an answer"),
    ],
)
async def test_no_answer_is_retried(desk: Desk, behaviour: Behaviour, error: str) -> None:
    async with receiving(behaviour=behaviour) as receiver:
        await desk.subscribe(receiver)
        await desk.open("T-1")
        await desk.deliverer.deliver_due()
        [attempt] = await desk.attempts()
        assert (attempt["status"], attempt["error"], attempt["answer"]) == (None, error, "")
        receiver.behaviour = answers(204)
        await desk.make_due()
        await desk.deliverer.deliver_due()
    assert await desk.statuses() == ["delivered"]
    assert len(set(receiver.ids)) == 1


async def test_410_disables_the_subscription_and_what_waits_goes_on_later(desk: Desk) -> None:
    async with receiving(behaviour=answers(410)) as receiver:
        await desk.subscribe(receiver)
        await desk.open("T-1", hours_ago=5)
        assert await desk.deliverer.deliver_due() == 1
        [subscription] = await desk.fetch("SELECT * FROM subscriptions")
        assert not subscription["enabled"]
        assert subscription["disabled_reason"] == "the receiver answered 410 Gone"
        assert await desk.deliverer.deliver_due() == 0
        assert await desk.statuses() == ["failed", "pending", "pending", "pending"]
        assert (await desk.open("T-2")).deliveries == 0, "it hears nothing any more"
        receiver.behaviour = answers(204)
        await desk.fetch("UPDATE subscriptions SET enabled = true")
        while await desk.deliverer.deliver_due():
            pass
    assert await desk.statuses() == ["failed", "delivered", "delivered", "delivered"]


async def test_410_of_an_address_that_was_left_disables_nothing(desk: Desk) -> None:
    async with receiving(behaviour=answers(410)) as receiver, receiving() as new:
        await desk.subscribe(receiver)
        await desk.open("T-1")
        await desk.deliverer.claim()
        await desk.fetch("UPDATE subscriptions SET url = $1", new.url)
        await desk.deliverer.deliver_due()
    [subscription] = await desk.fetch("SELECT enabled FROM subscriptions")
    assert subscription["enabled"]
