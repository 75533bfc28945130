"""What one transaction does to one ticket, before anything of it is written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.domain.derive import derive, reconcile, retractions_in
from app.domain.errors import FactRefused
from app.domain.events import OPENED, Event, Fact, SlaEvent
from app.domain.facts import check
from app.domain.judge import Judge
from app.domain.policy import Policy
from app.store.event_log import Appended, Version

AHEAD = timedelta(minutes=5)
"""How far a fact's time may lie ahead of the database's clock (2)."""

EARLIEST_YEAR = 2000


@dataclass(frozen=True, slots=True)
class NewFact:
    """A fact as it was sent, well-formed, not yet judged."""

    ticket_id: str
    source: str
    id: str
    type: str
    time: datetime | None
    data: Mapping[str, object]

    @property
    def identity(self) -> tuple[str, str, str]:
        """What makes it the same when it is sent again."""
        return self.ticket_id, self.source, self.id


@dataclass(slots=True)
class Receipt:
    """What became of a fact: ``recorded``, ``duplicate`` or ``refused``."""

    fact: NewFact
    outcome: str = "refused"
    version: int | None = None
    position: int | None = None
    detail: str | None = None
    pointer: str | None = None
    conflict: bool = False
    """Whether it was refused because the same identity was used for something else."""
    place: Appended | None = None
    """Where it stands, known once it is written."""

    def refuse(self, error: FactRefused, *, conflict: bool = False) -> None:
        """It was not taken."""
        self.detail, self.pointer, self.conflict = error.detail, error.pointer, conflict

    def settle(self) -> None:
        """Takes over the place that writing has given it."""
        if self.place is not None:
            self.version, self.position = self.place.version, self.place.position


def dated(new: NewFact, now: datetime) -> Fact:
    """The fact, recorded now; FactRefused if its time cannot be (2)."""
    if new.time is not None:
        if new.time > now + AHEAD:
            raise FactRefused(
                f"time {new.time.isoformat()} is more than 5 minutes ahead of the database's "
                f"clock, {now.isoformat()}",
                "/time",
            )
        if new.time.year < EARLIEST_YEAR:
            raise FactRefused(f"time {new.time.isoformat()} lies before 2000", "/time")
    return Fact(new.type, new.ticket_id, new.source, new.id, new.time, now, new.data)


@dataclass(slots=True)
class TicketWork:
    """One ticket within the transaction: its state, and what is to be appended to its stream.

    Facts are folded as they come. Once one comes late, the ticket is folded again from its whole
    stream, at the end of the transaction (21).
    """

    ticket_id: str
    judge: Judge | None = None
    is_new: bool = False
    appended: list[Appended] = field(default_factory=list)
    stream: list[Event] | None = None
    """The whole stream in the order of the log, once a fact has come late."""
    late: Fact | None = None
    """The last of the facts that came late: the cause of what is retracted (23)."""

    def comes_late(self, new: NewFact, now: datetime) -> bool:
        """Whether the fact asks for the stream, which is not there yet."""
        at = now if new.time is None else min(new.time, now)
        return self.judge is not None and self.stream is None and self.judge.ticket.comes_late(at)

    def follow_stream(self, logged: Iterable[Event]) -> None:
        """From now on facts are only gathered; ``pass_time`` folds them all."""
        self.stream = [*logged, *(each.event for each in self.appended)]

    def take(self, fact: Fact, policy: Policy | None) -> Appended:
        """Folds a fact; ``policy`` is the one an opening names. FactRefused changes nothing."""
        if self.judge is None:
            return self._open(fact, policy)
        if self.stream is not None:
            return self._gather(self.judge, fact)
        self.judge.pass_time(fact.at, including=False)
        self._collect()
        self.judge.fact(fact)
        return self._place(fact)

    def _open(self, fact: Fact, policy: Policy | None) -> Appended:
        if fact.type != OPENED or policy is None:
            raise FactRefused(
                f"ticket {self.ticket_id} has not been opened; facts that come before their "
                "ticket's opening are not taken yet",
                "/subject",
            )
        self.judge = Judge.opening(fact, policy)
        self.is_new = True
        return self._place(fact, (policy.id, policy.version))

    def _gather(self, judge: Judge, fact: Fact) -> Appended:
        check(judge.ticket, fact, judge.policy)
        if self.stream is not None:
            self.stream.append(fact)
        if judge.ticket.comes_late(fact.at) or self.late is None:
            self.late = fact
        return self._append(fact)

    def _place(self, fact: Fact, policy: Version | None = None) -> Appended:
        """The fact, and after it what came of it."""
        placed = self._append(fact, policy)
        self._collect()
        return placed

    def pass_time(self, now: datetime) -> None:
        """What is due by now is reached."""
        if self.judge is None:
            return
        if self.stream is not None and self.late is not None:
            self._fold_again(self.judge, self.stream, self.late, now)
        else:
            self.judge.pass_time(now)
            self._collect()

    def _fold_again(self, before: Judge, stream: list[Event], late: Fact, now: datetime) -> None:
        """The difference between what the whole stream shows and what was raised (23)."""
        logged = [event for event in stream if isinstance(event, SlaEvent)]
        facts = [event for event in stream if isinstance(event, Fact)]
        self.judge = derive(facts, before.policy, now, retractions_in(logged))
        self.judge.ticket.version = before.ticket.version
        for event in reconcile(self.judge, logged, late):
            self._append(event)

    def _collect(self) -> None:
        assert self.judge is not None  # noqa: S101  # there is no verdict without a judge
        events = self.judge.verdicts.events
        for event in events:
            self._append(event)
        events.clear()

    def _append(self, event: Event, policy: Version | None = None) -> Appended:
        assert self.judge is not None  # noqa: S101  # there is no stream without a ticket
        ticket = self.judge.ticket
        ticket.version += 1
        placed = Appended(event, ticket.version, policy)
        self.appended.append(placed)
        return placed


def only_latest_cycles(appended: list[Appended]) -> list[Appended]:
    """What is sent of what came due in one go: of a repeating clock, only its latest cycle (30)."""
    latest: dict[str, int] = {}
    for each in appended:
        event = each.event
        if isinstance(event, SlaEvent) and event.clock is not None and event.cycle is not None:
            latest[event.clock] = max(event.cycle, latest.get(event.clock, 0))
    return [
        each
        for each in appended
        if isinstance(each.event, SlaEvent)
        and (
            each.event.clock is None
            or each.event.target_at is None
            or each.event.kind == "met"
            or each.event.cycle == latest[each.event.clock]
        )
    ]
