"""``escalator`` itself: which commands there are, and how one ends that is refused."""

import sys
from collections.abc import Mapping
from typing import ClassVar

import typer

from app.cli.later import Later, LoadsLater
from app.domain.errors import EscalatorError


class Commands(LoadsLater):
    """All commands."""

    later: ClassVar[Mapping[str, Later]] = {
        "serve": Later(
            "app.cli.serving",
            "Run the service. Without ESCALATOR_DATABASE_URL it looks after its own PostgreSQL.",
        ),
        "demo": Later(
            "app.cli.demonstrating",
            "Watch the main job: sample tickets, their escalations, verified webhooks.",
        ),
        "migrate": Later(
            "app.cli.upkeep",
            "Bring the database's schema to the version this program needs.",
        ),
        "rebuild": Later(
            "app.cli.upkeep",
            "Fold the whole log again, while the service goes on serving. Nothing is sent.",
        ),
        "policies": Later("app.cli.policies", "Policy files."),
        "intake": Later("app.cli.intake", "Mappings of ticket systems' webhooks."),
        "import": Later(
            "app.cli.transfer",
            "Record events from a file, NDJSON, packed by gzip or not, as history.",
        ),
        "export": Later(
            "app.cli.transfer",
            "Write every event of the log, and the policies they were judged by, as NDJSON.",
        ),
        "keys": Later("app.cli.keys", "Keys: who may post, read and administer."),
        "secrets": Later("app.cli.secrets", "The key that seals secrets in the database."),
    }


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="SLA clocks and escalations for support tickets.",
)


@app.callback()
def _begin() -> None:
    """Every command begins by itself."""


def entry() -> None:
    """Runs the command; what it refuses is said in a line, with exit status 1."""
    try:
        app()
    except EscalatorError as error:
        typer.echo(f"escalator: {error}", err=True)
        sys.exit(1)
