"""``/ack/{token}``: a person takes an escalation on by the link they were sent."""

import base64
import logging
import re
from datetime import datetime, timedelta
from hashlib import sha256
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest

from app.clock import host_now
from app.settings import Settings
from app.store.sealed import Seals, keys_in, new_key
from app.webhooks.links import Addresses
from tests.api.keyed import key
from tests.api.story import Desk
from tests.api.subscribing import Json, make, open_ticket, until
from tests.conftest import Running, serving
from tests.webhooks.receiver import receiving

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>&amp;'
VOID = {"meta", "input", "br", "link"}


class Page(HTMLParser):
    """A page read strictly: every element is closed, where it was opened."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert text.startswith("<!doctype html>")
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        assert len(dict(attrs)) == len(attrs), "an attribute stands twice"
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """What is read; not the style."""
        if self.open[-1:] != ["style"]:
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every such element."""
        return [attributes for each, attributes in self.elements if each == tag]


async def escalation(running: Running) -> Json:
    """The newest escalation."""
    answer = await running.client.get("/v1/escalations")
    newest: Json = answer.json()["items"][0]
    return newest


def link_to(running: Running, shown: Json, **later: float) -> str:
    """The link to acknowledge an escalation by, made at its raising or so much later."""
    at = datetime.fromisoformat(shown["raised_at"]) + timedelta(**later)
    return running.service.addresses.acknowledge(shown["id"], at)


@pytest.fixture
async def link(running: Running) -> str:
    """The link of a P1's escalation, in a service that asks for keys."""
    await open_ticket(running, "T-1")
    return link_to(running, await escalation(running))


async def acknowledgements(running: Running) -> list[str]:
    """Who acknowledged, as the log has it."""
    items = (await running.client.get("/v1/tickets/T-1/events")).json()["items"]
    return [each["data"]["by"] for each in items if each["type"] == "escalation.acknowledged"]


async def test_the_link_of_a_webhook_shows_the_escalation_and_acknowledges_it(
    settings: Settings, database_url: str
) -> None:
    settings = settings.model_copy(update={"public_url": "https://sla.example/escalator/"})
    async with serving(settings, database_url) as running, receiving() as receiver:
        await make(running, receiver)
        await open_ticket(running, "T-1")
        await until(lambda: bool(receiver.heard))
        url = receiver.heard[0].event["data"]["links"]["acknowledge"]
        assert url.startswith("https://sla.example/escalator/ack/")
        path = urlsplit(url).path.removeprefix("/escalator")
        shown = Page((await running.client.get(path)).text)
        assert all(each in shown.text for each in ("T-1", "technical_support_manager", "P1"))
        (form,) = shown.all("form")
        assert form == {"method": "post"}, "it goes to where it came from, also behind a proxy"
        assert [each["name"] for each in shown.all("input")] == ["by"]
        answer = await running.client.post(path, data={"by": " Anna  Ząb "})
        assert answer.status_code == 200
        done = Page(answer.text)
        assert "You have taken this on" in done.text
        assert done.all("form") == []
        now = await escalation(running)
        assert now["acknowledged_by"] == "Anna Ząb"


async def test_it_needs_no_key_where_keys_are_asked_for(running: Running, link: str) -> None:
    headers = await key(running, "read")
    assert (await running.client.get("/v1/escalations")).status_code == 401
    assert (await running.client.post(link, data={"by": "anna"})).status_code == 200
    shown = (await running.client.get("/v1/escalations", headers=headers)).json()["items"][0]
    assert shown["acknowledged_by"] == "anna"


async def test_who_only_looks_acknowledges_nothing(running: Running, link: str) -> None:
    for method in ("GET", "HEAD", "OPTIONS"):
        for agent in ("Slackbot-LinkExpanding 1.0", "SkypeUriPreview", "Mozilla/5.0"):
            await running.client.request(method, link, headers={"User-Agent": agent})
    assert (await escalation(running))["acknowledged_at"] is None
    assert await acknowledgements(running) == []


