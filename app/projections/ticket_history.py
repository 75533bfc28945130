"""A ticket as it was, will be, or was believed to be: its stream folded up to an instant (33)."""

import asyncio
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.derive import (
    NO_POLICIES,
    SLICE,
    Derived,
    Policies,
    in_slices,
    retractions_in,
    standing,
)
from app.domain.errors import EscalatorError
from app.domain.events import (
    ESCALATION_ACKNOWLEDGED,
    REBOUND,
    SLA_RETRACTED,
    WITHDRAWN,
    Event,
    Fact,
    SlaEvent,
    sla_event_id,
)
from app.domain.judge import Judge
from app.domain.policy import Policy
from app.projections.escalation_view import Told
from app.projections.escalations import NOT_ESCALATIONS
from app.projections.stream import bound_to
from app.projections.unjudged import judging
from app.store import event_log
from app.store.codec import event_of, fact_of
from app.store.database import Connection, Row, bucket_of, query
from app.store.policies import PolicyBook

MOST_AHEAD = 10_000
"""So many instants at which marks are reached can be told of beyond what the log has."""


class TooManyMarks(EscalatorError):
    """So many marks are reached up to an instant that the ticket is not told so far ahead."""

    def __init__(self, furthest: datetime, policy_id: str) -> None:
        self.furthest, self.policy_id = furthest, policy_id
        super().__init__(f"more than {MOST_AHEAD} marks would be reached by then")


@dataclass(frozen=True, slots=True)
class TicketAt:
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
    judge_of: type[Judge] = Judge,
) -> TicketAt | None:
    """The ticket at an instant, by what the log had at ``known_at``; None before its opening.

    ``judge_of``: what folds it. CannotBeJudged, TooManyMarks.
    """
    rows = await event_log.read_stream(connection, ticket_id)
    if known_at is not None:
        rows = [row for row in rows if row["recorded_at"] <= known_at]
    opening = next((row for row in rows if row["policy_id"] is not None), None)
    if opening is None or fact_of(opening).at > at:
        return None
    facts = [fact_of(row) for row in rows if row["type"] == REBOUND]
    with judging(ticket_id, opening["policy_id"]):
        policy = await policies.get(connection, opening["policy_id"], opening["policy_version"])
        bound = await bound_to(connection, policies, facts)
    return await fold(rows, fact_of(opening).at, policy, at, bound, judge_of)


async def refolded(connection: Connection, ticket_ids: Collection[str]) -> set[str]:
    """Those of these tickets to which a fact came late, or a withdrawal.

    What stands there may have another target, and another instant, than the log says (23).
    """
    buckets = [bucket_of(ticket_id) for ticket_id in ticket_ids]
    rows = await connection.fetch(query("refolded_tickets"), buckets, ticket_ids)
    return {row["ticket_id"] for row in rows}


async def fold(
    rows: Sequence[Row],
    opened_at: datetime,
    policy: Policy,
    at: datetime,
    bound: Policies = NO_POLICIES,
    judge_of: type[Judge] = Judge,
) -> TicketAt:
    """Folds the facts of a stream up to ``at``; what the log told of them is put beside.

    ``policy`` is the opening's, ``bound`` those that rebindings name (31). TooManyMarks.
    """
    recorded = [(event_of(row), row) for row in rows]
    happened = [pair for pair in recorded if _instant(pair[0], opened_at) <= at]
    facts = [event for event, _ in happened if isinstance(event, Fact)]
    retractions = retractions_in(event for event, _ in recorded if isinstance(event, SlaEvent))
    judge = await _derived(facts, policy, at, retractions, bound, judge_of, len(rows))
    judge.ticket.version = max(row["version"] for _, row in happened)
    reached = _reached(judge, at, _told(recorded, at), retractions)
    return TicketAt(judge, at, sorted(reached, key=lambda told: told.event.reached_at))


async def _derived(
    facts: Sequence[Fact],
    policy: Policy,
    at: datetime,
    retractions: Mapping[str, int],
    bound: Policies,
    judge_of: type[Judge],
    logged: int,
) -> Judge:
    """Others are served between the slices: a reminder may come every minute, for a year."""
    most = (MOST_AHEAD + 2 * logged) // SLICE
    for number, step in enumerate(in_slices(facts, policy, at, retractions, bound, judge_of)):
        if isinstance(step, Derived):
            return step.judge
        due_at = step.next_due_at()
        if number >= most and due_at is not None and due_at <= at:
            raise TooManyMarks(due_at, step.policy.id)
        await asyncio.sleep(0)
    raise AssertionError("the last slice answers what was derived")


def _instant(event: Event, opened_at: datetime) -> datetime:
    """When an event happened: facts by their time, none before the opening (22).

    A withdrawal counts for every instant, whenever it was made.
    """
    if not isinstance(event, Fact):
        return event.reached_at
    return opened_at if event.type == WITHDRAWN else max(event.at, opened_at)


def _told(recorded: Iterable[tuple[Event, Row]], at: datetime) -> list[Told]:
    """What the log says was told, and by ``at`` acknowledged (the first stands, 18) or retracted.

    Later ones are among them too: by the facts known now they may have been reached earlier (23).
    """
    told: dict[str | None, Told] = {}
    for event, row in recorded:
        if isinstance(event, Fact):
            if event.type == ESCALATION_ACKNOWLEDGED and event.at <= at:
                _acknowledge(told.get(str(event.data.get("escalation_id"))), event)
        elif event.type != SLA_RETRACTED:
            told[event.id] = Told(event, row["recorded_at"])
        elif event.reached_at <= at and (gone := told.get(event.retracts)):
            gone.retracted_at = row["recorded_at"]
    return list(told.values())


def _acknowledge(told: Told | None, fact: Fact) -> None:
    if told is not None and told.acknowledged_at is None:
        by = fact.data.get("by")
        told.acknowledged_at = fact.at
        told.acknowledged_by = None if by is None else str(by)


def _reached(
    judge: Judge, at: datetime, told: list[Told], retractions: Mapping[str, int]
) -> Iterator[Told]:
    """What the fold shows, each with what the log added to it; and what the log has taken back.

    Targets are the fold's, for facts that came late may have moved them (23).
    """
    stands: dict[str, Told] = {}
    for each in told:
        if each.retracted_at is None:
            stands.setdefault(each.event.identity, each)
        elif each.event.reached_at <= at:
            yield each
    ticket_id = judge.ticket.ticket_id
    for identity, event in standing(judge.verdicts.events).items():
        if (known := stands.get(identity)) is not None:
            raised = known.event
            known.event = replace(event, id=raised.id, unheard=raised.unheard, silent=raised.silent)
            yield known
        else:
            event_id = sla_event_id(ticket_id, identity, retractions.get(identity, 0))
            yield Told(replace(event, id=event_id))
