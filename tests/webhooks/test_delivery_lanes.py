"""Fairness: a subscriber that hangs holds up no other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from app.store.database import Database
from app.webhooks.lanes import (
    DEEP,
    MOST_HELD,
    MOST_IN_A_MOMENT,
    MOST_UNDER_WAY,
    NARROWEST,
    WIDEST,
    Lanes,
    Room,
)
from tests.webhooks.receiver import answers_late, hangs, receiving
from tests.webhooks.telling import Desk, telling


@dataclass(frozen=True, slots=True)
class Parcel:
    subscription_id: str
    number: int
    is_retry: bool = False


def fill(lanes: Lanes[Parcel], subscription_id: str, count: int, *, is_retry: bool = False) -> None:
    for number in range(count):
        lanes.add(Parcel(subscription_id, number, is_retry))


def begin_all(lanes: Lanes[Parcel]) -> list[Parcel]:
    begun = []
    while (one := lanes.begin()) is not None:
        begun.append(one)
    return begun


def test_lanes_take_turns_and_keep_their_order() -> None:
    lanes: Lanes[Parcel] = Lanes()
    fill(lanes, "a", 3)
    fill(lanes, "b", 2)
    begun = [(one.subscription_id, one.number) for one in begin_all(lanes)]
    assert begun == [("a", 0), ("b", 0), ("a", 1), ("b", 1), ("a", 2)]


def test_a_lane_is_only_so_wide() -> None:
    lanes: Lanes[Parcel] = Lanes()
    fill(lanes, "a", WIDEST + 5)
    begun = begin_all(lanes)
    assert len(begun) == WIDEST
    lanes.end(begun[0], answered=True)
    assert len(begin_all(lanes)) == 1


def test_all_together_are_only_so_many_in_a_moment_and_at_all() -> None:
    lanes: Lanes[Parcel] = Lanes()
    for number in range(20):
        fill(lanes, f"{number}", WIDEST)
    for _ in range(MOST_UNDER_WAY // MOST_IN_A_MOMENT):
        begun = begin_all(lanes)
        assert len(begun) == MOST_IN_A_MOMENT
        lanes.moment()
    assert lanes.under_way == MOST_UNDER_WAY
    assert begin_all(lanes) == []
    assert not lanes.stands
    lanes.end(begun[0], answered=True)
    assert len(begin_all(lanes)) == 1


def test_as_one_ends_another_begins_without_a_moment_between() -> None:
    lanes: Lanes[Parcel] = Lanes()
    for number in range(4):
        fill(lanes, f"{number}", WIDEST)
    begun = begin_all(lanes)
    assert lanes.stands
    for one in begun:
        lanes.end(one, answered=True)
        assert len(begin_all(lanes)) == 1


def test_a_lane_narrows_while_nothing_answers_and_widens_again() -> None:
    lanes: Lanes[Parcel] = Lanes()
    fill(lanes, "a", DEEP)
    for one in begin_all(lanes):
        lanes.end(one, answered=False)
    begun = begin_all(lanes)
    assert len(begun) == NARROWEST
    lanes.end(begun[0], answered=True)
    assert len(begin_all(lanes)) == NARROWEST + 1, "twice as wide, less those under way"


def test_one_that_was_not_attempted_says_nothing_of_its_receiver() -> None:
    lanes: Lanes[Parcel] = Lanes()
    fill(lanes, "a", WIDEST + 1)
    lanes.end(begin_all(lanes)[0], answered=None)
    assert len(begin_all(lanes)) == 1


def test_room_is_shared_and_ends() -> None:
    lanes: Lanes[Parcel] = Lanes()
    assert lanes.rooms(["a"]) == {"a": Room(DEEP, DEEP // 2)}
    fill(lanes, "a", DEEP)
    fill(lanes, "a", DEEP // 2, is_retry=True)
    assert lanes.rooms(["a", "b"]) == {"b": Room(DEEP, DEEP // 2)}
    names = [f"{number:03}" for number in range(100)]
    rooms = lanes.rooms(names).values()
    for most, got in (
        (MOST_HELD - DEEP, [room.first for room in rooms]),
        (MOST_HELD // 2 - DEEP // 2, [room.again for room in rooms]),
    ):
        assert sum(got) <= most
        assert max(got) - min(got) <= 1


def test_first_attempts_go_before_retries_that_have_waited_longer() -> None:
    lanes: Lanes[Parcel] = Lanes()
    fill(lanes, "a", 3, is_retry=True)
    fill(lanes, "b", 3, is_retry=True)
    fill(lanes, "a", 2)
    begun = [(one.subscription_id, one.is_retry) for one in begin_all(lanes)]
    assert begun[:2] == [("a", False)] * 2
    assert begun[2:] == [("a", True), ("b", True)] * 3


def test_retries_leave_half_of_every_limit_to_first_attempts() -> None:
    lanes: Lanes[Parcel] = Lanes()
    fill(lanes, "a", WIDEST, is_retry=True)
    assert len(begin_all(lanes)) == WIDEST // 2
    fill(lanes, "a", WIDEST)
    assert [one.is_retry for one in begin_all(lanes)] == [False] * (WIDEST // 2)
    for number in range(20):
        fill(lanes, f"{number}", WIDEST, is_retry=True)
    for _ in range(10):
        lanes.moment()
        begin_all(lanes)
    assert lanes.under_way == MOST_UNDER_WAY // 2 + WIDEST // 2
    lanes.moment()
    fill(lanes, "new", 1)
    assert [one.subscription_id for one in begin_all(lanes)] == ["new"]
    many = {f"{number:03}": Room(1, 1) for number in range(2 * MOST_HELD)}
    rooms = lanes.rooms(many).values()
    assert sum(room.again for room in rooms) <= MOST_HELD // 2
    assert sum(room.first for room in rooms) > MOST_HELD // 2


def test_what_is_taken_out_of_one_lane_leaves_the_others() -> None:
    lanes: Lanes[Parcel] = Lanes()
    fill(lanes, "a", 2)
    fill(lanes, "a", 2, is_retry=True)
    fill(lanes, "b", 1)
    assert {one.subscription_id for one in lanes.drain(["a", "unknown"])} == {"a"}
    assert [one.subscription_id for one in begin_all(lanes)] == ["b"]


def test_a_quick_receiver_gets_more_ahead_and_one_that_hangs_less() -> None:
    lanes: Lanes[Parcel] = Lanes()
    for answered, more in ((True, True), (False, False)):
        fill(lanes, "a", WIDEST)
        for one in begin_all(lanes):
            lanes.end(one, answered=answered)
            lanes.settle(one)
        assert (lanes.rooms(["a"])["a"].first > DEEP) is more


def test_what_is_settled_or_drained_leaves_no_trace() -> None:
    lanes: Lanes[Parcel] = Lanes()
    fill(lanes, "a", WIDEST + 3)
    begun = begin_all(lanes)
    drained = lanes.drain()
    assert [one.number for one in drained] == [WIDEST, WIDEST + 1, WIDEST + 2]
    for one in begun:
        lanes.end(one, answered=True)
    for one in begun + drained:
        lanes.settle(one)
    assert (lanes.held, lanes.under_way, begin_all(lanes)) == (0, 0, [])


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with telling(database) as desk:
        yield desk


async def test_one_of_twenty_that_hangs_is_waited_for_by_none_of_the_others(desk: Desk) -> None:
    async with AsyncExitStack() as stack:
        hanging = await stack.enter_async_context(receiving(behaviour=hangs))
        others = [await stack.enter_async_context(receiving()) for _ in range(19)]
        names = [await desk.subscribe(receiver) for receiver in (hanging, *others)]
        for number in range(20):
            await desk.open(f"T-{number}")
        desk.deliverer.start()
        async with asyncio.timeout(10):
            while any(len(receiver.heard) < 20 for receiver in others):
                await asyncio.sleep(0.01)
        assert await desk.fetch("SELECT FROM delivery_attempts WHERE status IS NULL") == []
        assert len(hanging.heard) <= WIDEST
        await desk.deliverer.stop()
        [waiting] = await desk.fetch(
            "SELECT count(*) FROM deliveries WHERE subscription_id = $1 AND status = 'pending'",
            names[0],
        )
        assert waiting["count"] == 20


RETRIES = """
    INSERT INTO deliveries (bucket, delivery_id, subscription_id, ticket_id, event_id, sequence,
                            status, attempts, created_at, queued_at, due_at, first_attempt_at)
    SELECT bucket, 'retry-' || number, subscription_id, ticket_id, event_id, sequence, 'pending', 1,
           created_at, created_at - interval '1 h', created_at - interval '10 min',
           created_at - interval '1 h'
    FROM deliveries, generate_series(1, 10000) AS number
