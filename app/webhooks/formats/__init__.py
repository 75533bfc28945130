"""How what is told is written: one pure function a format, from a message to the body's bytes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.webhooks.formats import cloudevents
from app.webhooks.message import Message


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write what is told.

    ``render_trial`` takes the type and id of the trial, the subscription's id, and the instant.
    """

    content_type: str
    render: Callable[[Message], bytes]
    render_trial: Callable[[str, str, str, datetime], bytes]


FORMATS: Mapping[str, Format] = {
    "cloudevents": Format(cloudevents.CONTENT_TYPE, cloudevents.render, cloudevents.render_trial),
}

DEFAULT = "cloudevents"
