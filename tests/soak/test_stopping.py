"""A stop that cannot wait any longer for what is under way says so: 503, and when to come again."""

import asyncio

import httpx
import pytest

from app.clock import host_now
from app.listening import listening
from app.main import run
from app.settings import Settings
from soak.proxy import Proxy

EVENT = {
    "id": "1",
    "source": "desk",
    "type": "ticket.opened",
    "subject": "T-1",
    "time": host_now().isoformat(),
    "data": {"policy": "portaone", "severity": "P2"},
}


async def test_what_postgresql_does_not_answer_in_time_is_503_at_a_stop(
    settings: Settings, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nobody can know whether it was recorded; sent again, it is answered as it was."""
    monkeypatch.setattr("app.listening.FINISH_SECONDS", 0.3)
    async with Proxy(database_url).open() as proxy:
        url = proxy.url.replace("postgresql:", "postgresql+asyncpg:")
        async with run(settings, url) as service, httpx.AsyncClient(timeout=20) as client:
            async with listening(service, "127.0.0.1", 0) as face:
                proxy.going.clear()
                posting = asyncio.create_task(client.post(f"{face.url}/v1/events", json=EVENT))
                await asyncio.sleep(0.3)
            answer = await posting
            proxy.going.set()
            async with listening(service, "127.0.0.1", 0) as face:
                again = await client.post(f"{face.url}/v1/events", json=EVENT)
    assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, answer.text
    assert answer.headers["retry-after"]
    assert again.status_code in (httpx.codes.OK, httpx.codes.CREATED), again.text
