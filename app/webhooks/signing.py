"""Standard Webhooks signatures: made for what we send, checked for receivers.

The rules are those of https://www.standardwebhooks.com: the signed bytes are ``id.timestamp.body``
exactly as sent, and the header carries one signature a secret, separated by spaces, so that a
receiver may rotate.

``v1``   HMAC-SHA256; the secret, which both sides have, is ``whsec_`` and the base64 of 24 to 64
         random bytes
``v1a``  ed25519; the secret, which only the sender has, is ``whsk_`` and the base64 of the seed and
         the public key; receivers have ``whpk_`` and the base64 of the public key
"""

import base64
import hmac
import re
import secrets as randomness
from collections.abc import Mapping, Sequence
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app.domain.errors import EscalatorError

Version = Literal["v1", "v1a"]

SECRET_PREFIX = "whsec_"  # noqa: S105 - the public prefix that marks a secret, not one
PRIVATE_PREFIX = "whsk_"
PUBLIC_PREFIX = "whpk_"
SEED_BYTES = PUBLIC_BYTES = 32
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


def new_secret(version: Version = "v1") -> str:
    """A fresh signing secret, its key 32 random bytes."""
    if version == "v1a":
        private = Ed25519PrivateKey.generate()
        pair = private.private_bytes_raw() + private.public_key().public_bytes_raw()
        return f"{PRIVATE_PREFIX}{_text(pair)}"
    return f"{SECRET_PREFIX}{_text(randomness.token_bytes(NEW_KEY_BYTES))}"


def public_key(secret: str) -> str | None:
    """What receivers verify ``v1a`` with: ``whpk_...``; None for a secret that both sides have.

    Raises `SigningError` for a malformed secret.
    """
    key = _senders_key(secret)
    if isinstance(key, bytes):
        return None
    return f"{PUBLIC_PREFIX}{_text(key.public_key().public_bytes_raw())}"


def sign(secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> str:
    """The ``webhook-signature`` of one attempt: ``v1,...`` or ``v1a,...`` a secret, in their order.

    `timestamp` is that of this attempt, in whole seconds since 1970. Raises `SigningError` for a
    malformed secret, for none at all, and for an id that cannot stand in the header.
    """
    if not secrets:
        raise SigningError("no secret to sign with")
    if not _MESSAGE_ID.fullmatch(message_id):
        raise SigningError("a message id is 1-256 visible ASCII characters, none of them a dot")
    content = _signed_content(message_id, str(timestamp), body)
    return " ".join(_signature(_senders_key(secret), content) for secret in secrets)


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

    `secret` is what the receiver was given: ``whsec_...``, or the public key ``whpk_...``. The
    `headers` are looked up without regard to case; `now` is in seconds since 1970, and a timestamp
    further from it than the tolerance, either way, is refused (a replay). Signatures of the other
    version are passed over. Raises `SigningError` for a malformed secret.
    """
    key = _receivers_key(secret)
    given = {name.lower(): value for name, value in headers.items()}
    message_id, timestamp = _header(given, "webhook-id"), _header(given, "webhook-timestamp")
    _check_time(timestamp, now, tolerance_seconds)
    content = _signed_content(message_id, timestamp, body)
    offered = _header(given, "webhook-signature").split(" ")
    if not any(_is_right(key, one, content) for one in offered):
        raise SignatureRefused("no signature of this request is right for the secret")


def _signed_content(message_id: str, timestamp: str, body: bytes) -> bytes:
    return b"%b.%b.%b" % (message_id.encode(), timestamp.encode(), body)


def _signature(key: bytes | Ed25519PrivateKey, content: bytes) -> str:
    if isinstance(key, bytes):
        return f"v1,{_text(hmac.digest(key, content, 'sha256'))}"
    return f"v1a,{_text(key.sign(content))}"


def _is_right(key: bytes | Ed25519PublicKey, offered: str, content: bytes) -> bool:
    if isinstance(key, bytes):
        return hmac.compare_digest(_signature(key, content).encode(), offered.encode())
    version, _, text = offered.partition(",")
    if version != "v1a":
        return False
    try:
        key.verify(base64.b64decode(text, validate=True), content)
    except (InvalidSignature, ValueError):
        return False
    return True


def _senders_key(secret: str) -> bytes | Ed25519PrivateKey:
    if not secret.startswith(PRIVATE_PREFIX):
        return _shared_key(secret)
    pair = _bytes(secret, PRIVATE_PREFIX)
    if len(pair) != SEED_BYTES + PUBLIC_BYTES:
        raise SigningError(f"a private key is 64 bytes, this one is {len(pair)}")
    key = Ed25519PrivateKey.from_private_bytes(pair[:SEED_BYTES])
    if key.public_key().public_bytes_raw() != pair[SEED_BYTES:]:
        raise SigningError("the two halves of this private key do not belong together")
    return key


def _receivers_key(secret: str) -> bytes | Ed25519PublicKey:
    if not secret.startswith(PUBLIC_PREFIX):
        return _shared_key(secret)
    raw = _bytes(secret, PUBLIC_PREFIX)
    if len(raw) != PUBLIC_BYTES:
        raise SigningError(f"a public key is {PUBLIC_BYTES} bytes, this one is {len(raw)}")
    return Ed25519PublicKey.from_public_bytes(raw)


def _shared_key(secret: str) -> bytes:
    if not secret.startswith(SECRET_PREFIX):
        raise SigningError(f"a signing secret begins with {SECRET_PREFIX}, or {PRIVATE_PREFIX}")
    key = _bytes(secret, SECRET_PREFIX)
    if len(key) not in KEY_BYTES:
        raise SigningError(f"a signing secret is 24 to 64 bytes, this one is {len(key)}")
    return key


def _bytes(secret: str, prefix: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(prefix), validate=True)
    except ValueError:
        raise SigningError(f"a signing secret is base64 after {prefix}") from None


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


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
