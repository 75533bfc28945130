"""escalator: SLA clocks and escalations for support tickets, event-sourced on PostgreSQL."""

__version__ = "0.1.0"
