"""Mattermost's incoming webhooks: an attachment in Markdown.

It also reads Slack's ``<!channel>``, so that ``<`` has to be kept from what follows it.
"""

from app.projections.ticket_view import Json
from app.webhooks.formats.chat import ACKNOWLEDGE, COLOURS, ICONS, chat, write_line
from app.webhooks.wording.summary import Summary
from app.webhooks.wording.text import backslashed, broken, escaping
from app.webhooks.wording.words import instant

escape = escaping(backslashed("\\`*_[]#|>") | broken("@", "<", "~", "&"))
unmentioned = escaping(broken("@", "<", "~"))


def write(summary: Summary) -> Json:
    """The payload; its text is what notifications show."""
    headline = f"{ICONS[summary.level]} **{escape(summary.headline)}**"
    attachment: Json = {
        "fallback": unmentioned(f"{summary.headline} | {summary.ticket}"),
        "color": f"#{COLOURS[summary.level]:06x}",
        "title": unmentioned(summary.ticket),
        "fields": [
            {
                "short": True,
                "title": label,
                "value": write_line(line, escape, lambda at: instant(at, summary.at)),
            }
            for label, line in summary.facts
        ],
    }
    if summary.ticket_url:
        attachment["title_link"] = summary.ticket_url
    if summary.acknowledge_url:
        url = summary.acknowledge_url.replace("(", "%28").replace(")", "%29")
        attachment["text"] = f"[**{ACKNOWLEDGE}**]({url})"
    return {"text": headline, "attachments": [attachment]}


FORMAT = chat(write)
