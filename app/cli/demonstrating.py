"""``escalator demo``."""

from typing import Annotated

import typer

from app.cli.configured import run, settings
from app.demo import run as run_demo


def add_to(group: typer.Typer) -> None:
    """Adds the command."""
    group.command()(demo)


def demo(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Another one if it is taken.")] = 8000,
) -> None:
    """Watch the main job: sample tickets, their escalations, verified webhooks."""
    run(run_demo.demo(settings(), port))
