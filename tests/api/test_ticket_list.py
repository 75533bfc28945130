"""``GET /v1/tickets``: filters that combine, orders, and pages that hold while tickets move."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from app.clock import host_now
from app.settings import Settings
from tests.api.story import Desk, Reader, at
from tests.conftest import PROJECT, Running

ACME = """
id: acme
severities: [high, low]
default_severity: low
plans: [basic, gold]
default_plan: basic
lines: [first, second]
opening_line: first
roles: [lead, boss]
clocks:
  - id: first_response
    meets: [ticket.agent_replied]
    targets: [{due: 8h}]
  - id: fix
    meets: [ticket.resolved]
    pauses_on: [waiting_on_customer]
    targets:
      - severity: high
        due: 1h
        ladder: [{after: 1h, tell: lead}, {after: 2h, tell: boss}]
      - {severity: low, due: 365d}
"""


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """With a second policy, which has plans and lines and pauses."""
    (tmp_path / "acme.yaml").write_text(ACME)
    portaone = (PROJECT / "policies" / "portaone.yaml").read_text()
    (tmp_path / "portaone.yaml").write_text(portaone)
    return settings.model_copy(update={"policies_dir": tmp_path})


@pytest.fixture
def desk(running: Running) -> Desk:
    return Desk(running)


@pytest.fixture
def reader(running: Running) -> Reader:
    return Reader(running)


async def ids(reader: Reader, **parameters: object) -> list[str]:
    """The ids of the tickets listed, in order."""
    pages = await reader.all_pages("/v1/tickets", **parameters)
    return [item["ticket_id"] for page in pages for item in page]


async def five_tickets(desk: Desk) -> None:
    """Calls: a P1 of 2024, under way. The others are Acme's, of today or resolved."""
    desk.opens("CALLS", "10:00", severity="P1", title="Calls fail", customer="50%_ish & Co")
    desk.happens("CALLS", "10:20", "ticket.work_started")
    now = host_now()
    desk.opens("LOGIN", now, policy="acme", severity="low", title="Cannot log in")
    desk.opens("GOLD", now, policy="acme", severity="high", plan="gold", line="second")
    desk.opens("WAITS", "+1d 10:00", policy="acme", severity="high", customer="Waits Inc")
    desk.happens("WAITS", "+1d 10:10", "ticket.agent_replied")
    desk.happens("WAITS", "+1d 13:00", "ticket.waiting_on_customer")
    desk.opens("DONE", "+2d 10:00", policy="acme", title="Old calls").happens(
        "DONE", "+2d 11:00", "ticket.agent_replied"
    )
    desk.happens("DONE", "+2d 12:00", "ticket.resolved")
    await desk.report()


