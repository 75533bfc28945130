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
    escalation = event["data"]["escalation"]
    ticket = event["data"]["ticket"]
    told = escalation["role"] or "everyone"
    tier = f" tier {escalation['tier']}" if escalation["tier"] else ""
    late = escalation["late_by_seconds"] or 0.0
    again = f"  AGAIN, time {times}" if times > 1 else ""
    following = event["data"]["next_mark"]
    then = (
        f"; next {following['role'] or following['kind']} at {following['at'][11:19]}"
        if (following)
        else ""
    )
    return (
        f"verified  {event['type']:<14} {event['subject']} {ticket['severity']} "
        f"{escalation['clock'] or ''}{tier} -> {told}, {late:.3f} s after it was due"
        f"{then}  [webhook-id {message_id[:12]}]{again}"
    )


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
