"""A service that is told to stop while it is still starting stops once it has."""

import asyncio
import os
import signal

import pytest

from app import main
from app.main import serve
from app.settings import Settings
from app.store.keys import KeyRing


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_that_comes_during_the_start_is_heard(
    settings: Settings,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    number: signal.Signals,
) -> None:
    check = main.check_host

    async def told_meanwhile(host: str, keys: KeyRing) -> None:
        os.kill(os.getpid(), number)
        await check(host, keys)

    monkeypatch.setattr(main, "check_host", told_meanwhile)
    before = signal.getsignal(number)
    try:
        async with asyncio.timeout(20):
            await serve(settings, database_url, "127.0.0.1", 0)
    finally:
        asyncio.get_running_loop().remove_signal_handler(number)
        signal.signal(number, before)
