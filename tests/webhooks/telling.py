"""What tests of delivering are made of: tickets that raise something, subscriptions, rounds."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network

from app.policy_files import load_folder
from app.recording.new_fact import NewFact
from app.recording.recorder import Recorded, Recorder
from app.store.database import Database, Row
from app.store.policies import PolicyBook
from app.store.sealed import Seals, keys_in
from app.webhooks import subscriptions
from app.webhooks.delivery import Deliverer
from app.webhooks.formats.format import Options
from app.webhooks.guard import AddressGuard
from app.webhooks.links import Addresses
from app.webhooks.options import sealed
from app.webhooks.sender import HttpSender
from app.webhooks.signing import new_secret
from app.webhooks.subscriptions import NewSubscription
from tests.conftest import LOOPBACK, PROJECT, SECRETS_KEY
from tests.webhooks.receiver import Receiver

SEALS = Seals(keys_in(SECRETS_KEY))

NO_OPTIONS: Options = {}

MANAGER, RELATIONS, CTO = "technical_support_manager", "customer_relations_manager", "cto"


@dataclass(frozen=True, slots=True)
class Desk:
    """A database with the sample policies, and one deliverer without its loops."""

    database: Database
    recorder: Recorder
    policies: PolicyBook
    sender: HttpSender
    deliverer: Deliverer

    def another_deliverer(self, public_url: str | None = None) -> Deliverer:
        """One more, as another replica has."""
        return _deliverer(self.database, self.policies, self.sender, public_url)

    async def subscribe(
        self,
        receiver: Receiver,
        format_name: str = "cloudevents",
        options: Options = NO_OPTIONS,
        /,
        **filters: Sequence[str],
    ) -> str:
        """Makes a subscription that tells the receiver; answers its id."""
        id_ = subscriptions.new_id()
        secret = new_secret()
        receiver.secrets = [secret]
        new = NewSubscription(
            url=receiver.url,
            format=format_name,
            secret=secret,
            roles=filters.get("roles", ()),
            types=filters.get("types", ()),
            policies=filters.get("policies", ()),
            severities=filters.get("severities", ()),
            enabled=True,
            options=sealed(format_name, options, SEALS, id_),
        )
        async with self.database.connection() as connection:
            row = await subscriptions.add(connection, new, await self.now(), SEALS, id_)
        return str(row["subscription_id"])

    async def now(self) -> datetime:
        """The database's clock."""
        now: datetime = (await self.fetch("SELECT clock_timestamp() AS now"))[0]["now"]
        return now

    async def open(self, ticket_id: str, hours_ago: float = 0, severity: str = "P1") -> Recorded:
        """Opens a ticket. A P1 tells the manager at once, relations in 1 hour, the CTO in 4."""
        time = await self.now() - timedelta(hours=hours_ago)
        return await self.record(
            ticket_id, "ticket.opened", time, policy="portaone", severity=severity, title="Calls"
        )

    async def record(
        self, ticket_id: str, type_: str, time: datetime | None = None, **data: object
    ) -> Recorded:
        """Records a fact that is taken."""
        fact = NewFact(ticket_id, "desk", type_, type_, time, data)
        recorded = await self.recorder.record([fact])
        assert recorded.receipts[0].outcome == "recorded", recorded.receipts[0].detail
        return recorded

    async def fetch(self, statement: str, *values: object) -> list[Row]:
        """Rows of a statement of the test's own."""
        async with self.database.connection() as connection:
            return await connection.fetch(statement, *values)

    async def deliveries(self) -> list[Row]:
        """Every delivery, in the order of its ticket's stream."""
        return await self.fetch("SELECT * FROM deliveries ORDER BY ticket_id, sequence")

    async def statuses(self) -> list[str]:
        """How every delivery stands, in that order."""
        return [row["status"] for row in await self.deliveries()]

    async def attempts(self) -> list[Row]:
        """Every attempt, in order."""
        return await self.fetch("SELECT * FROM delivery_attempts ORDER BY at, attempt")

    async def make_due(self, ticket_id: str = "%") -> None:
        """The time of the next attempts comes; of those under way, the end of their lease."""
        await self.fetch(
            "UPDATE deliveries SET due_at = $1 WHERE status = 'pending' AND ticket_id LIKE $2",
            await self.now() - timedelta(seconds=1),
            ticket_id,
        )


def _deliverer(
    database: Database, policies: PolicyBook, sender: HttpSender, public_url: str | None = None
) -> Deliverer:
    return Deliverer(database, policies, sender, SEALS, Addresses(SEALS, public_url))


@asynccontextmanager
async def telling(database: Database, seconds: float = 5.0) -> AsyncIterator[Desk]:
    """A desk whose sender waits so many seconds for an answer."""
    policies = PolicyBook()
    await policies.register(database, load_folder(PROJECT / "policies"))
    sender = HttpSender(AddressGuard([ip_network(LOOPBACK)]), total_seconds=seconds)
    try:
        yield Desk(
            database,
            Recorder(database, policies, None),
            policies,
            sender,
            _deliverer(database, policies, sender),
        )
    finally:
        await sender.aclose()
