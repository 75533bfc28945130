"""What runs in a process of its own: webhooks made ready, delivered; and the client alone."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import asyncpg

from app import collector
from app.escalation.due import DueTickets
from app.policy_files import load_folder
from app.recording.recorder import Recorder
from app.settings import Settings
from app.store.database import Database
from app.store.policies import PolicyBook
from app.store.sealed import Seals, keys_in
from app.webhooks import signing, subscriptions
from app.webhooks.delivery import Deliverer
from app.webhooks.guard import AddressGuard
from app.webhooks.links import Addresses
from app.webhooks.sender import HttpSender
from app.webhooks.subscriptions import NewSubscription
from benchmarks.deadlines import opening
from benchmarks.ground import plain

PATIENCE = 120.0
LOOK_SECONDS = 0.05

LEFT = """
    SELECT EXISTS (SELECT FROM deliveries AS d JOIN subscriptions AS s USING (subscription_id)
                   WHERE d.status = 'pending' AND s.enabled AND s.url NOT LIKE '%/hangs/%'
                     AND (d.due_at < $1 OR d.attempts > 0))
"""
CAME_TO = """
    SELECT count(*) AS delivered, extract(epoch FROM max(d.settled_at) - $1)::float AS elapsed,
           percentile_cont(0.99) WITHIN GROUP (
               ORDER BY extract(epoch FROM d.settled_at - b.due_at)::float * 1000) AS p99
    FROM deliveries AS d JOIN bench_due AS b USING (bucket, delivery_id)
    WHERE d.status = 'delivered' AND d.subscription_id <> 'bench-0'
"""


class NotDelivered(Exception):
    """Something was left when time was up."""


async def prepare(
    url: str, key: str, port: int, tickets: int, subscribers: int, run: str = "T-"
) -> None:
    """Commits escalations of so many tickets, and their deliveries; nothing is sent.

    Subscriptions that are there already hear of them, too.
    """
    database, seals = Database(url), Seals(keys_in(key))
    try:
        policies = PolicyBook()
        await policies.register(database, load_folder(Settings().policies_dir))
        async with database.transaction() as connection:
            for number in range(subscribers):
                new = _subscription(f"http://127.0.0.1:{port}/answers/{number}")
                now = datetime.now(UTC)
                await subscriptions.add(connection, new, now, seals, f"bench-{number}")
        recorder = Recorder(database, policies, None)
        at = datetime.now(UTC) - timedelta(minutes=61)
        await recorder.record([opening(number, at, run) for number in range(tickets)])
        await DueTickets(recorder, database).raise_all()
    finally:
        await database.close()


def _subscription(url: str) -> NewSubscription:
    secret = signing.new_secret()
    return NewSubscription(url, "cloudevents", secret, (), ("sla.escalated",), (), (), enabled=True)


async def deliver(url: str, key: str) -> dict[str, float]:
    """Delivers all that is due or will be within a minute, as the service does, and settles it."""
    seals = Seals(keys_in(key))
    database, sender = Database(url), HttpSender(AddressGuard((ip_network("127.0.0.0/8"),)))
    deliverer = Deliverer(database, PolicyBook(), sender, seals, Addresses(seals, None))
    looking = await asyncpg.connect(plain(url))
    try:
        collector.calm()
        began = await looking.fetchval("SELECT clock_timestamp()")
        soon = began + timedelta(minutes=1)
        used, since = time.process_time(), time.perf_counter()
        deliverer.start()
        while await looking.fetchval(LEFT, soon):
            if time.perf_counter() - since > PATIENCE:
                raise NotDelivered
            await asyncio.sleep(LOOK_SECONDS)
        used = time.process_time() - used
        await deliverer.stop()
        (found,) = await looking.fetch(CAME_TO, began)
        return {"processor": used, **found}
    finally:
        await looking.close()
        await sender.aclose()
        await database.close()


async def send(port: int, requests: int, at_once: int, bytes_each: int) -> dict[str, float]:
    """The client alone: the same bytes again and again, so many at once."""
    sender = HttpSender(AddressGuard((ip_network("127.0.0.0/8"),)))
    headers = {"content-type": "application/json", "webhook-id": "bench", "webhook-signature": "-"}
    body, numbers = b"x" * bytes_each, iter(range(requests))

    async def lane() -> None:
        for number in numbers:
            url = f"http://127.0.0.1:{port}/answers/{number % 20}"
            answer = await sender.send(url, headers, body)
            if answer.status is None or answer.status >= 300:
                raise NotDelivered(answer.error)

    collector.calm()
    used, since = time.process_time(), time.perf_counter()
    await asyncio.gather(*(lane() for _ in range(at_once)))
    elapsed, used = time.perf_counter() - since, time.process_time() - used
    await sender.aclose()
    return {"sent": requests, "elapsed": elapsed, "processor": used}
