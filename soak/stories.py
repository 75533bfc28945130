"""What happens to tickets, and how it is reported: in order, shuffled, late, scattered, again."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

Event = dict[str, object]

SOURCE = "soak"
Happening = tuple[str, dict[str, object]]

PASSING: Sequence[Happening] = (
    ("ticket.agent_replied", {}),
    ("ticket.agent_replied", {"public": False}),
    ("ticket.customer_replied", {}),
    ("ticket.waiting_on_customer", {}),
    ("ticket.work_started", {}),
    ("ticket.acknowledged", {}),
    ("ticket.updated", {"title": "Still the same"}),
    ("ticket.severity_changed", {"severity": "P1"}),
    ("ticket.severity_changed", {"severity": "P3"}),
    ("ticket.resolved", {}),
    ("ticket.reopened", {}),
)
ENDINGS: Sequence[Happening] = (
    ("ticket.resolved", {}),
    ("ticket.resolved", {}),
    ("ticket.closed", {}),
    ("ticket.cancelled", {"reason": "duplicate"}),
)
LENGTHS = {"swift": timedelta(seconds=25), "portaone": timedelta(hours=1)}
"""The policies, and how long ago their tickets are opened at most for marks to come soon."""


@dataclass(slots=True)
class Post:
    """Events that are posted together; those of several posts at once if they are ``scattered``."""

    events: list[Event]
    wait: float = 0.0
    """Seconds before it."""
    ago: float | None = None
    """How many seconds before they are posted the events happened; else as they say themselves."""

    def happens(self) -> None:
        """The events have happened, and are about to be posted."""
        if self.ago is not None:
            at = datetime.now(UTC) - timedelta(seconds=self.ago)
            for event in self.events:
                event["time"] = at.isoformat()


@dataclass(slots=True)
class Story:
    """A ticket's life as it is reported."""

    ticket_id: str
    posts: list[Post] = field(default_factory=list)
    scattered: bool = False
    backfill: bool = False


def stories(chance: random.Random, run: str) -> Iterator[Story]:
    """Stories without end."""
    kinds = (_live, _live, _live, _past, _scattered, _late, _withdrawn, _backfilled)
    number = 0
    while True:
        number += 1
        yield chance.choice(kinds)(_Teller(chance, f"{run}-{number}"))


class _Teller:
    """Makes up what happens to one ticket."""

    def __init__(self, chance: random.Random, ticket_id: str) -> None:
        self.chance = chance
        self.ticket_id = ticket_id
        self._number = 0

    def event(self, type_: str, data: object, at: datetime | None = None) -> Event:
        """A fact; without an instant it happens when it is recorded."""
        self._number += 1
        event: Event = {
            "id": str(self._number),
            "source": SOURCE,
            "type": type_,
            "subject": self.ticket_id,
            "data": data,
        }
        return event if at is None else {**event, "time": at.isoformat()}

    def life(self) -> list[Happening]:
        """What happens, from the opening on. Only one that was never P1 may stay open."""
        severity = self.chance.choice(("P1", "P2", "P2", "P3"))
        policy = self.chance.choice(("swift", "swift", "swift", "portaone"))
        happens: list[Happening] = [
            ("ticket.opened", {"policy": policy, "severity": severity, "title": self.ticket_id})
        ]
        happens += self.chance.choices(PASSING, k=self.chance.randint(0, 6))
        if "P1" in str(happens) or policy != "swift" or self.chance.random() < 0.5:
            happens.append(self.chance.choice(ENDINGS))
        return happens

    def past(self) -> list[Event]:
        """A life that lies behind us, each fact at an instant of its own."""
        life = self.life()
        longest = LENGTHS[str(life[0][1]["policy"])]
        now = datetime.now(UTC)
        opened = now - longest * self.chance.uniform(0.6, 1.0)
        times = sorted(opened + (now - opened) * self.chance.random() for _ in life[1:])
        instants = [opened, *times]
        return [
            self.event(*each, at=instants[place] + timedelta(microseconds=place))
            for place, each in enumerate(life)
        ]


def _live(teller: _Teller) -> Story:
    posts = [
        Post([teller.event(*each)], wait=teller.chance.uniform(0.2, 4.0)) for each in teller.life()
    ]
    return Story(teller.ticket_id, posts)


def _past(teller: _Teller) -> Story:
    events = teller.past()
    teller.chance.shuffle(events)
    return Story(teller.ticket_id, [Post(events)])


def _scattered(teller: _Teller) -> Story:
    events = teller.past()
    teller.chance.shuffle(events)
    return Story(teller.ticket_id, [Post([each]) for each in events], scattered=True)


def _late(teller: _Teller) -> Story:
    """Live, and then it comes out that the customer was answered before all that was raised."""
    story = _live(teller)
    answered = teller.event("ticket.agent_replied", {})
    post = Post([answered], wait=6.0, ago=teller.chance.uniform(1, 8))
    story.posts.insert(teller.chance.randint(1, len(story.posts)), post)
    return story


def _withdrawn(teller: _Teller) -> Story:
    """Live, and then one of its facts is withdrawn; the withdrawal may come before it."""
    story = _live(teller)
    named = teller.event("ticket.waiting_on_customer", {})
    withdrawal = teller.event("event.withdrawn", {"source": SOURCE, "id": named["id"]})
    posts = [Post([named]), Post([withdrawal], wait=1.0)]
    if teller.chance.random() < 0.3:
        posts.reverse()
    place = teller.chance.randint(1, len(story.posts))
    story.posts[place:place] = posts
    return story


def _backfilled(teller: _Teller) -> Story:
    return Story(teller.ticket_id, [Post(teller.past())], backfill=True)
