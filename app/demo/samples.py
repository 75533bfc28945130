"""Sample tickets whose past is such that managers are told within the next half minute."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from app.domain.span import Span
from app.policy_files.document import Node, read

FILE = "samples/demo.yaml"
"""Where they stand, below the folder of policies."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A ticket: what it shows, and its events as a ticket system would post them."""

    ticket_id: str
    shows: str
    events: list[dict[str, object]]

    @property
    def title(self) -> str:
        """What the ticket is called."""
        data = self.events[0]["data"]
        return f"{data['severity']} {data['title']!r}" if isinstance(data, dict) else ""


def samples(policies_dir: Path, run: str, now: datetime) -> Iterator[Sample]:
    """The samples as of now; ``run`` makes their tickets other ones than those of earlier runs."""
    path = policies_dir / FILE
    for number, ticket in enumerate(read(path.read_text(), str(path)).items(), 1):
        ticket_id = f"DEMO-{run}-{number}"
        opened_at = now - _elapsed(ticket.require("opened_ago"))
        facts = ticket.require("facts").items()
        yield Sample(
            ticket_id,
            ticket.require("shows").text(),
            [_event(ticket_id, opened_at, place, fact) for place, fact in enumerate(facts, 1)],
        )


def _event(ticket_id: str, opened_at: datetime, place: int, fact: Node) -> dict[str, object]:
    after, data = fact.get("after"), fact.get("data")
    return {
        "specversion": "1.0",
        "id": f"{ticket_id}-{place}",
        "source": "demo",
        "type": fact.require("type").text(),
        "subject": ticket_id,
        "time": (opened_at + _elapsed(after) if after else opened_at).isoformat(),
        "data": data.plain() if data else {},
    }


def _elapsed(node: Node) -> timedelta:
    return Span.parse(node.text()).elapsed
