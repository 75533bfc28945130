"""Each format over a real socket, to receivers that answer as the vendors' do."""

import json

import pytest

from app.store.database import Database
from app.store.sealed import Seals, keys_in, new_key
from app.webhooks.resealing import reseal
from app.webhooks.subscriptions import Subscription
from tests.conftest import SECRETS_KEY
from tests.webhooks.messages import ROUTING_KEY
from tests.webhooks.receiver import receiving
from tests.webhooks.telling import telling
from tests.webhooks.test_formats import OPTIONS
from tests.webhooks.vendors import Vendor, discord, says, then

GOOD: dict[str, tuple[Vendor, str]] = {
    "cloudevents": (says(204), "application/cloudevents+json"),
    "slack": (says(200, "ok"), "application/json; charset=utf-8"),
    "teams": (says(202), "application/json; charset=utf-8"),
    "discord": (discord(), "application/json; charset=utf-8"),
    "mattermost": (says(200, "ok"), "application/json; charset=utf-8"),
    "google_chat": (says(200, '{"name": "spaces/1"}'), "application/json; charset=utf-8"),
    "pagerduty": (says(202, '{"status": "success"}'), "application/json; charset=utf-8"),
    "template": (says(200), "application/json; charset=utf-8"),
}


@pytest.mark.parametrize("format_name", GOOD)
async def test_it_arrives_signed_and_is_understood(database: Database, format_name: str) -> None:
    vendor, content_type = GOOD[format_name]
    async with telling(database) as desk, receiving(behaviour=vendor.behaviour) as receiver:
        await desk.subscribe(receiver, format_name, OPTIONS.get(format_name, {}))
        await desk.open("T-1")
        await desk.deliverer.deliver_due()
        (heard,) = receiver.heard
        assert heard.headers["content-type"] == content_type
        assert "T-1" in json.dumps(heard.event)
        assert await desk.statuses() == ["delivered"]
        expected = {"key": "s3cret"}
        if format_name == "discord":
            expected["wait"] = "true"
        if format_name == "google_chat":
            expected["messageReplyOption"] = "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"
            expected["requestId"] = heard.id
        assert vendor.queries[-1] == expected


@pytest.mark.parametrize(
    ("format_name", "vendor", "status", "answer"),
    [
        ("slack", says(200, "invalid_payload"), "failed", "invalid_payload"),
        ("slack", says(403, "action_prohibited"), "failed", "action_prohibited"),
        ("slack", says(404, "channel_not_found"), "failed", "channel_not_found"),
        ("slack", says(410, "channel_is_archived"), "failed", "channel_is_archived"),
        ("slack", says(429, "", Retry_After="30"), "pending", ""),
        ("slack", says(500, "rollup_error"), "pending", "rollup_error"),
        ("discord", says(401, "{}"), "failed", "{}"),
        ("discord", says(403, "{}"), "failed", "{}"),
        ("discord", says(404, "{}"), "failed", "{}"),
        ("discord", says(429, "{}", Retry_After="0.5"), "pending", "{}"),
        ("google_chat", says(429, "", Retry_After="30"), "pending", ""),
        ("pagerduty", says(400, '{"status":"invalid event"}'), "failed", None),
        ("pagerduty", says(200, "<html>"), "failed", "<html>"),
        ("pagerduty", says(429), "pending", ""),
        ("pagerduty", says(500), "pending", ""),
        ("mattermost", says(400, "invalid"), "failed", "invalid"),
        ("teams", says(413), "failed", ""),
    ],
)
async def test_what_other_answers_mean(
    database: Database, format_name: str, vendor: Vendor, status: str, answer: str | None
) -> None:
    async with telling(database) as desk, receiving(behaviour=vendor.behaviour) as receiver:
        await desk.subscribe(receiver, format_name, OPTIONS.get(format_name, {}))
        await desk.open("T-1")
        await desk.deliverer.deliver_due()
        assert await desk.statuses() == [status]
        (attempt,) = await desk.attempts()
        assert answer is None or attempt["answer"] == answer


async def test_a_retry_after_is_obeyed(database: Database) -> None:
    vendor = then(says(429, Retry_After="900"), discord())
    async with telling(database) as desk, receiving(behaviour=vendor.behaviour) as receiver:
        await desk.subscribe(receiver, "discord")
        await desk.open("T-1")
        await desk.deliverer.deliver_due()
        (delivery,) = await desk.deliveries()
        assert (delivery["due_at"] - await desk.now()).total_seconds() > 890


async def test_who_was_told_before_is_read_for_those_who_say_so(database: Database) -> None:
    vendor = says(200, "ok")
    async with telling(database) as desk, receiving(behaviour=vendor.behaviour) as receiver:
        await desk.subscribe(receiver, "slack", types=["sla.escalated"])
        await desk.open("T-1", hours_ago=1.1)
        await desk.deliverer.deliver_due()
        await desk.deliverer.deliver_due()
        first, second = (heard.body.decode() for heard in receiver.heard)
        assert "Told before" not in first
        assert "*Told before*\\ntechnical support manager <!date^" in second


async def test_a_template_that_cannot_be_written_fails_and_says_why(database: Database) -> None:
    options = {"template": "{{ ticket.title | int }}", "content_type": "text/plain"}
    async with telling(database) as desk, receiving() as receiver:
        await desk.subscribe(receiver, "template", options)
        await desk.open("T-1")
        await desk.deliverer.deliver_due()
        assert await desk.statuses() == ["failed"]
        (attempt,) = await desk.attempts()
        assert attempt["error"].startswith("cannot be written: line 1: invalid literal")
        assert receiver.heard == []


async def test_bodies_of_other_options_are_other_bodies(database: Database) -> None:
    async with telling(database) as desk, receiving() as one, receiving() as two:
        for receiver, text in ((one, '"a"'), (two, '"b"')):
            await desk.subscribe(receiver, "template", {"template": text})
        await desk.open("T-1")
        await desk.deliverer.deliver_due()
        assert [one.heard[0].body, two.heard[0].body] == [b'"a"', b'"b"']


async def test_a_routing_key_is_sealed_in_the_database(database: Database) -> None:
    async with telling(database) as desk, receiving() as receiver:
        await desk.subscribe(receiver, "pagerduty", OPTIONS["pagerduty"])
        (row,) = await desk.fetch("SELECT options::text AS options FROM subscriptions")
        assert ROUTING_KEY not in row["options"]
        assert "sealed:v1:" in row["options"]


async def test_another_key_seals_options_anew(database: Database) -> None:
    async with telling(database) as desk, receiving(behaviour=says(202).behaviour) as receiver:
        await desk.subscribe(receiver, "pagerduty", OPTIONS["pagerduty"])
        another = keys_in(new_key())
        async with database.transaction() as connection:
            done = await reseal(connection, Seals([*another, *keys_in(SECRETS_KEY)]))
        assert done == (1, [])
        (row,) = await desk.fetch("SELECT * FROM subscriptions")
        opened = Subscription.of(row, await desk.now(), Seals(another)).options
        assert opened == OPTIONS["pagerduty"]
