"""The log in its order: whatever commits late or never, no reader misses anything."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.domain.events import AGENT_REPLIED, OPENED
from app.policy_files import load_folder
from app.projections import feed
from app.projections.feed import Filters, LogEvent, end_of_log, position_and_lag
from app.projections.following import Feed
from app.recording.new_fact import NewFact
from app.recording.recorder import Recorder
from app.settings import Settings
from app.store.database import Connection, Database
from app.store.policies import PolicyBook
from app.transfer import restoring
from tests.conftest import DatabaseServer, Running
from tests.projections.logged import Writer, connected, positions, read_on
from tests.recording.reporting import event, opening, post
from tests.transfer.histories import another_database, exported, restored

REAL = hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
async def writers(database_url: str) -> AsyncIterator[tuple[Writer, Writer]]:
    """Two who write to the log."""
    async with connected(database_url) as first, connected(database_url) as second:
        yield Writer(first), Writer(second)


async def test_what_commits_late_holds_back_what_comes_after_it(
    database: Database, writers: tuple[Writer, Writer]
) -> None:
    late, quick = writers
    before = await quick.writes()
    await late.begin()
    held = await late.write()
    after = await quick.writes()
    events, place = await read_on(database, 0)
    assert positions(events) == [before]
    await late.commit()
    assert positions((await read_on(database, place))[0]) == [held, after]


async def test_one_that_has_not_drawn_its_position_yet_holds_back_nothing_that_was_there(
    database: Database, writers: tuple[Writer, Writer]
) -> None:
    late, quick = writers
    before = await quick.writes()
    await late.begin()
    after = await quick.writes()
    assert positions((await read_on(database, 0))[0]) == [before]
    held = await late.write()
    await late.commit()
    assert positions((await read_on(database, before))[0]) == [after, held]


async def test_what_is_rolled_back_is_passed_over(
    database: Database, writers: tuple[Writer, Writer]
) -> None:
    late, quick = writers
    await late.begin()
    await late.write()
    after = await quick.writes()
    assert (await read_on(database, 0)) == ([], 0)
    await late.roll_back()
    events, place = await read_on(database, 0)
    assert (positions(events), place) == ([after], after)


async def test_how_far_readers_are_behind_can_be_told(
    database: Database, writers: tuple[Writer, Writer]
) -> None:
    late, quick = writers
    before = await quick.writes()
    await late.begin()
    drawn = await late.write()
    async with database.connection() as connection:
        assert await position_and_lag(connection) == (drawn, before)
        await late.roll_back()
        assert await position_and_lag(connection) == (drawn, drawn)
        assert await end_of_log(connection) == before, "nothing stands where it was rolled back"


OTHERS_LOCKS = (
    "SELECT pg_advisory_xact_lock_shared(-1)",
    "SELECT pg_advisory_xact_lock_shared(0, 0)",
    "SELECT pg_advisory_xact_lock(0)",
    "SELECT count(*) FROM events",
    "LOCK TABLE events IN ACCESS SHARE MODE",
)
"""What other transactions may do that write nothing to the log."""


async def test_who_writes_nothing_to_the_log_holds_up_nobody(
    database: Database, database_url: str, writers: tuple[Writer, Writer]
) -> None:
    """Transactions that only read, other kinds of advisory locks, and an old snapshot."""
    before = await writers[0].writes()
    async with AsyncExitStack() as stack:
        for statement in OTHERS_LOCKS:
            idle = await stack.enter_async_context(connected(database_url))
            await stack.enter_async_context(idle.transaction(isolation="repeatable_read"))
            await idle.execute(statement)
        place = await writers[0].writes()
        assert positions((await read_on(database, 0))[0]) == [before, place]


async def test_who_writes_to_another_database_holds_up_nobody(
    database: Database, writers: tuple[Writer, Writer], database_server: DatabaseServer
) -> None:
    async with another_database(database_server) as url, connected(url) as elsewhere:
        late = Writer(elsewhere)
        await late.begin()
        await late.write()
        place = await writers[0].writes()
        assert positions((await read_on(database, 0))[0]) == [place]
        await late.roll_back()


STEPS = st.lists(
    st.tuples(
        st.integers(0, 2), st.sampled_from(["begin", "write", "write", "commit", "roll back"])
    ),
    min_size=6,
    max_size=20,
)


@REAL
@given(steps=STEPS, limit=st.integers(1, 4))
def test_in_whatever_order_transactions_begin_write_and_end_a_reader_sees_all_in_order(
    steps: list[tuple[int, str]], limit: int, database_url: str
) -> None:
    """Though it looks after every step."""
    asyncio.run(_interleaved(steps, limit, database_url))


async def _interleaved(steps: list[tuple[int, str]], limit: int, url: str) -> None:
    async with AsyncExitStack() as stack:
        database = Database(url)
        stack.push_async_callback(database.close)
        _, place = await read_on(database, 0, limit=500)
        writers = [Writer(await stack.enter_async_context(connected(url))) for _ in range(3)]
        open_: dict[int, list[int]] = {}
        committed: set[int] = set()
        seen: list[int] = []
        for number, step in [*steps, *((number, "commit") for number in range(3))]:
            if step in ("begin", "write"):
                if number not in open_:
                    open_[number] = []
                    await writers[number].begin()
                if step == "write":
                    open_[number].append(await writers[number].write())
            elif number in open_ and step == "commit":
                committed.update(open_.pop(number))
                await writers[number].commit()
            elif number in open_:
                del open_[number]
                await writers[number].roll_back()
            events, place = await read_on(database, place, limit=limit)
            seen += positions(events)
        assert seen == sorted(committed)


class _Undone(Exception):
    """A transaction is rolled back."""


class _Slow(Database):
    """A database whose transactions stay open for a while, and some are then rolled back."""

    @asynccontextmanager
    async def recording(self) -> AsyncIterator[Connection]:
        async with super().recording() as connection:
            yield connection
            await asyncio.sleep(random.random() * 0.02)  # noqa: S311  # for a while
            if random.random() < 0.2:  # noqa: S311  # now and then
                raise _Undone


async def test_with_sixteen_writers_who_hold_and_undo_transactions_nobody_misses_anything(
    settings: Settings, database: Database, database_url: str
) -> None:
    """Readers who page, who look for a type, and who follow, beside one that sleeps."""
    policies = PolicyBook()
    await policies.register(database, load_folder(settings.policies_dir))
    slow = _Slow(database_url, pool_size=16)
    recorder = Recorder(slow, policies, None)
    opened = [
        NewFact(f"T-{n}", "desk", "1", OPENED, None, {"policy": "portaone", "severity": "P2"})
        for n in range(48)
    ]
    await Recorder(database, policies, None).record(opened)
    following = Feed(database, 10)
    following.start()
    done = asyncio.Event()
    async with connected(database_url) as idle, idle.transaction(isolation="repeatable_read"):
        await idle.fetchval("SELECT count(*) FROM events")
        readers = [
            asyncio.create_task(_paging(database, done, Filters())),
            asyncio.create_task(_paging(database, done, Filters(frozenset({AGENT_REPLIED})))),
            asyncio.create_task(_following(following, database, done)),
        ]
        await asyncio.gather(*(_write(recorder, number) for number in range(16)))
        done.set()
        everything, replies, followed = await asyncio.gather(*readers)
    await following.stop()
    await slow.close()
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT position, type FROM events ORDER BY position")
    assert len(rows) > 600
    assert positions(everything) == [row["position"] for row in rows]
    assert positions(followed) == [row["position"] for row in rows]
    expected = [row["position"] for row in rows if row["type"] == AGENT_REPLIED]
    assert positions(replies) == expected
    streams: dict[str, list[int]] = {}
    for each in everything:
        streams.setdefault(each.ticket_id, []).append(_version(each))
    assert all(stream == sorted(stream) for stream in streams.values())


async def _write(recorder: Recorder, writer: int) -> None:
    """Twenty transactions of a few tickets each."""
    for turn in range(20):
        tickets = random.sample(range(48), 3)
        facts = [
            NewFact(f"T-{ticket}", "desk", f"{writer}-{turn}", AGENT_REPLIED, None, {})
            for ticket in tickets
        ]
        with suppress(_Undone):
            await recorder.record(facts)


async def _paging(database: Database, done: asyncio.Event, filters: Filters) -> list[LogEvent]:
    seen: list[LogEvent] = []
    place, last = 0, False
    while not last:
        last = done.is_set()
        events, place = await read_on(database, place, filters, limit=7)
        seen += events
        await asyncio.sleep(0)
    return seen


async def _following(feed: Feed, database: Database, done: asyncio.Event) -> list[LogEvent]:
    follower = feed.follow(0, Filters())
    seen: list[LogEvent] = []
    while not done.is_set() or follower.position < await _end(database):
        seen += await follower.take()
        await follower.wait(0.1)
    follower.leave()
    return seen


async def _end(database: Database) -> int:
    async with database.connection() as connection:
        return await end_of_log(connection)


def _version(event: LogEvent) -> int:
    return int(msgspec.json.decode(event.content)["version"])


async def test_filters_leave_out_the_same_for_who_pages_and_for_who_follows(
    running: Running, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a page that looks at few events says where it has looked."""
    await post(running, opening(severity="P1"), event("1", "agent_replied"))
    await post(running, opening(None, "T-2", policy="syneto", severity="P1", plan="basic"))
    await post(running, event("early", "agent_replied", None, "T-x"))
    everything, end = await read_on(database, 0)
    monkeypatch.setattr(feed, "LOOK_AT", 2)
    found = set()
    for filters in _all_filters():
        events, place = await read_on(database, 0, filters, limit=2)
        assert positions(events) == positions([e for e in everything if filters.match(e)])
        assert place == end
        found.add(len(events))
    assert len(found) > 3


