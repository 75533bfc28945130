"""What will be raised if nothing else happens: which of it, until when, in which slices of time."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.marks import BREACH, ESCALATION, NOTICE, WARNING, Mark
from app.domain.onward import Onward, Told, Turning
from app.domain.policy import Clock, Policy
from app.projections.tickets import ALL_BUCKETS
from app.projections.where import Where

KINDS = (WARNING, BREACH, ESCALATION, NOTICE)
"""What somebody is told of, in the order it is listed."""

LENGTHS = (
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=7),
)
MOST_SLICES = 31
"""The shortest length is taken that gives no more of them, or else the longest."""

PAUSE_AFTER = 20_000
MOST_EFFORT = 2_000_000

FOLDING = 1500
"""What a ticket costs whose row another version of this code wrote, in microseconds or so."""


class Effort:
    """How much work a request may still cost, in microseconds or so; others get their turn."""

    __slots__ = ("_paused_at", "left")

    def __init__(self, left: int = MOST_EFFORT) -> None:
        self.left = self._paused_at = left

    @property
    def spent(self) -> bool:
        """Whether there is none left."""
        return self.left <= 0

    async def take(self, amount: int) -> None:
        """Spends some, and lets others have their turn now and then."""
        self.left -= amount
        if self._paused_at - self.left >= PAUSE_AFTER:
            self._paused_at = self.left
            await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a forecast is of; filters left out do not matter."""

    now: datetime
    until: datetime
    policy: Sequence[str] = ()
    severity: Sequence[str] = ()
    role: Sequence[str] = ()
    clock: Sequence[str] = ()

    @property
    def of_some(self) -> bool:
        """Whether only some of a ticket's marks are asked for."""
        return bool(self.role or self.clock)

    def takes(self, clock: str | None, role: str | None) -> bool:
        """Whether what a clock will tell a role is asked for; a notice is of no clock."""
        return (not self.role or role in self.role) and (not self.clock or clock in self.clock)

    def takes_mark(self, clock: Clock, mark: Mark) -> bool:
        """Whether a mark is asked for."""
        told = Told.of(clock, mark)
        return self.takes(told.clock, told.role)

    def takes_some(self, policy: Policy, onward: Onward) -> bool:
        """Whether something may be asked for of what goes on."""
        if not self.of_some or isinstance(onward, Turning):
            return True
        clock = policy.clocks[onward.clock]
        return any(
            self.takes_mark(clock, mark) for target in clock.targets for mark in target.marks
        )

    def tickets(self) -> Where:
        """The tickets on which something will be raised."""
        where = Where()
        where.add("t.bucket = ANY ({}::smallint[])", ALL_BUCKETS)
        where.add("t.next_due_at <= {}", self.until)
        where.among("t.policy_id", self.policy)
        where.among("t.severity", self.severity)
        return where

    def judged(self, where: Where) -> str:
        """The condition of tickets whose rows do not tell all that will be."""
        until = where.bind(self.until)
        return f"(t.ahead_at IS NULL OR COALESCE(t.judged_from <= {until}, FALSE))"


def slices(now: datetime, until: datetime) -> list[datetime]:
    """The ends of the slices of time up to ``until``, each of one length but the first."""
    span = until - now
    length = next((each for each in LENGTHS if span <= each * MOST_SLICES), LENGTHS[-1])
    count = max(1, -(-span // length))
    return [until - length * back for back in range(count - 1, -1, -1)]
