"""Records facts, and time that has passed, in one transaction each."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.domain.errors import EscalatorError, FactRefused
from app.domain.events import ESCALATION_ACKNOWLEDGED, OPENED, SlaEvent
from app.domain.judge import Judge
from app.domain.policy import Policy
from app.domain.verdicts import Outcome
from app.projections import escalations, outcomes, stream, tickets
from app.recording.work import NewFact, Receipt, TicketWork, dated, only_latest_cycles
from app.store import event_log
from app.store.codec import STATE_FORMAT, decode_data, decode_state, event_of
from app.store.database import Connection, Database, Row
from app.store.event_log import Identity
from app.store.policies import PolicyBook
from app.webhooks import outbox

logger = logging.getLogger(__name__)


class OpenedElsewhere(EscalatorError):
    """Another transaction has opened one of the tickets meanwhile: begin again."""


class NothingReached(EscalatorError):
    """A ticket's row and its state do not agree on what is due."""


@dataclass(slots=True)
class Recorded:
    """What a transaction has done, for those who wait for it."""

    now: datetime
    receipts: list[Receipt] = field(default_factory=list)
    sla_events: int = 0
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
        self._policies = policies
        self._default_policy = default_policy

    async def record(self, facts: Sequence[NewFact]) -> Recorded:
        """Records the facts, each with its own receipt; one refused takes no other with it."""
        while True:
            try:
                async with self._database.recording() as connection:
                    return await self._record(connection, facts)
            except OpenedElsewhere:
                logger.debug("a ticket was opened by another transaction meanwhile; again")

    async def record_due(self, limit: int, set_apart: Sequence[str]) -> Recorded:
        """Raises what is due on up to ``limit`` tickets, earliest first."""
        async with self._database.recording() as connection:
            now = await connection.fetchval("SELECT clock_timestamp()")
            rows = await tickets.claim_due(connection, now, limit, set_apart)
            if not rows:
                return Recorded(now)
            now, _ = await event_log.enter(connection, ())
            works, failed = await self._load(connection, rows, rows)
            for ticket_id, work in list(works.items()):
                try:
                    work.pass_time(now)
                    if not work.appended:
                        raise NothingReached("its next mark was due, yet none was reached")
                except Exception as error:  # noqa: BLE001  # one ticket must not stop the others
                    failed[ticket_id] = _reason(ticket_id, error)
                    del works[ticket_id]
            recorded = Recorded(now, tickets=len(rows), failed=failed)
            await self._write(connection, works.values(), recorded)
            return recorded

    async def _record(self, connection: Connection, facts: Sequence[NewFact]) -> Recorded:
        ticket_ids = {fact.ticket_id for fact in facts}
        rows = await tickets.lock(connection, ticket_ids)
        now, known = await event_log.enter(
            connection, [fact.identity for fact in facts if fact.ticket_id in rows]
        )
        works, failed = await self._load(connection, ticket_ids, rows)
        recorded = Recorded(now, failed=failed)
        desk = _Desk(
            works=works,
            failed=failed,
            known=known,
            now=now,
            current=await self._current(connection, facts),
            default_policy=self._default_policy,
            escalations=await _known_escalations(connection, facts),
        )
        for fact in facts:
            work = works.get(fact.ticket_id)
            if work is not None and work.comes_late(fact, now):
                rows_of_stream = await event_log.read_stream(connection, fact.ticket_id)
                work.follow_stream(event_of(row) for row in rows_of_stream)
            recorded.receipts.append(desk.receive(fact))
        recorded.tickets = len(works)
        for work in works.values():
            if work.appended:
                work.pass_time(now)
        await self._write(connection, works.values(), recorded)
        return recorded

    async def _current(
        self, connection: Connection, facts: Sequence[NewFact]
    ) -> Mapping[str, Policy]:
        if any(fact.type == OPENED for fact in facts):
            return await self._policies.current(connection)
        return {}

    async def _load(
        self, connection: Connection, ticket_ids: Iterable[str], rows: Mapping[str, Row]
    ) -> tuple[dict[str, TicketWork], dict[str, str]]:
        works: dict[str, TicketWork] = {}
        failed: dict[str, str] = {}
        for ticket_id in sorted(ticket_ids):
            row = rows.get(ticket_id)
            try:
                judge = await self._judge_of(connection, row) if row is not None else None
                works[ticket_id] = TicketWork(ticket_id, judge)
            except Exception as error:  # noqa: BLE001  # one ticket must not stop the others
                failed[ticket_id] = _reason(ticket_id, error)
        return works, failed

    async def _judge_of(self, connection: Connection, row: Row) -> Judge:
        """The ticket of a row; one that another version of this code wrote is folded anew."""
        if row["state_format"] != STATE_FORMAT:
            rows = await event_log.read_stream(connection, row["ticket_id"])
            folded = await stream.fold(connection, self._policies, rows)
            return Judge(folded.ticket, folded.policy)
        policy = await self._policies.get(connection, row["policy_id"], row["policy_version"])
        return Judge(decode_state(row["state"]), policy)

    async def _write(
        self, connection: Connection, works: Iterable[TicketWork], recorded: Recorded
    ) -> None:
        touched = [work for work in works if work.appended and work.judge is not None]
        judges = [(work, work.judge) for work in touched if work.judge is not None]
        appended = [each for work in touched for each in work.appended]
        raised = [each for each in appended if isinstance(each.event, SlaEvent)]
        listeners = await outbox.audiences(connection) if raised else []
        for each in raised:
            assert isinstance(each.event, SlaEvent)  # noqa: S101  # filtered above
            each.event = outbox.mark_unheard(each.event, listeners)
        await self._save_tickets(connection, judges)
        await event_log.append(connection, appended, recorded.now)
        await escalations.follow(connection, appended)
        await _save_outcomes(connection, touched)
        sent = [each for work in touched for each in only_latest_cycles(work.appended)]
        recorded.deliveries = await outbox.add(connection, sent, listeners, recorded.now)
        recorded.sla_events = len(raised)
        dues = [due for _, judge in judges if (due := judge.next_due_at()) is not None]
        recorded.next_due_at = min(dues, default=None)
        for receipt in recorded.receipts:
            receipt.settle()

    async def _save_tickets(
        self, connection: Connection, judges: Sequence[tuple[TicketWork, Judge]]
    ) -> None:
        new = [judge for work, judge in judges if work.is_new]
        opened = await tickets.open_new(connection, new)
        if len(opened) < len(new):
            raise OpenedElsewhere
        await tickets.save(connection, [judge for work, judge in judges if not work.is_new])


