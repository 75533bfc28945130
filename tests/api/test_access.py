"""Who may ask what: every operation names its scope, and asks for it before anything else."""

import re
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from app.api.access import Scoped
from app.api.application import create_app
from app.listening import listening
from app.store import keys
from tests.api import raw
from tests.api.keyed import bearing, key
from tests.conftest import Running

OPEN = {
    "GET /healthz",
    "GET /readyz",
    "OPTIONS /v1/events",
    "POST /v1/intake/{name}",
    "GET /ack/{token}",
    "POST /ack/{token}",
}
"""What anybody may ask: a webhook proves itself by its signature, a link by its token."""

BOARD = {"/", "/board/{name}"}
"""A page and its files, which hold no data and are no part of the API."""

DESCRIPTION = {"/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc"}
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
WRONG = {"ingest": ("read",), "read": ("ingest",), "admin": ("ingest", "read")}


def operations(running: Running) -> Iterator[tuple[str, str, list[str]]]:
    """Each operation of the document: method, path, and the scopes it names."""
    for path, item in create_app(running.service).openapi()["paths"].items():
        for method in METHODS:
            if method in item:
                security = item[method]["security"]
                yield method.upper(), path, [scope for each in security for scope in each["key"]]


async def ask(running: Running, method: str, path: str, headers: dict[str, str]) -> httpx.Response:
    """The operation, its parameters whatever, with a body that is none."""
    address = re.sub(r"\{[^}]*\}", "x", path)
    request = running.client.build_request(method, address, content=b"\0", headers=headers)
    answer = await running.client.send(request, stream=True)
    try:
        if not answer.headers.get("content-type", "").startswith("text/event-stream"):
            await answer.aread()  # such a stream has no end
    finally:
        await answer.aclose()
    return answer


async def test_every_operation_names_its_scope_or_is_among_the_open_ones(running: Running) -> None:
    found = {f"{method} {path}": scopes for method, path, scopes in operations(running)}
    assert {name for name, scopes in found.items() if not scopes} <= OPEN
    assert all(len(scopes) == 1 for name, scopes in found.items() if name not in OPEN)
    assert {scope for scopes in found.values() for scope in scopes} == {"ingest", "read", "admin"}
    document = create_app(running.service).openapi()
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"


async def test_there_is_no_route_beside_those_that_are_described(running: Running) -> None:
    described = {path.replace(":path", "") for _, path, _ in operations(running)}
    routes = list(_routes(create_app(running.service)))
    others = {path for path, route in routes if not isinstance(route, Scoped)}
    assert others == DESCRIPTION
    assert {path.replace(":path", "") for path, _ in routes} - others == described | BOARD


def _routes(router: Any) -> Iterator[tuple[str, object]]:  # noqa: ANN401  # an application, or a part
    for route in router.routes:
        if hasattr(route, "path"):
            yield route.path, route
        else:
            yield from _routes(route.original_router)


def test_a_route_that_names_no_scope_cannot_be_made() -> None:
    router = APIRouter(route_class=Scoped)
    with pytest.raises(TypeError, match="names no scope"):

        @router.get("/secrets")
        async def secrets() -> None:
            """Never."""

    assert issubclass(Scoped, APIRoute)


async def test_without_keys_loopback_is_open(running: Running) -> None:
    for method, path, scopes in operations(running):
        if scopes:
            answer = await ask(running, method, path, {})
            assert answer.status_code not in (401, 403), f"{method} {path}"
            assert answer.status_code < 500, f"{method} {path}"


async def test_without_keys_it_is_open_to_those_who_mean_this_host(running: Running) -> None:
    """A page whose name is made to resolve to loopback, and a proxy, name another host."""
    port = running.url.rpartition(":")[2]
    for host in (
        "localhost",
        "LOCALHOST",
        "127.0.0.1",
        f"localhost:{port}",
        f"127.0.0.1:{port}",
        "[::1]",
    ):
        answer = await running.client.get("/v1/tickets", headers={"Host": host})
        assert answer.status_code == 200, host
    for host in (
        *(f"evil.example:{port}", "localhost.evil.example", "under_score.evil.example"),
        *("192.0.2.1", "[2001:db8::1]:80", "", "a b", "[::", "127.0.0.1.evil.example"),
    ):
        answer = await running.client.get("/v1/tickets", headers={"Host": host})
        assert answer.status_code == 401, host
        assert (await running.client.get("/healthz", headers={"Host": host})).status_code == 200
        twice = raw.head(f"Host: {host}", method="GET", path="/v1/tickets")
        assert b" 401 " in await raw.answered(running, twice)
    held = await key(running, "read")
    answer = await running.client.get("/v1/tickets", headers={**held, "Host": "sla.example.com"})
    assert answer.status_code == 200


