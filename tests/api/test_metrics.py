"""``GET /metrics``: well-formed in both formats, true, and what docs/metrics.md says it is."""

import asyncio
import re
from collections.abc import Iterable
from datetime import timedelta

import pytest
from prometheus_client import Metric
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from app.api import connection
from app.api.metrics import Scrape
from app.projections import gauges
from app.store import event_log
from tests.api.keyed import key
from tests.api.raw import END
from tests.api.raw import answered as what_is_answered
from tests.api.story import Desk
from tests.api.subscribing import make, open_ticket, until
from tests.api.test_health import nobody_answering
from tests.conftest import PROJECT, Running
from tests.patience import PATIENCE_SECONDS
from tests.prometheus import promtool
from tests.webhooks.receiver import answers, receiving

OPENMETRICS = "application/openmetrics-text; version=1.0.0"
OTHER_UNITS = re.compile(r"_(ms|milliseconds|minutes|hours|kilobytes|percent|count|num)(_|$)")
"""What Prometheus' own linter complains of."""


@pytest.fixture(autouse=True)
def _read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every scrape asks the database."""
    monkeypatch.setattr(gauges, "KEEP_SECONDS", 0.0)


async def scraped(running: Running, accept: str = "") -> str:
    """The page, as text or as it is accepted."""
    answer = await running.client.get("/metrics", headers={"Accept": accept})
    assert answer.status_code == 200, answer.text
    wanted = "application/openmetrics-text" if accept else "text/plain"
    assert answer.headers["content-type"].startswith(wanted)
    return answer.text


def value(families: Iterable[Metric], name: str, **labels: str) -> float:
    """A sample; 0 if there is none yet."""
    for family in families:
        for sample in family.samples:
            if sample.name == name and labels.items() <= sample.labels.items():
                return float(sample.value)
    return 0.0


def parse_openmetrics(page: str) -> list[Metric]:
    """The page, which must be OpenMetrics to the letter."""
    return list(openmetrics.text_string_to_metric_families(page))  # type: ignore[no-untyped-call]


async def read(running: Running) -> list[Metric]:
    return list(parse_text(await scraped(running)))


async def until_counted(running: Running) -> list[Metric]:
    """What is read once open tickets have been counted, which nobody waits for."""
    async with asyncio.timeout(20):
        while running.service.open_tickets.read() is None:
            await asyncio.sleep(0.01)
    return await read(running)


async def test_both_formats_are_well_formed(running: Running) -> None:
    await make(running)
    await open_ticket(running, "T-1")
    page = await scraped(running, OPENMETRICS)
    assert page.endswith("# EOF\n")
    by_text = {family.name for family in await read(running)}
    by_openmetrics = {family.name for family in parse_openmetrics(page)}
    ours = {name for name in by_openmetrics if name.startswith("escalator_")}
    assert len(ours) > 15
    for name in ours:
        assert {name, f"{name}_total"} & by_text, name


async def test_names_and_units_are_prometheus_own(running: Running) -> None:
    for family in parse_openmetrics(await scraped(running, OPENMETRICS)):
        assert re.fullmatch(r"[a-z][a-z0-9_]*", family.name)
        assert family.documentation.endswith("."), family.name
        assert family.type != "unknown"
        assert family.type not in family.name
        assert not OTHER_UNITS.search(family.name), family.name
        if family.name.startswith("escalator_"):
            assert not family.name.endswith("_total"), "counters only, and those as their sample"


async def test_prometheus_own_linter_has_no_complaint(running: Running) -> None:
    """Of a page on which every metric has a sample."""
    async with receiving() as well, receiving(behaviour=answers(404)) as ill:
        for receiver in (well, ill):
            await make(running, receiver)
        await open_ticket(running, "T-1")
        await until(lambda: len(well.heard) + len(ill.heard) == 2)
        await until_counted(running)
        page = await scraped(running)
    checked = promtool("check", "metrics", stdin=page)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
    spoilt = promtool("check", "metrics", stdin=page.replace("_requests_total", "_requests"))
    assert "escalator_http_requests " in spoilt.stderr, "it would say so"


async def test_every_name_is_documented_and_no_other(running: Running) -> None:
    page = (PROJECT / "docs" / "metrics.md").read_text()
    rows = re.findall(r"^\| `([a-z_]+)(?:\{([a-z_,]+)\})?` \| (\w+) \|", page, re.MULTILINE)
    documented = {name: (kind, labels) for name, labels, kind in rows}
    families = await until_counted(running)
    found = {
        f"{family.name}_total" if family.type == "counter" else family.name: family.type
        for family in families
        if not family.name.endswith("_created")
    }
    assert {name: kind for name, (kind, _) in documented.items()} == found
    for family in families:
        name = f"{family.name}_total" if family.type == "counter" else family.name
        for sample in family.samples:
            if name in documented:
                labels = set(documented[name][1].split(",")) - {""}
                assert sample.labels.keys() - {"le"} <= labels, name


async def test_facts_and_what_is_raised_are_counted(running: Running) -> None:
    before = await read(running)
    await make(running, roles=["technical_support_manager"])
    desk = Desk(running)
    await desk.opens("T-1", "10:00", severity="P1").report()
    await open_ticket(running, "T-2")
    again = {
        "id": "1",
        "source": "desk",
        "type": "ticket.opened",
        "subject": "T-2",
        "data": {"policy": "portaone", "severity": "P1"},
    }
    other = {**again, "data": {"policy": "portaone", "severity": "P2"}}
    early = {**again, "subject": "T-3", "type": "ticket.acknowledged", "data": {}}
    nonsense = {**again, "subject": "T-4", "type": "ticket.lost"}
    for event in (again, other, early, nonsense):
        await running.client.post("/v1/events", json=event)
    after = await read(running)

    def more(name: str, **labels: str) -> float:
        return value(after, name, **labels) - value(before, name, **labels)

    events = "escalator_events_total"
    assert more(events, type="ticket.opened", outcome="recorded") == 2
    assert more(events, type="ticket.opened", outcome="duplicate") == 1
    assert more(events, type="ticket.opened", outcome="refused") == 1
    assert more(events, type="ticket.acknowledged", outcome="held") == 1
    assert more(events, type="malformed", outcome="refused") == 1
    assert more(events, type="sla.escalated", outcome="raised") == 4
    assert more("escalator_unheard_escalations_total", role="cto") == 1
    assert more("escalator_unheard_escalations_total", role="technical_support_manager") == 0
    assert more("escalator_commit_facts_sum") == 5
    assert value(after, "escalator_held_facts", state="waiting") == 1
    assert value(after, "escalator_database_up") == 1
    assert value(after, "escalator_overdue_deadlines") == 0


async def test_lateness_is_measured_of_what_comes_due(running: Running) -> None:
    name = "escalator_mark_lateness_seconds"
    before = await read(running)
    async with running.service.database.connection() as connection:
        now = await connection.fetchval("SELECT clock_timestamp()")
    # Of a P1 relations are told after an hour, and then the response is due, too.
    soon = now - timedelta(hours=1) + timedelta(seconds=0.5)
    await (
        Desk(running)
        .happens("T-1", soon, "ticket.opened", policy="portaone", severity="P1")
        .report()
    )
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (
            value(after := await read(running), f"{name}_count")
            < value(before, f"{name}_count") + 2
        ):
            await asyncio.sleep(0.05)
    late = value(after, f"{name}_sum") - value(before, f"{name}_sum")
    assert 0 < late < 5
    assert value(after, "escalator_set_apart_tickets") == 0


async def test_requests_are_counted_by_the_template_of_their_route(running: Running) -> None:
    before = await read(running)
    for path in ("/v1/tickets/T-1", "/v1/tickets/T-2/timeline", "/no/such/place", "/no/other"):
        await running.client.get(path)
    await running.client.get("/v1/tickets?limit=0")
    await running.client.delete("/v1/events")
    await running.client.request("PROPFIND", "/healthz")
    page = await scraped(running)
    assert "T-1" not in page
    assert "/no/" not in page
    after = list(parse_text(page))
    ticket = "/v1/tickets/{ticket_id:path}"
    expected = {
        ("GET", ticket, "404"): 1,
        ("GET", f"{ticket}/timeline", "404"): 1,
        ("GET", "/v1/tickets", "422"): 1,
        ("GET", "none", "404"): 2,
        ("DELETE", "/v1/events", "405"): 1,
        ("other", "/healthz", "405"): 1,
        ("GET", "/metrics", "200"): 1,
    }
    for (method, route, status), count in expected.items():
        labels = {"method": method, "route": route}
        requests = "escalator_http_requests_total"
        more = value(after, requests, **labels, status=status) - value(
            before, requests, **labels, status=status
        )
        assert more == count, (method, route, status)
        assert value(after, "escalator_http_request_duration_seconds_count", **labels) >= count


async def test_connections_that_are_cut_off_are_counted_with_the_reason(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.3)
    before = await read(running)
    for sent in (b"\x16\x03\x01" + END, b"GET /healthz HTTP/1.1\r\nHost:", b""):
        await what_is_answered(running, sent)
    after = await read(running)
    cut_off = "escalator_http_connections_cut_off_total"
    for reason, count in {"malformed": 1, "slow": 1, "unread": 0}.items():
        more = value(after, cut_off, reason=reason) - value(before, cut_off, reason=reason)
        assert more == count, reason


async def test_open_tickets_are_counted_by_status_and_those_that_are_done_are_not(
    running: Running,
) -> None:
    desk = Desk(running)
    for number in range(3):
        desk.opens(f"T-{number}", "10:00", severity="P1")
    desk.happens("T-1", "10:05", "ticket.acknowledged").happens("T-2", "10:05", "ticket.resolved")
    await desk.report()
    families = await until_counted(running)
    counts = {
        sample.labels["status"]: sample.value
        for family in families
        for sample in family.samples
        if sample.name == "escalator_open_tickets"
    }
    assert sum(counts.values()) == 2
    assert counts.keys() == {"new", "open", "in_progress", "waiting_on_customer"}
    assert 0 <= value(families, "escalator_open_tickets_age_seconds") < 20


async def test_a_scrape_does_not_wait_for_the_count(running: Running) -> None:
    """Which another transaction holds up here."""
    async with running.service.database.transaction() as held:
        await held.execute("LOCK TABLE tickets IN ACCESS EXCLUSIVE MODE")
        assert running.service.open_tickets.read() is None
        assert running.service.open_tickets.read() is None
    await until_counted(running)


async def test_the_log_stays_behind_while_somebody_writes(running: Running) -> None:
    await open_ticket(running, "T-1")
    families = await read(running)
    drawn = value(families, "escalator_log_position")
    assert drawn > 0
    assert value(families, "escalator_log_high_water_position") == drawn
    async with running.service.database.transaction() as writing:
        await event_log.enter(writing, ())
        await open_ticket(running, "T-2")
        families = await read(running)
        assert value(families, "escalator_log_high_water_position") == drawn
        assert value(families, "escalator_log_position") > drawn


async def test_who_waits_for_a_connection_is_counted(running: Running) -> None:
    database = running.service.database
    let_go = asyncio.Event()

    async def hold_one() -> None:
        async with database.connection():
            await let_go.wait()

    def is_exhausted() -> bool:
        pool = database.pool()
        return pool.in_use == pool.most and pool.awaited > 0

    # One more is wanted than there are: it waits, whatever others give back meanwhile.
    holding = [asyncio.create_task(hold_one()) for _ in range(database.pool().most + 1)]
    await until(is_exhausted)
    waiting = asyncio.create_task(running.service.gauges.read())
    let_go.set()
    await asyncio.gather(*holding)
    assert await waiting is not None
    assert value(await read(running), "escalator_database_connections_awaited") == 0


async def test_deliveries_are_counted_by_subscription(running: Running) -> None:
    async with receiving() as well, receiving(behaviour=answers(404)) as ill:
        names = [(await make(running, receiver))["id"] for receiver in (well, ill)]
        await open_ticket(running, "T-1")
        ended = "escalator_deliveries_total"
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                found = await read(running)
                counts = [
                    value(found, ended, subscription=name, outcome=outcome)
                    for name, outcome in zip(names, ("delivered", "failed"), strict=True)
                ]
                if counts == [1, 1]:
                    break
                await asyncio.sleep(0.01)
        attempts = "escalator_delivery_attempts_total"
        assert value(found, attempts, subscription=names[1], outcome="failed") == 1
        assert value(found, "escalator_delivery_attempt_duration_seconds_count", outcome="failed")
        state = "escalator_breaker_state"
        assert value(found, state, subscription=names[0], escalator_breaker_state="closed") == 1
        await running.client.delete(f"/v1/subscriptions/{names[1]}")
        assert names[1] not in await scraped(running), "what is gone is not shown for ever"
        assert names[0] in await scraped(running)


async def test_what_waits_and_its_age_and_the_breaker(running: Running) -> None:
    async with receiving(behaviour=answers(503)) as receiver:
        name = (await make(running, receiver))["id"]
        for number in range(12):
            await open_ticket(running, f"T-{number}")
        await until(lambda: len(receiver.heard) >= 10)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not value(
                found := await read(running),
                "escalator_breaker_state",
                subscription=name,
                escalator_breaker_state="open",
            ):
                await asyncio.sleep(0.01)
        assert value(found, "escalator_pending_deliveries", subscription=name) == 12
        age = value(found, "escalator_oldest_pending_delivery_age_seconds", subscription=name)
        assert 0 < age < 60
        attempts = "escalator_delivery_attempts_total"
        assert value(found, attempts, subscription=name, outcome="retry") >= 10


async def test_without_its_database_the_rest_is_told_and_503_where_a_key_cannot_be_checked(
    running: Running,
) -> None:
    async with nobody_answering(running.service.database):
        assert await running.service.gauges.read() is None
        answer = await running.client.get("/metrics")
        assert answer.status_code == 503
    families = list(Scrape(running.service, None).collect())
    assert value(families, "escalator_database_up") == 0
    assert not [each for each in families if each.name == "escalator_overdue_deadlines"]
    assert [each for each in families if each.name == "escalator_events"]
    assert value(await read(running), "escalator_database_up") == 1, "it goes on by itself"


async def test_the_database_is_asked_every_few_seconds_only(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gauges, "KEEP_SECONDS", 60.0)
    families = await read(running)
    made = await make(running)
    assert value(families, "escalator_database_up") == 1
    assert made["id"] not in await scraped(running)


async def test_an_accept_header_of_any_kind_is_answered(running: Running) -> None:
    for accept in (
        "*/*",
        "text/plain; version=0.0.4",
        "application/openmetrics-text; version=1.0.0; charset=utf-8",
        "application/openmetrics-text; version=nonsense",
        "text/plain; version=nonsense; escaping=nonsense",
        "text/plain; version; escaping",
        "application/openmetrics-text; version=1.0.0; escaping=nonsense",
        ";;,,;",
    ):
        answer = await running.client.get("/metrics", headers={"Accept": accept})
        assert answer.status_code == 200, accept
        assert "escalator_events" in answer.text


async def test_who_may_ask(running: Running) -> None:
    whole = await key(running, "read")
    bound = await key(running, "read", name="bound", policies=["portaone"])
    ingest = await key(running, "ingest")
    statuses = [
        (await running.client.get("/metrics", headers=headers)).status_code
        for headers in ({}, whole, bound, ingest)
    ]
    assert statuses == [401, 200, 403, 403]
