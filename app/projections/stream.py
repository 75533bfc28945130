"""A ticket's whole stream, folded as it was when its last event was recorded."""

from collections.abc import Iterable, Sequence
from contextlib import suppress

from app.domain.derive import Derived, Policies, derive, named_policy, retractions_in
from app.domain.events import REBOUND, Fact, SlaEvent
from app.domain.policy import Policy
from app.store import event_log
from app.store.codec import STATE_FORMAT, encode_state, event_of
from app.store.database import Connection, Row
from app.store.event_log import Appended, Version
from app.store.policies import PolicyBook, PolicyNotRegistered, PolicyUnreadable


async def fold(connection: Connection, policies: PolicyBook, stream: Sequence[Appended]) -> Derived:
    """The state and the outcomes that the stream gives, and the facts without effect.

    All its events are needed, in order, and one of them must be an opening.
    """
    opening = await opened_by(connection, policies, stream)
    if opening is None:
        raise ValueError("there is no opening in the stream")
    facts = [each.event for each in stream if isinstance(each.event, Fact)]
    raised = [each.event for each in stream if isinstance(each.event, SlaEvent)]
    last = stream[-1]
    assert last.recorded_at is not None  # noqa: S101  # it was read from the log
    bound = await bound_to(connection, policies, facts)
    derived = derive(facts, opening, last.recorded_at, retractions_in(raised), bound)
    derived.judge.ticket.version = last.version
    return derived


async def state_of(connection: Connection, policies: PolicyBook, row: Row) -> str:
    """The state of a ticket's row; one that another version of this code wrote is folded anew."""
    if row["state_format"] == STATE_FORMAT:
        state: str = row["state"]
        return state
    rows = await event_log.read_stream(connection, row["ticket_id"])
    folded = await fold(connection, policies, [appended_of(each) for each in rows])
    return encode_state(folded.judge.ticket)


async def opened_by(
    connection: Connection, policies: PolicyBook, stream: Iterable[Appended]
) -> Policy | None:
    """The policy by which the stream's opening is judged; None if there is no opening."""
    version = next((each.policy for each in stream if each.policy is not None), None)
    return None if version is None else await policies.get(connection, *version)


async def bound_to(connection: Connection, policies: PolicyBook, facts: Iterable[Fact]) -> Policies:
    """The versions that rebindings among the facts name; one that does not exist is left out."""
    return await registered(
        connection, policies, [named_policy(fact.data) for fact in facts if fact.type == REBOUND]
    )


async def registered(
    connection: Connection, policies: PolicyBook, versions: Iterable[Version]
) -> Policies:
    """These versions of policies, those that exist; PolicyUnreadable."""
    found: dict[Version, Policy] = {}
    for version in set(versions):
        try:
            found[version] = await policies.get(connection, *version)
        except PolicyNotRegistered:
            continue
    return found


async def loadable(
    connection: Connection, policies: PolicyBook, versions: Iterable[Version]
) -> Policies:
    """These versions of policies, those that exist and can be loaded: what may be bound to now."""
    found: dict[Version, Policy] = {}
    for version in versions:
        with suppress(PolicyUnreadable):
            found |= await registered(connection, policies, [version])
    return found


def appended_of(row: Row) -> Appended:
    """An event of the log in its place."""
    policy = None if row["policy_id"] is None else (row["policy_id"], row["policy_version"])
    return Appended(event_of(row), row["version"], policy, row["position"], row["recorded_at"])
