"""A ticket at another time: as it was, will be, or was believed to be (33)."""

from datetime import datetime

from app.api.access import Caller
from app.api.asking import moment_of, no_ticket
from app.api.context import Service
from app.api.problems import Problem
from app.domain.judge import Judge
from app.projections import ticket_history
from app.projections.ticket_history import TicketAt, TooManyMarks


async def ticket_at(
    service: Service,
    caller: Caller,
    ticket_id: str,
    as_of: datetime | None,
    known_at: datetime | None,
    judge_of: type[Judge] = Judge,
) -> TicketAt:
    """The ticket at the instant asked for, by ``judge_of``; 404 or 422 as the caller may know."""
    async with service.database.connection() as connection:
        moment = await moment_of(connection, as_of, known_at)
        try:
            found = await ticket_history.read(
                connection, service.policies, ticket_id, *moment, judge_of
            )
        except TooManyMarks as error:
            if not caller.sees(error.policy_id):
                raise no_ticket(ticket_id, as_of or known_at) from None
            raise _too_far(error, "known_at" if as_of is None else "as_of") from None
    if found is None or not caller.sees(found.judge.policy.id):
        raise no_ticket(ticket_id, as_of or known_at)
    return found


def _too_far(error: TooManyMarks, name: str) -> Problem:
    detail = f"{error}; ask for an instant before {error.furthest:%Y-%m-%dT%H:%M:%SZ}"
    return Problem(422, f"{name}: {detail}", [(name, detail)])
