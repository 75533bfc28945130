"""Attempts under way: as many at once as the lanes let through; what came of them gathers here."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from app.clock import monotonic
from app.webhooks import attempt
from app.webhooks.breaker import Failures, Tripped, next_probe
from app.webhooks.claims import DELIVERED, Attempt, Claimed
from app.webhooks.holds import TOO_MANY, Holds
from app.webhooks.lanes import Lanes, Room
from app.webhooks.sender import Sender
from app.webhooks.subscriptions import Subscription


class _Begun(NamedTuple):
    """An attempt under way, and the monotonic second at which it began."""

    claimed: Claimed
    at: float


YOUNG_SECONDS = 0.1
"""How long after its beginning an answer is expected any moment: most receivers are this quick."""


class Sending:
    """Holds what is claimed until it is settled.

    ``made``, ``unsent`` and ``tripped`` are for whoever settles: attempts that have ended, what was
    not attempted after all, and breakers to be opened. ``on_news`` is called when one has grown.
    """

    def __init__(self, sender: Sender, on_news: Callable[[], None]) -> None:
        self.sender = sender
        self.made: list[Attempt] = []
        self.unsent: list[Claimed] = []
        self.tripped: dict[str, Tripped] = {}
        self._on_news = on_news
        self._lanes: Lanes[Claimed] = Lanes()
        self._failures = Failures()
        self._holds = Holds()
        self._under_way: dict[asyncio.Task[None], _Begun] = {}
        self._closing = False

    @property
    def busy(self) -> int:
        """How many attempts are under way."""
        return self._lanes.under_way

    @property
    def expected(self) -> int:
        """How many attempts under way may end any moment; those of a receiver that hangs do not."""
        since = monotonic() - YOUNG_SECONDS
        return sum(begun.at > since for begun in self._under_way.values())

    @property
    def stands(self) -> bool:
        """Whether more can begin as soon as a moment has passed."""
        return self._lanes.stands

    def rooms(self, subscriptions: Iterable[str]) -> Mapping[str, Room]:
        """How many more of each subscription may be claimed."""
        return self._lanes.rooms(each for each in subscriptions if each not in self.tripped)

    def may_be_sent_to(self, subscription: Subscription) -> bool:
        """Whether its receiver has not asked to be left alone for a while."""
        return not self._holds.stand(subscription)

    def take(self, claimed: Sequence[Claimed]) -> None:
        """Has these attempted, each when its turn comes."""
        for each in claimed:
            self._lanes.add(each)
        self.hold_back(self.tripped)
        of_held = {
            each.subscription_id
            for each in claimed
            if not each.probe and self._holds.stand(each.subscription)
        }
        self.hold_back(of_held)
        self._lanes.moment()
        self._begin()

    def hold_back(self, subscriptions: Iterable[str]) -> None:
        """What waits for these is not attempted after all: nothing is sent to them now."""
        if drained := self._lanes.drain(subscriptions):
            self.unsent += drained
            self._on_news()

    def let_go(self, settled: Iterable[Claimed]) -> None:
        """These are settled, or given back."""
        for each in settled:
            self._lanes.settle(each)

    async def ended(self) -> None:
        """Returns when nothing is under way."""
        while self._under_way:
            await asyncio.wait(list(self._under_way))

    async def close(self, seconds: float) -> None:
        """Begins nothing more, and lets what is under way end; breaks it off when time is up."""
        self._closing = True
        self.unsent += self._lanes.drain()
        broken_off = await end(list(self._under_way), seconds)
        self.unsent += [self._under_way[task].claimed for task in broken_off]

    def _hear(self, made: Attempt) -> None:
        """Counts what the receiver came to; after too many failures in a row no more is sent."""
        claimed, subscription = made.claimed, made.claimed.subscription
        if self._holds.hear(made):
            self.hold_back([subscription.id])
        if made.ours or made.disables or claimed.probe:
            return
        delivered = made.status == DELIVERED
        if self._failures.hear(subscription.id, subscription.url, delivered=delivered):
            probe_at = next_probe(claimed.time.now_at_latest(), 0, made.asked_to_wait)
            self.tripped[subscription.id] = Tripped(subscription.id, subscription.url, probe_at)
            self.hold_back([subscription.id])

    def _begin(self) -> None:
        while (claimed := self._next()) is not None:
            task = asyncio.create_task(self._work(claimed))
            self._under_way[task] = _Begun(claimed, monotonic())

    def _next(self) -> Claimed | None:
        """What may be attempted now; what was claimed too long ago is passed over."""
        while not self._closing and (claimed := self._lanes.begin()) is not None:
            if monotonic() <= claimed.begin_by:
                return claimed
            self._lanes.end(claimed, answered=None)
            self.unsent.append(claimed)
            self._on_news()
        return None

    async def _work(self, claimed: Claimed) -> None:
        """Attempts one after the other while there are any."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # it is what runs this
        following: Claimed | None = claimed
        while following is not None:
            self._under_way[task] = _Begun(following, monotonic())
            made = await attempt.make(self.sender, following)
            self.made.append(made)
            self._lanes.end(following, answered=made.answer_status not in (None, TOO_MANY))
            self._hear(made)
            self._on_news()
            following = self._next()
            self._begin()  # a lane that has become wider lets more through
        del self._under_way[task]


async def end(tasks: Sequence[asyncio.Task[None]], seconds: float) -> list[asyncio.Task[None]]:
    """Lets tasks end; those that take longer are broken off, and answered."""
    if not tasks:
        return []
    _, late = await asyncio.wait(tasks, timeout=seconds)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    return [task for task in late if task.cancelled()]
