"""``escalator export``, and ``import`` of what it wrote: the same log, state and answers."""

import asyncio
import gzip
import json
from collections.abc import Callable
from pathlib import Path

import httpx
from sqlalchemy import URL

from app.store.database import Database
from app.transfer.exporting import export
from tests.conftest import Running, serving
from tests.processes import run
from tests.recording.reporting import deliveries, event, opening, post
from tests.transfer.histories import (
    COMING,
    count,
    exported,
    given,
    names_in,
    progress,
    restored,
    state_of,
)


async def test_it_comes_back_as_it_was_to_the_letter(lived: Database, empty: Database) -> None:
    before = await state_of(lived)
    assert all(before.values()), "there is something of everything"
    content = await exported(lived)
    restore = await restored(empty, content)
    assert await state_of(empty) == before
    assert restore.added == len(before["events"])
    assert await count(empty, "deliveries") == 0 < await count(lived, "deliveries")
    assert await exported(empty) != content, "the first line says when it was written"
    assert (await exported(empty)).split(b"\n", 1)[1] == content.split(b"\n", 1)[1]


async def test_it_goes_on_behind_the_last_position(
    lived: Database, empty: Database, running: Running
) -> None:
    await restored(empty, await exported(lived))
    settings = running.service.settings.model_copy(update={"policies_apply": False})
    async with empty.connection() as connection:
        last = await connection.fetchval("SELECT max(position) FROM events")
    async with serving(settings, empty.engine.url.render_as_string(hide_password=False)) as other:
        (result,) = await post(other, event("next", "acknowledged", ticket="T-2"))
        assert result["position"] == last + 1
        stream = (await other.client.get("/v1/escalations")).json()
        assert stream == (await running.client.get("/v1/escalations")).json()
        assert await deliveries(empty) == []
        assert await count(empty, "subscriptions") == 0


async def test_each_line_is_a_cloud_event_with_its_place(lived: Database) -> None:
    lines = [json.loads(line) for line in (await exported(lived)).splitlines()]
    head = lines.pop(0)
    assert (head["format"], head["format_version"]) == ("escalator-export", 1)
    versions, events = lines[: head["policies"]], lines[head["policies"] :]
    assert {(each["policy_id"], each["version"]) for each in versions} >= {
        (each["policy_id"], each["version"]) for each in head["in_force"]
    }
    assert ("desk", COMING.version) in {(e["policy_id"], e["version"]) for e in head["in_force"]}
    assert len(events) == head["events"] == await count(lived, "events")
    assert [each["position"] for each in events] == sorted(each["position"] for each in events)
    for each in events:
        assert each["specversion"] == "1.0"
        assert {"id", "source", "type", "subject", "data", "version", "recorded_at"} <= each.keys()
        assert ("policy" in each) == (each["type"] == "ticket.opened")
    assert [each["id"] for each in events if "time" not in each], "none was sent, none is made up"


async def test_it_is_of_one_instant_while_the_service_goes_on(
    lived: Database, empty: Database, running: Running
) -> None:
    before = await state_of(lived)
    written: list[bytes] = []

    def write_late(text: bytes) -> None:
        """A fact is recorded, and committed, before each line is written."""
        told = opening(ticket=f"L-{len(written)}")
        assert httpx.post(f"{running.url}/v1/events", json=told).status_code == httpx.codes.CREATED
        written.append(text)

    await asyncio.to_thread(asyncio.run, _export(lived.engine.url, write_late))
    assert await count(lived, "events") > len(before["events"])
    await restored(empty, b"".join(written))
    assert await state_of(empty) == before


async def _export(url: URL, write: Callable[[bytes], object]) -> None:
    """On connections of its own, as a process of its own would."""
    database = Database(url.render_as_string(hide_password=False))
    try:
        await export(database, write, progress())
    finally:
        await database.close()


async def test_it_is_run_as_an_operator_runs_it(
    lived: Database, empty: Database, tmp_path: Path
) -> None:
    """To a file, packed; half of it is said; the whole then goes on."""
    here, there = (given(each) for each in (lived, empty))
    file = tmp_path / "log.ndjson.gz"
    status, said = await run("export", str(file), **here)
    assert status == 0, said
    events = await count(lived, "events")
    assert f"{events:,} events and" in said
    assert gzip.decompress(file.read_bytes()).count(b"\n") > events
    assert names_in(tmp_path) == [file.name]

    half = tmp_path / "half"
    half.write_bytes(file.read_bytes()[:-2000])
    status, said = await run("import", str(half), **there)
    assert status == 1
    assert "cut off after it" in said
    assert "run the same command again" in said
    status, said = await run("import", str(file), **there)
    assert status == 0, said
    assert f"{events:,} restored" in said
    assert "100 %" in said
    assert await state_of(empty) == await state_of(lived)

    status, said = await run("export", **there)
    assert status == 0
    assert said.count('"specversion"') == events


async def test_what_is_not_in_it_is_said() -> None:
    _, said = await run("export", "--help", COLUMNS="200")
    assert "Subscriptions, their deliveries and API keys are not in it." in " ".join(said.split())
