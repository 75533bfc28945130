"""Delivering: what a subscriber hears, in which words, and what is kept of it."""

import logging
from collections.abc import AsyncIterator

import pytest

from app.store.database import Database
from tests.webhooks.receiver import answers, receiving
from tests.webhooks.telling import CTO, MANAGER, RELATIONS, Desk, telling

SECRET_WORDS = ("s3cret", "whsec_")


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with telling(database) as desk:
        yield desk


async def test_a_subscriber_is_told_and_can_verify_it(desk: Desk) -> None:
    async with receiving(behaviour=answers(200, "thanks")) as receiver:
        await desk.subscribe(receiver)
        recorded = await desk.open("T/1")
        assert recorded.deliveries == 1
        assert await desk.deliverer.deliver_due() == 1
        assert await desk.deliverer.deliver_due() == 0
    [heard] = receiver.heard
    event, data = heard.event, heard.event["data"]
    assert heard.headers["content-type"] == "application/cloudevents+json"
    assert {name: event[name] for name in ("specversion", "source", "type", "subject")} == {
        "specversion": "1.0",
        "source": "escalator",
        "type": "sla.escalated",
        "subject": "T/1",
    }
    assert event["id"] == heard.id == data["escalation"]["id"]
    assert event["sequence"] == "2"
    assert event["time"] == data["escalation"]["reached_at"]
    assert data["escalation"]["role"] == MANAGER
    assert data["escalation"]["late_by_seconds"] >= 0
    assert data["ticket"]["ticket_id"] == "T/1"
    assert data["ticket"]["next_mark"] == data["next_mark"]
    assert (data["next_mark"]["clock"], data["next_mark"]["kind"]) == ("first_response", "breach")
    assert data["links"].keys() == {"ticket", "acknowledge"}
    assert data["links"]["ticket"] == "/v1/tickets/T%2F1"
    assert data["links"]["acknowledge"].startswith(f"/ack/{heard.id}.")
    [delivery], [attempt] = await desk.deliveries(), await desk.attempts()
    assert (delivery["status"], delivery["attempts"]) == ("delivered", 1)
    assert delivery["settled_at"] >= delivery["first_attempt_at"] >= delivery["created_at"]
    assert (attempt["attempt"], attempt["status"], attempt["answer"]) == (1, 200, "thanks")
    assert attempt["error"] is None


async def test_the_body_says_how_the_ticket_stands_when_it_is_sent(desk: Desk) -> None:
    async with receiving(behaviour=answers(503)) as receiver:
        await desk.subscribe(receiver)
        await desk.open("T-1")
        await desk.deliverer.deliver_due()
        escalation_id = receiver.heard[0].id
        await desk.record("T-1", "escalation.acknowledged", escalation_id=escalation_id, by="anna")
        await desk.record("T-1", "ticket.work_started")
        await desk.make_due()
        await desk.deliverer.deliver_due()
    before, after = (each.event["data"] for each in receiver.heard)
    assert (before["ticket"]["status"], after["ticket"]["status"]) == ("new", "in_progress")
    assert before["escalation"]["acknowledged_by"] is None
    assert after["escalation"]["acknowledged_by"] == "anna"
    assert after["escalation"]["raised_at"] == before["escalation"]["raised_at"]
    assert after["ticket"]["version"] > before["ticket"]["version"]


async def test_links_are_absolute_where_the_service_knows_its_address(desk: Desk) -> None:
    deliverer = desk.another_deliverer("https://sla.example.com/")
    async with receiving() as receiver:
        await desk.subscribe(receiver)
        await desk.open("T-1")
        await deliverer.deliver_due()
    links = receiver.heard[0].event["data"]["links"]
    assert links["ticket"] == "https://sla.example.com/v1/tickets/T-1"
    assert links["acknowledge"].startswith("https://sla.example.com/ack/")


@pytest.mark.parametrize(
    ("filters", "told"),
    [
        ({}, [MANAGER, "sla.breached", RELATIONS, CTO]),
        ({"roles": [CTO, RELATIONS]}, [RELATIONS, CTO]),
        ({"types": ["sla.breached"]}, ["sla.breached"]),
        ({"types": ["sla.breached"], "roles": [CTO]}, []),
        (
            {"policies": ["portaone"], "severities": ["p1"]},
            [MANAGER, "sla.breached", RELATIONS, CTO],
        ),
        ({"policies": ["another"]}, []),
        ({"severities": ["P2", "P3"]}, []),
    ],
)
async def test_filters(desk: Desk, filters: dict[str, list[str]], told: list[str]) -> None:
    async with receiving() as receiver:
        await desk.subscribe(receiver, **filters)
        await desk.open("T-1", hours_ago=5)
        while await desk.deliverer.deliver_due():
            pass
    assert sorted(what for _, what in receiver.told) == sorted(told)


async def test_what_an_answer_holds_is_kept_as_text(desk: Desk) -> None:
    async with receiving(behaviour=answers(500, "a\0b" + "ż" * 2000)) as receiver:
        await desk.subscribe(receiver)
        await desk.open("T-1")
        await desk.deliverer.deliver_due()
    [attempt] = await desk.attempts()
    assert attempt["answer"].startswith("abżż")
    assert attempt["answer"].endswith("\N{REPLACEMENT CHARACTER}")
    assert len(attempt["answer"].encode()) <= 2048 + 2


async def test_a_ticket_that_cannot_be_read_is_told_of_all_the_same(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    async with receiving() as receiver:
        await desk.subscribe(receiver)
        await desk.open("T-1")
        await desk.open("T-2")
        await desk.fetch("UPDATE tickets SET state = '{}' WHERE ticket_id = 'T-1'")
        await desk.deliverer.deliver_due()
    tickets = {each.event["subject"]: each.event["data"]["ticket"] for each in receiver.heard}
    assert tickets["T-1"] is None
    assert tickets["T-2"]["ticket_id"] == "T-2"
    assert "T-1 is told of without its state" in caplog.text


async def test_an_event_that_cannot_be_read_stops_no_other(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    async with receiving() as receiver:
        await desk.subscribe(receiver)
        for ticket_id in ("T-1", "T-2", "T-3"):
            await desk.open(ticket_id)
        await desk.fetch("UPDATE events SET data = '{}' WHERE ticket_id = 'T-1' AND version = 2")
        await desk.fetch("DELETE FROM events WHERE ticket_id = 'T-2' AND version = 2")
        await desk.deliverer.deliver_due()
    assert receiver.told == [("T-3", MANAGER)]
    assert await desk.statuses() == ["pending", "pending", "delivered"]
    errors = {row["error"] for row in await desk.attempts()}
    ours = "failed on our side: "
    assert errors == {None, f"{ours}ValidationError", f"{ours}LetterMissing"}
    assert "ticket T-1" in caplog.text


async def test_no_url_and_no_secret_is_logged(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with receiving() as receiver:
        await desk.subscribe(receiver)
        for number, status in enumerate((204, 503, 404, 410)):
            receiver.behaviour = answers(status, "s3cret")
            await desk.open(f"T-{number}")
            await desk.deliverer.deliver_due()
    await desk.fetch("UPDATE subscriptions SET enabled = true")
    await desk.make_due()
    await desk.deliverer.deliver_due()  # nobody is there any more
    assert (await desk.attempts())[-1]["error"] == "ConnectionRefusedError: Connection refused"
    assert "ticket T-1, event " in caplog.text
    assert "subscription sub_" in caplog.text
    for word in (*SECRET_WORDS, receiver.url):
        assert word not in caplog.text
