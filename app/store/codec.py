"""Between rows and the domain: events and ticket states as JSON."""

from collections.abc import Mapping
from typing import cast

import msgspec

from app.domain.events import SLA_TYPES, Event, Fact, SlaEvent
from app.domain.ticket import Ticket
from app.store.database import Row

STATE_FORMAT = 2
"""Raised when ``Ticket`` changes its shape: states of another format are folded anew."""

_encoder = msgspec.json.Encoder()
_state_decoder = msgspec.json.Decoder(Ticket)
_sla_decoder = msgspec.json.Decoder(SlaEvent)
_data_decoder = msgspec.json.Decoder(dict[str, object])


def encode_state(ticket: Ticket) -> str:
    """A ticket's state as it stands in its row."""
    return _encoder.encode(ticket).decode()


def decode_state(text: str) -> Ticket:
    """The ticket's state of a row."""
    return _state_decoder.decode(text)


def encode_data(data: Mapping[str, object]) -> str:
    """A fact's data as it stands in the log."""
    return _encoder.encode(data).decode()


def decode_data(text: str) -> dict[str, object]:
    """A fact's data from the log."""
    return _data_decoder.decode(text)


def encode_sla_event(event: SlaEvent) -> str:
    """An SLA event as it stands in the log."""
    return _encoder.encode(event).decode()


def decode_sla_event(text: str) -> SlaEvent:
    """An SLA event from the log."""
    return _sla_decoder.decode(text)


def event_of(row: Row) -> Event:
    """The event of a row of the log."""
    if row["type"] in SLA_TYPES:
        return decode_sla_event(row["data"])
    return fact_of(row)


def fact_of(row: Row) -> Fact:
    """The fact of a row of the log."""
    return Fact(
        type=row["type"],
        ticket_id=cast("str", row["ticket_id"]),
        source=row["source"],
        id=row["event_id"],
        time=row["time"],
        recorded_at=row["recorded_at"],
        data=decode_data(row["data"]),
    )
