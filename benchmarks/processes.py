"""Contenders run in processes of their own, which end with this one; what they cost is counted."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Any

LONGEST = 1200.0
"""Seconds after which a child is given up."""

_PROC = Path("/proc")


class ChildFailed(Exception):
    """A contender's process ended without an answer; what it said stands above."""


async def start(*arguments: str, environment: dict[str, str] | None = None) -> Process:
    """A Python process that ends when this one does: its standard input is then closed."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        stdin=PIPE,
        stdout=PIPE,
        env={**os.environ, **(environment or {})},
    )


async def call(target: str, **arguments: object) -> dict[str, Any]:
    """What ``module:function`` answers, run in a process of its own."""
    process = await start("-m", "benchmarks.child", target, json.dumps(arguments))
    assert process.stdout is not None
    try:
        async with asyncio.timeout(LONGEST):
            answer = await process.stdout.read()
            status = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if status != 0:
        raise ChildFailed(f"{target} ended with status {status}")
    return dict(json.loads(answer) or {})


def seconds_of_family(parent: int) -> float | None:
    """The processor time of a process and its children, dead ones included; None if unknown."""
    try:
        mine = _stat(parent)
        children = [_stat(int(entry.name)) for entry in _PROC.iterdir() if entry.name.isdigit()]
    except OSError:
        return None
    ticks = sum(mine[11:15]) + sum(sum(each[11:13]) for each in children if each[1] == parent)
    return ticks / os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[int]:
    """The numbers of `/proc/<pid>/stat` from the state on (as 0); nothing of one that has ended."""
    try:
        text = (_PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return [0] * 20
    return [0, *map(int, text.rpartition(")")[2].split()[1:20])]