"""


async def test_first_attempts_do_not_wait_behind_ten_thousand_retries(desk: Desk) -> None:
    async with receiving(behaviour=answers_late(0.05)) as receiver:
        await desk.subscribe(receiver)
        await desk.open("old")
        await desk.fetch(RETRIES)
        desk.deliverer.start()
        async with asyncio.timeout(10):
            while len(receiver.heard) < 200:
                await asyncio.sleep(0.01)
            for number in range(20):
                desk.deliverer.on_recorded(await desk.open(f"new-{number}"))
            while len({ticket for ticket, _ in receiver.told}) < 21:
                await asyncio.sleep(0.01)
        await desk.deliverer.stop()
    told = [ticket for ticket, _ in receiver.told]
    new = [place for place, ticket in enumerate(told) if ticket != "old"]
    behind = new[-1] - new[0]
    assert behind < 1000, f"{behind} of 10,000 retries went between them"
    [left] = await desk.fetch("SELECT count(*) FROM deliveries WHERE status = 'pending'")
    assert left["count"] > 8000


async def test_answers_of_one_that_hangs_are_soon_expected_no_more(desk: Desk) -> None:
    """What others answer is not gathered for its sake."""
    async with receiving(behaviour=hangs) as hanging, asyncio.timeout(10):
        await desk.subscribe(hanging)
        await desk.open("T-1")
        await desk.deliverer.claim()
        under_way = desk.deliverer.busy
        assert under_way == desk.deliverer.expected > 0
        while desk.deliverer.expected:
            await asyncio.sleep(0.01)
        assert desk.deliverer.busy == under_way
        await desk.deliverer.stop()
