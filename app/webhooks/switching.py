"""What attempts have said of breakers, written down: opened, closed, to be probed again later."""

import logging
from collections.abc import Sequence
from datetime import datetime

from app.projections.tickets import ALL_BUCKETS
from app.store.database import Connection, query
from app.webhooks import breaker
from app.webhooks.breaker import FIRST_PROBE_AFTER, Probed, Tripped, next_probe
from app.webhooks.claims import DELIVERED, Attempt, Claimed
from app.webhooks.retry import GIVE_UP_AFTER

logger = logging.getLogger(__name__)


async def switch(
    connection: Connection,
    tripped: Sequence[Tripped],
    probes: Sequence[Attempt],
    unmade: Sequence[Claimed],
) -> list[str]:
    """Switches breakers by what tripped them, by probes, and by probes that were not made.

    Where a probe has failed, what has waited for 72 hours is dead; answers whose, once for each.
    """
    now: datetime = await connection.fetchval("SELECT clock_timestamp()")
    if tripped:
        await breaker.open_(connection, tripped, now)
        _log("opens: too many failures in a row", [each.subscription_id for each in tripped])
    proved = [each for each in probes if each.status == DELIVERED and not each.ours]
    arrived = [each.claimed.subscription_id for each in proved]
    if arrived:
        await breaker.close(connection, arrived, now)
        _log("closes: the probe was delivered", arrived)
    missed = [each for each in probes if each not in proved]
    ended = [_probed(each, now) for each in missed] + [
        Probed(each.subscription_id, each.lease, now, failed=False) for each in unmade
    ]
    if ended:
        await breaker.end_probes(connection, ended)
    if not missed:
        return []
    names = [each.claimed.subscription_id for each in missed]
    rows = await connection.fetch(
        query("expire_deliveries"), ALL_BUCKETS, names, now - GIVE_UP_AFTER, now
    )
    return [row["subscription_id"] for row in rows]


def _probed(attempt: Attempt, now: datetime) -> Probed:
    claimed = attempt.claimed
    if attempt.ours:  # it says nothing of the receiver: another delivery is tried
        probe_at = now + FIRST_PROBE_AFTER
    else:
        probe_at = next_probe(now, claimed.probes_failed + 1, attempt.asked_to_wait)
    return Probed(claimed.subscription_id, claimed.lease, probe_at, failed=not attempt.ours)


def _log(what: str, subscriptions: Sequence[str]) -> None:
    for each in subscriptions:
        logger.warning("the breaker of subscription %s %s", each, what)
