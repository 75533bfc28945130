"""``GET /v1/stream``: the log as Server-Sent Events, as it grows."""

import asyncio
import re
import signal
from contextlib import AsyncExitStack
from itertools import count

import pytest

from app.api import connection, event_stream
from app.projections import following
from app.settings import Settings
from app.store.database import Database
from tests.api.keyed import key
from tests.api.raw import END, connected, head
from tests.api.story import Reader
from tests.api.streaming import Listener, listening
from tests.conftest import PROJECT, Running, serving
from tests.processes import data_folder, free_port, served
from tests.recording.reporting import event, opening, post, send

_numbers = count(1)
PLANS = {"portaone": {}, "syneto": {"plan": "basic"}}


async def replies(running: Running, rounds: int, *tickets: str) -> None:
    """Replies to each ticket, every round in a transaction of its own."""
    for _ in range(rounds):
        told = [event(str(next(_numbers)), "agent_replied", None, ticket) for ticket in tickets]
        await post(running, *told)


async def opened(running: Running, *tickets: str, policy: str = "portaone") -> None:
    """Tickets are opened."""
    told = [opening(None, ticket, policy=policy, **PLANS[policy]) for ticket in tickets]
    await post(running, *told)


async def log(running: Running, **question: object) -> list[dict[str, object]]:
    """The log, from its beginning or a position."""
    pages = await Reader(running).all_pages("/v1/events", limit=500, **question)
    return [each for page in pages for each in page]


async def until_nobody_follows(running: Running) -> None:
    """Waits until the service knows of no follower."""
    async with asyncio.timeout(10):
        while running.service.feed.followers:
            await asyncio.sleep(0.02)


async def test_who_follows_is_told_what_happens_from_now_on(running: Running) -> None:
    await opened(running, "T-1")
    (*_, last) = await log(running)
    async with listening(running) as listener:
        assert listener.last_id == str(last["position"])
        assert b"content-type: text/event-stream" in listener.answer
        assert b"cache-control: no-store" in listener.answer
        await replies(running, 3, "T-1")
        expected = await log(running, after=last["position"])
        assert await listener.events(len(expected)) == expected


async def test_from_a_position_on_everything_is_told_without_gap_or_doubling(
    running: Running,
) -> None:
    """Though it is written while they catch up, and by the end they follow live."""
    await opened(running, "T-1", "T-2")
    await replies(running, 20, "T-1", "T-2")
    async with listening(running, after=0) as listener:
        writing = asyncio.create_task(replies(running, 60, "T-1", "T-2"))
        early = await listener.events(50)
        await writing
        everything = await log(running)
        assert early + await listener.events(len(everything) - 50) == everything


async def test_who_comes_again_with_the_last_id_resumes_there(running: Running) -> None:
    await opened(running, "T-1")
    await replies(running, 5, "T-1")
    everything = await log(running)
    async with listening(running, after=0) as listener:
        seen = await listener.events(3)
    resumed = {"Last-Event-ID": str(listener.last_id)}
    async with listening(running, resumed, after=0) as listener:
        seen += await listener.events(len(everything) - 3)
    assert seen == everything
    async with listening(running, {"Last-Event-ID": ""}, after=0) as listener:
        assert await listener.events(len(everything)) == everything


async def test_who_was_told_nothing_yet_can_resume_too(running: Running) -> None:
    await opened(running, "T-1")
    async with listening(running) as listener:
        pass
    await replies(running, 1, "T-1")
    async with listening(running, {"Last-Event-ID": str(listener.last_id)}) as listener:
        (seen,) = await listener.events(1)
        assert seen["type"] == "ticket.agent_replied"


async def test_filters_hold_for_what_was_and_for_what_comes(running: Running) -> None:
    await opened(running, "T-1", "T-2")
    await opened(running, "T-3", policy="syneto")
    await replies(running, 2, "T-1", "T-2", "T-3")
    question = {"type": ["ticket.agent_replied", "sla.met"], "ticket": ["T-1", "T-3"]}
    for more in ({}, {"policy": "syneto"}):
        async with listening(running, after=0, **question, **more) as listener:
            past = await log(running, **question, **more)
            assert await listener.events(len(past)) == past
            await replies(running, 2, "T-1", "T-2", "T-3")
            news = (await log(running, **question, **more))[len(past) :]
            assert len(news) >= 2
            assert await listener.events(len(news)) == news


async def test_a_bound_key_follows_its_policies_tickets(running: Running) -> None:
    bound = await key(running, "read", policies=["syneto"])
    running.client.headers.update(await key(running, "admin"))
    await opened(running, "T-1")
    async with (
        listening(running, bound, after=0) as listener,
        listening(running, bound, after=0, policy="portaone") as deaf,
    ):
        await opened(running, "T-2", policy="syneto")
        await replies(running, 2, "T-1", "T-2")
        seen = await listener.events(3)
        assert {each["subject"] for each in seen} == {"T-2"}
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await deaf.events(1)


