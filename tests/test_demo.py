"""``make demo`` shows the main job, and killing the service in the middle loses nothing."""

import asyncio
import os
import re
import signal
from asyncio.subprocess import Process

from app.clock import monotonic
from tests.processes import data_folder, escalator, free_port

WITHIN = 90.0
"""Seconds; on a quiet machine the last tier is told after some 30."""


TIERS = {(1, 1), (2, 1), (2, 2), (3, 1), (3, 2), (4, 1), (4, 2), (4, 3)}
"""Ticket and tier of everything that is told within half a minute."""


def _tiers(lines: list[str]) -> set[tuple[int, int]]:
    found = re.findall(r"verified +sla\.escalated DEMO-\d+-(\d) .* tier (\d)", "\n".join(lines))
    return {(int(ticket), int(tier)) for ticket, tier in found}


async def _read_until(process: Process, lines: list[str], wanted: str) -> re.Match[str]:
    """Reads what is printed until a line matches."""
    deadline = monotonic() + WITHIN
    assert process.stdout is not None
    while True:
        async with asyncio.timeout(deadline - monotonic()):
            line = (await process.stdout.readline()).decode().rstrip()
        lines.append(line)
        if found := re.search(wanted, line):
            return found
        assert line or process.returncode is None, "\n".join(lines)


async def test_the_demo_survives_kill_9_of_the_service() -> None:
    """A P1's manager is told at once, later tiers at their times, all verified.

    A webhook whose answer the killed service did not live to note comes again, with the same id.
    """
    lines: list[str] = []
    with data_folder() as data:
        process = await escalator("demo", "--port", str(free_port()), ESCALATOR_DATA_DIR=str(data))
        try:
            service = await _read_until(process, lines, r"the service is process (\d+)")
            at_once = (
                r"verified +sla\.escalated DEMO-\d+-1 P1 .*tier 1 -> technical_support_manager"
            )
            await _read_until(process, lines, at_once)
            await _read_until(process, lines, r"posted +DEMO-\d+-5")
            os.kill(int(service[1]), signal.SIGKILL)
            await _read_until(process, lines, r"killed by signal 9; it is started again")
            while _tiers(lines) < TIERS:
                await _read_until(process, lines, r"verified .* tier \d")
            process.send_signal(signal.SIGTERM)
            rest, _ = await process.communicate()
            lines += rest.decode().splitlines()
        finally:
            if process.returncode is None:
                process.kill()
                await process.communicate()
    said = "\n".join(lines)
    assert process.returncode == 0, said
    told: dict[str, set[str]] = {}
    for text, id_ in re.findall(r"verified  (.*?), .* \[([0-9a-f]{12})\]", said):
        told.setdefault(text, set()).add(id_)
    assert {len(ids) for ids in told.values()} == {1}, "told again only as the same webhook" + said
    assert _tiers(lines) == TIERS
    assert "REFUSED" not in said
