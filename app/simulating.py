"""A candidate policy over the history in the log: reads one snapshot, and never writes."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import groupby
from typing import NamedTuple, TypeVar

import msgspec

from app.clock import monotonic
from app.domain.derive import named_policy
from app.domain.errors import EscalatorError
from app.domain.events import REBOUND, Event, Fact, SlaEvent
from app.domain.policy import Policy
from app.domain.simulation import Compared, Period, Rules, Skipped, Tally, simulate
from app.policy_files import from_content
from app.projections.stream import appended_of
from app.projections.tickets import ALL_BUCKETS
from app.store.codec import fact_of
from app.store.database import Connection, Database, Row, bucket_of, query
from app.store.event_log import Version
from app.store.policies import PolicyNotRegistered

logger = logging.getLogger(__name__)

STRIDE = 1000
"""Tickets whose rows are looked at in one statement, whatever their policy."""

CHUNK = 50
"""Tickets whose streams are read at once."""

SLICE_SECONDS = 0.25
"""How long tickets are judged before what has come of them is handed over."""

MOST_WAITING = 8
"""Simulations that may wait for the one that runs."""

T = TypeVar("T")


class SimulationsBusy(EscalatorError):
    """Too many simulations wait already."""


class Place(NamedTuple):
    """A ticket, in the order in which they were opened."""

    opened_at: datetime
    ticket_id: str


BEGINNING = Place(datetime(1, 1, 1, tzinfo=UTC), "")


class Step(NamedTuple):
    """How far a simulation has come, and the ticket it has just judged, if it has."""

    place: Place
    result: Compared | Skipped | None
    looked_at: int = 0
    """Tickets that were looked at, wanted or not, since the step before."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried: a candidate in the place of a policy's versions, over a period."""

    policy_id: str
    candidate: Policy
    period: Period


