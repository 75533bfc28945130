"""Microsoft Teams, by a workflow that posts cards: an Adaptive Card, version 1.2.

The ticket stands in a RichTextBlock, which reads no markup; in the others what is markup is
escaped, and so is what would be taken for a date.
"""

from datetime import datetime

from app.projections.ticket_view import Json
from app.webhooks.formats.chat import ACKNOWLEDGE, ICONS, OPEN_TICKET, chat, write_line
from app.webhooks.wording.summary import Level, Summary
from app.webhooks.wording.text import backslashed, broken, escaping

SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
CARD = "application/vnd.microsoft.card.adaptive"
COLOURS = {
    Level.INFO: "accent",
    Level.WARNING: "warning",
    Level.CRITICAL: "attention",
    Level.GOOD: "good",
}

escape = escaping(backslashed("\\`*_[]#~|") | broken("{", "<", "&"))
unbraced = escaping(broken("{"))


def write(summary: Summary) -> Json:
    """The payload."""
    card = {
        "$schema": SCHEMA,
        "type": "AdaptiveCard",
        "version": "1.2",
        "fallbackText": unbraced(f"{summary.headline} | {summary.ticket}"),
        "body": _body(summary),
        "actions": [
            {"type": "Action.OpenUrl", "title": title, "url": url}
            for title, url in (
                (ACKNOWLEDGE, summary.acknowledge_url),
                (OPEN_TICKET, summary.ticket_url),
            )
            if url
        ],
    }
    attachment = {"contentType": CARD, "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _body(summary: Summary) -> list[Json]:
    body: list[Json] = [
        {
            "type": "TextBlock",
            "text": f"{ICONS[summary.level]} {escape(summary.headline)}",
            "size": "large",
            "weight": "bolder",
            "color": COLOURS[summary.level],
            "wrap": True,
        }
    ]
    if summary.ticket_id:
        body.append({"type": "RichTextBlock", "inlines": [_ticket(summary)]})
    facts = [
        {"title": label, "value": write_line(line, escape, _instant)}
        for label, line in summary.facts
    ]
    return [*body, {"type": "FactSet", "facts": facts}]


def _ticket(summary: Summary) -> Json:
    run: Json = {"type": "TextRun", "text": unbraced(summary.ticket), "weight": "bolder"}
    if summary.ticket_url:
        run["selectAction"] = {"type": "Action.OpenUrl", "url": summary.ticket_url}
    return run


def _instant(at: datetime) -> str:
    """In the reader's own zone: Teams fills this in, and takes no fractions of seconds."""
    text = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    return f"{{{{DATE({text},SHORT)}}}} {{{{TIME({text})}}}}"


FORMAT = chat(write)
