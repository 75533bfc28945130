"""Tickets that cannot be judged: named, left alone for a minute, and tried again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.clock import monotonic

SECONDS = 60.0
"""How long a ticket is left alone, and how long a fact's failure is told of."""

MOST_NAMED = 1000
"""Tickets that are known by their facts' failures alone."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a ticket cannot be judged, and until which monotonic second that is held against it."""

    reason: str
    until: float
    left_alone: bool
    """Whether what is due on it is not looked at meanwhile."""


@dataclass(slots=True)
class SetApart:
    """The tickets of this process that could not be judged when they were last tried."""

    _troubles: dict[str, Trouble] = field(default_factory=dict)

    def leave_alone(self, failed: Mapping[str, str]) -> None:
        """What was due on these could not be raised."""
        for ticket_id, reason in failed.items():
            self._troubles[ticket_id] = Trouble(reason, monotonic() + SECONDS, left_alone=True)

    def note(self, failed: Mapping[str, str]) -> None:
        """Facts about these could not be folded; what is due on them may be raised all the same."""
        for ticket_id, reason in failed.items():
            known = self._troubles.get(ticket_id)
            if known is None and len(self._troubles) < MOST_NAMED:
                self._troubles[ticket_id] = Trouble(reason, monotonic() + SECONDS, left_alone=False)

    def forgive(self, ticket_ids: Iterable[str] = ()) -> None:
        """These have been judged again, and those whose time is over may be."""
        now = monotonic()
        over = [each for each, trouble in self._troubles.items() if trouble.until <= now]
        for ticket_id in (*over, *ticket_ids):
            self._troubles.pop(ticket_id, None)

    def left_alone(self) -> list[str]:
        """Those on which nothing that is due is looked at."""
        return [each for each, trouble in self._troubles.items() if trouble.left_alone]

    def reasons(self) -> dict[str, str]:
        """All of them, with the reason."""
        return {each: trouble.reason for each, trouble in self._troubles.items()}

    def __len__(self) -> int:
        """How many there are."""
        return len(self._troubles)
