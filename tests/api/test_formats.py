"""Formats over the API: options checked, kept and shown; previews; trials."""

import json
from typing import Any

import httpx
import pytest

from app.webhooks.formats import FORMATS
from tests.api.subscribing import URL, Json, make, open_ticket, until
from tests.conftest import Running
from tests.webhooks.messages import ROUTING_KEY
from tests.webhooks.receiver import receiving
from tests.webhooks.test_formats import OPTIONS
from tests.webhooks.vendors import says

PAGERDUTY: Json = {"format": "pagerduty", "options": {"routing_key": ROUTING_KEY}}


async def post(running: Running, path: str, **body: object) -> httpx.Response:
    """The answer to a body."""
    return await running.client.post(f"/v1/subscriptions{path}", json=body)


async def test_options_are_shown_without_what_is_secret(running: Running) -> None:
    made = await make(running, **PAGERDUTY)
    path = f"/v1/subscriptions/{made['id']}"
    told = [
        (await running.client.get(path)).text,
        (await running.client.get("/v1/subscriptions")).text,
        (await running.client.patch(path, json={"roles": ["cto"]})).text,
        json.dumps(made),
    ]
    assert made["options"] == {"routing_key": "…"}
    assert not any(ROUTING_KEY in text or "sealed" in text for text in told)
    template = await make(running, format="template", options=OPTIONS["template"])
    assert template["options"] == OPTIONS["template"]
    assert (await make(running))["options"] == {}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"format": "pagerduty"}, "/options/routing_key"),
        ({"format": "pagerduty", "options": {"routing_key": 5}}, "/options/routing_key"),
        ({"format": "pagerduty", "options": {"routing_key": "…"}}, "/options/routing_key"),
        ({"format": "pagerduty", "options": {"key": "x"}}, "/options/key"),
        ({"format": "slack", "options": {"colour": "red"}}, "/options/colour"),
        ({"options": {"a": 1}}, "/options/a"),
        ({"options": []}, "/options"),
        ({"format": "template"}, "/options/template"),
        ({"format": "template", "options": {"template": "{{ x"}}, "/options/template"),
        ({"format": "template", "options": {"template": "{% for %}"}}, "/options/template"),
        ({"format": "template", "options": {"template": "no json"}}, "/options/template"),
    ],
)
async def test_what_is_wrong_with_options_is_named(
    running: Running, body: dict[str, Any], pointer: str
) -> None:
    made = await make(running)
    for answer in (
        await post(running, "", url=URL, **body),
        await running.client.patch(f"/v1/subscriptions/{made['id']}", json=body),
        await post(running, "/preview", **body) if body != {"format": "pagerduty"} else None,
    ):
        if answer is not None:
            assert answer.status_code == 422, answer.text
            assert answer.json()["errors"][0]["pointer"] == pointer


async def test_another_format_has_its_own_options(running: Running) -> None:
    made = await make(running, **PAGERDUTY)
    path = f"/v1/subscriptions/{made['id']}"
    slack = (await running.client.patch(path, json={"format": "slack"})).json()
    assert (slack["format"], slack["options"]) == ("slack", {})
    refused = await running.client.patch(path, json={"format": "pagerduty"})
    assert refused.json()["errors"][0]["pointer"] == "/options/routing_key"
    again = (await running.client.patch(path, json=PAGERDUTY)).json()
    assert (again["format"], again["options"]) == ("pagerduty", {"routing_key": "…"})


@pytest.mark.parametrize("format_name", FORMATS)
async def test_a_preview_of_every_format(running: Running, format_name: str) -> None:
    sent = {"format": format_name, "options": OPTIONS.get(format_name, {})}
    sample = (await post(running, "/preview", **sent)).json()
    assert sample["format"] == format_name
    assert "T-1042" in json.dumps(sample["body"])
    assert ROUTING_KEY not in json.dumps(sample)
    await open_ticket(running, "T-77")
    (escalation,) = (await running.client.get("/v1/escalations?ticket=T-77")).json()["items"]
    real = (await post(running, "/preview", **sent, event=escalation["id"])).json()
    assert "T-77" in json.dumps(real["body"])
    assert (await running.client.get("/v1/deliveries")).json()["items"] == []


async def test_a_preview_says_what_is_added_to_the_url(running: Running) -> None:
    assert (await post(running, "/preview", format="discord")).json()["query"] == "wait=true"
    options = {"template": "{{ summary.headline }}", "content_type": "text/plain"}
    text = (await post(running, "/preview", format="template", options=options)).json()
    assert text["body"] == "Escalation, tier 2: resolution is 12 minutes late"
    assert text["content_type"] == "text/plain; charset=utf-8"
    assert (await post(running, "/preview", event="none")).status_code == 404
    assert (await post(running, "/preview", format="pagerduty")).status_code == 200


@pytest.mark.parametrize("format_name", [name for name in FORMATS if name != "cloudevents"])
async def test_a_trial_in_every_format(running: Running, format_name: str) -> None:
    vendor = says(202 if format_name == "pagerduty" else 200, "ok")
    async with receiving(behaviour=vendor.behaviour) as receiver:
        made = await make(
            running, receiver, format=format_name, options=OPTIONS.get(format_name, {})
        )
        tried = (await post(running, f"/{made['id']}/test")).json()
    assert tried["delivered"] is True, tried
    assert "trial" in receiver.heard[0].body.decode()


async def test_an_acknowledgement_over_the_api_reaches_pagerduty(running: Running) -> None:
    async with receiving(behaviour=says(202).behaviour) as receiver:
        await make(running, receiver, **PAGERDUTY, roles=["technical_support_manager"])
        await open_ticket(running, "T-1")
        await until(lambda: len(receiver.heard) == 1)
        (escalation,) = (await running.client.get("/v1/escalations")).json()["items"]
        path = f"/v1/escalations/{escalation['id']}/acknowledge"
        assert (await running.client.post(path, json={"by": "anna"})).status_code == 200
        await until(lambda: len(receiver.heard) == 2)
    assert receiver.heard[1].event["event_action"] == "acknowledge"
    assert receiver.heard[1].event["dedup_key"] == receiver.heard[0].event["dedup_key"]
