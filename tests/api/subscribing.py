"""Subscriptions and tickets made over HTTP, for tests of what is delivered."""

import asyncio
from collections.abc import Callable
from typing import Any

from tests.conftest import Running
from tests.patience import PATIENCE_SECONDS
from tests.webhooks.receiver import Receiver

Json = dict[str, Any]

URL = "https://bot.example.com/services/T0/s3cret?key=s3cret"


async def make(running: Running, receiver: Receiver | None = None, **more: object) -> Json:
    """A subscription as its creation is answered; the receiver verifies with its secret."""
    body = {"url": receiver.url if receiver else URL, **more}
    answer = await running.client.post("/v1/subscriptions", json=body)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    if receiver is not None:
        receiver.secrets = [made["secret"]]
    return made


async def open_ticket(running: Running, ticket_id: str) -> None:
    """Opens a P1, of which the manager is told at once."""
    event = {
        "id": "1",
        "source": "desk",
        "type": "ticket.opened",
        "subject": ticket_id,
        "data": {"policy": "portaone", "severity": "P1"},
    }
    answer = await running.client.post("/v1/events", json=event)
    assert answer.status_code == 201, answer.text


async def until(condition: Callable[[], bool]) -> None:
    """Waits until it holds, but not for ever."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0.01)
