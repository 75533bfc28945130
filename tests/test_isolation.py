"""What is poisoned is set apart by name, and everything else goes on.

Four poisons at once: a ticket whose state cannot be read, a version of a policy that cannot be
loaded, receivers without end, and a reader who does not read.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import httpx
import pytest
from aiohttp import web
from prometheus_client.parser import text_string_to_metric_families as parse_text

from app import main
from app.api import connection as connections
from app.escalation.due import BATCH, LANES, DueTickets
from app.policy_files import parse
from app.projections import gauges
from app.projections.rebuild import rebuild
from app.recording import set_apart
from app.recording.new_fact import NewFact
from app.recording.recorder import Recorder
from app.settings import Settings
from app.store import policies
from app.store.database import Database
from app.store.policies import PolicyBook
from app.webhooks.sender import HttpSender
from tests.api.keyed import key
from tests.api.raw import head
from tests.api.subscribing import Json, make
from tests.conftest import PROJECT, Running, assert_rebuild_changes_nothing, serving
from tests.webhooks.receiver import Receiver, hangs, receiving

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
OF_ACME = tuple(f"T-acme-{number}" for number in range(3))
GOOD = tuple(f"T-good-{number}" for number in range(24))
CUT_OFF = "escalator_http_connections_cut_off_total"
LISTS = (
    "/v1/escalations",
    "/v1/deliveries",
    "/v1/held",
    "/v1/policies",
    "/v1/policies/acme",
    "/v1/policies/acme/versions",
    "/v1/events",
    "/v1/forecast",
    "/v1/reports/attainment?from=2026-01-01T00:00:00Z&to=2035-01-01T00:00:00Z",
    "/v1/tickets/T-bad/timeline",
    f"/v1/tickets/{GOOD[0]}/explain",
)
MANAGER = "technical_support_manager"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Receivers and readers are waited for a second; what is set apart is tried again soon."""
    monkeypatch.setattr(main, "HttpSender", partial(HttpSender, total_seconds=1.0))
    monkeypatch.setattr(connections, "READ_SECONDS", 2.0)
    monkeypatch.setattr(set_apart, "SECONDS", 2.0)
    monkeypatch.setattr(policies, "TRIED_AGAIN_AFTER", 2.0)
    monkeypatch.setattr(gauges, "KEEP_SECONDS", 0.0)


def opening(ticket_id: str, at: datetime, policy: str = "portaone") -> Json:
    """Of a P2 the manager is told an hour after its opening."""
    data = {"policy": policy, "severity": "P2"}
    return event(ticket_id, "ticket.opened", time=at.isoformat(), data=data)


def new_opening(ticket_id: str, at: datetime, policy: str = "portaone") -> NewFact:
    """The same, as it is recorded."""
    data = {"policy": policy, "severity": "P2"}
    return NewFact(ticket_id, "desk", "ticket.opened-1", "ticket.opened", at, data)


def event(ticket_id: str, type_: str, **more: object) -> Json:
    return {"id": f"{type_}-1", "source": "desk", "type": type_, "subject": ticket_id, **more}


async def endless(request: web.Request) -> web.StreamResponse:
    """Answers 500, and goes on and on."""
    response = web.StreamResponse(status=500)
    await response.prepare(request)
    while True:
        await response.write(b"no " * 1000)


async def sends_on(request: web.Request) -> web.StreamResponse:
    """Redirects to itself."""
    return web.Response(status=307, headers={"Location": str(request.url)})


