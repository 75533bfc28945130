"""``escalator import``: a history comes in, run as an operator runs it."""

import asyncio
import gzip
import json
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT
from datetime import timedelta
from pathlib import Path

import pytest

from app.clock import host_now
from app.settings import Settings
from app.store.database import Database
from tests.conftest import (
    PROJECT,
    DatabaseServer,
    Running,
    assert_rebuild_changes_nothing,
    serving,
)
from tests.processes import escalator, run
from tests.recording.reporting import MINUTE, deliveries, event, opening, shown
from tests.transfer.histories import LONG_AGO, another_database, count, interleaved, life, write


async def imported(url: str, file: Path, *more: str) -> tuple[int, str]:
    """The exit status of an import, and what it said."""
    return await run("import", str(file), *more, ESCALATOR_DATABASE_URL=url)


async def states(database: Database, tickets: int) -> list[object]:
    """What each ticket came to."""
    return [await shown(database, f"T-{number}") for number in range(tickets)]


@pytest.fixture
async def told(running: Running) -> Running:
    """The service, with a subscription that hears everything."""
    answer = await running.client.post("/v1/subscriptions", json={"url": "http://127.0.0.1:9/"})
    assert answer.status_code == 201, answer.text
    return running


async def test_a_history_is_judged_in_full_and_nobody_is_told(
    told: Running, database: Database, database_url: str, tmp_path: Path
) -> None:
    """While the service is running; and what was raised is what one look at the end would raise."""
    history = interleaved(5)
    assert [each["subject"] for each in history] != sorted(each["subject"] for each in history)
    status, said = await imported(database_url, write(tmp_path / "history.ndjson", history))
    assert status == 0, said
    assert "20 recorded, 0 held, 0 duplicates, 0 refused" in said
    assert "100 %  20 events taken" in said
    assert await deliveries(database) == []
    answer = await told.client.get("/v1/tickets/T-3")
    (first_response,) = [
        each for each in answer.json()["clocks"] if each["clock"] == "first_response"
    ]
    assert (first_response["state"], first_response["breached"]) == ("met", True)
    async with database.connection() as connection:
        types = await connection.fetch("SELECT DISTINCT type FROM events WHERE type LIKE 'sla.%'")
    assert "sla.retracted" not in {row["type"] for row in types}


async def test_packed_or_not_and_however_ordered_it_comes_to_the_same(
    database: Database, database_url: str, database_server: DatabaseServer, tmp_path: Path
) -> None:
    """The name says nothing of whether it is packed."""
    one_by_one = [
        each for number in range(4) for each in life(f"T-{number}", LONG_AGO + number * MINUTE)
    ]
    packed = write(tmp_path / "packed.gz", one_by_one).rename(tmp_path / "packed.ndjson")
    assert (await imported(database_url, packed))[0] == 0
    async with another_database(database_server) as url:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app", "import", "-"),
            cwd=PROJECT,
            env={"ESCALATOR_DATABASE_URL": url},
            stdin=PIPE,
            stdout=PIPE,
            stderr=STDOUT,
        )
        text = "".join(f"{json.dumps(each)}\n\n" for each in interleaved(4))
        said, _ = await process.communicate(text.encode())
        assert process.returncode == 0, said
        other = Database(url)
        try:
            assert await states(database, 4) == await states(other, 4)
        finally:
            await other.close()


