"""The last webhooks that came to nothing, so that an operator can see what a mapping misses.

They are kept in memory only, by each process its own: they hold what customers wrote, and are for
whoever is just now writing a mapping. Of the headers only those are kept that say what kind of
webhook it was; of all others, signatures and secrets among them, the name alone.
"""

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

MOST_KEPT = 50
LONGEST_BODY = 16 * 1024
LONGEST_HEADER = 200

_TELLING = re.compile(
    r"content-type|user-agent"
    r"|[a-z0-9-]*(event|type|topic|kind|trigger|action|delivery|identifier|attempt|retry|flow)"
)
_SECRET = re.compile(r"auth|cookie|credential|jwt|key|password|secret|session|signature|token")

Ending = Literal["ignored", "refused"]


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A webhook of which no fact was recorded, or not all."""

    received_at: datetime
    outcome: Ending
    reason: str
    headers: Mapping[str, str]
    other_headers: list[str]
    body: str
    body_bytes: int


@dataclass(slots=True)
class UnmatchedLog:
    """What one mapping has received since the process began."""

    received: int = 0
    """Webhooks that proved themselves."""
    ignored: int = 0
    refused: int = 0
    _last: deque[Unmatched] = field(default_factory=lambda: deque(maxlen=MOST_KEPT))

    def keep(self, unmatched: Unmatched) -> None:
        """One more; the oldest makes way."""
        if unmatched.outcome == "ignored":
            self.ignored += 1
        else:
            self.refused += 1
        self._last.appendleft(unmatched)

    def last(self) -> list[Unmatched]:
        """The last ones, newest first."""
        return list(self._last)


def unmatched(
    outcome: Ending,
    reason: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    asked: frozenset[str],
    proofs: frozenset[str],
    now: datetime,
) -> Unmatched:
    """What is kept of a webhook. ``asked`` are headers the mapping asks for, ``proofs`` those that
    carry its proof; both by their names in small letters.
    """
    telling = {
        name: value[:LONGEST_HEADER]
        for name, value in headers.items()
        if name not in proofs
        and not _SECRET.search(name)
        and (name in asked or _TELLING.fullmatch(name))
    }
    return Unmatched(
        received_at=now,
        outcome=outcome,
        reason=reason,
        headers=telling,
        other_headers=sorted(headers.keys() - telling.keys()),
        body=body[:LONGEST_BODY].decode(errors="replace"),
        body_bytes=len(body),
    )
