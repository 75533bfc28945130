"""An export that is damaged, interrupted, or taken twice; and a log that is not empty."""

import asyncio
import re
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Callable
from pathlib import Path

import pytest

from app.recording.new_fact import NewFact
from app.recording.recorder import Recorder
from app.store.database import Database
from app.store.policies import PolicyBook
from app.transfer import restoring
from app.transfer.lines import Damaged
from app.transfer.restoring import OtherEvents
from tests.conftest import PROJECT, Running
from tests.processes import run
from tests.recording.reporting import opening, post
from tests.transfer.histories import count, exported, given, interleaved, restored, state_of, write


async def test_taken_again_it_is_recognised(lived: Database, empty: Database) -> None:
    content = await exported(lived)
    added = (await restored(empty, content)).added
    before = await state_of(empty)
    again = await restored(empty, content)
    assert (again.added, again.present) == (0, added)
    assert await state_of(empty) == before
    assert (await restored(lived, content)).added == 0, "its own log, which has gone on"


async def test_a_log_that_holds_something_else_is_left_alone(
    lived: Database, empty: Database, database_url: str
) -> None:
    content = await exported(lived)
    recorder = Recorder(empty, PolicyBook(), None)
    await recorder.record([NewFact("T-1", "desk", "waits", "ticket.resolved", None, {})])
    before = await state_of(empty)
    with pytest.raises(OtherEvents, match="into an empty database"):
        await restored(empty, content)
    assert await state_of(empty) == before


async def test_an_empty_log_comes_back_with_its_policies(
    running: Running, database: Database, empty: Database
) -> None:
    content = await exported(database)
    await restored(empty, content)
    assert await state_of(empty) == await state_of(database)
    await post(running, opening())
    with pytest.raises(OtherEvents, match="holds no event"):
        await restored(database, content)


DAMAGE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "in the middle of a line": (lambda text: text[:-30], "ends in the middle of it"),
    "behind a line": (lambda text: text[: text[:-1].rindex(b"\n") + 1], "its first line promises"),
    "among the policies": (lambda text: b"\n".join(text.split(b"\n")[:3]), "among the policies"),
    "in the first line": (lambda text: text[:200], "ends in the middle of it"),
    "a version": (lambda text: text.replace(b'"due":"2h"', b'"due":"3h"', 1), "/content: it is"),
    "an SLA event": (lambda text: text.replace(b'"identity":', b'"indentity":', 1), "/data: "),
    "an instant": (
        lambda text: text.replace(b'"recorded_at":"2', b'"recorded_at":"x', 1),
        "RFC3339",
    ),
    "a position": (lambda text: text.replace(b'"position":3,', b'"position":2,', 1), "comes after"),
    "twice": (lambda text: text.replace(b'"version":2,"rec', b'"version":1,"rec', 1), "positions"),
    "newer": (lambda text: text.replace(b'format_version":1', b'format_version":2'), "version 2"),
}
"""What may happen to an export, and what is said of it."""


@pytest.mark.parametrize("kind", DAMAGE)
async def test_damage_is_named_and_the_whole_file_goes_on_from_there(
    kind: str, lived: Database, empty: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    damage, why = DAMAGE[kind]
    content = await exported(lived)
    assert damage(content) != content
    with monkeypatch.context() as patch:
        patch.setattr(restoring, "MOST_EVENTS", 7)
        with pytest.raises(Damaged, match=re.escape(why)):
            await restored(empty, damage(content), folded=False)
    assert await count(empty, "tickets") == 0, "nothing comes due of half a history"
    await restored(empty, content)
    assert await state_of(empty) == await state_of(lived)


async def test_a_restore_that_was_interrupted_goes_on(
    database: Database, database_url: str, empty: Database, tmp_path: Path
) -> None:
    """Given more than one transaction holds, of which half has come in when the signal does."""
    history = write(tmp_path / "history.ndjson", interleaved(1500))
    assert (await run("import", str(history), **given(database)))[0] == 0
    content = await exported(database)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app", "import", "-"),
        cwd=PROJECT,
        env=given(empty),
        stdin=PIPE,
        stdout=PIPE,
        stderr=STDOUT,
    )
    assert process.stdin is not None
    process.stdin.write(content[: len(content) * 9 // 10])
    await process.stdin.drain()
    while not await count(empty, "events"):
        await asyncio.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    said = await process.stdout.read() if process.stdout is not None else b""
    assert await process.wait() == 1
    assert b"interrupted. To go on, run the same command again" in said
    held = await count(empty, "events")
    assert 0 < held < await count(database, "events")
    assert (await restored(empty, content)).present == held
    assert await state_of(empty) == await state_of(database)
