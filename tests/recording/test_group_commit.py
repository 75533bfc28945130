"""Many requests at once, several replicas: every event has its own outcome, and none is lost."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.domain.events import AGENT_REPLIED, OPENED
from app.main import run
from app.recording.new_fact import NewFact, Receipt
from app.settings import Settings
from app.store.database import Database
from tests.conftest import Running, assert_rebuild_changes_nothing


def opening(ticket_id: str, id_: str = "1", severity: str = "P2") -> NewFact:
    """A ticket is opened."""
    data = {"policy": "portaone", "severity": severity}
    return NewFact(ticket_id, "desk", id_, OPENED, None, data)


def reply(ticket_id: str, id_: str, **data: object) -> NewFact:
    """An agent replies."""
    return NewFact(ticket_id, "desk", id_, AGENT_REPLIED, None, data)


async def versions(database: Database) -> dict[str, list[int]]:
    """The versions in every stream."""
    found: dict[str, list[int]] = {}
    async with database.connection() as connection:
        for row in await connection.fetch("SELECT ticket_id, version FROM events ORDER BY 1, 2"):
            found.setdefault(row["ticket_id"], []).append(row["version"])
    return found


async def test_replicas_racing_on_the_same_tickets_lose_nothing(
    settings: Settings, database_url: str, database: Database
) -> None:
    """Given two services to which the same openings and different replies are posted at once."""
    async with AsyncExitStack() as stack:
        services = [await stack.enter_async_context(run(settings, database_url)) for _ in range(2)]
        openings = await asyncio.gather(
            *(
                service.intake.record([opening(f"T-{number}")])
                for number in range(40)
                for service in services
            )
        )
        replies = await asyncio.gather(
            *(
                service.intake.record([reply(f"T-{number % 40}", f"{place}-{number}")])
                for number in range(400)
                for place, service in enumerate(services)
            )
        )
    assert Counter(receipt.outcome for (receipt,) in openings) == {"recorded": 40, "duplicate": 40}
    assert Counter(receipt.outcome for (receipt,) in replies) == {"recorded": 800}
    for stream in (await versions(database)).values():
        assert stream == list(range(1, len(stream) + 1)), "versions follow one another"
    assert len({receipt.position for (receipt,) in replies}) == 800
    await assert_rebuild_changes_nothing(database)


async def test_the_same_again_answers_the_same(running: Running) -> None:
    """Within one batch, and in a later one."""
    facts = [opening("T-1"), reply("T-1", "2"), reply("T-1", "2"), opening("T-1")]
    first = await running.service.intake.record(facts)
    again = await running.service.intake.record(facts)
    assert [receipt.outcome for receipt in first] == ["recorded", "recorded", *["duplicate"] * 2]
    assert {receipt.outcome for receipt in again} == {"duplicate"}
    places = [(receipt.version, receipt.position) for receipt in first]
    assert places == [(receipt.version, receipt.position) for receipt in again]
    assert places[0] == places[3]
    assert places[1] == places[2]


async def test_the_same_identity_with_other_content_is_a_conflict(running: Running) -> None:
    intake = running.service.intake
    await intake.record([opening("T-1"), reply("T-1", "2", agent="Ann")])
    receipts = await intake.record(
        [reply("T-1", "2", agent="Ben"), reply("T-1", "3"), reply("T-1", "3", agent="Cy")]
    )
    assert [receipt.outcome for receipt in receipts] == ["refused", "recorded", "refused"]
    assert [receipt.conflict for receipt in receipts] == [True, False, True]
    assert [receipt.position is None for receipt in receipts] == [True, False, True]


async def test_one_refused_takes_no_other_with_it(running: Running) -> None:
    receipts = await running.service.intake.record(
        [
            opening("T-1"),
            reply("T-unknown", "1"),
            opening("T-2", severity="P9"),
            opening("T-1", "2"),
            reply("T-1", "3"),
        ]
    )
    assert [receipt.outcome for receipt in receipts] == [
        "recorded",
        "held",
        "refused",
        "refused",
        "recorded",
    ]
    assert receipts[2].pointer == "/data/severity"
    assert "P1, P2, P3, P4" in str(receipts[2].detail)
    assert receipts[4].version == 2


async def test_a_poisoned_ticket_fails_alone(running: Running, database: Database) -> None:
    """Its facts are refused, saying so; those of the same transaction are recorded."""
    intake = running.service.intake
    await intake.record([opening("T-bad"), opening("T-good")])
    async with database.connection() as connection:
        state = await connection.fetchval("SELECT state FROM tickets WHERE ticket_id = 'T-bad'")
        await connection.execute("UPDATE tickets SET state = '{}' WHERE ticket_id = 'T-bad'")
    receipts = await intake.record([reply("T-bad", "2"), reply("T-good", "2")])
    assert [receipt.outcome for receipt in receipts] == ["refused", "recorded"]
    assert "cannot be judged" in str(receipts[0].detail)
    async with database.connection() as connection:
        await connection.execute("UPDATE tickets SET state = $1 WHERE ticket_id = 'T-bad'", state)


async def test_a_stream_that_cannot_be_folded_fails_alone(
    running: Running, database: Database
) -> None:
    """Found out when a late fact asks for it, others of the ticket having been taken already."""
    intake = running.service.intake
    before = datetime(2026, 1, 5, tzinfo=UTC)
    await intake.record([opening("T-bad"), opening("T-good"), reply("T-bad", "2")])
    async with database.connection() as connection:
        data = await connection.fetchval(
            "SELECT data FROM events WHERE ticket_id = 'T-bad' AND type = 'sla.met'"
        )
        spoil = "UPDATE events SET data = $1 WHERE ticket_id = 'T-bad' AND type = 'sla.met'"
        await connection.execute(spoil, "{}")
    late = [replace(reply(ticket, "4"), time=before) for ticket in ("T-bad", "T-good")]
    receipts = await intake.record([reply("T-bad", "3"), *late, reply("T-bad", "5")])
    assert [receipt.outcome for receipt in receipts] == [
        "refused",
        "refused",
        "recorded",
        "refused",
    ]
    assert {str(receipt.detail) for receipt in receipts if receipt.detail} == {
        "ticket T-bad cannot be judged at the moment"
    }
    async with database.connection() as connection:
        await connection.execute(spoil, data)
    (receipt,) = await intake.record([reply("T-bad", "3")])
    assert receipt.outcome == "recorded"


async def test_a_state_of_another_format_is_folded_anew(
    running: Running, database: Database
) -> None:
    """As after an upgrade that changed the state's shape."""
    intake = running.service.intake
    await intake.record([opening("T-1"), reply("T-1", "2")])
    async with database.connection() as connection:
        await connection.execute("UPDATE tickets SET state = '{}', state_format = 0")
    (receipt,) = await intake.record([reply("T-1", "3")])
    assert receipt.outcome == "recorded"
    clocks = (await running.client.get("/v1/tickets/T-1")).json()["clocks"]
    assert [(clock["state"], clock["cycle"]) for clock in clocks] == [
        ("met", 1),
        ("running", 2),
        ("running", 1),
    ]