class Simulator:
    """Judges tickets in a thread of its own, one simulation after the other.

    Policies keep what they have reckoned of their calendars, and no two threads may share one: the
    versions that judged the tickets are read here again.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._thread = ThreadPoolExecutor(1, "simulation")
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._contents: dict[Version, str] = {}
        self._policies: dict[Version, Policy] = {}

    def close(self) -> None:
        """No more is begun; what is being judged comes to its end soon."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def aside(self, work: Callable[[], T]) -> T:
        """Something long, done in the thread: reading a candidate is."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Nobody else simulates until the block ends; SimulationsBusy if too many wait for that."""
        if self._waiting >= MOST_WAITING:
            raise SimulationsBusy("other simulations are waiting")
        self._waiting += 1
        try:
            async with self._turn:
                yield
        finally:
            self._waiting -= 1

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Connection]:
        """The log as it is now, until the block ends."""
        async with (
            self._database.connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            yield connection

    async def steps(
        self, connection: Connection, trial: Trial, after: Place = BEGINNING
    ) -> AsyncGenerator[Step, None]:
        """Judges the policy's tickets that were not over before the period, oldest first."""
        since, until = trial.period
        while True:
            rows = await connection.fetch(
                query("simulated_tickets"),
                *(ALL_BUCKETS, trial.policy_id, since, until, *after, STRIDE),
            )
            wanted = [_place_of(row) for row in rows if row["wanted"]]
            for start in range(0, len(wanted), CHUNK):
                async for step in self._judged(connection, trial, wanted[start : start + CHUNK]):
                    yield step
            if rows:
                after = _place_of(rows[-1])
                yield Step(after, None, len(rows))
            if len(rows) < STRIDE:
                return

    async def _judged(
        self, connection: Connection, trial: Trial, places: Sequence[Place]
    ) -> AsyncGenerator[Step, None]:
        """A slice of time after the other, so that whoever waits for it can leave."""
        streams = await self._read(connection, places)
        done = 0
        while done < len(places):
            rest = places[done:]
            results = await self.aside(partial(self._judge, trial, streams, rest))
            for place, result in zip(rest, results, strict=False):
                yield Step(place, result)
            done += len(results)

    async def _read(self, connection: Connection, places: Sequence[Place]) -> dict[str, list[Row]]:
        """The tickets' streams; the versions they name become known."""
        ids = [place.ticket_id for place in places]
        rows = await connection.fetch(
            query("streams_of_tickets"), [bucket_of(each) for each in ids], ids
        )
        named = {(row["policy_id"], row["policy_version"]) for row in rows if row["policy_id"]}
        named |= {named_policy(fact_of(row).data) for row in rows if row["type"] == REBOUND}
        if missing := named - self._contents.keys():
            found = await connection.fetch(
                query("contents_of_policies"), *zip(*missing, strict=True)
            )
            for row in found:
                self._contents[row["policy_id"], row["version"]] = row["content"]
        streams = groupby(rows, key=lambda row: str(row["ticket_id"]))
        return {ticket_id: list(its_rows) for ticket_id, its_rows in streams}

    # --- in the thread

    def _judge(
        self, trial: Trial, streams: dict[str, list[Row]], places: Sequence[Place]
    ) -> list[Compared | Skipped]:
        """What comes of the first of the tickets: of one at least."""
        ends = monotonic() + SLICE_SECONDS
        results: list[Compared | Skipped] = []
        for place in places:
            results.append(self._judge_one(trial, place.ticket_id, streams[place.ticket_id]))
            if monotonic() > ends:
                break
        return results

    def _judge_one(self, trial: Trial, ticket_id: str, rows: Sequence[Row]) -> Compared | Skipped:
        try:
            stream = [appended_of(row) for row in rows]
            opened_by = next(each.policy for each in stream if each.policy is not None)
            events = [each.event for each in stream]
            rules = Rules(self._policy(opened_by), self._bound_to(events))
            return simulate(events, rules, trial.candidate, trial.policy_id, trial.period)
        except Exception as error:  # noqa: BLE001  # one ticket must not stop the others
            logger.warning("ticket %s cannot be simulated: %r", ticket_id, error)
            return Skipped(ticket_id, f"it cannot be judged: {type(error).__name__}")

    def _bound_to(self, events: Sequence[Event]) -> dict[Version, Policy]:
        facts = [each for each in events if isinstance(each, Fact) and each.type == REBOUND]
        named = {named_policy(fact.data) for fact in facts}
        return {version: self._policy(version) for version in named & self._contents.keys()}

    def _policy(self, version: Version) -> Policy:
        if version not in self._policies:
            if version not in self._contents:
                raise PolicyNotRegistered("policy {} has no version {}".format(*version))
            content = msgspec.json.decode(self._contents[version])
            self._policies[version] = from_content(content, "policy {} {}".format(*version))
        return self._policies[version]


def _place_of(row: Row) -> Place:
    return Place(row["opened_at"], row["ticket_id"])


def in_json(tally: Tally) -> dict[str, object]:
    """What has come of a simulation, as the service and the command answer it."""
    counts = sorted(tally.counts.items(), key=lambda each: (each[0][0] or "", each[0][1]))
    return {
        "tickets": tally.tickets,
        "skipped": [
            {
                "ticket_id": each.ticket_id,
                "reason": each.reason,
                "fact": None if each.fact is None else _named(each.fact),
            }
            for each in tally.skipped
        ],
        "by_role": [{"role": role, "kind": kind, **asdict(n)} for (role, kind), n in counts],
        "by_ticket": [
            {
                "ticket_id": each.ticket_id,
                "gained": [_mark(event) for event in each.gained],
                "lost": [_mark(event) for event in each.lost],
                "moved": [
                    {
                        **_mark(would),
                        "was": {"target_at": was.target_at, "reached_at": was.reached_at},
                    }
                    for was, would in each.moved
                ],
            }
            for each in tally.changed
        ],
    }


def encoded(tally: Tally) -> dict[str, object]:
    """The same, its members written: they may be long."""
    return {name: msgspec.Raw(msgspec.json.encode(each)) for name, each in in_json(tally).items()}


def _mark(event: SlaEvent) -> dict[str, object]:
    members = ("clock", "cycle", "kind", "tier", "role", "reason", "target_at", "reached_at")
    return {member: getattr(event, member) for member in members}


def _named(fact: Fact) -> dict[str, object]:
    return {"type": fact.type, "source": fact.source, "id": fact.id, "time": fact.at}
