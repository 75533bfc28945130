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

from app import cli_intake, cli_keys, cli_policies, cli_secrets, cli_transfer, logs, main
from app.demo.run import demo as run_demo
from app.domain.errors import EscalatorError
from app.policy_files import PolicyFileError, load_folder
from app.policy_files import check as check_policies
from app.policy_files.schema import schema_text
from app.rebuilding import rebuild_all
from app.settings import Settings
from app.store import schema, sealing_keys
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


app.add_typer(cli_intake.commands(_settings), name="intake")


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


async def _migrate(url: str, settings: Settings) -> str | None:
    database = Database(url)
    try:
        await schema.migrate(database, sealing_keys.of(settings))
        return await schema.present(database)
    finally:
        await database.close()


async def _check(url: str) -> None:
    database = Database(url)
    try:
        await schema.check(database)
    finally:
        await database.close()


@contextmanager
def _ready(settings: Settings) -> Iterator[str]:
    """The URL of the database, its schema the one this program needs."""
    with _database(settings) as (url, own):
        _run(_migrate(url, settings) if own is not None else _check(url))
        yield url


cli_transfer.add_to(app, _settings, _ready)
app.add_typer(cli_keys.commands(_settings, _ready), name="keys")
app.add_typer(cli_secrets.commands(_settings, _ready), name="secrets")


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8000,
) -> None:
    """Run the service. Without ESCALATOR_DATABASE_URL it looks after its own PostgreSQL."""
    settings = _settings()
    if settings.policies_apply:
        load_folder(settings.policies_dir)  # a bad file is said before anything is started
    main.load_mappings(settings)
    sealing_keys.of(settings)
    with _database(settings) as (url, own):
        if own is not None:
            _run(_migrate(url, settings))
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
        typer.echo(f"the schema is at version {_run(_migrate(url, settings))}")


@app.command()
def rebuild(
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes.")] = 2,
) -> None:
    """Fold the whole log again, while the service goes on serving. Nothing is sent."""
    settings = _settings()
    with _database(settings) as (url, own):
        _run(_migrate(url, settings) if own is not None else _check(url))
        rebuild_all(url, workers, typer.echo)


@policies.command(name="schema")
def write_schema() -> None:
    """Write the JSON Schema of policy files, by which editors complete and check them."""
    typer.echo(schema_text(), nl=False)


@policies.command()
def check(
    path: Annotated[Path, typer.Argument(exists=True, help="A policy file, or a folder of them.")],
) -> None:
    """Read policy files; say file, line, column and reason of what is wrong or doubtful."""
    try:
        found = check_policies(path)
    except PolicyFileError as error:
        for fault in error.faults:
            typer.echo(fault, err=True)
        raise typer.Exit(1) from None
    if not found:
        raise EscalatorError(f"{path}: there is no policy file in it, no *.yaml")
    for policy, doubts in found:
        typer.echo(f"{policy.id}: {len(policy.clocks)} clocks, version {policy.version}")
        for doubt in doubts:
            typer.echo(f"  doubtful: {doubt}")


@policies.command()
def apply() -> None:
    """Make the files of ESCALATOR_POLICIES_DIR current: tickets opened from now on go by them."""
    settings = _settings()
    load_folder(settings.policies_dir)  # a bad file is said before anything is started
    with _database(settings) as (url, own):
        _run(_migrate(url, settings) if own is not None else _check(url))
        _run(cli_policies.apply(url, settings.policies_dir, typer.echo))


@policies.command()
def rebind(
    policy: Annotated[str, typer.Argument(help="The policy's id.")],
    version: Annotated[str | None, typer.Option(help="Left out, the current one.")] = None,
    ticket: Annotated[list[str] | None, typer.Option(help="As often as needed.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All tickets of the policy.")] = False,  # noqa: FBT002  # a flag
) -> None:
    """Bind open tickets to a version of their policy, as by a change of severity."""
    if bool(ticket) == every:
        raise typer.BadParameter("name tickets by --ticket, or say --all")
    settings = _settings()
    with _database(settings) as (url, own):
        _run(_migrate(url, settings) if own is not None else _check(url))
        _run(cli_policies.rebind(url, policy, version, ticket, typer.echo))
