"""Whatever is wrong with a policy file is said with file, line, column and reason."""

import json
from pathlib import Path
from textwrap import dedent

import pytest

from app.policy_files import PolicyFileError, from_content, load_file, load_folder, parse

HEAD = """\
id: test
severities: [P1, P2]
roles: [lead]
"""
"""Three lines, so that what follows begins on line 4."""


def complaint(text: str) -> str:
    """What is said of a whole file."""
    with pytest.raises(PolicyFileError) as refused:
        parse(dedent(text), "p.yaml")
    return str(refused.value)


def complaint_after_head(text: str) -> str:
    """What is said of a file whose head is in order."""
    return complaint(HEAD + dedent(text))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "p.yaml:1:1: the file is empty"),
        ("# only a comment\n", "p.yaml:1:1: the file is empty"),
        ("- a\n- b\n", "p.yaml:1:1: a mapping was expected, found a list"),
        ("hello\n", "p.yaml:1:1: a mapping was expected, found 'hello'"),
        ("id: [\n", "p.yaml:2:1: not YAML:"),
        ("id: a\n\tname: b\n", "p.yaml:2:1: not YAML:"),
        ("id: a: b\n", "p.yaml:1:6: not YAML:"),
        ("id: a\n---\nid: b\n", "p.yaml:2:1: not YAML:"),
        ("id: te\x07st\n", "p.yaml:1:7: not YAML: a character that cannot stand in it"),
        ('id: a\nname: "\\0"\n', "p.yaml:2:7: name: a character that cannot be kept"),
        ('id: a\nname: "\\ud800"\n', "p.yaml:2:7: name: a character that cannot be kept"),
        ("id: a\n? [x]\n: b\n", "p.yaml:2:3: a name is a plain word"),
        ("id: a\nid: b\n", "p.yaml:2:1: 'id' stands here twice"),
        ("id: &a b\nname: *a\n", "p.yaml:2:7: not YAML: an alias (*) is not taken: write it out"),
        ("id: a\n", "p.yaml:1:1: 'severities' is missing"),
        ("severities: [P1]\n", "p.yaml:1:1: 'id' is missing"),
        ("id: Big\nseverities: [P1]\n", "p.yaml:1:5: id: an id is of small letters"),
        ("id: a\nseverities: []\n", "p.yaml:2:1: severities: at least one severity was expected"),
        (
            "id: a\nseverities: [P1, P1]\n",
            "p.yaml:2:18: severities[1]: there is a severity 'P1' already",
        ),
        (
            "id: a\nseverities:\n- {id: P1, aliases: [80]}\n- {id: P2, aliases: [80]}\n",
            "p.yaml:4:3: severities[1]: '80' names severity 'P1' already",
        ),
        (
            "id: a\nseverities: [{id: P1, odd: 1}]\n",
            "p.yaml:2:28: severities[0].odd: 'odd' means nothing here",
        ),
        ("id: a\nseverities: [true]\n", "p.yaml:2:14: severities[0]: a text was expected, found"),
    ],
)
def test_of_the_whole_file(text: str, says: str) -> None:
    assert complaint(text).startswith(says)


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_nested_a_thousand_deep(opening: str) -> None:
    said = complaint(
        "id: a\nname: " + (opening * 1000 if opening != "- " else "\n- " + opening * 999)
    )
    assert "nested more than 50 deep" in said
    assert said.startswith(("p.yaml:2:", "p.yaml:3:"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("colour: red", "p.yaml:4:9: colour: 'colour' means nothing here; known are calendars,"),
        (
            "default_severity: P9",
            "p.yaml:4:19: default_severity: unknown severity 'P9'; known are:",
        ),
        ("default_plan: gold", "p.yaml:4:15: default_plan: unknown plan 'gold'; known are: none"),
        ("opening_line: first", "p.yaml:4:15: opening_line: unknown line 'first'"),
        ("plans: [a, a]", "p.yaml:4:12: plans[1]: 'a' stands here twice"),
        ("commitment: perhaps", "p.yaml:4:13: commitment: unknown commitment 'perhaps'"),
        ("effective_from: soon", "p.yaml:4:17: effective_from: 'soon' is no date"),
        ("resolves: [ticket.solved]", "p.yaml:4:12: resolves[0]: unknown fact 'ticket.solved'"),
        (
            "notices: [{fact: ticket.opened, tell: pope}]",
            "p.yaml:4:39: notices[0].tell: unknown role 'pope'; known are: lead",
        ),
        ("notices: [{tell: lead}]", "p.yaml:4:11: notices[0]: 'fact' is missing"),
        ("notices: [{fact: ticket.opened}]", "p.yaml:4:11: notices[0]: 'tell' is missing"),
        (
            "notices: [{fact: ticket.opened, tell: lead, when: now}]",
            "p.yaml:4:51: notices[0].when: 'when' means nothing here",
        ),
    ],
)
def test_of_the_head(text: str, says: str) -> None:
    assert complaint_after_head(text).startswith(says)


