"""CloudEvents 1.0, structured: the event as it is, for machines."""

from datetime import datetime

import msgspec

from app.domain.events import SOURCE
from app.projections.ticket_view import Json, next_mark_view
from app.webhooks.formats.format import Format, Options, Trial
from app.webhooks.message import Message

CONTENT_TYPE = "application/cloudevents+json"


def render(message: Message, _: Options) -> bytes:
    """The body that tells an SLA event."""
    event = message.told.event
    return _event(
        event.type,
        event.id,
        event.reached_at,
        subject=event.ticket_id,
        sequence=str(message.sequence),  # the extension of this name is a text
        data=data_of(message),
    )


def data_of(message: Message) -> Json:
    """What is told: the event, its ticket, what comes next, where to look."""
    return {
        "escalation": message.told.view(),
        "ticket": message.ticket,
        "next_mark": next_mark_view(message.told.event.next_mark),
        "links": message.links,
    }


def render_trial(trial: Trial, _: Options) -> bytes:
    """The body by which a subscription is tried out."""
    data = {"subscription_id": trial.subscription_id}
    return _event(trial.type, trial.id, trial.at, data=data)


def _event(type_: str, id_: str, time: datetime, **rest: object) -> bytes:
    envelope = {"specversion": "1.0", "id": id_, "source": SOURCE, "type": type_, "time": time}
    return msgspec.json.encode({**envelope, "datacontenttype": "application/json", **rest})


FORMAT = Format(
    render=render,
    render_trial=render_trial,
    content_type=lambda _: CONTENT_TYPE,
    tells_earlier=False,
)
