"""The sums of a forecast: by role and by time, over all tickets.

The database adds up what the rows tell. What repeats is told here: of tickets whose clocks go on
alike the next cycle begins at different instants, and the later it begins, the later is every mark
of it. So if the first and the last of them come to the same counts, all between them do, and only
where they differ one has to look closer. Tickets whose rows do not tell all are judged.
"""

import logging
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from app.domain.judge import Judge
from app.domain.onward import Course, Told, course
from app.domain.policy import Policy
from app.projections.ahead import instant_of, micros_of, onward_of
from app.projections.forecast import FOLDING, KINDS, Asked, Effort, slices
from app.projections.stream import state_of
from app.store.codec import STATE_FORMAT, decode_state
from app.store.database import Connection, Row, query
from app.store.policies import PolicyBook

logger = logging.getLogger(__name__)

MOST_JUDGED = 20_000
WORK_MEMORY = "32MB"
"""The rows of 100,000 tickets fit into it, as far as they are looked at."""

JUDGING, REACHING, COUNTING = 60, 25, 5
"""What a ticket, an instant of it, and a mark of a cycle cost, in microseconds or so."""

KindAndRole = tuple[str, str | None]

Cell = tuple[KindAndRole, int]
"""Kind and role of marks, and the slice of time they come in."""


@dataclass(slots=True)
class Sums:
    """What has been added up."""

    ends: Sequence[datetime]
    counts: Counter[Cell] = field(default_factory=Counter)
    firsts: dict[KindAndRole, datetime] = field(default_factory=dict)
    tickets: int = 0
    complete: bool = True

    def first(self, told: KindAndRole, at: datetime) -> None:
        """One of the marks, be it the first."""
        known = self.firsts.get(told)
        if known is None or at < known:
            self.firsts[told] = at

    def by_role(self) -> list[dict[str, object]]:
        """Per role and kind, soonest first: how many, and when the first comes."""
        marks: Counter[KindAndRole] = Counter()
        for (told, _), count in self.counts.items():
            marks[told] += count
        order = sorted(marks, key=lambda told: (self.firsts[told], told[1] or "", told[0]))
        return [
            {
                "role": told[1],
                "kind": told[0],
                "marks": marks[told],
                "first_at": self.firsts[told],
            }
            for told in order
        ]

    def by_time(self, now: datetime) -> list[dict[str, object]]:
        """Per slice of time: how many, and of which kind."""
        by_kind = [dict.fromkeys(KINDS, 0) for _ in self.ends]
        for ((kind, _), place), count in self.counts.items():
            by_kind[place][kind] += count
        starts = (now, *self.ends[:-1])
        return [
            {"from": start, "to": end, "marks": sum(kinds.values()), "by_kind": kinds}
            for start, end, kinds in zip(starts, self.ends, by_kind, strict=True)
        ]


class Reached(NamedTuple):
    """Of clocks that go on alike: when the last begins that still has a mark in time."""

    policy_version: str
    severity: str
    plan: str
    onward: str
    latest: int


