"""The breaker: a receiver that fails again and again is left alone, then tried with one probe."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from app.store.database import Database, Row
from app.webhooks import claims
from app.webhooks.breaker import FAILURES_IN_A_ROW, Failures, next_probe
from app.webhooks.retry import GIVE_UP_AFTER
from tests.patience import PATIENCE_SECONDS
from tests.webhooks.receiver import Receiver, answers, hangs, receiving
from tests.webhooks.telling import Desk, telling

NOW = datetime(2026, 11, 21, tzinfo=UTC)
MANY = 50
"""More tickets than one lane sends at once."""


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with telling(database) as desk:
        yield desk


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving(behaviour=answers(503)) as receiver:
        yield receiver


async def breaker(desk: Desk) -> Row:
    [row] = await desk.fetch(
        "SELECT breaker AS state, breaker_since AS since, next_probe_at, probes_failed,"
        " subscription_id FROM subscriptions"
    )
    return row


async def trip(desk: Desk, receiver: Receiver, count: int = MANY) -> None:
    """A subscription whose breaker is open, and what waits for it is due."""
    await desk.subscribe(receiver)
    for number in range(count):
        await desk.open(f"T-{number}")
    await desk.deliverer.deliver_due()
    assert (await breaker(desk))["state"] == "open"
    receiver.heard.clear()
    await desk.make_due()


async def let_probe(desk: Desk) -> None:
    """The time of the next probe comes."""
    await desk.fetch("UPDATE subscriptions SET next_probe_at = $1", await desk.now())


def test_failures_in_a_row_are_counted_by_receiver() -> None:
    failures = Failures()
    fails = [failures.hear("a", "url", delivered=False) for _ in range(FAILURES_IN_A_ROW)]
    assert fails == [False] * (FAILURES_IN_A_ROW - 1) + [True]
    for _ in range(FAILURES_IN_A_ROW - 1):
        assert not failures.hear("a", "url", delivered=False), "counting began anew"
    assert not failures.hear("a", "other", delivered=False)
    assert not failures.hear("b", "url", delivered=False)
    failures.hear("a", "url", delivered=True)
    assert not failures.hear("a", "url", delivered=False), "not in a row"


def test_probes_become_rarer_and_obey_retry_after() -> None:
    waits = [(next_probe(NOW, failed, timedelta(0)) - NOW).total_seconds() for failed in range(9)]
    assert waits == [5, 10, 20, 40, 80, 160, 300, 300, 300]
    assert next_probe(NOW, 10**6, timedelta(0)) - NOW == timedelta(minutes=5)
    assert next_probe(NOW, 0, timedelta(hours=1)) - NOW == timedelta(hours=1)


async def test_it_opens_and_nothing_more_is_sent(desk: Desk, receiver: Receiver) -> None:
    await desk.subscribe(receiver)
    for number in range(MANY):
        await desk.open(f"T-{number}")
    before = await desk.now()
    made = await desk.deliverer.deliver_due()
    assert FAILURES_IN_A_ROW <= made < MANY, "what had not begun was held back"
    state = await breaker(desk)
    assert state["state"] == "open"
    assert timedelta(seconds=4) < state["next_probe_at"] - before < timedelta(seconds=15)
    await desk.make_due()
    for deliverer in (desk.deliverer, desk.another_deliverer()):
        assert await deliverer.deliver_due() == 0
    rows = await desk.deliveries()
    assert {row["status"] for row in rows} == {"pending"}
    assert sorted(row["attempts"] for row in rows) == [0] * (MANY - made) + [1] * made
    assert sum(row["first_attempt_at"] is None for row in rows) == MANY - made
    assert len(await desk.attempts()) == len(receiver.heard) == made


async def test_others_are_told_meanwhile(desk: Desk, receiver: Receiver) -> None:
    async with receiving() as well:
        await desk.subscribe(well)
        await desk.subscribe(receiver)
        for number in range(MANY):
            await desk.open(f"T-{number}")
        while await desk.deliverer.deliver_due():
            pass
    assert len(well.heard) == MANY
    assert len(receiver.heard) < MANY


async def test_one_probe_among_all_replicas(desk: Desk, receiver: Receiver) -> None:
    await trip(desk, receiver)
    since = (await breaker(desk))["since"]
    replicas = [desk.deliverer, *(desk.another_deliverer() for _ in range(3))]
    for failed in (1, 2, 3):
        await let_probe(desk)
        made = await asyncio.gather(*(each.deliver_due() for each in replicas))
        assert sum(made) == 1
        state = await breaker(desk)
        assert (state["state"], state["probes_failed"], state["since"]) == ("open", failed, since)
        wait = state["next_probe_at"] - await desk.now()
        assert timedelta(0) < wait <= timedelta(seconds=5 * 2**failed)
    assert len(receiver.heard) == 3


async def test_a_probe_that_arrives_closes_it_and_all_is_sent(
    desk: Desk, receiver: Receiver
) -> None:
    await trip(desk, receiver)
    receiver.behaviour = answers(204)
    await let_probe(desk)
    assert await desk.deliverer.deliver_due() == 1
    state = await breaker(desk)
    assert (state["state"], state["next_probe_at"], state["probes_failed"]) == ("closed", None, 0)
    while await desk.deliverer.deliver_due():
        pass
    assert set(await desk.statuses()) == {"delivered"}


async def test_while_a_probe_is_under_way_it_is_half_open_and_a_dead_replicas_is_taken_over(
    desk: Desk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.webhooks.delivery.FINISH_SECONDS", 0.1)
    await trip(desk, receiver)
    receiver.behaviour = hangs
    dead = desk.another_deliverer()
    await let_probe(desk)
    await dead.claim()
    state = await breaker(desk)
    assert state["state"] == "half_open"
    left = state["next_probe_at"] - await desk.now()
    assert timedelta(seconds=28) < left <= claims.LEASE
    assert await desk.deliverer.deliver_due() == 0
    receiver.behaviour = answers(204)
    await let_probe(desk)
    assert await desk.deliverer.deliver_due() == 1
    assert (await breaker(desk))["state"] == "closed"
    await dead.stop()
    assert (await breaker(desk))["state"] == "closed", "its lease had run out"


async def test_a_probe_given_back_is_made_again(
    desk: Desk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    await trip(desk, receiver)
    await let_probe(desk)
    monkeypatch.setattr(claims, "BEGIN_WITHIN_SECONDS", -1)
    assert await desk.deliverer.deliver_due() == 0
    monkeypatch.undo()
    state = await breaker(desk)
    assert (state["state"], state["probes_failed"]) == ("open", 0)
    receiver.behaviour = answers(204)
    assert await desk.deliverer.deliver_due() == 1
    assert (await breaker(desk))["state"] == "closed"


async def test_retry_after_puts_the_probe_off(desk: Desk, receiver: Receiver) -> None:
    receiver.behaviour = answers(429, Retry_After="1000")
    await trip(desk, receiver, FAILURES_IN_A_ROW)
    wait = (await breaker(desk))["next_probe_at"] - await desk.now()
    assert timedelta(seconds=900) < wait <= timedelta(seconds=1001)


async def test_72_hours_end_what_waits_behind_it(desk: Desk, receiver: Receiver) -> None:
    await trip(desk, receiver)
    longer = GIVE_UP_AFTER + timedelta(minutes=1)
    await desk.fetch(
        "UPDATE deliveries SET queued_at = queued_at - $1::interval,"
        " first_attempt_at = first_attempt_at - $1 WHERE ticket_id NOT IN ('T-48', 'T-49')",
        longer,
    )
    counts = {row["delivery_id"]: row["attempts"] for row in await desk.deliveries()}
    await let_probe(desk)
    await desk.deliverer.deliver_due()
    rows = await desk.deliveries()
    alive = {row["ticket_id"] for row in rows if row["status"] == "pending"}
    assert {"T-48", "T-49"} <= alive
    assert len(alive) <= 3, "and perhaps the probe, if that was its first attempt"
    probed = [row for row in rows if row["attempts"] != counts[row["delivery_id"]]]
    assert len(probed) == 1
    assert all(row["settled_at"] for row in rows if row["status"] == "dead")


async def test_after_it_closes_a_tickets_deliveries_go_in_order(
    desk: Desk, receiver: Receiver
) -> None:
    await desk.subscribe(receiver)
    for number in range(MANY):
        await desk.open(f"T-{number}", hours_ago=5)
    await desk.deliverer.deliver_due()
    await desk.fetch("UPDATE deliveries SET queued_at = queued_at - interval '1 h'")
    await desk.make_due()
    assert (await breaker(desk))["state"] == "open"
    receiver.heard.clear()
    receiver.behaviour = answers(204)
    await let_probe(desk)
    while await desk.deliverer.deliver_due():
        pass
    in_order: dict[str, list[str]] = {}
    for row in await desk.deliveries():
        in_order.setdefault(row["ticket_id"], []).append(row["event_id"])
    heard: dict[str, list[str]] = {}
    for each in receiver.heard:
        heard.setdefault(each.event["subject"], []).append(each.id)
    assert heard == in_order


async def test_what_is_our_fault_is_not_the_receivers(desk: Desk, receiver: Receiver) -> None:
    await desk.subscribe(receiver)
    for number in range(2 * FAILURES_IN_A_ROW):
        await desk.open(f"T-{number}")
    await desk.fetch("DELETE FROM events WHERE version = 2")
    await desk.deliverer.deliver_due()
    assert (await breaker(desk))["state"] == "closed"


async def test_failures_of_an_address_that_was_left_open_nothing(
    desk: Desk, receiver: Receiver
) -> None:
    await desk.subscribe(receiver)
    for number in range(FAILURES_IN_A_ROW):
        await desk.open(f"T-{number}")
    await desk.deliverer.claim()
    await desk.fetch("UPDATE subscriptions SET url = url || '&new=1'")
    await desk.deliverer.deliver_due()
    assert (await breaker(desk))["state"] == "closed"


async def test_it_runs_by_itself(desk: Desk, receiver: Receiver) -> None:
    await trip(desk, receiver)
    desk.deliverer.start()
    await asyncio.sleep(0.2)
    assert receiver.heard == []
    receiver.behaviour = answers(204)
    await let_probe(desk)
    desk.deliverer.wake()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(receiver.heard) < MANY:
            await asyncio.sleep(0.01)
    await desk.deliverer.stop()
    assert set(await desk.statuses()) == {"delivered"}
