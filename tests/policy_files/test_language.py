"""What a policy file says, as the domain reads it."""

from datetime import UTC, datetime, timedelta
from textwrap import dedent

import pytest

from app.domain.errors import PolicyError
from app.domain.marks import BREACH, ESCALATION, WARNING, Mark
from app.domain.policy import Policy
from app.domain.span import Span
from app.policy_files import from_content, parse

HEAD = """\
id: test
severities:
  - {id: high, name: Really high, aliases: [1, urgent]}
  - low
plans: [basic, pro]
roles: [agent, lead, manager]
calendars:
  business:
    zone: Europe/Rome
    hours: {mon-thu: 09:00-17:00, fri: [09:00-12:00, 13:00-15:00], "sat,sun": []}
    special_days: {2026-12-24: 09:00-12:00}
    holidays: {2026-12-25: Christmas}
"""


def read(text: str) -> Policy:
    return parse(HEAD + dedent(text))


def marks(targets: str) -> tuple[Mark, ...]:
    """The marks of a clock's first row."""
    return read(f"clocks: [{{id: a, targets: {targets}}}]").clocks[0].targets[0].marks


def test_severities_have_names_and_aliases() -> None:
    policy = read("")
    assert [policy.severity(word) for word in ("HIGH", "really high", 1, "Urgent")] == ["high"] * 4
    assert policy.severity("Low") == "low"


def test_calendars_by_name_and_always() -> None:
    policy = read("")
    business = policy.calendars["business"]
    assert set(policy.calendars) == {"always", "business"}
    assert business.is_open(datetime(2026, 1, 5, 8, 0, tzinfo=UTC))
    assert not business.is_open(datetime(2026, 1, 9, 11, 30, tzinfo=UTC))
    assert not business.is_open(datetime(2026, 12, 24, 12, 0, tzinfo=UTC))
    assert not business.is_open(datetime(2026, 12, 25, 10, 0, tzinfo=UTC))


def test_spans() -> None:
    assert Span.parse("1w2d3h4m5s").elapsed == timedelta(9, hours=3, minutes=4, seconds=5)
    assert (Span.parse("2bd").unit, Span.parse("2bd").days) == ("bd", 2)
    assert (Span.parse("eobd+1").unit, Span.parse("eobd+1").days) == ("eobd", 1)


@pytest.mark.parametrize(
    "text",
    ["", "4", "h", "4 h", "4H", "-4h", "1.5h", "1h1d", "bd", "2 bd", "eobd", "eobd+", "eobd1",
     "10000bd", "\u0664h", "4h\n", "1h" * 11],
)  # fmt: skip
def test_what_is_no_span(text: str) -> None:
    with pytest.raises(PolicyError, match="is no span: write 30m, 4h, 2d, 1w"):
        Span.parse(text)


@pytest.mark.parametrize("text", ["3660d1s", "99999999999999999w", "523w"])
def test_what_is_longer_than_any_promise(text: str) -> None:
    with pytest.raises(PolicyError, match="longer than ten years"):
        Span.parse(text)


def test_the_longest_span() -> None:
    assert Span.parse("3660d").elapsed == timedelta(days=3660)


def test_a_row_without_names_speaks_of_all() -> None:
    clock = read("clocks: [{id: a, targets: [{severity: high, due: 1h}, {due: 2h}]}]").clocks[0]
    policy = read("clocks: [{id: a, targets: [{severity: high, due: 1h}, {due: 2h}]}]")
    found = [policy.target(clock, severity, None) for severity in ("high", "low")]
    assert [target and target.goal and target.goal.text for target in found] == ["1h", "2h"]


def test_rows_by_plan_and_the_calendars_of_rows_and_clocks() -> None:
    policy = read("""
        clocks:
          - id: a
            calendar: business
            targets:
              - {plan: pro, due: 1h, calendar: always}
              - {plan: basic, severity: high, due: 2h}
        """)
    clock = policy.clocks[0]
    pro, basic = (policy.target(clock, "high", plan) for plan in ("pro", "basic"))
    assert pro is not None
    assert basic is not None
    assert (pro.calendar.name, basic.calendar.name) == ("always", "business")
    assert policy.target(clock, "low", "basic") is None
    assert policy.target(clock, "low", None) is None


