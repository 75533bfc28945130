"""What a subscriber is told of an SLA event, whatever the format it is written in."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from app.projections.escalation_view import Told
from app.projections.escalations import NOT_ESCALATIONS
from app.projections.ticket_view import Json

Links = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Message:
    """An SLA event and its ticket.

    ``sequence`` is the event's place in its ticket's stream. ``ticket`` is the ticket's state, None
    where that cannot be read at the moment: an escalation is told all the same.
    """

    told: Told
    sequence: int
    ticket: Json | None
    links: Links


def links_of(told: Told, public_url: str | None) -> Links:
    """Where to look, and where to acknowledge; paths alone if no ``public_url`` is configured."""
    base = (public_url or "").rstrip("/")
    event = told.event
    return {
        "ticket": f"{base}/v1/tickets/{quote(event.ticket_id, safe='')}",
        "acknowledge": None
        if event.type in NOT_ESCALATIONS
        else f"{base}/v1/escalations/{event.id}/acknowledge",
    }
