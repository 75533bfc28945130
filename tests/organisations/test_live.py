"""One ticket of each organisation through the real service: reported over HTTP, read over HTTP.

Local times are the organisation's; everything happened in 2024, whose first Monday of June is the
3rd. What the service tells is what the story told in memory says, ids included.
"""

import pytest

from tests.api.story import clock
from tests.conftest import Running
from tests.organisations.live import Service
from tests.organisations.story import Organisation, Story

SECOND = "escalation 1 second_level_support moves to second_level"
PRODUCT = "escalation 1 product_management moves to product_management"
ENGINEERING = "support_and_operations_engineering"
SILENCE = "customer_silence escalation 1 technical_support_agent customer_silence"


@pytest.fixture
def netreo() -> Story:
    """Severity 1 by e-mail on a Saturday, answered late, lowered, with hardware to be replaced."""
    organisation = Organisation("netreo", "America/Los_Angeles")
    ticket = organisation.opened("2024-06-08 22:00", severity=1, channel="email")
    ticket.fact("2024-06-09 03:00", "agent_replied")
    ticket.fact("2024-06-09 04:00", "milestone_reached", milestone="hardware_failure_validated")
    ticket.fact("2024-06-09 06:00", "severity_changed", severity=2)
    ticket.fact("2024-06-09 12:00", "waiting_on_customer")
    ticket.fact("2024-06-10 12:00", "customer_replied")
    return ticket.fact("2024-06-11 12:00", "resolved")


async def test_netreo(running: Running, netreo: Story) -> None:
    service = Service(running, netreo)
    await service.report()

    night = await service.ticket(as_of="2024-06-09 01:00")
    response = clock(night, "first_response")
    assert (response["goal"], response["calendar"]) == ("4h", "always")
    assert service.local(response["warn_at"]) == "2024-06-09 00:00"
    assert service.local(response["due_at"]) == "2024-06-09 02:00"
    assert response["remaining_seconds"] == 3600
    assert clock(night, "resolution")["goal"] is None
    assert night["flags"] == ["active_management"]
    lowered = await service.ticket(as_of="2024-06-09 13:00")
    assert (lowered["severity"], lowered["flags"]) == ("2", [])
    resolution = clock(lowered, "resolution")
    assert (resolution["state"], resolution["goal"], resolution["due_at"]) == ("paused", "7d", None)
    assert resolution["remaining_seconds"] == 7 * 86400 - 14 * 3600

    after = await service.ticket()
    assert service.told(after) == [
        "2024-06-08 22:00 notice tier_2 assignment",
        "2024-06-08 22:00 notice support_desk phone_follow_up",
        "2024-06-09 00:00 first_response warning",
        "2024-06-09 02:00 first_response breach",
        "2024-06-09 02:00 first_response escalation 1 tier_1",
        f"2024-06-09 22:00 daily_review escalation 1 {ENGINEERING} daily_review",
        f"2024-06-10 22:00 daily_review escalation 1 {ENGINEERING} daily_review",
        "2024-06-11 04:00 hardware_replacement breach",
    ]
    assert clock(after, "hardware_replacement")["state"] == "running"
    assert (await service.timeline(as_of="2024-06-11 03:00"))[-4:] == [
        "2024-06-11 04:00 hardware_replacement breach to_come",
        f"2024-06-11 22:00 daily_review escalation 1 {ENGINEERING} to_come",
        "2024-06-13 22:00 resolution warning to_come",
        "2024-06-16 22:00 resolution breach to_come",
    ]
    await service.assert_same_as_in_memory()


@pytest.fixture
def netop() -> Story:
    """Reported as Critical with a workaround, then without; nobody solves it on two levels."""
    organisation = Organisation("netop", "Europe/Copenhagen")
    ticket = organisation.opened(
        "2024-06-03 10:00", severity="Critical", channel="web", workaround_available=True
    )
    ticket.fact("2024-06-03 10:05", "acknowledged")
    ticket.fact("2024-06-04 12:00", "severity_changed", severity="critical")
    ticket.fact("2024-06-05 12:00", "waiting_on_customer")
    ticket.fact("2024-06-06 12:00", "customer_replied")
    ticket.fact("2024-07-10 10:00", "escalated", to="product_management", reason="wants a date")
    return ticket.fact("2024-07-12 10:00", "workaround_provided")


