"""A database where everything happened, and one where nothing did."""

from collections.abc import AsyncIterator

import pytest

from app.clock import host_now
from app.policy_files import parse
from app.store.database import Database
from tests.conftest import DatabaseServer, Running
from tests.recording.reporting import MINUTE, event, opening, post, sla_events, withdrawal
from tests.transfer.histories import COMING, RULES, another_database, life


@pytest.fixture
async def lived(running: Running, database: Database) -> Database:
    """A database with everything that a log may hold."""
    versions = [parse(RULES), parse(RULES.replace("2h", "1h")), COMING]
    for version in versions:
        await running.service.policies.register(database, [version])
    answer = await running.client.post("/v1/subscriptions", json={"url": "http://127.0.0.1:9/"})
    assert answer.status_code == 201, answer.text
    at = host_now() - 300 * MINUTE
    await post(running, opening(at, severity="P1", title="Anrufe brechen ab \u2013 \U0001f525"))
    (*_, told) = await sla_events(running)
    await post(
        running,
        event("ack", "escalation.acknowledged", escalation_id=told.id, by="Ada"),
        event("late", "agent_replied", at + 20 * MINUTE),
        event("now", "customer_replied"),
        event("early", "agent_replied", at, "T-2"),
        withdrawal("never-mind", "not-yet", ticket="T-2"),
        event("waits", "resolved", at, "T-3"),
        opening(at, "T-4", policy="desk", severity="P1"),
        event("bound", "policy.rebound", ticket="T-4", policy="desk", version=versions[0].version),
        opening(at, "T-2", policy="desk", severity="P2", odd={"1e400": [1.5e300, None, "\u2028"]}),
    )
    await post(running, withdrawal("undone", "late"))
    await post(running, *life("T-5"), backfill=True)
    assert "sla.retracted" in {each.type for each in await sla_events(running)}
    return database


@pytest.fixture
async def empty(database_server: DatabaseServer) -> AsyncIterator[Database]:
    """A database where nothing was ever recorded."""
    async with another_database(database_server) as url:
        pool = Database(url)
        yield pool
        await pool.close()
