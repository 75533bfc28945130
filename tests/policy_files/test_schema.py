"""The JSON Schema says what the reader takes: the same members, and the same of every policy."""

import re
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any, cast

import pytest
from jsonschema import Draft202012Validator

from app.domain.errors import PolicyError
from app.domain.span import Span
from app.policy_files import PolicyFileError, parse
from app.policy_files.document import read
from app.policy_files.schema import policy_schema, schema_text
from app.policy_files.words import FIELDS

FOLDER = Path(__file__).parents[2] / "policies"
FILES = sorted(FOLDER.glob("*.yaml"))
SCHEMA = cast("dict[str, Any]", policy_schema())
VALIDATOR = Draft202012Validator(SCHEMA)

HEAD = """\
id: test
severities: [P1, P2]
plans: [gold]
lines: [first]
roles: [lead]
"""


def takes(text: str) -> bool:
    """Whether the schema takes what the reader would read."""
    return bool(VALIDATOR.is_valid(read(text, "p.yaml").plain()))


def reads(text: str) -> bool:
    try:
        parse(text)
    except PolicyFileError:
        return False
    return True


def known(text: str) -> set[str]:
    """The members that the reader says are known where it meets the word ``odd``."""
    with pytest.raises(PolicyFileError) as refused:
        parse(HEAD + text)
    found = re.search(r"'odd' means nothing here.*; known are (.*)", str(refused.value))
    assert found, str(refused.value)
    return set(found[1].split(", "))


def members(*names: str) -> set[str]:
    """The members in a part of the schema, of ``$defs`` or of the whole."""
    part = SCHEMA
    for name in ("$defs", *names) if names else ():
        part = part[name]
    if "anyOf" in part:
        (part,) = (each for each in part["anyOf"] if "properties" in each)
    assert part["additionalProperties"] is False
    return set(part["properties"]) - {"note", "assumed"}


def test_it_is_a_json_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_the_file_beside_the_policies_is_up_to_date() -> None:
    assert (FOLDER / "schema.json").read_text() == schema_text(), "make schema"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_policy_of_the_folder_names_it_and_is_valid(path: Path) -> None:
    text = path.read_text()
    assert text.startswith("# yaml-language-server: $schema=./schema.json\n")
    assert [each.message for each in VALIDATOR.iter_errors(read(text, str(path)).plain())] == []


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ((), "odd: 1"),
        (("severity_step",), "severity_steps: {odd: 1}"),
        (("notice",), "notices: {odd: 1}"),
        (("flag",), "flags: {odd: 1}"),
        (("fact",), "resolves: {odd: 1}"),
        (("calendar",), "calendars: {a: {odd: 1}}"),
        (
            ("holidays",),
            "calendars: {a: {zone: UTC, hours: {mon: 09:00-17:00}, holidays: {rules: [], odd: 1}}}",
        ),
        (("country_rule",), "calendars: {a: {holidays: {rules: {country: IT, odd: 1}}}}"),
        (("clock",), "clocks: {odd: 1}"),
        (("target",), "clocks: {id: a, targets: {odd: 1}}"),
        (("warning",), "clocks: {id: a, targets: {warn: {odd: 1}}}"),
        (("when_due",), "clocks: {id: a, targets: {due: 1h, when_due: {odd: 1}}}"),
        (("rung",), "clocks: {id: a, targets: {ladder: {odd: 1}}}"),
        (("awaits",), "clocks: {id: a, targets: {ladder: {after: 1h, awaits: {odd: 1}}}}"),
        (
            ("awaits", "properties", "meanwhile"),
            "clocks: {id: a, targets: {ladder: {after: 1h, awaits: {meanwhile: {odd: 1}}}}}",
        ),
        (
            ("repeat",),
            "clocks: {id: a, targets: {ladder: {after: 1h, tell: lead}, repeat: {odd: 1}}}",
        ),
    ],
)
def test_a_part_has_the_members_that_the_reader_knows(part: tuple[str, ...], text: str) -> None:
    assert members(*part) == known(text)


@pytest.mark.parametrize(
    ("part", "head"),
    [
        ("severity", "id: a\nseverities: {id: P1, odd: 1}"),
        ("role", "id: a\nseverities: P1\nroles: {id: lead, odd: 1}"),
        ("carried", "id: a\nseverities: P1\nroles: {id: lead, carries: {odd: 1}}"),
    ],
)
def test_so_have_the_parts_of_the_head(part: str, head: str) -> None:
    with pytest.raises(PolicyFileError) as refused:
        parse(head)
    assert members(part) == set(str(refused.value).rpartition("known are ")[2].split(", "))


