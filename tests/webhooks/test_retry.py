"""The schedule of retries, ``Retry-After``, and what answers mean."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.webhooks.attempt import without
from app.webhooks.retry import MARKS, Verdict, asked_to_wait, judge_answer, next_attempt

FIRST = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MIDDLE = 0.5  # the random number that means no jitter
HOURS = timedelta(hours=1)


def after(**elapsed: float) -> datetime:
    return FIRST + timedelta(**elapsed)


def attempts(jitter: float, took: timedelta = timedelta(0)) -> Iterator[timedelta]:
    """When, since the first attempt, each retry starts if all of them fail."""
    now = FIRST + took
    while (planned := next_attempt(FIRST, now, jitter)) is not None:
        yield planned - FIRST
        now = planned + took


def test_the_schedule() -> None:
    seconds = [passed.total_seconds() for passed in attempts(MIDDLE)]
    assert seconds[:8] == [5, 30, 120, 600, 1800, 3600, 7200, 14400]
    assert seconds[8:] == [hours * 3600 for hours in range(10, 71, 6)]


def test_slow_attempts_do_not_push_the_schedule_away() -> None:
    hanging = list(attempts(MIDDLE, took=timedelta(seconds=10)))
    assert hanging == list(MARKS[1:])  # the one after 5 s would come before the first had ended


def test_after_an_outage_there_is_one_attempt_a_mark_and_no_burst() -> None:
    assert next_attempt(FIRST, after(hours=3), MIDDLE) == after(hours=4)
    assert next_attempt(FIRST, after(hours=30), MIDDLE) == after(hours=34)


@pytest.mark.parametrize("elapsed", [{"hours": 70}, {"hours": 72}, {"days": 400}])
def test_when_72_hours_have_passed_it_is_dead(elapsed: dict[str, float]) -> None:
    assert next_attempt(FIRST, after(**elapsed), MIDDLE) is None
    assert next_attempt(FIRST, after(**elapsed), MIDDLE, retry_after="5") is None


def test_jitter_is_a_fifth_to_either_side() -> None:
    assert next_attempt(FIRST, FIRST, 0.0) == after(seconds=4)
    assert next_attempt(FIRST, FIRST, MIDDLE) == after(seconds=5)
    late = next_attempt(FIRST, FIRST, 0.999999)
    assert late is not None
    assert after(seconds=5.99) < late < after(seconds=6)


@given(st.lists(st.floats(0, 1, exclude_max=True), min_size=20, max_size=20))
def test_every_mark_is_served_once_and_within_a_fifth(chances: list[float]) -> None:
    now = FIRST
    for mark, chance in zip(MARKS, chances, strict=False):
        planned = next_attempt(FIRST, now, chance)
        assert planned is not None
        assert planned > now
        assert abs(planned - FIRST - mark) <= mark * 0.2
        now = planned
    assert next_attempt(FIRST, now, chances[-1]) is None


@given(
    st.timedeltas(timedelta(0), timedelta(hours=80)),
    st.floats(0, 1, exclude_max=True),
    st.integers(0, 10**9),
)
def test_retry_after_is_obeyed_up_to_6_hours_and_the_end(
    elapsed: timedelta, chance: float, asked: int
) -> None:
    now = FIRST + elapsed
    planned = next_attempt(FIRST, now, chance, retry_after=str(asked))
    unasked = next_attempt(FIRST, now, chance)
    assert (planned is None) == (unasked is None)
    if planned and unasked:
        wait = min(timedelta(seconds=asked), 6 * HOURS)
        assert now < planned <= FIRST + 72 * HOURS
        assert planned == min(max(unasked, now + wait), FIRST + 72 * HOURS)


def test_after_a_long_retry_after_the_schedule_goes_on_behind_it() -> None:
    asked = next_attempt(FIRST, after(seconds=1), MIDDLE, retry_after="900")
    assert asked == after(seconds=901)
    assert next_attempt(FIRST, asked, MIDDLE) == after(minutes=30)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0),
        ("120", 120),
        (" 1 ", 1),
        ("0.25", 0.25),
        ("999999999", 6 * 3600),
        ("9" * 5000, 6 * 3600),
        (format_datetime(after(minutes=2), usegmt=True), 120),
        (format_datetime(after(days=9), usegmt=True), 6 * 3600),
        (format_datetime(after(minutes=-2), usegmt=True), 0),
        ("Sunday, 01-Mar-26 12:01:00 GMT", 60),  # RFC 850, which HTTP still reads
        ("Sun Mar  1 12:01:00 2026", 60),  # asctime, likewise
        ("Sun, 01 Mar 2026 12:01:00 -0000", 60),
        ("", 0),
        ("-5", 0),
        ("nan", 0),
        ("1e9", 0),
        ("soon", 0),
        ("Sun, 99 Xxx 2026 99:99:99 GMT", 0),
        ("٣", 0),
    ],
)
def test_what_retry_after_asks(header: str | None, seconds: float) -> None:
    assert asked_to_wait(header, FIRST) == timedelta(seconds=seconds)


@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, [0-9]+ [A-Z][a-z]{2} [0-9]+ [0-9:]+ [-+A-Z0-9]+"))
def test_no_retry_after_can_break_it(header: str) -> None:
    assert timedelta(0) <= asked_to_wait(header, FIRST) <= 6 * HOURS


@pytest.mark.parametrize(
    ("verdict", "statuses"),
    [
        (Verdict.DELIVERED, [200, 201, 202, 204, 299]),
        (Verdict.DISABLED, [410]),
        (Verdict.RETRY, [None, 408, 425, 429, 500, 501, 502, 503, 504, 599]),
        (Verdict.FAILED, [101, 300, 301, 302, 307, 308, 400, 401, 403, 404, 413, 422, 600, 999]),
    ],
)
def test_what_an_answer_means(verdict: Verdict, statuses: list[int | None]) -> None:
    assert {judge_answer(status) for status in statuses} == {verdict}


def test_an_answer_that_repeats_its_url_hides_what_may_be_a_secret() -> None:
    url = "https://bots.example.com/hooks/T0P-SECRET?key=abc"
    assert without(url, "Cannot POST /hooks/T0P-SECRET") == "Cannot POST …"
    assert without(url, "no /hooks/T0P-SECRET?key=abc here; key=abc") == "no … here; …"
    assert without(url, "ok") == "ok"
    assert without("https://bots.example.com/", "a/b") == "a/b"
