"""History is judged in full, and nobody is told of what is long past (24)."""

import asyncio
from datetime import datetime, timedelta

import pytest

from app.clock import host_now
from app.recording.new_fact import NewFact
from app.store.database import Database
from tests.conftest import Running
from tests.recording.reporting import (
    MINUTE,
    clock,
    deliveries,
    event,
    opening,
    outcomes,
    post,
    raised,
    sla_events,
    ticket,
)

OPENED = host_now() - 300 * MINUTE
NOWHERE = "http://127.0.0.1:9/"


@pytest.fixture(autouse=True)
async def subscription(running: Running) -> str:
    """Somebody hears everything, at an address that answers nothing."""
    answer = await running.client.post("/v1/subscriptions", json={"url": NOWHERE})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def new(fact: dict[str, object], *, backfill: bool) -> NewFact:
    """The fact of an event, for a flush of facts of both kinds."""
    time = datetime.fromisoformat(str(fact["time"])) if "time" in fact else None
    data = fact["data"]
    assert isinstance(data, dict)
    return NewFact("T-1", "desk", str(fact["id"]), str(fact["type"]), time, data, backfill)


async def silent(running: Running) -> dict[tuple[str, str | None], bool]:
    """Of each kind of SLA event and clock, whether the last one is silent."""
    return {(each.type, each.clock): each.silent for each in await sla_events(running)}


async def test_it_is_judged_in_full_and_nobody_is_told(
    running: Running, database: Database
) -> None:
    told = [opening(OPENED, severity="P1"), event("1", "agent_replied", OPENED + 90 * MINUTE)]
    assert await outcomes(running, *told, backfill=True) == ["recorded"] * 2
    assert all((await silent(running)).values())
    assert await deliveries(database) == []
    state = await ticket(running)
    assert clock(state, "first_response")["breached"]
    assert {each["role"] for each in state["escalations"] if each["tier"]} == {
        "technical_support_manager",
        "customer_relations_manager",
        "cto",
    }
    assert not any(each["unheard"] for each in state["escalations"])
    assert all(each["silent"] for each in state["escalations"])


async def test_what_comes_afterwards_is_sent(running: Running, database: Database) -> None:
    """An answer was due an hour after the opening, a moment from now."""
    soon = host_now() - 60 * MINUTE + timedelta(seconds=1.5)
    await post(running, opening(soon, severity="P1"), backfill=True)
    assert await deliveries(database) == []
    for _ in range(100):
        if await deliveries(database):
            break
        await asyncio.sleep(0.1)
    assert ("sla.breached", "first_response") in await deliveries(database)
    found = await silent(running)
    assert not found["sla.breached", "first_response"]


async def test_a_retraction_of_what_was_never_sent_is_not_sent(
    running: Running, database: Database
) -> None:
    """By a late fact and by a reopening, neither of them backfilled."""
    await post(running, opening(OPENED), backfill=True)
    await post(running, event("1", "agent_replied", OPENED + 30 * MINUTE))
    assert (await silent(running))["sla.retracted", "first_response"]
    assert ("sla.met", "first_response") in await deliveries(database), "an ordinary fact's own"
    assert "sla.retracted" not in [kind for kind, _ in await deliveries(database)]

    await post(running, event("2", "resolved", OPENED + 200 * MINUTE), backfill=True)
    await post(running, event("3", "reopened"))
    assert (await silent(running))["sla.retracted", "resolution"]
    retracted = {clock_ for kind, clock_ in await deliveries(database) if kind == "sla.retracted"}
    assert retracted == {"update"}, "updates had been missed, and were told of, since the answer"


async def test_a_retraction_of_what_was_sent_is_sent(running: Running, database: Database) -> None:
    """Also where a backfilled fact is its cause: they were told."""
    await post(running, opening(OPENED))
    assert ("sla.breached", "first_response") in await deliveries(database)
    await post(running, event("1", "agent_replied", OPENED + 30 * MINUTE), backfill=True)
    sent = await deliveries(database)
    assert ("sla.retracted", "first_response") in sent
    assert ("sla.met", "first_response") not in sent
    assert (await silent(running))["sla.met", "first_response"]


async def test_what_is_due_on_an_open_ticket_is_sent_before_history_is_folded(
    running: Running, database: Database
) -> None:
    """Given an opening and a backfilled fact in one flush: both are as if they had come alone."""
    receipts = await running.service.intake.record(
        [
            new(opening(OPENED), backfill=False),
            new(event("1", "severity_changed", OPENED + MINUTE, severity="P1"), backfill=True),
        ]
    )
    assert [receipt.outcome for receipt in receipts] == ["recorded", "recorded"]
    sent = await deliveries(database)
    assert ("sla.breached", "first_response") in sent
    assert [kind for kind, clock_ in sent if clock_ == "resolution"] == ["sla.escalated"] * 2
    roles = [(role, kind) for kind, clock_, role in await raised(running) if role]
    assert roles[-1][0] == "cto"
    assert (await sla_events(running))[-1].silent


async def test_an_ordinary_facts_own_consequences_are_sent(
    running: Running, database: Database
) -> None:
    """Given history and an answer of this moment in one flush."""
    await running.service.intake.record(
        [
            new(opening(OPENED, severity="P3"), backfill=True),
            new(event("1", "escalated", OPENED + MINUTE, to="cto"), backfill=True),
            new(event("2", "escalated", to="cto"), backfill=False),
            new(event("3", "escalated", to="cto"), backfill=True),
            new(event("4", "resolved"), backfill=False),
        ]
    )
    notices = [each.silent for each in await sla_events(running) if each.type == "sla.noticed"]
    assert notices == [True, False, True]
    sent = await deliveries(database)
    assert [kind for kind, _ in sent if kind == "sla.noticed"] == ["sla.noticed"]
    assert ("sla.met", "resolution") in sent


async def test_a_replay_leaves_out_what_is_silent(running: Running, subscription: str) -> None:
    since = host_now() - MINUTE
    await post(running, opening(OPENED), backfill=True)
    answer = await running.client.post(
        f"/v1/subscriptions/{subscription}/replay",
        params={"since": since.isoformat(), "until": (since + 2 * MINUTE).isoformat()},
    )
    assert answer.status_code in (200, 202), answer.text
    assert answer.json()["created"] + answer.json()["requeued"] == 0


async def test_of_a_repeating_clock_the_latest_cycle_that_is_not_silent_is_sent(
    running: Running, database: Database
) -> None:
    """Silent cycles after it do not keep it from being sent (24, 30)."""
    await running.service.intake.record(
        [
            new(opening(OPENED, severity="P1"), backfill=False),
            new(event("1", "agent_replied", OPENED + 10 * MINUTE), backfill=False),
            new(event("2", "agent_replied", OPENED + 80 * MINUTE), backfill=True),
        ]
    )
    sent = [each for each in await deliveries(database) if each[1] == "update"]
    assert sent[0] == ("sla.met", "update") or sent[0] == ("sla.breached", "update")
    assert [each.silent for each in await sla_events(running) if each.clock == "update"].count(True)


async def test_unheard_is_only_what_somebody_should_have_heard(
    running: Running, subscription: str
) -> None:
    await running.client.patch(f"/v1/subscriptions/{subscription}", json={"enabled": False})
    await post(running, opening(OPENED, severity="P1"), backfill=True)
    await post(running, opening(OPENED, ticket="T-2", severity="P1"))
    assert not any(each.unheard for each in await sla_events(running))
    assert any(each.unheard for each in await sla_events(running, "T-2"))
