"""Syneto support: a ticket is closed if the customer is not heard from within 5 days of a request
for information, and multiple attempts were made to make contact during this period.

Local times are Italy's; the week begins on Monday, 5 January 2026. Every ticket here has been
answered and waits since Monday noon; the five days end on Saturday noon.
"""

import pytest

from tests.organisations.story import Organisation, Story

SYNETO = Organisation("syneto", "Europe/Rome")

AGENT = "technical_support_agent"
CLOSES = f"customer_silence escalation 1 {AGENT} (customer_silence) closes"


def waiting(*contacts: str, since: str = "12:00") -> Story:
    """A ticket that waits on its customer, who is then written to at these times."""
    ticket = SYNETO.opened("09:00", severity="P4", plan="pro").fact("10:00", "agent_replied")
    ticket.fact(since, "waiting_on_customer")
    for when in contacts:
        ticket.fact(when, "agent_replied")
    return ticket


def story(ticket: Story) -> list[str]:
    """What was raised after the first response."""
    assert ticket.raised[0] == "10:00 first_response met"
    return ticket.raised[1:]


@pytest.mark.parametrize(
    "contacts",
    [("Tue 10:00", "Wed 10:00"), ("12:01", "12:02", "Fri 09:00"), ("Thu 9:00", "Sat 12:00")],
)
def test_two_contacts_in_time_and_it_is_closed_when_the_five_days_end(
    contacts: tuple[str, ...],
) -> None:
    """A contact at the very end is in time. The survey follows the closing."""
    ticket = waiting(*contacts).until("2026-02-01 10:00")
    assert story(ticket) == [
        f"Sat 12:00 {CLOSES}",
        "Sat 12:00 notice customer_survey (ticket_closed)",
    ]
    assert ticket.ticket.status == "closed"
    assert ticket.events[1].effect == {"close": True, "reason": "customer_silence"}
    assert ticket.events[1].tier == 1
    assert ticket.next_mark is None


@pytest.mark.parametrize("contacts", [(), ("Tue 10:00",), ("Sat 11:59",)])
def test_if_contacts_are_missing_the_agent_is_told_and_the_ticket_stays(
    contacts: tuple[str, ...],
) -> None:
    ticket = waiting(*contacts).until("2026-03-01 10:00")
    assert story(ticket) == [f"Sat 12:00 notice {AGENT} (contact_customer_again)"]
    assert ticket.ticket.status == "waiting_on_customer"
    notice = ticket.events[-1]
    assert (notice.type, notice.tier, notice.effect) == ("sla.noticed", None, None)
    assert notice.cause == ticket.facts[2].id, "its fact is the waiting"


@pytest.mark.parametrize(
    ("contacts", "closed"),
    [
        (("Tue 10:00", "Sat 12:01"), "Sun 12:01"),
        (("Tue 10:00", "Sun 15:00"), "2026-01-12 15:00"),
        (("Sun 10:00", "2026-01-13 15:00"), "2026-01-14 15:00"),
        (("Sun 10:00", "Sun 10:01", "Sun 20:00"), "2026-01-12 10:01"),
    ],
)
def test_it_is_closed_a_day_after_the_second_contact(
    contacts: tuple[str, ...], closed: str
) -> None:
    """Whatever is written after the second changes nothing."""
    ticket = waiting(*contacts).until("2026-03-01 10:00")
    assert story(ticket) == [
        f"Sat 12:00 notice {AGENT} (contact_customer_again)",
        f"{closed} {CLOSES}",
        f"{closed} notice customer_survey (ticket_closed)",
    ]


def test_a_second_contact_in_the_last_day_does_not_put_the_closing_off() -> None:
    ticket = waiting("Tue 10:00", "Sat 11:59").until("Sat 12:00")
    assert story(ticket)[0] == f"Sat 12:00 {CLOSES}"


