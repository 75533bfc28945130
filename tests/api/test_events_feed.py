"""``GET /v1/events``: the log in one order, page by page."""

import pytest

from app.projections import feed
from tests.api.keyed import key
from tests.api.story import Desk, Reader
from tests.conftest import Running


async def told(running: Running) -> None:
    """Tickets of two policies, and a fact of a third ticket that has not been opened."""
    desk = Desk(running)
    desk.opens("T-1", "10:00", severity="P1")
    desk.opens("T-2", "10:00", policy="syneto", severity="P1", plan="basic")
    desk.happens("T-1", "10:05", "ticket.agent_replied")
    await desk.report()
    await desk.happens("T-3", "10:00", "ticket.agent_replied").report()


async def test_the_log_is_every_stream_in_one_order(running: Running) -> None:
    await told(running)
    reader = Reader(running)
    log = await reader.read("/v1/events", limit=500)
    places = [each["position"] for each in log["items"]]
    assert places == sorted(set(places))
    assert log["next_cursor"] is None
    assert log["position"] == places[-1]
    for ticket in ("T-1", "T-2", "T-3"):
        stream = await reader.read(f"/v1/tickets/{ticket}/events", limit=500)
        assert [each for each in log["items"] if each["subject"] == ticket] == stream["items"]


async def test_pages_follow_one_another_by_cursor_or_position(running: Running) -> None:
    await told(running)
    reader = Reader(running)
    (whole,) = await reader.all_pages("/v1/events", limit=500)
    pages = await reader.all_pages("/v1/events", limit=2)
    assert len(pages) > 3
    assert [each for page in pages for each in page] == whole
    after, seen = 0, []
    while True:
        page = await reader.read("/v1/events", after=after, limit=3)
        after = page["position"]
        seen += page["items"]
        if page["next_cursor"] is None:
            break
        assert page["next_cursor"] == str(after)
    assert seen == whole
    assert (await reader.read("/v1/events", after=after)) == {
        "items": [],
        "next_cursor": None,
        "position": after,
    }


async def test_an_empty_log_is_read_to_its_start_and_one_beyond_its_end_is_waited_for(
    running: Running,
) -> None:
    reader = Reader(running)
    assert (await reader.read("/v1/events"))["position"] == 0
    assert (await reader.read("/v1/events", after=2**63 - 1))["position"] == 2**63 - 1


@pytest.mark.parametrize("look_at", [1, 10_000])
async def test_filters_combine_and_each_may_name_several(
    running: Running, monkeypatch: pytest.MonkeyPatch, look_at: int
) -> None:
    """However little is looked at for a page."""
    await told(running)
    monkeypatch.setattr(feed, "LOOK_AT", look_at)
    reader = Reader(running)

    async def found(**question: object) -> set[tuple[str, str]]:
        pages = await reader.all_pages("/v1/events", limit=3, **question)
        return {(each["subject"], each["type"]) for page in pages for each in page}

    opened, replied = "ticket.opened", "ticket.agent_replied"
    assert await found(type=opened) == {("T-1", opened), ("T-2", opened)}
    assert await found(type=[opened, replied], ticket=["T-1", "T-3"]) == {
        ("T-1", opened),
        ("T-1", replied),
        ("T-3", replied),
    }
    assert await found(type=[opened, replied], policy=["portaone", "x"]) == {
        ("T-1", opened),
        ("T-1", replied),
    }
    assert {ticket for ticket, _ in await found(policy=["portaone", "syneto"])} == {"T-1", "T-2"}
    assert await found(ticket="T-2", policy="portaone") == set()


async def test_what_is_left_out_is_read_past(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    await told(running)
    monkeypatch.setattr(feed, "LOOK_AT", 2)
    reader = Reader(running)
    page = await reader.read("/v1/events", type="ticket.closed")
    assert (page["items"], page["next_cursor"]) == ([], str(page["position"]))
    pages = await reader.all_pages("/v1/events", type="ticket.closed")
    assert len(pages) > 3
    end = (await reader.read("/v1/events", limit=500))["position"]
    last = await reader.read("/v1/events", type="ticket.closed", after=end)
    assert last == {"items": [], "next_cursor": None, "position": end}


async def test_a_bound_key_reads_the_events_of_its_policies_tickets(running: Running) -> None:
    await told(running)
    headers = await key(running, "read", policies=["syneto"])

    async def subjects(**question: str) -> set[str]:
        answer = await running.client.get("/v1/events", params=question, headers=headers)
        return {each["subject"] for each in answer.json()["items"]}

    assert await subjects() == {"T-2"}
    assert await subjects(policy="syneto") == {"T-2"}
    assert await subjects(policy="portaone") == set()
    assert await subjects(ticket="T-1") == set()
    assert await subjects(ticket="T-3") == set()


WRONG = [
    {"after": "-1"},
    {"after": "x"},
    {"after": str(2**63)},
    {"cursor": "x"},
    {"cursor": "-1"},
    {"cursor": "\u0663"},
    {"cursor": str(2**63)},
    {"cursor": ""},
    {"cursor": "1", "after": "1"},
    {"limit": "0"},
    {"limit": "501"},
    {"ticket": "a\0b"},
    {"type": "x" * 201},
    {"policy": ["x"] * 101},
    {"tickets": "T-1"},
]


@pytest.mark.parametrize("question", WRONG, ids=str)
async def test_a_wrong_question_is_422(running: Running, question: dict[str, object]) -> None:
    answer = await Reader(running).get("/v1/events", **question)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == next(iter(question))
