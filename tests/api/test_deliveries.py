"""``/v1/deliveries``: listed with their attempts, page by page, and sent again."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.api.subscribing import Json, make, open_ticket, until
from tests.conftest import Running
from tests.patience import PATIENCE_SECONDS
from tests.webhooks.receiver import Receiver, answers, receiving


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


async def listed(running: Running, **filters: str | int) -> list[Json]:
    """The deliveries that match."""
    answer = await running.client.get("/v1/deliveries", params=filters)
    assert answer.status_code == 200, answer.text
    items: list[Json] = answer.json()["items"]
    return items


async def settled(running: Running, count: int, status: str = "delivered") -> list[Json]:
    """So many deliveries of that status, when there are."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(items := await listed(running, status=status)) < count:
            await asyncio.sleep(0.01)
    return items


async def test_a_delivery_and_its_attempts(running: Running, receiver: Receiver) -> None:
    receiver.behaviour = answers(400, "what is that?")
    made = await make(running, receiver)
    await open_ticket(running, "T-1")
    [delivery] = await settled(running, 1, "failed")
    [attempt] = delivery.pop("attempts")
    assert attempt.pop("took_seconds") > 0
    assert attempt.pop("at") >= delivery.pop("created_at")
    assert attempt == {"attempt": 1, "status": 400, "error": None, "answer": "what is that?"}
    assert delivery.pop("settled_at") is not None
    assert len(delivery.pop("id")) == 24
    assert delivery == {
        "subscription_id": made["id"],
        "ticket_id": "T-1",
        "event_id": receiver.ids[0],
        "sequence": 2,
        "status": "failed",
        "next_attempt_at": None,
    }


async def test_one_that_waits_says_until_when(running: Running, receiver: Receiver) -> None:
    receiver.behaviour = answers(503)
    await make(running, receiver)
    await open_ticket(running, "T-1")
    await until(lambda: len(receiver.heard) == 1)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (delivery := (await listed(running, status="pending"))[0])["attempts"]:
            await asyncio.sleep(0.01)
    assert delivery["next_attempt_at"] > delivery["attempts"][0]["at"]
    assert delivery["settled_at"] is None


async def test_filters(running: Running, receiver: Receiver) -> None:
    async with receiving(behaviour=answers(404)) as other:
        one, two = await make(running, receiver), await make(running, other)
        await open_ticket(running, "T-1")
        await open_ticket(running, "T-2")
        await settled(running, 2)
        await settled(running, 2, "failed")
    everything = await listed(running)
    assert [each["ticket_id"] for each in everything] == ["T-2", "T-2", "T-1", "T-1"]
    assert {each["subscription_id"] for each in everything} == {one["id"], two["id"]}
    found = await listed(running, subscription=one["id"], ticket="T-2")
    assert [(each["ticket_id"], each["status"]) for each in found] == [("T-2", "delivered")]
    assert len(await listed(running, ticket="T-1")) == 2
    assert len(await listed(running, subscription=two["id"], status="failed")) == 2
    assert await listed(running, subscription=two["id"], status="delivered") == []
    middle = everything[0]["created_at"]
    assert [each["ticket_id"] for each in await listed(running, since=middle)] == ["T-2", "T-2"]
    assert [each["ticket_id"] for each in await listed(running, until=middle)] == ["T-1", "T-1"]


async def test_what_makes_no_sense_is_422(running: Running) -> None:
    for query in (
        "limit=0",
        "limit=501",
        "limit=many",
        "cursor=nonsense",
        "cursor=WzEsMiwzXQ",
        "status=lost",
        "since=yesterday",
        "since=0001-01-01T00:00:00%2B14:00",
        "ticket=%00",
        "colour=red",
    ):
        answer = await running.client.get(f"/v1/deliveries?{query}")
        assert answer.status_code == 422, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["errors"][0]["pointer"] == query.partition("=")[0]


