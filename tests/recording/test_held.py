"""Facts that come before their ticket's opening are held, and folded when it comes (22)."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import pytest

from app.clock import host_now
from app.main import run
from app.projections.rebuild import rebuild
from app.recording.new_fact import NewFact
from app.recording.work import MOST_HELD
from app.settings import Settings
from app.store.database import Database
from app.store.policies import PolicyBook
from tests.conftest import Running, assert_rebuild_changes_nothing
from tests.recording.reporting import (
    MINUTE,
    clock,
    event,
    held,
    opening,
    outcomes,
    post,
    raised,
    refused,
    send,
    ticket,
)

OPENED = host_now() - 300 * MINUTE


async def test_a_fact_before_the_opening_is_recorded_and_waits(running: Running) -> None:
    told = event("1", "agent_replied", OPENED + 30 * MINUTE)
    answer = await running.client.post("/v1/events", json=told)
    assert answer.status_code == 201, answer.text
    assert answer.json()["outcome"] == "held"
    assert answer.json()["version"] == 1
    assert await held(running) == [("1", None)]
    assert (await running.client.get("/v1/tickets/T-1")).status_code == 404
    (item,) = (await running.client.get("/v1/tickets/T-1/events")).json()["items"]
    assert item["position"] == answer.json()["position"]


async def test_it_is_folded_when_the_opening_comes(running: Running) -> None:
    await post(running, event("1", "agent_replied", OPENED + 30 * MINUTE))
    (opened,) = await post(running, opening(OPENED))
    assert (opened["outcome"], opened["version"]) == ("recorded", 2)
    assert await held(running) == []
    state = await ticket(running)
    assert clock(state, "first_response")["state"] == "met"
    assert clock(state, "update")["cycle"] > 1, "updates were due since the answer"
    assert ("sla.breached", "first_response", None) not in await raised(running)


async def test_what_happened_before_the_opening_is_folded_at_it(running: Running) -> None:
    await post(running, event("1", "work_started", OPENED - 30 * MINUTE))
    await post(running, opening(OPENED))
    assert (await ticket(running))["status"] == "in_progress"


async def test_in_a_batch_facts_may_stand_before_their_opening(running: Running) -> None:
    assert await outcomes(
        running,
        event("1", "agent_replied", OPENED + 30 * MINUTE),
        opening(OPENED),
        event("2", "resolved", OPENED + 40 * MINUTE),
        event("1", "agent_replied", OPENED + 30 * MINUTE),
    ) == ["held", "recorded", "recorded", "duplicate"]
    assert await held(running) == []
    assert [kind for kind, *_ in await raised(running)] == ["sla.met", "sla.met"]
    answer = await send(running, event("3", "work_started", ticket="T-2"))
    assert answer.json()["held"] == 1
    assert answer.json()["recorded"] == 0


async def test_what_the_policy_refuses_stays_listed_with_the_reason(running: Running) -> None:
    await post(
        running,
        event("1", "severity_changed", OPENED + 10 * MINUTE, severity="P9"),
        event("2", "agent_replied", OPENED + 20 * MINUTE),
        event("3", "escalated", OPENED + 30 * MINUTE, to="nobody"),
    )
    await post(running, opening(OPENED))
    one, other = await held(running)
    assert one[0] == "1"
    assert "no severity 'P9'" in str(one[1])
    assert other[0] == "3"
    assert "no role 'nobody'" in str(other[1])
    state = await ticket(running)
    assert (state["severity"], state["status"]) == ("P2", "open")

    await post(running, event("4", "resolved", OPENED + 15 * MINUTE))
    assert [id_ for id_, _ in await held(running)] == ["1", "3"]
    assert (await ticket(running))["status"] == "resolved"


async def test_the_same_again_is_a_duplicate_other_content_a_conflict(running: Running) -> None:
    told = event("1", "agent_replied", OPENED)
    (first,) = await post(running, told)
    (again,) = await post(running, told)
    assert again == {**first, "outcome": "duplicate"}
    other = await running.client.post("/v1/events", json={**told, "data": {"agent": "Ann"}})
    assert other.status_code == 409
    await post(running, opening(OPENED))
    assert await post(running, told) == [again]
    assert await held(running) == []


async def test_an_opening_that_is_refused_leaves_what_is_held(running: Running) -> None:
    await post(running, event("1", "agent_replied"))
    pointer, _ = await refused(running, opening(severity="P9"))
    assert pointer == "/data/severity"
    assert await held(running) == [("1", None)]


async def test_an_escalation_cannot_be_acknowledged_before_there_is_one(running: Running) -> None:
    told = event("1", "escalation.acknowledged", escalation_id="none")
    assert (await refused(running, told))[0] == "/data/escalation_id"


async def test_a_thousand_are_held_for_a_ticket_and_no_more(running: Running) -> None:
    facts = [event(str(number), "updated") for number in range(MOST_HELD)]
    assert await outcomes(running, *facts) == ["held"] * MOST_HELD
    pointer, detail = await refused(running, event("more", "updated"))
    assert pointer == "/subject"
    assert "1,000 facts are held" in detail
    assert await outcomes(running, event("1", "updated", ticket="T-2")) == ["held"]
    assert await outcomes(running, facts[0], opening()) == ["duplicate", "recorded"]
    assert await held(running, ticket="T-1") == []


async def test_replicas_that_hold_and_open_at_once_do_not_collide(
    settings: Settings, database_url: str, database: Database
) -> None:
    """Given three services to which facts and openings of the same tickets are posted at once."""

    def fact(number: int, place: int) -> NewFact:
        at = datetime(2026, 1, 5, 10, number % 60, place, tzinfo=UTC)
        name = f"{place}-{number}"
        return NewFact(f"T-{number % 8}", "desk", name, "ticket.work_started", at, {})

    def opened(number: int) -> NewFact:
        data = {"policy": "portaone", "severity": "P3"}
        at = datetime(2026, 1, 5, 10, tzinfo=UTC)
        return NewFact(f"T-{number}", "desk", "opened", "ticket.opened", at, data)

    async with AsyncExitStack() as stack:
        services = [await stack.enter_async_context(run(settings, database_url)) for _ in range(3)]
        receipts = await asyncio.gather(
            *(
                service.intake.record([fact(number, place)])
                for number in range(64)
                for place, service in enumerate(services)
            ),
            *(
                service.intake.record([opened(number)])
                for number in range(6)
                for service in services
            ),
        )
    found = Counter(receipt.outcome for (receipt,) in receipts)
    assert found["duplicate"] == 12
    assert found["held"] + found["recorded"] == 64 * 3 + 6
    async with database.connection() as connection:
        waiting = await connection.fetch("SELECT DISTINCT ticket_id FROM held_facts ORDER BY 1")
        count = await connection.fetchval("SELECT count(*) FROM events WHERE type LIKE 'ticket.%'")
    assert [row["ticket_id"] for row in waiting] == ["T-6", "T-7"]
    assert count == 64 * 3 + 6
    await assert_rebuild_changes_nothing(database)


async def test_a_rebuild_meanwhile_loses_nothing_of_the_list(
    running: Running, database: Database
) -> None:
    """Facts are held and tickets opened while the log is folded again and again."""

    async def story(name: str) -> None:
        for number in range(3):
            await post(running, event(str(number), "updated", ticket=name))
        await post(running, opening(ticket=name))

    async def rebuilding() -> None:
        for _ in range(4):
            async for _ in rebuild(database, PolicyBook()):
                pass

    await asyncio.gather(rebuilding(), *(story(f"T-{number}") for number in range(40)))
    assert await held(running) == []
    await post(running, event("1", "updated", ticket="T-last"))
    await rebuilding()
    assert await held(running) == [("1", None)]


@pytest.mark.parametrize("statement", ["DELETE FROM held_facts", "UPDATE held_facts SET reason=''"])
async def test_a_rebuild_lists_what_is_held(
    running: Running, database: Database, statement: str
) -> None:
    """Given a list that was lost, or is wrong."""
    await post(running, event("1", "agent_replied"), event("2", "updated", ticket="T-2"))
    await post(running, event("3", "handed_over", ticket="T-3", line="none"))
    await post(running, opening(ticket="T-3"), opening(ticket="T-4"))
    listed = await held(running)
    assert len(listed) == 3
    async with database.connection() as connection:
        await connection.execute(statement)
    with pytest.raises(AssertionError, match="held_facts"):
        await assert_rebuild_changes_nothing(database)
    assert await held(running) == listed
