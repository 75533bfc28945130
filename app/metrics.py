"""What is counted and measured while the service works, by process; ``docs/metrics.md`` lists it.

Other modules increment these after their transactions have committed. What has to be asked of the
database or of the running service is read when somebody scrapes: ``app/api/metrics.py``.
"""

import functools
from collections import Counter as Count
from collections.abc import Iterable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
)

REGISTRY = CollectorRegistry()

ProcessCollector(registry=REGISTRY)

EVENTS = Counter(
    "escalator_events",
    "Facts by what became of them (recorded, held, duplicate, refused), SLA events raised.",
    ("type", "outcome"),
    registry=REGISTRY,
)
UNHEARD = Counter(
    "escalator_unheard_escalations",
    "Escalations raised for a role that no enabled subscription hears.",
    ("role",),
    registry=REGISTRY,
)
COMMIT_FACTS = Histogram(
    "escalator_commit_facts",
    "Facts recorded by one transaction.",
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000),
    registry=REGISTRY,
)
LATENESS = Histogram(
    "escalator_mark_lateness_seconds",
    "From the instant at which a mark came due to that at which its SLA event was recorded.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3600),
    registry=REGISTRY,
)
ATTEMPTS = Counter(
    "escalator_delivery_attempts",
    "Attempts to deliver, by what they came to: delivered, retry, failed, dead.",
    ("subscription", "outcome"),
    registry=REGISTRY,
)
DELIVERIES = Counter(
    "escalator_deliveries",
    "Deliveries that have come to their end: delivered, failed or dead.",
    ("subscription", "outcome"),
    registry=REGISTRY,
)
ATTEMPT_SECONDS = Histogram(
    "escalator_delivery_attempt_duration_seconds",
    "How long attempts took, from the name lookup to the end of the answer.",
    ("outcome",),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)

REQUESTS = Counter(
    "escalator_http_requests",
    "Requests answered, by route (its template; none where no route takes the path) and status.",
    ("method", "route", "status"),
    registry=REGISTRY,
)
REQUEST_SECONDS = Histogram(
    "escalator_http_request_duration_seconds",
    "From a request's head to the end of its answer.",
    ("method", "route"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
CUT_OFF = Counter(
    "escalator_http_connections_cut_off",
    "Connections closed on clients that sent no HTTP, sent it too slowly, or did not read.",
    ("reason",),
    registry=REGISTRY,
)

MALFORMED = "malformed"
"""The type of what is refused before it is known to be a fact."""

RETRY = "retry"
"""What an attempt came to after which another is made."""


def count_events(types_and_outcomes: Iterable[tuple[str, str]]) -> None:
    """Counts events of these types with these outcomes."""
    for labels, count in Count(types_and_outcomes).items():
        EVENTS.labels(*labels).inc(count)


@functools.cache
def _of_request(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Both metrics of a request; kept, for finding them costs more than counting."""
    return (
        REQUESTS.labels(method, route, "none" if status == 0 else str(status)),
        REQUEST_SECONDS.labels(method, route),
    )


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """Counts a request; status 0 where there was no answer."""
    counter, histogram = _of_request(method, route, status)
    counter.inc()
    histogram.observe(seconds)


def count_unheard(roles: Iterable[str]) -> None:
    """Counts escalations that nobody heard."""
    for role, count in Count(roles).items():
        UNHEARD.labels(role).inc(count)


def count_ends(subscriptions: Iterable[str], outcome: str) -> None:
    """Counts deliveries of these that have come to their end without another attempt."""
    for subscription, count in Count(subscriptions).items():
        DELIVERIES.labels(subscription, outcome).inc(count)


@functools.cache
def _took(outcome: str) -> Histogram:
    """Kept, for finding it costs more than counting."""
    return ATTEMPT_SECONDS.labels(outcome)


def count_attempts(attempts: Iterable[tuple[str, str, float]]) -> None:
    """Counts attempts: of which subscription, what they came to, the seconds they took."""
    outcomes: Count[tuple[str, str]] = Count()
    for subscription, outcome, seconds in attempts:
        outcomes[subscription, outcome] += 1
        _took(outcome).observe(seconds)
    for labels, count in outcomes.items():
        ATTEMPTS.labels(*labels).inc(count)
        if labels[1] != RETRY:
            DELIVERIES.labels(*labels).inc(count)


def forget(subscriptions: Iterable[str]) -> None:
    """Drops what was counted of subscriptions that are no more."""
    for subscription in subscriptions:
        for metric in (ATTEMPTS, DELIVERIES):
            metric.remove_by_labels({"subscription": subscription})
