"""Lines of files: packed or not, cut off, damaged, far too long, and while one is waited for."""

import gzip
import os
import signal
import threading
from collections.abc import Sequence

import pytest

from app.transfer.lines import LONGEST, Damaged, Lines
from app.transfer.stopping import Interrupted, Stopping
from tests.transfer.histories import lines_of

THREE = b'{"a": 1}\r\n\n  \n{"b": 2}\n{"c": 3}'


def numbered(content: bytes) -> Sequence[tuple[int, bytes]]:
    """The lines that are not blank, by number."""
    return [(line.number, line.text) for line in lines_of(content)]


@pytest.mark.parametrize("content", [THREE, gzip.compress(THREE)], ids=["plain", "packed"])
def test_blank_ones_are_counted_and_passed_over(content: bytes) -> None:
    assert numbered(content) == [(1, b'{"a": 1}'), (4, b'{"b": 2}'), (5, b'{"c": 3}')]
    assert [line.cut_off for line in lines_of(content)] == [False, False, True]


def test_packed_files_may_stand_one_behind_the_other() -> None:
    assert numbered(gzip.compress(b"1\n") + gzip.compress(b"2\n")) == [(1, b"1"), (2, b"2")]


def test_nothing_has_no_lines() -> None:
    assert numbered(b"") == numbered(gzip.compress(b"")) == []


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (gzip.compress(THREE * 1000)[:-4], "cut off"),
        (gzip.compress(os.urandom(99999).hex().encode())[:5000], "cut off"),
        (gzip.compress(THREE)[:-8] + b"12345678", "damaged"),
        (gzip.compress(THREE) + b"more", "damaged"),
    ],
    ids=["end", "middle", "checksum", "behind"],
)
def test_damage_is_said(content: bytes, why: str) -> None:
    with pytest.raises(Damaged, match=why):
        numbered(content)


def test_a_line_without_end_is_passed_over() -> None:
    long = b"x" * (LONGEST + 5)
    before, found, after = lines_of(b"before\n" + long + b"\nafter\n")
    assert (before.too_long, found.too_long, after.too_long) == (False, True, False)
    assert (len(found.text), after.text, after.number) == (LONGEST, b"after", 3)
    (last,) = lines_of(long)
    assert last.too_long


def test_a_signal_ends_the_waiting() -> None:
    """For a line that may never come."""
    reading, writing = os.pipe()
    os.write(writing, b"one\n")
    with Stopping() as stopping, os.fdopen(reading, "rb") as file:
        lines = iter(Lines(file, stopping))
        assert next(lines).text == b"one"
        threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGTERM)).start()
        with pytest.raises(Interrupted):
            next(lines)
        with pytest.raises(Interrupted):
            stopping.check()
    os.close(writing)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
