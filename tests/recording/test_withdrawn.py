"""A fact that was reported in error is withdrawn: as if it had never been reported (22, 23)."""

from datetime import timedelta

import pytest

from app.clock import host_now
from tests.conftest import Running
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
    sla_events,
    ticket,
    withdrawal,
)

OPENED = host_now() - 300 * MINUTE


async def test_what_came_of_it_is_retracted_and_what_is_missing_raised(running: Running) -> None:
    """Given a P2 answered in time by mistake: the answer was another ticket's."""
    await post(running, opening(OPENED), event("1", "agent_replied", OPENED + 30 * MINUTE))
    assert ("sla.met", "first_response", None) in await raised(running)

    assert await outcomes(running, withdrawal("2", "1")) == ["recorded"]

    told = await sla_events(running)
    by_kind = {(each.type, each.clock): each for each in told}
    assert ("sla.breached", "first_response") in by_kind
    retracted = [each for each in told if each.type == "sla.retracted"]
    assert {each.clock for each in retracted} == {"first_response", "update"}
    assert {each.cause for each in retracted} == {"2"}
    state = await ticket(running)
    assert state["status"] == "new"
    assert clock(state, "first_response")["breached"]
    assert clock(state, "update")["state"] == "pending"
    assert state["late_facts"] == 0
    assert await held(running) == []


async def test_it_is_gone_for_every_instant_but_not_for_what_was_known(running: Running) -> None:
    await post(running, opening(OPENED), event("1", "agent_replied", OPENED + 30 * MINUTE))
    before = host_now().isoformat()
    await post(running, withdrawal("2", "1"))
    then = (OPENED + 40 * MINUTE).isoformat()
    now = await ticket(running, as_of=then)
    known = await ticket(running, as_of=then, known_at=before)
    assert clock(now, "first_response")["state"] == "running"
    assert clock(known, "first_response")["state"] == "met"


@pytest.mark.parametrize("when", [OPENED - timedelta(days=1), OPENED + 10 * MINUTE, None])
async def test_its_own_time_does_not_matter(running: Running, when: object) -> None:
    told = withdrawal("2", "1")
    if when is not None:
        told["time"] = str(when).replace(" ", "T")
    await post(running, opening(OPENED), event("1", "resolved", OPENED + 30 * MINUTE), told)
    state = await ticket(running)
    assert (state["status"], state["late_facts"]) == ("new", 0)


async def test_a_withdrawal_before_what_it_names_is_held(running: Running) -> None:
    assert await outcomes(running, opening(OPENED), withdrawal("2", "1")) == ["recorded", "held"]
    assert await held(running) == [("2", None)]

    told = event("1", "resolved", OPENED + 30 * MINUTE)
    assert await outcomes(running, told) == ["recorded"]

    assert await held(running) == []
    assert (await ticket(running))["status"] == "new"
    assert "sla.met" not in [kind for kind, *_ in await raised(running)]


async def test_one_that_names_what_cannot_be_withdrawn_stays_listed(running: Running) -> None:
    """It came before what it names, and so could not be refused."""
    assert await outcomes(running, withdrawal("2", "opened"), withdrawal("3", "4")) == ["held"] * 2
    await post(running, opening(OPENED), withdrawal("4", "5"))
    reason = "only ticket.* facts can be withdrawn, and this is event.withdrawn"
    assert await held(running) == [
        ("2", "an opening cannot be withdrawn"),
        ("3", reason),
        ("4", None),
    ]
    assert (await ticket(running))["opened_at"] is not None


async def test_what_is_held_may_be_withdrawn_too(running: Running) -> None:
    fact = event("1", "resolved", OPENED + 30 * MINUTE)
    assert await outcomes(running, fact, withdrawal("2", "1")) == ["held", "held"]
    assert [id_ for id_, _ in await held(running)] == ["1", "2"]
    await post(running, opening(OPENED))
    assert await held(running) == []
    assert (await ticket(running))["status"] == "new"


async def test_a_fact_that_was_left_out_is_no_longer_listed_once_withdrawn(
    running: Running,
) -> None:
    await post(running, event("1", "severity_changed", severity="P9"), opening(OPENED))
    assert [id_ for id_, _ in await held(running)] == ["1"]
    assert await outcomes(running, withdrawal("2", "1")) == ["recorded"]
    assert await held(running) == []


async def test_only_facts_of_the_ticket_can_be_withdrawn(running: Running) -> None:
    await post(running, opening(OPENED), withdrawal("early", "later"))
    (escalation, *_) = (await ticket(running))["escalations"]
    named = escalation["id"]
    await post(running, event("taken", "escalation.acknowledged", escalation_id=named))
    wrong = {
        "opened": "an opening cannot be withdrawn",
        "taken": "and this is escalation.acknowledged",
        "early": "and this is event.withdrawn",
        "itself": "and this is event.withdrawn",
    }
    for name, why in wrong.items():
        pointer, detail = await refused(running, withdrawal("itself", name))
        assert pointer == "/data/id"
        assert why in detail
    ours = event("1", "event.withdrawn", source="escalator", id=named)
    assert "and this is sla." in (await refused(running, ours))[1]


async def test_facts_after_a_withdrawal_in_one_batch_are_folded_with_it(running: Running) -> None:
    await post(running, opening(OPENED))
    assert await outcomes(
        running,
        event("1", "resolved", OPENED + 10 * MINUTE),
        withdrawal("2", "1"),
        withdrawal("3", "4"),
        event("4", "closed", OPENED + 20 * MINUTE),
        withdrawal("5", "4"),
        event("6", "work_started", OPENED + 30 * MINUTE),
    ) == ["recorded", "recorded", "held", "recorded", "recorded", "recorded"]
    state = await ticket(running)
    assert (state["status"], state["late_facts"]) == ("in_progress", 0)
    assert await held(running) == []


async def test_at_most_a_thousand_withdrawals_wait(running: Running) -> None:
    early = [withdrawal(f"not-{number}", str(number)) for number in range(1000)]
    await post(running, opening(OPENED), *early)
    pointer, detail = await refused(running, withdrawal("more", "1001"))
    assert pointer == "/data/id"
    assert "1,000 withdrawals wait" in detail
    assert await outcomes(running, withdrawal("again", "7")) == ["held"]
