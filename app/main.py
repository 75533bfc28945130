"""The wiring: what a running service is made of, and the order it starts and stops in."""

import asyncio
import logging
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from typing import Any

import uvicorn
from fastapi import FastAPI

from app import __version__, collector, listening_socket
from app.api import (
    acknowledging,
    board,
    deliveries,
    escalations,
    event_log,
    event_stream,
    events,
    explaining,
    forecast,
    health,
    held,
    intake,
    keys,
    metrics,
    policies,
    previewing,
    problems,
    rebinding,
    reports,
    simulating,
    subscriptions,
    ticket_stream,
    tickets,
)
from app.api.access import SECURITY_SCHEMES
from app.api.connection import Connection
from app.api.context import Service
from app.api.direct import Direct
from app.api.event_schema import SCHEMAS
from app.api.limits import Limits
from app.api.measuring import Measured
from app.api.room import Room
from app.domain.errors import EscalatorError
from app.escalation.due import DueTickets
from app.escalation.scheduler import Scheduler
from app.intake.book import MappingBook
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
from app.store.embedded import EmbeddedServer, EmbeddedServerError
from app.store.keys import KeyRing
from app.store.policies import PolicyBook
from app.webhooks import resealing
from app.webhooks.delivery import Deliverer
from app.webhooks.guard import AddressGuard
from app.webhooks.links import Addresses
from app.webhooks.sender import HttpSender

logger = logging.getLogger(__name__)

FINISH_SECONDS = 5
"""How long requests under way may take once the service is told to stop."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the service answers, and the task that ends when it no longer does."""

    url: str
    stopped: asyncio.Task[None]


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
        )


def load_mappings(settings: Settings) -> MappingBook:
    """The mappings of webhooks. A folder that is named must be there, the default one may not."""
    named = "intake_dir" in settings.model_fields_set
    return MappingBook.load(settings.intake_dir, environment(), must_exist=named)


class Application(FastAPI):
    """FastAPI, whose description of the API says what a key is, and what an event."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        document = super().openapi()
        components = document.setdefault("components", {})
        components["securitySchemes"] = SECURITY_SCHEMES
        components.setdefault("schemas", {}).update(SCHEMAS, Problem=problems.SCHEMA)
        return document


def create_app(service: Service) -> FastAPI:
    """The service's face to the network."""
    app = Application(
        title="escalator",
        version=__version__,
        summary="SLA clocks and escalations for support tickets",
    )
    app.state.service = service
    problems.install(app)
    for module in (
        events,
        event_log,
        event_stream,
        held,
        intake,
        ticket_stream,
        explaining,
        tickets,
        escalations,
        acknowledging,
        policies,
        rebinding,
        simulating,
        previewing,
        subscriptions,
        deliveries,
        keys,
        forecast,
        reports,
        health,
        metrics,
        board,
    ):
        app.include_router(module.router)
    return app


class Server(uvicorn.Server):
    """uvicorn, which by itself would wait for those who follow the log."""

    def __init__(self, config: uvicorn.Config, feed: Feed) -> None:
        super().__init__(config)
        self._feed = feed

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Sends them away, and finishes what else is under way."""
        self._feed.close()
        await super().shutdown(sockets)


@asynccontextmanager
async def listening(service: Service, host: str, port: int) -> AsyncIterator[Listening]:
    """Answers HTTP until the block ends or a signal to stop comes; port 0 takes a free one."""
    sock = listening_socket.bind(host, port)
    config = uvicorn.Config(
        Measured(Direct(create_app(service), events.ROUTE)),
        http=Connection,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=FINISH_SECONDS,
    )
    server = Server(config, service.feed)
    task = asyncio.create_task(server.serve([sock]), name="http")
    try:
        yield Listening(listening_socket.url_of(sock), task)
    finally:
        server.should_exit = True
        await task


async def serve(
    settings: Settings, database_url: str, host: str, port: int, own: EmbeddedServer | None = None
) -> None:
    """The whole service, until it is told to stop; then what is under way is finished.

    Its own PostgreSQL is launched again when it dies.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)  # uvicorn takes them over, and raises them at its end
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(run(settings, database_url))
        await check_host(host, service.keys)
        face = await stack.enter_async_context(listening(service, host, port))
        collector.calm()
        logger.info("listening on %s", face.url)
        keeper = asyncio.create_task(_keep_up(own)) if own is not None else None
        await asyncio.wait([face.stopped])
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
