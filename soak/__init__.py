"""Minutes of load under faults: what the service promises, checked from a client's own ledger."""
