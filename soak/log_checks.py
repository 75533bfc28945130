"""The log, held against the ledger and against what its facts and policies show."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from operator import attrgetter

from app.domain.derive import derive, retractions_in, standing
from app.domain.events import SLA_BREACHED, SLA_ESCALATED, SLA_WARNED, Fact, SlaEvent
from app.projections.stream import appended_of, bound_to, opened_by
from app.store.database import Connection
from app.store.event_log import Appended
from app.store.policies import PolicyBook
from soak.client import Identity, Ledger, Place
from soak.findings import Findings
from soak.readers import Read, Reader

WHOLE = """
SELECT ticket_id, version, position, type, source, event_id, time, recorded_at, policy_id,
       policy_version, data
FROM events WHERE recorded_at <= $1 ORDER BY ticket_id, version
"""
BY_TIME = (SLA_WARNED, SLA_BREACHED, SLA_ESCALATED)

Streams = Mapping[str, Sequence[Appended]]


async def streams_of(connection: Connection, until: datetime) -> Streams:
    """Every ticket's stream up to an instant."""
    streams: dict[str, list[Appended]] = defaultdict(list)
    for row in await connection.fetch(WHOLE, until):
        streams[row["ticket_id"]].append(appended_of(row))
    return streams


@dataclass(slots=True)
class LogChecks:
    """What the log must be like."""

    streams: Streams
    ledger: Ledger
    findings: Findings

    def check_ledger(self) -> None:
        """What was acknowledged stands there once, where it was said to; nothing was made up."""
        logged: dict[Identity, Place] = {}
        for each in self._all():
            if isinstance(each.event, Fact):
                identity = each.event.ticket_id, each.event.source, each.event.id
                if identity in logged:
                    self.findings.breaks("an event is recorded once", str(identity))
                logged[identity] = Place(each.version, each.position)
        acknowledged = self.ledger.acknowledged
        for identity, place in acknowledged.items():
            if logged.get(identity) != place:
                what = f"{identity}: {place}, in the log {logged.get(identity)}"
                self.findings.breaks("an acknowledged event is in the log", what)
        for identity in logged.keys() - self.ledger.sent.keys():
            self.findings.breaks("the log holds what was sent", str(identity))
        self.findings.counts["events acknowledged"] = len(acknowledged)
        self.findings.counts["lost"] = len(acknowledged.keys() - logged.keys())

    def check_order(self) -> None:
        """Streams have no gaps, positions rise with versions, and SLA events are there once."""
        for ticket_id, stream in self.streams.items():
            if [each.version for each in stream] != list(range(1, len(stream) + 1)):
                self.findings.breaks("a stream has no gaps", ticket_id)
            if any(one.position >= other.position for one, other in pairwise(stream)):
                self.findings.breaks("positions rise within a stream", ticket_id)
        ids = Counter(event.id for event in self._raised())
        doubled = [each for each, count in ids.items() if count > 1]
        for each in doubled:
            self.findings.breaks("an SLA event is raised once", each)
        self.findings.counts["SLA events raised"] = ids.total()
        self.findings.counts["doubled"] = len(doubled)

    def check_times(self) -> None:
        """Nothing is raised before its time, by the database's clock; how late is counted."""
        early = 0
        for stream in self.streams.values():
            known_at: datetime | None = None
            for each in stream:
                assert each.recorded_at is not None  # noqa: S101  # it was read from the log
                if isinstance(each.event, Fact):
                    known_at = each.recorded_at
                    continue
                event = each.event
                if each.recorded_at < max(event.target_at or event.reached_at, event.reached_at):
                    if event.type in BY_TIME or each.recorded_at < event.reached_at:
                        early += 1
                        what = f"{event.ticket_id} {event.identity}: {each.recorded_at}, {event}"
                        self.findings.breaks("nothing is raised early", what)
                elif event.type in BY_TIME and known_at is not None and not event.silent:
                    since = max(event.reached_at, known_at)
                    self.findings.lateness.append((each.recorded_at - since).total_seconds())
        self.findings.counts["early"] = early

    async def check_derived(self, connection: Connection, until: datetime) -> None:
        """Folding each stream's facts anew shows what was raised and stands, and nothing else."""
        policies = PolicyBook()
        missing = 0
        for ticket_id, stream in self.streams.items():
            opening = await opened_by(connection, policies, stream)
            if opening is None:
                self.findings.counts["tickets never opened"] += 1
                continue
            facts = [each.event for each in stream if isinstance(each.event, Fact)]
            raised = [each.event for each in stream if isinstance(each.event, SlaEvent)]
            bound = await bound_to(connection, policies, facts)
            derived = derive(facts, opening, until, retractions_in(raised), bound)
            shown, stands = standing(derived.judge.verdicts.events), standing(raised)
            for identity in shown.keys() - stands.keys():
                missing += 1
                self.findings.breaks("nothing is forgotten", f"{ticket_id} {identity}")
            for identity in stands.keys() - shown.keys():
                self.findings.breaks("what stands is shown", f"{ticket_id} {identity}")
        self.findings.counts["forgotten"] = missing

    def check_reader(self, reader: Reader) -> None:
        """A reader has read every event once, in one order, each stream in its own."""
        positions = [each.position for each in reader.read]
        if any(one >= other for one, other in pairwise(positions)):
            self.findings.breaks("a reader sees one order", reader.name)
        last: dict[str, int] = {}
        for each in reader.read:
            if each.version != last.get(each.ticket_id, 0) + 1:
                self.findings.breaks("a reader sees each stream in order", f"{reader.name} {each}")
            last[each.ticket_id] = each.version
        expected = {
            Read(each.position, each.event.ticket_id, each.version, each.event.id)
            for each in self._all()
        }
        for missed in sorted(expected - set(reader.read), key=attrgetter("position")):
            self.findings.breaks("a reader misses nothing", f"{reader.name} {missed}")
        self.findings.counts[f"events read by {reader.name}"] = len(positions)

    def _all(self) -> list[Appended]:
        return [each for stream in self.streams.values() for each in stream]

    def _raised(self) -> list[SlaEvent]:
        return [each.event for each in self._all() if isinstance(each.event, SlaEvent)]