@dataclass(frozen=True, slots=True)
class Poisoned:
    """A service in whose database a ticket and a policy are poisoned, and how to mend it."""

    running: Running
    mend: Callable[[], Awaitable[None]]

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.running.client.get(path, headers=headers)

    async def now(self) -> datetime:
        async with self.running.service.database.connection() as connection:
            now: datetime = await connection.fetchval("SELECT clock_timestamp()")
            return now

    async def told(self) -> set[str]:
        """The tickets of which the manager was told."""
        items = (await self.get(f"/v1/escalations?role={MANAGER}&limit=500")).json()["items"]
        return {each["ticket_id"] for each in items}

    async def metric(self, name: str, **labels: str) -> float:
        page = (await self.get("/metrics")).text
        return sum(
            sample.value
            for family in parse_text(page)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    async def set_apart(self) -> dict[str, Any]:
        """What /readyz names."""
        ready = (await self.get("/readyz")).json()
        assert ready["status"] == "ready"
        named: dict[str, Any] = ready["detail"]["set_apart"]
        return named


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Waits until it holds, for 20 seconds."""
    async with asyncio.timeout(20):
        while not await condition():
            await asyncio.sleep(0.05)


async def spoil(
    database: Database, of_acme: Sequence[str], others: Sequence[str]
) -> Callable[[], Awaitable[None]]:
    """Tickets that another replica took, due in a moment; and then a policy and a state are spoilt.

    Answers how that is mended.
    """
    book = PolicyBook()
    text = (PROJECT / "policies" / "portaone.yaml").read_text()
    acme = parse(text.replace("id: portaone", "id: acme"))
    await book.register(database, [acme, parse(text)])
    async with database.connection() as connection:
        soon = await connection.fetchval("SELECT clock_timestamp()") - HOUR + 2 * SECOND
    taken = [new_opening(each, soon, "acme") for each in of_acme]
    taken += [new_opening(each, soon + SECOND / 10) for each in others]
    recorded = await Recorder(database, book, None).record(taken)
    assert {each.outcome for each in recorded.receipts} == {"recorded"}
    assert not recorded.raised
    async with database.connection() as connection:
        content = await connection.fetchval("SELECT content FROM policies WHERE policy_id = 'acme'")
        state = await connection.fetchval("SELECT state FROM tickets WHERE ticket_id = 'T-bad'")
        set_content = "UPDATE policies SET content = $1 WHERE policy_id = 'acme'"
        set_state = "UPDATE tickets SET state = $1 WHERE ticket_id = 'T-bad'"
        await connection.execute(set_content, '["no policy"]')
        await connection.execute(set_state, '{"no": "ticket"}')

    async def mend() -> None:
        async with database.connection() as connection:
            await connection.execute(set_content, content)
            await connection.execute(set_state, state)

    return mend


@asynccontextmanager
async def poisoned(
    settings: Settings, database_url: str, database: Database
) -> AsyncIterator[Poisoned]:
    """The service on a database with a poisoned ticket and a poisoned policy."""
    mend = await spoil(database, OF_ACME, ["T-bad", "T-old"])
    async with serving(settings, database_url) as running:
        yield Poisoned(running, mend)


@asynccontextmanager
async def unread(running: Running) -> AsyncIterator[socket.socket]:
    """A client that asks a great deal and reads nothing."""
    host, port = running.url.removeprefix("http://").split(":")
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.setblocking(False)
    try:
        loop = asyncio.get_running_loop()
        await loop.sock_connect(client, (host, int(port)))
        ask = head(method="GET", path="/openapi.json", close=False)
        await loop.sock_sendall(client, ask * 100)
        yield client
    finally:
        client.close()


async def test_four_poisons_at_once_and_everything_else_goes_on(
    settings: Settings, database_url: str, database: Database
) -> None:
    async with (
        poisoned(settings, database_url, database) as here,
        AsyncExitStack() as stack,
        unread(here.running),
    ):
        well = await stack.enter_async_context(receiving())
        await make(here.running, well)
        ill = [await subscribed(stack, here.running, each) for each in (hangs, endless, sends_on)]
        cut_off = await here.metric(CUT_OFF, reason="unread")
        await load(here)
        await assert_the_rest_goes_on(here, well)
        await assert_all_four_are_named(here, ill)
        await until(lambda: _at_least(here, cut_off + 1, CUT_OFF, reason="unread"))
        await here.mend()
        await until(lambda: _all_told(here, {*GOOD, *OF_ACME, "T-bad", "T-old"}))
        assert (await here.set_apart())["policies"] == []
        await until(lambda: _none_apart(here))
    await assert_rebuild_changes_nothing(database)


async def subscribed(
    stack: AsyncExitStack,
    running: Running,
    behaviour: Callable[[web.Request], Awaitable[web.StreamResponse]],
) -> str:
    """The subscription of a receiver that behaves so."""
    receiver = await stack.enter_async_context(receiving(behaviour=behaviour))
    return str((await make(running, receiver))["id"])


async def load(here: Poisoned) -> None:
    """Batches of the good and the poisoned, as a help desk sends them."""
    due = await here.now() - HOUR + 2 * SECOND
    for number, ticket_id in enumerate(GOOD):
        batch = [
            opening(ticket_id, due),
            event("T-bad", "ticket.acknowledged", id=f"bad-{number}"),
            event(OF_ACME[0], "ticket.acknowledged", id=f"acme-{number}"),
            opening(f"T-new-{number}", due, "acme"),
        ]
        answer = await here.running.client.post("/v1/events", json=batch)
        assert answer.status_code == 207
        results = answer.json()["results"]
        assert [each["outcome"] for each in results] == ["recorded", *["refused"] * 3]
        assert {each["error"]["status"] for each in results[1:]} == {503}, "it may be taken later"


async def assert_the_rest_goes_on(here: Poisoned, well: Receiver) -> None:
    await until(lambda: _all_told(here, {*GOOD, "T-old"}))
    assert not await here.told() & {*OF_ACME, "T-bad"}
    await until(lambda: _heard(well, {*GOOD, "T-old"}))
    for path in LISTS:
        answer = await here.get(path)
        assert answer.status_code == 200, (path, answer.text)
    listed = (await here.get("/v1/tickets?limit=500")).json()["items"]
    unreadable = {each["ticket_id"] for each in listed if "unreadable" in each["flags"]}
    assert unreadable == {*OF_ACME, "T-bad"}
    assert len(listed) == len(GOOD) + len(OF_ACME) + 2
    assert (await here.get(f"/v1/tickets/{GOOD[0]}")).status_code == 200
    of_acme = f"/v1/tickets/{OF_ACME[0]}"
    for path in ("/v1/tickets/T-bad", of_acme, f"{of_acme}/timeline", f"{of_acme}/explain"):
        answer = await here.get(path)
        assert answer.status_code == 503, answer.text
        assert path.split("/")[3] in answer.json()["detail"]
        assert int(answer.headers["retry-after"]) > 0


async def assert_all_four_are_named(here: Poisoned, ill: list[str]) -> None:
    await until(lambda: _breakers_open(here, ill))
    named = await here.set_apart()
    assert {"T-bad"} <= {each["ticket_id"] for each in named["tickets"]}
    assert {each["policy"] for each in named["policies"]} == {"acme"}
    assert await here.metric("escalator_set_apart_tickets") >= 1
    assert await here.metric("escalator_unreadable_policy_versions", policy="acme") == 1


async def test_more_tickets_of_such_a_policy_than_one_transaction_takes_hold_up_nothing(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """They come before all others; and nobody is woken for them before they are tried again."""
    many = [f"T-many-{number}" for number in range(3 * BATCH)]
    mend = await spoil(database, many, ["T-good"])
    due = DueTickets(Recorder(database, PolicyBook(), None), database)
    async with asyncio.timeout(20):
        while not await _told_in(database):
            ahead = await due.raise_all()
            await asyncio.sleep(0.05)
    assert await _told_in(database) == ["T-good"]
    assert ahead.wait is None or ahead.wait > timedelta(0)
    assert len(due.set_apart) <= LANES * BATCH, "the rest are not even looked at"
    assert caplog.text.count("Traceback") == 1, "it is told once why it cannot be loaded"
    await mend()


async def test_a_reader_who_does_not_read_is_named_while_it_lasts_and_then_cut_off(
    running: Running,
) -> None:
    async with unread(running):
        here = Poisoned(running, asyncio.Event().wait)  # type: ignore[arg-type]  # nothing to mend
        await until(lambda: _at_least(here, 1, "escalator_http_connections_unread"))
        (reader,) = (await here.set_apart())["readers"]
        assert reader["client"] == "127.0.0.1"
        assert reader["unread_seconds"] >= 0
        await until(lambda: _no_readers(here))


async def test_a_key_bound_to_other_policies_is_not_told_of_a_poisoned_ticket(
    settings: Settings, database_url: str, database: Database
) -> None:
    async with poisoned(settings, database_url, database) as here:
        of_another = await key(here.running, "read", name="other", policies=["netop"])
        its_own = await key(here.running, "read", name="own", policies=["acme"])
        path = f"/v1/tickets/{OF_ACME[0]}"
        hidden = await here.get(path, **of_another)
        nothing = await here.get("/v1/tickets/T-none", **of_another)
        assert (hidden.status_code, nothing.status_code) == (404, 404)
        assert hidden.json()["detail"] == nothing.json()["detail"].replace("T-none", OF_ACME[0])
        assert (await here.get(path, **its_own)).status_code == 503
        assert "set_apart" not in (await here.get("/readyz", **its_own)).json()["detail"]
        await here.mend()


async def test_nobody_can_be_bound_to_a_version_that_cannot_be_loaded(
    settings: Settings, database_url: str, database: Database
) -> None:
    async with poisoned(settings, database_url, database) as here:
        async with database.connection() as reading:
            version = await reading.fetchval(
                "SELECT version FROM policies WHERE policy_id = 'acme'"
            )
        bound = {"policy": "acme", "version": version}
        now = await here.now()
        batch = [opening(GOOD[0], now), event(GOOD[0], "policy.rebound", data=bound)]
        answer = await here.running.client.post("/v1/events", json=batch)
        outcomes = [each["outcome"] for each in answer.json()["results"]]
        assert outcomes == ["recorded", "refused"]
        await here.mend()


async def test_a_rebuild_leaves_what_it_cannot_fold_and_folds_the_rest(
    settings: Settings, database_url: str, database: Database
) -> None:
    """The ticket's state is mended by it, for the log is whole."""
    async with poisoned(settings, database_url, database) as here:
        steps = [progress async for progress in rebuild(database, PolicyBook())]
        assert steps[-1].failed.keys() == set(OF_ACME)
        assert (await here.get("/v1/tickets/T-bad")).status_code == 200
        await here.mend()


async def _told_in(database: Database) -> list[str]:
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT ticket_id FROM escalations WHERE role = $1", MANAGER)
    return [row["ticket_id"] for row in rows]


async def _all_told(here: Poisoned, tickets: set[str]) -> bool:
    return tickets <= await here.told()


async def _heard(receiver: Receiver, tickets: set[str]) -> bool:
    return tickets <= {ticket for ticket, _ in receiver.told}


async def _breakers_open(here: Poisoned, names: list[str]) -> bool:
    named = (await here.set_apart())["subscriptions"]
    return {each["subscription_id"] for each in named} == set(names)


async def _at_least(here: Poisoned, least: float, name: str, **labels: str) -> bool:
    return await here.metric(name, **labels) >= least


async def _none_apart(here: Poisoned) -> bool:
    return not (await here.set_apart())["tickets"]


async def _no_readers(here: Poisoned) -> bool:
    return not (await here.set_apart())["readers"]
