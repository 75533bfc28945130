"""Tickets that mean harm: mentions, markup, other directions, 10,000 characters of anything."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from app.webhooks.formats import FORMATS
from app.webhooks.wording.text import CUT, size
from tests.webhooks.messages import hostile
from tests.webhooks.test_formats import OPTIONS

ATTACKS = [
    "<!channel> <!here|x> <@U123> <#C1> <https://evil.example|your bank>",
    "@everyone @here <@1> <@&2> @channel @all <users/all>",
    "[pay here](https://evil.example) ![x](https://evil.example/p.png) **b** _i_ ~~s~~ `c`",
    "</b><a href='https://evil.example'>click</a><script>alert(1)</script> &lt;b&gt;",
    "{{DATE(2020-01-01T00:00:00Z,SHORT)}} ${x} {{ 7 * 7 }} {% raw %}",
    "\u202egnp.exe \u2066hidden\u2069 שלום مرحبا",
    "line one\nline two\r\n> quote\n- list\n# head\n1. one\n| a | b |",
    "T\u0300\u0301\u0302" * 3000,
    "👩\u200d👩\u200d👧\u200d👦" * 2000,
    "&" * 10_000,
    "*" * 10_000,
    "<" * 10_000,
    "\\" * 10_000,
    '"' * 10_000,
    "\x00\x01\x1b[31m\x7f\x85",
]
TEXTS = st.one_of(
    st.sampled_from(ATTACKS),
    st.text(min_size=1, max_size=400),
    st.lists(st.sampled_from(ATTACKS), max_size=4).map("".join),
    st.text(alphabet="<>&@*_~`[](){}|\\#!:-\u202e\u0301👍\n", min_size=1, max_size=600),
    st.text(min_size=1, max_size=20).map(lambda text: text * 500),
)
URLS = st.one_of(
    st.just("https://t.example/1"),
    st.text(max_size=40).map(lambda text: f"https://t.example/{text}"),
)
any_ticket = given(text=TEXTS, url=URLS)


def rendered(format_name: str, text: str, url: str) -> tuple[Any, bytes]:
    """What is sent about a hostile ticket: read, and as bytes."""
    body = FORMATS[format_name].render(hostile(text, url), OPTIONS.get(format_name, {}))
    assert body is not None
    return json.loads(body), body


def texts(value: object) -> Iterator[str]:
    """Every text in it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)


@settings(deadline=None)
@any_ticket
def test_slack(text: str, url: str) -> None:
    payload, _ = rendered("slack", text, url)
    assert len(payload["blocks"]) <= 50
    for block in Block.parse_all(payload["blocks"]):
        assert block is not None
        block.validate_json()  # 150 in a header, 3000 in a text, 10 fields of 2000, 75 on a button
    for each in texts(payload):
        for found in re.findall(r"<([^>]*)>?", each):
            assert found.startswith(("https://", "!date^")), found
        assert ">" not in re.sub(r"<[^>]*>", "", each)
    marked = [block for block in payload["blocks"] if block["type"] == "section"]
    for block in marked:
        assert all(each["verbatim"] for each in block.get("fields", [block.get("text")]))
    assert max(size(each) for each in texts(payload)) <= 3000


@settings(deadline=None)
@any_ticket
def test_teams(text: str, url: str) -> None:
    payload, body = rendered("teams", text, url)
    assert len(body) < 20_000
    card = payload["attachments"][0]["content"]
    run = card["body"][1]["inlines"][0]["text"]
    marked = [card["body"][0]["text"]] + [fact["value"] for fact in card["body"][2]["facts"]]
    for each in marked:
        ours = re.sub(r"\{\{(DATE|TIME)\([0-9TZ:-]+(,SHORT)?\)\}\}", "", each)
        assert "{{" not in ours
        assert not re.search(r"(?<!\\)(\\\\)*[`*_\[\]#~|]", ours), ours
        assert not re.search(r"[<&](?!\u200b)", ours)
    assert "{{" not in run


@settings(deadline=None)
@any_ticket
def test_discord(text: str, url: str) -> None:
    payload, _ = rendered("discord", text, url)
    (embed,) = payload["embeds"]
    assert payload["allowed_mentions"] == {"parse": []}
    assert size(payload["content"]) <= 2000
    assert size(embed.get("title", "")) <= 256
    assert size(embed["description"]) <= 4096
    assert len(embed["fields"]) <= 25
    counted = [embed.get("title", ""), embed["description"]]
    for field in embed["fields"]:
        assert 1 <= size(field["name"]) <= 256
        assert 1 <= size(field["value"]) <= 1024
        counted += [field["name"], field["value"]]
    assert sum(map(size, counted)) <= 6000
    for each in (payload["content"], embed.get("title", ""), *counted[3::2]):
        ours = re.sub(r"<t:[0-9]+:[fR]>", "", each)
        assert not re.search(r"[<@](?!\u200b)", ours), ours
        assert not re.search(r"(?<!\\)(\\\\)*[`_~|#\[\]]", ours), ours


@settings(deadline=None)
@any_ticket
def test_mattermost(text: str, url: str) -> None:
    payload, body = rendered("mattermost", text, url)
    assert len(body) <= 16_383
    (attachment,) = payload["attachments"]
    shown = [payload["text"], attachment["title"], attachment["fallback"]]
    for each in shown + [field["value"] for field in attachment["fields"]]:
        assert not re.search(r"[<@~](?!\u200b)", each), each
    for field in attachment["fields"]:
        assert not re.search(r"(?<!\\)(\\\\)*[`*_|#\[\]>]", field["value"]), field["value"]


@settings(deadline=None)
@any_ticket
def test_google_chat(text: str, url: str) -> None:
    payload, body = rendered("google_chat", text, url)
    assert len(body) <= 32_000
    assert not re.search(r"[<@_`](?!\u200b)", payload["text"])
    theirs = payload["text"].split(" ", 1)[1].strip("*").replace("*:", "")
    assert not re.search(r"\*(?!\u200b)", theirs)
    for widget in payload["cardsV2"][0]["card"]["sections"][0]["widgets"]:
        shown = widget.get("decoratedText", {"text": ""})["text"]
        assert not re.search(r"[<>]|&(?!amp;|lt;|gt;|quot;|#x27;)", shown), shown


@settings(deadline=None)
@any_ticket
def test_pagerduty(text: str, url: str) -> None:
    event, body = rendered("pagerduty", text, url)
    assert len(body) < 512 * 1024
    assert 1 <= size(event["payload"]["summary"]) <= 1024
    assert 1 <= len(event["dedup_key"]) <= 255
    assert event["payload"]["severity"] in ("critical", "error", "warning", "info")


@settings(deadline=None)
@any_ticket
def test_a_template_s_json_stays_json(text: str, url: str) -> None:
    body, _ = rendered("template", text, url)
    assert set(body) == {"text", "ticket", "facts", "trial"}


@pytest.mark.parametrize("format_name", [name for name in FORMATS if name != "cloudevents"])
@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_every_attack_in_every_format(format_name: str, attack: str) -> None:
    _, body = rendered(format_name, attack, f"https://t.example/{attack[:50]}")
    assert b"\n" not in body.strip() or format_name == "template"
    said = body.decode()
    assert "\u202e" not in said.partition("dedup_key")[0]
    if len(attack) >= 10_000:
        assert CUT in said