async def test_each_filter_and_how_they_combine(desk: Desk, reader: Reader) -> None:
    await five_tickets(desk)
    soon = host_now().replace(year=host_now().year + 1, month=1, day=2)
    cases: list[tuple[dict[str, Any], str]] = [
        ({}, "CALLS DONE GOLD LOGIN WAITS"),
        ({"policy": "portaone"}, "CALLS"),
        ({"policy": ["portaone", "acme"]}, "CALLS DONE GOLD LOGIN WAITS"),
        ({"policy": "nobody"}, ""),
        ({"severity": "high"}, "GOLD WAITS"),
        ({"severity": ["high", "P1"]}, "CALLS GOLD WAITS"),
        ({"plan": "gold"}, "GOLD"),
        ({"status": "new"}, "GOLD LOGIN"),
        ({"status": ["in_progress", "resolved"]}, "CALLS DONE"),
        ({"line": "second"}, "GOLD"),
        ({"clock": "fix"}, "GOLD LOGIN WAITS"),
        ({"clock": "update"}, ""),
        ({"breached": True}, "CALLS WAITS"),
        ({"breached": False}, "DONE GOLD LOGIN"),
        ({"clock": "fix", "breached": True}, "WAITS"),
        ({"clock": "fix", "breached": False}, "GOLD LOGIN"),
        ({"clock": "first_response", "breached": True}, "CALLS"),
        ({"paused": True}, "WAITS"),
        ({"paused": False}, "CALLS DONE GOLD LOGIN"),
        ({"clock": "fix", "paused": True}, "WAITS"),
        ({"clock": "fix", "paused": False}, "GOLD LOGIN"),
        ({"clock": "first_response", "paused": True}, ""),
        ({"clock": "fix", "paused": True, "breached": True}, "WAITS"),
        ({"tier": 1}, "CALLS WAITS"),
        ({"tier": 3}, "CALLS"),
        ({"due_before": soon}, "GOLD LOGIN"),
        ({"due_before": at("10:00")}, ""),
        ({"opened_after": at("+1d 10:00"), "opened_before": at("+2d 10:00")}, "WAITS"),
        ({"opened_before": at("+1d 10:00")}, "CALLS"),
        ({"opened_after": "9999-12-31T23:59:59Z"}, ""),
        ({"opened_after": "0001-01-01T00:00:00Z"}, "CALLS DONE GOLD LOGIN WAITS"),
        ({"q": "calls"}, "CALLS DONE"),
        ({"q": "gol"}, "GOLD"),
        ({"q": "inc"}, "WAITS"),
        ({"q": "waits INC"}, "WAITS"),
        ({"q": "og"}, ""),
        ({"q": "l"}, ""),
        ({"q": "ca f"}, ""),
        ({"q": "ca fa"}, "CALLS"),
        ({"q": "ish co"}, "CALLS"),
        ({"q": "50%_"}, "CALLS"),
        ({"q": "%"}, ""),
        ({"q": "\\"}, ""),
        ({"q": ""}, "CALLS DONE GOLD LOGIN WAITS"),
        ({"q": "calls", "policy": "acme", "breached": False, "status": "resolved"}, "DONE"),
        ({"severity": "high", "status": "new", "clock": "fix", "tier": 1}, ""),
    ]
    for parameters, expected in cases:
        for sort in ("next_due", "opened"):
            found = await ids(reader, **parameters, sort=sort)
            assert sorted(found) == expected.split(), parameters


async def test_the_orders(desk: Desk, reader: Reader) -> None:
    """By the next mark, those without one last; by opening, either way; on pages of any size."""
    await five_tickets(desk)
    orders = {
        "next_due": ["GOLD", "LOGIN", "CALLS", "DONE", "WAITS"],
        "opened": ["CALLS", "WAITS", "DONE", "GOLD", "LOGIN"],
        "-opened": ["LOGIN", "GOLD", "DONE", "WAITS", "CALLS"],
    }
    assert await ids(reader) == orders["next_due"]
    for sort, expected in orders.items():
        for limit in (1, 2, 3, 5, 500):
            assert await ids(reader, sort=sort, limit=limit) == expected


async def test_an_item_is_the_ticket_without_its_history(desk: Desk, reader: Reader) -> None:
    await five_tickets(desk)
    (item,) = (await reader.read("/v1/tickets", policy="portaone"))["items"]
    state = await reader.ticket("CALLS")
    del state["escalations"]
    assert item.keys() == state.keys()
    assert (item["title"], item["status"], item["next_mark"]) == ("Calls fail", "in_progress", None)
    assert all(clock["breached_at"] for clock in item["clocks"] if clock["breached"])


async def test_pages_hold_while_tickets_move(desk: Desk, reader: Reader) -> None:
    """What does not move is listed once, whatever is opened, resolved or moved meanwhile."""
    names = [f"T-{number:02}" for number in range(20)]
    now = host_now()
    for name in names:
        desk.opens(name, now, policy="acme", severity="low")
    await desk.report()
    seen: list[str] = []
    parameters: dict[str, Any] = {"limit": 3}
    while True:
        answer = await reader.read("/v1/tickets", **parameters)
        seen += [item["ticket_id"] for item in answer["items"]]
        if answer["next_cursor"] is None:
            break
        parameters["cursor"] = answer["next_cursor"]
        moved = answer["items"][-1]["ticket_id"]
        desk.happens(moved, None, "ticket.agent_replied")  # its next mark is a year ahead now
        desk.opens(f"A-{len(seen)}", None, policy="acme", severity="high")  # before all others
        await desk.report()
    still = [name for name in names if seen.count(name) == 1]
    assert [name for name in seen if name in still] == still
    assert set(names) <= set(seen)
    assert {name for name in names if seen.count(name) > 1} <= set(seen[2::3]), "only what moved"


