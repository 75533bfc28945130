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

from app import __version__, collector
from app.api import (
    acknowledging,
    deliveries,
    escalations,
    events,
    health,
    held,
    intake,
    keys,
    metrics,
    policies,
    previewing,
    problems,
    rebinding,
    subscriptions,
    ticket_stream,
    tickets,
)
from app.api.access import SECURITY_SCHEMES
from app.api.connection import Connection
from app.api.context import Service
from app.api.event_schema import SCHEMAS
from app.api.limits import Limits
from app.api.room import Room
from app.domain.errors import EscalatorError
from app.escalation.due import DueTickets
from app.escalation.scheduler import Scheduler
from app.intake.book import MappingBook
from app.policy_files import load_folder
from app.projections.gauges import Gauges
from app.recording.group_commit import GroupCommit
from app.recording.recorder import Recorded, Recorder
from app.settings import Settings, environment
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

        def on_recorded(recorded: Recorded) -> None:
            scheduler.expect(recorded)
            deliverer.on_recorded(recorded)

        scheduler = Scheduler(DueTickets(recorder, database, on_recorded))
        scheduler.start()
        stack.push_async_callback(scheduler.stop)
        recording = GroupCommit(recorder, on_recorded)
        recording.start()
        stack.push_async_callback(recording.stop)
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
        held,
        intake,
        ticket_stream,
        tickets,
        escalations,
        acknowledging,
        policies,
        rebinding,
        previewing,
        subscriptions,
        deliveries,
        keys,
        health,
        metrics,
    ):
        app.include_router(module.router)
    return app


@asynccontextmanager
async def listening(service: Service, host: str, port: int) -> AsyncIterator[Listening]:
    """Answers HTTP until the block ends or a signal to stop comes; port 0 takes a free one."""
    sock = _bind(host, port)
    config = uvicorn.Config(
        create_app(service),
        http=Connection,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=FINISH_SECONDS,
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve([sock]), name="http")
    try:
        yield Listening(_url_of(sock), task)
    finally:
        server.should_exit = True
        await task


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        sock = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise EscalatorError(f"cannot listen on {host} port {port}: {error.strerror}") from None
    # Accepted sockets inherit it; asyncio would not set it on those of a socket it was given.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def _url_of(sock: socket.socket) -> str:
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


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
