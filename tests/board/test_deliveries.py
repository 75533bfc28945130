"""Deliveries on the board: what failed is plain to see, and is sent again by a button."""

from playwright.async_api import expect

from app.webhooks.signing import new_secret
from tests.api.story import Desk
from tests.board.conftest import WITHIN, Board
from tests.conftest import Running
from tests.webhooks.receiver import OK, answers, receiving


async def test_what_a_receiver_refused_is_sent_again_by_a_button(
    board: Board, running: Running
) -> None:
    secret = new_secret()
    async with receiving(secret, behaviour=answers(400, "not today")) as receiver:
        subscription = {"url": receiver.url, "secret": secret, "types": ["sla.escalated"]}
        answer = await running.client.post("/v1/subscriptions", json=subscription)
        assert answer.status_code == 201
        await board.open("#/deliveries")
        await expect(board.page.get_by_text("Nothing was sent yet")).to_be_visible()
        await Desk(running).opens("T-1", None, severity="P1").report()
        row = board.page.get_by_role("row").filter(has_text="T-1")
        await expect(row).to_contain_text("failed", timeout=WITHIN)
        await row.get_by_text("answered 400").first.click()
        await expect(row.get_by_text("not today")).to_be_visible()
        await expect(board.page.get_by_text("s3cret")).to_have_count(0)
        async with running.service.database.connection() as connection:
            await connection.execute("UPDATE deliveries SET status = 'dead'")  # after three days
        await board.page.get_by_role("link", name="Dead", exact=True).click()
        await expect(row.locator(".delivery")).to_have_text("dead", timeout=WITHIN)
        receiver.behaviour = OK
        await row.get_by_role("button", name="Resend to T-1").click()
        await expect(board.page.get_by_text("Nothing is dead")).to_be_visible(timeout=WITHIN)
        await board.page.get_by_role("link", name="Delivered", exact=True).click()
        await expect(row.locator(".delivery")).to_have_text("delivered", timeout=WITHIN)
        assert len(receiver.heard) == 2


async def test_what_nobody_heard_is_plainly_shown(board: Board, running: Running) -> None:
    await board.open("#/unheard")
    await expect(board.page.get_by_text("Everything raised in the last 24 hours")).to_be_visible()
    await board.live()
    await Desk(running).opens("T-1", None, severity="P1").report()
    roles = board.page.get_by_role("table", name="Roles that nobody listens for")
    await expect(roles).to_contain_text("technical support manager", timeout=WITHIN)
    row = board.page.get_by_role("row").filter(has_text="T-1")
    await expect(row.get_by_role("button", name="Acknowledge")).to_be_visible()
    await expect(board.page.locator("#views .count")).to_have_text("1 role", timeout=WITHIN)
