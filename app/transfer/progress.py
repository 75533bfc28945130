"""How far a transfer has come, on a terminal in one line that changes, elsewhere line by line."""

from collections.abc import Callable
from typing import TextIO

from app.clock import monotonic

ON_TERMINAL = 0.2
ELSEWHERE = 5.0
"""Seconds between two reports."""

Share = Callable[[], float | None]
"""How much of all there is has been done, from 0 to 1; None where nobody knows."""

REST_OF_LINE = "\x1b[K"


class Progress:
    """Counts events, and says now and then how many there are, and how fast."""

    def __init__(self, out: TextIO, doing: str) -> None:
        self.events = 0
        self._out = out
        self._doing = doing
        self._terminal = out.isatty()
        self._started = self._said = monotonic()

    def say(self, share: Share) -> None:
        """Says how far it is, if it is time to."""
        if monotonic() - self._said >= (ON_TERMINAL if self._terminal else ELSEWHERE):
            self._write(share)

    def end(self, share: Share) -> None:
        """Says it for the last time."""
        self._write(share)
        if self._terminal:
            self._out.write("\n")
        self._out.flush()

    def _write(self, share: Share) -> None:
        self._said = monotonic()
        rate = self.events / max(self._said - self._started, 1e-9)
        done = share()
        percent = "" if done is None else f"{int(done * 100):3} %  "
        text = f"{percent}{self.events:,} events {self._doing}, {rate:,.0f} events/s"
        self._out.write(f"\r{text}{REST_OF_LINE}" if self._terminal else f"{text}\n")
        self._out.flush()
