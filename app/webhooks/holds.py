"""Receivers that have answered 429: nothing at all is sent there until the time they named.

Kept by each replica for itself. Another one learns of it by the answer to its own next attempt.
"""

from app.clock import monotonic
from app.webhooks.claims import Attempt
from app.webhooks.subscriptions import Subscription

TOO_MANY = 429


class Holds:
    """Until when nothing is sent, by receiver."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, str], float] = {}

    def hear(self, made: Attempt) -> bool:
        """An attempt has ended; whether its receiver wants none for a while."""
        seconds = made.asked_to_wait.total_seconds()
        if made.answer_status != TOO_MANY or seconds <= 0:
            return False
        key = _key(made.claimed.subscription)
        self._until[key] = max(self._until.get(key, 0.0), monotonic() + seconds)
        return True

    def stand(self, subscription: Subscription) -> bool:
        """Whether nothing may be sent to it yet."""
        until = self._until.get(_key(subscription))
        if until is not None and until <= monotonic():
            del self._until[_key(subscription)]
            until = None
        return until is not None


def _key(subscription: Subscription) -> tuple[str, str]:
    return subscription.id, subscription.url
