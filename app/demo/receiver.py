"""A webhook receiver as a chat bot would have one: verifies the signature, prints, answers 204."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from aiohttp import web

from app.clock import host_seconds
from app.webhooks.signing import SignatureRefused, verify

Say = Callable[[str], None]


class Receiver:
    """Prints each webhook it could verify, and remembers their ids."""

    def __init__(self, secret: str, say: Say) -> None:
        self._secret = secret
        self._say = say
        self.seen: dict[str, int] = {}

    async def receive(self, request: web.Request) -> web.Response:
        """One webhook."""
        body = await request.read()
        try:
            verify(self._secret, request.headers, body, host_seconds())
        except SignatureRefused as error:
            self._say(f"REFUSED   {error}")
            return web.Response(status=401)
        message_id = request.headers["webhook-id"]
        self.seen[message_id] = self.seen.get(message_id, 0) + 1
        self._say(_line(msgspec.json.decode(body), message_id, self.seen[message_id]))
        return web.Response(status=204)


def _line(event: dict[str, Any], message_id: str, times: int) -> str:
    """What a manager would want to read: which mark, who is told, how late, who is next."""
    escalation, following = event["data"]["escalation"], event["data"]["next_mark"]
    tier = f" tier {escalation['tier']}" if escalation["tier"] else ""
    parts = [
        f"verified  {event['type']:<13}",
        f"{event['subject']} {escalation['severity']} {escalation['clock'] or ''}{tier}",
        f"-> {escalation['role'] or 'everyone'},",
        f"{_length(escalation['late_by_seconds'] or 0.0)} after the fact",
    ]
    if following is not None:
        parts.append(f"(next {following['role'] or following['kind']} {following['at'][11:19]})")
    parts.append(f"[{message_id[:12]}]")
    if times > 1:
        parts.append("the same webhook again: a receiver that knows the id ignores it")
    return " ".join(parts)


def _length(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.3f} s"
    minutes = int(seconds // 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"


@asynccontextmanager
async def receiving(receiver: Receiver) -> AsyncIterator[str]:
    """The receiver on a free port of loopback; yields its URL."""
    application = web.Application()
    application.router.add_post("/hook", receiver.receive)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        yield f"http://127.0.0.1:{port}/hook"
    finally:
        await runner.cleanup()
