"""Hostile input, made deterministically: events that cannot be, and events that are odd."""

import random
from collections.abc import Callable, Iterator
from typing import Any

Event = dict[str, Any]

OPENED = {"policy": "portaone", "severity": "P1"}
DATA: dict[str, Event] = {
    "ticket.opened": OPENED,
    "ticket.severity_changed": {"severity": "P2"},
    "ticket.plan_changed": {"plan": "gold"},
    "ticket.updated": {"title": "Calls fail"},
    "ticket.agent_replied": {"public": True},
    "ticket.handed_over": {"line": "2"},
    "ticket.milestone_reached": {"milestone": "found"},
    "ticket.update_interval_agreed": {"every": "4h"},
    "ticket.escalated": {"to": "cto"},
    "ticket.closed": {"reason": "done"},
    "ticket.cancelled": {"reason": "spam"},
    "escalation.acknowledged": {"escalation_id": "7"},
    "event.withdrawn": {"source": "desk", "id": "1"},
    "policy.rebound": {"policy": "portaone", "version": "sha256:0"},
}
NEEDED = {
    "ticket.severity_changed": "severity",
    "ticket.plan_changed": "plan",
    "ticket.handed_over": "line",
    "ticket.milestone_reached": "milestone",
    "ticket.update_interval_agreed": "every",
    "ticket.escalated": "to",
    "ticket.cancelled": "reason",
    "escalation.acknowledged": "escalation_id",
    "event.withdrawn": "id",
    "policy.rebound": "version",
}
"""A member without which the event is none."""

