"""Every version of every policy ever in force, and which is current (31)."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from app.clock import monotonic
from app.domain.errors import EscalatorError
from app.domain.policy import Policy
from app.policy_files import from_content
from app.store.database import Connection, Database, query
from app.store.event_log import Version

logger = logging.getLogger(__name__)

TRIED_AGAIN_AFTER = 60.0
"""Seconds until a version that could not be loaded is tried again."""


class PolicyNotRegistered(EscalatorError):
    """A version of a policy that this database has never seen."""


class PolicyUnreadable(EscalatorError):
    """A version of a policy that stands in the database and cannot be loaded from there."""

    def __init__(self, policy_id: str, version: str) -> None:
        self.policy_id, self.version = policy_id, version
        super().__init__(f"policy {policy_id} {version} cannot be loaded")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a version cannot be loaded, and the monotonic second at which it is tried again."""

    reason: str
    until: float


class PolicyBook:
    """The policies of a database, each version parsed once and kept.

    One that cannot be loaded is set apart for a minute, and those who ask for others do not notice.
    """

    def __init__(self) -> None:
        self._versions: dict[Version, Policy] = {}
        self._unreadable: dict[Version, Unreadable] = {}

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
                self._unreadable.pop((policy.id, policy.version), None)
        return changed

    async def current(self, connection: Connection) -> Mapping[str, Policy]:
        """The current version of each policy, by id; of those that can be loaded."""
        found: dict[str, Policy] = {}
        for row in await connection.fetch(query("versions_in_force")):
            try:
                found[row["policy_id"]] = await self.get(
                    connection, row["policy_id"], row["version"]
                )
            except PolicyUnreadable:
                continue
        return found

    @property
    def unreadable(self) -> Mapping[Version, str]:
        """The versions that could not be loaded when they were last asked for, with the reason."""
        return {version: each.reason for version, each in self._unreadable.items()}

    def is_unreadable(self, policy_id: str) -> bool:
        """Whether a version of this policy could not be loaded."""
        return any(each == policy_id for each, _ in self._unreadable)

    def set_apart(self) -> list[Version]:
        """Those of them that are not tried again yet."""
        now = monotonic()
        return [version for version, each in self._unreadable.items() if each.until > now]

    async def get(self, connection: Connection, policy_id: str, version: str) -> Policy:
        """A version of a policy.

        PolicyNotRegistered if the database has never seen it; PolicyUnreadable.
        """
        policy = self._versions.get((policy_id, version))
        if policy is None:
            self._check_readable(policy_id, version)
            content = await connection.fetchval(
                "SELECT content FROM policies WHERE policy_id = $1 AND version = $2",
                policy_id,
                version,
            )
            if content is None:
                raise PolicyNotRegistered(f"policy {policy_id} has no version {version}")
            policy = self._load(policy_id, version, content)
            self._versions[policy_id, version] = policy
        return policy

    def _check_readable(self, policy_id: str, version: str) -> None:
        known = self._unreadable.get((policy_id, version))
        if known is not None and known.until > monotonic():
            raise PolicyUnreadable(policy_id, version)

    def _load(self, policy_id: str, version: str, content: str) -> Policy:
        try:
            policy = from_content(msgspec.json.decode(content), f"policy {policy_id} {version}")
        except Exception as error:
            self._check_readable(policy_id, version)  # found out meanwhile, and told
            logger.exception("policy %s %s cannot be loaded", policy_id, version)
            reason = f"{type(error).__name__}: {error}"
            self._unreadable[policy_id, version] = Unreadable(
                reason, monotonic() + TRIED_AGAIN_AFTER
            )
            raise PolicyUnreadable(policy_id, version) from error
        self._unreadable.pop((policy_id, version), None)
        return policy


def _since(policy: Policy) -> datetime | None:
    """When the policy says that it counts from."""
    day = policy.effective_from
    return None if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC)
