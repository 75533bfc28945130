"""``escalator intake``: mappings checked and tried without a running service."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from app.cli.configured import settings
from app.clock import host_seconds
from app.domain.errors import EscalatorError
from app.intake.book import MappingBook
from app.intake.mapping_file import check, load_file
from app.intake.trial import try_out
from app.policy_files.document import PolicyFileError
from app.settings import environment

INDENT = 2


def add_to(app: typer.Typer) -> None:
    """Adds the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="Mappings of ticket systems' webhooks.")
    app.add_typer(group, name="intake")

    @group.command(name="check")
    def check_mappings(
        path: Annotated[Path, typer.Argument(exists=True, help="A mapping, or a folder of them.")],
    ) -> None:
        """Read mapping files; say file, line, column and reason of what is wrong."""
        try:
            found = check(path)
        except PolicyFileError as error:
            for fault in error.faults:
                typer.echo(fault, err=True)
            raise typer.Exit(1) from None
        if not found:
            raise EscalatorError(f"{path}: there is no mapping in it, no *.yaml")
        for mapping in found:
            rules = f"{len(mapping.rules)} rules"
            typer.echo(f"{mapping.name}: {rules}, secret in {mapping.secret_variable}")

    @group.command(name="try")
    def try_mapping(
        name: Annotated[str, typer.Argument(help="A mapping's name, or its file.")],
        file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The body.")],
        header: Annotated[
            list[str] | None, typer.Option(help="A header, as often as needed: 'X-Event: ping'.")
        ] = None,
    ) -> None:
        """Show what a webhook would become; nothing is recorded."""
        path = Path(name) if name.endswith(".yaml") else settings().intake_dir / f"{name}.yaml"
        (door,) = MappingBook([load_file(path)], environment())
        answer = try_out(door, _headers(header or []), file.read_bytes(), host_seconds())
        typer.echo(msgspec.json.format(msgspec.json.encode(answer), indent=INDENT))
        if answer["outcome"] == "refused":
            raise typer.Exit(1)


def _headers(given: list[str]) -> dict[str, str]:
    """By their names in small letters; JSON unless another type is named."""
    headers = {"content-type": "application/json"}
    for each in given:
        name, colon, value = each.partition(":")
        if not colon:
            raise typer.BadParameter(f"{each!r} is no header: 'Name: value' was expected")
        headers[name.strip().lower()] = value.strip()
    return headers
