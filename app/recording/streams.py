"""A ticket's stream, as one transaction has read it and goes on with it."""

from collections.abc import Iterable

from app.domain.events import REBOUND, SOURCE, Fact, Name, SlaEvent
from app.store.event_log import Appended


class Stream:
    """A ticket's events in the order of the log; those of this transaction last."""

    __slots__ = ("_by_name", "facts", "raised", "rebindings")

    def __init__(self, events: Iterable[Appended] = ()) -> None:
        self.facts: list[Fact] = []
        self.raised: list[SlaEvent] = []
        self.rebindings: list[Fact] = []
        self._by_name: dict[Name, Appended] = {}
        for each in events:
            self.add(each)

    def add(self, each: Appended) -> None:
        """One more."""
        event = each.event
        if isinstance(event, SlaEvent):
            self.raised.append(event)
            self._by_name[SOURCE, event.id] = each
            return
        self.facts.append(event)
        self._by_name[event.name] = each
        if event.type == REBOUND:
            self.rebindings.append(event)

    def find(self, name: Name) -> Appended | None:
        """The event of this source and id."""
        return self._by_name.get(name)