async def test_without_keys_others_than_loopback_are_refused(running: Running) -> None:
    """So they are too once the last key is revoked, while it still listens on every address."""
    address = _address_of_this_host()
    if address is None:
        pytest.skip("this host has no address but loopback")
    async with (
        listening(running.service, "0.0.0.0", 0) as face,  # noqa: S104  # others are to be refused
        httpx.AsyncClient(base_url=face.url.replace("0.0.0.0", address)) as outside,  # noqa: S104
        httpx.AsyncClient(base_url=face.url.replace("0.0.0.0", "127.0.0.1")) as inside,  # noqa: S104
    ):
        held = await key(running, "read", name="only")
        assert (await outside.get("/v1/tickets", headers=held)).status_code == 200
        async with running.service.database.connection() as connection:
            assert await keys.revoke(connection, "only") is not None
        running.service.keys.forget()
        assert (await outside.get("/v1/tickets")).status_code == 401
        assert (await outside.get("/v1/tickets", headers=held)).status_code == 401
        forwarded = {"X-Forwarded-For": "127.0.0.1", "Host": "localhost"}
        assert (await outside.get("/v1/tickets", headers=forwarded)).status_code == 401
        assert (await inside.get("/v1/tickets")).status_code == 200
        behind = {"X-Forwarded-For": "192.0.2.1"}
        assert (await inside.get("/v1/tickets", headers=behind)).status_code == 401


def _address_of_this_host() -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            return None
        return str(sock.getsockname()[0])


async def test_a_key_that_is_shown_must_be_valid_even_where_none_is_needed(
    running: Running,
) -> None:
    assert (await running.client.get("/v1/tickets", headers=bearing("esk_a_b"))).status_code == 401


async def test_with_a_key_every_operation_asks_for_one(running: Running) -> None:
    await key(running, "admin")
    for method, path, scopes in operations(running):
        answer = await ask(running, method, path, {})
        if scopes:
            assert answer.status_code == 401, f"{method} {path}"
            assert answer.headers["www-authenticate"].startswith("Bearer")
            assert answer.headers["content-type"] == "application/problem+json"
        else:
            assert answer.status_code != 401, f"{method} {path}"


async def test_a_key_with_another_scope_is_403_and_one_with_this_is_not(running: Running) -> None:
    held = {scope: await key(running, scope) for scope in ("ingest", "read", "admin")}
    for method, path, scopes in operations(running):
        for scope in scopes:
            for other in WRONG[scope]:
                answer = await ask(running, method, path, held[other])
                assert answer.status_code == 403, f"{method} {path} with {other}"
                assert scope in answer.json()["detail"]
            for enough in (held[scope], held["admin"]):
                answer = await ask(running, method, path, enough)
                assert answer.status_code not in (401, 403), f"{method} {path}"


FORGED = [
    "",
    "Bearer",
    "Basic {0}",
    "{0}",
    "Bearer {0}x",
    "Bearer {0}_",
    "Bearer x{0}",
    "Bearer, {0}",
]


async def test_a_key_that_is_not_whole_is_401(running: Running) -> None:
    text = (await key(running, "read"))["Authorization"].removeprefix("Bearer ")
    prefix, key_id, secret = text.split("_", 2)
    other = (await key(running, "read", name="other"))["Authorization"].removeprefix("Bearer ")
    forged = [each.format(text) for each in FORGED]
    forged += [
        f"Bearer {prefix}_{key_id}_",
        f"Bearer {prefix}_{key_id}",
        f"Bearer {prefix}__{secret}",
        f"Bearer key_{key_id}_{secret}",
        f"Bearer {prefix}_{key_id}_{secret[:-1]}",
        f"Bearer {prefix}_{key_id}_{secret.swapcase()}",
        f"Bearer {prefix}_{key_id}_{other.split('_', 2)[2]}",
        f"Bearer {'a' * 60_000}",
    ]
    for header in forged:
        answer = await running.client.get("/v1/tickets", headers={"Authorization": header})
        assert answer.status_code == 401, header
        assert text not in answer.text
    for header in (f"Bearer {text}", f"bearer {text}", f"BEARER   {text}"):
        answer = await running.client.get("/v1/tickets", headers={"Authorization": header})
        assert answer.status_code == 200, header


async def test_two_keys_in_one_request_are_refused(running: Running) -> None:
    """Readers differ in which of two headers they believe."""
    good = await key(running, "read")
    both = [*good.items(), ("Authorization", "Bearer esk_0_0")]
    assert (await running.client.get("/v1/tickets", headers=both)).status_code == 401


async def test_health_tells_more_to_those_who_may_read(running: Running) -> None:
    reader, poster = await key(running, "read"), await key(running, "ingest")
    bound = await key(running, "read", name="bound", policies=["portaone"])
    assert (await running.client.get("/healthz")).json() == {"status": "ok"}
    for headers, told in ((reader, True), (poster, False), (bound, False), ({}, False)):
        answer = await running.client.get("/readyz", headers=headers)
        assert answer.status_code == 200
        assert ("unheard_last_day" in answer.json()["detail"]) is told


async def test_who_is_refused_is_not_listened_to(running: Running) -> None:
    """A body is not waited for, nor read, before it is known who sends it."""
    await key(running, "admin")
    body = b"x" * (1 << 20)
    answer = await running.client.post(
        "/v1/events", content=body, headers={"Expect": "100-continue", "Content-Type": "text/xml"}
    )
    assert answer.status_code == 401
    assert running.service.room.taken == 0


async def test_another_method_is_405_and_the_right_ones_are_named(running: Running) -> None:
    for path, allowed in {
        "/v1/keys": "GET, POST",
        "/v1/events": "GET, POST, OPTIONS",
        "/v1/subscriptions/x": "GET, PATCH, DELETE",
        "/v1/tickets/a/b": "GET",
    }.items():
        answer = await running.client.put(path)
        assert (answer.status_code, answer.headers["allow"]) == (405, allowed), path
