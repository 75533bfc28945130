"""The key: asked for once, kept where the reader wants it, forgotten at will."""

import pytest
from playwright.async_api import Browser, BrowserContext, expect

from tests.api.keyed import key
from tests.api.story import Desk
from tests.board.conftest import WITHIN, Board, tab, window
from tests.conftest import Running

REFUSED = "error: Failed to load resource: the server responded with a status of"


@pytest.fixture
async def reading(running: Running) -> str:
    """A key that may read, once there is something to read."""
    await Desk(running).opens("T-1", None, severity="P1", title="Down").report()
    return (await key(running, "read"))["Authorization"].removeprefix("Bearer ")


async def give(board: Board, text: str, *, remember: bool = False) -> None:
    """Types a key into the dialog."""
    await board.page.get_by_label("Key", exact=True).fill(text)
    await board.page.get_by_label("Remember on this device").set_checked(remember)
    await board.page.get_by_role("button", name="Use this key").click()


async def shows_the_ticket(board: Board) -> None:
    """The list is there."""
    await expect(board.page.get_by_role("link", name="T-1").first).to_be_visible(timeout=WITHIN)


def only_refusals(board: Board) -> bool:
    """Whether the browser only told that requests were refused."""
    return all(each.startswith(REFUSED) for each in board.noise)


def beside(board: Board) -> BrowserContext:
    """Where a tab of the same browser opens."""
    return board.page.context


async def test_a_key_is_asked_for_once_and_kept_with_the_tab(
    running: Running, browser: Browser, reading: str
) -> None:
    async with window(browser, running.url) as board:
        await board.page.goto(f"{board.url}/#/next")
        await expect(board.page.get_by_role("dialog", name="A key is needed")).to_be_visible()
        await give(board, "esk_wrong")
        await expect(board.page.get_by_text("This key is not valid")).to_be_visible()
        await give(board, reading)
        await shows_the_ticket(board)
        await board.live()
        await board.page.reload()
        await shows_the_ticket(board)
        await expect(board.page.get_by_role("dialog")).to_have_count(0)
        assert not [request for request in board.requests if reading in request.url]
        other = await tab(beside(board), board.url)
        await other.page.goto(f"{board.url}/#/next")
        await expect(other.page.get_by_role("dialog", name="A key is needed")).to_be_visible()
        assert only_refusals(board)


async def test_a_key_is_remembered_on_the_device_and_forgotten_at_will(
    running: Running, browser: Browser, reading: str
) -> None:
    async with window(browser, running.url) as board:
        await board.page.goto(f"{board.url}/#/next")
        await give(board, reading, remember=True)
        await shows_the_ticket(board)
        other = await tab(beside(board), board.url)
        await other.open()
        await shows_the_ticket(other)
        await other.page.get_by_role("button", name="Forget key").click()
        await expect(other.page.get_by_role("dialog", name="A key is needed")).to_be_visible()
        await expect(other.page.get_by_role("link", name="T-1")).to_have_count(0)
        assert reading not in await other.page.evaluate("() => JSON.stringify({...localStorage})")


async def test_a_reader_who_gives_no_key_is_told_so_and_may_give_one_later(
    running: Running, browser: Browser, reading: str
) -> None:
    async with window(browser, running.url) as board:
        await board.page.goto(f"{board.url}/#/next")
        await expect(board.page.get_by_role("dialog", name="A key is needed")).to_be_visible()
        await board.page.keyboard.press("Escape")
        await expect(board.page.get_by_text("A key is needed to see anything")).to_be_visible()
        await expect(board.page.get_by_role("dialog")).to_have_count(0)
        await board.page.get_by_role("button", name="Give a key").click()
        await give(board, reading)
        await shows_the_ticket(board)


async def test_what_a_key_may_not_do_is_said_in_words(
    running: Running, browser: Browser, reading: str
) -> None:
    async with window(browser, running.url) as board:
        await board.page.goto(f"{board.url}/#/deliveries")
        await give(board, reading)
        trouble = board.page.locator("#trouble")
        await expect(trouble).to_contain_text("This key may not see or do that")
        await expect(trouble).to_contain_text("admin")
        assert only_refusals(board)
