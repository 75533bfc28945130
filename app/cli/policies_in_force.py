"""``escalator policies apply``, ``rebind`` and ``simulate``: policies at a database."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from app.cli import rebinding, simulating
from app.cli.configured import ready, run, settings
from app.policy_files import load_folder
from app.store.database import Database
from app.store.policies import PolicyBook


def add_to(group: typer.Typer) -> None:
    """Adds these commands."""

    @group.command(name="apply")
    def apply_files() -> None:
        """Make the files of ESCALATOR_POLICIES_DIR current, for tickets opened from now on."""
        configured = settings()
        load_folder(configured.policies_dir)  # a bad file is said before anything is started
        with ready(configured) as url:
            run(_apply(url, configured.policies_dir, typer.echo))

    @group.command()
    def rebind(
        policy: Annotated[str, typer.Argument(help="The policy's id.")],
        version: Annotated[str | None, typer.Option(help="Left out, the current one.")] = None,
        ticket: Annotated[list[str] | None, typer.Option(help="As often as needed.")] = None,
        every: Annotated[bool, typer.Option("--all", help="All tickets of the policy.")] = False,  # noqa: FBT002  # a flag
    ) -> None:
        """Bind open tickets to a version of their policy, as by a change of severity."""
        if bool(ticket) == every:
            raise typer.BadParameter("name tickets by --ticket, or say --all")
        with ready(settings()) as url:
            run(rebinding.rebind(url, policy, version, ticket, typer.echo))

    @group.command()
    def simulate(
        file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A policy file.")],
        since: Annotated[str, typer.Option("--from", help="A date (00:00 UTC), or an instant.")],
        until: Annotated[
            str | None, typer.Option("--to", help="As --from, not in it itself; now if left out.")
        ] = None,
        policy: Annotated[
            str | None, typer.Option(help="Whose tickets; the file's own id if left out.")
        ] = None,
        as_json: Annotated[bool, typer.Option("--json", help="As the service answers.")] = False,  # noqa: FBT002  # a flag
    ) -> None:
        """Try a policy on the history: what it would have raised, and what not. Writes nothing."""
        begins, ends = simulating.instant(since), until and simulating.instant(until)
        if ends and ends <= begins:
            raise typer.BadParameter("--to is not later than --from")
        tried = simulating.candidate(file)
        with ready(settings()) as url:
            run(
                simulating.simulate(
                    url, policy or tried.id, tried, begins, ends or None, json=as_json
                )
            )


async def _apply(url: str, folder: Path, say: Callable[[str], None]) -> None:
    """Registers the files of a folder and makes them current; says which were not."""
    loaded = load_folder(folder)
    database = Database(url)
    try:
        changed = await PolicyBook().register(database, loaded)
    finally:
        await database.close()
    for policy in loaded:
        note = "" if policy.id in changed else " unchanged"
        say(f"{policy.id} {policy.version}{note}")
