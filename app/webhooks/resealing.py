"""The sealed secrets of all subscriptions: sealed anew if the key changes, named if unreadable."""

import logging
from typing import NamedTuple

from app.store.codec import decode_data, encode_data
from app.store.database import Connection, Database, Row, query
from app.store.sealed import CannotOpen, Seals, is_sealed
from app.webhooks.subscriptions import about_option, about_secret

logger = logging.getLogger(__name__)


class Resealed(NamedTuple):
    """How many subscriptions were sealed anew, and which could not be opened."""

    changed: int
    unreadable: list[str]


async def reseal(connection: Connection, seals: Seals) -> Resealed:
    """Seals every secret that another key sealed with the first key, in one transaction."""
    count, unreadable = 0, []
    for row in await connection.fetch(query("lock_secrets")):
        try:
            sealed = [_resealed(row, "secret", seals), _previous_resealed(row, seals)]
            options = _options_resealed(row, seals)
        except CannotOpen:
            unreadable.append(row["subscription_id"])
            continue
        if [*sealed, options] != [row["secret"], row["previous_secret"], row["options"]]:
            await connection.execute(
                query("save_secrets"), row["subscription_id"], *sealed, options
            )
            count += 1
    return Resealed(count, unreadable)


def _resealed(row: Row, column: str, seals: Seals) -> str | None:
    sealed: str | None = row[column]
    if sealed is None or seals.is_current(sealed):
        return sealed
    about = about_secret(row["subscription_id"])
    return seals.seal(seals.open(sealed, about), about)


def _previous_resealed(row: Row, seals: Seals) -> str | None:
    """A secret that was replaced; one that cannot be opened is given up."""
    try:
        return _resealed(row, "previous_secret", seals)
    except CannotOpen:
        return None


def _options_resealed(row: Row, seals: Seals) -> str:
    """What a subscription says of its format, what is secret of it sealed anew."""
    kept: str = row["options"]
    options = decode_data(kept)
    stale = {
        name: value
        for name, value in options.items()
        if isinstance(value, str) and is_sealed(value) and not seals.is_current(value)
    }
    for name, value in stale.items():
        about = about_option(name, row["subscription_id"])
        options[name] = seals.seal(seals.open(value, about), about)
    return encode_data(options) if stale else kept


async def warn_of_unreadable(database: Database, seals: Seals) -> None:
    """Says in the log which subscriptions cannot be told, before something is to be told them."""
    if seals.first is None:
        logger.warning(
            "ESCALATOR_SECRETS_KEY is not set: no subscription can be made, and none is told"
        )
    async with database.connection() as connection:
        rows = await connection.fetch(query("read_secrets"))
    for row in rows:
        try:
            seals.open(row["secret"], about_secret(row["subscription_id"]))
        except CannotOpen as reason:
            logger.warning("subscription %s cannot be told: %s", row["subscription_id"], reason)
