"""``escalator`` itself, and what it does for the service as a whole."""

import sys
from typing import Annotated

import typer

from app import main
from app.cli import intake, keys, policies, secrets, transfer
from app.cli.configured import database, ready, run, settings
from app.cli.configured import migrate as migrated
from app.demo.run import demo as run_demo
from app.domain.errors import EscalatorError
from app.policy_files import load_folder
from app.rebuilding import rebuild_all
from app.store import sealing_keys

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="SLA clocks and escalations for support tickets.",
)
app.add_typer(policies.commands(settings, ready), name="policies")
app.add_typer(intake.commands(settings), name="intake")
transfer.add_to(app, settings, ready)
app.add_typer(keys.commands(settings, ready), name="keys")
app.add_typer(secrets.commands(settings, ready), name="secrets")


def entry() -> None:
    """Runs the command; what it refuses is said in a line, with exit status 1."""
    try:
        app()
    except EscalatorError as error:
        typer.echo(f"escalator: {error}", err=True)
        sys.exit(1)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8000,
) -> None:
    """Run the service. Without ESCALATOR_DATABASE_URL it looks after its own PostgreSQL."""
    configured = settings()
    if configured.policies_apply:
        load_folder(configured.policies_dir)  # a bad file is said before anything is started
    main.load_mappings(configured)
    sealing_keys.of(configured)
    with database(configured) as (url, own):
        if own is not None:
            run(migrated(url, configured))
        run(main.serve(configured, url, host, port, own))


@app.command()
def demo(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Another one if it is taken.")] = 8000,
) -> None:
    """Watch the main job: sample tickets, their escalations, verified webhooks."""
    run(run_demo(settings(), port))


@app.command()
def migrate() -> None:
    """Bring the database's schema to the version this program needs."""
    configured = settings()
    with database(configured) as (url, _):
        typer.echo(f"the schema is at version {run(migrated(url, configured))}")


@app.command()
def rebuild(
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes.")] = 2,
) -> None:
    """Fold the whole log again, while the service goes on serving. Nothing is sent."""
    with ready(settings()) as url:
        rebuild_all(url, workers, typer.echo)
