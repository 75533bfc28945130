"""The wiring: what a running service is made of, and the order it starts and stops in."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from ipaddress import ip_address

from app import collector
from app.api.context import Service
from app.api.limits import Limits
from app.api.room import Room
from app.domain.errors import EscalatorError
from app.escalation.due import DueTickets
from app.escalation.scheduler import Scheduler
from app.intake.book import MappingBook
from app.listening import listening
from app.policy_files import load_folder
from app.projections.attainment import Attainment
from app.projections.following import Feed
from app.projections.gauges import Gauges
from app.projections.open_tickets import OpenTickets
from app.recording.group_commit import GroupCommit
from app.recording.recorder import Recorded, Recorder
from app.recording.set_apart import SetApart
from app.settings import Settings, environment
from app.simulating import Simulator
from app.store import schema, sealing_keys
from app.store.database import Database
from app.store.database_clock import DatabaseClock
from app.store.embedded import EmbeddedServer, EmbeddedServerError
from app.store.keys import KeyRing
from app.store.policies import PolicyBook
from app.webhooks import resealing
from app.webhooks.delivery import Deliverer
from app.webhooks.guard import AddressGuard
from app.webhooks.links import Addresses
from app.webhooks.sender import HttpSender

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""How often the service looks whether its own PostgreSQL lives."""


class NotOnLoopback(EscalatorError):
    """Without a key the service answers on loopback only."""


@asynccontextmanager
async def run(settings: Settings, database_url: str) -> AsyncIterator[Service]:
    """The parts of the service, running; stopped in the reverse order.

    PolicyFileError for a bad policy or mapping file, SchemaBehind for a database that is not
    migrated.
    """
    loaded = load_folder(settings.policies_dir) if settings.policies_apply else []
    mappings = load_mappings(settings)
    seals = sealing_keys.of(settings)
    addresses = Addresses(
        seals, settings.public_url, timedelta(days=settings.acknowledge_link_days)
    )
    async with AsyncExitStack() as stack:
        database = Database(database_url, pool_size=settings.pool_size)
        stack.push_async_callback(database.close)
        await schema.check(database)
        await resealing.warn_of_unreadable(database, seals)
        policies = PolicyBook()
        await policies.register(database, loaded)
        recorder = Recorder(database, policies, settings.default_policy)
        sender = HttpSender(AddressGuard(settings.webhook_allowed_networks))
        stack.push_async_callback(sender.aclose)
        deliverer = Deliverer(database, policies, sender, seals, addresses)
        deliverer.start()
        stack.push_async_callback(deliverer.stop)
        feed = Feed(database, settings.most_followers)
        feed.start()
        stack.push_async_callback(feed.stop)

        def on_recorded(recorded: Recorded) -> None:
            scheduler.expect(recorded)
            deliverer.on_recorded(recorded)
            feed.hint()

        set_apart = SetApart()
        scheduler = Scheduler(DueTickets(recorder, database, on_recorded, set_apart))
        scheduler.start()
        stack.push_async_callback(scheduler.stop)
        recording = GroupCommit(recorder, on_recorded, set_apart)
        recording.start()
        stack.push_async_callback(recording.stop)
        open_tickets = OpenTickets(database)
        stack.push_async_callback(open_tickets.stop)
        simulator = Simulator(database)
        stack.callback(simulator.close)
        yield Service(
            settings,
            database,
            policies,
            recording,
            deliverer,
            mappings,
            KeyRing(database),
            Limits(),
            Room(),
            seals,
            addresses,
            Gauges(database),
            open_tickets,
            set_apart,
            simulator,
            feed,
            Attainment(database, policies),
            DatabaseClock(database),
        )


def load_mappings(settings: Settings) -> MappingBook:
    """The mappings of webhooks. A folder that is named must be there, the default one may not."""
    named = "intake_dir" in settings.model_fields_set
    return MappingBook.load(settings.intake_dir, environment(), must_exist=named)


async def serve(
    settings: Settings, database_url: str, host: str, port: int, own: EmbeddedServer | None = None
) -> None:
    """The whole service, until it is told to stop; then what is under way is finished.

    Its own PostgreSQL is launched again when it dies.
    """
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        # Until uvicorn takes them over; it raises them once more at its end.
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(run(settings, database_url))
        await check_host(host, service.keys)
        face = await stack.enter_async_context(listening(service, host, port))
        collector.calm()
        logger.info("listening on %s", face.url)
        keeper = asyncio.create_task(_keep_up(own)) if own is not None else None
        early = asyncio.create_task(told.wait())
        await asyncio.wait([face.stopped, early], return_when=asyncio.FIRST_COMPLETED)
        early.cancel()
        logger.info("stopping")
        if keeper is not None:
            keeper.cancel()


async def _keep_up(server: EmbeddedServer) -> None:
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            if not server.lives:
                logger.error("PostgreSQL has died; it is launched again")
                await asyncio.to_thread(server.revive)
        except EmbeddedServerError:
            logger.exception("PostgreSQL cannot be launched; it is tried again")


async def check_host(host: str, keys: KeyRing) -> None:
    """NotOnLoopback if others could reach an address that asks for no key."""
    try:
        loopback = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback and not await keys.configured():
        raise NotOnLoopback(
            f"no key is configured, so the service answers on loopback only, not on {host}: "
            "make one with `escalator keys create`"
        )
