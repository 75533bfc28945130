"""What a subscriber is told of an SLA event, whatever the format it is written in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.projections.escalation_view import Told
from app.projections.escalations import NOT_ESCALATIONS
from app.projections.ticket_view import Json
from app.webhooks.links import Addresses

Links = Mapping[str, str | None]


class News(StrEnum):
    """What is told of an SLA event: that it was raised, or what became of it."""

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    ENDED = "ended"  # its clock's cycle has come to an end, or its ticket


@dataclass(frozen=True, slots=True)
class Message:
    """An SLA event and its ticket.

    ``sequence`` is the place in the ticket's stream of what is told. ``ticket`` is the ticket's
    state, None where that cannot be read at the moment: an escalation is told all the same. ``at``
    is when all this was so. ``earlier`` is whom the ticket's events told before this one, for
    formats that ask for it.
    """

    told: Told
    sequence: int
    ticket: Json | None
    links: Links
    at: datetime
    earlier: Sequence[Told] = ()
    news: News = News.RAISED


def links_of(told: Told, addresses: Addresses, at: datetime) -> Links:
    """Where to look, and where to acknowledge, by a link that is valid from ``at`` on."""
    event = told.event
    return {
        "ticket": addresses.ticket(event.ticket_id),
        "acknowledge": None
        if event.type in NOT_ESCALATIONS
        else addresses.acknowledge(event.id, at),
    }
