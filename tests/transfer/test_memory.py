"""However long a history is, what is in memory of it is not."""

import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path

import pytest

from app.store.database import Database
from tests.conftest import PROJECT
from tests.transfer.histories import given, interleaved, write

FEW, MANY = 1500, 6000
"""Tickets, of which each has four facts; few of them fill every batch."""

ROOM = 16
"""MiB that may be more with many: all of their facts at once would take more."""

STATUS = Path("/proc/self/status")

MEASURED = f"""
import atexit, sys
from app.cli import entry, transfer
transfer.rebuild_all = lambda *_: None
atexit.register(lambda: sys.stdout.write(open("{STATUS}").read()))
entry()
"""
"""The command, which at its end says the most memory it has had; processes that fold are others."""


async def peak(of: Database, *arguments: str) -> float:
    """The most memory that the command has had at a time, in MiB."""
    process = await create_subprocess_exec(
        *(sys.executable, "-c", MEASURED, *arguments),
        cwd=PROJECT,
        env=given(of),
        stdout=PIPE,
        stderr=DEVNULL,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    (line,) = (each for each in said.decode().splitlines() if each.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


@pytest.mark.skipif(not STATUS.exists(), reason="it is measured as Linux tells it")
async def test_it_does_not_grow_with_the_file(
    database: Database, empty: Database, tmp_path: Path
) -> None:
    few = write(tmp_path / "few.ndjson", interleaved(FEW))
    many = write(tmp_path / "many.ndjson.gz", interleaved(MANY))
    file = tmp_path / "export.gz"
    least = await peak(database, "import", str(few))
    assert await peak(database, "import", str(many)) < least + ROOM
    assert await peak(database, "export", str(file)) < least + ROOM
    assert await peak(empty, "import", str(file)) < least + ROOM
