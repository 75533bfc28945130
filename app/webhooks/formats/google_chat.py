"""Google Chat's webhooks: a card, in one thread a ticket.

A card's text is read as HTML, which can be escaped; the line above it is read as markup, which
cannot: what would be markup there is kept from what follows it.
"""

from html import escape

from app.projections.ticket_view import Json
from app.webhooks.formats.chat import (
    ACKNOWLEDGE,
    ICONS,
    OPEN_TICKET,
    chat,
    with_query,
    write_line,
)
from app.webhooks.wording.summary import Summary
from app.webhooks.wording.text import broken, escaping
from app.webhooks.wording.words import instant

unmarked = escaping(broken("<", "*", "_", "~", "`", "@"))


def write(summary: Summary) -> Json:
    """The payload."""
    ticket = f": {unmarked(summary.ticket)}" if summary.ticket_id else ""
    payload: Json = {
        "text": f"{ICONS[summary.level]} *{unmarked(summary.headline)}*{ticket}",
        "cardsV2": [{"cardId": "escalation", "card": {"sections": [_section(summary)]}}],
    }
    if summary.ticket_id:
        payload["thread"] = {"threadKey": summary.ticket_id}
    return payload


def _section(summary: Summary) -> Json:
    widgets: list[Json] = [
        {
            "decoratedText": {
                "topLabel": label,
                "text": write_line(line, escape, lambda at: instant(at, summary.at)),
                "wrapText": True,
            }
        }
        for label, line in summary.facts
    ]
    buttons = [
        {"text": label, "onClick": {"openLink": {"url": url}}}
        for label, url in (
            (ACKNOWLEDGE, summary.acknowledge_url),
            (OPEN_TICKET, summary.ticket_url),
        )
        if url
    ]
    return {"widgets": widgets + ([{"buttonList": {"buttons": buttons}}] if buttons else [])}


def address(url: str, message_id: str) -> str:
    """The same message twice is one, and a thread that is no more is begun anew."""
    return with_query(
        url,
        messageReplyOption="REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD",
        requestId=message_id,
    )


FORMAT = chat(write, address=address)
