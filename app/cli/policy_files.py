"""``escalator policies schema`` and ``check``: files alone, without a database."""

from pathlib import Path
from typing import Annotated

import typer

from app.domain.errors import EscalatorError
from app.policy_files import PolicyFileError
from app.policy_files import check as check_policies
from app.policy_files.schema import schema_text


def add_to(group: typer.Typer) -> None:
    """Adds both commands."""
    group.command(name="schema")(write_schema)
    group.command()(check)


def write_schema() -> None:
    """Write the JSON Schema of policy files, by which editors complete and check them."""
    typer.echo(schema_text(), nl=False)


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
