"""``/v1/subscriptions``: made, shown without secrets, changed, tried out, replayed."""

import asyncio
import json
import logging

import httpx
import pytest
from standardwebhooks import Webhook

from app.webhooks.signing import new_secret
from tests.api.subscribing import URL, Json, make, open_ticket, until
from tests.conftest import Running
from tests.patience import PATIENCE_SECONDS
from tests.webhooks.receiver import answers, receiving

JSON_BODY = {"content-type": "application/json"}
MANAGER = "technical_support_manager"


async def test_a_subscription_is_made_and_its_secret_shown_once(running: Running) -> None:
    answer = await running.client.post("/v1/subscriptions", json={"url": URL, "roles": [MANAGER]})
    made = answer.json()
    assert answer.headers["location"] == f"/v1/subscriptions/{made['id']}"
    assert made["id"].startswith("sub_")
    assert (made["url"], made["format"], made["enabled"]) == (URL, "cloudevents", True)
    assert (made["roles"], made["types"], made["policies"], made["severities"]) == (
        [MANAGER],
        [],
        [],
        [],
    )
    Webhook(made["secret"])
    shown = await running.client.get(f"/v1/subscriptions/{made['id']}")
    listed = await running.client.get("/v1/subscriptions")
    expected = {**made, "url": "https://bot.example.com/…"}
    del expected["secret"]
    assert shown.json() == expected
    assert listed.json() == {"items": [expected], "next_cursor": None}


async def test_a_secret_may_be_given(running: Running) -> None:
    secret = new_secret()
    assert (await make(running, secret=secret))["secret"] == secret


async def test_path_and_query_of_a_url_are_hidden(running: Running) -> None:
    for url, expected in (
        ("https://a.example", "https://a.example/"),
        ("https://a.example:8443/", "https://a.example:8443/"),
        ("https://a.example/?token=s3cret", "https://a.example/…"),
        ("https://a.example/s3cret/", "https://a.example/…"),
        ("http://[2001:db8::1]:80/s3cret", "http://[2001:db8::1]/…"),
        ("https://a.example/#s3cret", "https://a.example/…"),
        ("https://żółw.example/s3cret", "https://xn--w-uga1v8h.example/…"),
    ):
        made = await make(running, url=url)
        answer = await running.client.get(f"/v1/subscriptions/{made['id']}")
        assert answer.json()["url"] == expected


WRONG: list[tuple[Json, str]] = [
    ({"url": "ftp://a.example/"}, "/url"),
    ({"url": "https://u:p@a.example/"}, "/url"),
    ({"url": "https://a.example/…"}, "/url"),
    ({"url": "https://a.example/" + "a" * 2048}, "/url"),
    ({"url": 5}, "/url"),
    ({"url": None}, "/url"),
    ({"url": "https://a\0.example/"}, "/url"),
    ({"url": URL, "format": "morse"}, "/format"),
    ({"url": URL, "types": ["ticket.opened"]}, "/types/0"),
    ({"url": URL, "roles": "cto"}, "/roles"),
    ({"url": URL, "roles": [""]}, "/roles/0"),
    ({"url": URL, "roles": ["a\0"]}, "/roles/0"),
    ({"url": URL, "roles": ["a"] * 101}, "/roles"),
    ({"url": URL, "severities": [1]}, "/severities/0"),
    ({"url": URL, "enabled": "yes"}, "/enabled"),
    ({"url": URL, "colour": "red"}, "/colour"),
]


