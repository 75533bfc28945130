"""A fact as it comes in, and the receipt that says what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.errors import FactRefused
from app.domain.events import Fact
from app.store.event_log import Appended, Identity

AHEAD = timedelta(minutes=5)
"""How far a fact's time may lie ahead of the database's clock (2)."""

EARLIEST_YEAR = 2000


class NotNow(FactRefused):
    """A fact that may be right, of a ticket or a policy that cannot be read at the moment."""


@dataclass(frozen=True, slots=True)
class NewFact:
    """A fact as it was sent, well-formed, not yet judged."""

    ticket_id: str
    source: str
    id: str
    type: str
    time: datetime | None
    data: Mapping[str, object]
    backfill: bool = False
    """Whether nobody is to be told of what it shows to be past (24)."""
    policies: frozenset[str] | None = None
    """The policies that exist for who sent it; None for all."""

    def sees(self, policy_id: str) -> bool:
        """Whether tickets of a policy exist for who sent it."""
        return self.policies is None or policy_id in self.policies

    @property
    def identity(self) -> Identity:
        """What makes it the same when it is sent again."""
        return self.ticket_id, self.source, self.id


@dataclass(slots=True)
class Receipt:
    """What became of a fact: ``recorded``, ``held``, ``duplicate`` or ``refused``."""

    fact: NewFact
    outcome: str = "refused"
    version: int | None = None
    position: int | None = None
    detail: str | None = None
    pointer: str | None = None
    conflict: bool = False
    """Whether it was refused because the same identity was used for something else."""
    unseen: bool = False
    """Whether it was refused because its ticket does not exist for who sent it."""
    later: bool = False
    """Whether it was refused for a trouble of this service's: the same again may be taken later."""
    place: Appended | None = None
    """Where it stands, known once it is written."""

    def refuse(self, error: FactRefused, *, conflict: bool = False) -> None:
        """It was not taken."""
        self.outcome, self.place, self.version, self.position = "refused", None, None, None
        self.detail, self.pointer, self.conflict = error.detail, error.pointer, conflict
        self.later = isinstance(error, NotNow)

    def settle(self) -> None:
        """Takes over the place that writing has given it."""
        if self.place is not None:
            self.version, self.position = self.place.version, self.place.position


def dated(new: NewFact, now: datetime) -> Fact:
    """The fact, recorded now; FactRefused if its time cannot be (2)."""
    if new.time is not None:
        if new.time > now + AHEAD:
            raise FactRefused(
                f"time {new.time.isoformat()} is more than 5 minutes ahead of the database's "
                f"clock, {now.isoformat()}",
                "/time",
            )
        if new.time.year < EARLIEST_YEAR:
            raise FactRefused(f"time {new.time.isoformat()} lies before 2000", "/time")
    return Fact(new.type, new.ticket_id, new.source, new.id, new.time, now, new.data)