class _Wanted(dict[Told, KindAndRole | None]):
    """What is counted of what is told; None if it is not asked for."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    def __missing__(self, told: Told) -> KindAndRole | None:
        asked_for = told.kind in KINDS and self._asked.takes(told.clock, told.role)
        self[told] = (told.kind, told.role) if asked_for else None
        return self[told]


class Adding:
    """Adds up one forecast."""

    def __init__(
        self, connection: Connection, policies: PolicyBook, asked: Asked, effort: Effort
    ) -> None:
        self._connection = connection
        self._policies = policies
        self._asked = asked
        self._effort = effort
        self._sums = Sums(slices(asked.now, asked.until))
        self._marks: set[tuple[str, int]] = set()
        self._reached: list[Reached] = []
        self._kinds_and_roles = _Wanted(asked)

    async def sums(self) -> Sums:
        """The sums; not ``complete`` where something could not be read, or was too much."""
        judged = 0
        for row in await self._rows():
            judged += row["ticket_id"] is not None
            if judged > MOST_JUDGED or self._effort.spent:
                self._sums.complete = False
                break
            try:
                await self._add(row)
            except Exception:
                logger.exception("a part of the forecast cannot be told")
                self._sums.complete = False
        if self._asked.of_some:
            self._sums.tickets += await self._count_some()
        return self._sums

    async def _rows(self) -> list[Row]:
        """What the database adds up."""
        asked = self._asked
        where = asked.tickets()
        ends = [micros_of(end) for end in self._sums.ends[:-1]]
        statement = query("forecast_sums").format(
            judged=asked.judged(where),
            ends=where.bind(ends),
            until=where.bind(micros_of(asked.until)),
            most=where.bind(MOST_JUDGED + 1),
            where=where,
        )
        await self._connection.execute(f"SET LOCAL work_mem = '{WORK_MEMORY}'")
        return await self._connection.fetch(statement, *where.values)

    async def _add(self, row: Row) -> None:
        if row["policy_id"] is None:
            self._sums.tickets += 0 if self._asked.of_some else row["count"]
            return
        policy = await self._policies.get(self._connection, row["policy_id"], row["policy_version"])
        if row["ticket_id"] is not None:
            await self._judge(row, policy)
        elif row["onward"] is not None:
            await self._go_on(row, policy)
        else:
            self._count(row, policy)

    def _count(self, row: Row, policy: Policy) -> None:
        """Marks that the database has counted."""
        clock, mark = policy.numbered_marks[row["mark"]]
        if self._asked.takes_mark(clock, mark):
            told = mark.kind, mark.role
            self._sums.counts[told, row["slice"]] += row["count"]
            self._sums.first(told, instant_of(row["first_at"]))
            self._marks.add((policy.version, row["mark"]))

    async def _judge(self, row: Row, policy: Policy) -> None:
        """A ticket whose row does not tell all."""
        await self._effort.take(JUDGING if row["state_format"] == STATE_FORMAT else FOLDING)
        state = await state_of(self._connection, self._policies, row)
        judge = Judge(decode_state(state), policy)
        until, found = self._asked.until, False
        while (at := judge.next_due_at()) is not None and at <= until and not self._effort.spent:
            await self._effort.take(REACHING)
            judge.pass_time(at)
            for event in judge.verdicts.events:
                told = self._kinds_and_roles[Told(event.clock, event.kind, event.role)]
                if told is not None:
                    found = True
                    self._sums.counts[told, bisect_left(self._sums.ends, at)] += 1
                    self._sums.first(told, at)
            judge.verdicts.events.clear()
        self._sums.tickets += found

    async def _go_on(self, row: Row, policy: Policy) -> None:
        """Tickets that go on alike, from different instants."""
        onward = onward_of(row["onward"])
        if not self._asked.takes_some(policy, onward):
            return
        alike = course(policy, row["severity"], row["plan"], onward)
        latest = await self._spread(alike, sorted(row["begins"]))
        if latest is not None:
            of_row = policy.version, row["severity"], row["plan"] or "", row["onward"]
            self._reached.append(Reached(*of_row, latest))

    async def _spread(self, alike: Course, begins: Sequence[int]) -> int | None:
        """Counts the marks of all; answers when the last begins that has one in time."""
        counts, latest = self._sums.counts, None
        known: dict[int, Mapping[Cell, int]] = {}
        parts = [(0, len(begins) - 1)]
        while parts:
            low, high = parts.pop()
            for place in {low, high} - known.keys():
                known[place] = await self._counts(alike, begins[place])
            if self._effort.spent:
                break
            if known[low] != known[high]:
                middle = (low + high) // 2
                parts += [(low, middle), (middle + 1, high)]
            elif known[low]:
                for cell, count in known[low].items():
                    counts[cell] += count * (high - low + 1)
                latest = max(latest or begins[high], begins[high])
        return latest

    async def _counts(self, alike: Course, begins: int) -> Mapping[Cell, int]:
        """How many marks come in which slice if the next cycle begins then."""
        counts: dict[Cell, int] = {}
        ends, effort, wanted = self._sums.ends, self._effort, self._kinds_and_roles
        for portion in alike.after(instant_of(begins), self._asked.until):
            await effort.take(COUNTING * len(portion))
            if effort.spent:
                break
            for at, what in portion:
                if (told := wanted[what]) is not None:
                    cell = told, bisect_left(ends, at)
                    if cell not in counts:
                        self._sums.first(told, at)
                    counts[cell] = counts.get(cell, 0) + 1
        return counts

    async def _count_some(self) -> int:
        """On how many tickets one of the marks comes that are asked for."""
        asked = self._asked
        where = asked.tickets()
        versions, marks = zip(*self._marks, strict=True) if self._marks else ((), ())
        reached = zip(*self._reached, strict=True) if self._reached else [()] * 5
        statement = query("count_forecast_of").format(
            judged=asked.judged(where),
            until=where.bind(micros_of(asked.until)),
            versions=where.bind(versions),
            marks=where.bind(marks),
            reached=[where.bind(each) for each in reached],
            where=where,
        )
        found: int = await self._connection.fetchval(statement, *where.values)
        return found
