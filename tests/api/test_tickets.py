"""``GET /v1/tickets/{id}``: where a ticket stands, stood, will stand, or was believed to stand."""

from datetime import timedelta

import pytest

from app.clock import host_now
from tests.api.story import Desk, Reader, at, clock, clock_time, told
from tests.conftest import Running

HOUR = timedelta(hours=1)

TSM = "technical_support_manager"
CRM = "customer_relations_manager"


@pytest.fixture
def desk(running: Running) -> Desk:
    return Desk(running)


@pytest.fixture
def reader(running: Running) -> Reader:
    return Reader(running)


async def raised_to_p1(desk: Desk) -> None:
    """Rule 11's ticket: P2 at 10:00, raised to P1 at 13:00, resolved at 15:00."""
    desk.opens("T-1", "10:00", severity="P2", title="Calls fail", customer="Acme")
    desk.happens("T-1", "13:00", "ticket.severity_changed", severity="P1")
    desk.happens("T-1", "15:00", "ticket.resolved")
    await desk.report()


async def test_the_state_says_everything_about_a_ticket(desk: Desk, reader: Reader) -> None:
    opened = host_now() - HOUR / 2
    await desk.opens("T-1", opened, severity="p1", title="Calls fail", channel="phone").report()

    state = await reader.ticket("T-1")

    assert state["ticket_id"] == "T-1"
    assert state["policy"]["id"] == "portaone"
    assert state["policy"]["version"].startswith("sha256:")
    assert (state["severity"], state["status"], state["channel"]) == ("P1", "new", "phone")
    assert (state["late_facts"], state["flags"], state["attributes"]) == (0, [], {})
    response = clock(state, "first_response")
    assert (response["state"], response["goal"], response["commitment"]) == (
        "running",
        "1h",
        "guarantee",
    )
    assert 1790 < response["elapsed_seconds"] < 1860
    assert response["elapsed_seconds"] + response["remaining_seconds"] == pytest.approx(3600)
    assert clock(state, "update")["state"] == "pending"
    assert state["next_mark"]["kind"] == "breach"
    (escalation,) = state["escalations"]
    assert (escalation["role"], escalation["tier"], escalation["cycle"]) == (TSM, 1, 1)
    assert escalation["late_by_seconds"] > 1790
    assert escalation["raised_at"].endswith("Z")
    assert escalation["unheard"] is True


async def test_an_unknown_ticket_is_not_found(reader: Reader) -> None:
    answer = await reader.get("/v1/tickets/T-404")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["instance"] == "/v1/tickets/T-404"


async def test_any_ticket_that_can_be_opened_can_be_read(desk: Desk, reader: Reader) -> None:
    ids = ["org/repo#12", "a b", "50%", "Ärger?&=+", "..x", "a//b/", "x" * 200]
    for ticket_id in ids:
        desk.opens(ticket_id, "10:00", severity="P1")
    await desk.report()
    for ticket_id in ids:
        assert (await reader.ticket(ticket_id))["ticket_id"] == ticket_id


async def test_an_escaped_slash_belongs_to_the_tickets_id(desk: Desk, reader: Reader) -> None:
    for name in ("events", "timeline", "explain"):
        desk.opens(f"T-1/{name}", "10:00", severity="P1")
    await desk.opens("T-1", "10:00", severity="P1").report()
    for name in ("events", "timeline", "explain"):
        assert (await reader.ticket(f"T-1/{name}"))["ticket_id"] == f"T-1/{name}"
    told = await reader.read("/v1/tickets/T-1/events")
    assert {each["subject"] for each in told["items"]} == {"T-1"}
    told = await reader.read("/v1/tickets/T-1%2Fevents/events")
    assert {each["subject"] for each in told["items"]} == {"T-1/events"}


