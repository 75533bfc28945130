"""Who is told how much at once: one lane a subscription, so that one that hangs holds up no other.

Pure bookkeeping. How many attempts a lane may make at once, and how many deliveries it may hold in
all, goes by its receiver: both halve with each attempt that gets no answer at all, and grow with
each that gets one. So receivers that hang hold little, and one that is quick is never waited for.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

WIDEST, NARROWEST = 32, 4
DEEPEST, DEEP, SHALLOWEST = 1024, 64, 8

MOST_UNDER_WAY = 256
MOST_HELD = 4096
MOST_FRESH = 64
"""How many attempts are begun in a moment. Quick receivers need no more, and more at once cost more
each; those still under way after the moment are slow, and others are begun beside them."""


class Addressed(Protocol):
    """What stands in a lane."""

    @property
    def subscription_id(self) -> str:
        """Whose lane it is."""
        ...


T = TypeVar("T", bound=Addressed)


@dataclass(slots=True)
class _Lane(Generic[T]):
    width: int = WIDEST
    """How many attempts may be under way."""
    depth: int = DEEP
    """How many may be held."""
    under_way: int = 0
    held: int = 0
    waiting: deque[T] = field(default_factory=deque)
    listed: bool = False

    @property
    def room(self) -> int:
        """For how many more: none while there is little, so that claims are of many."""
        return self.depth - self.held if self.held * 4 <= self.depth * 3 else 0

    def hear(self, *, answered: bool) -> None:
        """An attempt was answered, or it was not."""
        if answered:
            self.width = min(self.width * 2, WIDEST)
            self.depth = min(self.depth + 4, DEEPEST)
        else:
            self.width = max(self.width // 2, NARROWEST)
            self.depth = max(self.depth // 2, SHALLOWEST)


class Lanes(Generic[T]):
    """What is held: waiting, under way, or answered and not yet settled."""

    def __init__(self) -> None:
        self._lanes: dict[str, _Lane[T]] = {}
        self._ready: deque[_Lane[T]] = deque()
        self._fresh = 0
        self.under_way = 0
        self.held = 0

    @property
    def stands(self) -> bool:
        """Whether something could begin but for ``MOST_FRESH``."""
        return bool(self._ready) and self._fresh >= MOST_FRESH and self.under_way < MOST_UNDER_WAY

    def moment(self) -> None:
        """A moment has passed."""
        self._fresh = 0

    def rooms(self, wanted: Iterable[str]) -> dict[str, int]:
        """How many more of each of these subscriptions may be taken; those without room left out.

        The room is shared evenly, and goes first to those that hold least.
        """
        lanes = sorted(
            ((self._lanes.get(each) or _Lane(), each) for each in wanted),
            key=lambda pair: (pair[0].held, pair[1]),
        )
        free = MOST_HELD - self.held
        share = max(1, free // max(1, len(lanes)))
        rooms: dict[str, int] = {}
        for lane, subscription_id in lanes:
            room = min(share, lane.room, free)
            if room > 0:
                rooms[subscription_id] = room
                free -= room
        return rooms

    def add(self, one: T) -> None:
        """Takes one in, at the end of its lane."""
        lane = self._lanes.setdefault(one.subscription_id, _Lane())
        lane.held += 1
        self.held += 1
        lane.waiting.append(one)
        self._list(lane)

    def begin(self) -> T | None:
        """The next to be sent now, lane by lane; None while there is none or no room."""
        while self._ready and self.under_way < MOST_UNDER_WAY and self._fresh < MOST_FRESH:
            lane = self._ready.popleft()
            lane.listed = False
            if lane.waiting and lane.under_way < lane.width:
                lane.under_way += 1
                self.under_way += 1
                self._fresh += 1
                self._list(lane)
                return lane.waiting.popleft()
        return None

    def end(self, one: T, *, answered: bool | None) -> None:
        """An attempt has ended, or was not made (None); it is held until it is settled."""
        lane = self._lanes[one.subscription_id]
        lane.under_way -= 1
        self.under_way -= 1
        self._fresh = max(0, self._fresh - 1)
        if answered is not None:
            lane.hear(answered=answered)
        self._list(lane)

    def settle(self, one: T) -> None:
        """It is out of our hands."""
        lane = self._lanes[one.subscription_id]
        lane.held -= 1
        self.held -= 1
        if not lane.held and lane.width == WIDEST and lane.depth == DEEP:
            del self._lanes[one.subscription_id]

    def drain(self) -> list[T]:
        """Takes out all that wait; they are held until they are settled."""
        drained = [one for lane in self._lanes.values() for one in lane.waiting]
        for lane in self._lanes.values():
            lane.waiting.clear()
        return drained

    def _list(self, lane: _Lane[T]) -> None:
        if lane.waiting and not lane.listed and lane.under_way < lane.width:
            lane.listed = True
            self._ready.append(lane)
