"""A process that is lied to about the time of day; the monotonic clock and the database's are true.

``python -m soak.lying AHEAD SWING serve --port N`` is ``escalator serve --port N`` on a host whose
clock is ``AHEAD`` seconds ahead, and every other second ``SWING`` further.
"""

import os
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from threading import Thread
from types import ModuleType

from apscheduler.executors import base as executors
from apscheduler.schedulers import base as schedulers

from app import clock
from app.cli.command import entry

ASKING: tuple[ModuleType, ...] = (clock, schedulers, executors)
"""Who asks ``datetime`` for the time of day; all others ask ``time``."""


class Told(datetime):
    """``datetime``, but for what it says of now."""

    ahead: Callable[[], float] = staticmethod(lambda: 0.0)

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # a true one
        """The lie."""
        return datetime.now(tz) + timedelta(seconds=cls.ahead())


def lie(ahead: float, swing: float) -> None:
    """From now on this process is told another time of day."""
    true_time = time.time

    def so_far() -> float:
        return ahead + swing * (int(time.monotonic()) % 2)

    Told.ahead = staticmethod(so_far)
    time.time = lambda: true_time() + so_far()
    for module in ASKING:
        vars(module)["datetime"] = Told


def end_with_parent() -> None:
    """Ends this process when the one that started it has ended: its standard input is closed."""

    def watch() -> None:
        os.read(0, 1)
        os._exit(1)

    Thread(target=watch, daemon=True).start()


def main() -> None:
    """``escalator``, its first two arguments being how it is lied to."""
    ahead, swing = map(float, sys.argv[1:3])
    sys.argv[:] = ["escalator", *sys.argv[3:]]
    end_with_parent()
    if ahead or swing:
        lie(ahead, swing)
    entry()


if __name__ == "__main__":
    main()
