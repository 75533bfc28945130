"""An event of the log as it is answered: a CloudEvent with its place in the log."""

from msgspec import Raw

from app.domain.events import SLA_TYPES
from app.projections.escalation_view import Json, view_when_raised
from app.projections.ticket_view import next_mark_view
from app.store.codec import decode_sla_event
from app.store.database import Row


def cloud_event(row: Row) -> Json:
    """The event of a row; a fact's data is handed on as it was sent."""
    return cloud_event_with(row, _sla_data(row) if row["type"] in SLA_TYPES else as_it_stands(row))


def cloud_event_with(row: Row, data: object) -> Json:
    """The event of a row, saying this."""
    recorded_at = row["recorded_at"]
    return {
        "specversion": "1.0",
        "id": row["event_id"],
        "source": row["source"],
        "type": row["type"],
        "subject": row["ticket_id"],
        "time": row["time"] or recorded_at,
        "data": data,
        "position": row["position"],
        "version": row["version"],
        "recorded_at": recorded_at,
    }


def as_it_stands(row: Row) -> Raw:
    """The data of a row, unread."""
    return Raw(row["data"].encode())


def _sla_data(row: Row) -> Json:
    event = decode_sla_event(row["data"])
    shown = view_when_raised(event, row["recorded_at"])
    return {**shown, "next_mark": next_mark_view(event.next_mark)}
