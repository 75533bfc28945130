"""What holds on every view: nothing to complain of, room on every screen, keys, names, contrast."""

from datetime import timedelta

import pytest
from playwright.async_api import Browser, expect

from app.clock import host_now
from tests.api.story import Desk
from tests.board.conftest import Board, window
from tests.conftest import Running

VIEWS = {
    "#/next": "What is next",
    "#/forecast": "Forecast",
    "#/attainment": "Attainment",
    "#/deliveries": "Deliveries",
    "#/unheard": "Escalations nobody heard",
    "#/policies": "Policies",
    "#/policies/portaone": "Policy portaone",
    "#/policies/xecuritas": "Policy xecuritas",
    "#/tickets/T-1": "Ticket T-1",
}
NARROW, WIDE = 360, 1920

OPEN_ALL = "() => document.querySelectorAll('details').forEach((each) => { each.open = true; })"
FITS = "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"

SMALL_TARGETS = """() => [...document.querySelectorAll("button, select, input, summary, nav a")]
    .filter((each) => each.checkVisibility())
    .filter((each) => { const box = each.getBoundingClientRect();
                        return box.width > 0 && (box.height < 24 || box.width < 24)
                               && !["checkbox", "radio"].includes(each.type); })
    .map((each) => each.outerHTML.slice(0, 80))"""

HARD_TO_READ = """() => {
    const parts = (colour) => {
        const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number);
        return { r, g, b, a };
    };
    const light = ({ r, g, b }) => {
        const linear = [r, g, b].map((each) => each / 255)
            .map((each) => each <= 0.03928 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    };
    const ground = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const found = parts(getComputedStyle(at).backgroundColor);
            if (found.a === 1) return found;
        }
        return parts(getComputedStyle(document.body).backgroundColor);
    };
    const found = [];
    for (const element of document.querySelectorAll("body *")) {
        const says = [...element.childNodes].some((each) => each.nodeType === 3
            && each.data.trim());
        const elsewhere = element.closest("svg, .unseen, noscript, option");
        if (!says || elsewhere || !element.checkVisibility()) continue;
        const [one, other] = [parts(getComputedStyle(element).color), ground(element)].map(light);
        const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
        if (contrast < 4.5) found.push(`${contrast.toFixed(2)} ${element.outerHTML.slice(0, 100)}`);
    }
    return found;
}"""

NAMED = "a, button, input, select, table, nav, aside, section, [role=img]"
NAMELESS = """(named) => [...document.querySelectorAll(named)]
    .filter((each) => each.checkVisibility())
    .filter((each) => !(each.getAttribute("aria-label") || each.labels?.length
        || each.querySelector(":scope > caption")?.textContent
        || document.getElementById(each.getAttribute("aria-labelledby"))?.textContent
        || (["A", "BUTTON"].includes(each.tagName) && each.textContent.trim())))
    .map((each) => each.outerHTML.slice(0, 80))"""


@pytest.fixture
async def busy(running: Running) -> Desk:
    """A help desk with tickets in every state."""
    now = host_now()
    desk = Desk(running)
    desk.opens("T-1", now - timedelta(minutes=90), severity="P1", title="No calls go through")
    desk.opens("T-2", now - timedelta(minutes=10), severity="P2", customer="Aurora Telecom")
    desk.happens("T-2", now - timedelta(minutes=5), "ticket.agent_replied")
    desk.opens("N-1", now - timedelta(days=30), policy="netop", severity="low", title="W" * 300)
    desk.opens("X-1", now - timedelta(days=5), policy="xecuritas", severity="2")
    desk.happens("X-1", now - timedelta(days=4), "ticket.waiting_on_customer")
    desk.opens("T-3", now - timedelta(hours=3), severity="P3")
    await desk.happens("T-3", now - timedelta(hours=2), "ticket.resolved").report()
    return desk


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_view_can_be_read_named_and_hit(
    running: Running, browser: Browser, scheme: str
) -> None:
    async with window(browser, running.url, color_scheme=scheme) as board:
        for place, title in VIEWS.items():
            await board.open(place)
            heading = board.page.get_by_role("heading", level=1)
            await expect(heading).to_have_text(title)
            assert await board.page.evaluate(HARD_TO_READ) == [], place
            assert await board.page.evaluate(SMALL_TARGETS) == [], place
            assert await board.page.evaluate(NAMELESS, NAMED) == [], place
        assert await board.complaints() == []


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("width", [NARROW, 800, 1120, WIDE])
async def test_no_view_has_to_be_pushed_sideways(
    running: Running, browser: Browser, width: int
) -> None:
    async with window(browser, running.url, viewport={"width": width, "height": 800}) as board:
        for place in VIEWS:
            await board.open(place)
            await board.page.evaluate(OPEN_ALL)
            assert await board.page.evaluate(FITS), place
        assert await board.complaints() == []


@pytest.mark.usefixtures("busy")
async def test_it_can_be_walked_through_with_the_keyboard_alone(board: Board) -> None:
    await board.open()
    keyboard, page = board.page.keyboard, board.page
    await keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await keyboard.press("Enter")
    await expect(page.locator("#content")).to_be_focused()
    await keyboard.press("Tab")
    await expect(page.get_by_label("Search")).to_be_focused()
    await keyboard.press("2")  # a letter like any other while one writes
    await expect(page.get_by_label("Search")).to_have_value("2")
    await keyboard.press("Backspace")
    await page.get_by_label("Search").blur()
    for key, title in zip("123456", list(VIEWS.values())[:6], strict=True):
        await keyboard.press(key)
        await expect(page.get_by_role("heading", level=1)).to_have_text(title)
        if key != "1":
            await expect(page.get_by_role("heading", level=1)).to_be_focused()
    await keyboard.press("/")
    await expect(page.get_by_label("Search")).to_be_focused()
    await page.get_by_label("Search").blur()
    await keyboard.press("j")
    first = page.locator("tbody tr a.id").first
    await expect(first).to_be_focused()
    name = await first.text_content()
    await keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text(f"Ticket {name}")
    await expect(page.get_by_role("heading", level=1)).to_be_focused()


async def test_short_cuts_and_colours_are_the_readers_own(board: Board) -> None:
    await board.open()
    page = board.page
    await page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Settings")
    await expect(dialog).to_be_visible()
    await dialog.get_by_label("Dark").check()
    await dialog.get_by_label("In UTC").check()
    await dialog.get_by_label("Single keys do something").uncheck()
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await page.reload()
    await board.settled()
    assert await page.evaluate("() => getComputedStyle(document.body).colorScheme") == "dark"
    await expect(page.get_by_text("Times in UTC")).to_be_visible()
    await page.keyboard.press("2")
    await expect(page.get_by_role("heading", level=1)).to_have_text("What is next")


async def test_what_a_reader_has_opened_stays_open_while_it_is_drawn_anew(
    board: Board, busy: Desk
) -> None:
    await board.open("#/tickets/T-1")
    await board.live()
    events = board.page.locator("summary").filter(has_text="events")
    await events.click()
    await events.focus()
    await busy.happens("T-1", None, "ticket.customer_replied").report()
    row = board.page.get_by_role("row").filter(has_text="ticket.customer_replied")
    await expect(row).to_be_visible()
    await expect(events).to_be_focused()
