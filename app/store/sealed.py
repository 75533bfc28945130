"""Secrets at rest: sealed under a key that is not in the database, so that a dump tells nothing.

AES-256-GCM of https://cryptography.io. A sealed text is ``sealed:v1:<key>:<base64>``: which key,
then a random nonce and what it sealed. What the secret is and whose is bound to it, so that a row's
sealed text is of no use in another row.
"""

import base64
import binascii
import re
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.domain.errors import EscalatorError

KEY_BYTES = 32
NONCE_BYTES = 12
PREFIX = "sealed:v1:"

_KEY_TEXT = re.compile(r"[A-Za-z0-9+/_-]{43}=?")


class KeyMalformed(EscalatorError):
    """A key that is none. The text never repeats it."""


class NoKey(EscalatorError):
    """There is nothing to seal with."""


class CannotOpen(EscalatorError):
    """Sealed with a key that is not here, or altered. The text says which key was used."""


class Seals:
    """The keys of this installation: the first one seals, each one opens what it sealed."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = tuple(keys)
        self._ciphers = {_id(key): AESGCM(_derived(key, "seal")) for key in keys}
        self.first = next(iter(self._ciphers), None)
        """The id of the key that seals; None if there is no key."""

    def seal(self, secret: str, about: str) -> str:
        """The secret, sealed; ``about`` says what and whose it is. NoKey if there is none."""
        if self.first is None:
            raise NoKey("there is no key to seal secrets with: set ESCALATOR_SECRETS_KEY")
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = self._ciphers[self.first].encrypt(nonce, secret.encode(), about.encode())
        return f"{PREFIX}{self.first}:{base64.b64encode(nonce + sealed).decode('ascii')}"

    def open(self, sealed: str, about: str) -> str:
        """The secret that was sealed about the same; CannotOpen otherwise."""
        if not is_sealed(sealed):
            raise CannotOpen("this is no sealed secret")
        key, _, text = sealed.removeprefix(PREFIX).partition(":")
        cipher = self._ciphers.get(key)
        if cipher is None:
            raise CannotOpen(f"the secret was sealed with the key {key}, which is not here")
        try:
            content = base64.b64decode(text, validate=True)
            nonce, rest = content[:NONCE_BYTES], content[NONCE_BYTES:]
            return cipher.decrypt(nonce, rest, about.encode()).decode()
        except (InvalidTag, binascii.Error, ValueError):
            raise CannotOpen(f"the sealed secret was altered, or is not that {about}") from None

    def is_current(self, sealed: str) -> bool:
        """Whether a text is sealed with the key that seals now."""
        return self.first is not None and sealed.startswith(f"{PREFIX}{self.first}:")

    def derived(self, purpose: str) -> tuple[bytes, ...]:
        """A key of 32 bytes for another purpose from each key, the one to use first."""
        return tuple(_derived(key, purpose) for key in self._keys)


def is_sealed(text: str) -> bool:
    """Whether a text is a sealed secret, and not one in the clear."""
    return text.startswith(PREFIX)


def keys_in(text: str) -> list[bytes]:
    """The keys in a text, apart by spaces, lines or commas; KeyMalformed if one is none."""
    return [_key(part) for part in text.replace(",", " ").split()]


def new_key() -> str:
    """A fresh key as it is written: the base64 of 32 random bytes."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii")


def _key(text: str) -> bytes:
    if not _KEY_TEXT.fullmatch(text):
        raise KeyMalformed(
            f"a key is the base64 of {KEY_BYTES} random bytes, as `escalator secrets key` makes it"
        )
    plain = text.rstrip("=").replace("-", "+").replace("_", "/")
    return base64.b64decode(f"{plain}=")


def _derived(key: bytes, purpose: str) -> bytes:
    """A key for one purpose, from which no other can be told."""
    info = f"escalator/v1/{purpose}".encode()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(key)


def _id(key: bytes) -> str:
    """What a key is called, without telling anything of it."""
    return _derived(key, "id")[:4].hex()
