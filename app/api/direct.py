"""The route that is asked thousands of times a second, without FastAPI around each request."""

from fastapi import FastAPI, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api import problems
from app.api.access import Scoped, behind_the_door


class Direct:
    """Hands requests for one route to its endpoint, and all others to the application.

    The application has the route as well, behind the same door, for its description of the API;
    FastAPI would take as long again to find it, and to find that it wants nothing else.
    """

    def __init__(self, app: FastAPI, route: Scoped) -> None:
        self._app = app
        self._route = route
        self._handler = behind_the_door(route.endpoint, route.scope_needed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        route = self._route
        if (
            scope["type"] != "http"
            or scope["path"] != route.path
            or scope["method"] not in (route.methods or ())
        ):
            await self._app(scope, receive, send)
            return
        scope.update(app=self._app, route=route)
        request = Request(scope, receive, send)
        response: ASGIApp
        try:
            response = await self._handler(request)
        except Exception as error:  # noqa: BLE001  # whatever it is, it has an answer
            response = await problems.answer_to(request, error)
        await response(scope, receive, send)
