"""How much a key may do: a token bucket for each, in every replica its own."""

from math import ceil

from app.api.problems import Problem
from app.clock import monotonic
from app.store.keys import Key


class Limits:
    """The buckets of all keys that have a limit.

    A bucket holds as many tokens as flow into it in a second. A request is taken while there are
    any, and may leave a debt: a batch larger than the bucket is taken too, and paid off after it.
    """

    def __init__(self) -> None:
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, key: Key) -> None:
        """Pays for a request; 429 if there is nothing to pay with."""
        if key.events_a_second is None:
            return
        left = self._flow(key, key.events_a_second)
        if left < 1:
            wait = max(1, ceil((1 - left) / key.events_a_second))
            raise Problem(
                429,
                f"key {key.name!r} may send {key.events_a_second} events a second",
                headers={**self.left(key), "Retry-After": str(wait)},
            )
        self.pay(key, 1)

    def pay(self, key: Key | None, tokens: int) -> None:
        """Takes tokens for what a request turned out to hold; that may leave a debt."""
        if key is not None and key.id in self._buckets:
            left, at = self._buckets[key.id]
            self._buckets[key.id] = left - max(0, tokens), at

    def left(self, key: Key) -> dict[str, str]:
        """The headers that say what is left: the IETF's draft "RateLimit header fields"."""
        rate = key.events_a_second
        if rate is None:
            return {}
        left = self._flow(key, rate)
        return {
            "RateLimit-Policy": f'"events";q={rate};w=1',
            "RateLimit": f'"events";r={max(0, int(left))};t={max(0, ceil((rate - left) / rate))}',
        }

    def _flow(self, key: Key, rate: int) -> float:
        """What is in the bucket now."""
        now = monotonic()
        left, at = self._buckets.get(key.id, (float(rate), now))
        left = min(float(rate), left + (now - at) * rate)
        self._buckets[key.id] = left, now
        return left
