"""Subscriptions: who is told, where, how, and of what."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import httpx

from app.store.database import Connection, Row, query
from app.webhooks.signing import new_secret

OLD_SECRET_SIGNS_FOR = timedelta(hours=24)

HIDDEN = "…"
"""What is shown instead of a URL's path and query: those of chat receivers are secrets."""

BEGINNING = datetime(1, 1, 1, tzinfo=UTC)

GONE = "the receiver answered 410 Gone"


@dataclass(frozen=True, slots=True)
class Subscription:
    """What sending needs of a subscription; ``secrets`` are those that sign now."""

    id: str
    url: str
    format: str
    secrets: tuple[str, ...]

    @classmethod
    def of(cls, row: Row, now: datetime) -> "Subscription":
        """The subscription in a row, as it stands at ``now``."""
        signing = [row["secret"]]
        until = row["previous_secret_until"]
        if until is not None and now < until:
            signing.append(row["previous_secret"])
        return cls(row["subscription_id"], row["url"], row["format"], tuple(signing))


class NewSubscription(NamedTuple):
    """A subscription as asked for; the columns in the order of ``add_subscription.sql``."""

    url: str
    format: str
    secret: str
    roles: Sequence[str]
    types: Sequence[str]
    policies: Sequence[str]
    severities: Sequence[str]
    enabled: bool


class Change(NamedTuple):
    """New values, None where a member stays; in the order of ``change_subscription.sql``."""

    url: str | None
    format: str | None
    roles: Sequence[str] | None
    types: Sequence[str] | None
    policies: Sequence[str] | None
    severities: Sequence[str] | None
    enabled: bool | None


def new_id() -> str:
    """A subscription's id, at random."""
    return f"sub_{secrets.token_hex(12)}"


def shown_url(url: str) -> str:
    """The URL as it may be shown: path and query, which may be secrets, are hidden."""
    parsed = httpx.URL(url)
    hidden = HIDDEN if parsed.raw_path != b"/" or parsed.fragment else ""
    return f"{parsed.copy_with(raw_path=b'/', fragment=None)}{hidden}"


async def add(connection: Connection, new: NewSubscription, now: datetime) -> Row:
    """Makes a subscription; answers its row."""
    row = await connection.fetchrow(query("add_subscription"), new_id(), *new, now)
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


async def rotate(connection: Connection, subscription_id: str, now: datetime) -> Row | None:
    """A new secret; the old one signs too for 24 hours. None if there is no such subscription."""
    return await connection.fetchrow(
        query("rotate_secret"), subscription_id, new_secret(), now + OLD_SECRET_SIGNS_FOR
    )


async def remove(connection: Connection, subscription_id: str) -> bool:
    """Removes a subscription; what waits for it goes with ``remove_orphans``."""
    row = await connection.fetchrow(query("remove_subscription"), subscription_id)
    return row is not None
