"""The live stream: cut off it comes back by itself, and what it reads it reads whole."""

import httpx
from playwright.async_api import Browser, Route, expect

from app.listening import listening
from app.main import run
from app.settings import Settings
from tests.board.conftest import WITHIN, Board, window
from tests.conftest import Running
from tests.processes import free_port

OPENED = {
    "source": "desk",
    "type": "ticket.opened",
    "data": {"policy": "portaone", "severity": "P1"},
}
BUSY = "error: Failed to load resource: the server responded with a status of 503"
LOST = "error: Failed to load resource: net::ERR_"

EVERY_CUT = r"""async () => {
    const { EventReader } = await import("/board/sse.js");
    const text = "\uFEFFretry: 2000\n\nid: 1\r\nevent: sla.met\r\ndata: {\"a\":\r\ndata: 1}\r\n\r\n"
        + ": ping\nid: 2\n\ndata\n\nid:3\rdata:x\r\revent: lost\ndata: not ended";
    const read = (...pieces) => {
        const reader = new EventReader();
        const events = pieces.flatMap((piece) => reader.read(piece));
        return JSON.stringify([events, reader.lastId, reader.retry]);
    };
    const answers = new Set([read(text), read(...text)]);
    for (let one = 0; one <= text.length; one += 1)
        for (let other = one; other <= text.length; other += 1)
            answers.add(read(text.slice(0, one), text.slice(one, other), text.slice(other)));
    return [...answers].map(JSON.parse);
}"""


async def test_a_stream_that_is_cut_comes_back_without_reloading(
    settings: Settings, database_url: str, browser: Browser
) -> None:
    port = free_port()
    async with (
        window(browser, f"http://127.0.0.1:{port}") as board,
        httpx.AsyncClient(base_url=board.url) as client,
    ):
        async with run(settings, database_url) as one, listening(one, "127.0.0.1", port):
            await board.open()
            await board.live()
            await client.post("/v1/events", json=OPENED | {"id": "1", "subject": "T-before"})
            row = board.page.get_by_role("row").filter(has_text="T-before")
            await expect(row).to_be_visible(timeout=WITHIN)
            await board.page.evaluate("() => { window.same = true }")
        await expect(board.page.locator("#live")).not_to_have_text("Live", timeout=WITHIN)
        board.requests.clear()
        async with run(settings, database_url) as other, listening(other, "127.0.0.1", port):
            await client.post("/v1/events", json=OPENED | {"id": "2", "subject": "T-after"})
            await expect(board.page.locator("#live")).to_have_text("Live", timeout=2 * WITHIN)
            row = board.page.get_by_role("row").filter(has_text="T-after")
            await expect(row).to_be_visible(timeout=WITHIN)
            assert await board.page.evaluate("() => window.same")
            resumed = [each for each in board.requests if each.url.endswith("/v1/stream")]
            assert int((await resumed[-1].all_headers())["last-event-id"]) > 0
            assert all(each.startswith(LOST) for each in board.noise)
            await board.page.close()  # or its stream would keep the service from ending


async def test_without_a_stream_the_board_looks_every_few_seconds(
    running: Running, browser: Browser
) -> None:
    async with window(browser, running.url) as board:
        await board.page.route("**/v1/stream", _too_many)
        await board.open()
        await expect(board.page.locator("#live")).to_contain_text("looks every few seconds")
        opened = OPENED | {"id": "1", "subject": "T-1"}
        assert (await running.client.post("/v1/events", json=opened)).status_code == 201
        row = board.page.get_by_role("row").filter(has_text="T-1")
        await expect(row).to_be_visible(timeout=WITHIN)
        assert all(each.startswith(BUSY) for each in board.noise)


async def _too_many(route: Route) -> None:
    await route.fulfill(status=503, headers={"Retry-After": "1"})


async def test_events_are_read_alike_wherever_their_text_is_cut(board: Board) -> None:
    await board.open()
    assert await board.page.evaluate(EVERY_CUT) == [
        [
            [
                {"type": "sla.met", "data": '{"a":\n1}', "id": "1"},
                {"type": "message", "data": "", "id": "2"},
                {"type": "message", "data": "x", "id": "3"},
            ],
            "3",
            2000,
        ]
    ]
