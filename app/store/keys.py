"""Keys: who may post, read and administer. Of a key's secret only a hash is kept."""

import asyncio
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from app.clock import monotonic
from app.domain.events import SOURCE
from app.store.database import Connection, Database, Row, query

SCOPES = ("ingest", "read", "admin")
"""``admin`` may do what the others may as well."""

PREFIX = "esk"
NOBODYS = bytes(32)
"""No key's hash."""

LONGEST_NAME = 200
MOST_A_SECOND = 1_000_000

KNOWN_FOR_SECONDS = 2.0
"""For how long the keys once read are taken for valid: a revocation counts after this at last."""

USE_NOTED_SECONDS = 60.0
"""How exactly the last use of a key is known."""


@dataclass(frozen=True, slots=True)
class Key:
    """A valid key, and what its holder may do."""

    id: str
    name: str
    scopes: frozenset[str]
    policies: frozenset[str] | None
    """The policies it is bound to; None for all."""
    events_a_second: int | None

    def may(self, scope: str) -> bool:
        """Whether it has a scope."""
        return scope in self.scopes or "admin" in self.scopes

    def sees(self, policy_id: str) -> bool:
        """Whether tickets of a policy exist for its holder."""
        return self.policies is None or policy_id in self.policies


class NewKey(NamedTuple):
    """A key as asked for."""

    name: str
    scopes: Sequence[str]
    policies: Sequence[str] | None
    events_a_second: int | None


def why_not(name: str) -> str | None:
    """Why a key may not be called so: its name is the source of its events. None if it may."""
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        return f"a name has 1 to {LONGEST_NAME} printable characters"
    return f"{name} is the source of this service's own events" if name == SOURCE else None


async def create(connection: Connection, new: NewKey) -> tuple[Row, str] | None:
    """Makes a key; answers its row and its text, which is shown once. None: the name is taken."""
    key_id, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    row = await connection.fetchrow(
        query("add_key"),
        key_id,
        new.name,
        _hash(secret),
        list(new.scopes),
        None if new.policies is None else list(new.policies),
        new.events_a_second,
    )
    return None if row is None else (row, f"{PREFIX}_{key_id}_{secret}")


async def listed(connection: Connection, after: tuple[datetime, str], limit: int) -> list[Row]:
    """Every key there was, in the order they were made, those after a place."""
    return await connection.fetch(query("list_keys"), *after, limit)


async def revoke(connection: Connection, key: str) -> Row | None:
    """Makes a key invalid, named by its id or its name; None if there is no such valid key."""
    return await connection.fetchrow(query("revoke_key"), key)


def _hash(secret: str) -> bytes:
    """A fast hash will do: the secret has 256 random bits, and cannot be guessed."""
    return sha256(secret.encode()).digest()


class KeyRing:
    """The valid keys, read again every two seconds at most."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._keys: dict[str, tuple[Key, bytes]] = {}
        self._read_at: float | None = None
        self._forgotten = 0
        self._reading = asyncio.Lock()
        self._noted: dict[str, float] = {}

    async def configured(self) -> bool:
        """Whether there is any key, so that one is asked for."""
        await self._be_fresh()
        return bool(self._keys)

    async def find(self, text: str) -> Key | None:
        """The valid key of this text, None if it is none."""
        await self._be_fresh()
        prefix, _, rest = text.partition("_")
        key_id, _, secret = rest.partition("_")
        key, expected = self._keys.get(key_id, (None, NOBODYS))
        # Compared even where there is no such key, so that time tells nothing of which there are.
        same = hmac.compare_digest(_hash(secret), expected)
        if not same or key is None or prefix != PREFIX:
            return None
        await self._note_use(key)
        return key

    def forget(self) -> None:
        """Reads the keys again before they are next used."""
        self._read_at = None
        self._forgotten += 1

    async def _be_fresh(self) -> None:
        if self._read_at is not None and monotonic() - self._read_at < KNOWN_FOR_SECONDS:
            return
        async with self._reading:
            if self._read_at is not None and monotonic() - self._read_at < KNOWN_FOR_SECONDS:
                return
            now, forgotten = monotonic(), self._forgotten
            async with self._database.connection() as connection:
                rows = await connection.fetch(query("valid_keys"))
            self._keys = {row["key_id"]: (_key(row), row["secret_hash"]) for row in rows}
            # One revoked while they were read may be among them: the next who asks reads again.
            self._read_at = now if forgotten == self._forgotten else None

    async def _note_use(self, key: Key) -> None:
        now = monotonic()
        noted = self._noted.get(key.id)
        if noted is None or now - noted >= USE_NOTED_SECONDS:
            self._noted[key.id] = now
            async with self._database.connection() as connection:
                await connection.execute(query("note_key_used"), key.id)


def _key(row: Row) -> Key:
    policies = row["policies"]
    return Key(
        row["key_id"],
        row["name"],
        frozenset(row["scopes"]),
        None if policies is None else frozenset(policies),
        row["events_a_second"],
    )
