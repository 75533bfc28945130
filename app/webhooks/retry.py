"""When a webhook is tried again, and what an answer means. Pure: time and chance come in.

The marks of the schedule count from the first attempt, never from the last one, so that slow
attempts and restarts do not push later ones away, and a long outage of ours costs no burst.
"""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

FIRST_MARKS = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 1800, 3600, 7200, 14400))
THEN_EVERY = timedelta(hours=6)
GIVE_UP_AFTER = timedelta(hours=72)
JITTER = 0.2  # of the time since the mark before, to either side
LONGEST_RETRY_AFTER = timedelta(hours=6)

_SECONDS = re.compile(r"[0-9]+(\.[0-9]*)?")  # Discord has sent fractions


def _marks() -> tuple[timedelta, ...]:
    marks = list(FIRST_MARKS)
    while (following := marks[-1] + THEN_EVERY) <= GIVE_UP_AFTER:
        marks.append(following)
    return tuple(marks)


MARKS = _marks()


class Verdict(StrEnum):
    """What becomes of a delivery, or of its subscription, after an answer."""

    DELIVERED = "delivered"
    DISABLED = "disabled"  # 410: the receiver wants no more, the subscription is switched off
    RETRY = "retry"
    FAILED = "failed"


def judge_answer(status: int | None) -> Verdict:
    """What the status of an answer to one attempt means for it; None when no answer came."""
    match status:
        case None | 408 | 425 | 429:
            return Verdict.RETRY
        case 410:
            return Verdict.DISABLED
        case _ if 500 <= status <= 599:
            return Verdict.RETRY
        case _ if 200 <= status <= 299:
            return Verdict.DELIVERED
        case _:
            return Verdict.FAILED


def next_attempt(
    first_attempt_at: datetime, now: datetime, jitter: float, retry_after: str | None = None
) -> datetime | None:
    """The instant of the attempt after one that failed at `now`; None: no more, it is dead.

    It is the first mark of the schedule whose jitter does not reach back to `now`: so a mark
    that was served, however early, never comes again. `jitter` is a random number in [0, 1).
    `retry_after` is that header of the answer: the attempt is never earlier than it asks, except
    that it can ask for 6 hours at most and not past the end, 72 hours after the first attempt.
    """
    elapsed, before = now - first_attempt_at, timedelta(0)
    for mark in MARKS:
        swing = (mark - before) * JITTER
        if mark - swing > elapsed:
            planned = first_attempt_at + mark + swing * (2 * jitter - 1)
            asked_for = now + asked_to_wait(retry_after, now)
            return min(max(planned, asked_for), first_attempt_at + GIVE_UP_AFTER)
        before = mark
    return None


def asked_to_wait(retry_after: str | None, now: datetime) -> timedelta:
    """How long a ``Retry-After`` header (RFC 9110, 10.2.3) asks to wait, 6 hours at most.

    Seconds or an HTTP date; zero if there is none, if it is past, and if it cannot be read.
    """
    if retry_after is None:
        return timedelta(0)
    if _SECONDS.fullmatch(text := retry_after.strip()):
        seconds = min(float(text), LONGEST_RETRY_AFTER.total_seconds())
        return timedelta(seconds=seconds)
    until = _http_date(text) or now
    return min(max(until - now, timedelta(0)), LONGEST_RETRY_AFTER)


def _http_date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
