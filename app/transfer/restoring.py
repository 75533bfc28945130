"""``escalator import`` of what ``export`` wrote: the log comes back as it was, to the letter."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import asyncpg

from app.domain.errors import EscalatorError
from app.projections.tickets import ALL_BUCKETS
from app.store.database import Connection, Database, Row, query
from app.transfer import export_format
from app.transfer.export_format import COLUMNS, Head, LoggedEvent, PolicyVersion
from app.transfer.lines import Damaged, Line
from app.transfer.progress import Progress

MOST_EVENTS = 5000
MOST_BYTES = 8 * 1024 * 1024
"""What a transaction holds at most."""

UNFIT = (asyncpg.DataError, asyncpg.UniqueViolationError, asyncpg.ProgramLimitExceededError)
"""What PostgreSQL says of events that no log has held."""

EMPTY_ONLY = "an export is restored into an empty database"


class OtherEvents(EscalatorError):
    """The log holds something else than what is to be restored."""


class Restore:
    """An export on its way into a log that is empty, or holds the beginning of it already."""

    def __init__(self, database: Database, progress: Progress) -> None:
        self.added = 0
        self.present = 0
        """Events that the log held already."""
        self._database = database
        self._progress = progress
        self._last = -1
        """The position of the last event that was compared or added."""

    async def take(self, lines: Iterator[Line]) -> None:
        """Takes the whole file. No ticket is folded yet, so nothing comes due meanwhile.

        Damaged if it is not what an export says; OtherEvents if the log goes on otherwise. What
        was taken before stays, and is passed over when the file is taken again.
        """
        head = export_format.read_head(next(lines))
        policies = [export_format.read_policy(line) for line in islice(lines, head.policies)]
        if len(policies) < head.policies:
            raise Damaged("the file is cut off after it, among the policies")
        await self._begin(head, policies)
        await self._add_all(lines, head)
        async with self._database.connection() as connection:
            await connection.execute("ANALYZE events")  # the fold's plans need to know of them

    async def _add_all(self, lines: Iterable[Line], head: Head) -> None:
        def share() -> float:
            return self._progress.events / max(head.events, 1)

        try:
            for batch in _batches(lines):
                await self._add(batch)
                self._progress.events += len(batch)
                self._progress.say(share)
        finally:
            self._progress.end(share)
        if self._progress.events != head.events:
            raise Damaged(
                f"the file ends after it, with {self._progress.events:,} events of the "
                f"{head.events:,} that its first line promises"
            )

    async def _begin(self, head: Head, policies: Sequence[PolicyVersion]) -> None:
        """Registers the policies where nothing was judged by any yet."""
        async with self._database.transaction() as connection:
            await connection.execute(query("close_log"))
            if await connection.fetchval(query("log_is_empty")):
                await _register(connection, head, policies)
            elif not head.events:
                raise OtherEvents(f"the export holds no event, and the log does: {EMPTY_ONLY}")

    async def _add(self, batch: Sequence[LoggedEvent]) -> None:
        """One transaction; nobody else writes to the log meanwhile."""
        async with self._database.transaction() as connection:
            await connection.execute(query("close_log"))
            await connection.execute(query("walk_indexes"))
            present = await connection.fetch(
                query("log_after"), ALL_BUCKETS, self._last, len(batch)
            )
            for row, event in zip(present, batch, strict=False):
                _check_same(row, event)
            new = batch[len(present) :]
            if new:
                await _append(connection, new)
        self.added += len(new)
        self.present += len(batch) - len(new)
        self._last = batch[-1].position


async def _register(connection: Connection, head: Head, policies: Sequence[PolicyVersion]) -> None:
    """As they were, and what was in force of them; what is here of others stays."""
    for each in policies:
        content = bytes(each.content).decode()
        await connection.execute(
            query("put_policy"), each.policy_id, each.version, content, each.registered_at
        )
    await connection.execute(query("forget_in_force"), [each.policy_id for each in policies])
    for entry in head.in_force:
        await connection.execute(query("put_in_force"), entry.policy_id, entry.version, entry.since)


async def _append(connection: Connection, events: Sequence[LoggedEvent]) -> None:
    try:
        await connection.copy_records_to_table(
            "events", records=[event.row() for event in events], columns=COLUMNS
        )
    except UNFIT as error:
        first, last = events[0].position, events[-1].position
        raise Damaged(f"among the events at positions {first:,} to {last:,}: {error}") from None
    await connection.fetchval(query("go_on_after"), events[-1].position)


def _check_same(row: Row, event: LoggedEvent) -> None:
    if tuple(row[column] for column in COLUMNS) != event.row():
        raise OtherEvents(
            f"the log holds something else at position {row['position']:,}, of ticket "
            f"{row['ticket_id']}: {EMPTY_ONLY}"
        )


def _batches(entries: Iterable[Line]) -> Iterator[list[LoggedEvent]]:
    """The events, many at a time. Damaged if their positions do not rise."""
    batch: list[LoggedEvent] = []
    size, last = 0, -1
    for line in entries:
        event = export_format.read_logged(line)
        if event.position <= last:
            raise Damaged(f"position {event.position:,} comes after {last:,}")
        last = event.position
        batch.append(event)
        size += len(line.text)
        if len(batch) >= MOST_EVENTS or size >= MOST_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
