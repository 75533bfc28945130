"""A template of the operator's, in a sandbox."""

import re

import msgspec

from app.projections.ticket_view import Json
from app.webhooks.formats.chat import write_line
from app.webhooks.formats.cloudevents import data_of
from app.webhooks.formats.filters import TemplateRefused
from app.webhooks.formats.format import (
    CannotBeWritten,
    Format,
    OptionRefused,
    Options,
    Trial,
    known,
)
from app.webhooks.formats.sample import SAMPLE_AT, sample
from app.webhooks.formats.sandbox import write
from app.webhooks.message import Message
from app.webhooks.wording import summary as summaries
from app.webhooks.wording.summary import Summary
from app.webhooks.wording.text import plain
from app.webhooks.wording.words import instant

DEFAULT_TYPE = "application/json"

_TYPE = re.compile(r"(application|text)/[a-z0-9][a-z0-9.+-]{0,80}")


def render(message: Message, options: Options) -> bytes:
    """What the template makes of the message; CannotBeWritten if it cannot."""
    return _write(options, values_of(message, summaries.summary_of(message)), strict=False)


def render_trial(trial: Trial, options: Options) -> bytes:
    """What it makes of the sample, whose headline says that this is a trial."""
    said = summaries.trial(trial.subscription_id, trial.at)
    values = values_of(sample(trial.at), said) | {"trial": True}
    return _write(options, values, strict=False)


def values_of(message: Message, summary: Summary) -> Json:
    """What a template can speak of: what CloudEvents are told, and the words of the chats."""
    values = {
        **data_of(message),
        "type": message.told.event.type,
        "news": message.news,
        "trial": False,
        "summary": {
            "level": summary.level,
            "headline": summary.headline,
            "ticket": summary.ticket,
            "ticket_url": summary.ticket_url,
            "acknowledge_url": summary.acknowledge_url,
            "facts": [
                {
                    "label": label,
                    "text": write_line(line, plain, lambda at: instant(at, summary.at)),
                }
                for label, line in summary.facts
            ],
        },
    }
    as_json: Json = msgspec.json.decode(msgspec.json.encode(values))
    return as_json


def content_type(options: Options) -> str:
    """As the options say, in UTF-8."""
    return f"{options.get('content_type', DEFAULT_TYPE)}; charset=utf-8"


def check(options: Options) -> None:
    """OptionRefused unless the template can write the sample, with every name it uses known."""
    known(options, ("template", "content_type"))
    named = options.get("content_type", DEFAULT_TYPE)
    if not isinstance(named, str) or not _TYPE.fullmatch(named):
        raise OptionRefused(
            "content_type", "a media type without parameters was expected: application/json"
        )
    source = options.get("template")
    if source is None:
        raise OptionRefused("template", "the template is needed")
    if not isinstance(source, str) or "\0" in source:
        raise OptionRefused("template", "a text was expected")
    told = sample(SAMPLE_AT)
    try:
        _write(options, values_of(told, summaries.summary_of(told)), strict=True)
    except CannotBeWritten as error:
        raise OptionRefused("template", str(error)) from None


def _write(options: Options, values: Json, *, strict: bool) -> bytes:
    named = str(options.get("content_type", DEFAULT_TYPE))
    try:
        return write(str(options["template"]), named, values, strict=strict)
    except TemplateRefused as refusal:
        raise CannotBeWritten(str(refusal)) from None


FORMAT = Format(render=render, render_trial=render_trial, content_type=content_type, check=check)
