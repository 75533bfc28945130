"""Links by which a person acknowledges an escalation where they were told of it, such as a chat.

Such a link is signed and expires, and it stands for a key: whoever has it may see this escalation
and take it on, and nothing else. It is never logged.
"""

import base64
import hmac
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from app.domain.errors import EscalatorError
from app.store.sealed import Seals

PATH = "/ack/"
PURPOSE = "acknowledge"
LASTS = timedelta(days=7)


class LinkForged(EscalatorError):
    """Not a link of ours, or altered, or its key is not here any more."""


class Addresses:
    """Where things are: makes links and reads them.

    They begin with the service's public URL, if it has one; without it they are paths.
    """

    def __init__(self, seals: Seals, public_url: str | None, lasts: timedelta = LASTS) -> None:
        self._keys = seals.derived(PURPOSE)
        self._lasts = lasts
        self._base = (public_url or "").rstrip("/")

    def ticket(self, ticket_id: str) -> str:
        """Where a ticket is."""
        return f"{self._base}/v1/tickets/{quote(ticket_id, safe='')}"

    def acknowledge(self, escalation_id: str, at: datetime) -> str:
        """Where an escalation is acknowledged: by a link; by the API where there is no key."""
        if not self._keys:
            return f"{self._base}/v1/escalations/{escalation_id}/acknowledge"
        expires = int((at + self._lasts).timestamp())
        signed = f"{escalation_id}.{expires}"
        return f"{self._base}{PATH}{signed}.{_signature(self._keys[0], signed)}"

    def read(self, token: str) -> tuple[str, datetime]:
        """The escalation a link's last part is for, and when it expires. LinkForged."""
        signed, _, signature = token.rpartition(".")
        expected = [_signature(key, signed).encode() for key in self._keys]
        # Each is compared, so that the time it takes does not say which key was used.
        right = [hmac.compare_digest(each, signature.encode()) for each in expected]
        if not any(right):
            raise LinkForged("this link was not made here, or was altered")
        escalation_id, _, expires = signed.rpartition(".")
        return escalation_id, datetime.fromtimestamp(int(expires), UTC)


def _signature(key: bytes, signed: str) -> str:
    digest = hmac.digest(key, signed.encode("utf-8", "replace"), "sha256")
    return base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")
