"""What is next, as a person sees it: tickets come by themselves, deadlines turn late."""

from datetime import timedelta

import pytest
from playwright.async_api import expect

from app.clock import host_now
from tests.api.story import Desk
from tests.board.conftest import WITHIN, Board
from tests.conftest import Running

WRONG_CLOCK = "const real = Date.now; Date.now = () => real() + 3 * 3600 * 1000;"


@pytest.fixture
def desk(running: Running) -> Desk:
    """A help desk."""
    return Desk(running)


async def test_where_there_are_no_tickets_the_board_says_so(board: Board) -> None:
    await board.open()
    await expect(board.page.get_by_text("There are no tickets yet")).to_be_visible()


async def test_a_ticket_appears_without_reloading(board: Board, desk: Desk) -> None:
    await board.open()
    await board.live()
    await board.page.evaluate("() => { window.same = true }")
    await desk.opens("T-1", None, severity="P1", title="No calls go through").report()
    row = board.page.get_by_role("row").filter(has_text="No calls go through")
    await expect(row).to_contain_text("in 59 m", timeout=WITHIN)
    assert await board.page.evaluate("() => window.same")


async def test_a_countdown_reaches_zero_and_turns_late(board: Board, desk: Desk) -> None:
    await board.open()
    await board.live()
    await desk.opens("Q-1", None, policy="quick", severity="S1", title="Now").report()
    row = board.page.get_by_role("row").filter(has_text="Q-1")
    await expect(row.locator(".countdown").first).to_contain_text("in ", timeout=WITHIN)
    late = row.locator(".countdown.late")
    await expect(late).to_contain_text("late by", timeout=WITHIN)
    await expect(late.locator("svg")).to_be_visible()
    await expect(board.page.get_by_text("Late: 1 ticket")).to_be_visible(timeout=WITHIN)
    await expect(row).to_contain_text("then tier 1 of repair: manager")
    await expect(board.page.locator("#announcer")).to_have_text("Q-1, answer, is late")


async def test_late_tickets_stand_before_those_that_are_next(board: Board, desk: Desk) -> None:
    now = host_now()
    desk.opens("T-soon", now - timedelta(minutes=58), severity="P1")
    desk.opens("T-late", now - timedelta(hours=3), severity="P2")
    desk.opens("T-later", now - timedelta(hours=4), severity="P2")
    desk.opens("T-over", now - timedelta(hours=1), severity="P1")
    await desk.happens("T-over", now - timedelta(minutes=50), "ticket.resolved").report()
    await board.open()
    shown = await board.page.locator("tbody tr .id").all_text_contents()
    assert shown == ["T-late", "T-later", "T-soon", "T-over"]


async def test_many_late_tickets_do_not_hide_what_is_next(board: Board, desk: Desk) -> None:
    now = host_now()
    for number in range(12):
        opened = now - timedelta(minutes=90 + number)
        desk.opens(f"T-{number:02}", opened, severity="P1", title="Down")
    await desk.opens("N-1", now, policy="netop", severity="low").report()
    await board.open()
    title = board.page.get_by_role("rowheader", name="Late: 12 tickets, the last 10 to turn late.")
    await expect(title).to_be_visible()
    row = board.page.get_by_role("row").filter(has_text="T-11")
    await expect(row).to_contain_text("in 2 h")
    await expect(row).to_contain_text("first response late by 41 m")
    await title.get_by_role("link", name="Show all late ones").click()
    await expect(board.page.locator("tbody .id")).to_have_count(12)
    await expect(board.page.get_by_label("Show", exact=True)).to_have_value("yes")


async def test_countdowns_follow_the_clock_of_the_service(board: Board, desk: Desk) -> None:
    await board.page.add_init_script(WRONG_CLOCK)
    await desk.opens("T-1", None, severity="P1").report()
    await board.open()
    row = board.page.get_by_role("row").filter(has_text="T-1")
    await expect(row.locator(".when .countdown")).to_contain_text("in 59 m")


async def test_filters_narrow_the_list_and_stand_in_the_address(board: Board, desk: Desk) -> None:
    desk.opens("T-1", None, severity="P1", title="Calls fail")
    desk.opens("T-2", None, severity="P2", title="Invoices lack a line")
    await desk.opens("N-1", None, policy="netop", severity="low", title="Calls are quiet").report()
    await board.open()
    await board.page.get_by_label("Search").fill("calls")
    await expect(board.page.locator("tbody .id")).to_have_text(["T-1", "N-1"])
    await board.page.get_by_label("Policy", exact=True).select_option("netop")
    await expect(board.page.locator("tbody .id")).to_have_text(["N-1"])
    assert board.page.url.endswith("#/next?q=calls&policy=netop")
    await board.page.get_by_label("Search").fill("nobody called so")
    await board.page.get_by_role("link", name="Show all").click()
    await expect(board.page.locator("tbody .id")).to_have_count(3)
    await expect(board.page.get_by_label("Search")).to_have_value("")


async def test_more_tickets_than_a_page_holds_come_page_by_page(board: Board, desk: Desk) -> None:
    for number in range(60):
        desk.opens(f"T-{number:02}", None, severity="P3")
    await desk.report()
    await board.open()
    first = await board.page.locator("tbody .id").all_text_contents()
    await board.page.get_by_role("link", name="Next page").click()
    await expect(board.page.locator("tbody .id")).to_have_count(10)
    second = await board.page.locator("tbody .id").all_text_contents()
    assert sorted(first + second) == [f"T-{number:02}" for number in range(60)]
    await board.page.go_back()
    await expect(board.page.locator("tbody .id")).to_have_count(50)


async def test_however_much_happens_the_board_asks_a_handful_of_times(
    board: Board, desk: Desk
) -> None:
    await desk.opens("T-0", None, severity="P1").report()
    await board.open()
    await board.live()
    board.requests.clear()
    for number in range(1, 101):
        await desk.opens(f"T-{number}", None, severity="P2").report()
    await expect(board.page.locator("tbody .id")).to_have_count(50, timeout=WITHIN)
    asked = [request for request in board.requests if "/v1/tickets" in request.url]
    assert len(asked) < 20  # two a refresh, and a refresh a second: not two an event