@dataclass(slots=True)
class _Desk:
    """Receives the facts of one transaction, one after the other."""

    works: dict[str, TicketWork]
    failed: dict[str, str]
    known: dict[Identity, Row]
    now: datetime
    current: Mapping[str, Policy]
    default_policy: str | None
    escalations: set[tuple[str, str]]
    received: dict[Identity, Receipt] = field(default_factory=dict)

    def receive(self, fact: NewFact) -> Receipt:
        """Folds a fact, or says why not; the same again answers as the first."""
        receipt = Receipt(fact)
        try:
            self._check_new(fact, receipt)
            if receipt.outcome == "duplicate":
                return receipt
            if fact.ticket_id in self.failed:
                raise FactRefused(f"ticket {fact.ticket_id} cannot be judged at the moment")
            work = self.works[fact.ticket_id]
            policy = self._policy(fact) if work.judge is None else None
            receipt.place = work.take(dated(fact, self.now), policy)
            receipt.outcome = "recorded"
            self.received[fact.identity] = receipt
        except FactRefused as error:
            receipt.refuse(error, conflict=receipt.conflict)
        return receipt

    def _check_new(self, fact: NewFact, receipt: Receipt) -> None:
        """Whether it was recorded before: with the same content a duplicate, else a conflict."""
        earlier = self.received.get(fact.identity)
        row = self.known.get(fact.identity)
        if earlier is not None:
            same = _same(fact, earlier.fact.type, earlier.fact.time, earlier.fact.data)
            receipt.place = earlier.place
        elif row is not None:
            same = _same(fact, row["type"], row["time"], decode_data(row["data"]))
            receipt.version, receipt.position = row["version"], row["position"]
        else:
            self._check_escalation(fact)
            return
        receipt.outcome = "duplicate"
        if not same:
            receipt.outcome, receipt.conflict = "refused", True
            receipt.place = receipt.version = receipt.position = None
            raise FactRefused(
                f"an event with source {fact.source!r} and id {fact.id!r} is recorded for ticket "
                f"{fact.ticket_id!r} already, with other content",
                "/id",
            )

    def _check_escalation(self, fact: NewFact) -> None:
        if fact.type == ESCALATION_ACKNOWLEDGED:
            wanted = str(fact.data.get("escalation_id"))
            if (fact.ticket_id, wanted) not in self.escalations:
                raise FactRefused(
                    f"ticket {fact.ticket_id} has no escalation {wanted[:80]!r}",
                    "/data/escalation_id",
                )

    def _policy(self, fact: NewFact) -> Policy | None:
        if fact.type != OPENED:
            return None
        named = fact.data.get("policy")
        if named is None and self.default_policy is None:
            raise FactRefused("policy is required: no default is configured", "/data/policy")
        wanted = str(named if named is not None else self.default_policy)
        policy = self.current.get(wanted)
        if policy is None:
            raise FactRefused(
                f"there is no policy {wanted[:80]!r}; there are: {', '.join(sorted(self.current))}",
                "/data/policy",
            )
        return policy


def _same(fact: NewFact, type_: str, time: datetime | None, data: Mapping[str, object]) -> bool:
    return fact.type == type_ and fact.time == time and fact.data == data


def _reason(ticket_id: str, error: Exception) -> str:
    logger.error("ticket %s cannot be judged: %s", ticket_id, error, exc_info=error)
    return f"{type(error).__name__}: {error}"


async def _known_escalations(
    connection: Connection, facts: Sequence[NewFact]
) -> set[tuple[str, str]]:
    wanted = [
        (fact.ticket_id, str(fact.data.get("escalation_id")))
        for fact in facts
        if fact.type == ESCALATION_ACKNOWLEDGED
    ]
    return await escalations.known(connection, wanted) if wanted else set()


async def _save_outcomes(connection: Connection, works: Sequence[TicketWork]) -> None:
    finished: list[tuple[str, Outcome]] = []
    gone: list[tuple[str, str, int]] = []
    for work in works:
        if work.judge is not None:
            verdicts = work.judge.verdicts
            finished += [(work.ticket_id, each) for each in verdicts.outcomes.values()]
            gone += [(work.ticket_id, clock, cycle) for clock, cycle in verdicts.withdrawn]
    await outcomes.drop(connection, [work.ticket_id for work in works if work.stream is not None])
    await outcomes.save(connection, finished)
    await outcomes.withdraw(connection, gone)