async def test_what_is_wrong_is_named(running: Running) -> None:
    made = await make(running)
    only_made = [
        ({}, "/url"),
        ({"url": URL, "secret": "whsec_short"}, "/secret"),
        ({"url": URL, "secret": "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, "/secret"),
    ]
    only_changed = [({"secret": new_secret()}, "/secret"), ({"id": "sub_1"}, "/id")]
    for method, path, cases in (
        ("POST", "/v1/subscriptions", WRONG + only_made),
        ("PATCH", f"/v1/subscriptions/{made['id']}", WRONG + only_changed),
    ):
        for body, pointer in cases:
            answer = await running.client.request(
                method, path, content=json.dumps(body), headers=JSON_BODY
            )
            assert answer.status_code == 422, answer.text
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["errors"][0]["pointer"] == pointer
            assert not any(secret in answer.text for secret in ("s3cret", "MfKQ", "whsec_short"))


async def test_what_is_not_json_is_400(running: Running) -> None:
    lone_surrogate = json.dumps({"url": URL, "roles": ["\ud800"]}).encode()
    twice = b'{"url": "https://a.example", "url": "https://b.example"}'
    for body in (b"{", b"\xff\xfe", b'{"url": "\xff"}', b"[1, 2", b"no", lone_surrogate, twice):
        answer = await running.client.post("/v1/subscriptions", content=body, headers=JSON_BODY)
        assert answer.status_code == 400, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
    answer = await running.client.post("/v1/subscriptions", content=b"", headers=JSON_BODY)
    assert answer.status_code == 422, "a body is required"


async def test_what_is_not_known_is_404(running: Running) -> None:
    client = running.client
    for method, path in (
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/rotate-secret"),
        ("POST", "/test"),
        ("POST", "/replay?since=2026-01-01T00:00:00Z"),
    ):
        for name in ("sub_none", "%C5%BC"):
            answer = await client.request(
                method,
                f"/v1/subscriptions/{name}{path}",
                json={} if method == "PATCH" else None,
            )
            assert answer.status_code == 404, (method, path, name, answer.text)
            assert answer.headers["content-type"] == "application/problem+json"


async def test_pages_hold_together(running: Running) -> None:
    made = [(await make(running))["id"] for _ in range(5)]
    found, cursor = [], None
    while True:
        parameters = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await running.client.get("/v1/subscriptions", params=parameters)).json()
        found += [each["id"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        if len(found) == 2:
            await running.client.delete(f"/v1/subscriptions/{found[0]}")
    assert found == made


async def test_changing(running: Running) -> None:
    made = await make(running, roles=["cto"])
    path = f"/v1/subscriptions/{made['id']}"
    change = {"url": "https://b.example/s3cret", "roles": [], "severities": ["P1"]}
    changed = (await running.client.patch(path, json=change)).json()
    assert changed["url"] == "https://b.example/…"
    assert (changed["roles"], changed["severities"], changed["enabled"]) == ([], ["P1"], True)
    assert changed["created_at"] == made["created_at"]
    assert (await running.client.patch(path, json={})).json() == changed
    assert (await running.client.patch(path, json={"enabled": False})).json()["enabled"] is False


async def test_disabled_it_waits_and_enabled_it_goes_on(running: Running) -> None:
    async with receiving(behaviour=answers(410)) as receiver:
        made = await make(running, receiver)
        path = f"/v1/subscriptions/{made['id']}"
        await open_ticket(running, "T-1")
        await until(lambda: len(receiver.heard) == 1)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (shown := (await running.client.get(path)).json())["enabled"]:
                await asyncio.sleep(0.01)
        assert shown["disabled_reason"] == "the receiver answered 410 Gone"
        receiver.behaviour = answers(204)
        enabled = (await running.client.patch(path, json={"enabled": True})).json()
        assert (enabled["enabled"], enabled["disabled_reason"]) == (True, None)
        await open_ticket(running, "T-2")
        await until(lambda: len(receiver.heard) == 2)


async def test_removed_it_is_gone_with_what_waits_for_it(running: Running) -> None:
    async with receiving(behaviour=answers(503)) as receiver:
        made = await make(running, receiver)
        await open_ticket(running, "T-1")
        await until(lambda: len(receiver.heard) == 1)
        path = f"/v1/subscriptions/{made['id']}"
        assert (await running.client.delete(path)).status_code == 204
        assert (await running.client.get(path)).status_code == 404
        assert (await running.client.get("/v1/deliveries")).json()["items"] == []


async def test_while_a_secret_is_rotated_both_sign(running: Running) -> None:
    async with receiving() as receiver:
        made = await make(running, receiver)
        path = f"/v1/subscriptions/{made['id']}"
        rotated = (await running.client.post(f"{path}/rotate-secret")).json()
        assert rotated["secret"] != made["secret"]
        assert rotated["old_secret_signs_until"] > made["created_at"]
        receiver.secrets = [made["secret"], rotated["secret"]]
        await open_ticket(running, "T-1")
        await until(lambda: len(receiver.heard) == 1)
        async with running.service.database.connection() as connection:
            await connection.execute("UPDATE subscriptions SET previous_secret_until = now()")
        receiver.secrets = [rotated["secret"]]
        await open_ticket(running, "T-2")
        await until(lambda: len(receiver.heard) == 2)
    first, second = (each.headers["webhook-signature"].split(" ") for each in receiver.heard)
    assert (len(first), len(second)) == (2, 1)
    assert "secret" not in (await running.client.get(path)).json()


async def test_a_secret_that_still_signs_is_not_dropped_unless_it_is_said(running: Running) -> None:
    """As by one who rotates twice in a day: receivers that have the first could verify nothing."""
    async with receiving() as receiver:
        made = await make(running, receiver)
        path = f"/v1/subscriptions/{made['id']}/rotate-secret"
        second = (await running.client.post(path)).json()
        refused = await running.client.post(path)
        assert refused.status_code == 409
        assert second["old_secret_signs_until"][:19] in refused.json()["detail"]
        receiver.secrets = [made["secret"], second["secret"]]
        await open_ticket(running, "T-1")
        await until(lambda: len(receiver.heard) == 1)
        third = (await running.client.post(f"{path}?drop_older=true")).json()
        receiver.secrets = [second["secret"], third["secret"]]
        await open_ticket(running, "T-2")
        await until(lambda: len(receiver.heard) == 2)


async def test_trying_one_out(running: Running) -> None:
    async with receiving(behaviour=answers(200, "hello")) as receiver:
        made = await make(running, receiver, enabled=False)
        path = f"/v1/subscriptions/{made['id']}/test"
        good = (await running.client.post(path)).json()
        receiver.behaviour = answers(500, "no")
        bad = (await running.client.post(path)).json()
    gone = (await running.client.post(path)).json()
    assert good.pop("took_seconds") > 0
    assert good == {"delivered": True, "status": 200, "error": None, "answer": "hello"}
    assert (bad["delivered"], bad["status"], bad["answer"]) == (False, 500, "no")
    assert (gone["delivered"], gone["status"]) == (False, None)
    assert gone["error"] == "ConnectionRefusedError: Connection refused"
    event = receiver.heard[0].event
    assert (event["type"], event["id"]) == ("escalator.test", receiver.ids[0])
    assert event["data"] == {"subscription_id": made["id"]}
    assert (await running.client.get("/v1/deliveries")).json()["items"] == []


async def test_replaying_a_period(running: Running) -> None:
    async with receiving() as first, receiving() as later:
        one = await make(running, first)
        await open_ticket(running, "T-1")
        await until(lambda: len(first.heard) == 1)
        two = await make(running, later, roles=[MANAGER])
        since = one["created_at"]

        async def replay(made: Json, since: str, until: str | None = None) -> httpx.Response:
            parameters = {"since": since} | ({"until": until} if until else {})
            path = f"/v1/subscriptions/{made['id']}/replay"
            return await running.client.post(path, params=parameters)

        assert (await replay(one, since)).json() == {"requeued": 1, "created": 0}
        assert (await replay(two, since)).json() == {"requeued": 0, "created": 1}
        await until(lambda: len(first.heard) == 2 and len(later.heard) == 1)
        assert first.ids == [*later.ids, *later.ids]
        assert (await replay(one, since, since)).json() == {"requeued": 0, "created": 0}
        late = two["created_at"]
        assert (await replay(two, late)).json() == {"requeued": 0, "created": 0}
        refused = await replay(two, late, since)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "until")
        assert (await replay(two, "yesterday")).status_code == 422


async def test_no_secret_and_no_path_is_ever_said(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with receiving(behaviour=answers(503)) as receiver:
        made = await make(running, receiver)
        path = f"/v1/subscriptions/{made['id']}"
        await open_ticket(running, "T-1")
        await until(lambda: len(receiver.heard) == 1)
        await running.client.post(f"{path}/test")
        said = [
            (await running.client.get(each)).text
            for each in (path, "/v1/subscriptions", "/v1/deliveries")
        ]
        said.append((await running.client.patch(path, json={"enabled": False})).text)
    for text in (*said, caplog.text):
        assert "s3cret" not in text
        assert made["secret"] not in text
