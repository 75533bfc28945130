"""A receiver of webhooks that verifies each, keeps when it came, and fails in bad weather."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from standardwebhooks import Webhook

from soak.findings import Findings
from tests.webhooks.receiver import Behaviour, Heard, answers, answers_late, resets

WEATHER: Mapping[str, Behaviour] = {
    "answers 500": answers(500),
    "answers 429": answers(429, Retry_After="2"),
    "resets": resets,
    "hangs": answers_late(20.0),
    "answers late": answers_late(1.5),
}
MOST_FAILURES = 2
"""So often a webhook is failed at most: its third attempt comes after half a minute."""

NO_CONTENT = 204
SLOWEST = 0.2
"""Seconds that it takes for an answer in fair weather, so that faults come in between."""

SUBSCRIPTIONS: Mapping[str, dict[str, list[str]]] = {
    "all": {},
    "managers": {"roles": ["lead", "manager", "technical_support_manager"]},
    "breaches": {"types": ["sla.breached", "sla.escalated", "sla.retracted"]},
}
"""Who hears what, by the last part of the receiver's path."""


@dataclass(slots=True)
class Arrival:
    """A webhook that came: which one, when by the host's clock, and whether it was taken."""

    name: str
    event_id: str
    ticket_id: str
    sequence: int
    at: float
    taken: bool = False


@dataclass(slots=True)
class Receiver:
    """All subscriptions' receivers in one."""

    findings: Findings
    chance: random.Random
    weather: str | None = None
    url: str = ""
    secrets: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    """The subscriptions' ids, by name."""
    arrivals: list[Arrival] = field(default_factory=list)
    _failed: dict[tuple[str, str], int] = field(default_factory=dict)

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """One webhook."""
        name, body = request.match_info["name"], await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            Webhook(self.secrets[name]).verify(body, headers)
        except Exception as error:  # noqa: BLE001  # whatever is wrong with it
            self.findings.breaks("webhooks can be verified", f"{type(error).__name__}: {error}")
            return web.Response(status=400)
        event = Heard(headers["webhook-id"], headers, body).event
        arrival = Arrival(
            name, headers["webhook-id"], event["subject"], int(event["sequence"]), time.time()
        )
        self.arrivals.append(arrival)
        if event["id"] != arrival.event_id:
            self.findings.breaks("webhook-id is the event's", f"{event['id']}: {arrival}")
        answer = await self._behaviour(arrival)(request)
        arrival.taken = answer.status == NO_CONTENT
        return answer

    def _behaviour(self, arrival: Arrival) -> Behaviour:
        fair = answers_late(self.chance.uniform(0.0, SLOWEST))
        if self.weather is None or self.chance.random() < 0.3:
            return fair
        behaviour = WEATHER[self.weather]
        key = arrival.name, arrival.event_id
        failed = self._failed.get(key, 0)
        if failed >= MOST_FAILURES:
            return fair
        self._failed[key] = failed + 1
        return behaviour

    async def subscribe(self, service_url: str) -> None:
        """Has itself told, by each of the subscriptions."""
        async with aiohttp.ClientSession(service_url) as session:
            for name, filters in SUBSCRIPTIONS.items():
                told = {"url": f"{self.url}/hooks/{name}", **filters}
                async with session.post("/v1/subscriptions", json=told) as answer:
                    answer.raise_for_status()
                    made = await answer.json()
                self.secrets[name], self.ids[name] = made["secret"], made["id"]


@asynccontextmanager
async def receiving(findings: Findings, chance: random.Random) -> AsyncIterator[Receiver]:
    """A receiver on a port of its own, until the block ends."""
    receiver = Receiver(findings, chance)
    application = web.Application()
    application.router.add_post("/hooks/{name}", receiver.receive)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.01)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield receiver
    finally:
        await runner.cleanup()
        await asyncio.sleep(0)