class TestAsOf:
    """Rule 11's ticket, asked about at several instants."""

    async def test_before_the_change_it_was_a_p2(self, desk: Desk, reader: Reader) -> None:
        await raised_to_p1(desk)
        state = await reader.ticket("T-1", as_of=at("12:30"))
        assert state["severity"] == "P2"
        assert told(state) == [("escalation", TSM, "11:00"), ("breach", None, "12:00")]
        assert state["next_mark"]["role"] == CRM
        assert clock_time(state["next_mark"]["at"]) == "14:00"
        assert state["as_of"] == "2024-06-03T12:30:00Z"

    async def test_the_change_reaches_what_is_past_already(
        self, desk: Desk, reader: Reader
    ) -> None:
        await raised_to_p1(desk)
        state = await reader.ticket("T-1", as_of=at("13:00"))
        assert state["severity"] == "P1"
        last = state["escalations"][-1]
        assert (last["role"], clock_time(last["reached_at"])) == (CRM, "13:00")
        assert clock_time(last["target_at"]) == "11:00"
        assert last["raised_at"] is not None
        assert state["next_mark"]["role"] == "cto"
        assert clock_time(state["next_mark"]["at"]) == "14:00"

    async def test_nobody_is_told_twice(self, desk: Desk, reader: Reader) -> None:
        await raised_to_p1(desk)
        state = await reader.ticket("T-1", as_of=at("14:00"))
        assert [role for kind, role, _ in told(state) if kind == "escalation"] == [TSM, CRM, "cto"]
        assert clock(state, "first_response")["breached_at"] == "2024-06-03T12:00:00Z"

    async def test_what_is_met_shows_how_it_ended(self, desk: Desk, reader: Reader) -> None:
        await raised_to_p1(desk)
        state = await reader.ticket("T-1", as_of=at("+1d 10:00"))
        assert state["status"] == "resolved"
        assert clock(state, "resolution")["met_at"] == "2024-06-03T15:00:00Z"
        assert clock(state, "resolution")["elapsed_seconds"] == 5 * 3600
        assert state["next_mark"] is None

    async def test_at_its_opening_it_was_new(self, desk: Desk, reader: Reader) -> None:
        await raised_to_p1(desk)
        state = await reader.ticket("T-1", as_of=at("10:00"))
        assert (state["status"], state["version"]) == ("new", 1)

    async def test_before_its_opening_there_was_none(self, desk: Desk, reader: Reader) -> None:
        await raised_to_p1(desk)
        answer = await reader.get("/v1/tickets/T-1", as_of="2024-06-03T09:59:59.999999Z")
        assert answer.status_code == 404

    async def test_as_of_now_is_now(self, desk: Desk, reader: Reader) -> None:
        await raised_to_p1(desk)
        now = await reader.ticket("T-1")
        then = await reader.ticket("T-1", as_of=host_now())
        assert {**then, "as_of": None} == {**now, "as_of": None}

    async def test_the_future_is_what_comes_if_nothing_happens(
        self, desk: Desk, reader: Reader
    ) -> None:
        opened = host_now()
        await desk.opens("T-1", opened, severity="P1").report()
        state = await reader.ticket("T-1", as_of=opened + 2 * HOUR)
        assert [(kind, role) for kind, role, _ in told(state)] == [
            ("escalation", TSM),
            ("breach", None),
            ("escalation", CRM),
        ]
        raised = [each["raised_at"] for each in state["escalations"]]
        assert raised[0] is not None
        assert raised[1:] == [None, None]
        assert clock(state, "first_response")["remaining_seconds"] == pytest.approx(-3600)
        assert state["next_mark"]["role"] == "cto"

    async def test_a_year_ahead_is_the_furthest(self, desk: Desk, reader: Reader) -> None:
        await desk.opens("T-1", None, severity="P1").report()
        assert (await reader.ticket("T-1", as_of=host_now() + timedelta(days=364)))["version"]
        for name in ("as_of", "known_at"):
            for far in (host_now() + timedelta(days=366), "9999-12-31T23:59:59Z"):
                answer = await reader.get("/v1/tickets/T-1", **{name: far})
                assert answer.status_code == 422
                assert answer.json()["errors"][0]["pointer"] == name


async def test_what_was_believed_then_is_not_what_is_known_now(desk: Desk, reader: Reader) -> None:
    """An answer at 9 that is reported only at 11: at 10, nobody knew of it."""
    opened, answered = host_now() - 3 * HOUR, host_now() - 2 * HOUR
    await desk.opens("T-1", opened, severity="P1").report()
    then = host_now()
    await desk.happens("T-1", answered - HOUR / 2, "ticket.agent_replied").report()

    believed = await reader.ticket("T-1", as_of=answered, known_at=then)
    known = await reader.ticket("T-1", as_of=answered)
    alone = await reader.ticket("T-1", known_at=then)

    assert believed["status"] == "new"
    assert clock(believed, "first_response")["breached"] is True
    assert clock(known, "first_response")["state"] == "met"
    assert clock(known, "first_response")["breached"] is False
    assert alone["status"] == "new"
    assert alone["as_of"] == then.isoformat().replace("+00:00", "Z")
    assert believed["late_facts"] == 0


async def test_what_a_late_fact_took_back_stays_visible(desk: Desk, reader: Reader) -> None:
    opened = host_now() - 3 * HOUR
    await desk.opens("T-1", opened, severity="P1").report()
    await desk.happens("T-1", opened + HOUR / 2, "ticket.agent_replied").report()

    state = await reader.ticket("T-1")

    breach = next(
        each
        for each in state["escalations"]
        if each["kind"] == "breach" and each["clock"] == "first_response"
    )
    assert breach["retracted_at"] is not None
    asked_again = await reader.ticket("T-1", as_of=state["as_of"])
    assert asked_again == state


