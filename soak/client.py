"""The client: reports stories until each event is acknowledged, and keeps a ledger."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

import aiohttp

from soak.findings import Findings
from soak.stories import Event, Post, Story

PATIENCE = aiohttp.ClientTimeout(total=15)
UNAVAILABLE = 503
TAKEN = ("recorded", "held", "duplicate")
GIVEN_UP_AFTER = 180.0
"""Seconds after which an event that nobody acknowledges is a promise broken."""

Identity = tuple[str, str, str]


class Place(NamedTuple):
    """Where an event stands, as it was answered."""

    version: int
    position: int


def identity_of(event: Event) -> Identity:
    """What makes an event the same again."""
    return str(event["subject"]), str(event["source"]), str(event["id"])


@dataclass(slots=True)
class Ledger:
    """What was sent, and what was acknowledged with which place."""

    findings: Findings
    sent: dict[Identity, Event] = field(default_factory=dict)
    acknowledged: dict[Identity, Place] = field(default_factory=dict)

    def take(self, event: Event, outcome: dict[str, Any]) -> bool:
        """Notes what was answered about an event; whether it need not be sent again."""
        if outcome["outcome"] not in TAKEN:
            error = outcome["error"] or {}
            if error.get("status") == UNAVAILABLE:
                self.findings.counts["tickets set apart"] += 1
                return False
            self.findings.breaks("what is right is taken", f"{event}: {outcome}")
            return True
        place = Place(outcome["version"], outcome["position"])
        first = self.acknowledged.setdefault(identity_of(event), place)
        if first is not place:
            self.findings.counts["repeats answered"] += 1
            if first != place:
                what = f"{identity_of(event)}: {first}, then {place}"
                self.findings.breaks("a repeat is answered as the first", what)
        return True

    def batches(self, size: int) -> Iterator[list[Event]]:
        """Everything that was acknowledged, to be sent once more."""
        events = iter([self.sent[each] for each in self.acknowledged])
        while batch := list(islice(events, size)):
            yield batch


class Client:
    """Posts until it is answered, wherever somebody answers."""

    def __init__(
        self,
        urls: Sequence[str],
        ledger: Ledger,
        findings: Findings,
        chance: random.Random,
        pace: float = 1.0,
    ) -> None:
        self._urls = urls
        self._ledger = ledger
        self._findings = findings
        self._chance = chance
        self._pace = pace
        self._session: aiohttp.ClientSession

    @asynccontextmanager
    async def connected(self) -> AsyncIterator["Client"]:
        """With connections that last until the block ends."""
        async with aiohttp.ClientSession(timeout=PATIENCE) as self._session:
            yield self

    async def live(self, tales: Iterable[Story], until: float) -> None:
        """Tells one story after the other until a second of the loop's clock."""
        loop = asyncio.get_running_loop()
        for story in tales:
            if loop.time() >= until:
                return
            await self.tell(story)
            self._findings.counts["tickets"] += 1

    async def tell(self, story: Story) -> None:
        """Reports all of a story; now and then somebody reports the same again."""
        if story.scattered:
            await asyncio.gather(*(self._post(each, story) for each in story.posts))
        else:
            for each in story.posts:
                await self._post(each, story)

    async def report(self, events: Sequence[Event], *, backfill: bool = False) -> None:
        """Posts until each of the events is acknowledged."""
        for event in events:
            self._ledger.sent[identity_of(event)] = event
        waiting = list(events)
        loop = asyncio.get_running_loop()
        until = loop.time() + GIVEN_UP_AFTER
        while waiting:
            outcomes = await self._ask(waiting, backfill=backfill)
            waiting = [
                event
                for event, outcome in zip(waiting, outcomes, strict=False)
                if not self._ledger.take(event, outcome)
            ] + waiting[len(outcomes) :]
            if waiting and loop.time() > until:
                self._findings.breaks("an event is acknowledged in the end", str(waiting[0]))
                return
            if waiting:
                await asyncio.sleep(self._chance.uniform(0.05, 0.4))

    async def _post(self, post: Post, story: Story) -> None:
        await asyncio.sleep(post.wait / self._pace)
        post.happens()
        reports = [self.report(post.events, backfill=story.backfill)]
        if self._chance.random() < 0.15:
            reports.append(self.report(post.events, backfill=story.backfill))
        await asyncio.gather(*reports)
        if self._chance.random() < 0.15:
            await self.report(post.events, backfill=story.backfill)

    async def _ask(self, events: Sequence[Event], *, backfill: bool) -> list[dict[str, Any]]:
        """The outcomes; none if nobody answered."""
        url = f"{self._chance.choice(self._urls)}/v1/events"
        leaving = self._chance.random() < 0.03
        patience = self._chance.uniform(0.002, 0.05) if leaving else None
        self._findings.counts["requests"] += 1
        try:
            async with (
                asyncio.timeout(patience),
                self._session.post(
                    url,
                    json=events[0] if len(events) == 1 else events,
                    params={"backfill": "true"} if backfill else None,
                ) as answer,
            ):
                return self._read(answer, await answer.text(), events)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            self._findings.counts["requests without an answer"] += 1
            if not leaving and isinstance(error, TimeoutError):
                self._findings.counts["  of which in vain for 15 s"] += 1
            return []

    def _read(
        self, answer: aiohttp.ClientResponse, text: str, events: Sequence[Event]
    ) -> list[dict[str, Any]]:
        match answer.status:
            case 200 | 201 | 207:
                body: dict[str, Any] = json.loads(text)
                return list(body["results"]) if "results" in body else [body]
            case 503:
                self._findings.counts["answers 503"] += 1
                if "Retry-After" not in answer.headers:
                    self._findings.breaks("503 says when to come again", text)
                return []
            case status:
                what = f"{status}: {text[:300]} to {len(events)} events"
                self._findings.breaks("503 and nothing else while it cannot", what)
                return []
