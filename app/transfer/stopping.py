"""A signal to stop: what is under way is finished first."""

import signal
from collections.abc import Callable
from types import FrameType
from typing import Any, Self, TypeVar

from app.domain.errors import EscalatorError

SIGNALS = (signal.SIGINT, signal.SIGTERM)

T = TypeVar("T")


class Interrupted(EscalatorError):
    """Told to stop by a signal."""


class Stopping:
    """Whether SIGINT or SIGTERM has come within the block. A second one acts as it would have."""

    def __init__(self) -> None:
        self.asked = False
        self._waiting = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        for number in SIGNALS:
            self._before[number] = signal.signal(number, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def check(self) -> None:
        """Interrupted if a signal has come."""
        if self.asked:
            raise Interrupted("interrupted")

    def unless(self, wait: Callable[[], T]) -> T:
        """What ``wait`` answers; Interrupted, even in the middle of it, if a signal comes."""
        self._waiting = True
        try:
            self.check()
            return wait()
        finally:
            self._waiting = False

    def _ask(self, number: int, _: FrameType | None) -> None:
        self.asked = True
        signal.signal(number, self._before[number])
        if self._waiting:
            raise Interrupted("interrupted")
