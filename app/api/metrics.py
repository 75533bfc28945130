"""``GET /metrics``: what the service counts and measures, for Prometheus; see docs/metrics.md."""

import platform
from collections import Counter
from collections.abc import Iterator, Mapping

from fastapi import APIRouter, Request, Response
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily, StateSetMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, choose_encoder, generate_latest
from prometheus_client.registry import Collector

from app import __version__, metrics
from app.api import problems
from app.api.access import Asker, Scoped, needs
from app.api.connection import UNREAD_NOW
from app.api.context import Service, service_of
from app.api.problems import Problem
from app.projections.gauges import Reading
from app.projections.open_tickets import Counted
from app.webhooks.breaker import STATES

router = APIRouter(tags=["health"], route_class=Scoped)

OPENMETRICS = "application/openmetrics-text"
_EXAMPLE = """\
# HELP escalator_overdue_deadlines Tickets with a mark that has come due and is not raised.
# TYPE escalator_overdue_deadlines gauge
escalator_overdue_deadlines 0.0
"""


class Scrape(Collector):
    """What this process has counted, how it stands, and what the database says."""

    def __init__(self, service: Service, reading: Reading | None) -> None:
        self._service = service
        self._reading = reading

    def collect(self) -> Iterator[Metric]:
        """Every metric."""
        yield from metrics.REGISTRY.collect()
        yield from _of_the_process(self._service, database_up=self._reading is not None)
        yield from _of_what_is_set_apart(self._service)
        yield from _of_open_tickets(self._service.open_tickets.read())
        if self._reading is not None:
            yield from _of_subscriptions(self._reading)
            yield from _of_tickets(self._reading)
            yield from _of_the_log(self._reading)


@router.get(
    "/metrics",
    summary="Metrics for Prometheus",
    response_class=Response,
    responses={
        200: {
            "description": "Every metric; in OpenMetrics where that is accepted.",
            "content": {"text/plain": {"example": _EXAMPLE}, OPENMETRICS: {"example": _EXAMPLE}},
        },
        **problems.responses(503),
    },
    openapi_extra=needs("read"),
)
async def scrape(request: Request, caller: Asker) -> Response:
    """What this process counts, and what the database says, read every 5 seconds at most.

    While the database does not say it in time `escalator_database_up` is 0 and it is left out; when
    it cannot be reached at all, keys cannot be checked either: 503. A key that is bound to policies
    may not ask, for the figures are of all.
    """
    if caller.policies is not None:
        raise Problem(403, "this key is bound to policies; the figures are of all")
    service = service_of(request)
    reading = await service.gauges.read()
    if reading is not None:
        metrics.forget(reading.gone)
    try:
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
    except (TypeError, ValueError):  # of a version that is none
        encode, content_type = generate_latest, CONTENT_TYPE_PLAIN_0_0_4
    return Response(encode(Scrape(service, reading)), headers={"Content-Type": content_type})


def _of_the_process(service: Service, *, database_up: bool) -> Iterator[Metric]:
    build = GaugeMetricFamily("escalator_build_info", "What runs.", labels=["version", "python"])
    build.add_metric([__version__, platform.python_version()], 1)
    yield build
    yield _gauge("escalator_database_up", "Whether the database could be asked.", int(database_up))
    yield _gauge(
        "escalator_waiting_facts", "Facts that wait for a transaction.", service.intake.waiting
    )
    yield _gauge(
        "escalator_delivery_attempts_under_way",
        "Attempts to deliver that have begun and not ended.",
        service.deliverer.busy,
    )
    pool = service.database.pool()
    yield _gauges(
        "escalator_database_connections",
        "Connections to the database in use and idle; `most` is how many there may be.",
        "state",
        {"in_use": pool.in_use, "idle": pool.idle, "most": pool.most},
    )
    yield _gauge(
        "escalator_database_connections_awaited",
        "Tasks that wait for a connection to the database; 5 seconds at most.",
        pool.awaited,
    )
    yield _gauge("escalator_log_followers", "Who follows the log.", service.feed.followers)
    yield _gauge(
        "escalator_http_connections_unread",
        "Connections whose client does not read its answer at this moment.",
        len(UNREAD_NOW),
    )


def _of_what_is_set_apart(service: Service) -> Iterator[Metric]:
    yield _gauge(
        "escalator_set_apart_tickets",
        "Tickets that could not be judged and are tried again within a minute.",
        len(service.set_apart),
    )
    yield _gauges(
        "escalator_unreadable_policy_versions",
        "Versions of a policy that could not be loaded; their tickets are not judged.",
        "policy",
        Counter(policy_id for policy_id, _ in service.policies.unreadable),
    )


def _of_open_tickets(counted: Counted | None) -> Iterator[Metric]:
    if counted is not None:
        yield _gauges(
            "escalator_open_tickets",
            "Open tickets, counted in the background once in a while.",
            "status",
            counted.by_status,
        )
        yield _gauge(
            "escalator_open_tickets_age_seconds",
            "How long ago they were counted.",
            counted.age_seconds,
        )


def _of_the_log(reading: Reading) -> Iterator[Metric]:
    yield _gauge(
        "escalator_log_position", "The last position of the log that was drawn.", reading.position
    )
    yield _gauge(
        "escalator_log_high_water_position",
        "The position up to which the log can be read: nothing appears below it any more.",
        reading.high_water,
    )


def _of_subscriptions(reading: Reading) -> Iterator[Metric]:
    subscriptions = reading.subscriptions
    breaker = StateSetMetricFamily(
        "escalator_breaker_state", "The breaker of a subscription.", labels=["subscription"]
    )
    for each in subscriptions:
        breaker.add_metric([each.id], {state: state == each.breaker for state in STATES})
    yield breaker
    yield _gauges(
        "escalator_pending_deliveries",
        "Deliveries that wait to be attempted, first or again; up to 10,000 of either are counted.",
        "subscription",
        {each.id: each.waiting for each in subscriptions},
    )
    yield _gauges(
        "escalator_oldest_pending_delivery_age_seconds",
        "How long the oldest of these has waited; 0 where none waits.",
        "subscription",
        {each.id: each.oldest_seconds for each in subscriptions},
    )
    yield _gauges(
        "escalator_subscription_enabled",
        "Whether a subscription is told of anything.",
        "subscription",
        {each.id: int(each.enabled) for each in subscriptions},
    )


def _of_tickets(reading: Reading) -> Iterator[Metric]:
    yield _gauge(
        "escalator_overdue_deadlines",
        "Tickets with a mark that has come due and is not raised; up to 10,000 are counted.",
        reading.overdue,
    )
    yield _gauges(
        "escalator_held_facts",
        "Facts that wait for what they need, and that are left out; up to 10,000 are counted.",
        "state",
        {"waiting": reading.held_waiting, "left_out": reading.held_left_out},
    )


def _gauge(name: str, documentation: str, value: float) -> Metric:
    return GaugeMetricFamily(name, documentation, value)


def _gauges(name: str, documentation: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, documentation, labels=[label])
    for label_value, value in values.items():
        family.add_metric([label_value], value)
    return family
