"""One attempt: sign, send, judge the answer. No transaction is open meanwhile."""

import logging
import secrets
from datetime import datetime
from random import random

import httpx

from app.store.sealed import CannotOpen
from app.webhooks import retry, signing
from app.webhooks.claims import DEAD, DELIVERED, FAILED, PENDING, Attempt, Claimed
from app.webhooks.formats import FORMATS
from app.webhooks.formats.format import CannotBeWritten, Options, Trial
from app.webhooks.retry import Verdict
from app.webhooks.sender import Answer, Sender
from app.webhooks.subscriptions import HIDDEN, Subscription

logger = logging.getLogger(__name__)

TRIAL_TYPE = "escalator.test"

NOTHING_TO_TELL = Answer(None, b"nothing to tell in this format", 0.0)
"""Instead of an answer, where the format has nothing to say of an event."""


class LetterMissing(LookupError):
    """The event of a delivery is not in the log."""


async def make(sender: Sender, claimed: Claimed) -> Attempt:
    """Attempts a delivery. Whatever goes wrong is what the attempt came to, never an exception."""
    at = claimed.time.now()
    try:
        answer = await _send(sender, claimed, at)
        return judge(claimed, at, claimed.time.now_at_latest(), answer)
    except CannotBeWritten as reason:
        return _unwritten(claimed, at, f"cannot be written: {reason}")
    except CannotOpen as reason:  # the key may come back, so it is tried again
        return _ours(claimed, at, f"not sent: {reason}")
    except Exception as fault:
        logger.exception("%s failed on our side", _named(claimed))
        return _ours(claimed, at, f"failed on our side: {type(fault).__name__}")


def _ours(claimed: Claimed, at: datetime, error: str) -> Attempt:
    """An attempt in which the receiver had no part."""
    made = judge(claimed, at, claimed.time.now_at_latest(), Answer(None, b"", 0.0, error))
    made.ours = True
    return made


def _unwritten(claimed: Claimed, at: datetime, error: str) -> Attempt:
    """Final: the same options would not do better. It can be sent again once they are mended."""
    ended_at = claimed.time.now_at_latest()
    _log(claimed, FAILED, Answer(None, b"", 0.0, error), ended_at)
    return Attempt(claimed, at, FAILED, ended_at, None, 0.0, error, "", ours=True)


async def _send(sender: Sender, claimed: Claimed, at: datetime) -> Answer:
    if claimed.letter is None:
        raise LetterMissing(f"ticket {claimed.ticket_id} has no event {claimed.event_id}")
    subscription = claimed.subscription
    options = subscription.options
    body = claimed.letter.body(subscription, options)
    if body is None:
        return NOTHING_TO_TELL
    return await _post(sender, subscription, options, claimed.event_id, body, at)


async def _post(
    sender: Sender,
    subscription: Subscription,
    options: Options,
    message_id: str,
    body: bytes,
    at: datetime,
) -> Answer:
    """By the database's clock: what a host dates minutes off, receivers refuse as replayed."""
    headers = signing.headers(subscription.secrets, message_id, int(at.timestamp()), body)
    its = FORMATS[subscription.format]
    headers["content-type"] = its.content_type(options)
    return await sender.send(its.address(subscription.url, message_id), headers, body)


def judge(claimed: Claimed, at: datetime, ended_at: datetime, answer: Answer) -> Attempt:
    """What an answer to an attempt made from ``at`` to ``ended_at`` means for its delivery."""
    verdict = _verdict(claimed.subscription.format, answer)
    status, due_at = _consequence(verdict, claimed.first_attempt_at or at, ended_at, answer)
    _log(claimed, status, answer, due_at)
    return Attempt(
        claimed=claimed,
        at=at,
        status=status,
        due_at=due_at,
        answer_status=answer.status,
        took_seconds=answer.took_seconds,
        error=answer.error,
        answer=without(claimed.subscription.url, text_of(answer.body_start)),
        disables=verdict is Verdict.DISABLED,
        asked_to_wait=retry.asked_to_wait(answer.retry_after, ended_at),
        ours=answer is NOTHING_TO_TELL,
    )


def _consequence(
    verdict: Verdict, first_attempt_at: datetime, ended_at: datetime, answer: Answer
) -> tuple[str, datetime]:
    """The delivery's status, and when it is due again or, if that is final, when it came to it."""
    match verdict:
        case Verdict.DELIVERED:
            return DELIVERED, ended_at
        case Verdict.FAILED | Verdict.DISABLED:
            return FAILED, ended_at
        case Verdict.RETRY:
            chance = random()  # noqa: S311  # spreads retries, guards nothing
            due_at = retry.next_attempt(first_attempt_at, ended_at, chance, answer.retry_after)
            return (DEAD, ended_at) if due_at is None else (PENDING, due_at)


def _log(claimed: Claimed, status: str, answer: Answer, due_at: datetime) -> None:
    """Says what was not delivered, and why; never the URL, nor what the receiver answered."""
    if status == DELIVERED:
        return
    level = logging.INFO if status == PENDING else logging.WARNING
    reason = answer.error or f"answered {answer.status}"
    again = f", again at {due_at.isoformat()}" if status == PENDING else ""
    logger.log(level, "%s is %s: %s%s", _named(claimed), status, reason, again)


def _named(claimed: Claimed) -> str:
    return (
        f"delivery {claimed.delivery_id} of ticket {claimed.ticket_id}, event {claimed.event_id}, "
        f"subscription {claimed.subscription.id}"
    )


def is_delivered(format_name: str, answer: Answer) -> bool:
    """Whether an answer says that it was taken."""
    return _verdict(format_name, answer) is Verdict.DELIVERED


def _verdict(format_name: str, answer: Answer) -> Verdict:
    """What the format says of an answer, else the general rule."""
    if answer is NOTHING_TO_TELL:
        return Verdict.DELIVERED
    own = FORMATS[format_name].verdict(answer.status, answer.body_start, answer.error)
    return own or retry.judge_answer(answer.status)


def text_of(body_start: bytes) -> str:
    """The start of an answer as text that PostgreSQL can keep."""
    return body_start.decode("utf-8", "replace").replace("\0", "")


def without(url: str, answer: str) -> str:
    """An answer that may repeat the URL it came from, without path and query: often secrets."""
    if not answer:
        return answer
    parsed = httpx.URL(url)
    secret = [parsed.raw_path.decode("ascii"), parsed.path, parsed.query.decode("ascii")]
    for part in sorted(secret, key=len, reverse=True):
        if len(part) > 1:
            answer = answer.replace(part, HIDDEN)
    return answer


async def make_trial(sender: Sender, subscription: Subscription, now: datetime) -> Answer:
    """Sends one signed event of type ``escalator.test``; says what came back."""
    event_id = f"test_{secrets.token_hex(12)}"
    trial = Trial(TRIAL_TYPE, event_id, subscription.id, now)
    try:
        options = subscription.options
        body = FORMATS[subscription.format].render_trial(trial, options)
        return await _post(sender, subscription, options, event_id, body, now)
    except (CannotBeWritten, CannotOpen) as reason:
        return Answer(None, b"", 0.0, f"not sent: {reason}")
