"""What a route has at hand: the parts of the running service."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from app.api.limits import Limits
from app.api.room import Room
from app.intake.book import MappingBook
from app.projections.attainment import Attainment
from app.projections.following import Feed
from app.projections.gauges import Gauges
from app.projections.open_tickets import OpenTickets
from app.recording.group_commit import GroupCommit
from app.recording.set_apart import SetApart
from app.settings import Settings
from app.simulating import Simulator
from app.store.database import Database
from app.store.database_clock import DatabaseClock
from app.store.keys import KeyRing
from app.store.policies import PolicyBook
from app.store.sealed import Seals
from app.webhooks.delivery import Deliverer
from app.webhooks.links import Addresses


@dataclass(frozen=True, slots=True)
class Service:
    """The running service."""

    settings: Settings
    database: Database
    policies: PolicyBook
    intake: GroupCommit
    deliverer: Deliverer
    mappings: MappingBook
    keys: KeyRing
    limits: Limits
    room: Room
    seals: Seals
    addresses: Addresses
    gauges: Gauges
    open_tickets: OpenTickets
    set_apart: SetApart
    simulator: Simulator
    feed: Feed
    attainment: Attainment
    clock: DatabaseClock


def service_of(request: Request) -> Service:
    """The service a request came to."""
    return cast("Service", request.app.state.service)


Here = Annotated[Service, Depends(service_of)]
