"""Assumptions and notes are found wherever a policy file has them."""

from datetime import UTC, datetime
from typing import Any, cast

import msgspec

from app.projections.policy_view import view
from app.store.database import Row

CONTENT = {
    "id": "acme",
    "assumed": "All of it.",
    "calendars": {"business": {"assumed": ["Hours.", "Zone."], "note": "As elsewhere."}},
    "clocks": [{"id": "a"}, {"id": "b", "targets": [{"due": "4h", "assumed": "Elapsed."}]}],
    "notices": [{"tell": "boss", "data": {"note": "carried to the boss", "assumed": "his"}}],
}


def test_each_stands_with_the_place_it_is_about() -> None:
    at = datetime(2024, 6, 3, tzinfo=UTC)
    row: dict[str, Any] = {
        "policy_id": "acme",
        "version": "sha256:0",
        "content": msgspec.json.encode(CONTENT).decode(),
        "registered_at": at,
        "current_since": None,
    }
    shown = view(cast("Row", row))
    assert shown["assumptions"] == [
        {"path": "", "assumed": "All of it."},
        {"path": "calendars.business", "assumed": ["Hours.", "Zone."]},
        {"path": "clocks[1].targets[0]", "assumed": "Elapsed."},
    ]
    assert shown["notes"] == [{"path": "calendars.business", "note": "As elsewhere."}]
    assert shown["current"] is False
