"""One ticket on the board: its ladder, its pauses, who has taken it on."""

from datetime import timedelta

import pytest
from playwright.async_api import expect

from app.clock import host_now
from tests.api.story import Desk
from tests.board.conftest import WITHIN, Board
from tests.conftest import Running

HOSTILE = "<img src=x onerror='document.title=1'><script>document.title=2</script>\u202etxt.exe"


@pytest.fixture
def desk(running: Running) -> Desk:
    """A help desk."""
    return Desk(running)


async def test_a_ladder_shows_marks_passed_and_marks_to_come(board: Board, desk: Desk) -> None:
    opened = host_now() - timedelta(minutes=90)
    await desk.opens("T-1", opened, severity="P1", title="Down").report()
    await board.open("#/tickets/T-1")
    picture = board.page.get_by_role("img", name="clocks of ticket T-1")
    await expect(picture).to_be_visible()
    await expect(picture.locator(".point.escalation.reached")).to_have_count(2)
    await expect(picture.locator(".point.escalation.to_come")).to_have_count(1)
    table = board.page.get_by_role("table", name="Marks in the order of time")
    rows = await table.get_by_role("row").all_inner_texts()
    said = [" ".join(row.split()) for row in rows[1:]]
    assert [text.split(" ", 4)[4] for text in said[:3]] == [
        "tier 1 resolution technical support manager reached",
        "breach first response everyone subscribed reached",
        "tier 2 resolution customer relations manager reached",
    ]
    assert "tier 3 resolution cto to come" in said[3]


async def test_a_pause_is_drawn_and_explained_and_stands_still(board: Board, desk: Desk) -> None:
    now = host_now()
    desk.opens("Q-1", now - timedelta(minutes=50), policy="quick", severity="S1")
    desk.happens("Q-1", now - timedelta(minutes=40), "ticket.agent_replied")
    await desk.happens("Q-1", now - timedelta(minutes=30), "ticket.waiting_on_customer").report()
    await board.open("#/tickets/Q-1")
    stand = board.page.locator(".clock.paused .stand")
    await expect(stand).to_have_text("paused, 1 h 40 m left")
    await expect(board.page.locator("svg[role=img] rect.segment.paused")).to_have_count(1)
    await board.page.get_by_text("repair: 2h, day and night").click()
    table = board.page.get_by_role("table", name="Every stretch of repair")
    await expect(table.get_by_role("row").filter(has_text="paused")).to_contain_text(
        "waiting on customer"
    )


async def test_acknowledging_shows_who_has_taken_it_on(board: Board, desk: Desk) -> None:
    await desk.opens("T-1", None, severity="P1", title="Down").report()
    await board.open()
    button = board.page.get_by_role("button", name="Acknowledge the tier 1 of T-1")
    await button.click()
    await board.page.get_by_label("Your name").fill("Anna")
    await board.page.get_by_role("dialog").get_by_role("button", name="Acknowledge").click()
    await expect(button).to_have_count(0, timeout=WITHIN)
    await board.follow("#/tickets/T-1")
    table = board.page.get_by_role("table", name="Who was told of what")
    await expect(table.get_by_role("row").filter(has_text="tier 1")).to_contain_text("by Anna")


async def test_an_acknowledgement_from_elsewhere_shows_by_itself(
    board: Board, desk: Desk, running: Running
) -> None:
    await desk.opens("T-1", None, severity="P1").report()
    await board.open("#/tickets/T-1")
    await board.live()
    told = (await running.client.get("/v1/escalations")).json()["items"]
    path = f"/v1/escalations/{told[0]['id']}/acknowledge"
    assert (await running.client.post(path, json={"by": "Ben"})).status_code == 200
    await expect(board.page.get_by_text("by Ben")).to_be_visible(timeout=WITHIN)


@pytest.mark.parametrize(
    "title", [HOSTILE, "x" * 2000, "\u202e" + "مرحبا " * 50], ids=["markup", "long", "turned"]
)
async def test_a_hostile_title_stays_text(board: Board, desk: Desk, title: str) -> None:
    await desk.opens("<b>T</b>/1?#", None, severity="P1", title=title, customer=title).report()
    await board.page.set_viewport_size({"width": 360, "height": 800})
    await board.open()
    await board.page.get_by_role("row").get_by_role("link", name="<b>T</b>/1?#").click()
    await board.settled()
    await expect(board.page.get_by_role("heading", level=1)).to_have_text("Ticket <b>T</b>/1?#")
    await expect(board.page.locator(".headline")).to_contain_text(title[1:40].strip())
    assert await board.page.locator("img, script:not([src]), main b").count() == 0
    assert await board.page.title() == "Ticket <b>T</b>/1?# · escalator"
    assert await board.page.evaluate(
        "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )


async def test_a_link_that_is_none_is_shown_and_not_followed(board: Board, desk: Desk) -> None:
    await desk.opens("T-1", None, severity="P1", url="javascript:document.title=1").report()
    await board.open("#/tickets/T-1")
    await expect(board.page.get_by_text("javascript:document.title=1").first).to_be_visible()
    assert await board.page.locator("a[href^=javascript]").count() == 0


async def test_a_ticket_that_is_not_there_is_said_in_words(board: Board) -> None:
    await board.open("#/tickets/T-none")
    await expect(board.page.get_by_role("alert").first).to_contain_text("there is no ticket")
    missing = "error: Failed to load resource: the server responded with a status of 404"
    assert all(each.startswith(missing) for each in board.noise)
    board.noise.clear()