async def test_again_is_recognised_and_changes_nothing(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    history = write(tmp_path / "history.ndjson", interleaved(5))
    await imported(database_url, history)
    events = await count(database, "events")
    status, said = await imported(database_url, history)
    assert status == 0
    assert "0 recorded, 0 held, 20 duplicates, 0 refused" in said
    assert await count(database, "events") == events
    await assert_rebuild_changes_nothing(database)


FAULTY = (
    ("not json", "not JSON"),
    (json.dumps([1]), "an event is a JSON object"),
    (json.dumps({**opening(LONG_AGO, "T-8"), "id": 7}), "/id: a text was expected, found 7"),
    (json.dumps(opening(LONG_AGO, "T-8", severity="P9")), "/data/severity: "),
    (json.dumps(event("a", "explodes", LONG_AGO)), "/type: unknown type 'ticket.explodes'"),
    (json.dumps(opening(LONG_AGO, "T-8", title="x\0")), "/data/title: a NUL character"),
    (json.dumps(opening(LONG_AGO, "T-8", note="x" * 70_000)), "at most 65536 bytes"),
    (json.dumps(event("1", "closed", LONG_AGO, "T-0")), "/id: an event with source 'desk'"),
    (json.dumps(opening(host_now() + timedelta(days=1), "T-8")), "/time: "),
    ('{"id": "1", "subj', "the file ends in the middle of it"),
)
"""Lines, and what is said of them."""


def faulty(folder: Path) -> Path:
    """A file with five good lines, and then those."""
    good = [*life("T-0"), event("4", "resolved", LONG_AGO, "T-9")]
    path = folder / "faulty.ndjson.gz"
    text = "\n".join([*map(json.dumps, good), *(line for line, _ in FAULTY)])
    path.write_bytes(gzip.compress(text.encode()))
    return path


async def test_faulty_lines_are_named_and_stop_no_other(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    status, said = await imported(database_url, faulty(tmp_path))
    assert status == 1
    for number, (_, why) in enumerate(FAULTY, 6):
        (named,) = [each for each in said.splitlines() if each.startswith(f"line {number}:")]
        assert why in named
    assert "4 recorded, 1 held, 0 duplicates, 10 refused" in said
    assert "10 lines were refused. Mend them, and run the same command again" in said
    assert await count(database, "tickets") == 1


async def test_it_stops_at_the_first_that_is_faulty(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    status, said = await imported(database_url, faulty(tmp_path), "--stop-on-error")
    assert status == 1
    assert "0 recorded, 0 held, 0 duplicates, 1 refused" in said
    assert await count(database, "events") == 0
    refused = [opening(LONG_AGO, "T-1", severity="P9")]
    file = write(tmp_path / "refused.ndjson", refused)
    assert (await imported(database_url, file, "--stop-on-error"))[0] == 1


async def test_a_packed_file_that_is_cut_off_is_said(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    whole = write(tmp_path / "history.gz", interleaved(30))
    part = tmp_path / "part.gz"
    part.write_bytes(whole.read_bytes()[:-100])
    status, said = await imported(database_url, part)
    assert status == 1
    assert "the file is cut off after it" in said
    assert "run the same command again" in said
    assert "Traceback" not in said
    assert await count(database, "events") == 0


async def test_interrupted_it_says_how_to_go_on_and_then_comes_to_the_same(
    database: Database, database_url: str, database_server: DatabaseServer, tmp_path: Path
) -> None:
    """Whole tickets are recorded, or nothing of them."""
    tickets = 3000
    history = write(tmp_path / "history.ndjson", interleaved(tickets))
    process = await escalator("import", str(history), ESCALATOR_DATABASE_URL=database_url)
    while not await count(database, "tickets"):
        await asyncio.sleep(0.02)
    process.send_signal(signal.SIGINT)
    said, _ = await process.communicate()
    assert process.returncode == 1
    assert b"interrupted. To go on, run the same command again" in said
    assert b"Traceback" not in said
    opened = await count(database, "tickets")
    assert 0 < opened < tickets
    async with database.connection() as connection:
        facts = await connection.fetchval("SELECT count(*) FROM events WHERE source = 'desk'")
    assert facts == 4 * opened

    status, said_then = await imported(database_url, history)
    assert status == 0
    assert f"{4 * (tickets - opened):,} recorded, 0 held, {4 * opened:,} duplicates" in said_then
    async with another_database(database_server) as url:
        await imported(url, history)
        other = Database(url)
        try:
            assert await _compared(database) == await _compared(other)
        finally:
            await other.close()


async def _compared(database: Database) -> list[tuple[str, str]]:
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT ticket_id, state FROM tickets ORDER BY 1")
    return [(row["ticket_id"], row["state"]) for row in rows]


async def test_what_comes_due_afterwards_is_raised_and_sent(
    settings: Settings, database: Database, database_url: str, tmp_path: Path
) -> None:
    """An answer was due an hour after the opening, which is a moment from now."""
    async with serving(settings, database_url) as running:
        await running.client.post("/v1/subscriptions", json={"url": "http://127.0.0.1:9/"})
        soon = host_now() - 60 * MINUTE + timedelta(seconds=6)
        file = write(tmp_path / "soon.ndjson", [opening(soon, severity="P1")])
        assert (await imported(database_url, file))[0] == 0
        assert await deliveries(database) == []
        for _ in range(150):
            if await deliveries(database):
                break
            await asyncio.sleep(0.1)
    assert ("sla.breached", "first_response") in await deliveries(database)


async def test_what_cannot_be_read_is_wrong_usage(tmp_path: Path) -> None:
    status, said = await run(
        "import", str(tmp_path / "none"), ESCALATOR_DATA_DIR=str(tmp_path / "d")
    )
    assert status == 2
    assert "No such file" in said
    assert not (tmp_path / "d").exists(), "nothing was started"
