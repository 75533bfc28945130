"""Who is told how much at once: one lane a subscription, so that one that hangs holds up no other.

Pure bookkeeping. How many attempts a lane may make at once, and how many deliveries it may hold in
all, goes by its receiver: both halve with each attempt that gets no answer at all, or was one too
many for it (429), and grow with each other. So receivers that hang hold little, and one that is
quick is never waited for.

First attempts never wait behind retries: they go first, and of every limit retries may take half.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, Protocol, TypeVar

WIDEST, NARROWEST = 32, 4
DEEPEST, DEEP, SHALLOWEST = 1024, 64, 8

MOST_UNDER_WAY = 256
MOST_HELD = 4096
MOST_IN_A_MOMENT = 64
"""How many attempts are begun in a moment. Quick receivers need no more, and more at once cost more
each; those still under way after the moment are slow, and others are begun beside them."""


class Addressed(Protocol):
    """What stands in a lane."""

    @property
    def subscription_id(self) -> str:
        """Whose lane it is."""
        ...

    @property
    def is_retry(self) -> bool:
        """Whether it was attempted before."""
        ...


T = TypeVar("T", bound=Addressed)


class Room(NamedTuple):
    """For how many more there is room."""

    first: int
    again: int


@dataclass(slots=True)
class _Queue(Generic[T]):
    """What a lane has of one kind: first attempts, or retries."""

    under_way: int = 0
    held: int = 0
    waiting: deque[T] = field(default_factory=deque)
    listed: bool = False

    def room(self, depth: int) -> int:
        """For how many more: none while there is little, so that claims are of many."""
        return depth - self.held if self.held * 4 <= depth * 3 else 0


@dataclass(slots=True)
class _Lane(Generic[T]):
    width: int = WIDEST
    """How many attempts may be under way."""
    depth: int = DEEP
    """How many first attempts may be held, and half as many retries."""
    first: _Queue[T] = field(default_factory=_Queue)
    again: _Queue[T] = field(default_factory=_Queue)

    def queue(self, *, retries: bool) -> _Queue[T]:
        """One of the two."""
        return self.again if retries else self.first

    @property
    def held(self) -> int:
        """How many of both."""
        return self.first.held + self.again.held

    @property
    def room(self) -> Room:
        """For how many more."""
        return Room(self.first.room(self.depth), self.again.room(self.depth // 2))

    def may_begin(self, *, retries: bool) -> bool:
        """Whether one that waits may be sent."""
        if self.first.under_way + self.again.under_way >= self.width:
            return False
        return not retries or self.again.under_way < self.width // 2

    def hear(self, *, answered: bool) -> None:
        """An attempt was answered, or it was not."""
        if answered:
            self.width = min(self.width * 2, WIDEST)
            self.depth = min(self.depth + 4, DEEPEST)
        else:
            self.width = max(self.width // 2, NARROWEST)
            self.depth = max(self.depth // 2, SHALLOWEST)


@dataclass(slots=True)
class _Kind(Generic[T]):
    """All lanes' first attempts, or all lanes' retries."""

    most_under_way: int
    most_held: int
    under_way: int = 0
    held: int = 0
    ready: deque[_Lane[T]] = field(default_factory=deque)


class Lanes(Generic[T]):
    """What is held: waiting, under way, or answered and not yet settled."""

    def __init__(self) -> None:
        self._lanes: dict[str, _Lane[T]] = {}
        self._first: _Kind[T] = _Kind(MOST_UNDER_WAY, MOST_HELD)
        self._again: _Kind[T] = _Kind(MOST_UNDER_WAY // 2, MOST_HELD // 2)
        self._begun = 0

    @property
    def under_way(self) -> int:
        """How many attempts are."""
        return self._first.under_way + self._again.under_way

    @property
    def held(self) -> int:
        """How many deliveries are."""
        return self._first.held + self._again.held

    @property
    def stands(self) -> bool:
        """Whether something could begin but for ``MOST_IN_A_MOMENT``."""
        ready = any(self._may_begin(kind) for kind in (self._first, self._again))
        return ready and self._begun >= MOST_IN_A_MOMENT

    def moment(self) -> None:
        """A moment has passed."""
        self._begun = 0

    def rooms(self, wanted: Iterable[str]) -> dict[str, Room]:
        """How many more of each of these subscriptions may be taken; those without room left out.

        The room is shared evenly, and goes first to those that hold least.
        """
        lanes = sorted(
            ((self._lanes.get(each) or _Lane(), each) for each in wanted),
            key=lambda pair: (pair[0].held, pair[1]),
        )
        firsts = _shared(self._first, [lane.room.first for lane, _ in lanes])
        agains = _shared(self._again, [lane.room.again for lane, _ in lanes])
        rooms = map(Room, firsts, agains)
        return {each: room for (_, each), room in zip(lanes, rooms, strict=True) if any(room)}

    def add(self, one: T) -> None:
        """Takes one in, at the end of its lane."""
        lane = self._lanes.setdefault(one.subscription_id, _Lane())
        queue = lane.queue(retries=one.is_retry)
        queue.held += 1
        self._kind(retries=one.is_retry).held += 1
        queue.waiting.append(one)
        self._list(lane)

    def begin(self) -> T | None:
        """The next to be sent now, lane by lane; None while there is none or no room."""
        if self._begun >= MOST_IN_A_MOMENT:
            return None
        for kind, retries in ((self._first, False), (self._again, True)):
            while self._may_begin(kind):
                lane = kind.ready.popleft()
                queue = lane.queue(retries=retries)
                queue.listed = False
                if queue.waiting and lane.may_begin(retries=retries):
                    queue.under_way += 1
                    kind.under_way += 1
                    self._begun += 1
                    self._list(lane)
                    return queue.waiting.popleft()
        return None

    def end(self, one: T, *, answered: bool | None) -> None:
        """An attempt has ended, or was not made (None); it is held until it is settled."""
        lane = self._lanes[one.subscription_id]
        lane.queue(retries=one.is_retry).under_way -= 1
        self._kind(retries=one.is_retry).under_way -= 1
        self._begun = max(0, self._begun - 1)
        if answered is not None:
            lane.hear(answered=answered)
        self._list(lane)

    def settle(self, one: T) -> None:
        """It is out of our hands."""
        lane = self._lanes[one.subscription_id]
        lane.queue(retries=one.is_retry).held -= 1
        self._kind(retries=one.is_retry).held -= 1
        if not lane.held and lane.width == WIDEST and lane.depth == DEEP:
            del self._lanes[one.subscription_id]

    def drain(self, subscriptions: Iterable[str] | None = None) -> list[T]:
        """Takes out all that wait, of all or of these; they are held until they are settled."""
        names = self._lanes if subscriptions is None else subscriptions
        lanes = [lane for each in names if (lane := self._lanes.get(each)) is not None]
        queues = [queue for lane in lanes for queue in (lane.first, lane.again)]
        drained = [one for queue in queues for one in queue.waiting]
        for queue in queues:
            queue.waiting.clear()
        return drained

    def _kind(self, *, retries: bool) -> _Kind[T]:
        return self._again if retries else self._first

    def _may_begin(self, kind: _Kind[T]) -> bool:
        return (
            bool(kind.ready)
            and kind.under_way < kind.most_under_way
            and self.under_way < MOST_UNDER_WAY
        )

    def _list(self, lane: _Lane[T]) -> None:
        for kind, retries in ((self._first, False), (self._again, True)):
            queue = lane.queue(retries=retries)
            if queue.waiting and not queue.listed and lane.may_begin(retries=retries):
                queue.listed = True
                kind.ready.append(lane)


def _shared(kind: _Kind[T], rooms: list[int]) -> list[int]:
    """What each of these gets of the room that a kind has, one after the other."""
    free = kind.most_held - kind.held
    share = max(1, free // max(1, len(rooms)))
    got = []
    for room in rooms:
        got.append(max(0, min(share, room, free)))
        free -= got[-1]
    return got
