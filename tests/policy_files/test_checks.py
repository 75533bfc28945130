"""What is well formed and cannot be meant, and what is only hardly meant."""

from pathlib import Path
from textwrap import dedent

import pytest

from app.policy_files import PolicyFileError, check, from_content, load_folder, parse
from app.policy_files.document import read

HEAD = """\
id: test
severities: [P1, P2]
plans: [gold, silver]
lines: [first, second]
roles: [lead, manager]
"""
"""Five lines, so that a clock begins on line 7."""


def faults(text: str) -> list[str]:
    with pytest.raises(PolicyFileError) as refused:
        parse(HEAD + dedent(text), "p.yaml")
    return list(refused.value.faults)


def doubts(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "p.yaml"
    path.write_text(HEAD + dedent(text))
    ((_, found),) = check(path)
    return [each.removeprefix(f"{tmp_path}/") for each in found]


NEVER_STARTS = "the clock can never start: "
ADD = "the work is over by then; add outlives_resolution: true"


@pytest.mark.parametrize(
    ("clock", "says"),
    [
        (
            "{id: a, starts: [], targets: []}",
            f"{NEVER_STARTS}no fact starts it; leave it out for ticket.opened",
        ),
        ("{id: a, starts: ticket.resolved, targets: []}", f"starts: {NEVER_STARTS}{ADD}"),
        ("{id: a, starts: [ticket.closed, ticket.resolved], targets: []}", NEVER_STARTS + ADD),
        (
            "{id: a, outlives_resolution: true, starts: ticket.cancelled, targets: []}",
            f"{NEVER_STARTS}nothing runs on a cancelled ticket",
        ),
        (
            "{id: a, when: {status: {in: [resolved, closed]}}, targets: []}",
            f"p.yaml:7:11: clocks[0].when: the clock can never run: {ADD}",
        ),
        (
            "{id: a, when: {status: cancelled}, outlives_resolution: true, targets: []}",
            "the clock can never run: nothing runs on a cancelled ticket",
        ),
        (
            "{id: a, when: {severity: P1}, targets: {severity: P2, due: 1h}}",
            "clocks[0].targets: no ticket comes to this row: when wants another severity",
        ),
        (
            "{id: a, when: {plan: {not_in: [gold]}}, targets: [{plan: gold, due: 1h}]}",
            "clocks[0].targets[0]: no ticket comes to this row: when wants another plan",
        ),
        (
            "{id: a, targets: {severity: P2, ladder: {after: 1h, tell: lead, if: {severity: P1}}}}",
            "targets.ladder.if.severity: this never holds: the row is for another severity",
        ),
        (
            "{id: a, targets: {plan: gold, warn: {after: 1h, if: {plan: silver}}}}",
            "targets.warn.if.plan: this never holds: the row is for another plan",
        ),
        (
            "{id: a, starts: {fact: ticket.opened, if: {previous.severity: P1}}, targets: []}",
            "this never holds: before its opening a ticket was nothing",
        ),
        (
            "{id: a, when: {severity: {not_in: [P1, P2]}}, targets: []}",
            "when.severity: this never holds: severity is P1 or P2",
        ),
        (
            "{id: a, when: {line: {not_in: [first, second, null]}}, targets: []}",
            "this never holds: line is first or second or none at all",
        ),
        (
            "{id: a, when: {workaround_available: yes}, targets: []}",
            "this never holds: workaround_available is true or false",
        ),
        (
            "{id: a, when: {opened_in.always: yes}, targets: []}",
            "this never holds: opened_in.always is true or false",
        ),
        (
            "{id: a, when: {kind: 80}, targets: []}",
            'this never holds: kind is a text; write "80", in quotes',
        ),
        (
            "{id: a, when: {customer: {in: [true, 80]}}, targets: []}",
            "this never holds: customer is a text",
        ),
        ("{id: a, when: {attributes.x: {in: []}}, targets: []}", "never holds: in of nothing"),
        (
            "{id: a, targets: {due: 1h, warn: 2h}}",
            "targets.warn: a warning comes before what it warns of, and due is 1h",
        ),
        (
            "{id: a, targets: {due: 1h, warn: [30m, {after: 61m, tell: lead}]}}",
            "targets.warn[1]: a warning comes before what it warns of",
        ),
        (
            "{id: a, targets: {ladder: [{after: 4h, tell: lead}, {after: 1h, tell: manager}]}}",
            "targets.ladder[1]: rung 2 of the ladder comes before one above it",
        ),
        (
            "{id: a, targets: {due: 4h, ladder: [{past: 1h, tell: lead}, {after: 4h,tell: lead}]}}",
            "targets.ladder[1]: rung 2 of the ladder comes before one above it",
        ),
    ],
)
def test_what_the_rules_make_impossible(clock: str, says: str) -> None:
    (said,) = faults(f"clocks:\n- {clock}\n")
    assert says in said
    assert said.startswith("p.yaml:7:")


@pytest.mark.parametrize(
    "text",
    [
        "clocks: {id: a, starts: ticket.resolved, outlives_resolution: true, targets: []}",
        "clocks: {id: a, starts: [ticket.resolved, ticket.reopened], targets: []}",
        "clocks: {id: a, starts: ticket.handed_over, targets: []}",
        "clocks: {id: a, line: second, targets: []}",
        "clocks: {id: a, when: {status: resolved}, outlives_resolution: true, targets: []}",
        "clocks: {id: a, when: {plan: gold}, targets: [{plan: [gold, silver], due: 1h}]}",
        "clocks: {id: a, when: {severity: P1}, targets: [{due: 1h}]}",
        "clocks: {id: a, when: {plan: null}, targets: [{due: 1h}]}",
        "clocks: {id: a, when: {kind: {not: 80}}, targets: []}",
        "clocks: {id: a, when: {kind: {in: [80, incident]}}, targets: []}",
        "clocks: {id: a, when: {attributes.when: yes}, targets: []}",
        "clocks: {id: a, targets: {ladder: {after: 1h, tell: lead, data: {if: {kind: 80}}}}}",
        "clocks: {id: a, targets: {due: 1d, warn: [{before: 1h}, 1bd]}}",
        "clocks: {id: a, targets: {due: 1bd, warn: 99h}}",
        "clocks: {id: a, targets: {due: 1h, warn: {past: 1h, tell: lead}}}",
        """
        clocks:
          - id: a
            targets:
              due: 2h
              ladder: [{after: 30m, tell: lead}, {before: 1h, tell: lead}, {past: 1h, tell: lead}]
        """,
        "clocks: {id: a, targets: {ladder: [{after: 1h, tell: lead}, {after: 1h, tell: manager}]}}",
        "clocks: {id: a, targets: {ladder: [{after: 1bd, tell: lead}, {after: 1h, tell: lead}]}}",
        """
        clocks:
          - id: a
            targets:
              ladder:
                - {after: 4h, tell: lead, if: {kind: incident}}
                - {after: 1h, tell: manager, if: {kind: outage}}
        """,
        """
        clocks:
          - id: a
            targets: {due: 4h, when_due: {tell: manager}, ladder: [{after: 1h, tell: lead}]}
        """,
        "notices: {fact: ticket.severity_changed, tell: lead, if: {previous.severity: P2}}",
        "notices: {fact: ticket.opened, tell: lead, if: {previous.severity: {not: P2}}}",
    ],
)
def test_what_may_be_meant_is_taken(text: str) -> None:
    parse(HEAD + dedent(text))


def test_everything_wrong_is_said_at_once() -> None:
    said = faults("""\
        clocks:
          - id: a
            starts: []
            targets:
              - {severity: P1, due: 1h, warn: 2h}
              - {severity: P2, due: 1h, warn: 3h}
          - {id: b, starts: ticket.closed, targets: []}
        notices:
          - {fact: ticket.opened, tell: lead, if: {kind: 80}}
        """)
    assert sorted(each.split(": ")[1] for each in said) == [
        "clocks[0].starts",
        "clocks[0].targets[0].warn",
        "clocks[0].targets[1].warn",
        "clocks[1].starts",
        "notices[0].if.kind",
    ]


def test_so_is_every_word_that_is_not_known() -> None:
    said = faults("""\
        clocks:
          - {id: a, meets: ticket.solved, targets: []}
          - id: b
            targets:
              - {severity: P3, due: 1h}
              - {severity: P2, du: 1h, wran: 30m}
        """)
    assert [each.split(": ")[1] for each in said] == [
        "clocks[0].meets",
        "clocks[1].targets[0].severity",
        "clocks[1].targets[1].du",
        "clocks[1].targets[1].wran",
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("colour: red\nclok: []", "'clok' means nothing here, did you mean 'clocks'?"),
        (
            "notices: {fact: ticket.open, tell: lead}",
            "unknown fact 'ticket.open', did you mean 'ticket.opened'?; known are: ticket.opened,",
        ),
        (
            "notices: {fact: ticket.opened, tell: Manger}",
            "unknown role 'Manger', did you mean 'manager'?",
        ),
        (
            "clocks: {id: a, targets: {severity: 6, due: 1h}}",
            "a target for severity '6', which does not exist; known are: P1, P2",
        ),
        (
            "clocks: {id: a, targets: {plan: golden, due: 1h}}",
            "a target for plan 'golden', which does not exist, did you mean 'gold'?",
        ),
        (
            "clocks: {id: a, when: {seveirty: P1}, targets: []}",
            "unknown field 'seveirty' in a condition, did you mean 'severity'?; known are: channel",
        ),
        (
            "clocks: {id: a, when: {kind: {not-in: [x]}}, targets: []}",
            "unknown operator 'not-in', did you mean 'not_in'?; known are: is, not, in, not_in,",
        ),
        (
            "clocks: {id: a, when: {opened_in.alway: true}, targets: []}",
            "unknown calendar 'alway', did you mean 'always'?",
        ),
        (
            "calendars: {office: {zone: Europe/Rom, hours: {mon: 09:00-17:00}}}",
            "'Europe/Rom' is no time zone, did you mean 'Europe/Rome'?; write one like",
        ),
        (
            "calendars: {office: {zone: Europe/Rome, hours: {mon: []}}}",
            "p.yaml:6:13: calendars.office: this calendar never opens",
        ),
    ],
)
def test_the_nearest_word_is_proposed(text: str, says: str) -> None:
    assert any(says in each for each in faults(text))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "clocks: {id: a, targets: {due: 1h}}",
            ["clocks: nothing meets this clock: it has a due and no meets"],
        ),
        (
            "clocks: {id: a, repeats: true, meets: ticket.resolved, targets: {due: 1h}}",
            ["clocks: nothing meets this clock: what it names in meets ends it unmet"],
        ),
        ("clocks: {id: a, line: first, targets: {due: 1h}}", []),
        ("clocks: {id: a, when: {kind: b}, targets: {due: 1h}}", []),
        ("clocks: {id: a, targets: {ladder: {after: 1h, tell: lead}}}", []),
        (
            "clocks: {id: a, meets: ticket.resolved, targets: {due: 1h, warn: 60m}}",
            ["clocks.targets.warn: a warning at the very moment it warns of: due is 1h"],
        ),
        (
            """
            clocks:
              - id: a
                meets: ticket.agent_replied
                repeats: true
                targets:
                  due: 1h
                  ladder: [{after: 30m, tell: lead}, {after: 2h, tell: manager}]
            """,
            ["clocks[0].targets.ladder[1]: a cycle that repeats is over when due, after 1h"],
        ),
        (
            "calendars: {office: {zone: UTC, hours: {mon: 09:00-17:00}}}",
            ["calendars.office: no clock and no condition names this calendar"],
        ),
        (
            """
            calendars:
              office: {zone: UTC, hours: {mon: 09:00-17:00}}
              desk: {zone: UTC, hours: {mon: 09:00-17:00}}
              night: {zone: UTC, hours: {mon: 09:00-17:00}}
            clocks:
              - {id: a, calendar: office, targets: []}
              - {id: b, targets: {severity: P1, calendar: desk}}
              - {id: c, when: {opened_in.night: true}, targets: []}
            """,
            [],
        ),
    ],
)
def test_doubts_are_said_and_refuse_nothing(tmp_path: Path, text: str, says: list[str]) -> None:
    assert [each.split(": ", 1)[1] for each in doubts(tmp_path, text)] == says


