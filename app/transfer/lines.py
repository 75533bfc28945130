"""The lines of a file, packed by gzip or not, one after the other: never more of it in memory."""

import gzip
import os
import stat
import zlib
from collections.abc import Iterator
from io import DEFAULT_BUFFER_SIZE, BufferedReader
from typing import NamedTuple, cast

from app.domain.errors import EscalatorError
from app.transfer.stopping import Stopping

LONGEST = 16 * 1024 * 1024
"""Bytes of a line that are read; the rest of a longer one is passed over."""

GZIP = b"\x1f\x8b"


class Damaged(EscalatorError):
    """A file that is cut off, or says what cannot be."""


class Line(NamedTuple):
    """A line of a file, without its end."""

    number: int
    text: bytes
    too_long: bool = False
    cut_off: bool = False
    """Whether the file ends without ending this line."""


class Lines:
    """A file's lines that are not blank. Damaged if it was packed and is cut off.

    While one is waited for, which from a terminal or a pipe may take for ever, a signal to stop
    ends the waiting: Interrupted.
    """

    def __init__(self, file: BufferedReader, stopping: Stopping) -> None:
        self.number = 0
        """Of the last line read."""
        self._file = file
        self._stopping = stopping
        self._size = _size(file)
        packed = file.peek(len(GZIP)).startswith(GZIP)
        self._lines = _unpacked(file) if packed else file

    def share(self) -> float | None:
        """How much of the file is read, from 0 to 1; None where nobody knows how long it is."""
        return self._file.tell() / self._size if self._size else None

    def __iter__(self) -> Iterator[Line]:
        while text := self._stopping.unless(lambda: self._read(LONGEST)):
            self.number += 1
            ended = text.endswith(b"\n")
            too_long = not ended and len(text) == LONGEST
            if too_long:
                self._stopping.unless(self._pass_over)
            stripped = text.strip()
            if stripped:
                yield Line(self.number, stripped, too_long, not ended and not too_long)

    def _pass_over(self) -> None:
        while (rest := self._read(DEFAULT_BUFFER_SIZE)) and not rest.endswith(b"\n"):
            pass

    def _read(self, limit: int) -> bytes:
        try:
            return self._lines.readline(limit)
        except EOFError:
            raise Damaged("the file is cut off after it: the end of gzip's is missing") from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise Damaged(f"the file is damaged after it: {error}") from None
        except OSError as error:
            raise Damaged(f"what comes after it cannot be read: {error.strerror}") from None


def _unpacked(file: BufferedReader) -> BufferedReader:
    return BufferedReader(cast("BufferedReader", gzip.GzipFile(fileobj=file)), 1 << 20)


def _size(file: BufferedReader) -> int | None:
    try:
        status = os.fstat(file.fileno())
    except OSError:  # it is no file
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None
