"""The host's time of day, for the few places that may use it.

What is raised and when is decided by the database's clock (3), and so is what a webhook is stamped
with, and whether one that comes in is fresh. The host's serves to sleep until then, and to measure
how long something took.
"""

import time
from datetime import UTC, datetime


def host_now() -> datetime:
    """The host's time of day, in UTC."""
    return datetime.now(UTC)


def host_seconds() -> int:
    """Seconds since 1970 by the host, as a webhook's timestamp says them."""
    return int(time.time())


def monotonic() -> float:
    """Seconds on a clock that never goes back."""
    return time.monotonic()