def test_so_has_a_day_beside_a_holiday() -> None:
    text = "calendars: {a: {holidays: {rules: {name: b, odd: 1}}}}"
    assert members("day_rule") | members("country_rule") == known(text)
    given = "{after: Easter Monday, days: 1, country: IT, name: b}"
    assert not reads(f"{HEAD}calendars: {{a: {{holidays: {{rules: {given}}}}}}}")


def test_every_part_of_the_schema_is_looked_at_here() -> None:
    objects = {
        name
        for name, part in SCHEMA["$defs"].items()
        if "properties" in part
        or any("note" in each.get("properties", {}) for each in part.get("anyOf", []))
    }
    assert objects == {
        "awaits", "calendar", "carried", "clock", "conditions", "conditions_at_a_fact",
        "country_rule", "day_rule", "fact", "flag", "holidays", "notice", "repeat", "role",
        "rung", "severity", "severity_step", "target", "warning", "when_due",
    }  # fmt: skip


REMARKS = {"note", "assumed"}


def test_conditions_look_at_the_fields_there_are() -> None:
    at_a_fact: Mapping[str, Any] = SCHEMA["$defs"]["conditions_at_a_fact"]
    assert set(at_a_fact["properties"]) - REMARKS == set(FIELDS)
    plain: Mapping[str, Any] = SCHEMA["$defs"]["conditions"]
    assert set(plain["properties"]) - REMARKS == {each for each in FIELDS if "." not in each}


@pytest.mark.parametrize(
    "text",
    ["30m", "4h", "2d", "1w", "1d12h", "2bd", "eobd+1", "1w2d3h4m5s", "0m",
     "", "4", "h", "4 h", "4H", "-4h", "1.5h", "1h1d", "bd", "eobd", "eobd+", "10000bd"],
)  # fmt: skip
def test_spans_are_the_reader_s(text: str) -> None:
    try:
        Span.parse(text)
        right = True
    except PolicyError:
        right = False
    span = Draft202012Validator(SCHEMA["$defs"]["span"])
    assert span.is_valid(text) == right


RIGHT = [
    "clocks: []",
    "name: A name\nsource: A text\neffective_from: 2026-01-01\nnote: [anything, {at: all}]",
    "severity_steps: {if: {workaround_available: true}, down: 1}",
    "flags: {flag: silent, if: {status: {in: [new, open]}, last_message_by: customer}}",
    "notices: {fact: ticket.opened, if: {fact.by: x, at_in.always: true}, tell: lead}",
    "resolves: [ticket.closed, {fact: ticket.updated, if: {previous.kind: incident}}]",
    "calendars: {a: {zone: UTC, hours: {'mon-thu, sat': [09:00-12:00, 13:00-24:00]}}}",
    "calendars: {a: {zone: UTC, hours: {mon: 22:00-06:00}, special_days: {2026-12-24: []}}}",
    "calendars: {a: {zone: UTC, hours: {mon: 22:00-06:00}, holidays: {2026-12-25: Christmas}}}",
    "calendars: {a: {zone: UTC, hours: {mon: 22:00-06:00}, holidays: {rules: {country: IT}}}}",
    """
    calendars:
      a:
        zone: UTC
        hours: {mon-fri: 09:00-17:00}
        holidays:
          rules:
            - {country: US, subdivision: CA, except: [Columbus Day], observed: false}
            - {name: Eve, before: Christmas Day, days: 1}
          dates: {2026-12-27: Ours}
          not_on: 2026-12-25
    """,
    "clocks: {id: a, targets: {due: 1h}}",
    "clocks: {id: a, starts: ticket.opened, meets: [{fact: ticket.updated}], targets: []}",
    "clocks: {id: a, line: first, on_reopen: stay, stops_on: acknowledged, targets: []}",
    "clocks: {id: a, when: {attributes.x: {exists: true}, plan: {not: gold}}, targets: []}",
    "clocks: {id: a, targets: {severity: [P1], plan: gold, due: 2h, warn: [1h, {before: 1h}]}}",
    "clocks: {id: a, targets: {due: 1h, when_due: {tell: lead, close: true, reason: over}}}",
    "clocks: {id: a, targets: {ladder: {after: 1h, tell: lead}, repeat: {every: 1h, times: 3}}}",
]

