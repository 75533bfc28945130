"""HEAD: whatever can be read with GET."""

from collections.abc import Collection

from starlette.types import ASGIApp, Receive, Scope, Send


class Heads:
    """Answers HEAD as GET (RFC 9110, 9.3.2); the server leaves the body out.

    ``endless``: paths whose answers go on and on, of which nobody waits for the end.
    """

    def __init__(self, app: ASGIApp, endless: Collection[str]) -> None:
        self._app = app
        self._endless = endless

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD" or scope["path"] in self._endless:
            await self._app(scope, receive, send)
            return
        asked = {**scope, "method": "GET"}
        try:
            await self._app(asked, receive, send)
        finally:
            scope["route"] = asked.get("route")