def test_a_version_kept_earlier_is_taken_as_it_is() -> None:
    """Given one that is refused today: tickets are judged by it, and shall go on to be."""
    text = HEAD + "clocks: {id: a, starts: [], targets: {due: 1h, warn: 2h}}"
    content = read(text, "p.yaml").plain()
    with pytest.raises(PolicyFileError):
        parse(text)
    assert from_content(content, "kept").clocks[0].id == "a"


def test_all_faulty_files_of_a_folder_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("id: a\n")
    (tmp_path / "b.yaml").write_text(HEAD)
    (tmp_path / "c.yaml").write_text(HEAD + "colour: red\nlines: [a, a]\n")
    (tmp_path / "d.yaml").write_text(HEAD)
    for look in (load_folder, check):
        with pytest.raises(PolicyFileError) as refused:
            look(tmp_path)
        assert [fault.removeprefix(f"{tmp_path}/")[:10] for fault in refused.value.faults] == [
            "a.yaml:1:1",
            "c.yaml:7:1",
            "d.yaml: th",
        ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("plans: [pro, Pro]", "capitals make no difference"),
        ("lines: [a, A]", "capitals make no difference"),
        ("source: [{}]", "a text was expected"),
        ("clocks: [{id: a, when_due: {tell: x}, targets: [{warn: 1h}]}]", "no due in any row"),
        ("clocks: [{id: a, targets: [{due: 9999bd, calendar: thin}]}]", "more than 30 years"),
        (
            "clocks: [{id: a, repeats: true, outlives_resolution: true, targets: [{due: 1h}]}]",
            "a repeating clock ends with the work",
        ),
        ("clocks: [{id: a, when: {channel: fone}, targets: [{due: 1h}]}]", "did you mean 'phone'"),
    ],
)
def test_what_would_go_wrong_later_is_said_at_once(text: str, why: str) -> None:
    head = "id: test\nseverities: [P1]\nroles: [x]\ncalendars:\n"
    thin = '  thin: {zone: UTC, hours: {mon: "09:00-09:01"}}\n'
    with pytest.raises(PolicyFileError, match=why):
        parse(head + thin + text)


def test_remarks_may_stand_in_any_part_of_the_file() -> None:
    policy = parse("""
        id: test
        severities: [P1]
        calendars:
          note: Hours.
          office:
            zone: UTC
            hours: {note: All week., mon-sun: "09:00-17:00", assumed: So it seems.}
            special_days: {note: None., 2026-12-24: []}
            holidays: {2026-01-01: New Year, note: Only one.}
        clocks:
          - {id: a, when: {kind: problem, note: Not wishes.}, meets: [ticket.resolved],
             targets: [{due: 1h, calendar: office}]}
    """)
    assert set(policy.calendars) == {"always", "office"}
    assert len(policy.clocks[0].when) == 1
