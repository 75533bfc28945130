"""A ticket as it is now: its row, judged up to this very moment."""

from datetime import datetime

from app.domain.judge import Judge
from app.domain.policy import Policy
from app.projections import stream, ticket_history
from app.projections.escalation_view import Told
from app.projections.ticket_history import TicketAt
from app.projections.unjudged import judging
from app.store.codec import decode_state
from app.store.database import Connection, bucket_of, query
from app.store.policies import PolicyBook


async def read(connection: Connection, policies: PolicyBook, ticket_id: str) -> TicketAt | None:
    """The ticket at the database's now; None if there is no such ticket. CannotBeJudged.

    One to which facts came late is folded from its stream: what stands may stand at another target
    than the log says (23).
    """
    row = await connection.fetchrow(query("ticket_now"), bucket_of(ticket_id), ticket_id)
    if row is None:
        return None
    now = row["now"]
    if await ticket_history.refolded(connection, [ticket_id]):
        return await ticket_history.read(connection, policies, ticket_id, now)
    with judging(ticket_id, row["policy_id"]):
        policy = await policies.get(connection, row["policy_id"], row["policy_version"])
        judge = judged(await stream.state_of(connection, policies, row), policy, now)
    told = [Told(event) for event in judge.verdicts.events]
    return TicketAt(judge, now, await _recorded(connection, judge) + told)


def judged(state: str, policy: Policy, now: datetime) -> Judge:
    """A copy of the ticket in a state, up to ``now``: a mark due this moment shows as reached."""
    judge = Judge(decode_state(state), policy)
    judge.pass_time(now)
    return judge


async def _recorded(connection: Connection, judge: Judge) -> list[Told]:
    """What the log tells of the ticket up to the version that the judge has."""
    ticket = judge.ticket
    rows = await connection.fetch(
        query("ticket_escalations"), bucket_of(ticket.ticket_id), ticket.ticket_id, ticket.version
    )
    told = [Told.of(row) for row in rows]
    return sorted(told, key=lambda each: each.event.reached_at)
