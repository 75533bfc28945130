"""PagerDuty's Events API v2: one alert a ticket and clock, opened, acknowledged and resolved."""

import re
from datetime import datetime, timedelta
from hashlib import blake2b

import msgspec

from app.domain.events import (
    SLA_BREACHED,
    SLA_ESCALATED,
    SLA_MET,
    SLA_RETRACTED,
    SLA_WARNED,
    SOURCE,
)
from app.domain.marks import MET
from app.projections.escalation_view import Told
from app.projections.ticket_view import Json
from app.webhooks.formats.chat import OPEN_TICKET, write_line
from app.webhooks.formats.format import Format, OptionRefused, Options, Trial, known
from app.webhooks.message import Message, News
from app.webhooks.retry import Verdict
from app.webhooks.wording import summary as summaries
from app.webhooks.wording.summary import Level, Summary
from app.webhooks.wording.text import fit, plain
from app.webhooks.wording.words import instant

LONGEST_SUMMARY, LONGEST_KEY = 1024, 255

IN_ORDER = timedelta(seconds=60)
"""None of a ticket's deliveries waits longer for an earlier one."""
TRIGGER, ACKNOWLEDGE, RESOLVE = "trigger", "acknowledge", "resolve"

_ROUTING_KEY = re.compile(r"[A-Za-z0-9_-]{20,64}")
_OVERDUE = (SLA_WARNED, SLA_BREACHED, SLA_ESCALATED)
_SEVERITIES = {
    Level.INFO: "info",
    Level.WARNING: "warning",
    Level.CRITICAL: "critical",
    Level.GOOD: "info",
}


def render(message: Message, options: Options) -> bytes | None:
    """The event; None where the alert stays as it is."""
    action = _action(message)
    if action is None:
        return None
    event: Json = {
        "routing_key": options["routing_key"],
        "event_action": action,
        "dedup_key": dedup_key(message),
    }
    if action == TRIGGER:
        event |= _alert(message)
    return msgspec.json.encode(event)


def dedup_key(message: Message) -> str:
    """The ticket and its clock; a notice, which has none, is an alert of its own."""
    event = message.told.event
    told_of = event.clock or f"notice/{event.retracts or event.id}"
    key = f"{event.ticket_id}/{told_of}"
    if len(key) <= LONGEST_KEY:
        return key
    return blake2b(key.encode(), digest_size=32).hexdigest()


def _action(message: Message) -> str | None:
    told, event = message.told, message.told.event
    if message.news is News.ACKNOWLEDGED:
        return ACKNOWLEDGE
    if message.news is News.ENDED:
        return None if _runs(message) else RESOLVE
    if event.type == SLA_MET:
        return None if _runs(message) else RESOLVE
    if event.type == SLA_RETRACTED:
        stands = any(_stands(each, told) for each in message.earlier)
        if event.kind == MET:
            return TRIGGER if stands else None  # reopened: it was late, and is not met after all
        return None if stands else RESOLVE
    if event.type in _OVERDUE and _is_over(message):
        return None  # told late, after its end: nothing would resolve it any more
    return TRIGGER if told.retracted_at is None else None


def _stands(each: Told, told: Told) -> bool:
    """Whether something of the same cycle was told before, and holds."""
    earlier, event = each.event, told.event
    return (
        (earlier.clock, earlier.cycle) == (event.clock, event.cycle)
        and earlier.type in _OVERDUE
        and earlier.id != event.retracts
        and each.retracted_at is None
        and not earlier.silent
    )


def _runs(message: Message) -> bool:
    """Whether the clock that the alert is about goes on after all, be it in a later cycle.

    A later cycle that is not late needs no alert, and one that is has its own.
    """
    event = message.told.event
    return any(
        clock["state"] in ("pending", "running", "paused")
        and (clock["cycle"] == event.cycle or (_is_later(clock, message) and clock["breached"]))
        for clock in _clocks(message)
    )


def _is_later(clock: Json, message: Message) -> bool:
    cycle, told = clock["cycle"], message.told.event.cycle
    return isinstance(cycle, int) and told is not None and cycle > told


def _is_over(message: Message) -> bool:
    """Whether the cycle that is told of has ended, and that may have been told already.

    Up to a minute things are told in order: the end comes after this.
    """
    event, raised_at = message.told.event, message.told.raised_at
    if raised_at is None or message.at - raised_at <= IN_ORDER:
        return False
    return any(
        clock["cycle"] == event.cycle and clock["state"] in ("met", "cancelled")
        for clock in _clocks(message)
    )


def _clocks(message: Message) -> list[Json]:
    """What the ticket shows of the clock that is told of."""
    clocks = (message.ticket or {}).get("clocks")
    name = message.told.event.clock
    return [each for each in clocks if each["clock"] == name] if isinstance(clocks, list) else []


def _alert(message: Message) -> Json:
    event = message.told.event
    return _alert_of(
        summaries.summary_of(message), event.reached_at, event.type, event.clock or "notice"
    )


def _alert_of(summary: Summary, at: datetime, class_: str, component: str) -> Json:
    line = " | ".join(part for part in (summary.headline, summary.ticket) if part)
    links = [
        {"href": url, "text": text}
        for text, url in (
            ("Acknowledge the escalation", summary.acknowledge_url),
            (OPEN_TICKET, summary.ticket_url),
        )
        if url
    ]
    payload: Json = {
        "summary": fit(line, LONGEST_SUMMARY),
        "source": SOURCE,
        "severity": _SEVERITIES[summary.level],
        "timestamp": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "class": class_,
        "component": component,
        "custom_details": {
            label: write_line(line, plain, lambda at: instant(at, summary.at))
            for label, line in summary.facts
        },
    }
    client = {"client_url": summary.ticket_url} if summary.ticket_url else {}
    return {"payload": payload, "links": links, "client": SOURCE, **client}


def render_trial(trial: Trial, options: Options) -> bytes:
    """An alert of the lowest severity, one for each subscription."""
    event: Json = {
        "routing_key": options["routing_key"],
        "event_action": TRIGGER,
        "dedup_key": f"trial/{trial.subscription_id}",
    }
    summary = summaries.trial(trial.subscription_id, trial.at)
    return msgspec.json.encode(event | _alert_of(summary, trial.at, trial.type, "trial"))


def check(options: Options) -> None:
    """OptionRefused without a routing key."""
    known(options, ("routing_key",))
    key = options.get("routing_key")
    if key is None:
        raise OptionRefused("routing_key", "the integration's routing key is needed")
    if not isinstance(key, str) or not _ROUTING_KEY.fullmatch(key):
        raise OptionRefused("routing_key", "a routing key was expected: 32 letters and digits")


def verdict(status: int | None, _: bytes, __: str | None) -> Verdict | None:
    """It says 202: any other success is not PagerDuty's."""
    if status is None or not 200 <= status <= 299:
        return None
    return Verdict.DELIVERED if status == 202 else Verdict.FAILED


FORMAT = Format(
    render=render,
    render_trial=render_trial,
    verdict=verdict,
    check=check,
    secret=frozenset({"routing_key"}),
)
