"""What the receivers kept, held against the log and the deliveries."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from app.domain.events import SlaEvent
from app.store.database import Connection
from app.webhooks.claims import DELIVERED, HELD_BACK_FOR
from app.webhooks.outbox import Audience
from soak.findings import Findings
from soak.log_checks import Streams
from soak.receiver import SUBSCRIPTIONS, Receiver

DELIVERIES = """
SELECT subscription_id, event_id, ticket_id, sequence, status, queued_at
FROM deliveries WHERE created_at <= $1
"""
NEVER = float("inf")


class Telling(NamedTuple):
    """That one subscription is told of one event."""

    name: str
    event_id: str


class Due(NamedTuple):
    """A delivery, as the service keeps it."""

    ticket_id: str
    sequence: int
    status: str
    queued_at: float


@dataclass(slots=True)
class TellingChecks:
    """What must have been told."""

    streams: Streams
    receiver: Receiver
    findings: Findings

    async def check(self, connection: Connection, until: datetime) -> None:
        """Everything that is heard has arrived, under its id, in order, and nothing else has."""
        names = {id_: name for name, id_ in self.receiver.ids.items()}
        due = {
            Telling(names[row["subscription_id"]], row["event_id"]): Due(
                row["ticket_id"], row["sequence"], row["status"], row["queued_at"].timestamp()
            )
            for row in await connection.fetch(DELIVERIES, until)
        }
        taken, first = self._arrived()
        expected = self._expected()
        for each in expected.keys() ^ due.keys():
            self.findings.breaks("who hears it is to be told, nobody else", str(each))
        for each, delivery in due.items():
            if each not in taken or delivery.status != DELIVERED:
                what = f"{each} {delivery}, taken at {taken.get(each)}"
                self.findings.breaks("a webhook is delivered at least once", what)
        for each in first.keys() - due.keys():
            self.findings.breaks("nothing else is told", str(each))
        self._check_order(due, taken, first)

    def _expected(self) -> dict[Telling, SlaEvent]:
        audiences = {
            name: Audience(
                name,
                frozenset(filters.get("roles", ())),
                frozenset(filters.get("types", ())),
                frozenset(),
                frozenset(),
            )
            for name, filters in SUBSCRIPTIONS.items()
        }
        return {
            Telling(name, each.event.id): each.event
            for stream in self.streams.values()
            for each in stream
            if isinstance(each.event, SlaEvent) and not each.event.silent
            for name, audience in audiences.items()
            if audience.hears(each.event)
        }

    def _arrived(self) -> tuple[dict[Telling, float], dict[Telling, float]]:
        """When each was taken first, and when it came first."""
        taken: dict[Telling, float] = {}
        first: dict[Telling, float] = {}
        times: Counter[Telling] = Counter()
        for each in self.receiver.arrivals:
            telling = Telling(each.name, each.event_id)
            first.setdefault(telling, each.at)
            if each.taken:
                times[telling] += 1
                taken.setdefault(telling, each.at)
        self.findings.counts["webhooks arrived"] = len(self.receiver.arrivals)
        self.findings.counts["webhooks taken"] = len(taken)
        self.findings.counts["  of which again"] = times.total() - len(taken)
        return taken, first

    def _check_order(
        self, due: dict[Telling, Due], taken: dict[Telling, float], first: dict[Telling, float]
    ) -> None:
        """Each comes after all earlier ones of its ticket were taken, or were stuck long enough."""
        lanes: dict[tuple[str, str], list[tuple[int, Telling]]] = defaultdict(list)
        for each, delivery in due.items():
            lanes[each.name, delivery.ticket_id].append((delivery.sequence, each))
        for lane in lanes.values():
            lane.sort()
            for place, (_, each) in enumerate(lane):
                for _, earlier in lane[:place]:
                    stuck_from = due[earlier].queued_at + HELD_BACK_FOR.total_seconds()
                    came = first.get(each, NEVER)
                    if came < min(taken.get(earlier, NEVER), stuck_from):
                        what = f"{due[each]} {each.name} came before {due[earlier].sequence}"
                        self.findings.breaks("a ticket's webhooks come in order", what)
