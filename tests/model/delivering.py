"""How webhooks are claimed, sent and settled: ``app/webhooks/delivery.py`` and what it uses.

Two replicas, and two deliveries of one ticket to one subscriber, the first of which comes first. A
receiver fails now and then; an answer may be lost; a replica may be killed, or be so slow that
its lease runs out while it is still at work.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

FAILURES = 2
KILLS = 2


class Delivery(NamedTuple):
    """A row of ``deliveries``, and what the receiver has seen of it."""

    status: str = "pending"
    lease: int | None = None
    attempted: bool = False
    received: bool = False
    overtook: bool = False
    """Whether it was attempted while the one before it waited, and was not stuck."""
    doubled: bool = False
    """Whether two replicas were at it, and no lease had run out."""


class Replica(NamedTuple):
    """What it is at: nothing, sending one, or settling what came of it."""

    at: int | None = None
    step: str = "idle"


class World(NamedTuple):
    """The two deliveries, whether the first one is stuck (60 seconds), and the replicas."""

    deliveries: tuple[Delivery, Delivery] = (Delivery(), Delivery())
    stuck: bool = False
    replicas: tuple[Replica, ...] = (Replica(), Replica())
    failures: int = 0
    kills: int = 0


@dataclass(frozen=True)
class Delivering:
    """The protocol; each flag takes out one of its parts."""

    leases_run_out: bool = True
    leases: bool = True
    settles_after_sending: bool = True
    in_order: bool = True

    def steps(self, world: World) -> Iterator[tuple[str, World]]:
        """Everything that can happen next."""
        if not world.stuck:
            yield "60 seconds pass", world._replace(stuck=True)
        for which, delivery in enumerate(world.deliveries):
            if delivery.lease is not None and self.leases_run_out:
                free = delivery._replace(lease=None)
                yield f"the lease of {which} runs out", _keep(world, which, free)
        for number, replica in enumerate(world.replicas):
            if replica.at is None:
                yield from self._claim(world, number)
                continue
            yield from self._go_on(world, number, replica.at, replica.step)
            if world.kills < KILLS:
                killed = world._replace(kills=world.kills + 1)
                yield f"{number} is killed", _put(killed, number, Replica())

    def _claim(self, world: World, number: int) -> Iterator[tuple[str, World]]:
        """``claim_deliveries.sql``: what waits, in order, with a lease."""
        for which, delivery in enumerate(world.deliveries):
            if delivery.status != "pending" or (self.leases and delivery.lease is not None):
                continue
            behind = which == 1 and world.deliveries[0].status == "pending" and not world.stuck
            if behind and self.in_order:
                continue
            others = [each.at for each in world.replicas]
            claimed = delivery._replace(
                status="pending" if self.settles_after_sending else "delivered",
                lease=number,
                attempted=True,
                overtook=delivery.overtook or (behind and not delivery.attempted),
                doubled=delivery.doubled or (not self.leases and which in others),
            )
            taken = _put(world, number, Replica(which, "sending"))
            yield f"{number} claims {which}", _keep(taken, which, claimed)

    def _go_on(
        self, world: World, number: int, which: int, step: str
    ) -> Iterator[tuple[str, World]]:
        delivery = world.deliveries[which]
        if step == "sending":
            received = _keep(world, which, delivery._replace(received=True))
            yield f"{number} delivers {which}", _put(received, number, Replica(which, "delivered"))
            if world.failures < FAILURES:
                failed = world._replace(failures=world.failures + 1)
                yield f"{number} fails with {which}", _put(failed, number, Replica(which, "failed"))
            return
        settled = delivery._replace(lease=None)
        if step == "delivered":
            settled = settled._replace(status="delivered")
        idle = _put(world, number, Replica())
        yield f"{number} settles {which}", _keep(idle, which, settled)


def _put(world: World, number: int, replica: Replica) -> World:
    replicas = list(world.replicas)
    replicas[number] = replica
    return world._replace(replicas=tuple(replicas))


def _keep(world: World, which: int, delivery: Delivery) -> World:
    first, second = world.deliveries
    return world._replace(deliveries=(delivery, second) if which == 0 else (first, delivery))


def lost(world: World) -> bool:
    """One counts as delivered that has reached nobody, and nobody is sending it."""
    busy = {each.at for each in world.replicas}
    return any(
        each.status == "delivered" and not each.received and which not in busy
        for which, each in enumerate(world.deliveries)
    )


def overtaken(world: World) -> bool:
    """The second was attempted first, while the first one was not stuck."""
    return world.deliveries[1].overtook


def doubled(world: World) -> bool:
    """Two replicas were at one delivery though no lease had run out."""
    return any(each.doubled for each in world.deliveries)


def done(world: World) -> bool:
    """Both are delivered, and received."""
    return all(each.status == "delivered" and each.received for each in world.deliveries)
