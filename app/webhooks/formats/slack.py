"""Slack's incoming webhooks: blocks, and a line for notifications.

With ``&``, ``<`` and ``>`` escaped nothing in a text is a mention or a link, and ``verbatim`` keeps
Slack from making any of its own.
"""

from collections.abc import Callable
from datetime import datetime

from app.projections.ticket_view import Json
from app.webhooks.formats.chat import ACKNOWLEDGE, ICONS, OPEN_TICKET, chat, write_line
from app.webhooks.retry import Verdict
from app.webhooks.wording.summary import Summary
from app.webhooks.wording.text import escaping, fit
from app.webhooks.wording.words import instant

LONGEST_HEADER, MOST_FIELDS = 150, 10
LONGEST_TEXT, LEAST_ROOM = 2900, 200
"""Of a section's 3,000 characters, some are the markup's."""

escape = escaping({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def write(summary: Summary) -> Json:
    """The payload."""
    icon = ICONS[summary.level]
    blocks: list[Json] = [
        {
            "type": "header",
            "text": {
                "type": "plain_text",
                "text": fit(f"{icon} {summary.headline}", LONGEST_HEADER),
                "emoji": False,
            },
        }
    ]
    if summary.ticket_id:
        blocks.append({"type": "section", "text": _text(_ticket(summary))})
    fields = [
        _text(f"*{label}*\n{write_line(line, escape, _instant(summary.at))}")
        for label, line in summary.facts[:MOST_FIELDS]
    ]
    if fields:
        blocks.append({"type": "section", "fields": fields})
    if buttons := _buttons(summary):
        blocks.append({"type": "actions", "elements": buttons})
    line = escape(f"{icon} {summary.headline}")
    ticket = f" | {escape(summary.ticket)}" if summary.ticket_id else ""
    return {"text": f"{line}{ticket}", "blocks": blocks}


def _ticket(summary: Summary) -> str:
    """Within a section's limit: where the URL leaves no room, the button has the link."""
    url = escape(summary.ticket_url) if summary.ticket_url else ""
    room = LONGEST_TEXT - len(url)
    if not url or room < LEAST_ROOM:
        return f"*{fit(summary.ticket, LONGEST_TEXT, escape)}*"
    return f"*<{url}|{fit(summary.ticket, room, escape)}>*"


def _text(text: str) -> Json:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _instant(now: datetime) -> Callable[[datetime], str]:
    def written(at: datetime) -> str:
        fallback = instant(at, now)
        return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{fallback}>"

    return written


def _buttons(summary: Summary) -> list[Json]:
    buttons: list[Json] = []
    if summary.acknowledge_url:
        button = _button("acknowledge", ACKNOWLEDGE, summary.acknowledge_url)
        buttons.append({**button, "style": "primary"})
    if summary.ticket_url:
        buttons.append(_button("ticket", OPEN_TICKET, summary.ticket_url))
    return buttons


def _button(action: str, label: str, url: str) -> Json:
    text = {"type": "plain_text", "text": label, "emoji": False}
    return {"type": "button", "action_id": action, "text": text, "url": url}


def verdict(status: int | None, body_start: bytes, error: str | None) -> Verdict | None:
    """It says ``ok``: a 200 with anything else was not taken."""
    if status is None or not 200 <= status <= 299:
        return None
    if body_start.strip() == b"ok":
        return Verdict.DELIVERED
    return Verdict.RETRY if error else Verdict.FAILED


FORMAT = chat(write, verdict=verdict)
