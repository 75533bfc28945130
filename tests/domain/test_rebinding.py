"""Another version for an open ticket acts like a change of severity, at its recording (11, 31)."""

import copy
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.derive import derive
from app.domain.errors import FactRefused
from app.domain.events import REBOUND, Fact
from app.domain.judge import Judge
from app.domain.policy import Policy
from app.domain.ticket import Ticket
from app.policy_files import parse
from tests.domain.scenario import HEAD, Scenario, policy
from tests.domain.stories import (
    EFFECTS,
    END,
    MINUTE,
    REPEATS,
    SHIPPED,
    START,
    stories,
)

RULES = """
    clocks:
      - id: response
        meets: [ticket.agent_replied]
        targets: [{due: 4h, warn: 3h}]
      - id: resolution
        meets: [ticket.resolved]
        pauses_on: [waiting_on_customer]
        targets:
          - ladder: [{after: 1h, tell: agent}, {after: 2h, tell: lead}, {after: 8h, tell: director}]
            repeat: {every: 1h, times: 5}
    """


class Rebinding(Scenario):
    """A ticket that is bound to other rules on its way."""

    def rebound(self, when: str, rules: str | Policy) -> "Rebinding":
        """From now on these rules hold."""
        new = policy(rules) if isinstance(rules, str) else rules
        self.now = self.at(when)
        fact = Fact(REBOUND, "T-1", "tests", f"to-{new.version}", None, self.now, {})
        self.judge.rebind(fact, new)
        self.policy = new
        return self


def rebinding(rules: str = RULES, **data: object) -> Rebinding:
    """A ticket opened at 10:00."""
    scenario = Rebinding(rules)
    scenario.opened("10:00", **data)
    return scenario


def test_a_running_clock_counts_from_its_own_start_under_the_new_marks() -> None:
    ticket = rebinding()
    ticket.rebound("11:00", RULES.replace("4h, warn: 3h", "90m"))
    assert ticket.clock("response").due == "11:30"
    assert ticket.until("12:00").raised[-2:] == [
        "11:30 response breach",
        "12:00 resolution escalation 2 lead",
    ]


def test_a_mark_that_is_past_by_the_new_rules_is_reached_at_the_rebinding() -> None:
    ticket = rebinding().rebound("12:00", RULES.replace("4h, warn: 3h", "90m"))
    ticket.until("12:00")
    breach = next(each for each in ticket.events if each.kind == "breach")
    assert (ticket.shown(breach.reached_at), ticket.shown(breach.target_at or END)) == (
        "12:00",
        "11:30",
    )


def test_who_was_told_leaves_another_ladder() -> None:
    other = RULES.replace("after: 2h, tell: lead", "after: 3h, tell: agent")
    ticket = rebinding().rebound("11:30", other)
    assert [role for _, role in ticket.until("23:00").told] == ["agent", *["director"] * 6]


def test_the_same_ladder_goes_on_as_it_was() -> None:
    """Also its repeats, which tell again who was told (19)."""
    ticket = rebinding().rebound("18:30", RULES.replace("warn: 3h", "warn: 1h"))
    assert [at for at, role in ticket.until("Tue 10:00").told if role == "director"] == [
        "18:00",
        "19:00",
        "20:00",
        "21:00",
        "22:00",
        "23:00",
    ]


def test_a_clock_that_is_gone_ends_cancelled_and_one_that_comes_back_is_another_cycle() -> None:
    without = RULES[: RULES.index("      - id: resolution")]
    ticket = rebinding().until("12:30")
    assert isinstance(ticket, Rebinding)
    ticket.rebound("13:10", without)
    assert ticket.results == [("resolution", 1, "cancelled")]
    assert ticket.next_mark == "14:00 response breach"
    ticket.rebound("13:30", RULES).until("13:30")
    assert ticket.clock("resolution").cycle == 2
    assert [role for _, role in ticket.told] == ["agent", "lead", "agent", "lead"]
    ids = [event.id for event in ticket.events]
    assert len(set(ids)) == len(ids)


NEW = (
    RULES
    + """
      - id: contact
        when: {kind: incident}
        meets: [ticket.acknowledged]
        targets: [{due: 2h}]
      - id: silence
        starts: [ticket.waiting_on_customer]
        targets: [{ladder: [{after: 1h, tell: agent}]}]
"""
)


def test_a_new_clock_counts_from_the_opening_where_that_starts_it() -> None:
    ticket = rebinding(kind="incident").rebound("11:00", NEW)
    shown = ticket.clock("contact")
    assert (shown.state, shown.cycle, shown.due, shown.elapsed) == ("running", 1, "12:00", 60)
    assert ticket.clock("silence").state == "pending"
    ticket.fact("13:00", "waiting_on_customer")
    assert ticket.clock("silence").state == "running"


def test_its_conditions_must_hold() -> None:
    """They may come true later: it then counts from the opening all the same (9)."""
    ticket = rebinding(kind="question").rebound("11:00", NEW)
    assert ticket.clock("contact").state == "pending"
    ticket.fact("11:10", "updated", kind="incident")
    assert ticket.clock("contact").due == "12:00"


@pytest.mark.parametrize(("channel", "state"), [("phone", "running"), ("email", "pending")])
def test_so_must_those_of_its_start_by_what_the_ticket_still_tells(
    channel: str, state: str
) -> None:
    new = NEW.replace(
        "        when: {kind: incident}",
        "        starts: {fact: ticket.opened, if: {fact.channel: phone}}",
    )
    assert rebinding(channel=channel).rebound("11:00", new).clock("contact").state == state