class TestHeartbeats:
    """With a short silence."""

    @pytest.fixture(autouse=True)
    def _short(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(event_stream, "HEARTBEAT_SECONDS", 0.3)

    async def test_a_silent_stream_beats(self, running: Running) -> None:
        async with listening(running) as listener:
            assert [await listener.block() for _ in range(3)] == [{"": ""}] * 3

    async def test_a_beat_hands_on_how_far_the_log_was_read(self, running: Running) -> None:
        await opened(running, "T-1")
        async with listening(running, type="ticket.closed") as listener:
            await replies(running, 1, "T-1")
            (*_, last) = await log(running)
            async with asyncio.timeout(10):
                while listener.last_id != str(last["position"]):
                    block = await listener.block()
                    assert block is not None
                    assert "data" not in block

    async def test_a_busy_stream_that_leaves_everything_out_beats_too(
        self, running: Running
    ) -> None:
        await opened(running, "T-1")
        async with listening(running, type="ticket.closed") as listener:
            writing = asyncio.create_task(replies(running, 200, "T-1"))
            for _ in range(2):
                block = await listener.block()
                assert block is not None
                assert "" in block
            await writing

    @pytest.mark.parametrize("busy", [False, True])
    async def test_a_stream_ends_when_its_key_is_revoked(
        self, running: Running, busy: bool
    ) -> None:
        running.client.headers.update(await key(running, "admin", name="admin"))
        held = await key(running, "read", name="reader")
        await opened(running, "T-1")
        async with listening(running, held) as listener, listening(running, held) as other:
            answer = await running.client.delete("/v1/keys/reader")
            assert answer.status_code == 200
            writing = asyncio.create_task(replies(running, 300 if busy else 0, "T-1"))
            await asyncio.gather(listener.to_the_end(), other.to_the_end())
            await writing
        async with listening(running, held) as listener:
            assert listener.status == 401

    async def test_once_there_is_a_key_a_stream_without_one_ends(self, running: Running) -> None:
        async with listening(running) as listener:
            await key(running, "read")
            await listener.to_the_end()


async def test_those_beyond_the_limit_are_asked_to_come_again(
    settings: Settings, database_url: str
) -> None:
    few = settings.model_copy(update={"most_followers": 2})
    async with serving(few, database_url) as running:
        async with listening(running), listening(running), listening(running) as third:
            assert third.status == 503
            assert b"retry-after: 10" in third.answer
        await until_nobody_follows(running)
        async with listening(running) as listener:
            assert listener.status == 200


async def get_stuck(
    running: Running, connection_: tuple[asyncio.StreamReader, asyncio.StreamWriter]
) -> None:
    """Asks for more than the buffers on the way hold, and does not read it."""
    reader, writer = connection_
    writer.write(head(method="GET", path="/v1/stream?after=0", close=False))
    await reader.readuntil(END)
    large = [event(f"{n}", "updated", attributes={"text": "x" * 60_000}) for n in range(250)]
    for part in (large[:125], large[125:]):
        await post(running, *part)


async def test_who_does_not_read_is_cut_off_and_holds_up_nobody(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While who reads nothing because nothing happens is not."""
    monkeypatch.setattr(connection, "READ_SECONDS", 1.0)
    await opened(running, "T-1")
    async with (
        connected(running) as stuck,
        listening(running, type="ticket.closed") as quiet,
        listening(running, ticket="T-1") as reads,
    ):
        await get_stuck(running, stuck)
        assert len(await reads.events(250)) == 250
        async with asyncio.timeout(10):
            while running.service.feed.followers > 2:
                await asyncio.sleep(0.1)
        await post(running, event("closed", "closed"))
        await quiet.events(1)


async def test_who_is_further_behind_than_the_newest_events_pages_through_the_log(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given that hardly anything is kept, everybody is behind again and again."""
    monkeypatch.setattr(following, "MOST_RECENT_BYTES", 3000)
    monkeypatch.setattr(following, "PIECE_BYTES", 800)
    monkeypatch.setattr(following, "PAGE", 3)
    await opened(running, "T-1", "T-2")
    async with listening(running, after=0) as listener, listening(running, after=0) as other:
        await replies(running, 40, "T-1", "T-2")
        everything = await log(running)
        assert await listener.events(len(everything)) == everything
        assert await other.events(len(everything)) == everything


async def test_what_another_replica_records_is_seen(
    running: Running, settings: Settings, database_url: str
) -> None:
    async with serving(settings, database_url) as other, listening(running) as listener:
        await opened(other, "T-1")
        (seen,) = await listener.events(1)
        assert seen["type"] == "ticket.opened"


async def test_who_leaves_is_forgotten_and_nothing_is_kept_for_nobody(running: Running) -> None:
    async with listening(running), listening(running):
        await opened(running, "T-1")
        assert running.service.feed.followers == 2
    await until_nobody_follows(running)
    assert running.service.feed.recent is None


async def test_no_connection_to_the_database_is_held(settings: Settings, database_url: str) -> None:
    """There are more followers than connections."""
    few = settings.model_copy(update={"pool_size": 4})
    async with serving(few, database_url) as running, AsyncExitStack() as stack:
        listeners = [await stack.enter_async_context(listening(running)) for _ in range(12)]
        await opened(running, "T-1")
        for listener in listeners:
            await listener.events(1)
        assert running.service.database.pool().in_use <= 2


async def test_five_hundred_who_follow_are_each_told_everything_in_order(
    running: Running,
) -> None:
    await opened(running, "T-1", "T-2")
    (*_, last) = await log(running)
    async with AsyncExitStack() as stack:
        listeners: list[Listener] = []
        for number in range(500):
            ticket = {"ticket": "T-1"} if number % 5 == 0 else {}
            listeners.append(await stack.enter_async_context(listening(running, **ticket)))
        await replies(running, 12, "T-1", "T-2")
        expected = await log(running, after=last["position"])
        of_one = [each for each in expected if each["subject"] == "T-1"]
        wanted = [of_one if number % 5 == 0 else expected for number in range(500)]
        seen = await asyncio.gather(
            *(
                listener.events(len(events))
                for listener, events in zip(listeners, wanted, strict=True)
            )
        )
        assert seen == wanted


async def test_a_service_that_stops_ends_its_streams() -> None:
    with data_folder() as data:
        port = free_port()
        async with served(data, port) as (process, client):
            url = str(client.base_url).rstrip("/")
            async with AsyncExitStack() as stack:
                answers = [
                    await stack.enter_async_context(client.stream("GET", "/v1/stream"))
                    for _ in range(5)
                ]
                assert [answer.status_code for answer in answers] == [200] * 5, url
                process.send_signal(signal.SIGTERM)
                async with asyncio.timeout(10):
                    bodies = [await answer.aread() for answer in answers]
                    assert await process.wait() == 0
                assert all(body.startswith(b"retry: 2000\nid: 0\n\n") for body in bodies)


async def test_who_does_not_read_does_not_hold_up_a_service_that_stops(
    settings: Settings,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(connection, "LAST_READ_SECONDS", 0.5)
    async with AsyncExitStack() as stack:
        async with serving(settings, database_url) as running:
            await opened(running, "T-1")
            stuck = await stack.enter_async_context(connected(running))
            await get_stuck(running, stuck)
            assert running.service.feed.followers == 1
        assert running.service.feed.followers == 0
    assert "Exception in ASGI application" not in caplog.text


async def test_the_commands_of_the_guide_work(running: Running) -> None:
    guide = (PROJECT / "docs" / "reading.md").read_text().partition("## Following the log")[2]
    following_, *_ = guide.partition("\n## ")
    page, stream = re.findall(r"127\.0\.0\.1:8000(/v1/[^\"]*)", following_)
    await opened(running, "T-1")
    assert len((await running.client.get(page)).json()["items"]) >= 1
    async with running.client.stream("GET", stream) as answer:
        assert answer.status_code == 200
        assert await anext(answer.aiter_lines()) == "retry: 2000"


WRONG = [
    ({"after": "-1"}, {}),
    ({"after": "x"}, {}),
    ({"after": str(2**63)}, {}),
    ({"type": "a\0b"}, {}),
    ({"ticket": ["x"] * 101}, {}),
    ({"policy": "x" * 201}, {}),
    ({"limit": "5"}, {}),
    ({"cursor": "5"}, {}),
    ({}, {"Last-Event-ID": "x"}),
    ({}, {"Last-Event-ID": "-1"}),
    ({}, {"Last-Event-ID": "1 2"}),
    ({}, {"Last-Event-ID": "9" * 40_000}),
    ({"after": "1"}, {"Last-Event-ID": str(2**63)}),
]


@pytest.mark.parametrize(("question", "headers"), WRONG)
async def test_a_wrong_question_is_422(
    running: Running, question: dict[str, object], headers: dict[str, str]
) -> None:
    async with listening(running, headers, **question) as listener:
        assert listener.status == 422
        assert b"application/problem+json" in listener.answer


async def test_without_the_database_nobody_can_begin_and_who_follows_goes_on_later(
    running: Running, database: Database
) -> None:
    """Its connections are cut, as when PostgreSQL is started again."""
    async with listening(running) as listener:
        async with database.connection() as other:
            await other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        async with asyncio.timeout(20):
            while (await send(running, opening())).status_code != 200:
                await asyncio.sleep(0.1)
        (seen,) = await listener.events(1)
        assert seen["subject"] == "T-1"
