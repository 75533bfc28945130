"""The `eventsourcing` library on PostgreSQL, as it comes: one event, one save."""

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from sqlalchemy.engine import make_url

WARM_UP = 50


class Ticket(Aggregate):
    """A ticket, as the library's own documentation would write it."""

    @event("Opened")
    def __init__(self, ticket_id: str, severity: str, title: str, customer: str) -> None:
        self.ticket_id = ticket_id
        self.severity = severity
        self.title = title
        self.customer = customer
        self.status = "new"

    @event("AgentReplied")
    def agent_replied(self, agent: str, channel: str) -> None:
        """The first answer."""
        self.status = "open"

    @event("CustomerReplied")
    def customer_replied(self, channel: str) -> None:
        """Another question."""

    @event("Resolved")
    def resolved(self, reason: str) -> None:
        """The end."""
        self.status = "resolved"


def run(url: str, seconds: float, threads: int = 1) -> dict[str, float]:
    """Saves tickets event by event for so long. They stay in memory: nothing is read back."""
    app: Application[UUID] = Application(environment(url, threads))
    _live(app, WARM_UP, time.perf_counter() + seconds)
    used, since = time.process_time(), time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        saved = sum(pool.map(lambda _: _live(app, None, since + seconds), range(threads)))
    elapsed = time.perf_counter() - since
    used = time.process_time() - used
    app.close()
    return {"saved": saved, "elapsed": elapsed, "processor": used}


def _live(app: Application[UUID], most: int | None, until: float) -> int:
    saved = 0
    for number in count():
        ticket = Ticket(f"T-{number}", "P3", "How do I add a tariff?", f"Customer {number % 500}")
        app.save(ticket)
        ticket.agent_replied(f"agent-{number % 25}", "email")
        app.save(ticket)
        ticket.customer_replied("email")
        app.save(ticket)
        ticket.resolved("answered")
        app.save(ticket)
        saved += 4
        if time.perf_counter() >= until or (most is not None and saved >= most):
            break
    return saved


def environment(url: str, threads: int) -> dict[str, str]:
    """Where the library finds its database."""
    parts = make_url(url)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(parts.database),
        "POSTGRES_HOST": str(parts.query.get("host", parts.host)),
        "POSTGRES_PORT": str(parts.query.get("port", parts.port or 5432)),
        "POSTGRES_USER": str(parts.username),
        "POSTGRES_PASSWORD": str(parts.password or ""),
        "POSTGRES_POOL_SIZE": str(max(threads, 5)),
    }
