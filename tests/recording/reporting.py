"""What tests of recording tell: facts as a help desk posts them, and what the database then has."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import httpx

from app.domain.derive import standing
from app.store.codec import decode_sla_event, decode_state
from app.store.database import Database
from tests.conftest import Running

MINUTE = timedelta(minutes=1)

Event = dict[str, Any]


def event(
    id_: str, type_: str, at: datetime | None = None, ticket: str = "T-1", **data: object
) -> Event:
    """An event of a ticket; ``ticket.`` may be left out of the type."""
    told: Event = {
        "id": id_,
        "source": "desk",
        "type": type_ if "." in type_ else f"ticket.{type_}",
        "subject": ticket,
        "data": data,
    }
    return told if at is None else {**told, "time": at.isoformat()}


def opening(at: datetime | None = None, ticket: str = "T-1", **data: object) -> Event:
    """A ticket is opened, under `portaone` at P2 unless something else is said."""
    return event("opened", "opened", at, ticket, **{"policy": "portaone", "severity": "P2", **data})


def withdrawal(id_: str, of: str, at: datetime | None = None, ticket: str = "T-1") -> Event:
    """A fact of the same source was reported in error."""
    return event(id_, "event.withdrawn", at, ticket, source="desk", id=of)


async def post(running: Running, *events: Event, backfill: bool = False) -> list[Event]:
    """What became of each; none is refused."""
    answer = await send(running, *events, backfill=backfill)
    assert answer.status_code == 200, answer.text
    results: list[Event] = answer.json()["results"]
    return results


async def send(running: Running, *events: Event, backfill: bool = False) -> httpx.Response:
    """The answer to a batch."""
    parameters = {"backfill": "true"} if backfill else {}
    return await running.client.post("/v1/events", json=list(events), params=parameters)


async def outcomes(running: Running, *events: Event, backfill: bool = False) -> list[str]:
    """What became of each, in a word."""
    return [each["outcome"] for each in await post(running, *events, backfill=backfill)]


async def refused(running: Running, told: Event) -> tuple[str, str]:
    """Where and why an event is refused."""
    answer = await running.client.post("/v1/events", json=told)
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    return error["pointer"], error["detail"]


async def held(running: Running, **parameters: str) -> list[tuple[str, str | None]]:
    """(id, reason) of the facts listed as held."""
    answer = await running.client.get("/v1/held", params=parameters)
    assert answer.status_code == 200, answer.text
    return [(each["id"], each["reason"]) for each in answer.json()["items"]]


async def ticket(running: Running, ticket_id: str = "T-1", **parameters: str) -> Event:
    """The ticket as it is answered."""
    answer = await running.client.get(f"/v1/tickets/{ticket_id}", params=parameters)
    assert answer.status_code == 200, answer.text
    found: Event = answer.json()
    return found


def clock(state: Event, name: str) -> Event:
    """One of a ticket's clocks."""
    return next(each for each in state["clocks"] if each["clock"] == name)


async def raised(running: Running, ticket_id: str = "T-1") -> list[tuple[str, str | None, Any]]:
    """(type, clock, role) of every SLA event, in the order of the log."""
    return [(each.type, each.clock, each.role) for each in await sla_events(running, ticket_id)]


async def sla_events(running: Running, ticket_id: str = "T-1") -> Sequence[Any]:
    """Every SLA event of the ticket, in the order of the log."""
    async with running.service.database.connection() as connection:
        rows = await connection.fetch(
            "SELECT data FROM events WHERE ticket_id = $1 AND type LIKE 'sla.%' ORDER BY version",
            ticket_id,
        )
    return [decode_sla_event(row["data"]) for row in rows]


async def deliveries(database: Database) -> list[tuple[str, str | None]]:
    """(type, clock) of every SLA event that somebody is to be told of, in order."""
    async with database.connection() as connection:
        rows = await connection.fetch(
            "SELECT e.type, e.data ->> 'clock' AS clock FROM deliveries AS d"
            " JOIN events AS e USING (bucket, ticket_id, event_id) ORDER BY e.position"
        )
    return [(row["type"], row["clock"]) for row in rows]


ARRIVAL = ("ticket_id", "version", "late_facts", "retractions")
"""What of a state depends on the order in which its facts came in (21)."""


async def shown(database: Database, ticket_id: str) -> tuple[Event, list[str]]:
    """A ticket's state, and what stands of what was raised, arrival aside."""
    async with database.connection() as connection:
        state = await connection.fetchval(
            "SELECT state FROM tickets WHERE ticket_id = $1", ticket_id
        )
        rows = await connection.fetch(
            "SELECT data FROM events WHERE ticket_id = $1 AND type LIKE 'sla.%' ORDER BY version",
            ticket_id,
        )
    members = asdict(decode_state(state))
    stands = standing(decode_sla_event(row["data"]) for row in rows)
    return {name: members[name] for name in members if name not in ARRIVAL}, sorted(stands)
