"""Hosts whose clocks are wrong raise nothing early and nothing twice (3)."""

import asyncio
import json
import sys
import time
from asyncio.subprocess import PIPE

from soak.ground import Ground
from soak.replicas import APART
from soak.run import Plan, soak
from tests.conftest import PROJECT

WHAT_IS_TOLD = """
import json, time
from datetime import UTC
from apscheduler.executors import base as executors
from apscheduler.schedulers import base as schedulers
from app import clock
from soak.lying import lie
lie(420, 0)
print(json.dumps([time.time(), clock.host_seconds(), clock.host_now().timestamp(),
                  executors.datetime.now(UTC).timestamp(),
                  schedulers.datetime.now(UTC).timestamp(), clock.monotonic() + 420]))
"""


async def test_clocks_minutes_apart_and_stepping_raise_nothing_early_twice_or_never(
    database_url: str,
) -> None:
    """Their webhooks can be verified all the same, however far off the host's clock is."""
    plan = Plan(4.0, 1, APART, kinds=(), lanes=8, hurried=True, pace=5.0)
    findings = await soak(plan, Ground(database_url), print)
    assert findings.broken() == []
    for promised in ("SLA events raised", "webhooks taken"):
        assert findings.counts[promised] > 0, promised


async def test_a_process_is_lied_to_wherever_it_asks_for_the_time_of_day() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WHAT_IS_TOLD, cwd=PROJECT, stdout=PIPE
    )
    said, _ = await process.communicate()
    *told, monotonic = json.loads(said)
    truth = time.time()
    assert [round((each - truth) / 60) for each in told] == [7] * 5
    assert round((monotonic - time.monotonic()) / 60) == 7, "which nobody lies about"
