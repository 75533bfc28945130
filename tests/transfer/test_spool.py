"""A file ticket by ticket: whole, in order, and never too much of it."""

from itertools import chain

import pytest

from app.store.database import bucket_of
from app.transfer import spool
from app.transfer.spool import LANES, Spool


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "MOST_LINES", 10)
    monkeypatch.setattr(spool, "MOST_BYTES", 1000)


def batches(lines: list[tuple[str, bytes]]) -> list[list[list[tuple[int, bytes]]]]:
    """What the lanes hold, batch by batch."""
    with Spool.made() as put_down:
        for number, (ticket, text) in enumerate(lines):
            put_down.add(ticket, number, text)
        assert put_down.count == len(lines)
        return [list(put_down.batches(lane)) for lane in range(LANES)]


def test_each_ticket_is_whole_and_in_order() -> None:
    lines = [(f"T-{number % 20}", b"%d" % number) for number in range(100)]
    found = batches(lines)
    for lane, held in enumerate(found):
        for batch in held:
            assert 10 <= len(batch) < 15 or batch is held[-1]
            tickets = [lines[number][0] for number, _ in batch]
            assert {bucket_of(ticket) % LANES for ticket in tickets} == {lane}
            assert len(set(tickets)) * 5 == len(batch), "five lines each"
            for ticket in set(tickets):
                numbers = [number for number, _ in batch if lines[number][0] == ticket]
                assert numbers == sorted(numbers)
    every = chain.from_iterable(chain.from_iterable(found))
    assert sorted(every) == [(number, text) for number, (_, text) in enumerate(lines)]


@pytest.mark.parametrize(("size", "most"), [(1, 40), (500, 8)])
def test_only_a_very_large_one_is_divided(size: int, most: int) -> None:
    (held,) = (lane for lane in batches([("T-1", b"x" * size)] * 100) if lane)
    assert [len(batch) for batch in held[:-1]] == [most] * (len(held) - 1)
    assert [number for batch in held for number, _ in batch] == list(range(100))


def test_of_nothing_there_is_nothing() -> None:
    assert batches([]) == [[], []]
