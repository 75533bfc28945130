"""Given, when, then: a ticket's story in a few lines, told in clock times of one week.

``"10:00"`` is on Monday, 5 January 2026; ``"Wed 10:00"`` in the same week; any other day is written
out, ``"2026-03-06 15:30"``. Times are read and shown by the clock of the scenario's zone.
"""

from datetime import UTC, datetime, timedelta, tzinfo
from textwrap import dedent
from typing import NamedTuple

from app.domain.clocks import read
from app.domain.events import SLA_RETRACTED, Fact, SlaEvent
from app.domain.judge import Judge
from app.domain.policy import Policy
from app.domain.ticket import ClockState, Ending, Ticket
from app.policy_files import parse

MONDAY = datetime(2026, 1, 5)  # noqa: DTZ001  # a local date, placed in a zone below
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

HEAD = """\
id: test
severities: [P1, P2, P3]
default_severity: P2
roles: [agent, lead, manager, director]
calendars:
  business: {zone: UTC, hours: {mon-fri: "09:00-17:00"}}
"""


def policy(body: str) -> Policy:
    """A small policy: severities P1 to P3 (P2 if none is given), four roles, business hours."""
    return parse(HEAD + dedent(body))


class Shown(NamedTuple):
    """What a clock shows: instants as clock times, lengths of time in minutes."""

    state: str
    cycle: int
    goal: str | None
    warn: str | None
    due: str | None
    breached: str | None
    elapsed: float
    remaining: float | None
    paused: float


class Scenario:
    """One ticket under a policy: what happens to it, and what is seen of it."""

    judge: Judge

    def __init__(self, rules: str | Policy, zone: tzinfo = UTC) -> None:
        self.policy = policy(rules) if isinstance(rules, str) else rules
        self.zone = zone
        self.facts: list[Fact] = []
        self.now = self.at("10:00")

    # --- given and when

    def opened(self, when: str = "10:00", **data: object) -> "Scenario":
        """The ticket is opened."""
        self.judge = Judge.opening(self._fact(when, "opened", data), self.policy)
        return self

    def fact(self, when: str, type_: str, **data: object) -> "Scenario":
        """Something is reported of it; ``ticket.`` may be left out of the type."""
        self.judge.fact(self._fact(when, type_, data))
        return self

    def until(self, when: str) -> "Scenario":
        """Time passes."""
        self.now = self.at(when)
        self.judge.pass_time(self.now)
        return self

    def _fact(self, when: str, type_: str, data: dict[str, object]) -> Fact:
        self.now = self.at(when)
        name = type_ if "." in type_ else f"ticket.{type_}"
        count = len(self.facts) + 1
        self.facts.append(Fact(name, "T-1", "tests", f"fact-{count}", self.now, self.now, data))
        return self.facts[-1]

    # --- then

    @property
    def ticket(self) -> Ticket:
        """Its state."""
        return self.judge.ticket

    @property
    def events(self) -> list[SlaEvent]:
        """Every SLA event so far."""
        return self.judge.verdicts.events

    @property
    def told(self) -> list[tuple[str, str]]:
        """Which role was told when."""
        return [(self.shown(each.reached_at), each.role) for each in self.events if each.role]

    @property
    def raised(self) -> list[str]:
        """Every SLA event as a line: when, which clock, what, and who is told."""
        return [self._line(each) for each in self.events]

    @property
    def results(self) -> list[tuple[str, int, str]]:
        """What finished cycles came to: clock, cycle, result."""
        return [
            (each.clock, each.cycle, each.result) for each in self.judge.verdicts.outcomes.values()
        ]

    def clock(self, clock_id: str) -> Shown:
        """What a clock shows now."""
        clock = next(each for each in self.policy.clocks if each.id == clock_id)
        state = self.ticket.clocks.get(clock_id) or ClockState()
        found = state.ending or read(clock, state, self.ticket, self.policy, self.now)
        return Shown(
            state=state.state,
            cycle=state.cycle,
            goal=found.goal,
            warn=self._shown(found.warn_at),
            due=self._shown(found.due_at),
            breached=self._shown(state.breached_at),
            elapsed=found.elapsed_seconds / 60,
            remaining=None if found.remaining_seconds is None else found.remaining_seconds / 60,
            paused=found.paused_seconds / 60,
        )

    def ending(self, clock_id: str) -> Ending:
        """How a clock's latest cycle ended."""
        ending = self.ticket.clocks[clock_id].ending
        assert ending is not None
        return ending

    @property
    def next_mark(self) -> str | None:
        """The mark that comes next: when, which clock, what, and who will be told."""
        mark = self.judge.next_mark()
        if mark is None:
            return None
        parts = (self.shown(mark.at), mark.clock, mark.kind, mark.tier, mark.role)
        return " ".join(str(part) for part in parts if part is not None)

    def at(self, when: str) -> datetime:
        """The instant that a clock time means."""
        day, _, time = when.rpartition(" ")
        if not day or day in DAYS:
            date = MONDAY + timedelta(days=DAYS.index(day or "Mon"))
        else:
            date = datetime.fromisoformat(day)
        hours, minutes, *seconds = (int(part) for part in time.split(":"))
        local = date + timedelta(hours=hours, minutes=minutes, seconds=sum(seconds))
        return local.replace(tzinfo=self.zone).astimezone(UTC)

    def shown(self, at: datetime) -> str:
        """The clock time of an instant."""
        local = at.astimezone(self.zone)
        time = f"{local:%H:%M:%S}".removesuffix(":00")
        days = (local.date() - MONDAY.date()).days
        if days == 0:
            return time
        return f"{DAYS[days]} {time}" if 0 < days < 7 else f"{local:%Y-%m-%d} {time}"

    def _shown(self, at: datetime | None) -> str | None:
        return None if at is None else self.shown(at)

    def _line(self, event: SlaEvent) -> str:
        what = "met retracted" if event.type == SLA_RETRACTED else event.kind
        parts = (self.shown(event.reached_at), event.clock, what, event.tier, event.role)
        return " ".join(str(part) for part in parts if part is not None)
