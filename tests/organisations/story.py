"""A ticket's story under a policy of the folder, told in an organisation's local time.

Every story told in a test is checked once more when the test is over: a replay of its facts, and
time that passes in many small ticks with the state saved at each, must give the same.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import pytest

from app.domain.derive import derive
from app.domain.errors import FactRefused
from app.domain.events import Fact, SlaEvent
from app.domain.judge import Judge
from app.domain.policy import Policy
from app.domain.ticket import Ticket
from app.policy_files import load_file
from app.store.codec import decode_state, encode_state
from tests.domain.scenario import Scenario

FOLDER = Path(__file__).parents[2] / "policies"

AGAIN = " again"
"""Said of a local time when it comes for the second time, in autumn."""

INSTANT = timedelta(microseconds=1)
TICKS = 40

TOLD: list["Story"] = []
"""The stories of the test that runs."""


def policy_of(organisation: str) -> Policy:
    """The policy of an organisation, as it is shipped."""
    return load_file(FOLDER / f"{organisation}.yaml")


class Organisation:
    """Tells stories of its tickets."""

    def __init__(self, name: str, zone: str) -> None:
        self.policy = policy_of(name)
        self.zone = ZoneInfo(zone)

    def notes(self, clock: str) -> str:
        """What the file says in words of one of its clocks."""
        clocks = cast("list[dict[str, object]]", self.policy.document["clocks"])
        found = next(each for each in clocks if each["id"] == clock)
        return f"{found.get('note')} {found.get('assumed')}"

    def opened(self, when: str = "10:00", **data: object) -> "Story":
        """A ticket is opened."""
        story = Story(self.policy, self.zone)
        story.opened(when, policy=self.policy.id, **data)
        TOLD.append(story)
        return story


class Story(Scenario):
    """One ticket; ``"2026-10-25 02:30 again"`` is the second time the clock shows that."""

    def fact(self, when: str, type_: str, **data: object) -> "Story":
        """Something is reported of it; ``ticket.`` may be left out of the type."""
        super().fact(when, type_, **data)
        return self

    def until(self, when: str) -> "Story":
        """Time passes."""
        super().until(when)
        return self

    def assert_refused(self, when: str, type_: str, **data: object) -> None:
        """What is reported is not taken, and changes nothing."""
        fact = self._fact(when, type_, data)
        with pytest.raises(FactRefused):
            self.judge.fact(fact)
        self.facts.remove(fact)

    # --- then

    def of(self, clock: str) -> list[str]:
        """What was raised for one clock."""
        return [self._line(each) for each in self.events if each.clock == clock]

    @property
    def notices(self) -> list[str]:
        """Who was told of a fact, and why."""
        return [
            f"{self.shown(each.reached_at)} {each.role} ({each.reason})"
            for each in self.events
            if each.type == "sla.noticed"
        ]

    def last(self, role: str) -> SlaEvent:
        """What a role was told last."""
        return [each for each in self.events if each.role == role][-1]

    def state(self, clock: str) -> str:
        """The state of a clock."""
        return self.clock(clock).state

    @property
    def flags(self) -> list[str]:
        """The flags its state shows."""
        return self.policy.flags_of(self.ticket)

    def assert_due(self, clock: str, due: str | None) -> None:
        """A clock shows this deadline; and is breached just then, or never."""
        assert self.clock(clock).due == due
        self.until("2026-12-31 10:00" if due is None else due)
        assert self.clock(clock).breached == due

    def at(self, when: str) -> datetime:
        """The instant that a local time means."""
        first = super().at(when.removesuffix(AGAIN))
        if not when.endswith(AGAIN):
            return first
        return first.astimezone(self.zone).replace(fold=1).astimezone(UTC)

    def shown(self, at: datetime) -> str:
        """The local time of an instant."""
        return super().shown(at) + AGAIN * at.astimezone(self.zone).fold

    def _line(self, event: SlaEvent) -> str:
        reason = f" ({event.reason})" if event.reason else ""
        return super()._line(event) + reason + does(event.effect)

    # --- the same again

    def assert_holds_again(self) -> None:
        """In a replay, whatever the order of arrival, and tick by tick from saved states."""
        self.judge.pass_time(self.now)
        live = _told_by(self.judge)
        assert self._replayed(self.facts) == live
        if len({fact.at for fact in self.facts}) == len(self.facts):
            assert self._replayed(self.facts[::-1]) == live
        assert self._tick_by_tick() == live

    def _replayed(self, facts: list[Fact]) -> tuple[list[SlaEvent], Ticket]:
        derived = derive(facts, self.policy, self.now)
        assert not derived.aside
        return _told_by(derived.judge)

    def _tick_by_tick(self) -> tuple[list[SlaEvent], Ticket]:
        opening, *rest = self.facts
        judge = Judge.opening(opening, self.policy)
        events = list(judge.verdicts.events)
        ends = [*(fact.at for fact in rest), self.now]
        for since, end, fact in zip([opening.at, *ends], ends, [*rest, None], strict=False):
            for step in (*self._ticks(since, end), fact or end):
                judge = Judge(decode_state(encode_state(judge.ticket)), self.policy)
                judge.fact(step) if isinstance(step, Fact) else judge.pass_time(step)
                events += judge.verdicts.events
        return events, _bare(judge.ticket)

    def _ticks(self, since: datetime, end: datetime) -> Iterator[datetime]:
        """Instants between two others: spread out, and around each at which something happens."""
        spread = {since + (end - since) * number / TICKS for number in range(1, TICKS)}
        near = {
            event.reached_at + INSTANT * number for event in self.events for number in (-1, 0, 1)
        }
        return (at for at in sorted(spread | near) if since < at < end)


def does(effect: Mapping[str, object] | None) -> str:
    """What an effect does to its ticket, in words."""
    if effect is None:
        return ""
    return " closes" if effect.get("close") else f" moves to {effect['move_to_line']}"


def _told_by(judge: Judge) -> tuple[list[SlaEvent], Ticket]:
    return judge.verdicts.events, _bare(judge.ticket)


def _bare(ticket: Ticket) -> Ticket:
    """A ticket's state but for what depends on how its facts arrived (21)."""
    return replace(ticket, late_facts=0, retractions={})
