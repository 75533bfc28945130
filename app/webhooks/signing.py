"""Standard Webhooks signatures, symmetric (``v1``): made for what we send, checked for receivers.

The rules are those of https://www.standardwebhooks.com: the signed bytes are ``id.timestamp.body``
exactly as sent, a secret is ``whsec_`` and the base64 of 24 to 64 random bytes, and the header
carries one signature a secret, separated by spaces, so that a receiver may rotate. Asymmetric
signatures (``v1a``, secrets ``whsk_``) would be another branch of `_key` and `_signature`.
"""

import base64
import binascii
import hmac
import re
import secrets as randomness
from collections.abc import Mapping, Sequence

from app.domain.errors import EscalatorError

SECRET_PREFIX = "whsec_"  # noqa: S105 - the public prefix that marks a secret, not one
KEY_BYTES = range(24, 65)
NEW_KEY_BYTES = 32
TOLERANCE_SECONDS = 300

# The id is a header and a part of the signed bytes, which "." divides.
_MESSAGE_ID = re.compile(r"[!-\-/-~]{1,256}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


class SigningError(EscalatorError):
    """A secret or a message id that cannot sign. The text never repeats the secret."""


class SignatureRefused(EscalatorError):
    """A request that is not from the holder of the secret, was altered, or is out of its time."""


def new_secret() -> str:
    """A fresh signing secret: ``whsec_`` and the base64 of 32 random bytes."""
    key = randomness.token_bytes(NEW_KEY_BYTES)
    return SECRET_PREFIX + base64.b64encode(key).decode("ascii")


def sign(secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> str:
    """The ``webhook-signature`` of one attempt: a ``v1,...`` for each secret, in their order.

    `timestamp` is that of this attempt, in whole seconds since 1970. Raises `SigningError` for a
    malformed secret, for none at all, and for an id that cannot stand in the header.
    """
    if not secrets:
        raise SigningError("no secret to sign with")
    if not _MESSAGE_ID.fullmatch(message_id):
        raise SigningError("a message id is 1-256 visible ASCII characters, none of them a dot")
    content = _signed_content(message_id, str(timestamp), body)
    return " ".join(_signature(_key(secret), content) for secret in secrets)


def headers(secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of one attempt; parameters and errors as of `sign`."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(secrets, message_id, timestamp, body),
    }


def verify(
    secret: str,
    headers: Mapping[str, str],
    body: bytes,
    now: int,
    tolerance_seconds: int = TOLERANCE_SECONDS,
) -> None:
    """What a receiver does: returns if one of the signatures is right, else `SignatureRefused`.

    `headers` are looked up without regard to case; `now` is in seconds since 1970, and a
    timestamp further from it than the tolerance, either way, is refused (a replay). Signatures of
    other versions are passed over. Raises `SigningError` for a malformed secret.
    """
    key = _key(secret)
    given = {name.lower(): value for name, value in headers.items()}
    message_id, timestamp = _header(given, "webhook-id"), _header(given, "webhook-timestamp")
    _check_time(timestamp, now, tolerance_seconds)
    expected = _signature(key, _signed_content(message_id, timestamp, body)).encode()
    offered = _header(given, "webhook-signature").split(" ")
    if not any(hmac.compare_digest(expected, one.encode()) for one in offered):
        raise SignatureRefused("no signature of this request is right for the secret")


def _signed_content(message_id: str, timestamp: str, body: bytes) -> bytes:
    return b"%b.%b.%b" % (message_id.encode(), timestamp.encode(), body)


def _signature(key: bytes, content: bytes) -> str:
    return "v1," + base64.b64encode(hmac.digest(key, content, "sha256")).decode("ascii")


def _key(secret: str) -> bytes:
    if not secret.startswith(SECRET_PREFIX):
        raise SigningError(f"a signing secret begins with {SECRET_PREFIX}")
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise SigningError(f"a signing secret is base64 after {SECRET_PREFIX}") from None
    if len(key) not in KEY_BYTES:
        raise SigningError(f"a signing secret is 24 to 64 bytes, this one is {len(key)}")
    return key


def _header(given: Mapping[str, str], name: str) -> str:
    value = given.get(name)
    if not value:
        raise SignatureRefused(f"the header {name} is missing")
    return value


def _check_time(timestamp: str, now: int, tolerance_seconds: int) -> None:
    if not _TIMESTAMP.fullmatch(timestamp):
        raise SignatureRefused("webhook-timestamp is not a count of seconds")
    age = now - int(timestamp)
    if abs(age) > tolerance_seconds:
        raise SignatureRefused(f"the timestamp is {abs(age)} s {'old' if age > 0 else 'ahead'}")
