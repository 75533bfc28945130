"""What formats for chats share: a summary is written in a chat's own way."""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

import msgspec

from app.projections.ticket_view import Json
from app.webhooks.formats.format import Format, Options, Trial
from app.webhooks.message import Message
from app.webhooks.retry import Verdict
from app.webhooks.wording import summary
from app.webhooks.wording.summary import Apart, Level, Line, Summary
from app.webhooks.wording.text import CUT, Escape, fit, size

ICONS = {Level.INFO: "ℹ️", Level.WARNING: "⚠️", Level.CRITICAL: "🚨", Level.GOOD: "✅"}  # noqa: RUF001  # meant
COLOURS = {
    Level.INFO: 0x5B6B7B,
    Level.WARNING: 0xE8A317,
    Level.CRITICAL: 0xC4314B,
    Level.GOOD: 0x2E8B57,
}
LONGEST_LINE = 1900
ACKNOWLEDGE = "Acknowledge"
OPEN_TICKET = "Open the ticket"


def _no_verdict(_: int | None, __: bytes, ___: str | None) -> Verdict | None:
    return None


def _as_it_is(url: str, _: str) -> str:
    return url


def chat(
    write: Callable[[Summary], Json],
    *,
    address: Callable[[str, str], str] = _as_it_is,
    verdict: Callable[[int | None, bytes, str | None], Verdict | None] = _no_verdict,
) -> Format:
    """The format of a chat, by how it writes a summary."""

    def render(message: Message, _: Options) -> bytes:
        return msgspec.json.encode(write(summary.summary_of(message)))

    def render_trial(trial: Trial, _: Options) -> bytes:
        return msgspec.json.encode(write(summary.trial(trial.subscription_id, trial.at)))

    return Format(render=render, render_trial=render_trial, address=address, verdict=verdict)


def _in_brackets(apart: Apart) -> str:
    return f" ({apart.said})"


def write_line(
    line: Line,
    escape: Escape,
    instant: Callable[[datetime], str],
    *,
    apart: Callable[[Apart], str] = _in_brackets,
    limit: int = LONGEST_LINE,
) -> str:
    """A line of facts in a chat's markup, no longer than ``limit``; an instant is never cut."""
    written, room = [], limit - size(CUT)
    for piece in line:
        match piece:
            case str():
                text = escape(piece)
            case Apart():
                text = apart(piece)
            case _:
                text = instant(piece)
        if size(text) > room:
            cut = isinstance(piece, str)
            written.append(fit(str(piece), room + size(CUT), escape) if cut else CUT)
            break
        written.append(text)
        room -= size(text)
    return "".join(written)


def with_query(url: str, **wanted: str) -> str:
    """The URL with these parameters, those it has already left as they are."""
    parts = urlsplit(url)
    present = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    added = [f"{name}={quote(value, safe='')}" for name, value in wanted.items()]
    missing = [each for each in added if each.partition("=")[0] not in present]
    return urlunsplit(parts._replace(query="&".join([parts.query, *missing]).strip("&")))
