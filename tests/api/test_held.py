"""``GET /v1/held``: what waits for its ticket's opening, or was left out."""

import pytest

from tests.api.story import Desk, Reader
from tests.conftest import Running


@pytest.fixture
async def reader(running: Running) -> Reader:
    """Five facts of two tickets that have not been opened, and a third that has."""
    desk = Desk(running)
    for ticket, type_ in (("A", "resolved"), ("B", "acknowledged"), ("A", "closed")):
        desk.happens(ticket, "10:00", f"ticket.{type_}")
    desk.happens("A", None, "ticket.reopened").happens("B", None, "ticket.assigned", agent="Ann")
    desk.opens("C", "10:00", severity="P3").happens("C", "10:10", "ticket.resolved")
    await desk.report()
    return Reader(running)


async def test_they_are_listed_in_the_order_of_the_log(reader: Reader) -> None:
    found = await reader.read("/v1/held")
    assert found["next_cursor"] is None
    first, *_ = found["items"]
    assert first.keys() == {
        "ticket_id",
        "source",
        "id",
        "type",
        "position",
        "recorded_at",
        "reason",
    }
    (logged, *_) = (await reader.read("/v1/tickets/A/events"))["items"]
    for name in ("id", "source", "type", "position", "recorded_at"):
        assert first[name] == logged[name]
    assert first["reason"] is None
    positions = [each["position"] for each in found["items"]]
    assert positions == sorted(positions)
    assert len(positions) == 5


@pytest.mark.parametrize("limit", [1, 2, 4])
async def test_pages_hold_together(reader: Reader, limit: int) -> None:
    whole = (await reader.read("/v1/held"))["items"]
    pages = await reader.all_pages("/v1/held", limit=limit)
    assert [each for page in pages for each in page] == whole
    assert {len(page) for page in pages[:-1]} == {limit}


async def test_of_one_ticket(reader: Reader) -> None:
    found = (await reader.read("/v1/held", ticket="B"))["items"]
    assert [each["type"] for each in found] == ["ticket.acknowledged", "ticket.assigned"]
    assert (await reader.read("/v1/held", ticket="C"))["items"] == []


@pytest.mark.parametrize(
    "question",
    [{"limit": 0}, {"cursor": "x"}, {"tickets": "A"}, {"ticket": "\0"}, {"cursor": "WyJ4Il0"}],
)
async def test_a_wrong_question_is_422(reader: Reader, question: dict[str, object]) -> None:
    assert (await reader.get("/v1/held", **question)).status_code == 422
