"""Tickets of some days, as helpdesks of four organisations would tell of them afterwards."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from app.recording.new_fact import NewFact

HOURS = 72
"""How far back the oldest was opened."""

SEVERITIES = {
    "portaone": ("P1", "P2", "P3", "P3", "P4"),
    "netop": ("critical", "high", "medium", "medium", "low"),
    "syneto": ("P1", "P2", "P3", "P3", "P4"),
    "xecuritas": ("1", "2", "2", "3", "3"),
}
PLANS = {"syneto": ("basic", "pro", "mission_critical")}
WORDS = ("Calls", "Invoice", "Tariff", "Trunk", "Backup", "Console", "Licence", "Update")
TROUBLES = ("fail", "are late", "is wrong", "cannot be opened", "breaks off")

Step = tuple[str, int, dict[str, object]]
"""A type, how many minutes after the opening, and the data."""

REPLY: Step = ("ticket.agent_replied", 25, {"agent": "agent-7", "channel": "email"})
ASKED: Step = ("ticket.waiting_on_customer", 50, {})
ANSWER: Step = ("ticket.customer_replied", 200, {"channel": "email"})
DONE: Step = ("ticket.resolved", 400, {"reason": "answered"})

COURSES: tuple[tuple[Step, ...], ...] = (
    (),
    (REPLY,),
    (REPLY, ASKED),
    (REPLY, ASKED, ANSWER),
    (REPLY, ANSWER),
    (REPLY, DONE),
    (REPLY, ASKED, ANSWER, DONE),
)
"""How far tickets have come: of seven, five are open."""


def facts(number: int, now: datetime) -> list[NewFact]:
    """What has happened to a ticket until now, in order."""
    ticket_id = f"base-{number:05}"
    opened_at = now - timedelta(minutes=_spread(number, HOURS * 60))
    steps = [("ticket.opened", 0, _opening(number)), *COURSES[number % len(COURSES)]]
    happened = [(step, opened_at + timedelta(minutes=step[1])) for step in steps]
    return [
        NewFact(ticket_id, "bench", f"{ticket_id}-{place}", step[0], at, step[2])
        for place, (step, at) in enumerate(happened)
        if at < now
    ]


def _opening(number: int) -> dict[str, object]:
    policy = list(SEVERITIES)[_spread(number, len(SEVERITIES))]
    severities = SEVERITIES[policy]
    data: dict[str, object] = {
        "policy": policy,
        "severity": severities[_spread(number + 1, len(severities))],
        "title": f"{WORDS[_spread(number + 2, 8)]} {TROUBLES[_spread(number + 3, 5)]}",
        "customer": f"Customer {_spread(number, 400)}",
        "channel": "email",
        "url": f"https://helpdesk.example/tickets/{number}",
        "attributes": {"site": f"site-{number % 40}"},
    }
    if plans := PLANS.get(policy):
        data["plan"] = plans[number % len(plans)]
    return data


def _spread(number: int, most: int) -> int:
    """A number below ``most``, the same each time, that follows no order."""
    return (number * 2654435761 >> 7) % most


def chunks(tickets: int, size: int, now: datetime) -> Iterator[list[NewFact]]:
    """All facts of so many tickets, some tickets at a time."""
    for first in range(0, tickets, size):
        numbers = range(first, min(first + size, tickets))
        yield [fact for number in numbers for fact in facts(number, now)]
