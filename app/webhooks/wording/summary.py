"""What a message says, whatever it is written in: the words that every chat format shares.

Texts stay as the ticket has them: each format makes them safe for its own markup.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain import events
from app.domain.events import SLA_BREACHED, SLA_MET, SLA_NOTICED, SLA_RETRACTED
from app.domain.marks import MET
from app.projections.escalation_view import Told
from app.projections.ticket_view import Json
from app.webhooks.message import Message, News
from app.webhooks.wording.text import CUT, clean, fit, link
from app.webhooks.wording.words import duration, relative, sentence, words

UNREADABLE = "(nothing readable)"
LONGEST_TITLE = 300
LONGEST_WORD = 80
LONGEST_TEXT = 400
MOST_BEFORE = 5
"""How many of those who were told before are named; the latest."""


@dataclass(frozen=True, slots=True)
class Apart:
    """How far an instant lies from when this was said; some chats count on by themselves."""

    at: datetime
    said: str


Piece = str | datetime | Apart
Line = tuple[Piece, ...]
"""Text and instants in turn: a chat that can shows instants in its reader's own zone."""


class Level(StrEnum):
    """How much a message matters to whoever glances at it."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"
    GOOD = "good"


@dataclass(frozen=True, slots=True)
class Summary:
    """A message in words. ``facts`` are labels with what stands beside them."""

    level: Level
    headline: str
    ticket_id: str | None
    title: str | None
    ticket_url: str | None
    facts: tuple[tuple[str, Line], ...]
    acknowledge_url: str | None
    at: datetime

    @property
    def ticket(self) -> str:
        """The ticket's id, and its title if it has one."""
        return ": ".join(part for part in (self.ticket_id, self.title) if part)


def summary_of(message: Message) -> Summary:
    """What happened, how late it is, to which ticket, who knows of it, who is next."""
    event, ticket = message.told.event, message.ticket or {}
    title = ticket.get("title")
    acknowledgeable = (
        message.news is News.RAISED
        and event.type not in (SLA_MET, SLA_RETRACTED)
        and message.told.acknowledged_at is None
        and message.told.retracted_at is None
    )
    return Summary(
        level=_level(message),
        headline=sentence(_headline(message)),
        ticket_id=_short(event.ticket_id, LONGEST_TITLE),
        title=_short(title, LONGEST_TITLE) if title else None,
        ticket_url=link(ticket.get("url")) or link(message.links.get("ticket")),
        facts=tuple(_facts(message, ticket)),
        acknowledge_url=link(message.links.get("acknowledge")) if acknowledgeable else None,
        at=message.at,
    )


def trial(subscription_id: str, at: datetime) -> Summary:
    """What is said when a subscription is tried out."""
    return Summary(
        level=Level.INFO,
        headline="This is a trial: nothing is late",
        ticket_id=None,
        title=None,
        ticket_url=None,
        facts=(
            ("What this is", ("escalations of SLA clocks will be told here, like this",)),
            ("Subscription", (subscription_id,)),
            ("Sent", (at,)),
        ),
        acknowledge_url=None,
        at=at,
    )


def _level(message: Message) -> Level:
    event = message.told.event
    if message.news is not News.RAISED or message.told.retracted_at is not None:
        return Level.INFO
    match event.type:
        case events.SLA_BREACHED | events.SLA_ESCALATED:
            return Level.CRITICAL
        case events.SLA_WARNED:
            return Level.WARNING
        case events.SLA_MET:
            return Level.WARNING if event.data.get("breached") else Level.GOOD
        case _:
            return Level.INFO


# --- the headline ---------------------------------------------------------------------------


def _headline(message: Message) -> str:
    told = message.told
    if message.news is News.ACKNOWLEDGED:
        by = f" by {_word(told.acknowledged_by)}" if told.acknowledged_by else ""
        return f"acknowledged{by}: {_subject(told)}"
    if message.news is News.ENDED:
        return f"over: {_subject(told)} has come to an end"
    said = _raised(message)
    if told.retracted_at is not None:
        return f"withdrawn since: {said}"
    return said


def _raised(message: Message) -> str:
    event = message.told.event
    clock = _subject(message.told)
    match event.type:
        case events.SLA_WARNED:
            return f"warning: {clock}{_standing(message)}"
        case events.SLA_BREACHED:
            return f"breached: {clock}{_standing(message)}"
        case events.SLA_ESCALATED:
            tier = "" if event.tier is None else f", tier {event.tier}"
            return f"escalation{tier}: {clock}{_standing(message)}"
        case events.SLA_NOTICED:
            return f"notice{_to(event.role)}"
        case events.SLA_MET:
            return f"met: {clock}{_margin(message)}"
        case events.SLA_RETRACTED if event.kind == MET:
            return f"reopened: {clock} runs again"
        case _:
            tier = "" if event.tier is None else f", tier {event.tier},"
            return f"withdrawn: {_word(event.kind)}{tier} of {clock}"


