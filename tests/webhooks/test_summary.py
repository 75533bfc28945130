"""The words that every chat shares: what a manager reads at a glance."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.webhooks.wording.summary import Level, summary_of, trial
from app.webhooks.wording.words import duration, instant, relative, words
from tests.webhooks.messages import AT, CASES, ESCALATED, with_clock, with_ticket

HEADLINES = {
    "escalated": (Level.CRITICAL, "Escalation, tier 2: resolution is 12 minutes late"),
    "warned": (Level.WARNING, "Warning: resolution is due in 30 minutes"),
    "breached": (Level.CRITICAL, "Breached: resolution is 12 minutes late"),
    "noticed": (Level.INFO, "Notice for service manager"),
    "met in time": (Level.GOOD, "Met: resolution, 48 minutes before it was due"),
    "met late": (Level.WARNING, "Met: resolution, 12 minutes late"),
    "withdrawn": (Level.INFO, "Withdrawn: escalation, tier 2, of resolution"),
    "reopened": (Level.INFO, "Reopened: resolution runs again"),
    "escalated, withdrawn since": (
        Level.INFO,
        "Withdrawn since: escalation, tier 2: resolution is 12 minutes late",
    ),
    "escalated, acknowledged since": (
        Level.CRITICAL,
        "Escalation, tier 2: resolution is 12 minutes late",
    ),
    "acknowledged": (Level.INFO, "Acknowledged by anna: resolution"),
    "ended": (Level.INFO, "Over: resolution has come to an end"),
    "without its ticket": (Level.CRITICAL, "Escalation, tier 2: resolution"),
    "where nothing is due": (
        Level.CRITICAL,
        "Escalation, tier 2: resolution has run for 4 hours 12 minutes",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_headline_says_what_happened_and_how_late_it_is(case: str) -> None:
    summary = summary_of(CASES[case])
    assert (summary.level, summary.headline) == HEADLINES[case]


def test_the_ticket_who_knows_who_is_next_and_the_link_that_acknowledges() -> None:
    summary = summary_of(ESCALATED)
    facts = dict(summary.facts)
    assert summary.ticket == "T-1042: Calls to the hotline are dropped after 30 seconds"
    assert summary.ticket_url == "https://tickets.example.com/T-1042"
    assert summary.acknowledge_url is not None
    assert facts["Told before"] == ("team lead ", AT - timedelta(minutes=12, seconds=3))
    assert facts["Next"][:2] == ("director ", AT + timedelta(hours=2, minutes=47, seconds=57))
    assert facts["For"] == ("service manager",)


def test_what_is_acknowledged_is_not_to_be_acknowledged_again() -> None:
    offered = {name for name, each in CASES.items() if summary_of(each).acknowledge_url}
    assert offered == {
        "escalated", "warned", "breached", "noticed", "without its ticket", "where nothing is due",
    }  # fmt: skip


def test_a_ticket_without_a_url_is_linked_to_where_the_service_shows_it() -> None:
    own = "https://escalator.example.com/v1/tickets/T-1042"
    for url in (None, "", "javascript:alert(1)", "/relative", "https://", 5):
        assert summary_of(with_ticket(ESCALATED, url=url)).ticket_url == own
    nowhere = replace(ESCALATED, links={"ticket": "/v1/tickets/T", "acknowledge": "/ack/1"})
    summary = summary_of(with_ticket(nowhere, url=None))
    assert (summary.ticket_url, summary.acknowledge_url) == (None, None)


def test_only_the_latest_of_many_who_were_told_are_named() -> None:
    summary = summary_of(replace(ESCALATED, earlier=list(ESCALATED.earlier) * 30))
    line = dict(summary.facts)["Told before"]
    assert line[0] == "25 times earlier, "
    assert len([piece for piece in line if isinstance(piece, datetime)]) == 5


def test_a_paused_clock_is_not_late() -> None:
    paused = with_clock(ESCALATED, state="paused", due_at=None)
    assert summary_of(paused).headline == "Escalation, tier 2: resolution is paused"


def test_a_trial_says_that_it_is_one() -> None:
    said = trial("sub_1", AT)
    assert (said.headline, said.acknowledge_url) == ("This is a trial: nothing is late", None)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "less than a minute"),
        (59.4, "less than a minute"),
        (60, "1 minute"),
        (-720, "12 minutes"),
        (3600, "1 hour"),
        (3900, "1 hour 5 minutes"),
        (86400, "1 day"),
        (86400 + 60, "1 day"),
        (3 * 86400 + 4 * 3600 + 60, "3 days 4 hours"),
    ],
)
def test_lengths_of_time(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_instants() -> None:
    now = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
    assert instant(now.replace(minute=5), now) == "14:05 UTC"
    assert instant(now - timedelta(days=1), now) == "20 Nov 14:00 UTC"
    assert instant(now + timedelta(days=60), now) == "20 Jan 2027 14:00 UTC"
    assert relative(now + timedelta(hours=3), now) == "in 3 hours"
    assert relative(now - timedelta(minutes=12), now) == "12 minutes ago"
    assert words("first_response") == "first response"
