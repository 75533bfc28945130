"""What the domain says of a case, put as its peer puts it. No instant is computed here."""

from collections.abc import Callable
from datetime import UTC, datetime

from app.domain.clocks import Reading, marks_to_come, read
from app.domain.derive import derive
from app.domain.events import AGENT_REPLIED, CUSTOMER_REPLIED, Fact
from app.domain.marks import ESCALATION
from app.domain.policy import Clock, Policy, Target
from app.domain.ticket import ClockState, Ending
from app.domain.verdicts import Outcome
from tests.peers.cases import CLOCKS, Case

CONTACTS = (AGENT_REPLIED, CUSTOMER_REPLIED)

INSTANTS = ("_due", "_at", "_starts")


class Answers:
    """A case's ticket at an instant, asked in the words of the cases."""

    def __init__(self, case: Case, policy: Policy, facts: list[Fact], at: datetime) -> None:
        self.semantics = case["semantics"]
        self.clocks = {clock.id: clock for clock in policy.clocks}
        self.policy = policy
        self.at = at
        self.judge = derive(facts, policy, at).judge

    def to(self, field: str) -> object:
        """The answer to one field of an expectation."""
        whole: dict[str, Callable[[], object]] = {
            "next_due": self.judge.next_due_at,
            "breached": self._breached,
            "levels": self._levels,
            "paused_seconds": self._paused_seconds,
            "state": self._state,
        }
        if field in whole:
            return whole[field]()
        of_a_clock: dict[str, Callable[[Clock], object]] = {
            "due": self._due,
            "at": self._met_at,
            "starts": self._starts,
            "in_min": self._minutes,
            "diff_min": self._minutes_left,
        }
        for word, ask in of_a_clock.items():
            clock = field.removesuffix(f"_{word}")
            if clock in CLOCKS:
                # One without targets in the whole case is not in the policy: it promises nothing
                return ask(self.clocks[clock]) if clock in self.clocks else None
        raise AssertionError(f"a case asks for {field}, and nobody answers that")

    # --- of one clock

    def _clock_state(self, clock: Clock) -> ClockState:
        return self.judge.ticket.clocks[clock.id]

    def _shown(self, clock: Clock) -> Reading | Ending:
        state = self._clock_state(clock)
        return state.ending or read(clock, state, self.judge.ticket, self.policy, self.at)

    def _target(self, clock: Clock) -> Target | None:
        ticket = self.judge.ticket
        return self.policy.target(clock, ticket.severity, ticket.plan)

    def _due(self, clock: Clock) -> datetime | None:
        """Some peers go on showing what was due, some do not; some write a closing as the next
        opening, which is the same point in open time. While paused there is none: of a peer that
        shows it then, no case looks."""
        target, due = self._target(clock), self._shown(clock).due_at
        if self._clock_state(clock).ending and self.semantics["due_when_met"] == "null":
            return None
        if due and target and self.semantics["exact_close"] == "next_opening":
            return target.calendar.next_open(due)
        return due

    def _met_at(self, clock: Clock) -> datetime | None:
        state = self._clock_state(clock)
        return state.ending.at if state.ending and state.state == "met" else None

    def _starts(self, clock: Clock) -> datetime | None:
        """When its time begins to count."""
        target, started_at = self._target(clock), self._clock_state(clock).started_at
        return target.calendar.next_open(started_at) if target and started_at else None

    def _measured(self, clock: Clock) -> list[Outcome]:
        """The cycles that were met, or that a contact ended."""
        return [
            outcome
            for (clock_id, _), outcome in self.judge.verdicts.outcomes.items()
            if clock_id == clock.id and (outcome.result == "met" or outcome.ending.by in CONTACTS)
        ]

    def _minutes(self, clock: Clock) -> float | None:
        """The longest cycle; of a clock that contacts begin anew, all up to the last of them."""
        minutes = [each.ending.elapsed_seconds / 60 for each in self._measured(clock)]
        if not minutes:
            return None
        return sum(minutes) if clock.restarts else max(minutes)

    def _minutes_left(self, clock: Clock) -> float | None:
        target, minutes = self._target(clock), self._minutes(clock)
        if target is None or target.goal is None or minutes is None:
            return None
        return target.goal.elapsed.total_seconds() / 60 - minutes

    # --- of the ticket

    def _breached(self) -> list[str]:
        outcomes = self.judge.verdicts.outcomes.values()
        ever = {each.clock for each in outcomes if each.breached_at is not None}
        return [
            clock.id
            for clock in self.policy.clocks
            if clock.id in ever or self._clock_state(clock).breached_at is not None
        ]

    def _levels(self) -> list[dict[str, object]]:
        """The rungs told and the rungs to come."""
        ticket = self.judge.ticket
        told = [
            (event.clock, event.target_at)
            for event in self.judge.verdicts.events
            if event.kind == ESCALATION
        ]
        for clock in self.policy.clocks:
            to_come = marks_to_come(clock, self._clock_state(clock), ticket, self.policy)
            told += [(clock.id, at) for at, mark in to_come if mark.kind == ESCALATION]
        return [{"clock": clock, "at": at} for clock, at in told]

    def _paused_seconds(self) -> float:
        """By the wall clock, or the open time that passed and did not count."""
        clock = self.clocks["resolution"]
        shown, target = self._shown(clock), self._target(clock)
        started_at = self._clock_state(clock).started_at
        assert target is not None
        assert started_at is not None
        if self.semantics["pause_time"] == "wall_clock":
            return shown.paused_seconds
        passed = target.calendar.between(started_at, self.at).total_seconds()
        return passed - shown.elapsed_seconds

    def _state(self) -> str:
        """What the peers call the whole."""
        met = {id_ for id_, state in self.judge.ticket.clocks.items() if state.state == "met"}
        if self._breached():
            return "active_with_misses" if self.policy.id == "chatwoot" else "failed"
        if "resolution" in met:
            return "fulfilled"
        return "resolution_due" if "first_response" in met else "first_response_due"


def expected(field: str, expectation: Case) -> object:
    """What a case expects, its instants read."""
    value = expectation[field]
    if field == "levels":
        return [level | {"at": _instant(level["at"])} for level in value]
    return _instant(value) if field.endswith(INSTANTS) and value is not None else value


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