WRONG = [
    "colour: red",
    "commitment: perhaps",
    "effective_from: soon",
    "resolves: [ticket.solved]",
    "notices: {fact: ticket.opened}",
    "notices: {tell: lead}",
    "severity_steps: {down: 1}",
    "severity_steps: {if: {}, down: 0}",
    "flags: {flag: Big, if: {}}",
    "calendars: {always: {zone: UTC, hours: {mon: 09:00-17:00}}}",
    "calendars: {a: {hours: {mon: 09:00-17:00}}}",
    "calendars: {a: {zone: UTC, hours: {monday: 09:00-17:00}}}",
    "calendars: {a: {zone: UTC, hours: {mon: 9-17}}}",
    "calendars: {a: {zone: UTC, hours: {mon: 09:00-17:00}, holidays: {xmas: Christmas}}}",
    "calendars: {a: {zone: UTC, hours: {mon: 09:00-17:00}, holidays: [2026-12-25]}}",
    "calendars: {a: {zone: UTC, hours: {mon: 09:00-17:00}, holidays: {rules: {contry: IT}}}}",
    "calendars: {a: {zone: UTC, hours: {mon: 09:00-17:00}, holidays: {rules: {name: A, days: 1}}}}",
    "calendars: {a: {zone: UTC, hours: {mon: 09:00-17:00}, holidays: {not_on: [soon]}}}",
    "clocks: {targets: []}",
    "clocks: {id: a}",
    "clocks: {id: A B, targets: []}",
    "clocks: {id: a, targets: {due: 4 hours}}",
    "clocks: {id: a, targets: {due: 4}}",
    "clocks: {id: a, targets: {du: 4h}}",
    "clocks: {id: a, targets: {when_due: {tell: lead}}}",
    "clocks: {id: a, targets: {due: 1h, when_due: {reason: late}}}",
    "clocks: {id: a, targets: {ladder: {after: 1h}}}",
    "clocks: {id: a, targets: {ladder: {tell: lead}}}",
    "clocks: {id: a, targets: {due: 2h, ladder: {after: 1h, before: 1h, tell: lead}}}",
    "clocks: {id: a, targets: {ladder: {after: 1h, tell: lead, close: 1}}}",
    "clocks: {id: a, targets: {ladder: {after: 1h, tell: lead}, repeat: {every: 1h, times: 0}}}",
    "clocks: {id: a, targets: {ladder: {after: 1h, tell: lead}, repeat: {every: 1h}}}",
    "clocks: {id: a, starts: [ticket.open], targets: []}",
    "clocks: {id: a, meets: {fact: ticket.closed, unless: x}, targets: []}",
    "clocks: {id: a, pauses_on: [asleep], targets: []}",
    "clocks: {id: a, on_reopen: forget, targets: []}",
    "clocks: {id: a, stops_on: tired, targets: []}",
    "clocks: {id: a, repeats: yes, targets: []}",
    "clocks: {id: a, when: {colour: red}, targets: []}",
    "clocks: {id: a, when: {fact.x: 1}, targets: []}",
    "clocks: {id: a, when: {status: asleep}, targets: []}",
    "clocks: {id: a, when: {workaround_available: yes}, targets: []}",
    "clocks: {id: a, when: {kind: {like: x}}, targets: []}",
    "clocks: {id: a, when: {kind: {is: a, not: b}}, targets: []}",
    "clocks: {id: a, when: {kind: {exists: 1}}, targets: []}",
    "clocks: {id: a, when: {kind: [a, b]}, targets: []}",
]


@pytest.mark.parametrize("text", RIGHT)
def test_what_both_take(text: str) -> None:
    text = HEAD + dedent(text)
    parse(text)
    assert takes(text)


@pytest.mark.parametrize("text", WRONG)
def test_what_both_refuse(text: str) -> None:
    text = HEAD + text
    assert not reads(text)
    assert not takes(text)


@pytest.mark.parametrize("text", ["severities: P1", "id: a", "- id: a", "id: a\nseverities: {}"])
def test_what_both_refuse_of_the_whole(text: str) -> None:
    assert not reads(text)
    assert not takes(text)
