"""How well promises were kept: finished cycles by group, and beside them those under way (35)."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime

import asyncpg

from app.projections.attainment_figures import (
    COLUMNS,
    MONTH,
    MOST_GROUPS,
    Asked,
    Json,
    Report,
    TooMuch,
)
from app.projections.tickets import ALL_BUCKETS
from app.projections.where import Where
from app.store.database import Connection, Database, Row, query
from app.store.policies import PolicyBook

logger = logging.getLogger(__name__)

AT_ONCE = 2
"""So many reports are made at once; the others wait for their turn without a connection."""

MOST_SECONDS = 30.0

OF_OUTCOMES = {name: f"o.{column}" for name, column in COLUMNS.items()}
OF_TICKETS = {**{name: f"t.{column}" for name, column in COLUMNS.items()}, "clock": "live.clock"}


class Attainment:
    """Makes reports, a few at a time."""

    def __init__(
        self,
        database: Database,
        policies: PolicyBook,
        *,
        most_seconds: float = MOST_SECONDS,
        most_groups: int = MOST_GROUPS,
    ) -> None:
        """``most_seconds``: how long each of a report's statements may take."""
        self._database = database
        self._policies = policies
        self._most_seconds = most_seconds
        self._most_groups = most_groups
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def report(self, asked: Asked) -> Json:
        """A report whose figures are all of one instant; TooMuch where it would take too long."""
        async with self._turns, self._database.connection() as connection:
            try:
                async with connection.transaction(isolation="repeatable_read", readonly=True):
                    return await self._read(connection, Report(asked, self._most_groups))
            except asyncpg.QueryCanceledError:
                raise TooMuch(
                    f"it would take longer than {self._most_seconds:g} seconds: "
                    "ask for a shorter period"
                ) from None

    async def _read(self, connection: Connection, report: Report) -> Json:
        milliseconds = round(self._most_seconds * 1000)
        await connection.execute(query("plan_report").format(milliseconds=milliseconds))
        as_of: datetime = await connection.fetchval("SELECT clock_timestamp()")
        await _count_finished(connection, report)
        if not report.by_month:
            await self._count_live(connection, report)
        return report.view(as_of)

    async def _count_live(self, connection: Connection, report: Report) -> None:
        """Those that promise something, and those that are breached whatever they promise now."""
        where = Where()
        where.add("t.bucket = ANY ({}::smallint[])", ALL_BUCKETS)
        _filter(where, report.asked, OF_TICKETS)
        statement = query("live_cycles").format(where=where)
        for row in await connection.fetch(statement, *where.values):
            promised = await self._is_promised(connection, row)
            running = row["running"] if promised else row["breached"]
            if running:
                report.add_live(row, running)

    async def _is_promised(self, connection: Connection, row: Row) -> bool:
        """Whether the policy has a target for such a cycle, and it is no reminder."""
        version = row["policy_id"], row["policy_version"]
        try:
            policy = await self._policies.get(connection, *version)
        except Exception:
            logger.exception("policy %s %s cannot be read", *version)
            return False
        for clock in policy.clocks:
            if clock.id == row["clock"] and not clock.reminder:
                target = policy.target(clock, row["severity"], row["plan"])
                return target is not None and target.goal is not None
        return False


async def _count_finished(connection: Connection, report: Report) -> None:
    divided = 0
    for row in await _fetch(connection, "attainment", report.asked):
        if row["met"] is None:
            report.set_percentiles(row)
        else:
            divided += row["divided"]
            for figures in report.figures(row):
                figures.add(row)
    if divided:
        for row in await _fetch(connection, "divided_lines", report.asked):
            for figures in report.figures(row):
                figures.add_line(row)


async def _fetch(connection: Connection, name: str, asked: Asked) -> list[Row]:
    where = Where()
    where.add("o.bucket = ANY ({}::smallint[])", ALL_BUCKETS)
    where.add("o.verdict IS NOT NULL AND o.ended_at >= {}", asked.since)
    where.add("o.ended_at < {}", asked.until)
    _filter(where, asked, OF_OUTCOMES)
    keys = [_key(where, asked, name) for name in asked.group_by] or ["NULL::text"]
    names = ", ".join(f"k{place}" for place, _ in enumerate(keys))
    statement = query(name).format(
        keys=", ".join(f"{key} AS k{place}" for place, key in enumerate(keys)),
        names=names,
        sets=f"(({names}), ())" if asked.group_by else f"({names})",
        where=where,
    )
    return await connection.fetch(statement, *where.values)


def _key(where: Where, asked: Asked, name: str) -> str:
    """The expression that a group is told by: of months, their number within the period."""
    if name == MONTH:
        return f"width_bucket(o.ended_at, {where.bind(asked.months())}::timestamptz[])"
    return OF_OUTCOMES[name]


def _filter(where: Where, asked: Asked, columns: Mapping[str, str]) -> None:
    where.among(columns["policy"], asked.policy)
    where.among(columns["severity"], asked.severity)
    where.among(columns["plan"], asked.plan)
    where.among(columns["clock"], asked.clock)
    where.among(columns["line"], asked.line)