@pytest.mark.parametrize(
    ("since", "told", "second", "closed"),
    [
        ("2026-03-26 10:00", "2026-03-31 11:00", "2026-04-01 10:00", "2026-04-02 10:00"),
        ("2026-03-23 01:00", "2026-03-28 01:00", "2026-03-28 12:00", "2026-03-29 13:00"),
        ("2026-10-22 10:00", "2026-10-27 09:00", "2026-10-28 10:00", "2026-10-29 10:00"),
        ("2026-10-19 01:00", "2026-10-24 01:00", "2026-10-24 12:00", "2026-10-25 11:00"),
    ],
)
def test_days_are_24_hours_over_the_changes_of_summer_time(
    since: str, told: str, second: str, closed: str
) -> None:
    ticket = waiting(since, second, since=since).until(closed)
    assert story(ticket)[:2] == [
        f"{told} notice {AGENT} (contact_customer_again)",
        f"{closed} {CLOSES}",
    ]


class TestWhatCountsAsAContact:
    def test_a_reply_at_the_instant_of_the_waiting_later_in_the_log(self) -> None:
        ticket = waiting("12:00", "Tue 10:00").until("Sat 12:00")
        assert story(ticket)[0] == f"Sat 12:00 {CLOSES}"

    def test_not_one_earlier_in_the_log(self) -> None:
        ticket = SYNETO.opened("09:00", severity="P4").fact("10:00", "agent_replied")
        ticket.fact("12:00", "agent_replied").fact("12:00", "waiting_on_customer")
        ticket.fact("Tue 10:00", "agent_replied").until("Sat 12:00")
        assert story(ticket) == [f"Sat 12:00 notice {AGENT} (contact_customer_again)"]

    def test_not_replies_before_the_waiting(self) -> None:
        ticket = SYNETO.opened("09:00", severity="P4").fact("10:00", "agent_replied")
        ticket.fact("11:00", "agent_replied").fact("11:30", "agent_replied")
        ticket.fact("12:00", "waiting_on_customer").until("Sat 12:00")
        assert story(ticket) == [f"Sat 12:00 notice {AGENT} (contact_customer_again)"]

    def test_not_an_internal_note_nor_an_automatic_answer(self) -> None:
        ticket = waiting("Tue 10:00").fact("Wed 10:00", "agent_replied", public=False)
        ticket.fact("Thu 10:00", "acknowledged").fact("Thu 11:00", "assigned", agent="ada")
        assert story(ticket.until("Sat 12:00")) == [
            f"Sat 12:00 notice {AGENT} (contact_customer_again)"
        ]


class TestTheCustomerAnswers:
    @pytest.mark.parametrize("when", ["12:01", "Fri 10:00", "Sat 12:00"])
    @pytest.mark.parametrize("answer", ["customer_replied", "work_started"])
    def test_in_time_and_the_cycle_ends_cancelled(self, when: str, answer: str) -> None:
        ticket = waiting().fact(when, answer).until("2026-03-01 10:00")
        assert story(ticket) == []
        assert ("customer_silence", 1, "cancelled") in ticket.results

    def test_with_two_contacts_made(self) -> None:
        ticket = waiting("Tue 10:00", "Wed 10:00").fact("Sat 12:00", "customer_replied")
        assert story(ticket.until("2026-03-01 10:00")) == []
        assert ticket.ticket.status == "open"

    def test_between_the_notice_and_the_closing(self) -> None:
        ticket = waiting("Tue 10:00", "Sun 10:00").fact("2026-01-12 10:00", "customer_replied")
        assert story(ticket.until("2026-03-01 10:00")) == [
            f"Sat 12:00 notice {AGENT} (contact_customer_again)"
        ]
        assert ticket.state("customer_silence") == "cancelled"

    def test_a_second_waiting_starts_anew(self) -> None:
        """Contacts of the first do not count; the notice's fact is the second waiting."""
        ticket = waiting("Tue 10:00", "Wed 10:00").fact("Thu 10:00", "customer_replied")
        ticket.fact("Fri 10:00", "waiting_on_customer").fact("Sat 10:00", "agent_replied")
        assert ticket.clock("customer_silence").cycle == 2
        ticket.fact("2026-01-15 10:00", "agent_replied").until("2026-03-01 10:00")
        assert story(ticket) == [
            f"2026-01-14 10:00 notice {AGENT} (contact_customer_again)",
            f"2026-01-16 10:00 {CLOSES}",
            "2026-01-16 10:00 notice customer_survey (ticket_closed)",
        ]
        assert ticket.events[1].cause == ticket.facts[6].id
        assert ticket.events[2].cycle == 2

    def test_each_waiting_has_its_own_notice(self) -> None:
        ticket = waiting().fact("Sun 10:00", "customer_replied")
        ticket.fact("Sun 12:00", "waiting_on_customer").until("2026-01-20 10:00")
        assert story(ticket) == [
            f"Sat 12:00 notice {AGENT} (contact_customer_again)",
            f"2026-01-16 12:00 notice {AGENT} (contact_customer_again)",
        ]
        assert ticket.events[1].id != ticket.events[2].id

    def test_a_second_request_meanwhile_changes_nothing(self) -> None:
        """The five days count from the first, and so do the contacts."""
        ticket = waiting("Tue 10:00").fact("Wed 10:00", "waiting_on_customer")
        ticket.fact("Thu 10:00", "agent_replied").until("Sat 12:00")
        assert story(ticket)[0] == f"Sat 12:00 {CLOSES}"


