"""Looks at every state that a protocol can come to, whoever is fast, slow, or killed.

A protocol is a function from a state to the steps that can be taken in it. States are small and
hashable; one step is what the database does at once.
"""

from collections import deque
from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

State = TypeVar("State", bound=Hashable)

Steps = Callable[[State], Iterable[tuple[str, State]]]


class Explored(Generic[State]):
    """All states that can be reached, each by a shortest way."""

    def __init__(self, start: State, steps: Steps[State]) -> None:
        self._came: dict[State, tuple[State, str] | None] = {start: None}
        self._before: dict[State, list[State]] = {}
        waiting = deque([start])
        while waiting:
            state = waiting.popleft()
            for name, after in steps(state):
                self._before.setdefault(after, []).append(state)
                if after not in self._came:
                    self._came[after] = state, name
                    waiting.append(after)

    def __len__(self) -> int:
        return len(self._came)

    def way_to(self, wanted: Callable[[State], bool]) -> list[str] | None:
        """The steps to a state that is so; None if none is ever."""
        return next((self._way(state) for state in self._came if wanted(state)), None)

    def way_without(self, end: Callable[[State], bool]) -> list[str] | None:
        """The steps to a state from which no way leads to such an end any more; None if none is."""
        waiting = [state for state in self._came if end(state)]
        good = set(waiting)
        while waiting:
            for before in self._before.get(waiting.pop(), ()):
                if before not in good:
                    good.add(before)
                    waiting.append(before)
        return self.way_to(lambda state: state not in good)

    def _way(self, state: State) -> list[str]:
        way: list[str] = []
        while (came := self._came[state]) is not None:
            state, name = came
            way.append(name)
        return way[::-1]
