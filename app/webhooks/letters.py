"""Letters: SLA events read for telling, whose bodies are written when they are sent."""

import logging
from collections.abc import Collection
from datetime import datetime

from app.domain.policy import Policy
from app.projections.escalation_view import Told
from app.projections.ticket_now import judged
from app.projections.ticket_view import Json, view
from app.store.database import Connection, Row, bucket_of, query
from app.store.policies import PolicyBook
from app.webhooks.formats import FORMATS
from app.webhooks.message import Message, links_of

logger = logging.getLogger(__name__)

Version = tuple[str, str]
Place = tuple[str, int]
"""A ticket, and an event's version in its stream."""


class Letter:
    """One SLA event, and its ticket as the database had it at an instant.

    It is the same for every subscriber of the event, so each format's body is written once.
    """

    __slots__ = ("_at", "_bodies", "_policy", "_public_url", "_row")

    def __init__(
        self, row: Row, policy: Policy | None, at: datetime, public_url: str | None
    ) -> None:
        self._row = row
        self._policy = policy
        self._at = at
        self._public_url = public_url
        self._bodies: dict[str, bytes] = {}

    def body(self, format_name: str) -> bytes:
        """The body in a format; raises whatever a row that cannot be read makes it raise."""
        body = self._bodies.get(format_name)
        if body is None:
            body = self._bodies[format_name] = FORMATS[format_name].render(self._message())
        return body

    def _message(self) -> Message:
        told = Told.of(self._row)
        links = links_of(told, self._public_url)
        return Message(told, self._row["version"], self._ticket(), links)

    def _ticket(self) -> Json | None:
        if self._policy is None:
            return None
        try:
            return view(judged(self._row, self._policy, self._at), self._at)
        except Exception:
            logger.exception("ticket %s is told of without its state", self._row["ticket_id"])
            return None


async def read(
    connection: Connection,
    policies: PolicyBook,
    places: Collection[Place],
    at: datetime,
    public_url: str | None,
) -> dict[Place, Letter]:
    """The letters that tell of these events; one that does not exist is left out."""
    tickets, sequences = zip(*places, strict=True)
    rows = await connection.fetch(
        query("read_letters"), [bucket_of(ticket) for ticket in tickets], tickets, sequences
    )
    versions = {(row["policy_id"], row["policy_version"]) for row in rows}
    known = {each: await _policy(connection, policies, each) for each in versions}
    return {
        (row["ticket_id"], row["version"]): Letter(
            row, known[row["policy_id"], row["policy_version"]], at, public_url
        )
        for row in rows
    }


async def _policy(connection: Connection, policies: PolicyBook, version: Version) -> Policy | None:
    try:
        return await policies.get(connection, *version)
    except Exception:
        logger.exception("tickets of policy %s %s are told of without their state", *version)
        return None
