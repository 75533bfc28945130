"""Discord's webhooks: an embed, in which nobody can be mentioned."""

from datetime import datetime

from app.projections.ticket_view import Json
from app.webhooks.formats.chat import (
    ACKNOWLEDGE,
    COLOURS,
    ICONS,
    chat,
    with_query,
    write_line,
)
from app.webhooks.wording.summary import Apart, Summary
from app.webhooks.wording.text import backslashed, broken, escaping, fit

LONGEST_TITLE, LONGEST_VALUE, MOST_FIELDS = 256, 600, 25

escape = escaping(backslashed("\\`*_~|#>[]") | broken("@", "<"))


def write(summary: Summary) -> Json:
    """The payload; of its own no text but the embed's: the headline would stand there twice."""
    title = fit(summary.ticket, LONGEST_TITLE, escape)
    embed: Json = {
        "description": _description(summary),
        "color": COLOURS[summary.level],
        "timestamp": f"{summary.at:%Y-%m-%dT%H:%M:%SZ}",
        "fields": [
            {
                "name": label,
                "value": write_line(line, escape, _instant, apart=_apart, limit=LONGEST_VALUE),
                "inline": True,
            }
            for label, line in summary.facts[:MOST_FIELDS]
        ],
    }
    if title:
        embed["title"] = title
    if summary.ticket_url:
        embed["url"] = summary.ticket_url
    return {
        "content": f"{ICONS[summary.level]} **{escape(summary.headline)}**",
        "embeds": [embed],
        "allowed_mentions": {"parse": []},
    }


def _description(summary: Summary) -> str:
    if summary.acknowledge_url:
        return f"[**{ACKNOWLEDGE}**]({_in_brackets(summary.acknowledge_url)})"
    return ""


def _in_brackets(url: str) -> str:
    return url.replace("(", "%28").replace(")", "%29")


def _instant(at: datetime) -> str:
    return f"<t:{int(at.timestamp())}:f>"


def _apart(apart: Apart) -> str:
    return f" <t:{int(apart.at.timestamp())}:R>"


def address(url: str, _: str) -> str:
    """Discord answers once the message is there, not before."""
    return with_query(url, wait="true")


FORMAT = chat(write, address=address)
