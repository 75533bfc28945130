"""A ticket's whole stream, folded as it was when its last event was recorded."""

from collections.abc import Sequence

from app.domain.derive import derive, retractions_in
from app.domain.events import Fact, SlaEvent
from app.domain.judge import Judge
from app.store.codec import event_of
from app.store.database import Connection, Row
from app.store.policies import PolicyBook


async def fold(connection: Connection, policies: PolicyBook, rows: Sequence[Row]) -> Judge:
    """The state and the outcomes that the stream gives; all its rows, in order, are needed."""
    opening = next(row for row in rows if row["policy_id"] is not None)
    policy = await policies.get(connection, opening["policy_id"], opening["policy_version"])
    events = [event_of(row) for row in rows]
    judge = derive(
        [event for event in events if isinstance(event, Fact)],
        policy,
        rows[-1]["recorded_at"],
        retractions_in(event for event in events if isinstance(event, SlaEvent)),
    )
    judge.ticket.version = rows[-1]["version"]
    return judge
