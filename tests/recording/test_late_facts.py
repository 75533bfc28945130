"""Facts that come late: the ticket is folded again, and the log says what that shows (21, 23)."""

from datetime import datetime, timedelta

from app.clock import host_now
from tests.conftest import Running

MINUTE = timedelta(minutes=1)


def event(id_: str, type_: str, at: datetime, **data: object) -> dict[str, object]:
    """An event of ticket T-1."""
    return {
        "id": id_,
        "source": "desk",
        "type": type_,
        "subject": "T-1",
        "time": at.isoformat(),
        "data": data,
    }


async def post(running: Running, *events: dict[str, object]) -> None:
    """All are recorded."""
    answer = await running.client.post("/v1/events", json=list(events))
    assert answer.status_code == 200, answer.text


async def stream(running: Running) -> list[tuple[str, str | None, str | None, int | None]]:
    """(type, clock, role, cycle) of every SLA event."""
    async with running.service.database.connection() as connection:
        rows = await connection.fetch(
            "SELECT type, data ->> 'clock' AS clock, data ->> 'role' AS role,"
            " data ->> 'cycle' AS cycle FROM events WHERE type LIKE 'sla.%' ORDER BY version"
        )
    return [(row["type"], row["clock"], row["role"], row["cycle"]) for row in rows]


async def test_a_late_answer_retracts_the_breach_it_shows_to_be_none(running: Running) -> None:
    """Given a P2 whose answer in time is reported only after its breach was raised."""
    opened = host_now() - 3 * 60 * MINUTE
    await post(running, event("1", "ticket.opened", opened, policy="portaone", severity="P2"))
    assert [kind for kind, clock, *_ in await stream(running) if clock == "first_response"] == [
        "sla.breached"
    ]

    await post(running, event("2", "ticket.agent_replied", opened + 30 * MINUTE))

    events = [each[:2] for each in await stream(running)]
    assert ("sla.retracted", "first_response") in events
    assert ("sla.met", "first_response") in events
    assert ("sla.breached", "update") in events, "an update was due two hours after the answer"


async def test_a_late_severity_change_raises_what_it_shows_was_missed(running: Running) -> None:
    """The tiers of P1 are told late, those already told stay told (11, 23)."""
    opened = host_now() - 5 * 60 * MINUTE
    await post(running, event("1", "ticket.opened", opened, policy="portaone", severity="P2"))
    told = [role for kind, _, role, _ in await stream(running) if kind == "sla.escalated"]
    assert told == ["technical_support_manager", "customer_relations_manager"]

    await post(running, event("2", "ticket.severity_changed", opened + MINUTE, severity="P1"))

    events = await stream(running)
    assert [role for kind, _, role, _ in events if kind == "sla.escalated"][2:] == ["cto"]
    assert not [role for kind, _, role, _ in events if kind == "sla.retracted" and role]


async def test_raised_again_it_has_another_id(running: Running) -> None:
    """Retracted by one late fact, shown again by another: the id counts the retractions (28)."""
    opened = host_now() - 3 * 60 * MINUTE
    await post(running, event("1", "ticket.opened", opened, policy="portaone", severity="P2"))
    await post(running, event("2", "ticket.severity_changed", opened + 10 * MINUTE, severity="P4"))
    await post(running, event("3", "ticket.severity_changed", opened + 20 * MINUTE, severity="P2"))
    async with running.service.database.connection() as connection:
        rows = await connection.fetch(
            "SELECT event_id, data ->> 'identity' AS identity FROM events"
            " WHERE type LIKE 'sla.%' AND type <> 'sla.retracted' ORDER BY version"
        )
    assert len({row["event_id"] for row in rows}) == len(rows)
    identities = [row["identity"] for row in rows]
    assert len(identities) > len(set(identities)), "something was raised, retracted, raised again"


async def test_facts_of_one_batch_may_come_in_any_order(running: Running) -> None:
    opened = host_now() - 60 * MINUTE
    await post(
        running,
        event("1", "ticket.opened", opened, policy="portaone", severity="P3"),
        event("3", "ticket.resolved", opened + 40 * MINUTE),
        event("2", "ticket.agent_replied", opened + 20 * MINUTE),
    )
    assert (await running.client.get("/v1/tickets/T-1")).json()["late_facts"] == 1
    assert [each[:2] for each in await stream(running)] == [
        ("sla.met", "first_response"),
        ("sla.met", "resolution"),
    ]