async def test_who_comes_later_is_shown_who_it_was_and_adds_nothing(
    running: Running, link: str
) -> None:
    first = await running.client.post(link, data={"by": "anna"})
    again = await running.client.post(link, data={"by": "anna"})
    later = await running.client.post(link, data={"by": "bob"})
    looked = await running.client.get(link)
    assert "You have taken this on" in first.text
    assert "You have taken this on" in again.text
    assert re.search(r"Acknowledged by anna at .* UTC already; your name was not", later.text)
    assert re.search(r"Acknowledged by anna at .* UTC already\.", looked.text)
    assert "<form" not in looked.text + later.text
    assert await acknowledgements(running) == ["anna"]


async def test_one_that_was_retracted_has_nothing_to_acknowledge(running: Running) -> None:
    desk = Desk(running).opens("T-1", "10:00", severity="P2")
    await desk.report()
    shown = await escalation(running)
    desk.happens("T-1", "10:05", "ticket.resolved")
    await desk.report()
    answer = await running.client.post(link_to(running, shown, days=9999), data={"by": "anna"})
    assert "Retracted at" in answer.text
    assert "<form" not in answer.text
    assert await acknowledgements(running) == []


async def test_forged_altered_and_expired_links_are_refused(running: Running, link: str) -> None:
    shown = await escalation(running)
    id_, expires, signature = link.removeprefix("/ack/").split(".")
    other = Addresses(Seals(keys_in(new_key())), None)
    forged = [
        f"/ack/{id_}.{int(expires) + 1}.{signature}",
        f"/ack/{'0' * len(id_)}.{expires}.{signature}",
        f"/ack/{id_}.{expires}.{signature[:-4]}AAAA",
        f"/ack/{id_}.{expires}.",
        f"/ack/{id_}.{expires}",
        "/ack/x",
        "/ack/%00",
        "/ack/%C5%BC.%ED%A0%80.%FF",
        f"/ack/{'a.' * 4000}",
        other.acknowledge(shown["id"], host_now()),
    ]
    expired = link_to(running, shown, days=-8)
    unknown = running.service.addresses.acknowledge("f" * 32, host_now())
    for path, status in [*((each, 403) for each in forged), (expired, 410), (unknown, 404)]:
        for answer in (
            await running.client.get(path),
            await running.client.post(path, data={"by": "eve"}),
        ):
            assert answer.status_code == status, path
            assert Page(answer.text).all("form") == []
            assert "default-src 'none'" in answer.headers["content-security-policy"]
        as_json = await running.client.get(path, headers={"Accept": "application/json"})
        assert as_json.status_code == status
        assert as_json.headers["content-type"] == "application/problem+json"
    assert await acknowledgements(running) == []


async def test_a_link_lasts_for_the_days_that_are_configured(
    settings: Settings, database_url: str
) -> None:
    settings = settings.model_copy(update={"acknowledge_link_days": 1})
    async with serving(settings, database_url) as running:
        await open_ticket(running, "T-1")
        shown = await escalation(running)
        young, old = link_to(running, shown, hours=-23), link_to(running, shown, hours=-25)
        assert (await running.client.get(young)).status_code == 200
        assert (await running.client.get(old)).status_code == 410


@pytest.mark.parametrize("by", [None, "", "  \t ", "x" * 201, "\0"])
async def test_a_name_is_asked_for(running: Running, link: str, by: str | None) -> None:
    answer = await running.client.post(link, data={} if by is None else {"by": by, "to": "x"})
    if by is None:
        answer = await running.client.post(
            link, content=b"", headers={"Content-Type": "application/x-www-form-urlencoded"}
        )
    assert answer.status_code == 422
    page = Page(answer.text)
    assert "Please give your name" in page.text
    (field,) = (each for each in page.all("input"))
    assert field["aria-describedby"] == "complaint"
    assert await acknowledgements(running) == []


async def test_bodies_that_are_no_form_are_refused(running: Running, link: str) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for body, headers, status in (
        (b"by=anna", {"Content-Type": "text/plain"}, 415),
        (b"by=anna", {}, 415),
        (b"by=\xff", form, 400),
        (b"by=%FF", form, 400),
        (b"by=anna" + b"&x=1" * 100, form, 400),
        (b"by=" + b"a" * 5000, form, 413),
        (b"{", {"Content-Type": "application/json"}, 400),
        (b'{"by": ""}', {"Content-Type": "application/json"}, 422),
        (b'{"by": "\\ud800"}', {"Content-Type": "application/json"}, 400),
    ):
        answer = await running.client.post(link, content=body, headers=headers)
        assert answer.status_code == status, (body[:20], answer.text)
    assert await acknowledgements(running) == []


