"""However long a history is, what is in memory of it is not."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from app.store.database import Database
from tests.conftest import PROJECT
from tests.transfer.histories import given, interleaved, write

FEW, MANY = 1000, 10_000
"""Tickets; of each there are four facts."""

ROOM = 30
"""MiB: buffers that are not yet full with few, and what Python keeps of names."""


def peak(*arguments: str, environment: dict[str, str]) -> float:
    """The most memory that the command, or one it has started, had at a time, in MiB."""
    process = subprocess.Popen(
        [sys.executable, "-m", "app", *arguments],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return used.ru_maxrss / 1024


async def test_it_does_not_grow_with_the_file(
    database: Database, empty: Database, tmp_path: Path
) -> None:
    few = write(tmp_path / "few.ndjson", interleaved(FEW))
    many = write(tmp_path / "many.ndjson.gz", interleaved(MANY))
    file = tmp_path / "export.gz"
    least, *others = [
        await asyncio.to_thread(peak, *arguments, environment=given(of))
        for arguments, of in (
            (("import", str(few)), database),
            (("import", str(many)), database),
            (("export", str(file)), database),
            (("import", str(file)), empty),
        )
    ]
    assert max(others) < least + ROOM
