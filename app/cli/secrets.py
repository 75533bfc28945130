"""``escalator secrets``: the key under which secrets are sealed, made and changed."""

import typer

from app.cli.configured import ready, run, settings
from app.domain.errors import EscalatorError
from app.store import sealing_keys
from app.store.database import Database
from app.store.sealed import Seals, new_key
from app.webhooks.resealing import Resealed, reseal


def add_to(app: typer.Typer) -> None:
    """Adds the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="The key that seals secrets in the database.")
    app.add_typer(group, name="secrets")

    @group.command(name="key")
    def make_key() -> None:
        """Make a key, for ESCALATOR_SECRETS_KEY. It is printed, and kept nowhere."""
        typer.echo(new_key())

    @group.command()
    def rotate() -> None:
        """Seal every secret anew with the first key; the others are not needed any more then.

        Put the new key before the old one, start the service again, and then run this.
        """
        configured = settings()
        if sealing_keys.of(configured).first is None:
            raise EscalatorError(f"{sealing_keys.SETTING} is not set")
        with ready(configured) as url:
            seals = sealing_keys.of(configured)
            done = run(_reseal(url, seals))
        typer.echo(f"subscriptions sealed anew with the key {seals.first}: {done.changed}")
        if done.unreadable:
            raise EscalatorError(
                f"sealed with keys that are not here: {', '.join(done.unreadable)}; "
                "name those keys as well, or give these subscriptions new secrets"
            )


async def _reseal(url: str, seals: Seals) -> Resealed:
    database = Database(url)
    try:
        async with database.transaction() as connection:
            return await reseal(connection, seals)
    finally:
        await database.close()
