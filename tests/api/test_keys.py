"""``/v1/keys``: keys are made, shown once, used, bound to policies, and revoked."""

import asyncio
import json
import logging
from typing import Any

import pytest

from app.main import NotOnLoopback, check_host
from app.store import keys
from tests.api.keyed import Headers, bearing, key
from tests.conftest import Running


def opening(ticket_id: str, policy: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401  # JSON
    """An opening without a source."""
    data = {"policy": policy, "severity": "P1"}
    return {"id": "1", "type": "ticket.opened", "subject": ticket_id, "data": data, **changes}


async def make(running: Running, headers: Headers | None = None, **body: object) -> dict[str, Any]:
    """A key, made by the API."""
    answer = await running.client.post("/v1/keys", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def size_of_log(running: Running) -> int:
    """How many events there are."""
    async with running.service.database.connection() as connection:
        return int(await connection.fetchval("SELECT count(*) FROM events"))


async def test_from_the_first_key_on_one_is_needed(running: Running) -> None:
    made = await make(running, name="operator", scopes=["admin"])
    assert (await running.client.get("/v1/keys")).status_code == 401
    admin = bearing(made["key"])
    (listed,) = (await running.client.get("/v1/keys", headers=admin)).json()["items"]
    assert "key" not in listed
    assert {**made, "last_used_at": None} == {
        **listed,
        "key": made["key"],
        "last_used_at": None,
    }
    revoked = await running.client.delete("/v1/keys/operator", headers=admin)
    assert revoked.json()["revoked_at"] is not None
    assert (await running.client.get("/v1/keys")).status_code == 200, "on loopback"


async def test_the_source_of_events_that_name_none_is_the_key_s_name(running: Running) -> None:
    headers = await key(running, "ingest", name="help desk")
    answer = await running.client.post(
        "/v1/events", json=opening("T-1", "portaone"), headers=headers
    )
    assert answer.json()["source"] == "help desk"
    named = opening("T-2", "portaone", source="other")
    answer = await running.client.post("/v1/events", json=[named], headers=headers)
    assert answer.json()["results"][0]["source"] == "other"


WRONG_KEYS: dict[str, tuple[dict[str, Any], str]] = {
    "no name": ({"scopes": ["read"]}, "/name"),
    "an empty name": ({"name": "", "scopes": ["read"]}, "/name"),
    "a long name": ({"name": "n" * 201, "scopes": ["read"]}, "/name"),
    "a name with a line end": ({"name": "a\nb", "scopes": ["read"]}, ""),
    "a name with NUL": ({"name": "a\0b", "scopes": ["read"]}, "/name"),
    "our own source": ({"name": "escalator", "scopes": ["read"]}, ""),
    "no scopes": ({"name": "n"}, "/scopes"),
    "an empty list of scopes": ({"name": "n", "scopes": []}, "/scopes"),
    "an unknown scope": ({"name": "n", "scopes": ["write"]}, "/scopes/0"),
    "no policy at all": ({"name": "n", "scopes": ["read"], "policies": []}, "/policies"),
    "bound and admin": ({"name": "n", "scopes": ["admin"], "policies": ["portaone"]}, ""),
    "no rate": ({"name": "n", "scopes": ["read"], "events_a_second": 0}, "/events_a_second"),
    "a rate too large": (
        {"name": "n", "scopes": ["read"], "events_a_second": 10**30},
        "/events_a_second",
    ),
    "a member nobody knows": ({"name": "n", "scopes": ["read"], "a/b~": 1}, "/a~1b~0"),
}


async def test_a_key_that_cannot_be_is_422(running: Running) -> None:
    for name, (body, pointer) in WRONG_KEYS.items():
        answer = await running.client.post("/v1/keys", json=body)
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["pointer"] == pointer, name
        assert "Value error" not in answer.text
    assert (await running.client.get("/v1/keys")).json()["items"] == []


async def test_a_name_is_of_one_valid_key(running: Running) -> None:
    admin = await key(running, "admin", name="operator")
    await make(running, admin, name="desk", scopes=["ingest"])
    again = {"name": "desk", "scopes": ["read"]}
    assert (await running.client.post("/v1/keys", json=again, headers=admin)).status_code == 409
    assert (await running.client.delete("/v1/keys/desk", headers=admin)).status_code == 200
    assert (await running.client.delete("/v1/keys/desk", headers=admin)).status_code == 404
    await make(running, admin, **again)
    items = (await running.client.get("/v1/keys", headers=admin)).json()["items"]
    assert [(each["name"], each["revoked_at"] is None) for each in items] == [
        ("operator", True),
        ("desk", False),
        ("desk", True),
    ]


async def test_keys_are_listed_in_pages(running: Running) -> None:
    admin = await key(running, "admin", name="0")
    for number in range(1, 5):
        await key(running, "read", name=str(number))
    names, cursor = [], None
    while True:
        query = {"limit": "2", **({} if cursor is None else {"cursor": cursor})}
        answer = (await running.client.get("/v1/keys", params=query, headers=admin)).json()
        names += [each["name"] for each in answer["items"]]
        cursor = answer["next_cursor"]
        if cursor is None:
            break
    assert names == ["0", "1", "2", "3", "4"]


async def test_a_revoked_key_is_refused_at_once(running: Running) -> None:
    admin = await key(running, "admin")
    for by in ("id", "name"):
        made = await make(running, admin, name="desk", scopes=["read"])
        held = bearing(made["key"])
        assert (await running.client.get("/v1/tickets", headers=held)).status_code == 200
        path = f"/v1/keys/{made[by]}"
        assert (await running.client.delete(path, headers=admin)).status_code == 200
        assert (await running.client.get("/v1/tickets", headers=held)).status_code == 401


async def test_a_revoked_key_is_refused_although_the_keys_were_being_read(
    running: Running,
) -> None:
    """Readers are under way all the time: none of them puts back what it read before."""
    admin = await key(running, "admin")
    stop = asyncio.Event()

    async def reading() -> None:
        while not stop.is_set():
            running.service.keys.forget()
            await running.client.get("/v1/policies", headers=admin)

    readers = [asyncio.create_task(reading()) for _ in range(4)]
    for number in range(15):
        made = await make(running, admin, name=f"desk {number}", scopes=["read"])
        held = bearing(made["key"])
        assert (await running.client.get("/v1/keys", headers=held)).status_code == 403
        await running.client.delete(f"/v1/keys/{made['id']}", headers=admin)
        assert (await running.client.get("/v1/keys", headers=held)).status_code == 401
    stop.set()
    await asyncio.gather(*readers)


async def test_another_replica_s_revocation_counts_within_two_seconds(running: Running) -> None:
    held = await key(running, "read", name="desk")
    await key(running, "admin")
    assert (await running.client.get("/v1/tickets", headers=held)).status_code == 200
    async with running.service.database.connection() as connection:
        assert await keys.revoke(connection, "desk") is not None
    for _ in range(60):
        if (await running.client.get("/v1/tickets", headers=held)).status_code == 401:
            break
        await asyncio.sleep(0.05)
    else:
        raise AssertionError("it is still taken")


async def test_its_last_use_is_shown(running: Running) -> None:
    admin = await key(running, "admin", name="operator")
    held = await key(running, "read", name="reader")
    await key(running, "read", name="idle")
    await running.client.get("/v1/tickets", headers=held)
    items = (await running.client.get("/v1/keys", headers=admin)).json()["items"]
    used = {each["name"]: each["last_used_at"] for each in items}
    assert used["operator"] is not None
    assert used["reader"] is not None
    assert used["idle"] is None


async def test_of_a_key_only_a_hash_is_kept_and_nothing_is_logged(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    made = await make(running, name="operator", scopes=["admin"])
    text = made["key"]
    secret = text.split("_", 2)[2]
    headers = bearing(text)
    await running.client.get("/v1/keys", headers=headers)
    await running.client.post("/v1/events", content=b"{", headers=headers)
    await running.client.get("/v1/keys", headers=bearing(f"{text}x"))
    async with running.service.database.connection() as connection:
        row = await connection.fetchrow("SELECT * FROM api_keys")
    assert row is not None
    assert len(row["secret_hash"]) == 32
    assert secret not in repr(dict(row))
    ours = [each for each in caplog.records if not each.name.startswith("http")]
    assert not [each for each in ours if secret in each.getMessage()], "but for the test's client"


async def test_two_keys_never_share_a_secret(running: Running) -> None:
    texts = {(await key(running, "read", name=str(number)))["Authorization"] for number in range(9)}
    assert len({each.split("_", 2)[2] for each in texts}) == 9


class TestBound:
    """A key that is bound to policies: no others exist for its holder."""

    @pytest.fixture
    async def bound(self, running: Running) -> Headers:
        """A key of `portaone`; there is a ticket of it, and one of another policy."""
        everything = await key(running, "admin", name="operator")
        then = "2026-01-01T00:00:00Z"
        batch = [
            opening("OURS", "portaone", time=then),
            opening("THEIRS", "syneto", time=then),
        ]
        answer = await running.client.post("/v1/events", json=batch, headers=everything)
        assert answer.json()["recorded"] == 2
        return await key(running, "ingest", "read", name="desk", policies=["portaone", "gone"])

    @pytest.fixture
    async def admin(self, running: Running, bound: Headers) -> Headers:
        """A key that is bound to nothing."""
        assert bound
        return await key(running, "admin", name="another operator")

    async def test_lists_have_what_is_theirs(self, running: Running, bound: Headers) -> None:
        async def items(path: str) -> list[dict[str, Any]]:
            answer = await running.client.get(path, headers=bound)
            assert answer.status_code == 200, answer.text
            found: list[dict[str, Any]] = answer.json()["items"]
            return found

        assert [each["ticket_id"] for each in await items("/v1/tickets")] == ["OURS"]
        assert await items("/v1/tickets?policy=syneto") == []
        assert len(await items("/v1/tickets?policy=syneto&policy=portaone")) == 1
        assert [each["id"] for each in await items("/v1/policies")] == ["portaone"]
        told = await items("/v1/escalations")
        assert told
        assert await items("/v1/escalations?ticket=THEIRS") == []
        assert await items("/v1/escalations?policy=syneto") == []
        assert await items("/v1/held?ticket=THEIRS") == []

    async def test_others_do_not_exist(
        self, running: Running, bound: Headers, admin: Headers
    ) -> None:
        """The answers are those about what is not there, to the letter."""
        answer = await running.client.get("/v1/escalations?ticket=THEIRS", headers=admin)
        theirs = answer.json()["items"][0]["id"]
        for path, absent in (
            ("/v1/tickets/{}", ("THEIRS", "NONE")),
            ("/v1/tickets/{}?as_of=2025-01-01T00:00:00Z", ("THEIRS", "NONE")),
            ("/v1/tickets/{}?as_of=2026-02-01T00:00:00Z", ("THEIRS", "NONE")),
            ("/v1/tickets/{}/events", ("THEIRS", "NONE")),
            ("/v1/tickets/{}/events?limit=1&cursor=WzFd", ("THEIRS", "NONE")),
            ("/v1/tickets/{}/timeline", ("THEIRS", "NONE")),
            ("/v1/policies/{}", ("syneto", "none")),
            ("/v1/policies/{}/versions", ("syneto", "none")),
        ):
            texts = []
            for name in absent:
                answer = await running.client.get(path.format(name), headers=bound)
                assert answer.status_code == 404, path
                texts.append(answer.text.replace(name, "it"))
            assert texts[0] == texts[1], path
        for name in (theirs, "0" * 32):
            path = f"/v1/escalations/{name}/acknowledge"
            answer = await running.client.post(path, json={"by": "anna"}, headers=bound)
            assert answer.status_code == 404

    async def test_nothing_of_others_can_be_written(self, running: Running, bound: Headers) -> None:
        before = await size_of_log(running)

        async def refused(event: dict[str, Any], status: int) -> str:
            one = await running.client.post("/v1/events", json=event, headers=bound)
            assert one.status_code == status, one.text
            batch = await running.client.post("/v1/events", json=[event] * 2, headers=bound)
            results = batch.json()["results"]
            assert [each["error"]["status"] for each in results] == [status] * 2
            return str(one.json()["detail"])

        reply = {"id": "2", "type": "ticket.agent_replied", "subject": "THEIRS"}
        detail = await refused(reply, 404)
        assert await refused({**reply, "subject": "NONE"}, 404) == detail.replace("THEIRS", "NONE")
        await refused({**reply, "source": "operator", "id": "1"}, 404)
        await refused(opening("THEIRS", "portaone", id="2"), 404)
        detail = await refused(opening("NEW", "syneto"), 422)
        assert "syneto" not in detail.partition("there are")[2]
        withdrawal = {"source": "operator", "id": "1"}
        await refused({**reply, "type": "event.withdrawn", "data": withdrawal}, 404)
        rebinding = {"policy": "portaone", "version": "sha256:0"}
        for subject in ("OURS", "THEIRS"):
            await refused(
                {**reply, "subject": subject, "type": "policy.rebound", "data": rebinding}, 403
            )
        assert await size_of_log(running) == before

    async def test_what_is_theirs_can_be_written_beside_what_is_not(
        self, running: Running, bound: Headers
    ) -> None:
        reply = {"id": "2", "type": "ticket.agent_replied"}
        batch = [
            {**reply, "subject": "THEIRS"},
            {**reply, "subject": "OURS"},
            opening("NEW", "portaone"),
            {**reply, "subject": "NEW"},
        ]
        answer = await running.client.post("/v1/events", json=batch, headers=bound)
        outcomes = [each["outcome"] for each in answer.json()["results"]]
        assert outcomes == ["refused", "recorded", "recorded", "recorded"]

    async def test_facts_are_not_held_for_a_ticket_that_may_become_another_s(
        self, running: Running, bound: Headers, admin: Headers
    ) -> None:
        """Else who guesses the next ticket's id would cancel it before it is opened."""
        cancelled = {
            "id": "9",
            "type": "ticket.cancelled",
            "subject": "NEXT",
            "data": {"reason": "spam"},
        }
        answer = await running.client.post("/v1/events", json=cancelled, headers=bound)
        assert answer.status_code == 404
        await running.client.post("/v1/events", json=opening("NEXT", "syneto"), headers=admin)
        ticket = (await running.client.get("/v1/tickets/NEXT", headers=admin)).json()
        assert ticket["status"] != "cancelled"

    async def test_a_ticket_that_comes_under_another_policy_is_gone(
        self, running: Running, bound: Headers, admin: Headers
    ) -> None:
        path = "/v1/policies/syneto"
        version = (await running.client.get(path, headers=admin)).json()["version"]
        rebound = {
            "id": "2",
            "type": "policy.rebound",
            "subject": "OURS",
            "data": {"policy": "syneto", "version": version},
        }
        answer = await running.client.get("/v1/escalations?ticket=OURS", headers=bound)
        (told, *_) = answer.json()["items"]
        answer = await running.client.post("/v1/events", json=rebound, headers=admin)
        assert answer.status_code == 201, answer.text
        assert (await running.client.get("/v1/tickets/OURS", headers=bound)).status_code == 404
        before = await size_of_log(running)
        acknowledging = f"/v1/escalations/{told['id']}/acknowledge"
        answer = await running.client.post(acknowledging, json={"by": "anna"}, headers=bound)
        assert answer.status_code == 404
        assert await size_of_log(running) == before

    async def test_rebinding_needs_admin(self, running: Running, admin: Headers) -> None:
        poster = await key(running, "ingest", "read", name="poster")
        version = (await running.client.get("/v1/policies/portaone", headers=admin)).json()
        data = {"policy": "portaone", "version": version["version"]}
        event = {"id": "3", "type": "policy.rebound", "subject": "OURS", "data": data}
        answer = await running.client.post("/v1/events", json=event, headers=poster)
        assert answer.status_code == 403
        assert "admin" in answer.json()["detail"]
        assert (
            await running.client.post("/v1/events", json=event, headers=admin)
        ).status_code == 201


async def test_another_address_than_loopback_is_served_with_a_key_only(running: Running) -> None:
    for host in ("127.0.0.1", "::1", "localhost", "127.9.9.9"):
        await check_host(host, running.service.keys)
    for host in ("0.0.0.0", "::", "192.0.2.1", "escalator.example.com"):  # noqa: S104  # refused
        with pytest.raises(NotOnLoopback):
            await check_host(host, running.service.keys)
    await key(running, "read")
    await check_host("0.0.0.0", running.service.keys)  # noqa: S104  # there is a key


async def test_json_of_a_key_is_as_strict_as_that_of_events(running: Running) -> None:
    twice = b'{"name": "a", "name": "b", "scopes": ["read"]}'
    surrogate = json.dumps({"name": "\ud800", "scopes": ["read"], "\udfff": 1}).encode()
    kind = {"Content-Type": "application/json"}
    for body in (twice, surrogate, b"{", b"NaN", b"[" * 100_000):
        answer = await running.client.post("/v1/keys", content=body, headers=kind)
        assert answer.status_code == 400, answer.text
    large = json.dumps({"name": "a" * 3_000_000}).encode()
    answer = await running.client.post("/v1/keys", content=large, headers=kind)
    assert answer.status_code == 413
    answer = await running.client.post("/v1/keys", content=b"<a/>", headers={"Content-Type": "a/b"})
    assert answer.status_code == 415
