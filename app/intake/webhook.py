"""From a webhook to facts: what its mapping makes of it. Pure: nothing is recorded here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import parse_qsl

import msgspec

from app.domain.errors import EscalatorError
from app.domain.events import OPENED
from app.intake.envelope import (
    LARGEST_EVENT,
    InvalidEvent,
    NotJson,
    find_nul,
    parse_json,
    read_event,
)
from app.intake.expressions import Delivery, is_true
from app.intake.fact_data import MODELS
from app.intake.mapping import IntakeMapping, Rule, Value
from app.intake.values import WebhookRefused, ask, short, value_of
from app.recording.new_fact import NewFact

MOST_ITEMS = 100
"""Elements a rule goes through; a change log longer than this is no person's doing."""

MOST_FIELDS = 1000
FORM = "application/x-www-form-urlencoded"
FORM_DOCUMENT = "payload"
"""The field of a form whose text is the document, where a form has only that."""


class OtherMedia(EscalatorError):
    """A body of a kind that is not taken."""


@dataclass(frozen=True, slots=True)
class Emitted:
    """A fact, and the rule it comes from."""

    rule: Rule
    fact: NewFact
    event: Mapping[str, object]
    """The fact as a CloudEvent."""


def read_document(body: bytes, content_type: str) -> object:
    """The document in a body; NotJson if it is none, OtherMedia for XML and the like.

    Whatever calls itself neither a form nor something else is taken for JSON: some senders leave
    the operator to name the type, or name none.
    """
    media = content_type.partition(";")[0].strip().lower()
    if media == FORM:
        return _read_form(body)
    if media.startswith("multipart/") or media.endswith(("/xml", "+xml")):
        raise OtherMedia(f"JSON or a form is taken here, not {media[:80]}")
    return parse_json(body)


def _read_form(body: bytes) -> object:
    """A form's fields, all texts; a form of one field ``payload`` is the JSON in it."""
    try:
        fields = dict(
            parse_qsl(
                body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict"
            )
        )
    except ValueError:
        raise NotJson("no form either") from None
    if fields.keys() == {FORM_DOCUMENT}:
        return parse_json(fields[FORM_DOCUMENT].encode())
    return fields


def facts_of(mapping: IntakeMapping, delivery: Delivery) -> list[Emitted]:
    """The facts of a webhook, in the order of the rules; WebhookRefused if one cannot be made."""
    matches = list(_matches(mapping, delivery))
    if not matches:
        return []
    ticket = _required(mapping.ticket, delivery)
    source = _required(mapping.source, delivery)
    identity = _required(mapping.id, delivery)
    emitted = []
    for number, (rule, type_, at) in enumerate(matches, 1):
        event = {
            "specversion": "1.0",
            "id": identity if number == 1 else f"{identity}.{number}",
            "source": source,
            "type": type_,
            "subject": ticket,
            **_time_of(rule.time or mapping.time, at),
            "data": _data_of(mapping, rule, type_, at),
        }
        emitted.append(_emit(rule, event))
    return emitted


def _matches(mapping: IntakeMapping, delivery: Delivery) -> Iterator[tuple[Rule, str, Delivery]]:
    """The rules that hold, each as often as it has elements, with the type of fact."""
    for rule in mapping.rules:
        for at in _elements(rule, delivery):
            if rule.when is not None and not is_true(ask(rule.when, at, f"{rule.place}.when")):
                continue
            type_ = _type_of(mapping, rule, at)
            if type_ is not None:
                yield rule, type_, at


def _elements(rule: Rule, delivery: Delivery) -> Iterator[Delivery]:
    if rule.each is None:
        yield delivery
        return
    place = f"{rule.place}.each"
    found = ask(rule.each, delivery, place)
    if found is None:
        return
    if not isinstance(found, list):
        raise WebhookRefused(place, f"a list was expected, found {short(found)}")
    if len(found) > MOST_ITEMS:
        raise WebhookRefused(place, f"at most {MOST_ITEMS} elements are gone through")
    yield from map(delivery.at, found)


def _type_of(mapping: IntakeMapping, rule: Rule, delivery: Delivery) -> str | None:
    """The type of fact the rule emits here; None if none."""
    if isinstance(rule.emit, str):
        return rule.emit
    if isinstance(rule.emit, Value):
        type_ = value_of(rule.emit, delivery)
    else:
        assert mapping.actor is not None  # noqa: S101  # such a rule is refused without one
        actor = value_of(mapping.actor, delivery)
        type_ = next((each for word, each in rule.emit.items() if word == actor), None)
    return None if type_ is None else str(type_)


def _required(value: Value, delivery: Delivery) -> str:
    found = value_of(value, delivery)
    if found is None or found == "":
        raise WebhookRefused(value.place, "there is none in this document")
    return str(found)


def _time_of(value: Value | None, delivery: Delivery) -> dict[str, object]:
    found = None if value is None else value_of(value, delivery)
    return {} if found is None else {"time": found}


def _data_of(
    mapping: IntakeMapping, rule: Rule, type_: str, delivery: Delivery
) -> dict[str, object]:
    """The members of a fact. Of a rule with several types, each takes what is not another's."""
    own, of_any = MODELS[type_].model_fields, _members(rule)
    data: dict[str, object] = {}
    for member, value in rule.data.items():
        if member in of_any and member not in own:
            continue
        if isinstance(value, Value):
            data[member] = value_of(value, delivery)
        else:
            data[member] = _said({key: value_of(each, delivery) for key, each in value.items()})
    if type_ == OPENED and mapping.policy is not None and data.get("policy") is None:
        data["policy"] = value_of(mapping.policy, delivery)
    return _said(data)


def _members(rule: Rule) -> set[str]:
    """Those that the types of fact it may emit have a meaning for."""
    return {member for type_ in rule.types() for member in MODELS[type_].model_fields}


def _said(members: Mapping[str, object]) -> dict[str, object]:
    """Without those of which nothing is said."""
    return {key: value for key, value in members.items() if value is not None and value != {}}


def _emit(rule: Rule, event: Mapping[str, object]) -> Emitted:
    """The fact an event states; what cannot be kept is refused, as it is of those posted."""
    try:
        written = msgspec.json.encode(event)
        plain = cast("dict[str, object]", msgspec.json.decode(written))
    except (msgspec.MsgspecError, RecursionError, TypeError, ValueError, OverflowError):
        raise WebhookRefused(rule.place, "a value that JSON cannot carry") from None
    if len(written) > LARGEST_EVENT:
        raise WebhookRefused(rule.place, f"a fact is at most {LARGEST_EVENT} bytes")
    if (pointer := find_nul(plain)) is not None:
        raise WebhookRefused(rule.place, f"{pointer}: a NUL character is not taken")
    try:
        return Emitted(rule, read_event(plain, ""), plain)
    except InvalidEvent as error:
        raise WebhookRefused(rule.place, str(error)) from None
