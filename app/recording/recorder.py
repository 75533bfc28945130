"""Records facts, and time that has passed, in one transaction each."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter

import asyncpg

from app.domain.derive import NO_POLICIES, Policies, named_policy
from app.domain.errors import EscalatorError
from app.domain.events import ESCALATION_ACKNOWLEDGED, OPENED, REBOUND, SlaEvent
from app.domain.judge import Judge
from app.domain.policy import Policy
from app.projections import escalations, stream, tickets
from app.recording import writing
from app.recording.desk import Desk, reason_of
from app.recording.new_fact import NewFact, Receipt
from app.recording.streams import Stream
from app.recording.work import TicketWork
from app.recording.writing import OpenedElsewhere
from app.store import event_log
from app.store.codec import decode_state
from app.store.database import UNAVAILABLE, Connection, Database, Row
from app.store.event_log import Appended
from app.store.policies import PolicyBook
from app.webhooks import outbox

logger = logging.getLogger(__name__)

NO_STREAMS: Mapping[str, Sequence[Row]] = {}

TRIES = 20
"""How often a transaction is begun again because of tickets that have no row to lock."""


class NothingReached(EscalatorError):
    """A ticket's row and its state do not agree on what is due."""


class NotWritten(EscalatorError):
    """What is due on these tickets cannot be written, for the sake of one of them perhaps."""

    def __init__(self, ticket_ids: Iterable[str]) -> None:
        self.tickets = tuple(ticket_ids)
        super().__init__(f"what is due cannot be written on {', '.join(self.tickets)}")


