"""Who asks, and what they may: keys, their scopes, and the policies they are bound to."""

import functools
from collections.abc import Callable, Coroutine, Mapping, Sequence
from ipaddress import ip_address
from typing import Annotated, Any, NamedTuple, cast

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute

from app.api import asking, bodies, problems
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
NO_POLICY = ("",)
"""What no policy is called."""

ASK_FOR_ONE = {"WWW-Authenticate": "Bearer"}


Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Caller(NamedTuple):
    """Who sent a request."""

    name: str
    """The source of events that name none."""
    policies: frozenset[str] | None = None
    """The policies that exist for them; None for all."""
    admin: bool = True
    key: Key | None = None

    def sees(self, policy_id: str | None) -> bool:
        """Whether tickets of a policy exist for them; None is that of no ticket."""
        return self.policies is None or policy_id in self.policies

    def among(self, wanted: Sequence[str]) -> Sequence[str]:
        """The policies to look for: those asked for, or all, as far as they exist for them."""
        if self.policies is None:
            return wanted
        return sorted(self.policies.intersection(wanted or self.policies)) or NO_POLICY


LOCAL = Caller("local")
"""Anybody on loopback, while there are no keys."""


async def admit(request: Request, scope: str) -> Caller:
    """Who asks; 401 without a valid key, 403 if the key lacks the scope."""
    keys = service_of(request).keys
    shown = request.headers.getlist("authorization")
    if not shown:
        if _on_loopback(request) and not await keys.configured():
            return LOCAL
        raise Problem(401, "a key is needed: Authorization: Bearer <key>", headers=ASK_FOR_ONE)
    scheme, _, text = shown[0].partition(" ")
    one = len(shown) == 1 and scheme.lower() == "bearer"
    key = await keys.find(text.strip()) if one else None
    if key is None:
        raise Problem(401, "this key is not valid", headers=ASK_FOR_ONE)
    if not key.may(scope):
        raise Problem(403, f"this key has not the scope {scope}")
    return Caller(key.name, key.policies, key.may("admin"), key)


HANDED_ON = {"forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"}
"""Headers by which a proxy tells that the request is not its own."""


def _on_loopback(request: Request) -> bool:
    """Whether it comes from this host, and was meant for it.

    A page that a browser here shows can have its own name resolve to loopback (DNS rebinding), and
    a proxy here hands on what others send. The one names another host; the other most often says
    so, and where it does not, nothing tells.
    """
    client, headers = request.client, request.headers
    if any(name in HANDED_ON for name in headers):
        return False
    hosts = headers.getlist("host")
    if len(hosts) > 1:
        return False
    named = hosts[0] if hosts else ""
    host = named[1:].partition("]")[0] if named.startswith("[") else named.partition(":")[0]
    return client is not None and _is_loopback(client.host) and _is_loopback(host.lower())


@functools.lru_cache(maxsize=256)
def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class Scoped(APIRoute):
    """A route that names its scope, and asks for it before anything else is done.

    One that names none cannot be made. What a key may send is counted here, too.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:  # noqa: ANN401  # FastAPI has 25 of them
        scopes = _scopes_in(options.get("openapi_extra"))
        if scopes is None:
            raise TypeError(f"{path} names no scope: openapi_extra=needs(...), or OPEN")
        self.scope_needed = scopes[0] if scopes else None
        super().__init__(path, endpoint, **options)
        takes_body = self.body_field is not None or "requestBody" in options["openapi_extra"]
        statuses = ((401, 403, 429) if scopes else ()) + (bodies.STATUSES if takes_body else ())
        self.responses = {**problems.responses(*statuses), **self.responses}

    def get_route_handler(self) -> Handler:
        """The handler, behind the question who asks."""
        handler, parsed_by_fastapi = super().get_route_handler(), self.body_field is not None
        once = asking.said_once(self.endpoint)

        async def looked_at(request: Request) -> Response:
            asking.refuse_repeated(request, once)
            return await handler(
                await bodies.read_beforehand(request) if parsed_by_fastapi else request
            )

        return behind_the_door(looked_at, self.scope_needed)


def behind_the_door(handler: Handler, scope: str | None) -> Handler:
    """The handler, once it is known who asks and that they may; what they send is counted."""

    async def admitted(request: Request) -> Response:
        service = service_of(request)
        caller = None if scope is None else await admit(request, scope)
        request.state.caller = caller
        key = None if caller is None else caller.key
        try:
            if key is not None:
                service.limits.take(key)
                request.state.told = service.limits.left(key)
            response = await handler(request)
        finally:
            service.room.leave(request)
        if key is not None:
            response.headers.update(service.limits.left(key))
        return response

    return admitted


def _scopes_in(extra: Mapping[str, Any] | None) -> list[str] | None:
    """The scopes that the OpenAPI part of a route names; None if it says nothing of security."""
    security = (extra or {}).get("security")
    return None if security is None else [scope for each in security for scope in each[SCHEME]]


def needs(scope: str) -> dict[str, Any]:
    """What OpenAPI says of a route that needs a scope."""
    assert scope in SCOPES  # noqa: S101  # a slip of the pen
    return {"security": [{SCHEME: [scope]}]}


OPEN: dict[str, Any] = {"security": []}
"""What OpenAPI says of a route that anybody may ask."""


def caller_of(request: Request) -> Caller:
    """Who sent a request to a route that asked for a scope."""
    return cast("Caller", request.state.caller)


Asker = Annotated[Caller, Depends(caller_of)]
