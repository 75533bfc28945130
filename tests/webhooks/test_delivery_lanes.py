"""Fairness: a subscriber that hangs holds up no other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from app.store.database import Database
from app.webhooks.lanes import (
    DEEP,
    MOST_FRESH,
    MOST_HELD,
    MOST_UNDER_WAY,
    NARROWEST,
    WIDEST,
    Lanes,
)
from tests.webhooks.receiver import hangs, receiving
from tests.webhooks.telling import Desk, telling


@dataclass(frozen=True, slots=True)
class Parcel:
    subscription_id: str
    number: int


def fill(lanes: Lanes[Parcel], subscription_id: str, count: int) -> None:
    for number in range(count):
        lanes.add(Parcel(subscription_id, number))


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
    for _ in range(MOST_UNDER_WAY // MOST_FRESH):
        begun = begin_all(lanes)
        assert len(begun) == MOST_FRESH
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
    assert lanes.rooms(["a"]) == {"a": DEEP}
    fill(lanes, "a", DEEP)
    assert lanes.rooms(["a", "b"]) == {"b": DEEP}
    names = [f"{number:03}" for number in range(100)]
    rooms = lanes.rooms(names)
    assert sum(rooms.values()) <= MOST_HELD - DEEP
    assert max(rooms.values()) - min(rooms.values()) <= 1


def test_a_quick_receiver_gets_more_ahead_and_one_that_hangs_less() -> None:
    lanes: Lanes[Parcel] = Lanes()
    for answered, more in ((True, True), (False, False)):
        fill(lanes, "a", WIDEST)
        for one in begin_all(lanes):
            lanes.end(one, answered=answered)
            lanes.settle(one)
        assert (lanes.rooms(["a"])["a"] > DEEP) is more


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
    async with telling(database, seconds=1.0) as desk:
        yield desk


async def test_one_that_hangs_does_not_hold_up_the_others(desk: Desk) -> None:
    async with AsyncExitStack() as stack:
        hanging = await stack.enter_async_context(receiving(behaviour=hangs))
        others = [await stack.enter_async_context(receiving()) for _ in range(4)]
        for receiver in (hanging, *others):
            await desk.subscribe(receiver)
        for number in range(100):
            await desk.open(f"T-{number}")
        desk.deliverer.start()
        async with asyncio.timeout(10):
            while any(len(receiver.heard) < 100 for receiver in others):
                await asyncio.sleep(0.01)
        assert len(hanging.heard) <= 4 * WIDEST
        await desk.deliverer.stop()
