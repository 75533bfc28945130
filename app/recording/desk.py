"""Receives the facts of one transaction; one refused takes no other with it."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import asyncpg

from app.domain.errors import FactRefused
from app.domain.events import ESCALATION_ACKNOWLEDGED, OPENED, Fact
from app.domain.policy import Policy
from app.projections.stream import appended_of, bound_to, opened_by
from app.recording.new_fact import NewFact, NotNow, Receipt, dated
from app.recording.streams import Stream
from app.recording.work import TicketWork
from app.store.codec import decode_data
from app.store.database import UNAVAILABLE, Connection, Row
from app.store.event_log import Identity, read_stream
from app.store.policies import PolicyBook, PolicyUnreadable

logger = logging.getLogger(__name__)

_OF_THE_DATABASE = (*UNAVAILABLE, asyncpg.PostgresError)
"""What is no ticket's trouble, and ends the transaction."""


@dataclass(slots=True)
class Desk:
    """What a transaction knows of its tickets, and the receipts it has given."""

    connection: Connection
    book: PolicyBook
    works: dict[str, TicketWork]
    failed: dict[str, str]
    """Tickets that cannot be judged, with the reason."""
    known: Mapping[Identity, Row]
    now: datetime
    current: Mapping[str, Policy]
    default_policy: str | None
    escalations: set[tuple[str, str]]
    receipts: list[Receipt] = field(default_factory=list)
    _received: dict[Identity, Receipt] = field(default_factory=dict)

    async def receive(self, fact: NewFact) -> None:
        """Folds a fact, or says why not; the same again answers as the first."""
        receipt = Receipt(fact)
        self.receipts.append(receipt)
        try:
            self._check_seen(fact, receipt)
            if self._is_new(fact, receipt):
                await self._take(fact, receipt)
        except FactRefused as error:
            receipt.refuse(error, conflict=receipt.conflict)
        except _OF_THE_DATABASE:
            raise
        except Exception as error:  # noqa: BLE001  # one ticket must not stop the others
            self._give_up(fact.ticket_id, error)

    def pass_time(self) -> None:
        """What is due by now is reached on every ticket that something has happened to."""
        for ticket_id, work in list(self.works.items()):
            if work.appended:
                try:
                    work.pass_time(self.now)
                except Exception as error:  # noqa: BLE001  # one ticket must not stop the others
                    self._give_up(ticket_id, error)

    async def _take(self, fact: NewFact, receipt: Receipt) -> None:
        if fact.type == ESCALATION_ACKNOWLEDGED:
            self._check_escalation(fact)
        work = self.works.get(fact.ticket_id)
        if work is None:
            raise _cannot_be_judged(fact.ticket_id)
        recorded = dated(fact, self.now)
        policy = self._policy(fact) if work.judge is None and fact.type == OPENED else None
        work.turn(self.now, silent=fact.backfill)
        if work.asks_for_the_past(recorded):
            await self._follow(work)
        receipt.place = work.take(recorded, policy)
        receipt.outcome = "held" if work.waits(recorded) else "recorded"
        self._received[fact.identity] = receipt

    async def _follow(self, work: TicketWork) -> None:
        """Hands over the ticket's stream as the log has it."""
        rows = await read_stream(self.connection, work.ticket_id)
        logged = [appended_of(row) for row in rows]
        facts = [each.event for each in logged if isinstance(each.event, Fact)]
        bound = await bound_to(self.connection, self.book, facts)
        opening = await opened_by(self.connection, self.book, logged)
        work.follow(Stream(logged), opening, bound)

    def _give_up(self, ticket_id: str, error: Exception) -> None:
        """Nothing of the ticket is written; what it was answered so far does not hold."""
        self.works.pop(ticket_id, None)
        self.failed[ticket_id] = reason_of(ticket_id, error)
        for receipt in self.receipts:
            if receipt.fact.ticket_id == ticket_id and receipt.version is None:
                receipt.refuse(_cannot_be_judged(ticket_id), conflict=receipt.conflict)

    def _check_seen(self, fact: NewFact, receipt: Receipt) -> None:
        """Whether the ticket exists for who sent the fact, or is opened by it.

        One who is bound to policies cannot have facts held: they would act on a ticket of whatever
        policy its opening will name. They are told what they are told of the tickets of others.
        """
        if fact.policies is None:
            return
        work = self.works.get(fact.ticket_id)
        judge = None if work is None else work.judge
        hidden = fact.type != OPENED if judge is None else not fact.sees(judge.policy.id)
        if hidden:
            receipt.unseen = True
            raise FactRefused(f"there is no ticket {fact.ticket_id!r}", "/subject")

    def _is_new(self, fact: NewFact, receipt: Receipt) -> bool:
        """False if it was recorded before: with the same content a duplicate, else a conflict."""
        earlier = self._received.get(fact.identity)
        row = self.known.get(fact.identity)
        if earlier is not None:
            same = _same(fact, earlier.fact.type, earlier.fact.time, earlier.fact.data)
            receipt.place = earlier.place
        elif row is not None:
            same = _same(fact, row["type"], row["time"], decode_data(row["data"]))
            receipt.version, receipt.position = row["version"], row["position"]
        else:
            return True
        receipt.outcome, receipt.conflict = "duplicate", not same
        if not same:
            raise FactRefused(
                f"an event with source {fact.source!r} and id {fact.id!r} is recorded for ticket "
                f"{fact.ticket_id!r} already, with other content",
                "/id",
            )
        return False

    def _check_escalation(self, fact: NewFact) -> None:
        wanted = str(fact.data.get("escalation_id"))
        if (fact.ticket_id, wanted) not in self.escalations:
            raise FactRefused(
                f"ticket {fact.ticket_id} has no escalation {wanted[:80]!r}", "/data/escalation_id"
            )

    def _policy(self, fact: NewFact) -> Policy:
        named = fact.data.get("policy")
        if named is None and self.default_policy is None:
            raise FactRefused("policy is required: no default is configured", "/data/policy")
        wanted = str(named if named is not None else self.default_policy)
        policy = self.current.get(wanted)
        if policy is None and fact.sees(wanted) and self.book.is_unreadable(wanted):
            raise NotNow(f"policy {wanted} cannot be loaded at the moment", "/data/policy")
        if policy is None or not fact.sees(policy.id):
            known = ", ".join(sorted(filter(fact.sees, self.current)))
            raise FactRefused(
                f"there is no policy {wanted[:80]!r}; there are: {known}", "/data/policy"
            )
        return policy


def reason_of(ticket_id: str, error: Exception) -> str:
    """Why a ticket cannot be judged; the log says so too."""
    # Why a policy cannot be loaded is told once, and not for each of its tickets.
    trace = None if isinstance(error, PolicyUnreadable) else error
    logger.error("ticket %s cannot be judged: %s", ticket_id, error, exc_info=trace)
    return f"{type(error).__name__}: {error}"


def _cannot_be_judged(ticket_id: str) -> FactRefused:
    return NotNow(f"ticket {ticket_id} cannot be judged at the moment")


def _same(fact: NewFact, type_: str, time: datetime | None, data: Mapping[str, object]) -> bool:
    return fact.type == type_ and fact.time == time and fact.data == data
