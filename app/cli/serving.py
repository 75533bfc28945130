"""``escalator serve``."""

from typing import Annotated

import typer

from app import main
from app.cli.configured import database, migrate, run, settings
from app.policy_files import load_folder
from app.store import sealing_keys


def add_to(group: typer.Typer) -> None:
    """Adds the command."""
    group.command()(serve)


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
            run(migrate(url, configured))
        run(main.serve(configured, url, host, port, own))
