"""Examples of answers, for the API's description."""

POLICY = {"id": "acme", "version": "sha256:5c3e..."}

NEXT_MARK = {
    "clock": "resolution",
    "kind": "escalation",
    "tier": 2,
    "role": "customer_relations_manager",
    "at": "2026-11-21T11:00:00Z",
}

CLOCK = {
    "clock": "first_response",
    "cycle": 1,
    "state": "running",
    "commitment": "guarantee",
    "goal": "1h",
    "calendar": "always",
    "started_at": "2026-11-21T10:00:00Z",
    "warn_at": None,
    "due_at": "2026-11-21T11:00:00Z",
    "met_at": None,
    "breached": False,
    "breached_at": None,
    "elapsed_seconds": 900.0,
    "remaining_seconds": 2700.0,
    "paused_seconds": 0.0,
}

ESCALATION = {
    "id": "7f0c6c2b8f1e4d0a9b3c5d7e9f1a2b3c",
    "type": "sla.escalated",
    "kind": "escalation",
    "ticket_id": "T-1",
    "clock": "resolution",
    "cycle": 1,
    "tier": 1,
    "role": "technical_support_manager",
    "target_at": "2026-11-21T10:00:00Z",
    "reached_at": "2026-11-21T10:00:00Z",
    "raised_at": "2026-11-21T10:00:00.01Z",
    "late_by_seconds": 0.01,
    "severity": "P1",
    "plan": None,
    "line": None,
    "policy": POLICY,
    "unheard": False,
    "silent": False,
    "acknowledged_at": None,
    "acknowledged_by": None,
    "retracted_at": None,
    "retracts": None,
    "cause": None,
    "reason": None,
    "effect": None,
    "data": {},
}

ACKNOWLEDGED = {
    **ESCALATION,
    "acknowledged_at": "2026-11-21T10:04:00Z",
    "acknowledged_by": "anna",
}

LISTED_TICKET = {
    "ticket_id": "T-1",
    "version": 2,
    "policy": POLICY,
    "severity": "P1",
    "plan": None,
    "kind": None,
    "status": "open",
    "line": None,
    "title": "Calls fail",
    "customer": "Acme",
    "channel": "phone",
    "url": None,
    "opened_at": "2026-11-21T10:00:00Z",
    "as_of": "2026-11-21T10:15:00Z",
    "late_facts": 0,
    "flags": [],
    "attributes": {},
    "clocks": [CLOCK],
    "next_mark": NEXT_MARK,
}

TICKET = {**LISTED_TICKET, "escalations": [ESCALATION]}

EVENT = {
    "specversion": "1.0",
    "id": "helpdesk-8812-1",
    "source": "helpdesk",
    "type": "ticket.opened",
    "subject": "T-1",
    "time": "2026-11-21T10:00:00Z",
    "data": {"policy": "acme", "severity": "P1", "title": "Calls fail", "channel": "phone"},
    "position": 4711,
    "version": 1,
    "recorded_at": "2026-11-21T10:00:00.01Z",
}

TIMELINE = [
    {
        "at": "2026-11-21T10:00:00Z",
        "kind": "escalation",
        "clock": "resolution",
        "cycle": 1,
        "tier": 1,
        "role": "technical_support_manager",
        "state": "reached",
    },
    {
        "at": "2026-11-21T11:00:00Z",
        "kind": "breach",
        "clock": "first_response",
        "cycle": 1,
        "tier": None,
        "role": None,
        "state": "to_come",
    },
]

FACT = {
    "type": "ticket.opened",
    "source": "helpdesk",
    "id": "helpdesk-8812-1",
    "time": "2026-11-21T10:00:00Z",
}

SEGMENT = {
    "start": "2026-11-21T10:00:00Z",
    "end": "2026-11-21T10:15:00Z",
    "kind": "counted",
    "seconds": 900.0,
    "counted_seconds": 900.0,
    "reason": "open",
    "fact": None,
    "until_fact": None,
    "elapsed": True,
}

EXPLANATION = {
    "ticket_id": "T-1",
    "version": 2,
    "policy": POLICY,
    "as_of": "2026-11-21T10:15:00Z",
    "clocks": [
        {
            "clock": "first_response",
            "cycle": 1,
            "state": "running",
            "commitment": "guarantee",
            "goal": "1h",
            "goal_seconds": 3600.0,
            "rule": "1h after the start",
            "calendar": {"name": "always", "zone": None},
            "severity": "P1",
            "plan": None,
            "started_at": "2026-11-21T10:00:00Z",
            "started_by": FACT,
            "due_at": "2026-11-21T11:00:00Z",
            "met_at": None,
            "ended_at": None,
            "breached": False,
            "breached_at": None,
            "elapsed_seconds": 900.0,
            "remaining_seconds": 2700.0,
            "paused_seconds": 0.0,
            "segments": [
                SEGMENT,
                {
                    **SEGMENT,
                    "start": "2026-11-21T10:15:00Z",
                    "end": "2026-11-21T11:00:00Z",
                    "seconds": 2700.0,
                    "counted_seconds": 2700.0,
                    "elapsed": False,
                },
            ],
            "totals": {
                "counted_seconds": 3600.0,
                "paused_seconds": 0.0,
                "closed_seconds": 0.0,
                "holiday_seconds": 0.0,
                "span_seconds": 3600.0,
            },
            "marks": [
                {
                    "kind": "breach",
                    "tier": None,
                    "role": None,
                    "target_at": "2026-11-21T11:00:00Z",
                    "reached_at": None,
                    "state": "to_come",
                    "rule": "1h after the start",
                }
            ],
        }
    ],
}

POLICY_VERSION = {
    **POLICY,
    "name": "Acme support",
    "source": "Acme, Terms of Support",
    "registered_at": "2026-11-01T08:00:00Z",
    "current": True,
    "current_since": "2026-11-01T08:00:00Z",
    "assumptions": [
        {
            "path": "calendars.business",
            "assumed": "The text counts business days but names no hours.",
        }
    ],
    "notes": [{"path": "clocks[2]", "note": "The managers who are told."}],
    "content": {"id": "acme", "severities": [{"id": "P1"}], "clocks": []},
}

FORECAST = {
    "as_of": "2026-11-21T10:15:00Z",
    "until": "2026-11-21T11:15:00Z",
    "items": [
        {
            "at": "2026-11-21T11:00:00Z",
            "ticket_id": "T-1",
            "kind": "escalation",
            "clock": "resolution",
            "cycle": 1,
            "tier": 2,
            "role": "customer_relations_manager",
            "policy": "acme",
            "severity": "P1",
        }
    ],
    "next_cursor": None,
    "by_role": [
        {
            "role": "customer_relations_manager",
            "kind": "escalation",
            "marks": 1,
            "first_at": "2026-11-21T11:00:00Z",
        }
    ],
    "by_time": [
        {
            "from": "2026-11-21T10:15:00Z",
            "to": "2026-11-21T11:15:00Z",
            "marks": 1,
            "by_kind": {"warning": 0, "breach": 0, "escalation": 1, "notice": 0},
        }
    ],
    "tickets": 1,
    "complete": True,
}


def listed(*items: object, next_cursor: str | None = None) -> dict[str, object]:
    """A page of examples."""
    return {"items": list(items), "next_cursor": next_cursor}
