"""A zone's wall clock in numbers: what it shows at an instant, and the instants that show a time.

Everything here is an int. An *instant* is microseconds since the epoch, in UTC; a *reading* is what
the local clock shows, as microseconds since its own 1970-01-01 00:00.

Rule 5 is exact because nothing asks for "the" instant of a reading: a skipped one has none, a
repeated one has two. The time line is cut into pieces where the zone's offset changes; within a
piece, reading and instant differ by a constant.
"""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple, TypeAlias

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(days=1) // MICROSECOND

Stretch: TypeAlias = tuple[int, int]
"""From the first up to, but not including, the second."""


class Piece(NamedTuple):
    """Instants between which the offset (reading minus instant) does not change."""

    since: int
    until: int
    offset: int


class WallClock:
    """The local clock of one zone, or of a fixed offset from UTC."""

    __slots__ = ("_zone",)

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone

    def reading(self, at: int) -> int:
        """What the clock shows at an instant."""
        local = (EPOCH + at * MICROSECOND).astimezone(self._zone)
        return (local.replace(tzinfo=UTC) - EPOCH) // MICROSECOND

    def pieces(self, since: int, until: int) -> Iterator[Piece]:
        """Cut the time from ``since`` to ``until`` where the offset changes.

        Looks once a day, then for the very microsecond: no zone in tzdata has ever changed its
        offset twice within six days.
        """
        start, offset = since, self._offset(since)
        before = since
        for at in (*range(since + DAY, until, DAY), until - 1):
            if self._offset(at) != offset:
                change = self._change(before, at)
                yield Piece(start, change, offset)
                start, offset = change, self._offset(at)
            before = at
        yield Piece(start, until, offset)

    def showing(self, first: int, last: int) -> list[Stretch]:
        """The instants that read from ``first`` up to ``last``: none, one stretch or more (5)."""
        stretches: list[Stretch] = []
        for since, until, offset in self.pieces(first - DAY, last + DAY):
            start, end = max(first - offset, since), min(last - offset, until)
            if start >= end:
                continue
            if stretches and stretches[-1][1] == start:
                start, _ = stretches.pop()
            stretches.append((start, end))
        return stretches

    def first_showing(self, reading: int) -> int:
        """The first instant with this reading; for a skipped one, the instant that skips it."""
        pieces = self.pieces(reading - DAY, reading + DAY)
        piece = next(piece for piece in pieces if reading - piece.offset < piece.until)
        return max(reading - piece.offset, piece.since)

    def _offset(self, at: int) -> int:
        return self.reading(at) - at

    def _change(self, before: int, after: int) -> int:
        """The first instant whose offset is no longer that of ``before``."""
        offset = self._offset(before)
        changed = bisect_left(range(before, after), 1, key=lambda at: self._offset(at) != offset)
        return before + changed