async def test_a_program_may_post_json_as_to_the_api(running: Running, link: str) -> None:
    looked = await running.client.get(link, headers={"Accept": "application/json"})
    assert looked.json()["acknowledged_at"] is None
    answer = await running.client.post(link, json={"by": "bot"})
    assert answer.json()["acknowledged_by"] == "bot"
    assert answer.json() == {**await escalation(running)}


async def test_what_a_ticket_says_stays_text(running: Running) -> None:
    event = {
        "id": "1",
        "source": "desk",
        "type": "ticket.opened",
        "subject": HOSTILE,
        "data": {
            "policy": "portaone",
            "severity": "P1",
            "title": HOSTILE + "a" * 1000,
            "customer": HOSTILE,
            "url": "javascript:alert(3)",
        },
    }
    assert (await running.client.post("/v1/events", json=event)).status_code == 201
    link = link_to(running, await escalation(running))
    shown = await running.client.get(link)
    done = await running.client.post(link, data={"by": HOSTILE})
    wrong = await running.client.post(
        link_to(running, await escalation(running), hours=1), data={"by": HOSTILE * 9}
    )
    for answer in (shown, done, wrong):
        page = Page(answer.text)
        assert page.text.count(HOSTILE) >= 3
        assert not {"script", "img", "iframe", "link"} & {tag for tag, _ in page.elements}
        assert not any(name.startswith("on") for _, given in page.elements for name in given)
        assert "javascript:" not in answer.text
    safe = {
        **event,
        "id": "2",
        "type": "ticket.updated",
        "data": {"url": "https://desk.example/?a=1&b"},
    }
    await running.client.post("/v1/events", json=safe)
    page = Page((await running.client.get(link)).text)
    assert [each["href"] for each in page.all("a")] == ["https://desk.example/?a=1&b"]


async def test_the_page_brings_all_it_needs_and_allows_nothing_else(
    running: Running, link: str
) -> None:
    answer = await running.client.get(link)
    page = Page(answer.text)
    assert not any(
        name in given for _, given in page.elements for name in ("src", "style", "action")
    )
    assert not page.all("link")
    assert not page.all("script")
    (viewport,) = (each for each in page.all("meta") if each.get("name") == "viewport")
    assert viewport["content"] == "width=device-width, initial-scale=1"
    assert dict(page.all("html")[0]) == {"lang": "en"}
    (label,) = page.all("label")
    assert label["for"] == page.all("input")[0]["id"]
    assert "color-scheme: light dark" in answer.text
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    style = answer.text.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"


async def test_no_link_reaches_the_log(running: Running, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with receiving() as receiver:
        await make(running, receiver)
        await open_ticket(running, "T-1")
        await until(lambda: bool(receiver.heard))
        link = receiver.heard[0].event["data"]["links"]["acknowledge"]
        await running.client.get(link)
        await running.client.post(link, data={"by": "anna"})
        await running.client.get(f"{link}x")
        async with running.service.database.connection() as connection:
            await connection.execute("ALTER TABLE escalations RENAME TO away")
            broken = await running.client.get(link)
            await connection.execute("ALTER TABLE away RENAME TO escalations")
    assert broken.status_code == 500
    signature = link.rpartition(".")[2]
    # The client's own; and what uvicorn has no handler for, until pytest gives it one.
    aside = ("httpx", "httpcore", "uvicorn.access")
    said = [each for each in caplog.records if not each.name.startswith(aside)]
    assert any("/ack/… failed" in each.getMessage() for each in said), "the fault itself is said"
    for each in said:
        assert signature not in logging.Formatter().format(each)


async def test_without_a_key_the_link_is_that_of_the_api(running: Running) -> None:
    addresses = Addresses(Seals(()), "https://sla.example")
    shown = addresses.acknowledge("1f", host_now())
    assert shown == "https://sla.example/v1/escalations/1f/acknowledge"
