"""Between rows and the domain: events and ticket states as JSON."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any, NamedTuple, cast, get_type_hints

import msgspec

from app.domain.errors import EscalatorError
from app.domain.events import SLA_TYPES, Event, Fact, SlaEvent
from app.domain.holding import LineSeconds
from app.domain.ticket import ClockState, Ticket
from app.store.database import Row

STATE_FORMAT = 3
"""Raised when ``Ticket`` changes its shape: states of another format are folded anew."""


class StateUnreadable(EscalatorError):
    """A ticket's state that is none, or of another shape."""


_encoder = msgspec.json.Encoder()


def _as_tuple(shape: type[Ticket | ClockState], **others: object) -> Any:  # noqa: ANN401  # a type made here
    """A dataclass' members without their names: half of a state would be names."""
    hints = {**get_type_hints(shape), **others}
    return NamedTuple(shape.__name__, [(each.name, hints[each.name]) for each in fields(shape)])


def _values(shape: type[Ticket | ClockState]) -> Callable[[object], tuple[object, ...]]:
    return attrgetter(*(each.name for each in fields(shape)))


_values_of_ticket, _values_of_clock = _values(Ticket), _values(ClockState)
_CLOCKS = [each.name for each in fields(Ticket)].index("clocks")
_Clock: Any = _as_tuple(ClockState)
_state_decoder = msgspec.json.Decoder(_as_tuple(Ticket, clocks=dict[str, _Clock]))
_sla_decoder = msgspec.json.Decoder(SlaEvent)
_data_decoder = msgspec.json.Decoder(dict[str, object])


def encode_state(ticket: Ticket) -> str:
    """A ticket's state as it stands in its row: the members' values, in order."""
    state = list(_values_of_ticket(ticket))
    clocks = ticket.clocks.items()
    state[_CLOCKS] = {name: _values_of_clock(clock) for name, clock in clocks}
    return _encoder.encode(state).decode()


def decode_state(text: str) -> Ticket:
    """The ticket's state of a row; StateUnreadable."""
    try:
        ticket = Ticket(*_state_decoder.decode(text))
    except msgspec.MsgspecError as error:
        raise StateUnreadable(f"the ticket's state cannot be read: {error}") from error
    clocks = cast("Mapping[str, tuple[Any, ...]]", ticket.clocks).items()
    ticket.clocks = {name: ClockState(*values) for name, values in clocks}
    return ticket


def encode_lines(lines: Sequence[LineSeconds]) -> str:
    """Who had a ticket, as it stands in the row of a finished cycle."""
    return _encoder.encode(lines).decode()


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