async def test_a_late_fact_moves_the_target_of_what_stands(desk: Desk, reader: Reader) -> None:
    """The manager of a P2 was told for 11:00; by the change at 10:30 it was due then (11, 23)."""
    await desk.opens("T-1", "10:00", severity="P2").report()
    await desk.happens("T-1", "10:30", "ticket.severity_changed", severity="P1").report()

    state = await reader.ticket("T-1")

    manager = next(each for each in state["escalations"] if each["role"] == TSM)
    assert clock_time(manager["target_at"]) == "10:00"
    assert clock_time(manager["reached_at"]) == "10:30"
    assert manager["raised_at"] is not None
    assert manager["retracted_at"] is None


class TestETag:
    async def test_who_has_the_answer_is_not_sent_it_again(
        self, running: Running, desk: Desk, reader: Reader
    ) -> None:
        await desk.opens("T-1", "10:00", severity="P1").report()
        etag = (await reader.get("/v1/tickets/T-1")).headers["etag"]
        assert etag.startswith('W/"')
        for known in (etag, etag.removeprefix("W/"), f'"x", {etag}', "*"):
            answer = await running.client.get("/v1/tickets/T-1", headers={"If-None-Match": known})
            assert (answer.status_code, answer.content) == (304, b"")
            assert answer.headers["etag"] == etag

    async def test_a_fact_changes_it(self, running: Running, desk: Desk, reader: Reader) -> None:
        await desk.opens("T-1", "10:00", severity="P1").report()
        etag = (await reader.get("/v1/tickets/T-1")).headers["etag"]
        await desk.happens("T-1", None, "ticket.work_started").report()
        answer = await running.client.get("/v1/tickets/T-1", headers={"If-None-Match": etag})
        assert answer.status_code == 200
        assert answer.headers["etag"] != etag

    async def test_a_mark_passed_changes_it(self, desk: Desk, reader: Reader) -> None:
        opened = host_now()
        await desk.opens("T-1", opened, severity="P1").report()
        before = await reader.get("/v1/tickets/T-1", as_of=opened + HOUR / 2)
        after = await reader.get("/v1/tickets/T-1", as_of=opened + HOUR)
        assert before.headers["etag"] != after.headers["etag"]


class TestInstants:
    async def test_any_offset_will_do(self, running: Running, desk: Desk) -> None:
        """A "+" that was not escaped arrives as a space, and is understood."""
        await desk.opens("T-1", "10:00", severity="P2").report()
        for as_of in (
            "2024-06-03T12:30:00%2B00:00",
            "2024-06-03T12:30:00+00:00",
            "2024-06-03T14:30:00+02:00",
            "2024-06-03t05:30:00.000-07:00",
            "2024-06-03T12:30:00.0000009z",
        ):
            answer = await running.client.get(f"/v1/tickets/T-1?as_of={as_of}")
            assert answer.status_code == 200, as_of
            assert answer.json()["as_of"] == "2024-06-03T12:30:00Z"

    async def test_anything_else_is_refused(self, reader: Reader) -> None:
        for as_of in (
            "",
            "yesterday",
            "2024-06-03",
            "2024-06-03T12:30:00",
            "2024-06-03T12:30Z",
            "2024-02-30T12:00:00Z",
            "2024-06-03T24:00:00Z",
            "2024-06-03T12:30:00+25:00",
            "0001-01-01T00:00:00+01:00",
            "9999-12-31T23:59:59-01:00",
            "2024-06-03T12:30:00Z\0",
            "٢٠٢٤-06-03T12:30:00Z",
            "1717410600",
        ):
            answer = await reader.get("/v1/tickets/T-1", as_of=as_of)
            assert answer.status_code == 422, as_of
            (error,) = answer.json()["errors"]
            assert error["pointer"] == "as_of"
            assert "2026-11-21T10:00:00Z" in error["detail"]

    async def test_long_ago_there_was_no_ticket(self, desk: Desk, reader: Reader) -> None:
        await desk.opens("T-1", "10:00", severity="P2").report()
        for long_ago in ("0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z"):
            for name in ("as_of", "known_at"):
                answer = await reader.get("/v1/tickets/T-1", **{name: long_ago})
                assert answer.status_code == 404


async def test_an_impossible_id_is_no_ticket(running: Running) -> None:
    for ticket_id in ("%00", "a%00b", "x" * 5000, ""):
        for rest in ("", "/events", "/timeline"):
            answer = await running.client.get(f"/v1/tickets/{ticket_id}{rest}")
            assert answer.status_code in (404, 422)
            assert answer.headers["content-type"] == "application/problem+json"
