"""What tests of the API tell stories with: a help desk that reports, and a reader who asks.

``"10:00"`` is on Monday, 3 June 2024, and ``"+1d 10:00"`` on the day after: long past, so that
every mark is reached at once.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import quote

import httpx

from tests.conftest import Running

MONDAY = datetime(2024, 6, 3, tzinfo=UTC)


def at(clock_time: str) -> datetime:
    """The instant of a clock time."""
    day, _, time = clock_time.rpartition(" ")
    hours, minutes = map(int, time.split(":"))
    days = int(day.strip("+d") or 0)
    return MONDAY + timedelta(days=days, hours=hours, minutes=minutes)


def said(instant: datetime) -> str:
    """An instant as the API writes it."""
    return instant.isoformat().replace("+00:00", "Z")


def clock_time(text: str | None) -> str | None:
    """The clock time of an instant that the API wrote, whatever its day."""
    return None if text is None else f"{datetime.fromisoformat(text):%H:%M}"


class Desk:
    """A help desk that reports what happens to its tickets."""

    def __init__(self, running: Running) -> None:
        self._client = running.client
        self._numbers = count(1)
        self._told: list[dict[str, object]] = []

    def happens(
        self, ticket_id: str, when: str | datetime | None, type_: str, **data: object
    ) -> "Desk":
        """Something happens; it is reported with the rest."""
        time = at(when) if isinstance(when, str) else when
        event: dict[str, object] = {
            "id": str(next(self._numbers)),
            "source": "desk",
            "type": type_,
            "subject": ticket_id,
            "data": data,
        }
        self._told.append(event if time is None else {**event, "time": time.isoformat()})
        return self

    def opens(self, ticket_id: str, when: str | datetime | None, **data: object) -> "Desk":
        """A ticket is opened, under the policy `portaone` unless another is named."""
        return self.happens(ticket_id, when, "ticket.opened", **{"policy": "portaone", **data})

    async def report(self) -> None:
        """All that has happened is posted in one batch, and recorded."""
        answer = await self._client.post("/v1/events", json=self._told)
        assert answer.status_code == 200, answer.text
        self._told.clear()


class Reader:
    """Somebody who asks the API."""

    def __init__(self, running: Running) -> None:
        self._client = running.client

    async def get(self, path: str, **parameters: object) -> httpx.Response:
        """The answer, whatever it is."""
        return await self._client.get(path, params=_written(parameters))

    async def read(self, path: str, **parameters: object) -> Any:  # noqa: ANN401  # JSON
        """What is answered; it has to be."""
        answer = await self.get(path, **parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def ticket(self, ticket_id: str, **parameters: object) -> dict[str, Any]:
        """A ticket's state."""
        state: dict[str, Any] = await self.read(
            f"/v1/tickets/{quote(ticket_id, safe='')}", **parameters
        )
        return state

    async def all_pages(self, path: str, **parameters: object) -> list[list[Any]]:
        """Every page of a list."""
        pages = []
        while True:
            answer = await self.read(path, **parameters)
            pages.append(answer["items"])
            if answer["next_cursor"] is None:
                return pages
            parameters["cursor"] = answer["next_cursor"]


def _written(parameters: Mapping[str, object]) -> dict[str, Any]:
    """Clock times and instants as a client writes them."""
    return {
        name: said(value) if isinstance(value, datetime) else value
        for name, value in parameters.items()
    }


def clock(state: Mapping[str, Any], name: str) -> dict[str, Any]:
    """One of a ticket's clocks."""
    found: dict[str, Any] = next(each for each in state["clocks"] if each["clock"] == name)
    return found


def told(state: Mapping[str, Any]) -> list[tuple[str, str | None, str | None]]:
    """(kind, role, clock time reached) of a ticket's escalations."""
    return [
        (each["kind"], each["role"], clock_time(each["reached_at"]))
        for each in state["escalations"]
    ]