def test_a_new_clock_of_a_line_counts_from_the_rebinding() -> None:
    lines = "    lines: [first, second]\n    opening_line: first\n"
    old = lines + RULES.lstrip("\n")
    new = (
        old
        + """
      - id: first_level
        line: first
        targets: [{due: 2h}]
      - id: second_level
        line: second
        targets: [{due: 2h}]
    """
    )
    ticket = rebinding(old).rebound("11:00", new)
    assert ticket.clock("first_level").due == "13:00"
    assert ticket.clock("second_level").state == "pending"
    ticket.fact("12:00", "handed_over", line="second")
    assert ticket.clock("second_level").due == "14:00"


def test_pauses_are_those_of_the_new_rules() -> None:
    ticket = rebinding()
    ticket.fact("10:30", "waiting_on_customer")
    assert isinstance(ticket, Rebinding)
    ticket.rebound("11:00", RULES.replace("        pauses_on: [waiting_on_customer]\n", ""))
    assert ticket.clock("resolution").state == "running"
    assert ticket.until("11:00").raised == ["11:00 resolution escalation 1 agent"]
    ticket.rebound("11:30", RULES)
    assert ticket.clock("resolution").state == "paused"


def test_new_clocks_do_not_begin_while_the_work_is_over() -> None:
    ticket = rebinding(kind="incident")
    ticket.fact("10:30", "resolved")
    assert isinstance(ticket, Rebinding)
    ticket.rebound("11:00", NEW)
    assert ticket.clock("contact").state == "pending"
    ticket.fact("12:00", "reopened")
    assert ticket.clock("contact").due == "13:30", "the time in between does not count"


def test_nothing_has_an_effect_on_a_cancelled_ticket() -> None:
    ticket = rebinding()
    ticket.fact("10:30", "cancelled", reason="spam")
    assert isinstance(ticket, Rebinding)
    before = ticket.ticket.policy_version
    ticket.rebound("11:00", NEW)
    assert ticket.ticket.policy_version == before
    assert ticket.next_mark is None


MEMBERS = "plans: [gold, iron]\nlines: [first, second]\nclocks: []"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (HEAD.replace("[P1, P2, P3]", "[P1, P3]").replace("P2", "P3") + MEMBERS, "severity 'P2'"),
        (HEAD + MEMBERS.replace("gold, ", ""), "plan 'gold'"),
        (HEAD + MEMBERS.replace("first, ", ""), "line 'first'"),
    ],
)
def test_a_policy_that_lacks_a_member_is_refused(text: str, what: str) -> None:
    ticket = Rebinding(policy(MEMBERS))
    ticket.opened("10:00", plan="gold", line="first")
    before = copy.deepcopy(ticket.ticket)
    with pytest.raises(FactRefused, match=what) as refused:
        ticket.rebound("11:00", parse(text))
    assert refused.value.pointer == "/data/version"
    assert ticket.ticket == before


def test_what_is_raised_says_which_version_was_in_force() -> None:
    old, new = policy(RULES), policy(RULES.replace("8h", "9h"))
    ticket = Rebinding(old)
    ticket.opened("10:00")
    ticket.rebound("11:30", new).until("12:30")
    told = [(event.role, event.policy_version) for event in ticket.events]
    assert told == [("agent", old.version), ("lead", new.version)]
    assert ticket.ticket.policy_version == new.version


@st.composite
def rebound_stories(draw: st.DrawFn) -> tuple[Policy, dict[tuple[str, str], Policy], list[Fact]]:
    """A story on whose way the ticket is bound to other policies, be they fit for it or not."""
    rules, facts = draw(stories())
    others = draw(st.lists(st.sampled_from([EFFECTS, REPEATS, *SHIPPED]), min_size=1, max_size=3))
    for number, other in enumerate(others):
        at = draw(st.integers(1, len(facts)))
        data = {"policy": other.id, "version": other.version}
        when = facts[at - 1].at + draw(st.integers(0, 600)) * MINUTE
        facts.insert(at, Fact(REBOUND, "T-1", "tests", f"to-{number}", None, when, data))
    facts.sort(key=lambda fact: fact.at)
    known = {(each.id, each.version): each for each in others}
    return rules, known, facts


@settings(max_examples=150, deadline=None)
@given(rebound_stories(), st.lists(st.integers(0, 40 * 24 * 60), max_size=20))
def test_step_by_step_and_from_a_saved_state_it_is_the_same(
    story: tuple[Policy, dict[tuple[str, str], Policy], list[Fact]], minutes: Sequence[int]
) -> None:
    """As the running service does it, one fact a transaction, time passing in between."""
    rules, known, facts = story
    whole = derive(facts, rules, END, policies=known).judge
    looks = sorted(START + minute * MINUTE for minute in minutes)
    judge = Judge.opening(facts[0], rules)
    events = []
    for fact in facts[1:]:
        while looks and looks[0] < fact.at:
            judge.pass_time(looks.pop(0))
        try:
            if fact.type == REBOUND:
                version = str(fact.data["policy"]), str(fact.data["version"])
                judge.rebind(fact, known[version])
            else:
                judge.fact(fact)
        except FactRefused:
            pass
        events += judge.verdicts.events
        saved = msgspec.json.decode(msgspec.json.encode(judge.ticket), type=Ticket)
        assert msgspec.json.encode(saved) == msgspec.json.encode(judge.ticket)
        judge = Judge(saved, judge.policy)
    for look in (*looks, END):
        judge.pass_time(look)
    events += judge.verdicts.events
    ids = [event.id for event in events]
    assert len(set(ids)) == len(ids)
    assert events == whole.verdicts.events
    judge.ticket.late_facts, judge.ticket.retractions = whole.ticket.late_facts, {}  # the log's
    assert judge.ticket == whole.ticket