@pytest.mark.parametrize(
    ("clock", "says"),
    [
        ("{}", "'id' is missing"),
        ("{id: A B, targets: []}", "clocks[0].id: an id is of small letters"),
        ("{id: a}", "clocks[0]: 'targets' is missing"),
        ("{id: a, targets: [{due: 4 hours}]}", "clocks[0].targets[0].due: '4 hours' is no span"),
        ("{id: a, targets: [{due: 4}]}", "clocks[0].targets[0].due: '4' is no span"),
        ("{id: a, targets: [{due: 0bd}]}", "business days are counted from 1"),
        ("{id: a, targets: [{due: 99w99w}]}", "'99w99w' is no span"),
        ("{id: a, targets: [{due: 9999w}]}", "'9999w' is longer than ten years"),
        ("{id: a, targets: [{due: true}]}", "a text was expected, found true or false"),
        (
            "{id: a, targets: [{severity: P9, due: 1h}]}",
            "a target for severity 'P9', which does not exist; known are: P1, P2",
        ),
        ("{id: a, targets: [{plan: x, due: 1h}]}", "a target for plan 'x', which does not exist"),
        ("{id: a, targets: [{due: 1h, calendar: moon}]}", "unknown calendar 'moon'; known are:"),
        ("{id: a, calendar: moon, targets: []}", "clocks[0].calendar: unknown calendar 'moon'"),
        ("{id: a, targets: [{do: 1h}]}", "'do' means nothing here"),
        ("{id: a, targets: [{ladder: [{after: 1h}]}]}", "ladder[0]: 'tell' is missing"),
        ("{id: a, targets: [{ladder: [{tell: lead}]}]}", "ladder[0]: a mark has one place"),
        ("{id: a, targets: [{ladder: [{after: 1h, tell: x}]}]}", "unknown role 'x'"),
        (
            "{id: a, targets: [{ladder: [{after: 1h, tell: lead, move_to_line: x}]}]}",
            "move_to_line: unknown line 'x'",
        ),
        (
            "{id: a, targets: [{ladder: [{after: 1h, tell: lead, close: 1}]}]}",
            "close: true or false was expected, found 1",
        ),
        ("{id: a, targets: [{when_due: {tell: lead}}]}", "when_due: there is no due"),
        ("{id: a, targets: [{due: 1h, repeat: {every: 1h, times: 1}}]}", "no tier to repeat"),
        (
            "{id: a, targets: {ladder: {after: 1h, tell: lead}, repeat: {every: 1bd, times: 1}}}",
            "a tier is repeated every so many minutes or hours",
        ),
        (
            "{id: a, targets: {ladder: {after: 1h, tell: lead}, repeat: {every: 59s, times: 1}}}",
            "a tier is repeated every so many minutes or hours, at least 1m",
        ),
        (
            "{id: a, targets: {ladder: {after: 1h, tell: lead}, repeat: {every: 1h, times: 0}}}",
            "0 is not between 1 and 100",
        ),
        (
            "{id: a, targets: {ladder: {after: 1h, tell: lead}, repeat: {every: 1h, times: 101}}}",
            "101 is not between 1 and 100",
        ),
        (
            "{id: a, targets: {ladder: {after: 1h, tell: lead}, repeat: {every: 1h, times: all}}}",
            "a whole number was expected, found 'all'",
        ),
        (
            "{id: a, targets: {ladder: {after: 1h, tell: lead}, repeat: {every: 1h, times: true}}}",
            "a whole number was expected, found true or false",
        ),
        ("{id: a, meets: {fact: ticket.opened, unless: x}, targets: []}", "'unless' means nothing"),
        (
            "{id: a, targets: [{severity: P1, due: 1h}, {severity: P1, due: 2h}]}",
            "targets[1]: the rows above leave nothing to this one",
        ),
        (
            "{id: a, targets: [{due: 1h}, {severity: P1, due: 2h}]}",
            "targets[1]: the rows above leave nothing to this one",
        ),
        ("{id: a, starts: [ticket.open], targets: []}", "starts[0]: unknown fact 'ticket.open'"),
        ("{id: a, meets: {fact: x}, targets: []}", "meets.fact: unknown fact 'x'"),
        ("{id: a, pauses_on: [asleep], targets: []}", "unknown status 'asleep'"),
        ("{id: a, line: x, targets: []}", "line: unknown line 'x'"),
        ("{id: a, on_reopen: forget, targets: []}", "unknown way 'forget'"),
        ("{id: a, stops_on: tired, targets: []}", "unknown reason to stop 'tired'"),
        ("{id: a, repeats: yes, targets: []}", "true or false was expected, found 'yes'"),
        (
            "{id: a, repeats: true, targets: [{due: 0m}]}",
            "a repeating clock needs a span of a minute at least",
        ),
        ("{id: a, commitment: reminder, targets: []}", "a reminder repeats: add repeats: true"),
        (
            "{id: a, commitment: reminder, repeats: true, targets: [{due: 1d}]}",
            "a reminder has no verdict: write a ladder instead of due",
        ),
        (
            "{id: a,commitment: reminder,repeats: true,targets: {ladder: {after: 0m,tell: lead}}}",
            "a repeating clock needs a span of a minute at least",
        ),
        ("{id: a, when: {colour: red}, targets: []}", "unknown field 'colour' in a condition"),
        ("{id: a, when: {fact.x: 1}, targets: []}", "'fact.x' looks at a fact, and there is none"),
        ("{id: a, when: {at_in.always: true}, targets: []}", "looks at a fact"),
        ("{id: a, when: {opened_in.moon: true}, targets: []}", "unknown calendar 'moon'"),
        ("{id: a, when: {severity: P9}, targets: []}", "unknown severity 'P9'"),
        ("{id: a, when: {severity: {in: [P1, P9]}}, targets: []}", "unknown severity 'P9'"),
        ("{id: a, when: {status: asleep}, targets: []}", "unknown status 'asleep'"),
        ("{id: a, when: {kind: {like: x}}, targets: []}", "unknown operator 'like'"),
        ("{id: a, when: {kind: {is: a, not: b}}, targets: []}", "one operator was expected"),
        ("{id: a, when: {kind: [a, b]}, targets: []}", "a single value was expected"),
        ("{id: a, when: {kind: {exists: 1}}, targets: []}", "true or false was expected, found 1"),
    ],
)
def test_of_a_clock(clock: str, says: str) -> None:
    said = complaint_after_head(f"clocks:\n- {clock}\n")
    assert says in said
    assert said.startswith("p.yaml:5:")