NO_TEXT: list[object] = [0, -1, 1.5, 10**400, True, False, [], {}, ["T"], {"a": "b"}, [[]]]
NO_NAME: list[object] = [
    *NO_TEXT,
    None,
    "",
    "x" * 201,
    "a\nb",
    "\t",
    "\x7f",
    "\u2028",
    "\u202e",
    "a\0",
]
NO_TIME: list[object] = [
    *NO_TEXT,
    *("", "now", "0", "1e9", "2024-06-03", "2024-06-03T10:00:00", "2024-06-03 10:00:00Z"),
    *("2024-06-03T10:00:60Z", "2024-06-03T24:00:00Z", "2024-02-30T10:00:00Z", "2024-06-03T10:00Z"),
    *("0000-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "1999-12-31T23:59:59Z"),
    *("9999-12-31T23:59:59Z", "9999-12-31T23:59:59-23:59", "10000-01-01T00:00:00Z"),
    *("-2024-06-03T10:00:00Z", "2024-06-03T10:00:00+99:99", "2024-06-03T10:00:00+24:00"),
    *("2024-06-03T10:00:00.Z", "2024-06-03T10:00:00.1234567890Z", "٢٠٢٤-06-03T10:00:00Z"),
    *("2024-06-03T10:00:00Z\n", " 2024-06-03T10:00:00Z", "2024-W23-1T10:00:00Z", "2024-06-03T10Z"),
]
NO_DATA: list[object] = [0, 1.5, True, False, "", "data", [], [{}], "{}"]
ODD: list[object] = [
    *NO_NAME,
    *(
        "P1",
        "-0",
        "NaN",
        "Infinity",
        "null",
        "' OR 1=1 --",
        "{{7*7}}",
        "${jndi:ldap://x}",
        "%00%s%n",
    ),
    *(
        "\ufeff",
        "\ufffe",
        "🧨" * 50,
        "e\u0301" * 50,
        "ﷺ" * 50,
        "\u0130\u0131\u017fK",
        "../../etc/passwd",
        "\\u0000",
    ),
    *(-0.0, 5e-324, 1.7976931348623157e308, 2**63, 2**64, -(2**63) - 1, 2**53 + 1, 10**300),
    *(
        "0s",
        "-1h",
        "1e9h",
        "999999999999999999h",
        "9" * 20,
        "1bd",
        "4h4h",
        "∞",
        "1 h",
        "0.5h",
        "٤h",
    ),
    *([None] * 50, {"a" * 5000: 1}, {"": {"": {"": ""}}}),
]
TIMES = [
    *("2024-06-03T10:00:00Z", "2024-06-03t10:00:00.123456789+14:00", "2024-06-03T10:00:00-12:00"),
    *("2000-01-01T00:00:00-00:00", "2024-02-29T23:59:59.999999z", "2024-06-05T00:00:00Z", None),
]
TICKETS = 40


def _nested(depth: int) -> object:
    value: object = 1
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


def well_formed(dice: random.Random, number: int, subject: str) -> Event:
    """An event that is well-formed, of whatever type."""
    type_ = dice.choice(list(DATA))
    return {
        "specversion": "1.0",
        "id": str(number),
        "source": "desk",
        "type": type_,
        "subject": subject,
        "time": "2024-06-03T10:00:00Z",
        "data": dict(DATA[type_]),
    }


def _wrong_name(event: Event, dice: random.Random) -> None:
    event[dice.choice(["id", "source", "subject"])] = dice.choice(NO_NAME)
    if event["source"] is None:
        event["id"] = None  # a source may be left out


def _missing(event: Event, dice: random.Random) -> None:
    del event[dice.choice(["id", "subject", "type"])]


def _wrong_type(event: Event, dice: random.Random) -> None:
    event["type"] = dice.choice(
        [*NO_NAME, "ticket.exploded", "Ticket.Opened", "sla.breached", "x" * 9999]
    )


def _wrong_version(event: Event, dice: random.Random) -> None:
    event["specversion"] = dice.choice([*NO_TEXT, "", "0.3", "1", "1.0 ", "1.0\0"])


def _wrong_time(event: Event, dice: random.Random) -> None:
    event["time"] = dice.choice(NO_TIME)


def _wrong_data(event: Event, dice: random.Random) -> None:
    event["data"] = dice.choice(NO_DATA)


def _needed_left_out(event: Event, dice: random.Random) -> None:
    type_ = dice.choice(list(NEEDED))
    data = dict(DATA[type_])
    del data[NEEDED[type_]]
    event.update(type=type_, data=data)


def _wrong_member(event: Event, dice: random.Random) -> None:
    member = dice.choice(["title", "customer", "url", "channel", "kind", "attributes"])
    wrong = dice.choice([0, 1.5, True, [], [{}], {"": 1} if member == "attributes" else {}])
    event.update(type="ticket.opened", data={**OPENED, member: wrong})


def _too_long(event: Event, dice: random.Random) -> None:
    member = dice.choice(["title", "customer", "url", "kind", "line"])
    event.update(type="ticket.opened", data={**OPENED, member: "x" * dice.choice([2001, 30_000])})


def _nul(event: Event, dice: random.Random) -> None:
    target = event if dice.random() < 0.3 else event.setdefault("data", {})
    if isinstance(target, dict):
        target[dice.choice(["\0", "a\0b"]) if dice.random() < 0.5 else "note"] = ["\0", {"\0": 1}]
    else:
        event["\0"] = 1


def _data_twice(event: Event, dice: random.Random) -> None:
    event["data"] = event.get("data") or {}
    event["data_base64"] = dice.choice(["e30=", "", 1, "é"])


def _no_event(event: Event, dice: random.Random) -> None:
    event.clear()
    event.update(dice.choice([{}, {"": ""}, {"event": {"id": "1"}}, {"id": [], "type": {}}]))


POISONS: list[Callable[[Event, random.Random], None]] = [
    _wrong_name,
    _missing,
    _wrong_type,
    _wrong_version,
    _wrong_time,
    _wrong_data,
    _needed_left_out,
    _wrong_member,
    _too_long,
    _nul,
    _data_twice,
    _no_event,
]


def impossible(count: int, seed: int) -> Iterator[Event]:
    """Events of which each is wrong in one way at least, and odd in others."""
    dice = random.Random(seed)  # noqa: S311  # to be the same every time
    for number in range(count):
        event = well_formed(dice, number, f"T-{number % 7}")
        if dice.random() < 0.3:
            _make_odd(event, dice)
        POISONS[number % len(POISONS)](event, dice)
        yield event


def odd(count: int, seed: int) -> Iterator[Event]:
    """Events of which some may be taken: the first open tickets that the others are about."""
    dice = random.Random(seed)  # noqa: S311  # to be the same every time
    for number in range(count):
        event = well_formed(dice, number, f"T-{number % TICKETS}")
        if number < TICKETS:
            event.update(type="ticket.opened", data=dict(OPENED))
        else:
            event["time"] = dice.choice(TIMES)
            _make_odd(event, dice)
        yield event


def _make_odd(event: Event, dice: random.Random) -> None:
    """One of its members is something odd, or one more is."""
    value = _nested(dice.choice([10, 100])) if dice.random() < 0.1 else dice.choice(ODD)
    data = event["data"]
    where = dice.random()
    if where < 0.6:
        data[dice.choice([*data, "title", "reason", "attributes", "note", "plan", "line"])] = value
    elif where < 0.8:
        data[dice.choice(["x" * 3000, "", " ", "__proto__", "a.b[0]", "é", "policy_id"])] = value
    elif where < 0.9:
        event[dice.choice(["traceparent", "dataschema", "partitionkey", "x" * 300])] = value
    else:
        data["attributes"] = {str(number): value for number in range(dice.randrange(40))}
