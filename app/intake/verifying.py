"""How a sender proves itself: a signature over the bytes as they came, or a secret in a header.

Nothing is parsed before this has passed. Comparisons take the same time whatever was offered.
"""

import base64
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from app.domain.errors import EscalatorError

TOLERANCE_SECONDS = 300

Algorithm = Literal["sha256", "sha1"]
Encoding = Literal["hex", "base64"]

_COUNT = re.compile(r"[0-9]{1,15}")
_MILLISECONDS_FROM = 10**11
"""A count this large is of milliseconds: as seconds it would lie past the year 5000."""


class NotProven(EscalatorError):
    """A request that does not prove to come from who holds the secret."""

    def __init__(self, why: str, *, absent: bool = False) -> None:
        super().__init__(why)
        self.absent = absent
        """Whether no proof was offered at all."""


@dataclass(frozen=True, slots=True)
class Signed:
    """An HMAC in a header."""

    algorithm: Algorithm
    header: str
    prefix: str = ""
    encoding: Encoding = "hex"
    template: str = "{body}"
    """What is signed, made of ``{timestamp}`` and ``{body}``."""
    timestamp: str | None = None
    """The header that says when it was signed: RFC 3339, or seconds or milliseconds since 1970."""
    tolerance_seconds: int = TOLERANCE_SECONDS

    def signature(self, secret: str, body: bytes, timestamp: str = "") -> str:
        """The header's value for a body, as the sender writes it."""
        parts = self.template.split("{body}")
        content = body.join(part.replace("{timestamp}", timestamp).encode() for part in parts)
        digest = hmac.digest(secret.encode(), content, self.algorithm)
        text = digest.hex() if self.encoding == "hex" else base64.b64encode(digest).decode()
        return self.prefix + text


@dataclass(frozen=True, slots=True)
class SharedSecret:
    """The secret itself in a header, for senders that cannot sign."""

    header: str


Proof = Signed | SharedSecret


def verify(
    proof: Proof, secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: int
) -> None:
    """Returns if one of the secrets is the sender's; NotProven says why it is not.

    Headers are by their names in small letters; ``now`` is in seconds since 1970.
    """
    offered = _header(headers, proof.header)
    if isinstance(proof, SharedSecret):
        if not _is_one_of(offered, secrets):
            raise NotProven(f"the secret in {proof.header} is not the right one")
        return
    timestamp = ""
    if proof.timestamp is not None:
        timestamp = _header(headers, proof.timestamp)
        _check_time(timestamp, proof, now)
    right = [proof.signature(each, body, timestamp) for each in secrets]
    if proof.encoding == "hex":
        offered, right = offered.lower(), [each.lower() for each in right]
    if not _is_one_of(offered, right):
        raise NotProven(f"the signature in {proof.header} is not right for this body")


def _is_one_of(offered: str, right: Sequence[str]) -> bool:
    """Each is compared, whichever was right."""
    matches = [hmac.compare_digest(offered.encode(), each.encode()) for each in right]
    return any(matches)


def _header(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name.lower())
    if not value:
        raise NotProven(f"the header {name} is missing", absent=True)
    return value


def _check_time(timestamp: str, proof: Signed, now: int) -> None:
    """Neither replayed long after it was signed, nor signed ahead of time."""
    try:
        if _COUNT.fullmatch(timestamp):
            count = int(timestamp)
            at = count // 1000 if count >= _MILLISECONDS_FROM else count
        else:
            instant = datetime.fromisoformat(timestamp)
            if instant.tzinfo is None:
                instant = instant.replace(tzinfo=UTC)
            at = int(instant.timestamp())
    except (ValueError, OverflowError):
        raise NotProven(f"the timestamp in {proof.timestamp} is none") from None
    age = now - at
    if abs(age) > proof.tolerance_seconds:
        ago = "old" if age > 0 else "ahead"
        raise NotProven(f"the timestamp in {proof.timestamp} is {abs(age)} s {ago}")
