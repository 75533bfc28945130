"""A ticket as it is now: its row, judged up to this very moment."""

from datetime import datetime

from app.domain.judge import Judge
from app.domain.policy import Policy
from app.projections.escalation_view import Told
from app.projections.escalations import NOT_ESCALATIONS
from app.store.codec import decode_state
from app.store.database import Connection, Row, bucket_of, query
from app.store.policies import PolicyBook


async def read(
    connection: Connection, policies: PolicyBook, ticket_id: str
) -> tuple[Judge, datetime] | None:
    """The ticket and the database's now; None if there is no such ticket."""
    row = await connection.fetchrow(query("ticket_now"), bucket_of(ticket_id), ticket_id)
    if row is None:
        return None
    policy = await policies.get(connection, row["policy_id"], row["policy_version"])
    return judged(row, policy, row["now"]), row["now"]


def judged(row: Row, policy: Policy, now: datetime) -> Judge:
    """A copy of the ticket in a row, up to ``now``: a mark due this moment shows as reached."""
    judge = Judge(decode_state(row["state"]), policy)
    judge.pass_time(now)
    return judge


async def escalations(connection: Connection, judge: Judge) -> list[Told]:
    """Everything told about the ticket up to the version that the judge has, by when reached."""
    ticket = judge.ticket
    rows = await connection.fetch(
        query("ticket_escalations"), bucket_of(ticket.ticket_id), ticket.ticket_id, ticket.version
    )
    told = [Told.of(row) for row in rows]
    told += [Told(event) for event in judge.verdicts.events if event.type not in NOT_ESCALATIONS]
    return sorted(told, key=lambda each: each.event.reached_at)
