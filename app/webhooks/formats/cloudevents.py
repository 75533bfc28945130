"""CloudEvents 1.0, structured: the event as it is, for machines."""

from datetime import datetime

import msgspec

from app.domain.events import SOURCE
from app.projections.ticket_view import next_mark_view
from app.webhooks.message import Message

CONTENT_TYPE = "application/cloudevents+json"


def render(message: Message) -> bytes:
    """The body that tells an SLA event."""
    event = message.told.event
    return _event(
        event.type,
        event.id,
        event.reached_at,
        subject=event.ticket_id,
        sequence=str(message.sequence),  # the extension of this name is a text
        data={
            "escalation": message.told.view(),
            "ticket": message.ticket,
            "next_mark": next_mark_view(event.next_mark),
            "links": message.links,
        },
    )


def render_trial(event_type: str, event_id: str, subscription_id: str, at: datetime) -> bytes:
    """The body by which a subscription is tried out."""
    return _event(event_type, event_id, at, data={"subscription_id": subscription_id})


def _event(type_: str, id_: str, time: datetime, **rest: object) -> bytes:
    envelope = {"specversion": "1.0", "id": id_, "source": SOURCE, "type": type_, "time": time}
    return msgspec.json.encode({**envelope, "datacontenttype": "application/json", **rest})
