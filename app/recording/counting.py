"""What a transaction has done, counted once it is committed."""

from app import metrics
from app.domain.events import SLA_BREACHED, SLA_ESCALATED, SLA_WARNED
from app.recording.recorder import Recorded

RAISED = "raised"
_COME_DUE = (SLA_WARNED, SLA_BREACHED, SLA_ESCALATED)


def count_recorded(recorded: Recorded) -> None:
    """What became of its facts, and what it raised."""
    if recorded.receipts:
        metrics.COMMIT_FACTS.observe(len(recorded.receipts))
        metrics.count_events((each.fact.type, each.outcome) for each in recorded.receipts)
    if recorded.raised:
        metrics.count_events((each.type, RAISED) for each in recorded.raised)
        metrics.count_unheard(each.role for each in recorded.raised if each.unheard and each.role)


def count_due(recorded: Recorded) -> None:
    """What it raised because its time had come, and how late that was."""
    count_recorded(recorded)
    for each in recorded.raised:
        if each.type in _COME_DUE and not each.silent:
            metrics.LATENESS.observe((recorded.now - each.reached_at).total_seconds())
