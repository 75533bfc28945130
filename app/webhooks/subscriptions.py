"""Subscriptions: who is told, where, how, and of what."""

import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import NamedTuple

import httpx

from app.store.codec import decode_data
from app.store.database import Connection, Row, query
from app.store.sealed import CannotOpen, Seals, is_sealed
from app.webhooks.signing import Version, public_key

OLD_SECRET_SIGNS_FOR = timedelta(hours=24)

HIDDEN = "…"
"""What is shown instead of a URL's path and query: those of chat receivers are secrets."""

BEGINNING = datetime(1, 1, 1, tzinfo=UTC)

GONE = "the receiver answered 410 Gone"


@dataclass(frozen=True)
class Subscription:
    """What sending needs of a subscription; ``sealed`` are the secrets that sign now.

    It opens what is sealed once, for all that is claimed with it.
    """

    id: str
    url: str
    format: str
    sealed: tuple[str, ...]
    seals: Seals = field(repr=False)
    kept_options: str = "{}"
    """What it says of its format, as JSON; what is secret of it is sealed."""

    @classmethod
    def of(cls, row: Row, now: datetime, seals: Seals) -> "Subscription":
        """The subscription in a row, as it stands at ``now``."""
        signing = [row["secret"]]
        until = row["previous_secret_until"]
        if until is not None and now < until:
            signing.append(row["previous_secret"])
        return cls(
            row["subscription_id"], row["url"], row["format"], tuple(signing), seals, row["options"]
        )

    @cached_property
    def secrets(self) -> Sequence[str]:
        """The secrets that sign now; CannotOpen if the first was sealed with a key not here.

        One that it replaces, and that cannot be opened, signs no more: nobody here can know it.
        """
        current, *previous = self.sealed
        opened = [self.seals.open(current, about_secret(self.id))]
        for each in previous:
            with suppress(CannotOpen):
                opened.append(self.seals.open(each, about_secret(self.id)))
        return opened

    @cached_property
    def options(self) -> Mapping[str, object]:
        """What it says of its format; CannotOpen if that was sealed with a key not here."""
        return {
            name: self.seals.open(value, about_option(name, self.id))
            if isinstance(value, str) and is_sealed(value)
            else value
            for name, value in decode_data(self.kept_options).items()
        }


class NewSubscription(NamedTuple):
    """A subscription as asked for; the columns in the order of ``add_subscription.sql``."""

    url: str
    format: str
    secret: str
    """In the clear; the database gets it sealed."""
    roles: Sequence[str]
    types: Sequence[str]
    policies: Sequence[str]
    severities: Sequence[str]
    enabled: bool
    unheard: bool = False
    options: str = "{}"
    """As they are kept."""


class Change(NamedTuple):
    """New values, None where a member stays; in the order of ``change_subscription.sql``."""

    url: str | None
    format: str | None
    roles: Sequence[str] | None
    types: Sequence[str] | None
    policies: Sequence[str] | None
    severities: Sequence[str] | None
    enabled: bool | None
    unheard: bool | None = None
    options: str | None = None


def new_id() -> str:
    """A subscription's id, at random."""
    return f"sub_{secrets.token_hex(12)}"


def about_secret(subscription_id: str) -> str:
    """What a sealed signing secret is bound to."""
    return f"secret of subscription {subscription_id}"


def about_option(name: str, subscription_id: str) -> str:
    """What a sealed option is bound to."""
    return f"{name} of subscription {subscription_id}"


def version_of(row: Row) -> Version:
    """How the subscription in a row is signed to."""
    return "v1" if row["public_key"] is None else "v1a"


def shown_url(url: str) -> str:
    """The URL as it may be shown: path and query, which may be secrets, are hidden."""
    parsed = httpx.URL(url)
    hidden = HIDDEN if parsed.raw_path != b"/" or parsed.fragment else ""
    return f"{parsed.copy_with(raw_path=b'/', fragment=None)}{hidden}"


async def add(
    connection: Connection,
    new: NewSubscription,
    now: datetime,
    seals: Seals,
    id_: str | None = None,
) -> Row:
    """Makes a subscription; answers its row. NoKey if there is nothing to seal its secret with."""
    id_ = id_ or new_id()
    sealed = new._replace(secret=seals.seal(new.secret, about_secret(id_)))
    row = await connection.fetchrow(
        query("add_subscription"), id_, *sealed, now, public_key(new.secret)
    )
    assert row is not None  # noqa: S101  # an INSERT of one row returns one
    return row


async def find(connection: Connection, subscription_id: str) -> Row | None:
    """The row of a subscription, None if there is none."""
    return await connection.fetchrow(query("read_subscription"), subscription_id)


async def listed(
    connection: Connection, after: tuple[datetime, str] | None, limit: int
) -> list[Row]:
    """Subscriptions in the order they were made, those after a place."""
    made_at, subscription_id = after or (BEGINNING, "")
    return await connection.fetch(query("list_subscriptions"), made_at, subscription_id, limit)


async def change(connection: Connection, subscription_id: str, new: Change) -> Row | None:
    """Changes what is not None; answers the row, None if there is no such subscription."""
    return await connection.fetchrow(query("change_subscription"), subscription_id, *new)


async def rotate(
    connection: Connection,
    subscription_id: str,
    secret: str,
    now: datetime,
    seals: Seals,
    *,
    drop_older: bool = False,
) -> Row | None:
    """A new secret; the old one signs too for 24 hours. None if there is no such subscription.

    None too while one that is older still signs, unless it is to be dropped.
    """
    return await connection.fetchrow(
        query("rotate_secret"),
        subscription_id,
        seals.seal(secret, about_secret(subscription_id)),
        now + OLD_SECRET_SIGNS_FOR,
        public_key(secret),
        now,
        drop_older,
    )


async def remove(connection: Connection, subscription_id: str) -> bool:
    """Removes a subscription; what waits for it goes with ``remove_orphans``."""
    row = await connection.fetchrow(query("remove_subscription"), subscription_id)
    return row is not None
