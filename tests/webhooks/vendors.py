"""Receivers that answer as the vendors' do, on loopback."""

from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web


@dataclass(slots=True)
class Vendor:
    """Answers as it is told, and notes the query each time."""

    answer: Callable[[web.Request], web.Response]
    queries: list[dict[str, str]] = field(default_factory=list)

    async def behaviour(self, request: web.Request) -> web.StreamResponse:
        """One webhook."""
        self.queries.append(dict(request.query))
        return self.answer(request)


def says(status: int, text: str = "", **headers: str) -> Vendor:
    """Always the same."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Vendor(lambda _: web.Response(status=status, text=text, headers=named))


def discord() -> Vendor:
    """200 with the message if asked to wait, else 204 before it is there."""

    def answer(request: web.Request) -> web.Response:
        if request.query.get("wait") == "true":
            return web.json_response({"id": "1"})
        return web.Response(status=204)

    return Vendor(answer)


def then(*vendors: Vendor) -> Vendor:
    """The first one once, then the next; the last one from then on."""
    left = list(vendors)

    def answer(request: web.Request) -> web.Response:
        now = left.pop(0) if len(left) > 1 else left[0]
        return now.answer(request)

    return Vendor(answer)
