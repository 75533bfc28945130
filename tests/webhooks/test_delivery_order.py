"""Order: to one subscription about one ticket, one after the other; but none waits for long."""

from collections.abc import AsyncIterator

import pytest

from app.store.database import Database
from tests.webhooks.receiver import answers, receiving
from tests.webhooks.telling import CTO, MANAGER, RELATIONS, Desk, telling

IN_ORDER = [MANAGER, "sla.breached", RELATIONS, CTO]


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with telling(database) as desk:
        yield desk


async def age(desk: Desk, seconds: float, ticket_id: str = "%") -> None:
    """Deliveries were queued so much earlier."""
    await desk.fetch(
        "UPDATE deliveries SET queued_at = queued_at - make_interval(secs => $1)"
        " WHERE ticket_id LIKE $2",
        seconds,
        ticket_id,
    )


async def test_one_after_the_other_for_each_ticket(desk: Desk) -> None:
    async with receiving() as receiver:
        await desk.subscribe(receiver)
        await desk.open("T-1", hours_ago=5)
        await desk.open("T-2", hours_ago=5)
        counts = [await desk.deliverer.deliver_due() for _ in range(5)]
    assert counts == [2, 2, 2, 2, 0]
    for ticket_id in ("T-1", "T-2"):
        assert [what for ticket, what in receiver.told if ticket == ticket_id] == IN_ORDER


async def test_a_later_one_waits_for_an_earlier_one_that_is_retried(desk: Desk) -> None:
    async with receiving(behaviour=answers(503)) as receiver:
        await desk.subscribe(receiver)
        await desk.open("T-1", hours_ago=5)
        await desk.deliverer.deliver_due()
        receiver.behaviour = answers(204)
        assert await desk.deliverer.deliver_due() == 0
        await age(desk, 55)
        assert await desk.deliverer.deliver_due() == 0
        await desk.make_due()
        while await desk.deliverer.deliver_due():
            pass
    assert [what for _, what in receiver.told] == [MANAGER, *IN_ORDER]


async def test_but_not_longer_than_a_minute(desk: Desk) -> None:
    async with receiving(behaviour=answers(503)) as receiver:
        await desk.subscribe(receiver)
        await desk.open("T-1", hours_ago=5)
        await desk.deliverer.deliver_due()
        receiver.behaviour = answers(204)
        await age(desk, 61)
        assert await desk.deliverer.deliver_due() == 1
        assert receiver.told[-1] == ("T-1", "sla.breached")
        assert await desk.statuses() == ["pending", "delivered", "pending", "pending"]


async def test_one_subscriber_that_is_stuck_does_not_hold_back_another(desk: Desk) -> None:
    async with receiving(behaviour=answers(503)) as stuck, receiving() as well:
        await desk.subscribe(stuck)
        await desk.subscribe(well)
        await desk.open("T-1", hours_ago=5)
        while await desk.deliverer.deliver_due():
            pass
    assert [what for _, what in well.told] == IN_ORDER
    assert [what for _, what in stuck.told] == [MANAGER]


async def test_what_is_old_because_nobody_delivered_goes_in_order(desk: Desk) -> None:
    """After a stop: every delivery is older than a minute, none is stuck."""
    async with receiving() as receiver:
        await desk.subscribe(receiver)
        await desk.open("T-1", hours_ago=5)
        await age(desk, 3600)
        other = desk.another_deliverer()
        await desk.deliverer.claim()
        assert await other.deliver_due() == 0, "the first one is under way for the first time"
        assert await desk.deliverer.deliver_due() == 1
        while await desk.deliverer.deliver_due():
            pass
    assert [what for _, what in receiver.told] == IN_ORDER


async def test_a_first_attempt_that_takes_long_holds_nothing_back_for_long(desk: Desk) -> None:
    async with receiving() as receiver:
        await desk.subscribe(receiver)
        await desk.open("T-1", hours_ago=5)
        await age(desk, 61)
        await desk.deliverer.claim()
        await desk.fetch(
            "UPDATE deliveries SET due_at = due_at - interval '6 s' WHERE due_at > $1",
            await desk.now(),
        )
        assert await desk.another_deliverer().deliver_due() == 1
        await desk.deliverer.deliver_due()
