"""A ticket as it was, will be, or was believed to be: its stream folded up to an instant (33)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.derive import derive, late_facts
from app.domain.events import ESCALATION_ACKNOWLEDGED, SLA_RETRACTED, Event, Fact, SlaEvent
from app.domain.judge import Judge
from app.domain.policy import Policy
from app.projections.escalation_view import Told
from app.projections.escalations import NOT_ESCALATIONS
from app.store import event_log
from app.store.codec import event_of, fact_of
from app.store.database import Connection, Row
from app.store.policies import PolicyBook


@dataclass(frozen=True, slots=True)
class TicketHistory:
    """A ticket at an instant, and what had been reached by then."""

    judge: Judge
    at: datetime
    reached: list[Told]
    """Marks, notices and meetings, by when they were reached; also those retracted since."""

    @property
    def escalations(self) -> list[Told]:
        """What somebody was told of."""
        return [told for told in self.reached if told.event.type not in NOT_ESCALATIONS]

    @property
    def unrecorded(self) -> int:
        """How many marks have been reached that the log does not have."""
        return sum(told.raised_at is None for told in self.reached)


async def read(
    connection: Connection,
    policies: PolicyBook,
    ticket_id: str,
    at: datetime,
    known_at: datetime | None = None,
) -> TicketHistory | None:
    """The ticket at an instant, by what the log had at ``known_at``; None before its opening."""
    rows = await event_log.read_stream(connection, ticket_id)
    if known_at is not None:
        rows = [row for row in rows if row["recorded_at"] <= known_at]
    opening = next((row for row in rows if row["policy_id"] is not None), None)
    if opening is None or fact_of(opening).at > at:
        return None
    policy = await policies.get(connection, opening["policy_id"], opening["policy_version"])
    return fold(rows, fact_of(opening).at, policy, at)


def fold(rows: Sequence[Row], opened_at: datetime, policy: Policy, at: datetime) -> TicketHistory:
    """Folds the facts of a stream up to ``at``; what the log told of them is put beside."""
    recorded = list(_up_to(at, rows, opened_at))
    facts = [event for event, _ in recorded if isinstance(event, Fact)]
    judge = derive(facts, policy, at)
    judge.ticket.version = max(row["version"] for _, row in recorded)
    judge.ticket.late_facts = late_facts(facts)
    return TicketHistory(judge, at, _merge(judge.verdicts.events, _told(recorded)))


def _up_to(at: datetime, rows: Iterable[Row], opened_at: datetime) -> Iterator[tuple[Event, Row]]:
    """The events that had happened: facts by their time, none before the opening (22)."""
    for row in rows:
        event = event_of(row)
        happened = max(event.at, opened_at) if isinstance(event, Fact) else event.reached_at
        if happened <= at:
            yield event, row


def _told(recorded: Iterable[tuple[Event, Row]]) -> dict[str, Told]:
    """What the log says was told, acknowledged (the first stands, 18) and retracted."""
    told: dict[str, Told] = {}
    for event, row in recorded:
        if isinstance(event, Fact):
            if event.type == ESCALATION_ACKNOWLEDGED:
                _acknowledge(told.get(str(event.data.get("escalation_id"))), event)
        elif event.type != SLA_RETRACTED:
            told[event.id] = Told(event, row["recorded_at"])
        elif event.retracts in told:
            told[event.retracts].retracted_at = row["recorded_at"]
    return told


def _acknowledge(told: Told | None, fact: Fact) -> None:
    if told is not None and told.acknowledged_at is None:
        by = fact.data.get("by")
        told.acknowledged_at = fact.at
        told.acknowledged_by = None if by is None else str(by)


def _merge(derived: Iterable[SlaEvent], told: dict[str, Told]) -> list[Told]:
    """What the fold gives, with the log's additions; and what the log has taken back (23)."""
    merged: list[Told] = []
    for event in derived:
        if event.type != SLA_RETRACTED:
            known = told.pop(event.id, None) or Told(event)
            known.event = replace(event, unheard=known.event.unheard)
            merged.append(known)
    merged += [each for each in told.values() if each.retracted_at is not None]
    return sorted(merged, key=lambda each: each.event.reached_at)
