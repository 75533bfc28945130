"""The language of policy files as a JSON Schema, so that editors complete and check them.

It is a little narrower than the reader (which, for one, takes ``null`` for left out) and knows no
names that a policy gives: whether a role exists is for ``escalator policies check`` to say.
"""

import json

from app.domain.ticket import STATUSES
from app.policy_files.calendars import DAYS
from app.policy_files.clocks import WAYS_TO_REOPEN
from app.policy_files.holiday_rules import MOST_DAYS
from app.policy_files.marks import MOST_AWAITED, MOST_REPEATS, PLACES
from app.policy_files.schema_words import (
    Schema,
    by_name,
    conditions,
    flag,
    mapping,
    of_a_fact,
    ref,
    several,
    telling,
    words,
)

_TIME = "[0-9]{2}:[0-9]{2}(:[0-9]{2})?"
_DAY = f"({'|'.join(DAYS)})(-({'|'.join(DAYS)}))?"


def schema_text() -> str:
    """The schema as it stands in its file."""
    return json.dumps(policy_schema(), indent=2, ensure_ascii=False) + "\n"


def policy_schema() -> Schema:
    """JSON Schema, draft 2020-12, of a policy file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A policy of escalator",
        **_policy(),
        "$defs": {**words(), **conditions(), **_calendars(), **_marks(), **_clocks()},
    }


def _policy() -> Schema:
    return mapping(
        "One organisation's rules: severities, calendars, clocks, and who is told when.",
        ("id", "severities"),
        id=ref("id", "The policy's name in URLs and events."),
        name=ref("text", "Its name for people."),
        source=ref("text", "The text that it puts into effect."),
        effective_from=ref("date", "Since when the text is in force."),
        commitment=ref("commitment", "How binding its clocks are, unless they say otherwise."),
        severities=several(ref("severity"), "The levels of severity, the most severe first."),
        default_severity=ref("text", "The severity of a ticket that names none."),
        severity_steps=several(ref("severity_step"), "When a ticket is less severe than said."),
        plans=several(ref("text"), "The plans customers may have."),
        default_plan=ref("text", "The plan of a ticket that names none."),
        lines=several(ref("text"), "The lines of support."),
        opening_line=ref("text", "The line on which a ticket begins that names none."),
        roles=several(ref("role"), "Who may be told."),
        calendars=by_name(
            {"not": {"const": "always"}},
            ref("calendar"),
            "When support is open, by name; `always` is there without being named.",
        ),
        resolves=several(ref("fact"), "Further facts that count as ticket.resolved."),
        clocks=several(ref("clock"), "The promises, in the order in which they are judged."),
        notices=several(ref("notice"), "Facts of which a role is told at once."),
        flags=several(ref("flag"), "Words that a ticket shows while something holds."),
    )


def _calendars() -> Schema:
    openings = several(ref("opening"))
    dates = by_name(ref("date"), ref("text"))
    names = several(ref("text"))
    return {
        "opening": {
            "type": "string",
            "pattern": f"^{_TIME}-{_TIME}$",
            "examples": ["09:00-17:00"],
        },
        "calendar": mapping(
            "When support is open.",
            ("zone", "hours"),
            zone={"type": "string", "description": "A time zone.", "examples": ["Europe/Rome"]},
            hours=by_name(
                {"pattern": f"^ *{_DAY} *(, *{_DAY} *)*$"},
                openings,
                "The hours by day: mon, mon-fri, or several after commas.",
            ),
            special_days=by_name(
                ref("date"), openings, "Dates with hours of their own; none closes the day."
            ),
            holidays={
                "description": "Days on which it is closed: dates with names, or rules.",
                "anyOf": [dates, ref("holidays")],
            },
        ),
        "holidays": mapping(
            "Holidays by rule.",
            rules=several(ref("holiday_rule")),
            dates={**dates, "description": "Further holidays, by date."},
            not_on=several(ref("date"), "Dates that are no holidays, whatever the rules say."),
        ),
        "holiday_rule": {"anyOf": [ref("country_rule"), ref("day_rule")]},
        "country_rule": mapping(
            "A country's public holidays.",
            ("country",),
            country={"type": "string", "description": "Its ISO code.", "examples": ["US", "IT"]},
            subdivision=ref("text", "A state or province, by its ISO code."),
            only={**names, "description": "These holidays of the country, and no others."},
            **{"except": {**names, "description": "All but these holidays of the country."}},
            observed=flag(
                "Whether the weekday counts on which a holiday is kept; so it is, unsaid"
            ),
        ),
        "day_rule": {
            **mapping(
                "A day so many days beside a holiday that a rule above gives.",
                ("name", "days"),
                name=ref("text", "What the day is called."),
                after=ref("text", "The holiday it comes after."),
                before=ref("text", "The holiday it comes before."),
                days={"type": "integer", "minimum": 1, "maximum": MOST_DAYS},
            ),
            "oneOf": [{"required": ["after"]}, {"required": ["before"]}],
        },
    }


def _marks() -> Schema:
    places = {
        "after": ref("span", "So long after the start."),
        "before": ref("span", "So long before what is due."),
        "past": ref("span", "So long past what is due."),
    }
    effects = {
        "move_to_line": ref("text", "The line to which it moves the ticket."),
        "close": flag("Whether it closes the ticket."),
    }
    place: Schema = {"oneOf": [{"required": [word]} for word in PLACES]}
    when = {"if": ref("conditions")}
    return {
        "warning": {
            "description": "A span after the start, or more.",
            "anyOf": [
                ref("span"),
                {**mapping("A warning.", **places, **telling(), **when), **place},
            ],
        },
        "rung": {
            **mapping(
                "Somebody is told, and more may happen.",
                ("tell",),
                **places,
                **telling(),
                **effects,
                **when,
                awaits=ref("awaits"),
            ),
            **place,
        },
        "when_due": mapping(
            "Who is told when it is due, and what happens then.",
            ("tell",),
            **telling(),
            **effects,
            **when,
        ),
        "awaits": mapping(
            "Facts without which the rung is not told, be it due.",
            ("fact", "times", "then", "meanwhile"),
            **of_a_fact(),
            times={"type": "integer", "minimum": 1, "maximum": MOST_AWAITED},
            then=ref("span", "How long after the last that was missing it is told."),
            meanwhile=mapping("Who is told that some are missing.", ("tell",), **telling()),
        ),
        "repeat": mapping(
            "The last tier again.",
            ("every", "times"),
            every=ref("span", "At least 1m, no business days."),
            times={"type": "integer", "minimum": 1, "maximum": MOST_REPEATS},
        ),
    }


def _clocks() -> Schema:
    facts = several(ref("fact"))
    named = several(ref("text"))
    return {
        "clock": mapping(
            "A promise, or a watch over time: what starts it, what meets it, and its targets.",
            ("id", "targets"),
            id=ref("id"),
            starts={**facts, "description": "What starts it; the opening, if left out."},
            meets={**facts, "description": "What meets it."},
            restarts={**facts, "description": "What makes the running cycle begin anew."},
            pauses_on=several({"enum": list(STATUSES)}, "The statuses in which it stands still."),
            calendar=ref("text", "The calendar by which it counts; always, if left out."),
            commitment=ref("commitment", "How binding it is."),
            repeats=flag("Whether a new cycle begins when one is met or missed."),
            when=ref("conditions", "It runs only while this holds."),
            line=ref("text", "It runs only while the ticket is on this line."),
            outlives_resolution=flag("Whether it goes on when the ticket is resolved or closed."),
            interval_agreed=flag("Whether an interval agreed with the customer takes its place."),
            on_reopen={"description": "What a reopening does.", "enum": list(WAYS_TO_REOPEN)},
            stops_on={"description": "What stops further tiers.", "enum": ["acknowledged"]},
            when_due=ref("when_due", "For rows that say nothing else."),
            targets=several(ref("target"), "The first row that covers a ticket holds for it."),
        ),
        "target": {
            **mapping(
                "What is promised for some severities and plans.",
                severity={**named, "description": "The severities it is for; all, if left out."},
                plan={**named, "description": "The plans it is for; all, if left out."},
                calendar=ref("text", "The calendar by which it counts."),
                warn=several(ref("warning"), "Before what is due."),
                due=ref("span", "When it is broken."),
                when_due=ref("when_due"),
                ladder=several(ref("rung"), "Who is told one after another: tiers 1, 2, ..."),
                repeat=ref("repeat"),
            ),
            "dependentRequired": {"when_due": ["due"]},
        },
    }
