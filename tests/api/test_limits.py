"""How much is taken: of each key, of a batch, of all at once; and what is said beyond that."""

import asyncio
import json
import re

import httpx
import pytest

from app.api.limits import Limits
from app.api.problems import Problem
from app.recording import group_commit
from app.store.keys import Key
from tests.api.keyed import key
from tests.api.raw import answered, connected, head, status
from tests.conftest import Running


@pytest.fixture(autouse=True)
def _webhooks_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESCALATOR_INTAKE_GITHUB_SECRET", "It's a Secret to Everybody")


def event(number: int) -> dict[str, object]:
    """An event that is held."""
    return {"id": str(number), "type": "ticket.acknowledged", "subject": f"T-{number}"}


def limits_of(answer: httpx.Response) -> tuple[int, int, int]:
    """The quota, what is left of it, and the seconds until it is full again."""
    policy = re.fullmatch(r'"events";q=(\d+);w=1', answer.headers["ratelimit-policy"])
    left = re.fullmatch(r'"events";r=(\d+);t=(\d+)', answer.headers["ratelimit"])
    assert policy is not None
    assert left is not None
    return int(policy[1]), int(left[1]), int(left[2])


async def test_a_key_without_a_limit_is_told_of_none(running: Running) -> None:
    headers = await key(running, "ingest")
    answer = await running.client.post("/v1/events", json=event(1), headers=headers)
    assert answer.status_code == 201
    assert "ratelimit" not in answer.headers


async def test_what_is_left_is_told_with_every_answer(running: Running) -> None:
    headers = await key(running, "ingest", "read", events_a_second=1000)
    for method, path, body in (
        ("POST", "/v1/events", event(1)),
        ("POST", "/v1/events", "no event"),
        ("GET", "/v1/tickets/NONE", None),
        ("GET", "/v1/tickets?limit=0", None),
        ("GET", "/v1/keys", None),
    ):
        answer = await running.client.request(method, path, json=body, headers=headers)
        if answer.status_code == 403:
            continue  # not asked whether it may be, for it may not
        assert limits_of(answer)[0] == 1000, path


async def test_beyond_its_limit_a_key_is_told_when_to_come_again(running: Running) -> None:
    headers = await key(running, "ingest", events_a_second=2)
    answers = [
        await running.client.post("/v1/events", json=event(number), headers=headers)
        for number in range(8)
    ]
    taken = [answer for answer in answers if answer.status_code == 201]
    late = [answer for answer in answers if answer.status_code == 429]
    assert len(taken) + len(late) == 8
    assert late
    assert late[0].headers["retry-after"] == "1"
    assert limits_of(late[0])[1] == 0
    assert late[0].headers["content-type"] == "application/problem+json"
    await asyncio.sleep(1.0)
    again = await running.client.post("/v1/events", json=event(9), headers=headers)
    assert again.status_code == 201


async def test_another_key_is_not_held_up(running: Running) -> None:
    greedy = await key(running, "ingest", name="greedy", events_a_second=1)
    modest = await key(running, "ingest", name="modest", events_a_second=1)
    for number in range(3):
        await running.client.post("/v1/events", json=event(number), headers=greedy)
    answer = await running.client.post("/v1/events", json=event(4), headers=modest)
    assert answer.status_code == 201


async def test_a_batch_counts_its_events_and_may_leave_a_debt(running: Running) -> None:
    headers = await key(running, "ingest", events_a_second=10)
    batch = [event(number) for number in range(100)]
    answer = await running.client.post("/v1/events", json=batch, headers=headers)
    assert answer.json()["held"] == 100, "more than the bucket holds is taken while it is full"
    _, left, full_in = limits_of(answer)
    assert left == 0
    assert 9 <= full_in <= 10
    answer = await running.client.post("/v1/events", json=event(1), headers=headers)
    assert answer.status_code == 429
    assert 8 <= int(answer.headers["retry-after"]) <= 10


async def test_refused_and_empty_batches_are_not_for_nothing(running: Running) -> None:
    headers = await key(running, "ingest", events_a_second=3)
    statuses = set()
    for number in range(8):
        body: list[object] = [] if number % 2 else [{"id": "1"}]
        answer = await running.client.post("/v1/events", json=body, headers=headers)
        statuses.add(answer.status_code)
    assert 429 in statuses


def test_a_bucket_fills_up_to_its_size_and_no_further() -> None:
    limits = Limits()
    slow = Key("k", "slow", frozenset(), None, 2)
    limits.take(slow)
    limits.take(slow)
    with pytest.raises(Problem) as refused:
        limits.take(slow)
    assert refused.value.status == 429
    limits.pay(slow, -1000)
    with pytest.raises(Problem):
        limits.take(slow)
    limits.pay(None, 5)
    limits.pay(Key("other", "other", frozenset(), None, None), 5)


async def test_when_too_many_facts_wait_it_says_so_at_once(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recording stands still while another transaction holds the log; nothing taken is lost."""
    monkeypatch.setattr(group_commit, "MOST_WAITING", 30)
    async with running.service.database.transaction() as other:
        await other.execute("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
        posting = []
        for number in range(6):
            batch = [event(100 * number + each) for each in range(10)]
            posting.append(asyncio.create_task(running.client.post("/v1/events", json=batch)))
            await asyncio.sleep(0.1)
        late = await asyncio.wait_for(running.client.post("/v1/events", json=[event(1)] * 31), 2)
        assert late.status_code == 503
        assert int(late.headers["retry-after"]) > 0
    answers = await asyncio.gather(*posting)
    held = sum(answer.json()["held"] for answer in answers if answer.status_code == 200)
    assert {answer.status_code for answer in answers} <= {200, 503}
    async with running.service.database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM events") == held >= 30


async def test_when_too_much_is_received_it_says_so_at_once(running: Running) -> None:
    """Bytes count from when they arrive until they are answered: so what waits is bounded too."""
    room = running.service.room
    room.most = 40_000
    async with running.service.database.transaction() as other:
        await other.execute("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
        large = {**event(1), "data": {"note": "x" * 30_000}}
        waiting = asyncio.create_task(running.client.post("/v1/events", json=large))
        while room.taken < 30_000:
            await asyncio.sleep(0.01)
        late = await running.client.post("/v1/events", json={**large, "subject": "T-2"})
        assert late.status_code == 503
        assert int(late.headers["retry-after"]) > 0
        assert (await running.client.get("/healthz")).status_code == 200
    assert (await waiting).status_code == 201
    assert room.taken == 0
    assert (await running.client.post("/v1/events", json=large)).status_code == 200


async def test_who_has_shown_no_key_cannot_take_all_the_room(running: Running) -> None:
    """Bodies of webhooks have to be read before their signatures can be looked at."""
    room = running.service.room
    room.most = 40_000
    path = "/v1/intake/github"
    body = json.dumps({"note": "x" * 15_000}).encode()
    async with connected(running) as (_, writer):
        writer.write(head(f"Content-Length: {len(body) + 9}", path=path) + body)
        await writer.drain()
        while room.taken < 15_000:
            await asyncio.sleep(0.01)
        sent = head(f"Content-Length: {len(body)}", path=path)
        assert status(await answered(running, sent, body)) == 503
        known = {**event(1), "data": {"note": "x" * 15_000}}
        assert (await running.client.post("/v1/events", json=known)).status_code == 201
    while room.taken:
        await asyncio.sleep(0.01)