class TestEndsOtherwise:
    @pytest.mark.parametrize("end", ["resolved", "cancelled"])
    def test_resolved_or_cancelled_nobody_is_told(self, end: str) -> None:
        ticket = waiting().fact("Fri 10:00", end, reason="invalid").until("2026-03-01 10:00")
        assert story(ticket) == []

    def test_closed_by_hand_after_the_notice(self) -> None:
        ticket = waiting("Tue 10:00", "Sun 10:00").fact("Sun 11:00", "closed")
        assert story(ticket.until("2026-03-01 10:00")) == [
            f"Sat 12:00 notice {AGENT} (contact_customer_again)",
            "Sun 11:00 notice customer_survey (ticket_closed)",
        ]

    def test_reopened_it_waits_anew_when_it_waits_again(self) -> None:
        ticket = waiting("Tue 10:00", "Wed 10:00").fact("Sun 10:00", "reopened")
        assert ticket.ticket.status == "open"
        ticket.fact("Sun 12:00", "waiting_on_customer")
        ticket.until("2026-01-16 12:00")
        assert story(ticket)[2:] == [f"2026-01-16 12:00 notice {AGENT} (contact_customer_again)"]

    def test_without_any_answer_closing_ends_the_first_response(self) -> None:
        """Its target was missed long before; parts that are on their way still come."""
        ticket = SYNETO.opened("10:00", severity="P4", kind="hardware")
        ticket.fact("12:00", "waiting_on_customer")
        ticket.fact("Wed 10:00", "milestone_reached", milestone="diagnosed")
        ticket.fact("Thu 10:00", "agent_replied").fact("Fri 10:00", "agent_replied")
        ticket.fact("2026-01-13 10:00", "milestone_reached", milestone="parts_delivered")
        assert ticket.raised == [
            "Tue 17:00 first_response breach",
            f"Tue 17:00 first_response escalation 1 {AGENT}",
            "Thu 10:00 first_response met",
            "Thu 17:00 parts_delivery breach",
            f"Sat 12:00 {CLOSES}",
            "Sat 12:00 notice customer_survey (ticket_closed)",
            "2026-01-13 10:00 parts_delivery met",
        ]


def test_it_is_no_promise() -> None:
    """A silence clock has only the rung with its effect (27)."""
    ticket = waiting()
    clock = ticket.clock("customer_silence")
    assert (clock.goal, clock.due) == (None, None)
    assert ticket.next_mark == f"Sat 12:00 customer_silence notice {AGENT}"
    ticket.fact("Tue 10:00", "agent_replied").fact("Wed 10:00", "agent_replied")
    assert ticket.next_mark == f"Sat 12:00 customer_silence escalation 1 {AGENT}"
