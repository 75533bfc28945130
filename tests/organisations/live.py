"""The real service, told of a story over HTTP and asked about it."""

from datetime import datetime
from typing import Any

from tests.api.story import Reader
from tests.conftest import Running
from tests.organisations.story import Story, does

LONG_AFTER = "2025-01-31 10:00"


class Service:
    """The running service, told of one story and asked about it."""

    def __init__(self, running: Running, story: Story) -> None:
        self._client = running.client
        self._reader = Reader(running)
        self._story = story

    async def report(self, facts: slice = slice(None)) -> None:
        """The story's facts are posted, or some of them."""
        batch = [
            {
                "id": fact.id,
                "source": fact.source,
                "type": fact.type,
                "subject": fact.ticket_id,
                "time": fact.at.isoformat(),
                "data": dict(fact.data),
            }
            for fact in self._story.facts[facts]
        ]
        answer = await self._client.post("/v1/events", json=batch)
        assert (answer.status_code, answer.json()["refused"]) == (200, 0), answer.text

    async def ticket(self, as_of: str | None = None) -> dict[str, Any]:
        """The ticket's state, now or as it was."""
        given = {} if as_of is None else {"as_of": self._story.at(as_of)}
        return await self._reader.ticket("T-1", **given)

    async def timeline(self, as_of: str) -> list[str]:
        """Marks passed and marks to come, as lines."""
        answer = await self._reader.read("/v1/tickets/T-1/timeline", as_of=self._story.at(as_of))
        return [_line(self.local(item["at"]), item, item["state"]) for item in answer["items"]]

    def local(self, instant: str) -> str:
        """The local time of an instant that the service wrote."""
        return self._story.shown(datetime.fromisoformat(instant))

    def told(self, state: dict[str, Any]) -> list[str]:
        """A ticket's escalations as lines, with what they carry."""
        return [
            _line(self.local(each["reached_at"]), each, each["reason"]) + does(each["effect"])
            for each in state["escalations"]
        ]

    async def assert_same_as_in_memory(self) -> None:
        """The same SLA events by id, and the same clocks."""
        story, state = self._story.until(LONG_AFTER), await self.ticket()
        standing = [each["id"] for each in state["escalations"] if each["retracted_at"] is None]
        assert standing == [each.id for each in story.events if each.kind != "met"]
        assert [(each["clock"], each["cycle"], each["state"]) for each in state["clocks"]] == [
            (name, each.cycle, each.state) for name, each in story.ticket.clocks.items()
        ]


def _line(when: str, said: dict[str, Any], *more: object) -> str:
    members = ("clock", "kind", "tier", "role")
    parts = (when, *(said[member] for member in members), *more)
    return " ".join(str(part) for part in parts if part is not None)