def test_marks_in_their_forms() -> None:
    found = marks(
        "[{warn: [1h, {after: 2h, tell: agent}], due: 4h, when_due: {tell: lead},"
        " ladder: [{after: 5h, tell: lead}, {after: 6h, tell: manager}],"
        " repeat: {every: 1h, times: 2}}]"
    )
    assert [(each.kind, each.after.text, each.tier, each.role) for each in found] == [
        (WARNING, "1h", None, None),
        (WARNING, "2h", None, "agent"),
        (BREACH, "4h", None, None),
        (ESCALATION, "4h", 1, "lead"),
        (ESCALATION, "5h", 2, "lead"),
        (ESCALATION, "6h", 3, "manager"),
        (ESCALATION, "6h", 3, "manager"),
        (ESCALATION, "6h", 3, "manager"),
    ]
    assert [each.extra for each in found[-2:]] == [timedelta(hours=1), timedelta(hours=2)]
    assert len({each.key for each in found}) == len(found)


def test_a_single_value_stands_for_a_list_of_one() -> None:
    clock = read("""
        clocks:
          - id: a
            starts: ticket.agent_replied
            meets: ticket.resolved
            pauses_on: waiting_on_customer
            targets: {due: 1h, warn: 30m}
        """).clocks[0]
    assert [pattern.type for pattern in clock.starts] == ["ticket.agent_replied"]
    assert clock.pauses_on == {"waiting_on_customer"}
    assert len(clock.targets[0].marks) == 2


def test_what_is_left_out() -> None:
    policy = read("clocks: {id: a, targets: {due: 1h}}")
    clock = policy.clocks[0]
    assert (policy.name, policy.default_plan, policy.notices) == ("", None, ())
    assert [pattern.type for pattern in clock.starts] == ["ticket.opened"]
    assert (clock.meets, clock.pauses_on, clock.when, clock.line) == ((), frozenset(), (), None)
    assert (clock.repeats, clock.outlives_resolution, clock.interval_agreed) == (
        False,
        False,
        False,
    )
    assert (clock.on_reopen, clock.stops_on_acknowledgement) == ("resume", False)
    assert clock.targets[0].calendar.name == "always"


def test_what_is_said() -> None:
    policy = read("""
        name: Ours
        clocks:
          - id: a
            outlives_resolution: true
            on_reopen: restart
            stops_on: acknowledged
            targets: []
        """)
    clock = policy.clocks[0]
    assert (policy.name, clock.outlives_resolution) == ("Ours", True)
    assert (clock.on_reopen, clock.stops_on_acknowledgement) == ("restart", True)


def test_only_what_ends_a_repeating_cycle_has_to_take_time() -> None:
    clocks = read("""
        clocks:
          - {id: a, targets: {due: 0m}}
          - {id: b, repeats: true, targets: {warn: 0m, due: 1bd}}
        """).clocks
    assert [len(clock.targets[0].marks) for clock in clocks] == [1, 2]


def test_null_is_left_out() -> None:
    policy = read(
        "default_severity: null\nlines: ~\nclocks: [{id: a, line: null, targets: {due: }}]"
    )
    assert (policy.default_severity, policy.lines, policy.clocks[0].line) == (None, (), None)
    assert policy.clocks[0].targets[0].marks == ()


def test_a_tier_may_be_repeated_a_hundred_times() -> None:
    found = marks("{ladder: {after: 1h, tell: lead}, repeat: {every: 1m, times: 100}}")
    assert (len(found), found[-1].extra) == (101, timedelta(minutes=100))


def test_yaml_s_own_surprises_are_texts() -> None:
    words = ["on", "no", "off", "22:30", "1e3", "0x10", "007", "1.5", "2026-01-01", "~ish"]
    assert read(f"lines: [{', '.join(words)}]").lines == tuple(words)


def test_the_commitment_of_the_policy_is_its_clocks_unless_they_say_otherwise() -> None:
    policy = read("""
        commitment: guarantee
        clocks:
          - {id: a, targets: {due: 1h}}
          - {id: b, commitment: target, targets: {due: 1h}}
        """)
    assert [clock.commitment for clock in policy.clocks] == ["guarantee", "target"]
    assert read("clocks: {id: a, targets: []}").clocks[0].commitment == "target"


def test_notes_and_assumptions_may_stand_anywhere_and_stay() -> None:
    policy = read("""
        assumed: The text is silent.
        notices:
          - {fact: ticket.opened, tell: agent, note: so it says, assumed: at once}
        """)
    assert policy.document["assumed"] == "The text is silent."
    assert policy.document["notices"] == [
        {"fact": "ticket.opened", "tell": "agent", "note": "so it says", "assumed": "at once"}
    ]


def test_a_policy_kept_as_content_is_the_same_policy() -> None:
    policy = read("clocks: [{id: a, targets: [{due: 1h, when_due: {tell: lead, data: {a: 1}}}]}]")
    again = from_content(policy.document, "kept")
    assert again.version == policy.version
    assert again.clocks[0].targets[0].marks == policy.clocks[0].targets[0].marks
