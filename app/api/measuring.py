"""Every request, counted and timed by its route."""

import asyncio
from time import perf_counter

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import metrics
from app.api import problems
from app.api.problems import Problem

NO_ROUTE = "none"
"""The route of a request that no route takes. Its path may be anything, so it is no label."""

NO_ANSWER = 0
"""The status where there was none."""

STOPPING = Problem(503, "the service is stopping", headers={"Retry-After": problems.RETRY_AFTER})
"""What is answered where the service stops first; uvicorn by itself would say 500."""

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
        except asyncio.CancelledError:
            if status != NO_ANSWER:
                raise
            await problems.answer(Request(scope), STOPPING)(scope, receive, noting)
        finally:
            route = getattr(scope.get("route"), "path", NO_ROUTE)
            method = scope["method"] if scope["method"] in METHODS else OTHER
            metrics.count_request(method, route, status, perf_counter() - began)
