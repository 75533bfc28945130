"""Rows that another version of this code wrote are read as well before they are written again."""

from datetime import timedelta
from typing import Any

import pytest

from app.clock import host_now
from app.store.database import Database
from tests.api.story import Desk, Reader
from tests.conftest import Running

OF_BEFORE = """
    UPDATE tickets
    SET state = '{"ticket_id": "T"}', state_format = 2, ahead_at = NULL, ahead = NULL,
        onward_at = NULL, onward = NULL, judged_from = NULL
"""
TICKETS = ("runs", "waits", "resolved", "late")
PASSING = ("as_of", "elapsed_seconds", "remaining_seconds", "paused_seconds")


@pytest.fixture
async def desk(running: Running) -> Desk:
    """Four tickets: one runs, one waits on the customer, one is resolved, one's facts came late."""
    desk, opened = Desk(running), host_now() - timedelta(hours=3)
    for name in TICKETS:
        desk.opens(name, opened, severity="P1", title=f"It {name}")
        desk.happens(name, opened + timedelta(minutes=90), "ticket.agent_replied")
    desk.happens("waits", opened + timedelta(hours=2), "ticket.waiting_on_customer")
    desk.happens("resolved", opened + timedelta(hours=2), "ticket.resolved")
    desk.happens("late", opened + timedelta(hours=1), "ticket.agent_replied")
    await desk.report()
    return desk


async def answers(running: Running) -> list[object]:
    """What is answered of tickets and of their future; but for the seconds that pass."""
    reader = Reader(running)
    tickets = [await reader.ticket(name) for name in TICKETS]
    listed = (await reader.read("/v1/tickets", sort="opened"))["items"]
    forecast = await reader.read("/v1/forecast", until=host_now() + timedelta(days=2))
    of_cto = await reader.read("/v1/forecast", role="cto")
    ahead = [forecast[name] for name in ("items", "by_role", "tickets", "complete")]
    (raised, *_) = (await reader.read("/v1/escalations", ticket="runs"))["items"]
    told = await running.client.post("/v1/subscriptions/preview", json={"event": raised["id"]})
    return [
        _lasting([*tickets, *listed, told.json()["body"]["data"]["ticket"]]),
        ahead,
        of_cto["items"],
        of_cto["tickets"],
    ]


def _lasting(states: list[dict[str, Any]]) -> list[dict[str, Any]]:
    shown = []
    for state in states:
        clocks = [{k: v for k, v in each.items() if k not in PASSING} for each in state["clocks"]]
        shown.append({**state, "clocks": clocks, "as_of": None})
    return shown


async def test_a_row_of_another_format_is_answered_as_any_other(
    desk: Desk, running: Running, database: Database
) -> None:
    """As after an update that changed the state's shape, and before ``escalator rebuild``."""
    before = await answers(running)
    async with database.connection() as connection:
        await connection.execute(OF_BEFORE)
    assert await answers(running) == before
    for name in TICKETS:  # written again, for the rebuild to come
        desk.happens(name, None, "ticket.customer_replied")
    await desk.report()
