"""What every command begins with: the configuration, and the database that it names."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import uvloop
from pydantic import ValidationError

from app import logs
from app.domain.errors import EscalatorError
from app.settings import Settings
from app.store import schema, sealing_keys
from app.store.database import Database
from app.store.embedded import EmbeddedServer

T = TypeVar("T")


def settings() -> Settings:
    """The configuration; EscalatorError names what in it is wrong."""
    try:
        configured = Settings()
    except ValidationError as error:
        faults = "; ".join(
            f"ESCALATOR_{'_'.join(map(str, each['loc'])).upper()}: {each['msg']}"
            for each in error.errors()
        )
        raise EscalatorError(f"the configuration is wrong: {faults}") from None
    logs.configure(configured)
    return configured


def run(work: Coroutine[Any, Any, T]) -> T:
    """Runs to its end what a command does."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


@contextmanager
def database(configured: Settings) -> Iterator[tuple[str, EmbeddedServer | None]]:
    """The URL of the database that is configured, or of the embedded one, and that one."""
    if configured.database_url is not None:
        yield configured.database_url, None
        return
    server = EmbeddedServer.start(configured.data_dir)
    try:
        yield server.url, server
    finally:
        server.stop()


@contextmanager
def ready(configured: Settings) -> Iterator[str]:
    """The URL of the database, its schema the one this program needs."""
    with database(configured) as (url, own):
        run(migrate(url, configured) if own is not None else _check(url))
        yield url


async def migrate(url: str, configured: Settings) -> str | None:
    """Brings the schema to the version that this program needs; answers which."""
    opened = Database(url)
    try:
        await schema.migrate(opened, sealing_keys.of(configured))
        return await schema.present(opened)
    finally:
        await opened.close()


async def _check(url: str) -> None:
    opened = Database(url)
    try:
        await schema.check(opened)
    finally:
        await opened.close()