def _subject(told: Told) -> str:
    clock = told.event.clock
    return _word(clock) if clock else f"the notice{_to(told.event.role)}"


def _to(role: str | None) -> str:
    return f" for {_word(role)}" if role else ""


def _standing(message: Message) -> str:
    """How late its clock is, how long it has left, or how long it has run."""
    event = message.told.event
    clock = _clock(message)
    due_at = clock.get("due_at")
    ended = clock.get("state") in ("met", "missed", "cancelled")
    if event.type == SLA_BREACHED and event.target_at is not None:
        due_at = event.target_at
    if isinstance(due_at, datetime):
        until = event.reached_at if ended else message.at
        if until >= due_at:
            late = (until - due_at).total_seconds()
            return f" is {duration(late)} late" if late >= 1 else " is late as of now"
        return f" is due {relative(due_at, until)}"
    if clock.get("state") == "paused":
        return " is paused"
    elapsed = clock.get("elapsed_seconds")
    if isinstance(elapsed, int | float) and elapsed >= 60:
        return f" has run for {duration(elapsed)}"
    return " has begun" if isinstance(elapsed, int | float) else ""


def _margin(message: Message) -> str:
    """How long before it was due, or after."""
    event = message.told.event
    if event.target_at is None:
        return ""
    apart = (event.target_at - event.reached_at).total_seconds()
    if apart >= 0 and not event.data.get("breached"):
        return f", {duration(apart)} before it was due"
    return f", {duration(apart)} late"


def _clock(message: Message) -> Json:
    """The clock of the event as the ticket has it, if it is still in the same cycle."""
    clocks = (message.ticket or {}).get("clocks")
    event = message.told.event
    for clock in clocks if isinstance(clocks, list) else ():
        if clock["clock"] == event.clock and clock["cycle"] == event.cycle:
            return dict(clock)
    return {}


# --- the facts ------------------------------------------------------------------------------


def _facts(message: Message, ticket: Json) -> Iterator[tuple[str, Line]]:
    told, event = message.told, message.told.event
    plan = f", plan {_word(event.plan)}" if event.plan else ""
    yield "Severity", (f"{_word(event.severity)}{plan}",)
    if ticket.get("customer"):
        yield "Customer", (_short(ticket["customer"], LONGEST_WORD),)
    if event.reason:
        yield "Reason", (_short(event.reason, LONGEST_TEXT),)
    due_at = _clock(message).get("due_at")
    if event.type != SLA_NOTICED and isinstance(due_at, datetime):
        yield "Due", (due_at, Apart(due_at, relative(due_at, message.at)))
    if event.role and event.type != SLA_NOTICED:
        yield "For", (_word(event.role),)
    if before := _before(message):
        yield "Told before", before
    if told.acknowledged_at is not None:
        by = f" by {_word(told.acknowledged_by)}" if told.acknowledged_by else ""
        yield "Acknowledged", (told.acknowledged_at, by)
    if told.retracted_at is not None:
        yield "Withdrawn", (told.retracted_at,)
    if following := _next(message, ticket):
        yield "Next", following


def _before(message: Message) -> Line:
    """The roles told so far and when, oldest first; those whose telling was taken back are not."""
    told = [
        (role, each.raised_at)
        for each in message.earlier
        if (role := each.event.role) and each.raised_at is not None
        if each.retracted_at is None and not each.event.silent
    ]
    line: list[Piece] = []
    if len(told) > MOST_BEFORE:
        line.append(f"{len(told) - MOST_BEFORE} times earlier, ")
    for place, (role, raised_at) in enumerate(told[-MOST_BEFORE:]):
        line += [f"{', ' if place else ''}{_word(role)} ", raised_at]
    return tuple(line)


def _next(message: Message, ticket: Json) -> Line:
    """Who is told next if nothing happens, and when; by the ticket as it is now."""
    mark = ticket.get("next_mark") if message.ticket is not None else None
    if not isinstance(mark, dict) or not isinstance(mark["at"], datetime):
        return ()
    role = mark["role"]
    who = _word(role) if role else f"{_word(mark['kind'])} of {_word(mark['clock'])}"
    at = mark["at"]
    return f"{who} ", at, Apart(at, relative(at, message.at))


def _word(text: object) -> str:
    return words(_short(text, LONGEST_WORD))


def _short(text: object, limit: int) -> str:
    """The text, safe to show. So much of it is looked at that what is left fills the limit."""
    whole = str(text)
    begun = whole[: 4 * limit]
    shown = fit(clean(begun), limit) or UNREADABLE
    return shown if begun == whole or shown.endswith(CUT) else f"{shown}{CUT}"
