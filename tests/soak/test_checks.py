"""The soak's checks find what they look for: each is shown a log, or a receiver, that is wrong."""

import random
from dataclasses import replace
from datetime import datetime

import pytest

from app.store.database import Database
from soak.client import Ledger, Place
from soak.findings import Findings
from soak.log_checks import LogChecks, Streams, streams_of
from soak.readers import Read, Reader
from soak.receiver import SUBSCRIPTIONS, Arrival, Receiver
from soak.telling_checks import TellingChecks
from tests.webhooks.receiver import Receiver as Hearing
from tests.webhooks.telling import Desk, telling

CHANCE = random.Random(1)  # noqa: S311  # guards nothing

SABOTAGES = [
    ("DELETE FROM events WHERE type = 'ticket.agent_replied'", "an acknowledged event is in the"),
    ("UPDATE events SET position = position + 50 WHERE version = 1", "positions rise within"),
    ("DELETE FROM events WHERE type = 'sla.met'", "nothing is forgotten"),
    ("DELETE FROM events WHERE version = 2", "a stream has no gaps"),
    (
        "UPDATE events SET recorded_at = recorded_at - interval '1 day' WHERE type LIKE 'sla.%'",
        "nothing is raised early",
    ),
    ("UPDATE events SET event_id = 'other' WHERE version = 1", "the log holds what was sent"),
    (
        "UPDATE events SET data = replace(data::text, 'resolution/', 'other/')::json",
        "what stands is shown",
    ),
]


async def story(desk: Desk) -> tuple[Streams, datetime]:
    """A ticket that was answered late, whose managers were told."""
    await desk.open("T-1", hours_ago=5)
    await desk.record("T-1", "ticket.agent_replied", await desk.now())
    return await log(desk), await desk.now()


async def log(desk: Desk) -> Streams:
    """As it stands."""
    async with desk.database.connection() as connection:
        return await streams_of(connection, await desk.now())


def ledger_of(streams: Streams) -> Ledger:
    """What a client would have been answered."""
    ledger = Ledger(Findings())
    for each in streams["T-1"]:
        if each.event.type.startswith("ticket."):
            identity = "T-1", "desk", each.event.id or ""
            ledger.sent[identity] = {}
            ledger.acknowledged[identity] = Place(each.version, each.position)
    return ledger


async def found(desk: Desk, ledger: Ledger, until: datetime) -> Findings:
    """What the checks find in the log as it stands."""
    checks = LogChecks(await log(desk), ledger, Findings())
    checks.check_ledger()
    checks.check_order()
    checks.check_times()
    async with desk.database.connection() as connection:
        await checks.check_derived(connection, until)
    return checks.findings


@pytest.mark.parametrize(("sabotage", "promise"), SABOTAGES)
async def test_a_log_that_is_wrong_is_found_out(
    database: Database, sabotage: str, promise: str
) -> None:
    async with telling(database) as desk:
        streams, until = await story(desk)
        ledger = ledger_of(streams)
        assert (await found(desk, ledger, until)).broken() == []
        await desk.fetch(sabotage)
        broken = (await found(desk, ledger, until)).broken()
    assert [each for each in broken if each.startswith(promise)], broken


async def test_a_reader_that_missed_something_is_found_out(database: Database) -> None:
    async with telling(database) as desk:
        streams, _ = await story(desk)
    every = [Read(e.position, "T-1", e.version, e.event.id or "") for e in streams["T-1"]]
    for read, promise in (
        (every, None),
        (every[:-1], "a reader misses nothing"),
        ([every[1], every[0], *every[2:]], "a reader sees one order"),
        ([every[0], every[0], *every[1:]], "a reader sees each stream in order"),
    ):
        checks = LogChecks(streams, ledger_of(streams), Findings())
        checks.check_reader(Reader("pages", [], checks.findings, CHANCE, read=read))
        assert checks.findings.breaches.keys() >= ({promise} if promise else set())
        assert bool(checks.findings.breaches) is bool(promise)


async def test_a_receiver_that_was_not_told_or_not_in_order_is_found_out(
    database: Database,
) -> None:
    async with telling(database) as desk:
        hearing = Hearing(url="http://127.0.0.1:9/hooks")
        ids = {
            name: await desk.subscribe(hearing, **filters)
            for name, filters in SUBSCRIPTIONS.items()
        }
        streams, until = await story(desk)
        await desk.fetch("UPDATE deliveries SET status = 'delivered'")
        rows = await desk.fetch("SELECT * FROM deliveries ORDER BY sequence")
        names = {id_: name for name, id_ in ids.items()}
        came = [
            Arrival(
                names[row["subscription_id"]],
                row["event_id"],
                "T-1",
                row["sequence"],
                row["queued_at"].timestamp() + number,
                taken=True,
            )
            for number, row in enumerate(rows)
        ]
        strange = replace(came[0], event_id="other")
        reverse = [replace(each, at=came[0].at - each.at + came[-1].at) for each in came]
        for arrivals, promise in (
            (came, None),
            (came[:-1], "a webhook is delivered at least once"),
            ([*came, strange], "nothing else is told"),
            (reverse, "a ticket's webhooks come in order"),
        ):
            receiver = Receiver(Findings(), CHANCE, ids=ids, arrivals=arrivals)
            async with database.connection() as connection:
                await TellingChecks(streams, receiver, receiver.findings).check(connection, until)
            assert list(receiver.findings.breaches) == ([promise] if promise else [])
