"""A rebuild has every row as the log gives it, whatever stood there, and writes what differs."""

import pytest

from app.clock import host_now
from app.projections.rebuild import rebuild
from app.store.database import Database
from app.store.policies import PolicyBook
from tests.conftest import PROJECTIONS, Running, projections
from tests.recording.reporting import MINUTE, event, opening, post, sla_events

KEYS = {
    table: {column.strip() for column in order.split(",")} for table, order in PROJECTIONS.items()
}
COLUMNS = """
    SELECT table_name, column_name, data_type
    FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = ANY ($1) AND is_generated = 'NEVER'
"""
OTHER = {
    "text": "coalesce({0}, '') || '!'",
    "json": """'["another"]'""",
    "smallint": "coalesce({0}, 0) + 1",
    "integer": "coalesce({0}, 0) + 1",
    "bigint": "coalesce({0}, 0) + 1",
    "double precision": "coalesce({0}, 0) + 0.5",
    "boolean": "NOT {0}",
    "timestamp with time zone": "coalesce({0} + interval '1 microsecond', now())",
    "ARRAY": "array_append({0}, NULL)",
    "tsvector": "'another'",
}
"""Another value of each type, whatever the value."""


@pytest.fixture
async def told(running: Running) -> Running:
    """A service with tickets breached, met, told, acknowledged, retracted, resolved, not opened."""
    opened = host_now() - 300 * MINUTE
    await post(running, opening(opened), opening(opened, ticket="T-2"))
    (first, *_) = await sla_events(running)
    await post(
        running,
        event("1", "escalation.acknowledged", escalation_id=first.id, by="ana"),
        event("6", "escalation.acknowledged", escalation_id=first.id, by="ben"),
        event("2", "agent_replied", opened + 5 * MINUTE, ticket="T-2"),
        event("3", "agent_replied", opened + 90 * MINUTE),
        event("4", "resolved", opened + 200 * MINUTE),
        event("5", "agent_replied", ticket="T-9"),
    )
    return running


async def rebuilt(database: Database) -> dict[str, list[str]]:
    """What stands there after a rebuild."""
    async for progress in rebuild(database, PolicyBook()):
        assert not progress.failed
    return await projections(database)


async def run(database: Database, *statements: str) -> None:
    """Runs statements behind the service's back."""
    async with database.connection() as connection:
        for statement in statements:
            await connection.execute(statement)


async def test_where_all_is_well_nothing_is_written(told: Running, database: Database) -> None:
    written = "SELECT xmin::text || ctid::text AS row FROM {0} ORDER BY {1}"

    async def places() -> dict[str, list[str]]:
        async with database.connection() as connection:
            return {
                table: [row["row"] for row in await connection.fetch(written.format(table, order))]
                for table, order in PROJECTIONS.items()
                if table != "held_facts"
            }

    before = await places()
    assert all(before.values())
    await rebuilt(database)
    assert await places() == before


async def test_of_acknowledgements_at_once_the_first_stands(
    told: Running, database: Database
) -> None:
    said = "SELECT acknowledged_by FROM escalations WHERE acknowledged_at IS NOT NULL"
    for _ in range(2):
        async with database.connection() as connection:
            assert [row["acknowledged_by"] for row in await connection.fetch(said)] == ["ana"]
        await run(database, "DELETE FROM escalations")
        await rebuilt(database)


async def test_whatever_column_is_wrong_it_is_set_right(told: Running, database: Database) -> None:
    right = await projections(database)
    async with database.connection() as connection:
        columns = await connection.fetch(COLUMNS, list(PROJECTIONS))
    tried = 0
    for table, column, kind in columns:
        if column in KEYS[table]:
            continue
        await run(database, f"UPDATE {table} SET {column} = {OTHER[kind].format(column)}")  # noqa: S608  # names from the catalogue
        wrong = await projections(database)
        assert wrong[table] != right[table], f"{table}.{column} is as it was"
        assert await rebuilt(database) == right, f"{table}.{column} stays wrong"
        tried += 1
    assert tried > 50


async def test_rows_that_are_too_many_go_and_those_that_are_missing_come(
    told: Running, database: Database
) -> None:
    right = await projections(database)
    await run(
        database,
        """CREATE TABLE more AS SELECT * FROM outcomes;
        UPDATE more SET cycle = cycle + 1000;
        INSERT INTO outcomes SELECT * FROM more;
        DROP TABLE more;
        CREATE TABLE more AS SELECT * FROM escalations;
        UPDATE more SET escalation_id = escalation_id || '!';
        INSERT INTO escalations SELECT * FROM more;
        DROP TABLE more""",
    )
    more = await projections(database)
    assert all(len(more[each]) == 2 * len(right[each]) for each in ("outcomes", "escalations"))
    assert await rebuilt(database) == right
    for table in PROJECTIONS:
        await run(database, f"DELETE FROM {table}")  # noqa: S608  # names from above
        assert await rebuilt(database) == right, f"{table} stays empty"
