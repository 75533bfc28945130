"""The command ``escalator``."""

import asyncio
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
import uvloop
from pydantic import ValidationError

from app import logs, main
from app.demo.run import demo as run_demo
from app.domain.errors import EscalatorError
from app.policy_files import load_file, load_folder
from app.rebuilding import rebuild_all
from app.settings import Settings
from app.store import schema
from app.store.database import Database
from app.store.embedded import EmbeddedServer

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="SLA clocks and escalations for support tickets.",
)
policies = typer.Typer(no_args_is_help=True, help="Policy files.")
app.add_typer(policies, name="policies")

T = TypeVar("T")


def entry() -> None:
    """Runs the command; what it refuses is said in a line, with exit status 1."""
    try:
        app()
    except EscalatorError as error:
        typer.echo(f"escalator: {error}", err=True)
        sys.exit(1)


def _settings() -> Settings:
    try:
        settings = Settings()
    except ValidationError as error:
        faults = "; ".join(
            f"ESCALATOR_{'_'.join(map(str, each['loc'])).upper()}: {each['msg']}"
            for each in error.errors()
        )
        raise EscalatorError(f"the configuration is wrong: {faults}") from None
    logs.configure(settings)
    return settings


def _run(work: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


@contextmanager
def _database(settings: Settings) -> Iterator[tuple[str, EmbeddedServer | None]]:
    """The URL of the database that is configured, or of the embedded one, and that one."""
    if settings.database_url is not None:
        yield settings.database_url, None
        return
    server = EmbeddedServer.start(settings.data_dir)
    try:
        yield server.url, server
    finally:
        server.stop()


async def _migrate(url: str) -> str | None:
    database = Database(url)
    try:
        await schema.migrate(database)
        return await schema.present(database)
    finally:
        await database.close()


async def _check(url: str) -> None:
    database = Database(url)
    try:
        await schema.check(database)
    finally:
        await database.close()


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8000,
) -> None:
    """Run the service. Without ESCALATOR_DATABASE_URL it looks after its own PostgreSQL."""
    settings = _settings()
    main.check_host(host)
    if settings.policies_apply:
        load_folder(settings.policies_dir)  # a bad file is said before anything is started
    with _database(settings) as (url, own):
        if own is not None:
            _run(_migrate(url))
        _run(main.serve(settings, url, host, port, own))


@app.command()
def demo(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Another one if it is taken.")] = 8000,
) -> None:
    """Watch the main job: sample tickets, their escalations, verified webhooks."""
    _run(run_demo(_settings(), port))


@app.command()
def migrate() -> None:
    """Bring the database's schema to the version this program needs."""
    settings = _settings()
    with _database(settings) as (url, _):
        typer.echo(f"the schema is at version {_run(_migrate(url))}")


@app.command()
def rebuild(
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes.")] = 2,
) -> None:
    """Fold the whole log again, while the service goes on serving. Nothing is sent."""
    settings = _settings()
    with _database(settings) as (url, own):
        _run(_migrate(url) if own is not None else _check(url))
        rebuild_all(url, workers, typer.echo)


@policies.command()
def check(
    path: Annotated[Path, typer.Argument(help="A policy file, or a folder of them.")],
) -> None:
    """Read policy files; say file, line, column and reason of what is wrong."""
    for policy in load_folder(path) if path.is_dir() else [load_file(path)]:
        typer.echo(f"{policy.id}: {len(policy.clocks)} clocks, version {policy.version}")
