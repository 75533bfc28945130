"""Sample tickets whose past is such that managers are told within the next half minute."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Sample:
    """A ticket: what it shows, when it was opened, and what happened to it since."""

    number: int
    severity: str
    title: str
    shows: str
    opened_ago: timedelta
    later: tuple[tuple[timedelta, str, dict[str, object]], ...] = field(default=())
    """How long after the opening, which fact, with what data."""


SAMPLES = (
    Sample(
        1,
        "P1",
        "No calls go through",
        "its manager is told at once; the next tier in an hour",
        timedelta(0),
    ),
    Sample(
        2,
        "P1",
        "Billing stands still",
        "in 10 seconds the hour is over: breach, and tier 2",
        HOUR - timedelta(seconds=10),
    ),
    Sample(
        3,
        "P2",
        "Slow web interface",
        "answered in time; in 18 seconds four hours are over: tier 2",
        4 * HOUR - timedelta(seconds=18),
        ((timedelta(minutes=20), "ticket.agent_replied", {"agent": "Ann"}),),
    ),
    Sample(
        4,
        "P1",
        "Database fails over",
        "in 26 seconds four hours are over: the CTO is told",
        4 * HOUR - timedelta(seconds=26),
    ),
    Sample(
        5,
        "P3",
        "How do I add a tariff?",
        "answered and resolved: nobody need be told",
        2 * HOUR,
        (
            (timedelta(minutes=30), "ticket.agent_replied", {"agent": "Ben"}),
            (timedelta(minutes=50), "ticket.resolved", {}),
        ),
    ),
)


def events_of(sample: Sample, run: str, now: datetime) -> list[dict[str, object]]:
    """The sample's events, as a ticket system would post them."""
    ticket_id = f"DEMO-{run}-{sample.number}"
    opened_at = now - sample.opened_ago
    opening = {"policy": "portaone", "severity": sample.severity, "title": sample.title}
    facts = [(opened_at, "ticket.opened", opening)]
    facts += [(opened_at + after, type_, data) for after, type_, data in sample.later]
    return [
        {
            "specversion": "1.0",
            "id": f"{ticket_id}-{number}",
            "source": "demo",
            "type": type_,
            "subject": ticket_id,
            "time": at.isoformat(),
            "data": data,
        }
        for number, (at, type_, data) in enumerate(facts, 1)
    ]
