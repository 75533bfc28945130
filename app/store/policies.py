"""Every version of every policy ever in force, and which is current (31)."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import msgspec

from app.domain.errors import EscalatorError
from app.domain.policy import Policy
from app.policy_files import from_content
from app.store.database import Connection, Database, query
from app.store.event_log import Version


class PolicyNotRegistered(EscalatorError):
    """A version of a policy that this database has never seen."""


class PolicyBook:
    """The policies of a database, each version parsed once and kept."""

    def __init__(self) -> None:
        self._versions: dict[Version, Policy] = {}

    async def register(self, database: Database, policies: Iterable[Policy]) -> dict[str, datetime]:
        """Keeps these versions and makes them current, at once or on the day they say.

        Answers since when by the policy's id, for those that are not current already.
        """
        changed: dict[str, datetime] = {}
        async with database.transaction() as connection:
            for policy in sorted(policies, key=lambda policy: policy.id):
                content = msgspec.json.encode(policy.document).decode()
                await connection.execute(query("keep_policy"), policy.id, policy.version, content)
                await connection.execute(query("give_up_coming_policy"), policy.id)
                since = await connection.fetchval(
                    query("put_policy_in_force"), policy.id, policy.version, _since(policy)
                )
                if since is not None:
                    changed[policy.id] = since
                self._versions[policy.id, policy.version] = policy
        return changed

    async def current(self, connection: Connection) -> Mapping[str, Policy]:
        """The current version of each policy, by id."""
        rows = await connection.fetch(query("versions_in_force"))
        return {
            row["policy_id"]: await self.get(connection, row["policy_id"], row["version"])
            for row in rows
        }

    async def get(self, connection: Connection, policy_id: str, version: str) -> Policy:
        """A version of a policy; PolicyNotRegistered if the database has never seen it."""
        policy = self._versions.get((policy_id, version))
        if policy is None:
            content = await connection.fetchval(
                "SELECT content FROM policies WHERE policy_id = $1 AND version = $2",
                policy_id,
                version,
            )
            if content is None:
                raise PolicyNotRegistered(f"policy {policy_id} has no version {version}")
            policy = from_content(msgspec.json.decode(content), f"policy {policy_id} {version}")
            self._versions[policy_id, version] = policy
        return policy


def _since(policy: Policy) -> datetime | None:
    """When the policy says that it counts from."""
    day = policy.effective_from
    return None if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC)