async def test_netop(running: Running, netop: Story) -> None:
    """Eight open hours are paused: 10 June, 10:00, becomes 11 June, 10:00."""
    service = Service(running, netop)
    await service.report()

    stepped = await service.ticket(as_of="2024-06-03 11:00")
    assert (stepped["severity"], stepped["line"]) == ("high", "first_level")
    assert service.local(clock(stepped, "resolution_first_level")["due_at"]) == "2024-06-17 10:00"
    second = await service.ticket(as_of="2024-06-12 10:00")
    assert (second["severity"], second["line"]) == ("critical", "second_level")
    assert service.local(clock(second, "resolution_second_level")["due_at"]) == "2024-07-09 10:00"
    assert second["next_mark"]["kind"] == "breach"

    after = await service.ticket()
    assert (after["status"], after["line"], after["next_mark"]) == (
        "resolved",
        "product_management",
        None,
    )
    assert service.told(after) == [
        "2024-06-04 12:00 notice first_level_support phone_follow_up",
        "2024-06-11 10:00 resolution_first_level breach",
        f"2024-06-11 10:00 resolution_first_level {SECOND}",
        "2024-07-09 10:00 resolution_second_level breach",
        f"2024-07-09 10:00 resolution_second_level {PRODUCT}",
        "2024-07-10 10:00 notice product_management wants a date",
    ]
    plans = [(each["role"], each["data"]) for each in after["escalations"] if each["role"]]
    assert plans[-3:] == [
        ("second_level_support", {}),
        ("product_management", {"release_plan": "Hot fix"}),
        ("product_management", {"release_plan": "Hot fix"}),
    ]
    assert (await service.timeline(as_of="2024-07-01 10:00"))[-2:] == [
        "2024-07-09 10:00 resolution_second_level breach to_come",
        "2024-07-09 10:00 resolution_second_level escalation 1 product_management to_come",
    ]
    await service.assert_same_as_in_memory()


@pytest.fixture
def xecuritas() -> Story:
    """Severity 1 online on Independence Day, lowered, and then the customer is silent."""
    organisation = Organisation("xecuritas", "America/New_York")
    ticket = organisation.opened("2024-07-04 12:00", severity=1, channel="portal")
    ticket.fact("2024-07-04 12:30", "agent_replied", channel="email")
    ticket.fact("2024-07-04 13:30", "agent_replied", channel="phone")
    ticket.fact("2024-07-04 14:00", "severity_changed", severity=2)
    ticket.fact("2024-07-08 10:00", "waiting_on_customer")
    ticket.fact("2024-07-10 10:00", "updated", attributes={"keep_open": True})
    return ticket.fact("2024-07-20 10:00", "updated", attributes={"keep_open": False})


async def test_xecuritas(running: Running, xecuritas: Story) -> None:
    """4 July 2024 is a Thursday: two business days from Friday's opening end on Tuesday."""
    service = Service(running, xecuritas)
    await service.report()

    lowered = await service.ticket(as_of="2024-07-05 10:00")
    resolution = clock(lowered, "resolution")
    assert (resolution["goal"], resolution["calendar"]) == ("2bd", "business")
    assert service.local(resolution["due_at"]) == "2024-07-09 08:00"
    kept = await service.ticket(as_of="2024-07-19 10:00")
    assert (kept["status"], kept["attributes"]) == ("waiting_on_customer", {"keep_open": True})
    assert clock(kept, "customer_silence")["state"] == "running"
    assert clock(kept, "resolution")["state"] == "paused"

    after = await service.ticket()
    assert (after["status"], after["next_mark"]) == ("closed", None)
    assert service.told(after) == [
        "2024-07-04 12:00 notice on_call after_hours_page",
        "2024-07-04 13:00 first_response breach",
        "2024-07-20 10:00 customer_silence escalation 1 support_desk customer_silence closes",
    ]
    assert service.local(after["escalations"][-1]["target_at"]) == "2024-07-18 10:00"
    assert (await service.timeline(as_of="2024-07-09 10:00"))[-1] == (
        "2024-07-18 10:00 customer_silence escalation 1 support_desk to_come"
    )
    await service.assert_same_as_in_memory()


@pytest.fixture
def portaone() -> Story:
    """The second priority, raised after three hours, with updates as agreed."""
    organisation = Organisation("portaone", "America/Vancouver")
    ticket = organisation.opened("2024-06-03 10:00", severity=60, channel="email")
    ticket.fact("2024-06-03 10:30", "agent_replied")
    ticket.fact("2024-06-03 10:40", "update_interval_agreed", every="3h")
    ticket.fact("2024-06-03 13:00", "severity_changed", severity=80)
    return ticket.fact("2024-06-03 17:00", "closed", approved_by_customer=True)


