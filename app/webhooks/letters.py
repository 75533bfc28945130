"""Letters: SLA events read for telling, whose bodies are written when they are sent."""

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from app.domain.policy import Policy
from app.projections.escalation_view import Told
from app.projections.stream import state_of
from app.projections.ticket_now import judged
from app.projections.ticket_view import Json, view
from app.store.database import Connection, Row, bucket_of, query
from app.store.policies import PolicyBook
from app.webhooks.formats import FORMATS
from app.webhooks.formats.format import Options
from app.webhooks.links import Addresses
from app.webhooks.message import Message, News, links_of
from app.webhooks.outbox import followed
from app.webhooks.subscriptions import Subscription

logger = logging.getLogger(__name__)

Version = tuple[str, str]
Place = tuple[str, int, str]
"""A ticket, the place in its stream of what is told, and its id: an event's, or a follow-up's."""


class Letter:
    """One SLA event, and its ticket as the database had it at an instant.

    It is the same for every subscriber of the event, so each body is written once: a body depends
    on the format and on its options.
    """

    __slots__ = ("_addresses", "_at", "_bodies", "_earlier", "_place", "_policy", "_row", "_state")

    def __init__(
        self,
        row: Row,
        place: Place,
        state: str,
        policy: Policy | None,
        at: datetime,
        addresses: Addresses,
        earlier: Sequence[Row] = (),
    ) -> None:
        self._row = row
        self._place = place
        self._state = state
        self._policy = policy
        self._at = at
        self._addresses = addresses
        self._earlier = [each for each in earlier if each["version"] < row["version"]]
        self._bodies: dict[tuple[str, str], bytes | None] = {}

    def body(self, subscription: Subscription, options: Options) -> bytes | None:
        """What is sent to a subscription, None if there is nothing to tell it.

        Raises whatever a row that cannot be read makes it raise; CannotBeWritten.
        """
        key = subscription.format, subscription.kept_options
        if key not in self._bodies:
            self._bodies[key] = FORMATS[subscription.format].render(self.message(), options)
        return self._bodies[key]

    def message(self) -> Message:
        """What is told, whatever the format."""
        told = Told.of(self._row)
        _, sequence, event_id = self._place
        return Message(
            told,
            sequence,
            self._ticket(),
            links_of(told, self._addresses, self._at),
            self._at,
            [Told.of(each) for each in self._earlier],
            news_of(event_id),
        )

    def _ticket(self) -> Json | None:
        if self._policy is None:
            return None
        try:
            return view(judged(self._state, self._policy, self._at), self._at)
        except Exception:
            logger.exception("ticket %s is told of without its state", self._row["ticket_id"])
            return None


def news_of(event_id: str) -> News:
    """What a delivery's event id says is told: of an event itself, that it was raised."""
    return News(followed(event_id)[1] or News.RAISED)


async def read(
    connection: Connection,
    policies: PolicyBook,
    places: Collection[Place],
    at: datetime,
    addresses: Addresses,
    with_earlier: Collection[str] = (),
) -> dict[Place, Letter]:
    """The letters that tell of these events; one that does not exist is left out.

    ``with_earlier`` are the tickets of which somebody wants to know who was told before.
    """
    rows = await _rows(connection, places)
    versions = {(row["policy_id"], row["policy_version"]) for row in rows.values()}
    known = {each: await _policy(connection, policies, each) for each in versions}
    earlier = await _earlier(connection, with_earlier)
    return {
        place: Letter(
            row,
            place,
            await _state(connection, policies, row),
            known[row["policy_id"], row["policy_version"]],
            at,
            addresses,
            earlier.get(place[0], ()),
        )
        for place, row in rows.items()
    }


async def _rows(connection: Connection, places: Collection[Place]) -> dict[Place, Row]:
    """Each event's row; of a follow-up, that of the event it follows."""
    follow_ups = [place for place in places if news_of(place[2]) is not News.RAISED]
    itself = [place for place in places if news_of(place[2]) is News.RAISED]
    found: dict[Place, Row] = {}
    if itself:
        tickets, versions, _ = zip(*itself, strict=True)
        buckets = [bucket_of(ticket) for ticket in tickets]
        rows = await connection.fetch(query("read_letters"), buckets, tickets, versions)
        there = {(row["ticket_id"], row["version"]): row for row in rows}
        found |= {place: there[place[:2]] for place in itself if place[:2] in there}
    if follow_ups:
        buckets = [bucket_of(ticket) for ticket, _, _ in follow_ups]
        ids = [followed(event_id)[0] for _, _, event_id in follow_ups]
        rows = await connection.fetch(query("read_followed"), buckets, ids)
        by_id = {row["event_id"]: row for row in rows}
        found |= {
            place: by_id[each] for place, each in zip(follow_ups, ids, strict=True) if each in by_id
        }
    return found


async def _earlier(connection: Connection, tickets: Collection[str]) -> Mapping[str, Sequence[Row]]:
    """What these tickets' subscribers were told last, in order."""
    if not tickets:
        return {}
    buckets = [bucket_of(ticket) for ticket in tickets]
    rows = await connection.fetch(query("read_earlier"), buckets, list(tickets))
    return {ticket: list(each) for ticket, each in groupby(rows, lambda row: row["ticket_id"])}


async def _state(connection: Connection, policies: PolicyBook, row: Row) -> str:
    try:
        return await state_of(connection, policies, row)
    except Exception:
        logger.exception("ticket %s cannot be folded", row["ticket_id"])
        return ""


async def _policy(connection: Connection, policies: PolicyBook, version: Version) -> Policy | None:
    try:
        return await policies.get(connection, *version)
    except Exception:
        logger.exception("tickets of policy %s %s are told of without their state", *version)
        return None
