"""Deadlines of each organisation explained, as one would by hand with its calendar beside (34)."""

from tests.domain.explained import explanation, segments, started_by
from tests.organisations.story import Organisation

NETOP = Organisation("netop", "Europe/Copenhagen")
NETREO = Organisation("netreo", "America/Los_Angeles")
PORTAONE = Organisation("portaone", "America/Vancouver")
SYNETO = Organisation("syneto", "Europe/Rome")
XECURITAS = Organisation("xecuritas", "America/New_York")


def test_portaone_a_business_day_over_the_weekend_of_the_change_to_summer_time() -> None:
    """Friday half past three until Monday half past three, though that weekend lacks an hour."""
    ticket = PORTAONE.opened("2026-03-06 15:30", severity="P3").until("2026-03-06 16:00")
    assert segments(ticket, "first_response") == [
        "2026-03-06 15:30 - 2026-03-06 16:00 counted: open 09:00-17:00",
        "2026-03-06 16:00 - 2026-03-06 17:00 counted: open 09:00-17:00 (ahead)",
        "2026-03-06 17:00 - 2026-03-09 09:00 closed: closed (ahead)",
        "2026-03-09 09:00 - 2026-03-09 15:30 counted: open 09:00-17:00 (ahead)",
    ]
    closed = explanation(ticket, "first_response").stretches[2]
    assert (closed.end - closed.start).total_seconds() / 3600 == 7 + 24 + 23 + 9


def test_xecuritas_christmas_day_is_named() -> None:
    """Four of the six hours on Christmas Eve, none on the holiday or the weekend, two on Monday."""
    ticket = XECURITAS.opened("2026-12-24 15:00", severity="2").until("2026-12-24 15:00")
    assert segments(ticket, "first_response") == [
        "2026-12-24 15:00 - 2026-12-24 19:00 counted: open 08:00-19:00 (ahead)",
        "2026-12-24 19:00 - 2026-12-25 00:00 closed: closed (ahead)",
        "2026-12-25 00:00 - 2026-12-26 00:00 holiday: holiday: Christmas Day (ahead)",
        "2026-12-26 00:00 - 2026-12-28 08:00 closed: closed (ahead)",
        "2026-12-28 08:00 - 2026-12-28 10:00 counted: open 08:00-19:00 (ahead)",
    ]


def test_netop_waiting_for_log_files_over_easter_moves_the_first_level_on() -> None:
    """Five business days are 40 hours: 3 before the question, 37 after the answer."""
    ticket = NETOP.opened("2026-03-26 15:00", severity="critical")
    ticket.fact("2026-03-27 10:00", "waiting_on_customer")
    ticket.fact("2026-03-30 11:00", "customer_replied").until("2026-03-30 12:00")
    assert segments(ticket, "resolution_first_level") == [
        "2026-03-26 15:00 - 2026-03-26 17:00 counted: open 09:00-17:00",
        "2026-03-26 17:00 - 2026-03-27 09:00 closed: closed",
        "2026-03-27 09:00 - 2026-03-27 10:00 counted: open 09:00-17:00",
        "2026-03-27 10:00 - 2026-03-30 11:00 paused: waiting_on_customer, fact-2 to fact-3",
        "2026-03-30 11:00 - 2026-03-30 12:00 counted: open 09:00-17:00",
        "2026-03-30 12:00 - 2026-03-30 17:00 counted: open 09:00-17:00 (ahead)",
        "2026-03-30 17:00 - 2026-03-31 09:00 closed: closed (ahead)",
        "2026-03-31 09:00 - 2026-03-31 17:00 counted: open 09:00-17:00 (ahead)",
        "2026-03-31 17:00 - 2026-04-01 09:00 closed: closed (ahead)",
        "2026-04-01 09:00 - 2026-04-01 17:00 counted: open 09:00-17:00 (ahead)",
        "2026-04-01 17:00 - 2026-04-02 09:00 closed: closed (ahead)",
        "2026-04-02 09:00 - 2026-04-02 17:00 counted: open 09:00-17:00 (ahead)",
        "2026-04-02 17:00 - 2026-04-03 09:00 closed: closed (ahead)",
        "2026-04-03 09:00 - 2026-04-03 16:00 counted: open 09:00-17:00 (ahead)",
    ]


def test_netop_the_second_level_starts_with_the_escalation_to_it() -> None:
    ticket = NETOP.opened("10:00", severity="critical").until("2026-01-12 11:00")
    assert started_by(ticket, "resolution_second_level") == ("sla.escalated", "sla.escalated")
    first = segments(ticket, "resolution_second_level")[0]
    assert first == "2026-01-12 10:00 - 2026-01-12 11:00 counted: open 09:00-17:00"


def test_netreo_seven_days_without_the_customer_and_without_the_time_it_was_resolved() -> None:
    ticket = NETREO.opened("Fri 15:00", severity="2").fact("Sat 10:00", "waiting_on_customer")
    ticket.fact("Sun 10:00", "customer_replied").fact("Sun 15:00", "resolved")
    ticket.fact("2026-01-12 09:00", "reopened").until("2026-01-12 10:00")
    assert segments(ticket, "resolution") == [
        "Fri 15:00 - Sat 10:00 counted: open",
        "Sat 10:00 - Sun 10:00 paused: waiting_on_customer, fact-2 to fact-3",
        "Sun 10:00 - Sun 15:00 counted: open",
        "Sun 15:00 - 2026-01-12 09:00 paused: the work was over, fact-4 to fact-5",
        "2026-01-12 09:00 - 2026-01-12 10:00 counted: open",
        "2026-01-12 10:00 - 2026-01-18 09:00 counted: open (ahead)",
    ]
    assert started_by(ticket, "daily_review") == ("ticket.reopened", "fact-5")


def test_syneto_four_hours_in_the_night_that_has_an_hour_twice() -> None:
    ticket = SYNETO.opened("2026-10-25 01:30", severity="P3", plan="mission_critical")
    ticket.until("2026-10-25 02:30 again")
    assert segments(ticket, "first_response") == [
        "2026-10-25 01:30 - 2026-10-25 02:30 again counted: open",
        "2026-10-25 02:30 again - 2026-10-25 04:30 counted: open (ahead)",
    ]
    assert explanation(ticket, "first_response").shown.elapsed_seconds == 2 * 3600


def test_syneto_a_part_by_courier_starts_with_the_diagnosis() -> None:
    ticket = SYNETO.opened("Fri 10:00", severity="P2", plan="pro", kind="hardware")
    ticket.fact("Fri 14:00", "milestone_reached", milestone="diagnosed").until("Fri 14:00")
    assert started_by(ticket, "parts_delivery") == ("ticket.milestone_reached", "fact-2")
    assert segments(ticket, "parts_delivery") == [
        "Fri 14:00 - Fri 17:00 counted: open 09:00-17:00 (ahead)",
        "Fri 17:00 - 2026-01-12 09:00 closed: closed (ahead)",
        "2026-01-12 09:00 - 2026-01-12 17:00 counted: open 09:00-17:00 (ahead)",
    ]
