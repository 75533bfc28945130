"""A real Chromium that shows the board of the real service, and says what it had to complain of."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Request, async_playwright

from app.settings import Settings
from tests.conftest import PROJECT, Running

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",  # root, as in a container, has none
    "--disable-dev-shm-usage",
)
WITHIN = 15_000
"""How long is waited for what has to show, in milliseconds."""

VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation",
    (event) => window.violations.push(event.violatedDirective + " " + event.blockedURI));
"""

QUICK = """
id: quick
name: Quick
roles: [manager, director]
severities: [{id: S1, name: Now}]
clocks:
  - id: answer
    meets: [ticket.agent_replied, ticket.resolved, ticket.closed]
    targets: [{severity: S1, due: 4s}]
  - id: repair
    meets: [ticket.resolved, ticket.closed]
    pauses_on: [waiting_on_customer]
    assumed: Time in which the customer is asked does not count.
    targets:
      - {severity: S1, due: 2h, ladder: [{after: 1h, tell: manager}, {after: 3h, tell: director}]}
"""
"""A policy whose first deadline comes while one waits."""


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """With a policy that is quicker than any organisation's."""
    folder = tmp_path / "policies"
    shutil.copytree(PROJECT / "policies", folder)
    (folder / "quick.yaml").write_text(QUICK)
    return settings.model_copy(update={"policies_dir": folder})


@dataclass(slots=True)
class Board:
    """The board in a window of its own."""

    page: Page
    url: str
    noise: list[str] = field(default_factory=list)
    """What the browser complained of."""
    requests: list[Request] = field(default_factory=list)

    async def open(self, place: str = "#/next") -> None:
        """Goes to a place by its address, as from a bookmark, and waits until it is shown."""
        await self.page.goto(f"{self.url}/{place}")
        await self.settled()

    async def follow(self, place: str) -> None:
        """Goes to a place within the page."""
        await self.page.evaluate("place => { location.hash = place }", place)
        await self.settled()

    async def settled(self) -> None:
        """Waits until the view shows what it read."""
        await self.page.wait_for_function(
            "() => !document.querySelector('main').hasAttribute('aria-busy')"
            " && !document.querySelector('#content').textContent.startsWith('Loading')"
        )

    async def live(self) -> None:
        """Waits until it follows the log."""
        await self.page.wait_for_selector("#live[data-state=live]")

    async def complaints(self) -> list[str]:
        """Everything the browser had to say, and what the page's policy forbade."""
        return self.noise + list(await self.page.evaluate("() => window.violations ?? []"))


@asynccontextmanager
async def window(browser: Browser, url: str, **options: object) -> AsyncIterator[Board]:
    """A window that shares nothing with others; closed at the end."""
    context = await browser.new_context(**options)  # type: ignore[arg-type]  # Playwright's own
    context.set_default_timeout(WITHIN)
    try:
        yield await tab(context, url)
    finally:
        await context.close()


async def tab(context: BrowserContext, url: str) -> Board:
    """A page that is listened to."""
    page = await context.new_page()
    board = Board(page, url)
    page.on("console", lambda message: board.noise.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: board.noise.append(f"error: {error.stack}"))
    page.on("request", lambda request: board.requests.append(request))
    await page.add_init_script(VIOLATIONS)
    return board


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """The Chromium of this machine."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        await browser.close()


@pytest.fixture
async def board(running: Running, browser: Browser) -> AsyncIterator[Board]:
    """The board of the running service; at the end nothing may have been complained of."""
    async with window(browser, running.url) as board:
        yield board
        assert await board.complaints() == []