async def test_one_ticket_that_cannot_be_read_stops_no_other(
    running: Running, desk: Desk, reader: Reader
) -> None:
    desk.opens("T-1", "10:00", severity="P1").opens("T-2", "10:00", severity="P1")
    await desk.report()
    async with poisoned(running, "T-1"):
        first, second = (await reader.read("/v1/tickets"))["items"]
    assert (first["ticket_id"], first["severity"], first["flags"]) == ("T-1", "P1", ["unreadable"])
    assert first.keys() == second.keys()
    assert second["flags"] == []


@asynccontextmanager
async def poisoned(running: Running, ticket_id: str) -> AsyncIterator[None]:
    """A ticket whose state nobody can read, until the block ends."""
    spoil = "UPDATE tickets SET state = $1 WHERE ticket_id = $2"
    async with running.service.database.connection() as connection:
        state = await connection.fetchval(
            "SELECT state FROM tickets WHERE ticket_id = $1", ticket_id
        )
        await connection.execute(spoil, "{}", ticket_id)
        yield
        await connection.execute(spoil, state, ticket_id)


async def test_what_makes_no_sense_is_refused(desk: Desk, reader: Reader) -> None:
    await five_tickets(desk)
    by_opening = (await reader.read("/v1/tickets", sort="opened", limit=1))["next_cursor"]
    wrong: list[dict[str, Any]] = [
        {"limit": 0},
        {"limit": 501},
        {"limit": -1},
        {"limit": "1e2"},
        {"cursor": "x"},
        {"cursor": by_opening},
        {"cursor": by_opening + "AA"},
        {"cursor": "W10"},
        {"cursor": "WyJuZXh0X2R1ZSIsbnVsbCwiXHUwMDAwIl0"},
        {"cursor": "A" * 5000},
        {"sort": "title"},
        {"status": "asleep"},
        {"status": ["open", "asleep"]},
        {"tier": -1},
        {"tier": 10**30},
        {"breached": "perhaps"},
        {"due_before": "soon"},
        {"policy": "\0"},
        {"policy": ["acme", "x" * 300]},
        {"clock": "\0"},
        {"q": "a\0"},
        {"q": "a" * 300},
        {"stauts": "open"},
        {"clock": ["first_response", "resolution"]},
        {"limit": [10, 10]},
    ]
    for parameters in wrong:
        answer = await reader.get("/v1/tickets", **parameters)
        assert answer.status_code == 422, parameters
        assert answer.json()["errors"][0]["pointer"] == next(iter(parameters))


async def test_a_ticket_is_found_by_what_it_is_called_now(desk: Desk, reader: Reader) -> None:
    """Words follow the title and the customer, also where what was told comes late or goes."""
    await desk.opens("T-1", "10:00", severity="P1", title="Calls fail", customer="Acme").report()
    assert await ids(reader, q="calls acme") == ["T-1"]
    await desk.happens("T-1", "10:30", "ticket.updated", title="Faxe gehen nicht").report()
    assert (await ids(reader, q="calls"), await ids(reader, q="FAX")) == ([], ["T-1"])
    late = {"title": "Something else", "customer": "Straße & Söhne"}
    await desk.happens("T-1", "10:20", "ticket.updated", **late).report()
    assert await ids(reader, q="something") == []
    assert await ids(reader, q="fax strasse sö") == ["T-1"]
    withdrawn = {"source": "desk", "id": "2"}
    await desk.happens("T-1", "10:40", "event.withdrawn", **withdrawn).report()
    assert (await ids(reader, q="something"), await ids(reader, q="faxe")) == (["T-1"], [])


async def test_titles_of_every_kind_are_recorded_and_found(desk: Desk, reader: Reader) -> None:
    titles = {
        "A": "a\x07b\x1fc 'quoted' back\\slash",
        "B": "電話が切れる",
        "C": "x" * 2000,
        "D": " ".join(f"w{number}" for number in range(400)),
        "E": "👍 \u202e",
    }
    for ticket_id, title in titles.items():
        desk.opens(ticket_id, "10:00", severity="P4", title=title)
    await desk.report()
    for q, found in (
        ("slash", "A"),
        ("quoted'", "A"),
        ("切れ", "B"),
        ("x" * 200, "C"),
        ("w98", "D"),
    ):
        assert await ids(reader, q=q) == [found]
    assert await ids(reader, q="👍") == []
