"""What one transaction does to one ticket, before anything of it is written."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from app.domain.derive import (
    Policies,
    derive,
    named_policy,
    policy_of,
    reconcile,
    retractions_in,
)
from app.domain.errors import FactRefused
from app.domain.events import (
    REBOUND,
    SLA_BREACHED,
    SLA_ESCALATED,
    SLA_RETRACTED,
    SLA_WARNED,
    SOURCE,
    WITHDRAWN,
    Event,
    Fact,
    SlaEvent,
)
from app.domain.facts import check
from app.domain.judge import Judge
from app.domain.policy import Policy
from app.domain.rebinding import members_in
from app.domain.withdrawals import Aside, why_not
from app.projections.held import Held
from app.recording.streams import Stream
from app.store.event_log import Appended, Version

MOST_HELD = 1000
"""Facts that may wait for one ticket's opening; and withdrawals for what they name (22)."""


MOST_AT_ONCE = 10_000
"""Instants at which one ticket's marks are reached in one transaction."""

DUE = (SLA_WARNED, SLA_BREACHED, SLA_ESCALATED)
"""What comes due by time."""


@dataclass(slots=True)
class TicketWork:
    """One ticket within the transaction: its state, and what is to be appended to its stream.

    Facts are folded as they come. Once one asks for the past, be it late, a withdrawal, or the
    opening of a ticket for which facts are held, they are only gathered, and ``pass_time`` folds
    the whole stream (21, 22).
    """

    ticket_id: str
    judge: Judge | None = None
    """None while the ticket has not been opened."""
    version: int = 0
    """Of the last event of its stream."""
    stream: Stream | None = None
    """The whole stream, once it is asked for; that of a ticket not opened, from the beginning."""
    opened_by: Policy | None = None
    """What the stream's opening is judged by; needed to fold it."""
    policies: Policies = field(default_factory=dict)
    """Those that rebindings name (31)."""
    is_new: bool = False
    silent: bool = False
    """Whether the facts that come now are backfilled: nobody is told of what they show (24)."""
    appended: list[Appended] = field(default_factory=list)
    unsure: list[Appended] = field(default_factory=list)
    """Retractions of what an earlier transaction raised, perhaps silently."""
    late: Fact | None = None
    """The last of the facts that asked for the past: the cause of what is retracted (23)."""
    aside: list[Aside] | None = None
    """Once it was folded from its stream: the facts that are without effect."""

    def asks_for_the_past(self, fact: Fact) -> bool:
        """Whether the fact needs the stream, which is not there yet."""
        if self.judge is None or self.stream is not None:
            return False
        ticket = self.judge.ticket
        return (
            fact.type == WITHDRAWN
            or ticket.comes_late(fact.at)
            or (bool(ticket.withdrawn_early) and fact.name in ticket.withdrawn_early)
        )

    def follow(self, stream: Stream, opened_by: Policy | None, policies: Policies) -> None:
        """From now on facts are only gathered. The policies are those the log's stream names."""
        for each in self.appended:
            stream.add(each)
        self.stream = stream
        self.opened_by = self.opened_by or opened_by
        self.policies = {**policies, **self.policies}

    def turn(self, now: datetime, *, silent: bool) -> None:
        """Backfilled facts come after others, or others after them.

        What is due by now is of those that came before, and told of as they were (24).
        """
        if silent != self.silent:
            self.pass_time(now)
            self.silent = silent

    def take(self, fact: Fact, policy: Policy | None) -> Appended:
        """Folds a fact; ``policy`` is the one an opening names. FactRefused changes nothing."""
        if self.judge is None:
            return self._hold(fact) if policy is None else self._open(fact, policy)
        if self.stream is not None:
            return self._gather(self.judge, self.stream, fact)
        self.judge.pass_time(fact.at, including=False)
        self._collect()
        if fact.type == REBOUND:
            self.judge.rebind(fact, policy_of(fact, self.policies))
        else:
            self.judge.fact(fact)
        return self._place(fact)

    def waits(self, fact: Fact) -> bool:
        """Whether a fact just taken is held: for the opening, or for what it withdraws (22)."""
        if self.judge is None:
            return True
        return (
            fact.type == WITHDRAWN
            and self.stream is not None
            and self.stream.find(fact.withdraws) is None
        )

    def pass_time(self, now: datetime) -> None:
        """What is due by now is reached."""
        if self.judge is None:
            return
        if self.stream is not None and self.late is not None:
            self._fold_again(self.stream, self.late, now)
        else:
            self.judge.pass_time(now, most=MOST_AT_ONCE)
            self._collect()

    def held(self) -> list[Held]:
        """What is to be listed as held: of a ticket not opened, what is new; of one folded, all."""
        if self.judge is None:
            return [Held(each, None) for each in self.appended]
        return [Held(self._placed(each.fact), each.reason) for each in self.aside or ()]

    def _placed(self, fact: Fact) -> Appended:
        found = self.stream.find(fact.name) if self.stream is not None else None
        assert found is not None  # noqa: S101  # what was folded stands in the stream
        return found

    def _hold(self, fact: Fact) -> Appended:
        if fact.type == REBOUND:
            raise FactRefused(f"ticket {self.ticket_id} has not been opened", "/subject")
        if fact.type == WITHDRAWN and self.stream is not None:
            self._check_withdrawal(fact, self.stream)
        if self.version >= MOST_HELD:
            raise FactRefused(
                f"ticket {self.ticket_id} has not been opened, and {MOST_HELD:,} facts are held "
                "for it: no more are taken before its opening",
                "/subject",
            )
        return self._append(fact)

    def _open(self, fact: Fact, policy: Policy) -> Appended:
        self.judge = Judge.opening(fact, policy)
        self.is_new, self.opened_by = True, policy
        if self.version == 0:
            self.stream = None
            return self._place(fact, (policy.id, policy.version))
        self.late = fact
        return self._append(fact, (policy.id, policy.version))

    def _gather(self, judge: Judge, stream: Stream, fact: Fact) -> Appended:
        if fact.type == WITHDRAWN:
            self._withdraw(judge, stream, fact)
        elif fact.type == REBOUND:
            members_in(policy_of(fact, self.policies), judge.ticket)
        else:
            check(judge.ticket, fact, self._policy_at(fact, stream))
        if self.late is None or fact.type == WITHDRAWN or judge.ticket.comes_late(fact.at):
            self.late = fact
        return self._append(fact)

    def _policy_at(self, fact: Fact, stream: Stream) -> Policy:
        """The policy in force when the fact happened, as far as the rebindings tell."""
        policy = self.opened_by
        for each in stream.rebindings:
            if each.at <= fact.at:
                policy = self.policies.get(named_policy(each.data), policy)
        assert policy is not None  # noqa: S101  # it came with the stream
        return policy

    def _withdraw(self, judge: Judge, stream: Stream, fact: Fact) -> None:
        """What the withdrawal names can be withdrawn, or has not come yet."""
        if self._check_withdrawal(fact, stream):
            return
        early = judge.ticket.withdrawn_early
        if fact.withdraws not in early:
            if len(early) >= MOST_HELD:
                raise FactRefused(
                    f"{MOST_HELD:,} withdrawals wait for what they name: no more are taken",
                    "/data/id",
                )
            early.append(fact.withdraws)

    def _check_withdrawal(self, fact: Fact, stream: Stream) -> bool:
        """Whether what it names is there; FactRefused if that cannot be withdrawn."""
        named = stream.find(fact.withdraws)
        own = fact.withdraws == fact.name
        reason = why_not(named.event) if named is not None else why_not(fact) if own else None
        if reason is not None:
            raise FactRefused(reason, "/data/id")
        return named is not None

    def _place(self, fact: Fact, policy: Version | None = None) -> Appended:
        """The fact, and after it what came of it."""
        placed = self._append(fact, policy)
        self._collect()
        return placed

    def _fold_again(self, stream: Stream, late: Fact, now: datetime) -> None:
        """The difference between what the whole stream shows and what was raised (23)."""
        assert self.opened_by is not None  # noqa: S101  # it came with the stream
        retractions = retractions_in(stream.raised)
        self.judge, self.aside = derive(
            stream.facts, self.opened_by, now, retractions, self.policies
        )
        for event in reconcile(self.judge, stream.raised, late):
            self._append(event)
        self.judge.ticket.version = self.version
        self.judge.verdicts.events.clear()
        self.late = None

    def _collect(self) -> None:
        assert self.judge is not None  # noqa: S101  # there is no verdict without a judge
        events = self.judge.verdicts.events
        for event in events:
            self._append(event)
        events.clear()

    def _append(self, event: Event, policy: Version | None = None) -> Appended:
        self.version += 1
        placed = Appended(event, self.version, policy)
        self.appended.append(placed)
        if isinstance(event, SlaEvent):
            self._hush(placed, event)
        if self.judge is not None:
            self.judge.ticket.version = self.version
        if self.stream is not None:
            self.stream.add(placed)
        return placed

    def hush_superseded(self) -> None:
        """Where several cycles of a repeating clock came due in one go, the latest is told of (30).

        Of each of its marks, that is: nobody is left out because another was told later.
        """
        if self.judge is None:
            return
        repeating = {clock.id for clock in self.judge.policy.clocks if clock.repeats}
        seen: set[tuple[object, ...]] = set()
        for placed in reversed(self.appended if repeating else ()):
            event = placed.event
            if not isinstance(event, SlaEvent) or event.silent or event.type not in DUE:
                continue
            if event.clock in repeating:
                mark = (event.clock, event.kind, event.tier, event.role)
                if mark in seen:
                    placed.event = replace(event, silent=True)
                seen.add(mark)

    def _hush(self, placed: Appended, event: SlaEvent) -> None:
        """Marks what nobody is to be told of: as backfilled, or because it retracts such (24)."""
        silent = self.silent
        if event.type == SLA_RETRACTED:
            raised = self._find_raised(event.retracts)
            silent = raised is not None and raised.silent
            if raised is None:
                self.unsure.append(placed)
        if silent and not event.silent:
            placed.event = replace(event, silent=True)

    def _find_raised(self, event_id: str | None) -> SlaEvent | None:
        """An event that was raised: by the stream if it is there, else within this transaction."""
        if self.stream is not None:
            found = self.stream.find((SOURCE, str(event_id)))
        else:
            found = next((each for each in self.appended if each.event.id == event_id), None)
        return found.event if found is not None and isinstance(found.event, SlaEvent) else None