def _all_filters() -> list[Filters]:
    none: frozenset[str] = frozenset()
    return [
        Filters(types, tickets, policies)
        for types in (none, frozenset({OPENED}), frozenset({AGENT_REPLIED, "sla.met"}))
        for tickets in (none, frozenset({"T-1", "T-x"}), frozenset({"T-2"}))
        for policies in (none, frozenset({"portaone"}), frozenset({"syneto", ""}))
    ]


async def test_a_page_is_bounded_in_bytes_too(
    database: Database, writers: tuple[Writer, Writer]
) -> None:
    """It ends with the event that brings it there."""
    places = [await writers[0].writes(data="x" * 3000) for _ in range(3)]
    places.append(await writers[0].writes(data="x" * 9000))
    pages, after, more = [], 0, True
    async with database.connection() as connection:
        while more:
            page = await feed.read_log(connection, after, most_bytes=5000)
            pages.append(positions(list(page.events)))
            after, more = page.position, page.more
    assert pages == [places[:2], places[2:], []]
    assert after == places[-1]


async def test_an_event_that_cannot_be_read_does_not_stop_its_readers(
    running: Running, database: Database
) -> None:
    await post(running, opening(severity="P1"), event("1", "agent_replied"))
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT position, data FROM events WHERE type LIKE 'sla.%'")
        await connection.execute("UPDATE events SET data = '{}' WHERE type LIKE 'sla.%'")
        events, _ = await read_on(database, 0)
        poisoned = [each for each in events if each.type.startswith("sla.")]
        assert positions(poisoned) == [row["position"] for row in rows]
        assert all(b'"data":{}' in each.content for each in poisoned)
        for row in rows:
            restore = "UPDATE events SET data = $2 WHERE position = $1"
            await connection.execute(restore, row["position"], row["data"])


async def test_a_log_that_is_restored_does_not_fill_in_behind_its_readers(
    running: Running,
    database: Database,
    database_server: DatabaseServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Though an attempt that was rolled back has drawn its positions already."""
    await post(running, opening(severity="P1"), event("1", "agent_replied"))
    content = await exported(database)
    everything, _ = await read_on(database, 0)
    monkeypatch.setattr(restoring, "MOST_EVENTS", 1)
    async with another_database(database_server) as url:
        empty, done = Database(url), asyncio.Event()
        async with empty.connection() as connection:
            await connection.fetchval("SELECT setval('event_position', 1000)")
        assert await read_on(empty, 0) == ([], 0)
        reader = asyncio.create_task(_paging(empty, done, Filters()))
        await restored(empty, content, folded=False)
        done.set()
        assert [each.content for each in await reader] == [each.content for each in everything]
        await empty.close()
