"""``escalator migrate`` and ``rebuild``: the schema, and what is folded from the log."""

from typing import Annotated

import typer

from app.cli import configured
from app.rebuilding import rebuild_all


def add_to(group: typer.Typer) -> None:
    """Adds both commands."""
    group.command()(migrate)
    group.command()(rebuild)


def migrate() -> None:
    """Bring the database's schema to the version this program needs."""
    settings = configured.settings()
    with configured.database(settings) as (url, _):
        version = configured.run(configured.migrate(url, settings))
        typer.echo(f"the schema is at version {version}")


def rebuild(
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes.")] = 2,
) -> None:
    """Fold the whole log again, while the service goes on serving. Nothing is sent."""
    with configured.ready(configured.settings()) as url:
        rebuild_all(url, workers, typer.echo)
