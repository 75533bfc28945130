"""Any story of a ticket, under the shipped policies and some that use the rest of the language."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import strategies as st

from app.domain.events import Fact
from app.domain.policy import Policy
from app.policy_files import load_folder
from tests.domain.scenario import policy

START = datetime(2026, 3, 6, 15, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
END = START + timedelta(days=40)

SHIPPED = load_folder(Path(__file__).parents[2] / "policies")
EFFECTS = policy("""
    plans: [basic, pro]
    default_plan: basic
    lines: [first, second]
    opening_line: first
    resolves: [ticket.workaround_provided]
    clocks:
      - id: response
        when: {kind: {not: question}}
        meets: [ticket.agent_replied, ticket.resolved, ticket.closed]
        pauses_on: [waiting_on_customer]
        calendar: business
        targets:
          - {severity: P1, due: 2h, warn: [30m, 1h], when_due: {tell: lead}}
          - {severity: P2, plan: pro, due: 1bd}
          - severity: P2
            due: eobd+1
            warn: {after: 2h, tell: agent, if: {opened_in.business: true}}
      - id: first_level
        line: first
        meets: [ticket.resolved]
        pauses_on: [waiting_on_customer, in_progress]
        when_due: {tell: manager, move_to_line: second}
        targets: [{severity: P1, due: 8h}, {due: 2bd, calendar: business}]
      - id: second_level
        line: second
        meets: [ticket.resolved]
        targets: [{due: 10d}]
      - id: silence
        starts: [ticket.waiting_on_customer]
        when: {status: waiting_on_customer}
        targets:
          - ladder: [{after: 5d, tell: agent, close: true, if: {attributes.keep_open: {not: true}}}]
      - id: delivery
        starts: {fact: ticket.milestone_reached, if: {fact.milestone: diagnosed}}
        meets: {fact: ticket.milestone_reached, if: {fact.milestone: delivered}}
        outlives_resolution: true
        targets: [{due: 4h, calendar: business}]
    notices:
      - {fact: ticket.closed, tell: director}
      - {fact: ticket.waiting_on_customer, tell: agent}
    """)
REPEATS = policy("""
    clocks:
      - id: update
        starts: [ticket.agent_replied]
        meets: [ticket.agent_replied]
        pauses_on: [waiting_on_customer]
        repeats: true
        interval_agreed: true
        targets: [{severity: P1, due: 8h, when_due: {tell: lead}}, {severity: P2, due: 1bd}]
      - id: review
        commitment: reminder
        repeats: true
        targets:
          - {severity: P1, ladder: [{after: 1d, tell: agent}]}
          - {severity: P2, ladder: [{after: 1d, tell: agent}, {after: 3d, tell: lead}]}
      - id: resolution
        meets: [ticket.resolved]
        on_reopen: restart
        stops_on: acknowledged
        pauses_on: [waiting_on_customer]
        targets:
          - severity: [P1, P2]
            due: 3h
            ladder: [{after: 0m, tell: lead}, {after: 4h, tell: manager}]
            repeat: {every: 30m, times: 5}
    """)
MESSAGES = policy("""
    severity_steps: [{if: {workaround_available: true}, down: 1}]
    clocks:
      - id: answer
        starts: [ticket.customer_replied]
        meets: [ticket.agent_replied]
        pauses_on: [waiting_on_customer, resolved, closed]
        calendar: business
        targets:
          - severity: P1
            due: 2h
            ladder: [{before: 30m, tell: agent}, {past: 1bd, tell: lead}]
          - {due: 1bd}
      - id: contact
        restarts:
          - ticket.agent_replied
          - {fact: ticket.customer_replied, if: {previous.last_message_by: agent}}
        calendar: business
        targets: [{due: eobd+1, warn: {before: 3h}, when_due: {tell: manager}}]
      - id: silence
        starts: [ticket.waiting_on_customer]
        when: {status: waiting_on_customer}
        targets:
          - ladder:
              - after: 6h
                tell: agent
                close: true
                awaits:
                  fact: ticket.agent_replied
                  times: 2
                  then: 1h
                  meanwhile: {tell: lead, reason: missing}
    """)
POLICIES = st.sampled_from([*SHIPPED, EFFECTS, REPEATS, MESSAGES])

Data = dict[str, object]

NOTHING: st.SearchStrategy[Data] = st.just({})
MILESTONES = sorted(
    set(re.findall(r"fact.milestone': '(\w+)'", str([each.document for each in SHIPPED])))
)
FREE: dict[str, st.SearchStrategy[Data]] = {
    "milestone_reached": st.sampled_from(
        [{"milestone": name} for name in ("diagnosed", "delivered", *MILESTONES)]
    ),
    "update_interval_agreed": st.sampled_from([{"every": "90m"}, {"every": "2bd"}]),
    "updated": st.sampled_from(
        [
            {"kind": "question"},
            {"kind": "problem"},
            {"kind": "hardware"},
            {"kind": "feature_request"},
            {"attributes": {"keep_open": True}},
            {"attributes": {"keep_open": False}},
        ]
    ),
    "agent_replied": st.sampled_from([{}, {"public": False}, {"channel": "phone"}]),
    **dict.fromkeys(
        ("customer_replied", "waiting_on_customer", "work_started", "workaround_provided"), NOTHING
    ),
    **dict.fromkeys(("resolved", "reopened", "closed", "acknowledged"), NOTHING),
    "cancelled": st.just({"reason": "spam"}),
}


def severities(rules: Policy) -> st.SearchStrategy[Data]:
    """What the policy calls them, with a workaround or without."""
    return st.builds(
        lambda severity, there: {"severity": severity.id, "workaround_available": there},
        st.sampled_from(rules.severities),
        st.booleans(),
    )


def said_of(rules: Policy) -> dict[str, st.SearchStrategy[Data]]:
    """Types of fact, and data that the policy takes."""
    said = {**FREE, "severity_changed": severities(rules)}
    if rules.plans:
        said["plan_changed"] = st.sampled_from(rules.plans).map(lambda plan: {"plan": plan})
    if rules.lines:
        said["handed_over"] = st.sampled_from(rules.lines).map(lambda line: {"line": line})
    if rules.roles:
        said["escalated"] = st.sampled_from(sorted(rules.roles)).map(lambda role: {"to": role})
    return said


@st.composite
def stories(
    draw: st.DrawFn, policies: st.SearchStrategy[Policy] = POLICIES
) -> tuple[Policy, list[Fact]]:
    """A policy, and facts it takes, in order."""
    rules = draw(policies)
    said = said_of(rules)
    at = START
    facts = [Fact("ticket.opened", "T-1", "tests", "0", at, at, draw(severities(rules)))]
    for number in range(1, 1 + draw(st.integers(0, 12))):
        type_ = draw(st.sampled_from(sorted(said)))
        at += draw(st.integers(0, 3000)) // 4 * MINUTE
        facts.append(
            Fact(f"ticket.{type_}", "T-1", "tests", str(number), at, at, draw(said[type_]))
        )
    return rules, facts
