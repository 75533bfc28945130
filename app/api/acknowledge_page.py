"""The page of a link to acknowledge: one file, without scripts, and nothing from anywhere else.

What tickets and people say is text, never markup: the template escapes it, and the page's policy
forbids whatever the page itself does not bring.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.domain.ticket import Ticket
from app.projections.escalation_view import Told

LONGEST_NAME = 200

_HERE = Path(__file__).parent
_STYLE = (_HERE / "acknowledge.css").read_text()
_STYLE_HASH = base64.b64encode(sha256(_STYLE.encode()).digest()).decode("ascii")

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",  # the address is the key
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
_TEMPLATE = Environment(
    loader=FileSystemLoader(_HERE),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
).get_template("acknowledge.html")

_REFUSALS = {
    403: "This link is not valid",
    404: "There is no such escalation",
    410: "This link has expired",
    503: "Not at the moment",
}
_ADVICE = {
    403: "Open it again from the message, as a whole.",
    410: "Acknowledge the escalation where tickets are kept, or follow a newer link.",
    503: "Try again in a moment.",
}


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says."""

    title: str
    text: str = ""
    told: Told | None = None
    ticket: Ticket | None = None
    may_acknowledge: bool = False
    by: str = ""
    complaint: str = ""


def answer(page: Page, status: int = 200, headers: Mapping[str, str] | None = None) -> HTMLResponse:
    """The page, as HTML that needs nothing else."""
    text = _TEMPLATE.render(
        title=page.title,
        text=page.text,
        escalation=[] if page.told is None else rows_of(page.told, page.ticket),
        ticket_url=None if page.ticket is None else _followable(page.ticket.url),
        may_acknowledge=page.may_acknowledge,
        by=page.by,
        complaint=page.complaint,
        style=_STYLE,
    )
    return HTMLResponse(text, status, {**HEADERS, **(headers or {})})


def refused(status: int, reason: str, headers: Mapping[str, str] | None = None) -> HTMLResponse:
    """The page of a request that is refused."""
    title = _REFUSALS.get(status, "That did not work")
    text = f"{reason[:1].upper()}{reason[1:]}. {_ADVICE.get(status, '')}".strip()
    return answer(Page(title, text), status, headers)


def title_of(told: Told, by: str = "") -> str:
    """What the page is about, or what has come of it."""
    if by and told.acknowledged_by == by:
        return "You have taken this on"
    return f"Escalation of ticket {told.event.ticket_id}"


def status_of(told: Told, by: str = "") -> str:
    """How the escalation stands, where there is something to say."""
    if told.retracted_at is not None:
        return f"Retracted at {_said(told.retracted_at)}: there is nothing left to do."
    if told.acknowledged_at is None:
        return ""
    who, when = told.acknowledged_by or "somebody", _said(told.acknowledged_at)
    if by and by == told.acknowledged_by:
        return f"Acknowledged by {who} at {when}."
    also = "; your name was not added" if by else ""
    return f"Acknowledged by {who} at {when} already{also}."


def rows_of(told: Told, ticket: Ticket | None) -> list[tuple[str, str]]:
    """The escalation and its ticket, in names and values; what is not known is left out."""
    event = told.event
    tier = f", tier {event.tier}" if event.tier else ""
    rows = [
        ("Ticket", event.ticket_id),
        ("Title", ticket.title if ticket else None),
        ("Customer", ticket.customer if ticket else None),
        ("Severity", ticket.severity if ticket else event.severity),
        ("What", f"{event.kind}{tier}"),
        ("Clock", event.clock),
        ("For", event.role),
        ("Reason", event.reason),
        ("Reached at", _said(event.reached_at)),
    ]
    return [(name, value) for name, value in rows if value]


def _said(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"


def _followable(url: str | None) -> str | None:
    """A ticket's address where it is one that a person may follow: no `javascript:`."""
    try:
        return url if url and urlsplit(url).scheme in ("http", "https") else None
    except ValueError:
        return None
