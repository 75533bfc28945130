"""``escalator keys``: made, listed and revoked at the database, whether the service runs or not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer

from app.cli.configured import ready, run, settings
from app.domain.errors import EscalatorError
from app.store import keys
from app.store.database import Connection, Database, Row
from app.store.keys import SCOPES, NewKey

BEGINNING = (datetime(1, 1, 1, tzinfo=UTC), "")
PAGE = 500


def add_to(app: typer.Typer) -> None:
    """Adds the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="Keys: who may post, read and administer.")
    app.add_typer(group, name="keys")

    @group.command(name="create")
    def create_key(
        name: Annotated[str, typer.Argument(help="Who holds it: the source of its events.")],
        scope: Annotated[list[str], typer.Option(help="ingest, read or admin; several times.")],
        policy: Annotated[
            list[str] | None, typer.Option(help="A policy it is bound to; several times.")
        ] = None,
        events_a_second: Annotated[
            int | None, typer.Option(min=1, max=keys.MOST_A_SECOND, help="No limit if left out.")
        ] = None,
    ) -> None:
        """Make a key. It is shown once; only a hash of it is kept."""
        wrong = [each for each in scope if each not in SCOPES]
        if wrong:
            raise typer.BadParameter(f"{wrong[0]} is no scope: one of {', '.join(SCOPES)}")
        if (reason := keys.why_not(name)) is not None:
            raise typer.BadParameter(reason)
        if policy and "admin" in scope:
            raise typer.BadParameter("a key with the scope admin is over all policies")
        if not all(each.isprintable() and len(each) <= keys.LONGEST_NAME for each in policy or []):
            raise typer.BadParameter("a policy's id has printable characters, 200 at most")
        new = NewKey(name, sorted(set(scope)), policy or None, events_a_second)
        with ready(settings()) as url:
            typer.echo(run(_create(url, new)))

    @group.command(name="list")
    def list_keys() -> None:
        """List every key there was, with the minute it was last used."""
        with ready(settings()) as url:
            for row in run(_listed(url)):
                typer.echo(_line(row))

    @group.command(name="revoke")
    def revoke_key(key: Annotated[str, typer.Argument(help="Its id or its name.")]) -> None:
        """Make a key invalid: within two seconds it is refused."""
        with ready(settings()) as url:
            typer.echo(_line(run(_revoke(url, key))))


def _line(row: Row) -> str:
    """A key in a line."""
    used, revoked = row["last_used_at"], row["revoked_at"]
    parts = [
        row["key_id"],
        row["name"],
        ",".join(row["scopes"]),
        "all policies" if row["policies"] is None else ",".join(row["policies"]),
        f"made {row['created_at']:%Y-%m-%d %H:%M}",
        "never used" if used is None else f"used {used:%Y-%m-%d %H:%M}",
    ]
    if row["events_a_second"] is not None:
        parts.append(f"{row['events_a_second']} events/s")
    if revoked is not None:
        parts.append(f"revoked {revoked:%Y-%m-%d %H:%M}")
    return "  ".join(parts)


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Connection]:
    database = Database(url)
    try:
        async with database.connection() as connection:
            yield connection
    finally:
        await database.close()


async def _create(url: str, new: NewKey) -> str:
    async with _connected(url) as connection:
        made = await keys.create(connection, new)
    if made is None:
        raise EscalatorError(f"there is a key {new.name!r} already; revoke it first")
    return made[1]


async def _listed(url: str) -> list[Row]:
    rows: list[Row] = []
    async with _connected(url) as connection:
        after = BEGINNING
        while page := await keys.listed(connection, after, PAGE):
            rows += page
            after = page[-1]["created_at"], page[-1]["key_id"]
    return rows


async def _revoke(url: str, key: str) -> Row:
    async with _connected(url) as connection:
        row = await keys.revoke(connection, key)
    if row is None:
        raise EscalatorError(f"there is no valid key {key!r}")
    return row