@hypothesis_settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    batches=st.lists(
        st.lists(st.tuples(st.integers(1, 3), st.integers(1, 4), st.booleans()), max_size=6),
        max_size=5,
    )
)
def test_the_log_agrees_with_a_dictionary(
    batches: list[list[tuple[int, int, bool]]], settings: Settings, database_url: str
) -> None:
    """Whatever is posted and however often: recorded once, with one version and position."""
    asyncio.run(_agrees(batches, settings, database_url))


async def _agrees(batches: list[list[tuple[int, int, bool]]], settings: Settings, url: str) -> None:
    known: dict[tuple[str, str, str], tuple[bool, int | None, int | None]] = {}
    async with run(settings, url) as service:
        run_name = str(await _next_run(service.database))
        for batch in [[(ticket, 0, False) for ticket in (1, 2, 3)], *batches]:
            facts = [
                opening(f"{run_name}-{ticket}")
                if number == 0
                else reply(f"{run_name}-{ticket}", f"reply-{number}", internal=internal)
                for ticket, number, internal in batch
            ]
            receipts = await service.intake.record(facts)
            for (_, _, content), receipt in zip(batch, receipts, strict=True):
                _check(known, content, receipt)


def _check(
    known: dict[tuple[str, str, str], tuple[bool, int | None, int | None]],
    content: bool,
    receipt: Receipt,
) -> None:
    identity = receipt.fact.identity
    if identity not in known:
        assert receipt.outcome == "recorded"
        known[identity] = (content, receipt.version, receipt.position)
    elif known[identity][0] != content:
        assert receipt.conflict
    else:
        assert receipt.outcome == "duplicate"
        assert known[identity] == (content, receipt.version, receipt.position)


async def _next_run(database: Database) -> int:
    async with database.connection() as connection:
        return int(await connection.fetchval("SELECT count(*) FROM events"))