async def test_pages_hold_together_while_more_is_delivered(
    running: Running, receiver: Receiver
) -> None:
    await make(running, receiver)
    for number in range(7):
        await open_ticket(running, f"T-{number}")
    expected = [each["id"] for each in await settled(running, 7)]
    found: list[str] = []
    cursor = ""
    while len(found) < 50:
        parameters = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await running.client.get("/v1/deliveries", params=parameters)).json()
        found += [each["id"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        await open_ticket(running, f"later-{len(found)}")
    assert found == expected


async def test_sending_one_again(running: Running, receiver: Receiver) -> None:
    await make(running, receiver)
    await open_ticket(running, "T-1")
    [delivery] = await settled(running, 1)
    answer = await running.client.post(f"/v1/deliveries/{delivery['id']}/redeliver")
    again = answer.json()
    assert (again["status"], len(again["attempts"])) == ("pending", 1)
    assert again["next_attempt_at"] is not None
    await until(lambda: len(receiver.heard) == 2)
    assert receiver.ids[0] == receiver.ids[1]
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len((await settled(running, 1))[0]["attempts"]) < 2:
            await asyncio.sleep(0.01)


async def test_what_is_not_known_or_has_no_subscription_is_404(
    running: Running, receiver: Receiver
) -> None:
    made = await make(running, receiver)
    await open_ticket(running, "T-1")
    [delivery] = await settled(running, 1)
    await running.client.delete(f"/v1/subscriptions/{made['id']}")
    assert len(await listed(running)) == 1, "what was delivered stays on record"
    for name in (delivery["id"], "none"):
        answer = await running.client.post(f"/v1/deliveries/{name}/redeliver")
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


async def test_sending_many_again(running: Running, receiver: Receiver) -> None:
    receiver.behaviour = answers(404)
    async with receiving() as other:
        made, _ = await make(running, receiver), await make(running, other)
        for number in range(4):
            await open_ticket(running, f"T-{number}")
        failed = await settled(running, 4, "failed")
        await settled(running, 4)
        receiver.behaviour = answers(204)
        for filters, count in (
            ({"subscription": made["id"], "status": "dead"}, 0),
            ({"subscription": "none"}, 0),
            ({"since": failed[0]["created_at"], "status": "failed"}, 1),
            ({"until": failed[2]["created_at"]}, 1),
            ({"subscription": made["id"]}, 2),
        ):
            answer = await running.client.post("/v1/deliveries/redeliver", params=filters)
            assert answer.json() == {"redelivered": count}, filters
            await settled(running, 8 - len(await listed(running, status="failed")))
    assert len(receiver.heard) == 8
    assert len(set(receiver.ids)) == 4
    assert len(other.heard) == 4, "what was delivered is left alone"


async def test_what_fails_again_meanwhile_is_not_sent_again_and_again(
    running: Running, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.webhooks.deliveries.BATCH", 1)
    receiver.behaviour = answers(404)
    made = await make(running, receiver)
    for number in range(5):
        await open_ticket(running, f"T-{number}")
    await settled(running, 5, "failed")
    parameters = {"subscription": made["id"]}
    answer = await running.client.post("/v1/deliveries/redeliver", params=parameters)
    assert answer.json() == {"redelivered": 5}
    await until(lambda: len(receiver.heard) == 10)


async def test_sending_everything_again_is_asked_for_by_name(running: Running) -> None:
    for query in ("", "status=failed", "status=delivered&since=2026-01-01T00:00:00Z", "colour=red"):
        answer = await running.client.post(f"/v1/deliveries/redeliver?{query}")
        assert answer.status_code == 422, answer.text


async def test_a_subscription_shows_its_breaker_and_another_address_closes_it(
    running: Running, receiver: Receiver
) -> None:
    receiver.behaviour = answers(503)
    made = await make(running, receiver)
    path = f"/v1/subscriptions/{made['id']}"
    closed = (await running.client.get(path)).json()["breaker"]
    assert closed == {"state": "closed", "since": made["created_at"], "next_probe_at": None}
    for number in range(12):
        await open_ticket(running, f"T-{number}")
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (found := (await running.client.get(path)).json()["breaker"])["state"] != "open":
            await asyncio.sleep(0.01)
    assert found["next_probe_at"] > found["since"] > made["created_at"]
    receiver.behaviour = answers(204)
    changed = await running.client.patch(path, json={"url": receiver.url + "&new=1"})
    assert changed.json()["breaker"]["state"] == "closed"
    assert changed.json()["breaker"]["next_probe_at"] is None


async def test_a_catch_all_is_made_shown_and_changed(running: Running, receiver: Receiver) -> None:
    made = await make(running, receiver, unheard=True)
    assert made["unheard"] is True
    await open_ticket(running, "T-1")
    await settled(running, 1)
    path = f"/v1/subscriptions/{made['id']}"
    changed = await running.client.patch(path, json={"unheard": False})
    assert changed.json()["unheard"] is False
    assert (await running.client.patch(path, json={"unheard": "yes"})).status_code == 422
