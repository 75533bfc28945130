"""``kill -9`` of the service while it sends: nothing is lost, what is sent again is the same."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx

from app.clock import host_now
from app.store.database import Database, Row
from tests.conftest import SECRETS_KEY
from tests.processes import data_folder, escalator, free_port, served, until_ready
from tests.webhooks.receiver import Receiver, answers_late, receiving

TICKETS = 60

Ledger = dict[str, tuple[str, int]]
"""By the id of an event: its ticket, and its place there."""


@asynccontextmanager
async def service(database_url: str) -> AsyncIterator[tuple[Process, httpx.AsyncClient]]:
    """The service as a process of its own on the test's database; killed at the end."""
    port = free_port()
    process = await escalator(
        "serve",
        "--port",
        str(port),
        ESCALATOR_DATABASE_URL=database_url,
        ESCALATOR_SECRETS_KEY=SECRETS_KEY,
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
            await until_ready(client, process)
            yield process, client
    finally:
        if process.returncode is None:
            process.kill()
        said, _ = await process.communicate()
        sys.stdout.write(said.decode())


async def fetch(database: Database, statement: str, *values: object) -> list[Row]:
    async with database.connection() as connection:
        return await connection.fetch(statement, *values)


async def begin(client: httpx.AsyncClient, receiver: Receiver) -> None:
    """A subscription, and tickets of which each tells it four things at once."""
    answer = await client.post("/v1/subscriptions", json={"url": receiver.url})
    receiver.secrets = [answer.json()["secret"]]
    opened_at = host_now() - timedelta(hours=5)
    events = [
        {
            "id": "1",
            "source": "desk",
            "type": "ticket.opened",
            "subject": f"T-{number}",
            "time": opened_at.isoformat(),
            "data": {"policy": "portaone", "severity": "P1"},
        }
        for number in range(TICKETS)
    ]
    answer = await client.post("/v1/events", json=events)
    assert answer.json()["recorded"] == TICKETS, answer.text


async def heard(receiver: Receiver, count: int) -> None:
    async with asyncio.timeout(15):
        while len(receiver.heard) < count:
            await asyncio.sleep(0.005)


async def test_nothing_is_lost_over_kill_9(database: Database, database_url: str) -> None:
    kills = 3
    async with receiving(behaviour=answers_late(0.05)) as receiver:
        for kill in range(kills):
            async with service(database_url) as (process, client):
                if kill == 0:
                    await begin(client, receiver)
                await heard(receiver, len(receiver.heard) + TICKETS // 2)
                process.kill()
            # The leases of what was under way run out.
            await fetch(
                database,
                "UPDATE deliveries SET due_at = clock_timestamp()"
                " WHERE status = 'pending' AND due_at > clock_timestamp()",
            )
        async with service(database_url) as (_, client):
            ledger = await all_delivered(client)
        raised = await fetch(database, "SELECT event_id FROM events WHERE type LIKE 'sla.%'")
    assert {row["event_id"] for row in raised} == ledger.keys()
    check(receiver, ledger, kills)


def check(receiver: Receiver, ledger: Ledger, kills: int) -> None:
    """Everything was heard, in order, and again only what was under way."""
    assert len(ledger) == 4 * TICKETS
    counts = Counter(receiver.ids)
    assert counts.keys() == ledger.keys()
    assert counts.total() - len(counts) <= kills * TICKETS, "of a ticket one is under way"
    for each in receiver.heard:
        event = each.event
        assert (event["subject"], int(event["sequence"])) == ledger[each.id]
    for ticket in {ticket for ticket, _ in ledger.values()}:
        order = [
            int(each.event["sequence"])
            for each in receiver.heard
            if each.event["subject"] == ticket
        ]
        first = list(dict.fromkeys(order))
        assert first == sorted(first), "in order, whoever sent them"


async def test_nothing_is_lost_over_kill_9_of_its_postgresql() -> None:
    """The service launches it again; what it could not settle meanwhile it settles then."""
    kills = 2
    async with receiving(behaviour=answers_late(0.05)) as receiver:
        with data_folder() as data:
            async with served(data, free_port()) as (_, client):
                await begin(client, receiver)
                for _ in range(kills):
                    await heard(receiver, len(receiver.heard) + TICKETS // 2)
                    postmaster = data / "postgres" / "postmaster.pid"
                    os.kill(int(postmaster.read_text().split()[0]), signal.SIGKILL)
                ledger = await all_delivered(client)
    check(receiver, ledger, kills)


async def all_delivered(client: httpx.AsyncClient) -> Ledger:
    """What was to be told, once all of it is: a lease whose claim was not heard of runs 30 s."""
    async with asyncio.timeout(50):
        while True:
            answer = await client.get("/v1/deliveries", params={"limit": 500})
            items = answer.json()["items"] if answer.is_success else []
            if len(items) == 4 * TICKETS and {each["status"] for each in items} == {"delivered"}:
                return {each["event_id"]: (each["ticket_id"], each["sequence"]) for each in items}
            await asyncio.sleep(0.1)
