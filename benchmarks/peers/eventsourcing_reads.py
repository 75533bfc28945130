"""The `eventsourcing` library reading its own log: what a projection of it begins with."""

import time
from itertools import count
from uuid import UUID

from eventsourcing.application import Application

from benchmarks.peers.eventsourcing_saves import Ticket, environment

AT_ONCE = 250
"""Tickets saved in one transaction."""

PAGE = 5000


def prepare(url: str, events: int) -> None:
    """Fills its log: whole lives of four events."""
    app: Application[UUID] = Application(environment(url, 1))
    for first in range(0, events // 4, AT_ONCE):
        app.save(*(_life(number) for number in range(first, first + AT_ONCE)))
    app.close()


def _life(number: int) -> Ticket:
    ticket = Ticket(f"T-{number}", "P3", "How do I add a tariff?", f"Customer {number % 500}")
    ticket.agent_replied(f"agent-{number % 25}", "email")
    ticket.customer_replied("email")
    ticket.resolved("answered")
    return ticket


def run(url: str) -> dict[str, float]:
    """Reads all of it, page by page, as it is stored: nothing is decoded or folded."""
    app: Application[UUID] = Application(environment(url, 1))
    used, since = time.process_time(), time.perf_counter()
    start, events = 1, 0
    for _ in count():
        page = app.recorder.select_notifications(start, PAGE)
        events += len(page)
        if len(page) < PAGE:
            break
        start = page[-1].id + 1
    elapsed = time.perf_counter() - since
    used = time.process_time() - used
    app.close()
    return {"events": events, "elapsed": elapsed, "processor": used}