async def test_portaone(running: Running, portaone: Story) -> None:
    service = Service(running, portaone)
    await service.report()

    raised = await service.ticket(as_of="2024-06-03 13:15")
    assert raised["severity"] == "P1"
    update = clock(raised, "update")
    assert (update["goal"], update["commitment"]) == ("3h", "guarantee")
    assert service.local(update["due_at"]) == "2024-06-03 13:30"
    assert raised["next_mark"] == {
        "clock": "update",
        "kind": "breach",
        "tier": None,
        "role": None,
        "at": "2024-06-03T20:30:00Z",
    }

    after = await service.ticket()
    assert service.told(after) == [
        "2024-06-03 11:00 resolution escalation 1 technical_support_manager",
        "2024-06-03 13:00 resolution escalation 2 customer_relations_manager",
        "2024-06-03 13:30 update breach",
        "2024-06-03 14:00 resolution escalation 3 cto",
        "2024-06-03 16:30 update breach",
    ]
    assert (await service.timeline(as_of="2024-06-03 13:15"))[1:] == [
        "2024-06-03 11:00 resolution escalation 1 technical_support_manager reached",
        "2024-06-03 13:00 resolution escalation 2 customer_relations_manager reached",
        "2024-06-03 13:30 update breach to_come",
        "2024-06-03 14:00 resolution escalation 3 cto to_come",
    ]
    await service.assert_same_as_in_memory()


@pytest.fixture
def syneto() -> Story:
    """Broken hardware of a mission critical customer, who is then not heard from."""
    organisation = Organisation("syneto", "Europe/Rome")
    ticket = organisation.opened("2024-06-08 23:00", severity="P2", plan="mission_critical")
    ticket.fact("2024-06-09 00:30", "milestone_reached", milestone="diagnosed")
    ticket.fact("2024-06-09 02:00", "updated", kind="hardware")
    ticket.fact("2024-06-09 03:00", "agent_replied")
    ticket.fact("2024-06-10 12:00", "waiting_on_customer")
    ticket.fact("2024-06-11 12:00", "agent_replied")
    return ticket.fact("2024-06-16 09:00", "agent_replied")


async def test_syneto(running: Running, syneto: Story) -> None:
    service = Service(running, syneto)
    await service.report()

    parts = clock(await service.ticket(as_of="2024-06-09 02:30"), "parts_delivery")
    assert (parts["state"], parts["goal"]) == ("running", "4h")
    assert service.local(parts["started_at"]) == "2024-06-09 00:30"
    assert service.local(parts["due_at"]) == "2024-06-09 04:30"

    after = await service.ticket()
    assert (after["status"], after["kind"]) == ("closed", "hardware")
    assert service.told(after) == [
        "2024-06-09 01:00 first_response breach",
        "2024-06-09 01:00 first_response escalation 1 senior_engineers",
        "2024-06-09 04:30 parts_delivery breach",
        "2024-06-15 12:00 notice technical_support_agent contact_customer_again",
        f"2024-06-17 09:00 {SILENCE} closes",
        "2024-06-17 09:00 notice customer_survey ticket_closed",
    ]
    assert clock(after, "parts_delivery")["state"] == "running", "it outlives the closing"
    assert (await service.timeline(as_of="2024-06-16 10:00"))[-1] == (
        "2024-06-17 09:00 customer_silence escalation 1 technical_support_agent to_come"
    )
    await service.assert_same_as_in_memory()


async def test_contacts_that_are_reported_late(running: Running) -> None:
    """The agent should not have been told to make them: that is retracted, the closing raised."""
    ticket = Organisation("syneto", "Europe/Rome").opened("2024-06-10 09:00", severity="P4")
    ticket.fact("2024-06-10 12:00", "waiting_on_customer")
    ticket.fact("2024-06-11 12:00", "agent_replied").fact("2024-06-12 12:00", "agent_replied")
    service = Service(running, ticket)
    await service.report(slice(2))
    notice = (await service.ticket())["escalations"][-1]
    assert (notice["reason"], notice["retracted_at"]) == ("contact_customer_again", None)

    await service.report(slice(2, None))

    after = await service.ticket()
    assert (after["status"], after["late_facts"]) == ("closed", 0)
    again = next(each for each in after["escalations"] if each["id"] == notice["id"])
    assert again["retracted_at"] is not None
    assert [line for line in service.told(after) if "2024-06-15 12:00" in line][1:] == [
        f"2024-06-15 12:00 {SILENCE} closes",
        "2024-06-15 12:00 notice customer_survey ticket_closed",
    ]
    assert "2024-06-15 12:00 notice technical_support_agent retracted" in await service.timeline(
        as_of="2024-06-16 10:00"
    )
    await service.assert_same_as_in_memory()


async def test_a_resolution_that_is_reported_late(running: Running) -> None:
    """The case should not have moved: both levels' escalations are retracted, and it is back."""
    ticket = Organisation("netop", "Europe/Copenhagen").opened("2024-06-03 10:00", severity="high")
    ticket.fact("2024-06-17 10:00", "resolved")
    service = Service(running, ticket)
    await service.report(slice(1))
    assert (await service.ticket())["line"] == "product_management"

    await service.report(slice(1, None))

    after = await service.ticket()
    assert (after["line"], after["status"]) == ("first_level", "resolved")
    retracted = [each["role"] for each in after["escalations"] if each["retracted_at"] is not None]
    assert retracted == [None, "second_level_support", None, "product_management"]
    await service.assert_same_as_in_memory()
