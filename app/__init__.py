"""escalator: SLA clocks and escalations for support tickets, event-sourced on PostgreSQL."""