@pytest.mark.parametrize(
    "place",
    [
        "{id: a, targets: [], odd: 1}",
        "{id: a, targets: {due: 1h, odd: 1}}",
        "{id: a, targets: {warn: {after: 1h, odd: 1}}}",
        "{id: a, targets: {due: 1h, when_due: {tell: lead, odd: 1}}}",
        "{id: a, targets: {ladder: {after: 1h, tell: lead, odd: 1}}}",
        "{id: a, targets: {ladder: {after: 1h, tell: lead}, repeat: {every: 1h, odd: 1}}}",
        "{id: a, targets: [], starts: {fact: ticket.opened, odd: 1}}",
    ],
)
def test_a_member_that_means_nothing_is_never_passed_over(place: str) -> None:
    assert "'odd' means nothing here; known are" in complaint_after_head(f"clocks: [{place}]")


@pytest.mark.parametrize(
    "mark",
    ["warn: {after: 1h, if: {fact.x: 1}}", "ladder: {after: 1h, tell: lead, if: {fact.x: 1}}"],
)
def test_a_mark_s_condition_has_no_fact_to_look_at(mark: str) -> None:
    said = complaint_after_head(f"clocks: [{{id: a, targets: {{{mark}}}}}]")
    assert "'fact.x' looks at a fact" in said


def test_a_clock_on_a_line_names_no_starts() -> None:
    said = complaint_after_head("""
        lines: [first]
        clocks: [{id: a, line: first, starts: [ticket.opened], targets: []}]
        """)
    assert said.endswith("a clock on a line starts when the ticket enters it: leave out starts")


def test_two_clocks_of_one_name() -> None:
    said = complaint_after_head("clocks: [{id: a, targets: []}, {id: a, targets: []}]")
    assert said == "p.yaml:4:32: clocks[1]: there is a clock 'a' already"


