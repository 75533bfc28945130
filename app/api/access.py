"""Who asks, and what they may: keys, their scopes, and the policies they are bound to."""

from collections.abc import Callable, Coroutine
from ipaddress import ip_address
from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Request

from app.api.context import service_of
from app.api.problems import Problem
from app.store.keys import SCOPES, Key

SCHEME = "key"
"""The name of the security scheme in the OpenAPI document."""

SECURITY_SCHEMES = {
    SCHEME: {
        "type": "http",
        "scheme": "bearer",
        "description": "A key. While none is configured, requests from loopback need none.",
    }
}
ASK_FOR_ONE = {"WWW-Authenticate": "Bearer"}


class Caller(NamedTuple):
    """Who sent a request."""

    name: str
    """The source of events that name none."""
    policies: frozenset[str] | None = None
    """The policies that exist for them; None for all."""
    admin: bool = True
    key: Key | None = None

    def sees(self, policy_id: str) -> bool:
        """Whether tickets of a policy exist for them."""
        return self.policies is None or policy_id in self.policies


LOCAL = Caller("local")
"""Anybody on loopback, while there are no keys."""


async def admit(request: Request, scope: str) -> Caller:
    """Who asks; 401 without a valid key, 403 if the key lacks the scope."""
    keys = service_of(request).keys
    header = request.headers.get("authorization")
    if header is None:
        if _from_loopback(request) and not await keys.configured():
            return LOCAL
        raise Problem(401, "a key is needed: Authorization: Bearer <key>", headers=ASK_FOR_ONE)
    scheme, _, text = header.partition(" ")
    key = await keys.find(text.strip()) if scheme.lower() == "bearer" else None
    if key is None:
        raise Problem(401, "this key is not valid", headers=ASK_FOR_ONE)
    if not key.may(scope):
        raise Problem(403, f"this key has not the scope {scope}")
    return Caller(key.name, key.policies, key.may("admin"), key)


def _from_loopback(request: Request) -> bool:
    if request.client is None:
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _admitting(scope: str) -> Callable[[Request], Coroutine[Any, Any, Caller]]:
    async def caller(request: Request) -> Caller:
        return await admit(request, scope)

    return caller


Ingester = Annotated[Caller, Depends(_admitting("ingest"))]
Reader = Annotated[Caller, Depends(_admitting("read"))]
Admin = Annotated[Caller, Depends(_admitting("admin"))]


def needs(scope: str) -> dict[str, Any]:
    """What OpenAPI says of a route that needs a scope."""
    assert scope in SCOPES  # noqa: S101  # a slip of the pen
    return {"security": [{SCHEME: [scope]}]}


OPEN: dict[str, Any] = {"security": []}
"""What OpenAPI says of a route that anybody may ask."""
