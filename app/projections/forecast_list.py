"""The marks to come one by one, in time order: tickets are judged forward, the next one first."""

import heapq
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from datetime import datetime
from typing import NamedTuple

from app.domain.events import SlaEvent
from app.domain.judge import Judge
from app.domain.policy import Policy
from app.projections.ahead import instant_of, micros_of, onward_of
from app.projections.forecast import FOLDING, KINDS, Asked, Effort
from app.projections.stream import state_of
from app.projections.where import Where
from app.store.codec import STATE_FORMAT, decode_state
from app.store.database import Connection, Row, query
from app.store.policies import PolicyBook

logger = logging.getLogger(__name__)

READING, JUDGING, REACHING = 20, 60, 25
"""What a row, a ticket, and an instant of it cost, in microseconds or so."""

CHUNK = 200
AT_ONCE = 100
"""Rows read, and instants passed over, at once."""


class Place(NamedTuple):
    """Where an item stands: its instant, its ticket, and which of those of the two it is."""

    at: datetime
    ticket_id: str
    number: int


class Item(NamedTuple):
    """Something that will be raised."""

    place: Place
    event: SlaEvent

    def view(self) -> dict[str, object]:
        """As it is answered."""
        event = self.event
        return {
            "at": event.reached_at,
            "ticket_id": event.ticket_id,
            "kind": event.kind,
            "clock": event.clock,
            "cycle": event.cycle,
            "tier": event.tier,
            "role": event.role,
            "policy": event.policy_id,
            "severity": event.severity,
        }


class Walk:
    """Goes through the tickets in the order of what comes next on each."""

    def __init__(
        self,
        connection: Connection,
        policies: PolicyBook,
        asked: Asked,
        after: Place | None,
        effort: Effort,
    ) -> None:
        self._connection = connection
        self._policies = policies
        self._asked = asked
        self._after = after
        self._effort = effort
        self._tickets: list[tuple[datetime, str, _Future]] = []
        self.complete = True

    async def items(self, limit: int) -> list[Item]:
        """The first items after the place; fewer if that is all, or is not ``complete``."""
        async with aclosing(self._rows()) as rows:
            return await self._walk(rows, limit)

    async def _walk(self, rows: AsyncIterator[Row], limit: int) -> list[Item]:
        found: list[Item] = []
        row = await anext(rows, None)
        while len(found) < limit and not self._effort.spent:
            if row is not None and self._is_next(row):
                await self._take(row)
                row = await anext(rows, None)
            elif self._tickets:
                found += await self._advance()
            else:
                break
        self.complete &= not self._effort.spent
        return found[:limit]

    def _is_next(self, row: Row) -> bool:
        """Whether something may come on the row's ticket before it does on those at hand."""
        return not self._tickets or bool(row["next_due_at"] <= self._tickets[0][0])

    async def _rows(self) -> AsyncGenerator[Row]:
        """The tickets, read so many at a time."""
        last: Row | None = None
        while True:
            where = self._asked.tickets()
            self._leave_out_what_is_over(where)
            if last is not None:
                beyond = last["next_due_at"], last["ticket_id"]
                where.add("(t.next_due_at, t.ticket_id) > ({}, {})", *beyond)
            statement = query("forecast_tickets").format(where=where, limit=where.bind(CHUNK))
            rows = await self._connection.fetch(statement, *where.values)
            for row in rows:
                yield row
            if len(rows) < CHUNK:
                return
            last = rows[-1]

    def _leave_out_what_is_over(self, where: Where) -> None:
        """Tickets on which nothing comes after the place."""
        if self._after is not None:
            at = self._after.at
            where.add(
                "(t.next_due_at >= {} OR t.onward_at[1] IS NOT NULL OR {} <= ANY (t.ahead_at)"
                f" OR {self._asked.judged(where)})",
                at,
                micros_of(at),
            )

    async def _take(self, row: Row) -> None:
        """Puts a ticket where its first item may be."""
        await self._effort.take(READING)
        try:
            policy = await self._policies.get(
                self._connection, row["policy_id"], row["policy_version"]
            )
            at = self._first(row, policy)
            if at is None:
                return
            await self._effort.take(0 if row["state_format"] == STATE_FORMAT else FOLDING)
            state = await state_of(self._connection, self._policies, row)
        except Exception:
            logger.exception("ticket %s is left out of the forecast", row["ticket_id"])
            self.complete = False
            return
        heapq.heappush(self._tickets, (at, row["ticket_id"], _Future(state, policy)))

    def _first(self, row: Row, policy: Policy) -> datetime | None:
        """An instant before which the ticket has no item; None if it has none at all."""
        asked, after = self._asked, self._after
        next_due_at: datetime = row["next_due_at"]
        if after is None and not asked.of_some:
            return next_due_at
        judged_from = row["judged_from"]
        if row["ahead_at"] is None or (judged_from is not None and judged_from <= asked.until):
            return next_due_at if after is None else max(next_due_at, after.at)
        instants = [at for at in self._instants(row, policy) if at <= micros_of(asked.until)]
        return instant_of(min(instants)) if instants else None

    def _instants(self, row: Row, policy: Policy) -> Iterator[int]:
        """When the row's marks come, and when at the earliest others may follow."""
        asked, since = self._asked, micros_of(self._after.at) if self._after else 0
        for at, number in zip(row["ahead_at"], row["ahead"], strict=True):
            if at >= since and asked.takes_mark(*policy.numbered_marks[number]):
                yield at
        for at, text in zip(row["onward_at"], row["onward"], strict=True):
            if asked.takes_some(policy, onward_of(text)):
                yield max(at, since)

    async def _advance(self) -> list[Item]:
        """The items of the next instant of the ticket that is first."""
        at, ticket_id, future = heapq.heappop(self._tickets)
        try:
            await future.bring_to(at, self._effort)
            if self._effort.spent:
                return []
            items = future.items(at)
            following = future.judge.next_due_at()
        except Exception:
            logger.exception("ticket %s is left out of the forecast", ticket_id)
            self.complete = False
            return []
        if following is not None and following <= self._asked.until:
            heapq.heappush(self._tickets, (following, ticket_id, future))
        return [
            item
            for item in items
            if self._asked.takes(item.event.clock, item.event.role)
            and (self._after is None or item.place > self._after)
        ]


class _Future:
    """A ticket, judged forward from instant to instant once its turn comes."""

    __slots__ = ("_judge", "_policy", "_state")

    def __init__(self, state: str, policy: Policy) -> None:
        self._state = state
        self._policy = policy
        self._judge: Judge | None = None

    @property
    def judge(self) -> Judge:
        """The ticket's judge."""
        if self._judge is None:
            self._judge = Judge(decode_state(self._state), self._policy)
        return self._judge

    async def bring_to(self, at: datetime, effort: Effort) -> None:
        """Lets time pass to just before an instant, as far as the effort goes."""
        await effort.take(REACHING if self._judge is not None else JUDGING)
        judge = self.judge
        while (due := judge.next_due_at()) is not None and due < at and not effort.spent:
            judge.pass_time(at, including=False, most=AT_ONCE)
            await effort.take(REACHING * len(judge.verdicts.events))
            judge.verdicts.events.clear()

    def items(self, at: datetime) -> list[Item]:
        """What is raised at the instant it was brought to."""
        verdicts = self.judge.verdicts
        self.judge.pass_time(at)
        events = [event for event in verdicts.events if event.kind in KINDS]
        verdicts.events.clear()
        return [
            Item(Place(at, event.ticket_id, number), event) for number, event in enumerate(events)
        ]
