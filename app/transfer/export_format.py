"""What an export is made of: a head, the policies, the log; each a line of JSON."""

from datetime import datetime
from typing import Annotated, Literal, TypeVar

import msgspec

from app.domain.events import SLA_TYPES, SlaEvent
from app.policy_files.language import version_of
from app.store.database import Row, bucket_of
from app.transfer.lines import Damaged, Line

FORMAT = "escalator-export"
FORMAT_VERSION = 1

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Count = Annotated[int, msgspec.Meta(ge=0)]
T = TypeVar("T")


class InForce(msgspec.Struct, frozen=True):
    """Which version of a policy counts, and from when on."""

    policy_id: str
    version: str
    since: Instant


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The first line: what comes after it."""

    format: str = FORMAT
    format_version: int = FORMAT_VERSION
    exported_at: Instant
    policies: Count
    events: Count
    in_force: list[InForce]


class PolicyVersion(msgspec.Struct, frozen=True):
    """A version of a policy that was ever in force, with its content."""

    policy_id: str
    version: str
    registered_at: Instant
    content: msgspec.Raw


class Policy(msgspec.Struct, frozen=True):
    """Of an opening: what it is judged by."""

    id: str
    version: str


class LoggedEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An event of the log, its data to the letter as it stands there."""

    specversion: Literal["1.0"]
    id: str
    source: str
    type: str
    subject: str
    time: Instant | None = None
    """As it was sent; left out where it was."""
    data: msgspec.Raw
    position: Count
    version: Annotated[int, msgspec.Meta(ge=1)]
    recorded_at: Instant
    policy: Policy | None = None

    def row(self) -> tuple[object, ...]:
        """The columns of its row, in the order of ``COLUMNS``."""
        policy = self.policy
        return (
            bucket_of(self.subject),
            self.subject,
            self.version,
            self.position,
            self.type,
            self.source,
            self.id,
            self.time,
            self.recorded_at,
            None if policy is None else policy.id,
            None if policy is None else policy.version,
            bytes(self.data).decode(),
        )


COLUMNS = (
    "bucket",
    "ticket_id",
    "version",
    "position",
    "type",
    "source",
    "event_id",
    "time",
    "recorded_at",
    "policy_id",
    "policy_version",
    "data",
)

_encoder = msgspec.json.Encoder()
_events = msgspec.json.Decoder(LoggedEvent)
_policies = msgspec.json.Decoder(PolicyVersion)
_heads = msgspec.json.Decoder(Head)
_objects = msgspec.json.Decoder(dict[str, object])
_sla_events = msgspec.json.Decoder(SlaEvent)
_anything = msgspec.json.Decoder(object)


def logged_event(row: Row) -> LoggedEvent:
    """The event of a row of the log."""
    version = row["policy_version"]
    return LoggedEvent(
        specversion="1.0",
        id=row["event_id"],
        source=row["source"],
        type=row["type"],
        subject=row["ticket_id"],
        time=row["time"],
        data=msgspec.Raw(row["data"].encode()),
        position=row["position"],
        version=row["version"],
        recorded_at=row["recorded_at"],
        policy=None if version is None else Policy(row["policy_id"], version),
    )


def written(entries: list[T]) -> bytes:
    """Each as a line."""
    return _encoder.encode_lines(entries)


def is_head(line: Line) -> bool:
    """Whether a file that begins with this line is an export."""
    try:
        return _objects.decode(line.text).get("format") == FORMAT
    except (msgspec.MsgspecError, RecursionError):
        return False


def read_head(line: Line) -> Head:
    """The head; Damaged if another version of this program would be needed to read on."""
    version = _read(_objects, line).get("format_version")
    if version != FORMAT_VERSION:
        raise Damaged(f"an export of format version {version}; {FORMAT_VERSION} is read here")
    return _read(_heads, line)


def read_policy(line: Line) -> PolicyVersion:
    """A policy's version. Damaged if the content is not that of the version."""
    policy = _read(_policies, line)
    if version_of(_decoded(_anything, policy.content, "/content: ")) != policy.version:
        raise Damaged(f"/content: it is not that of version {policy.version}")
    return policy


def read_logged(line: Line) -> LoggedEvent:
    """An event of the log, with data that can be folded."""
    event = _read(_events, line)
    if event.type in SLA_TYPES:
        _decoded(_sla_events, event.data, "/data: ")
    else:
        _decoded(_objects, event.data, "/data: ")
    return event


def _read(decoder: msgspec.json.Decoder[T], line: Line) -> T:
    if line.too_long:
        raise Damaged("it is too long")
    try:
        return _decoded(decoder, line.text)
    except Damaged:
        if line.cut_off:
            raise Damaged("the file ends in the middle of it") from None
        raise


def _decoded(decoder: msgspec.json.Decoder[T], text: bytes | msgspec.Raw, where: str = "") -> T:
    try:
        return decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Damaged(f"{where}{error}") from None
