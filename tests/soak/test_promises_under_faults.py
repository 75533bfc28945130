"""Short forms of `make soak`: one kind of fault each, and the same checks of every promise."""

from collections.abc import Sequence

import pytest

from soak.findings import Findings
from soak.ground import Ground, own_ground
from soak.replicas import TRUE
from soak.run import Plan, soak

SECONDS = 3.0


async def soaked(ground: Ground, kinds: Sequence[str]) -> Findings:
    """Two replicas under load and these faults, for a few seconds."""
    plan = Plan(SECONDS, 1, (TRUE, TRUE), kinds, lanes=8, hurried=True, pace=5.0)
    return await soak(plan, ground, print)


def assert_kept(findings: Findings) -> None:
    """Something went wrong, something was promised, and all of it was kept."""
    assert findings.broken() == []
    assert findings.faults.total() > 0
    for promised in ("events acknowledged", "SLA events raised", "webhooks taken"):
        assert findings.counts[promised] > 0, promised


@pytest.mark.parametrize(
    "kinds",
    [
        pytest.param(["replica killed"], id="replicas_are_killed"),
        pytest.param(
            ["connections cut", "answers of PostgreSQL lost", "connections delayed"],
            id="connections_are_cut_and_delayed",
        ),
    ],
)
async def test_every_promise_is_kept_while(kinds: Sequence[str], database_url: str) -> None:
    assert_kept(await soaked(Ground(database_url), kinds))


async def test_every_promise_is_kept_while_postgresql_is_killed() -> None:
    async with own_ground() as ground:
        assert_kept(await soaked(ground, ["PostgreSQL killed"]))