PASSING = (*UNAVAILABLE, asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
"""What is no ticket's fault, and may go well the next time."""


@dataclass(slots=True)
class Recorded:
    """What a transaction has done, for those who wait for it."""

    now: datetime
    receipts: list[Receipt] = field(default_factory=list)
    raised: Sequence[SlaEvent] = ()
    deliveries: int = 0
    next_due_at: datetime | None = None
    """The earliest next mark among the tickets it touched."""
    tickets: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    """Tickets that could not be judged, with the reason."""


class Recorder:
    """Appends to the log and keeps every projection in step with it."""

    def __init__(
        self, database: Database, policies: PolicyBook, default_policy: str | None
    ) -> None:
        self._database = database
        self.policies = policies
        self._default_policy = default_policy

    async def record(self, facts: Sequence[NewFact]) -> Recorded:
        """Records the facts, each with its own receipt; one refused takes no other with it."""
        for _ in range(TRIES):
            try:
                async with self._database.recording() as connection:
                    return await self._record(connection, facts)
            except OpenedElsewhere:
                logger.debug("another transaction wrote of a ticket that has no row; again")
        raise OpenedElsewhere("tickets without a row are written of elsewhere again and again")

    async def record_due(self, limit: int, set_apart: Sequence[str]) -> Recorded:
        """Raises what is due on up to ``limit`` tickets, earliest first.

        Left out are those set apart, and those of policies that cannot be loaded at the moment.
        """
        async with self._database.recording() as connection:
            now = await connection.fetchval("SELECT clock_timestamp()")
            rows = await tickets.claim_due(
                connection, now, limit, set_apart, self.policies.set_apart()
            )
            if not rows:
                return Recorded(now)
            now = (await event_log.enter(connection, ())).now
            works, failed = await self._load(connection, rows)
            for ticket_id, work in list(works.items()):
                try:
                    work.pass_time(now)
                    if not work.appended:
                        raise NothingReached("its next mark was due, yet none was reached")
                except Exception as error:  # noqa: BLE001  # one ticket must not stop the others
                    failed[ticket_id] = reason_of(ticket_id, error)
                    del works[ticket_id]
            recorded = Recorded(now, tickets=len(rows), failed=failed)
            try:
                await self._write(connection, works.values(), recorded)
            except PASSING:
                raise
            except Exception as error:
                raise NotWritten(works) from error
            return recorded

    async def _record(self, connection: Connection, facts: Sequence[NewFact]) -> Recorded:
        ticket_ids = {fact.ticket_id for fact in facts}
        rows = await tickets.lock(connection, ticket_ids)
        unopened = ticket_ids - rows.keys()
        entry = await event_log.enter(
            connection, [fact.identity for fact in facts if fact.ticket_id in rows], unopened
        )
        works, failed = await self._load(
            connection,
            {each: rows.get(each) for each in ticket_ids},
            entry.unopened,
            await self._bound(connection, facts),
        )
        desk = Desk(
            connection,
            self.policies,
            works,
            failed,
            known=entry.known,
            now=entry.now,
            current=await self._current(connection, facts),
            default_policy=self._default_policy,
            escalations=await _known_escalations(connection, facts),
        )
        for fact in facts:
            await desk.receive(fact)
        desk.pass_time()
        recorded = Recorded(entry.now, desk.receipts, tickets=len(works), failed=failed)
        await self._write(connection, works.values(), recorded)
        return recorded

    async def _current(
        self, connection: Connection, facts: Sequence[NewFact]
    ) -> Mapping[str, Policy]:
        if any(fact.type == OPENED for fact in facts):
            return await self.policies.current(connection)
        return {}

    async def _bound(self, connection: Connection, facts: Sequence[NewFact]) -> Policies:
        """The versions that rebindings name, those that exist and can be loaded (31)."""
        named = {named_policy(fact.data) for fact in facts if fact.type == REBOUND}
        return await stream.loadable(connection, self.policies, named) if named else NO_POLICIES

    async def _load(
        self,
        connection: Connection,
        rows: Mapping[str, Row | None],
        unopened: Mapping[str, Sequence[Row]] = NO_STREAMS,
        bound: Policies = NO_POLICIES,
    ) -> tuple[dict[str, TicketWork], dict[str, str]]:
        """The tickets in their order, and those that cannot be judged, with the reason."""
        works: dict[str, TicketWork] = {}
        failed: dict[str, str] = {}
        for ticket_id, row in sorted(rows.items(), key=itemgetter(0)):
            try:
                if row is None:
                    works[ticket_id] = _unopened(ticket_id, unopened.get(ticket_id, ()), bound)
                else:
                    judge = await self._judge_of(connection, row)
                    version = judge.ticket.version
                    works[ticket_id] = TicketWork(ticket_id, judge, version, policies=bound)
            except OpenedElsewhere:
                raise
            except Exception as error:  # noqa: BLE001  # one ticket must not stop the others
                failed[ticket_id] = reason_of(ticket_id, error)
        return works, failed

    async def _judge_of(self, connection: Connection, row: Row) -> Judge:
        """The ticket of a row."""
        policy = await self.policies.get(connection, row["policy_id"], row["policy_version"])
        state = await stream.state_of(connection, self.policies, row)
        return Judge(decode_state(state), policy)

    async def _write(
        self, connection: Connection, works: Iterable[TicketWork], recorded: Recorded
    ) -> None:
        touched = [work for work in works if work.appended]
        appended = [each for work in touched for each in work.appended]
        for work in touched:
            work.hush_superseded()
        await writing.hush(connection, touched)
        raised = [each for each in appended if isinstance(each.event, SlaEvent)]
        news = _news(touched, appended)
        listeners = await outbox.audiences(connection) if raised or news else []
        for each in raised:
            assert isinstance(each.event, SlaEvent)  # noqa: S101  # filtered above
            each.event = outbox.mark_unheard(each.event, listeners)
        sent = [each for work in touched for each in outbox.to_send(work.appended)]
        deliveries = outbox.rows_of(sent, listeners)
        await event_log.place(connection, appended, recorded.now)
        await writing.drop_outcomes(connection, touched)
        await writing.write(connection, touched, appended, deliveries, recorded.now)
        await escalations.amend(connection, appended)
        await writing.withdraw_outcomes(connection, touched)
        await writing.save_held(connection, touched)
        recorded.deliveries = len(deliveries) + await outbox.follow_up(
            connection, [*news, *outbox.retracted(sent)], sent, listeners, recorded.now
        )
        recorded.raised = [each.event for each in raised if isinstance(each.event, SlaEvent)]
        judges = [work.judge for work in touched if work.judge is not None]
        dues = [due for judge in judges if (due := judge.next_due_at()) is not None]
        recorded.next_due_at = min(dues, default=None)
        for receipt in recorded.receipts:
            receipt.settle()


def _news(touched: Iterable[TicketWork], appended: Iterable[Appended]) -> list[outbox.Followed]:
    """What has become of escalations, by facts and by cycles that have ended."""
    ended = [
        each
        for work in touched
        if work.judge is not None
        for each in outbox.ended(
            work.ticket_id, work.version, work.judge.verdicts.outcomes.values()
        )
    ]
    return outbox.acknowledged(appended) + ended


async def _known_escalations(
    connection: Connection, facts: Sequence[NewFact]
) -> set[tuple[str, str]]:
    wanted = [
        (fact.ticket_id, str(fact.data.get("escalation_id")))
        for fact in facts
        if fact.type == ESCALATION_ACKNOWLEDGED
    ]
    return await escalations.known(connection, wanted) if wanted else set()


def _unopened(ticket_id: str, rows: Sequence[Row], bound: Policies) -> TicketWork:
    """A ticket without a row: what the log has of it came before its opening."""
    if any(row["policy_id"] is not None for row in rows):
        raise OpenedElsewhere
    held_before = Stream(map(stream.appended_of, rows))
    return TicketWork(ticket_id, version=len(rows), stream=held_before, policies=bound)
