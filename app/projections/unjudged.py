"""A ticket that cannot be judged at the moment: said to whoever asks for it, and to no other."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.domain.errors import EscalatorError
from app.store.codec import StateUnreadable
from app.store.policies import PolicyUnreadable


class CannotBeJudged(EscalatorError):
    """A ticket whose state, or whose policy, cannot be read."""

    def __init__(self, ticket_id: str, policy_id: str, reason: str) -> None:
        self.ticket_id, self.policy_id = ticket_id, policy_id
        super().__init__(f"ticket {ticket_id} cannot be judged at the moment: {reason}")


@contextmanager
def judging(ticket_id: str, policy_id: str) -> Iterator[None]:
    """What cannot be read within the block is said of this ticket, which a policy judges."""
    try:
        yield
    except (PolicyUnreadable, StateUnreadable) as error:
        raise CannotBeJudged(ticket_id, policy_id, str(error)) from error
