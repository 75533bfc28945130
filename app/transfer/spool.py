"""Lines put down on disk, to be taken up ticket by ticket."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Self

from app.domain.errors import EscalatorError
from app.store.database import bucket_of

LANES = 2
"""Parts that can be taken up at the same time; all lines of a ticket are in one."""

MOST_LINES = 2000
MOST_BYTES = 4 * 1024 * 1024
"""What a batch holds at most; of one ticket up to four times as much."""

OF_ONE_TICKET = 4

NAMELESS = ""
"""By this name SQLite makes a file that nobody sees, and that is gone when it is closed."""

Spooled = tuple[int, bytes]
"""A line's number and text."""


class Spool:
    """Lines of tickets, as many as there is disk for, held by SQLite, which sorts them there."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.count = 0
        self._connection = connection
        self._waiting: list[tuple[int, str, int, bytes]] = []
        self._size = 0
        connection.execute("CREATE TABLE lines (lane, ticket, number, text)")

    @classmethod
    @contextmanager
    def made(cls) -> Iterator[Self]:
        """A spool for the block; EscalatorError when the disk is full."""
        try:
            with closing(sqlite3.connect(NAMELESS, isolation_level=None)) as connection:
                connection.execute("PRAGMA journal_mode = OFF")
                yield cls(connection)
        except sqlite3.Error as error:
            raise EscalatorError(f"what is read cannot be put down on disk: {error}") from None

    def add(self, ticket_id: str, number: int, text: bytes) -> None:
        """Puts down a line of a ticket."""
        self._waiting.append((bucket_of(ticket_id) % LANES, ticket_id, number, text))
        self._size += len(text)
        self.count += 1
        if len(self._waiting) >= MOST_LINES or self._size >= MOST_BYTES:
            self._write()

    def _write(self) -> None:
        self._connection.execute("BEGIN")
        self._connection.executemany("INSERT INTO lines VALUES (?, ?, ?, ?)", self._waiting)
        self._connection.execute("COMMIT")
        self._waiting.clear()
        self._size = 0

    def batches(self, lane: int) -> Iterator[list[Spooled]]:
        """Ticket after ticket, each in the order of its lines. Only a large one is divided."""
        self._write()
        batch: list[Spooled] = []
        size, last = 0, None
        for ticket_id, number, text in self._connection.execute(
            "SELECT ticket, number, text FROM lines WHERE lane = ? ORDER BY ticket, number", (lane,)
        ):
            fullness = max(len(batch) / MOST_LINES, size / MOST_BYTES)
            if fullness >= (1 if ticket_id != last else OF_ONE_TICKET):
                yield batch
                batch, size = [], 0
            batch.append((number, text))
            size += len(text)
            last = ticket_id
        if batch:
            yield batch