@pytest.mark.parametrize(
    ("calendar", "says"),
    [
        ("{}", "'zone' is missing"),
        ("{zone: UTC}", "'hours' is missing"),
        ("{zone: Mars/Olympus, hours: {mon: 09:00-17:00}}", "'Mars/Olympus' is no time zone"),
        ("{zone: ../etc/passwd, hours: {mon: 09:00-17:00}}", "is no time zone"),
        ("{zone: Europe, hours: {mon: 09:00-17:00}}", "'Europe' is no time zone"),
        ("{zone: '', hours: {mon: 09:00-17:00}}", "'' is no time zone"),
        ("{zone: UTC, hours: {}}", "this calendar never opens"),
        ("{zone: UTC, hours: {mon: []}}", "this calendar never opens"),
        ("{zone: UTC, hours: {mon: []}, special_days: {2026-01-01: 09:00-10:00}}", "never opens"),
        ("{zone: UTC, hours: {mon: [09:00-12:00, 11:00-17:00]}}", "Monday 09:00-12:00 overlaps"),
        ("{zone: UTC, hours: {mon: 20:00-06:00, tue: 05:00-09:00}}", "overlaps Tuesday 05:00"),
        ("{zone: UTC, hours: {mon: 9-17}}", "hours.mon: opening"),
        ("{zone: UTC, hours: {mon: 09:00-25:00}}", "hours.mon: opening"),
        ("{zone: UTC, hours: {someday: 09:00-17:00}}", "'someday' is no day"),
        ("{zone: UTC, hours: {fri-mon: 09:00-17:00}}", "'fri-mon' runs backwards"),
        ("{zone: UTC, hours: {mon-someday: 09:00-17:00}}", "'mon-someday' is no day"),
        ("{zone: UTC, hours: {someday-fri: 09:00-17:00}}", "'someday-fri' is no day"),
        (
            "{zone: UTC, hours: {mon-fri: 09:00-17:00, fri: 09:00-12:00}}",
            "fri has its hours already",
        ),
        ("{zone: UTC, hours: {mon: 09:00-17:00}, holidays: {xmas: Xmas}}", "'xmas' is no date"),
        ("{zone: UTC, hours: {mon: 09:00-17:00}, holidays: {20261225: Xmas}}", "is no date"),
        (
            "{zone: UTC, hours: {mon: 09:00-17:00}, holidays: [2026-12-25]}",
            "a mapping was expected",
        ),
        ("{zone: UTC, open: true, hours: {mon: 09:00-17:00}}", "'open' means nothing here"),
    ],
)
def test_of_a_calendar(calendar: str, says: str) -> None:
    said = complaint_after_head(f"calendars:\n  business: {calendar}\n")
    assert says in said
    assert said.startswith("p.yaml:5:")


def test_always_is_built_in() -> None:
    said = complaint_after_head("calendars: {always: {zone: UTC, hours: {mon: 09:00-17:00}}}")
    assert said.endswith("calendars.always: 'always' is built in")


def test_what_stands_on_the_lines_below_its_name_is_complained_of_at_its_name() -> None:
    said = complaint_after_head("""\
        clocks:
          - id: a
            targets:
              - due: 1h
                when_due:
                  reason: late
        """)
    assert said == "p.yaml:8:9: clocks[0].targets[0].when_due: 'tell' is missing"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ([], "sent:0:0: a mapping was expected, found a list"),
        ({"id": "a", "severities": 1.5}, "severities: a text was expected, found 1.5"),
        ({"id": "a", "name": "\0"}, "name: a character that cannot be kept"),
        ({"id": "a", "\ud800": 1}, "a name is a plain word"),
        ({"id": "a", "name": json.loads("[" * 500 + "]" * 500)}, "nested more than 50 deep"),
        (json.loads('{"a":' * 500 + "1" + "}" * 500), "nested more than 50 deep"),
        ({"id": "a", "severities": ["P1"], "clocks": [{"id": "A"}]}, "clocks[0].id: an id is of"),
    ],
)
def test_of_content_that_was_sent(content: object, says: str) -> None:
    with pytest.raises(PolicyFileError) as refused:
        from_content(content, "sent")
    assert says in str(refused.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PolicyFileError, match=r"none\.yaml: cannot be read: No such file"):
        load_file(tmp_path / "none.yaml")


def test_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_bytes(b"id: \xff\n")
    with pytest.raises(PolicyFileError, match=r"p\.yaml: not UTF-8 at byte 4"):
        load_file(tmp_path / "p.yaml")


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_bytes(b"#" * (1024 * 1024 + 1))
    with pytest.raises(PolicyFileError, match=r"p\.yaml: larger than 1048576 bytes"):
        load_file(tmp_path / "p.yaml")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PolicyFileError, match="there is no such folder of policies"):
        load_folder(tmp_path / "none")


def test_two_files_of_one_policy(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(HEAD)
    with pytest.raises(PolicyFileError, match=r"b\.yaml: there is another file for policy 'test'"):
        load_folder(tmp_path)
