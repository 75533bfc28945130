"""Tickets as a helpdesk would tell of them: opened, answered, asked again, resolved."""

from collections.abc import Iterator
from itertools import count, islice

Event = dict[str, object]

SEVERITIES = ("P3", "P2", "P3", "P4", "P3", "P1", "P3", "P4", "P3", "P2")
"""Of ten tickets: one P1, two P2, five P3, two P4."""

BATCH = 500
"""Events in a batch."""

TITLES = ("No calls go through", "Invoice is wrong", "How do I add a tariff?", "Slow web interface")


def event(run: str, number: int, step: int) -> Event:
    """The ``step``-th event of a ticket's life, 0 to 3; no ``time``: it happens as it is told."""
    ticket_id = f"{run}-{number}"
    kind, data = _life(number)[step]
    return {
        "specversion": "1.0",
        "id": f"{ticket_id}-{step + 1}",
        "source": "bench",
        "type": kind,
        "subject": ticket_id,
        "data": data,
    }


def _life(number: int) -> tuple[tuple[str, dict[str, object]], ...]:
    return (
        (
            "ticket.opened",
            {
                "policy": "portaone",
                "severity": SEVERITIES[number % len(SEVERITIES)],
                "title": TITLES[number % len(TITLES)],
                "customer": f"Customer {number % 500}",
                "channel": "email",
                "url": f"https://helpdesk.example/tickets/{number}",
                "attributes": {"product": "switch", "site": f"site-{number % 40}"},
            },
        ),
        ("ticket.agent_replied", {"agent": f"agent-{number % 25}", "channel": "email"}),
        ("ticket.customer_replied", {"channel": "email"}),
        ("ticket.resolved", {"reason": "answered"}),
    )


def mixed(run: str, cohort: int, events: int) -> list[Event]:
    """Events of many tickets at all stages of their lives, each ticket's in order.

    Step by step: ``cohort`` tickets are opened, as many that were opened a step before are
    answered, as many of the step before that hear from their customer, and so on.
    """
    return list(islice(_mixed(run, cohort), events))


def _mixed(run: str, cohort: int) -> Iterator[Event]:
    for number in count():
        for step in range(4):
            if number >= step:
                first = (number - step) * cohort
                for ticket in range(first, first + cohort):
                    yield event(run, ticket, step)


def lives(run: str, events: int) -> list[Event]:
    """Whole lives, one ticket after the other."""
    return [event(run, number // 4, number % 4) for number in range(events)]
