"""Every request, counted and timed by its route."""

from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import metrics

NO_ROUTE = "none"
"""The route of a request that no route takes. Its path may be anything, so it is no label."""

NO_ANSWER = 0
"""The status where there was none: the service stopped first."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"


class Measured:
    """The application, whose every answer is counted by method, route and status.

    It stands outside everything else, so that it sees what errors are answered with.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        status, began = NO_ANSWER, perf_counter()

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            route = getattr(scope.get("route"), "path", NO_ROUTE)
            method = scope["method"] if scope["method"] in METHODS else OTHER
            metrics.count_request(method, route, status, perf_counter() - began)
