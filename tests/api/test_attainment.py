"""``GET /v1/reports/attainment``: how well promises were kept (35)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.clock import host_now
from app.domain.policy import Policy
from app.policy_files import parse
from tests.api.keyed import key
from tests.api.story import Desk, Reader
from tests.conftest import Running

PATH = "/v1/reports/attainment"
JUNE = {"from": "2024-06-01T00:00:00Z", "to": "2024-07-01T00:00:00Z"}

RULES = """\
id: desk
severities: [P1, P2, P3]
default_severity: P2
plans: [basic, pro]
default_plan: basic
lines: [first, second]
opening_line: first
roles: [lead]
clocks:
  - id: response
    meets: [ticket.agent_replied, ticket.resolved]
    targets: [{severity: [P1, P2], due: 1h, when_due: {tell: lead}}]
  - id: resolution
    meets: [ticket.resolved]
    pauses_on: [waiting_on_customer]
    targets: [{severity: [P1, P2], due: 4h}]
"""
DESK = parse(RULES)
TIGHTER = parse(RULES.replace("due: 4h", "due: 10m").replace("due: 1h", "due: 1m"))

Json = dict[str, Any]


@pytest.fixture
async def desk(running: Running) -> Desk:
    """A help desk whose policy `desk` promises an answer in 1 h, a solution in 4 h."""
    await register(running, DESK)
    return Desk(running)


async def register(running: Running, policy: Policy) -> None:
    await running.service.policies.register(running.service.database, [policy])


@pytest.fixture
def reader(running: Running) -> Reader:
    return Reader(running)


def opens(desk: Desk, ticket: str, when: str | datetime | None = "10:00", **data: object) -> Desk:
    return desk.opens(ticket, when, **{"policy": "desk", **data})


async def report(reader: Reader, *group_by: str, **question: object) -> Json:
    asked = {**JUNE, **question, "group_by": ",".join(group_by)}
    found: Json = await reader.read(PATH, **asked)
    return found


async def counts(reader: Reader, **question: object) -> dict[str, tuple[int, int, int, int]]:
    """(met, breached, running, running and breached) by clock."""
    return {
        each["clock"]: (each["met"], each["breached"], each["running"], each["running_breached"])
        for each in (await report(reader, "clock", **question))["items"]
    }


async def test_a_month_of_a_help_desk(desk: Desk, reader: Reader) -> None:
    """Figures worked out by hand.

    A: answered after 30 min, resolved after 2 h of which it waited 30 min. B: answered after 2 h,
    handed over after 3 h, waits from 4 h to 5 h, resolved after 6 h: 5 h of work. C: still open.
    """
    opens(desk, "A").happens("A", "10:30", "ticket.agent_replied")
    desk.happens("A", "11:00", "ticket.waiting_on_customer")
    desk.happens("A", "11:30", "ticket.customer_replied").happens("A", "12:00", "ticket.resolved")
    opens(desk, "B").happens("B", "12:00", "ticket.agent_replied")
    desk.happens("B", "13:00", "ticket.handed_over", line="second")
    desk.happens("B", "14:00", "ticket.waiting_on_customer")
    desk.happens("B", "15:00", "ticket.customer_replied").happens("B", "16:00", "ticket.resolved")
    opens(desk, "C", "+1d 10:00")
    await desk.report()

    found = await report(reader, "clock")

    assert found.keys() == {"from", "to", "as_of", "group_by", "items", "totals"}
    assert (found["from"], found["to"], found["group_by"]) == (*JUNE.values(), ["clock"])
    resolution, response = found["items"]
    assert response == {
        "clock": "response",
        "met": 1,
        "breached": 1,
        "finished": 2,
        "attainment": 0.5,
        "running": 1,
        "running_breached": 1,
        "elapsed_seconds": {"p50": 4500.0, "p90": 6660.0, "p99": 7146.0},
        "missed_held": {
            "customer_seconds": 0.0,
            "lines": [{"line": "first", "working_seconds": 7200.0}],
        },
    }
    assert resolution == {
        "clock": "resolution",
        "met": 1,
        "breached": 1,
        "finished": 2,
        "attainment": 0.5,
        "running": 1,
        "running_breached": 1,
        "elapsed_seconds": {"p50": 11700.0, "p90": 16740.0, "p99": 17874.0},
        "missed_held": {
            "customer_seconds": 3600.0,
            "lines": [
                {"line": "first", "working_seconds": 10800.0},
                {"line": "second", "working_seconds": 7200.0},
            ],
        },
    }
    assert found["totals"] == {
        "met": 2,
        "breached": 2,
        "finished": 4,
        "attainment": 0.5,
        "running": 2,
        "running_breached": 2,
        "elapsed_seconds": {"p50": 6300.0, "p90": 14760.0, "p99": 17676.0},
        "missed_held": {
            "customer_seconds": 3600.0,
            "lines": [
                {"line": "first", "working_seconds": 18000.0},
                {"line": "second", "working_seconds": 7200.0},
            ],
        },
    }


async def test_where_nothing_has_ended_there_is_no_attainment(reader: Reader) -> None:
    found = await report(reader)
    assert found["totals"]["attainment"] is None
    assert found["totals"]["finished"] == 0
    assert found["totals"]["elapsed_seconds"] == {"p50": None, "p90": None, "p99": None}
    assert found["items"] == [found["totals"]]
    assert (await report(reader, "policy"))["items"] == []


async def test_groups_are_named_in_the_order_asked_for(desk: Desk, reader: Reader) -> None:
    """However they are written; the groups stand in the order of their names."""
    opens(desk, "A", plan="pro").happens("A", "10:30", "ticket.resolved")
    opens(desk, "B", severity="P1").happens("B", "10:30", "ticket.resolved")
    await desk.report()
    found = await report(reader, "plan", "severity", "policy", clock="response")
    assert [list(each)[:4] for each in found["items"]] == [
        ["plan", "severity", "policy", "met"]
    ] * 2
    members = [(each["plan"], each["severity"], each["policy"]) for each in found["items"]]
    assert members == [("basic", "P1", "desk"), ("pro", "P2", "desk")]
    repeated = await reader.read(
        PATH, **JUNE, clock="response", group_by=["plan", "severity, policy", "plan"]
    )
    assert repeated["items"] == found["items"]


async def test_a_group_without_a_plan_or_a_line_comes_last(desk: Desk, reader: Reader) -> None:
    opens(desk, "A").happens("A", "10:30", "ticket.resolved")
    desk.opens("B", "10:00", severity="P2").happens("B", "10:30", "ticket.resolved")
    await desk.report()
    found = (await report(reader, "line", "plan"))["items"]
    assert [(each["line"], each["plan"]) for each in found] == [("first", "basic"), (None, None)]


async def test_a_cycle_counts_where_it_ended_and_months_are_those_of_utc(
    desk: Desk, reader: Reader
) -> None:
    for ticket, ended in (
        ("A", "2024-05-31T23:59:59.999999+00:00"),
        ("B", "2024-06-01T00:00:00+00:00"),
        ("C", "2024-06-30T23:59:59.999999+00:00"),
        ("D", "2024-07-01T01:00:00+02:00"),
        ("E", "2024-07-01T00:00:00+00:00"),
    ):
        at = datetime.fromisoformat(ended)
        opens(desk, ticket, at - timedelta(minutes=10)).happens(ticket, at, "ticket.resolved")
    await desk.report()
    assert (await report(reader))["totals"]["finished"] == 6
    found = await report(
        reader, "month", **{"from": "2024-05-15T00:00:00Z", "to": "2024-08-01T00:00:00Z"}
    )
    by_month = {each["month"]: (each["finished"], each["running"]) for each in found["items"]}
    assert by_month == {"2024-05": (2, None), "2024-06": (6, None), "2024-07": (2, None)}
    assert found["totals"]["running"] is None


async def test_a_cancelled_tickets_breach_does_not_count_any_other_does(
    desk: Desk, reader: Reader
) -> None:
    opens(desk, "A").happens("A", "16:00", "ticket.cancelled", reason="duplicate")
    opens(desk, "B").happens("B", "16:00", "ticket.closed")
    opens(desk, "C").happens("C", "10:20", "ticket.closed")
    await desk.report()
    assert await counts(reader) == {"response": (0, 1, 0, 0), "resolution": (0, 1, 0, 0)}


async def test_what_is_promised_nothing_is_left_out(desk: Desk, reader: Reader) -> None:
    opens(desk, "A", severity="P3").happens("A", "16:00", "ticket.resolved")
    opens(desk, "B", severity="P3")
    await desk.report()
    assert await counts(reader) == {}


async def test_a_ticket_that_waits_is_under_way(desk: Desk, reader: Reader) -> None:
    opens(desk, "A", host_now() - timedelta(minutes=30))
    opens(desk, "B", host_now() - timedelta(hours=2))
    desk.happens("B", None, "ticket.waiting_on_customer")
    await desk.report()
    assert await counts(reader) == {"response": (0, 0, 2, 1), "resolution": (0, 0, 2, 0)}


async def test_reopening_takes_the_verdict_back(desk: Desk, reader: Reader) -> None:
    opens(desk, "A").happens("A", "10:30", "ticket.resolved")
    await desk.report()
    assert await counts(reader) == {"response": (1, 0, 0, 0), "resolution": (1, 0, 0, 0)}
    desk.happens("A", "12:00", "ticket.reopened").happens("A", "16:00", "ticket.agent_replied")
    await desk.report()
    assert (await counts(reader))["resolution"] == (0, 0, 1, 1)
    desk.happens("A", "18:00", "ticket.resolved")
    await desk.report()
    assert (await counts(reader))["resolution"] == (0, 1, 0, 0)
    (found,) = (await report(reader, clock="resolution"))["items"]
    held = found["missed_held"]["lines"]
    assert held == [{"line": "first", "working_seconds": 6.5 * 3600}]


async def test_a_breach_stands_though_its_goal_falls_away_and_no_time_is_told_of_it(
    desk: Desk, reader: Reader
) -> None:
    """No clock measures the time of a severity without a target; that is not 0 seconds."""
    opens(desk, "A").happens("A", "15:00", "ticket.severity_changed", severity="P3")
    desk.happens("A", "16:00", "ticket.resolved")
    opens(desk, "B", severity="P1").happens("B", "12:00", "ticket.resolved")
    await desk.report()
    found = await report(reader, "severity", clock="resolution")
    one, none = found["items"]
    assert (one["severity"], one["met"], one["elapsed_seconds"]["p50"]) == ("P1", 1, 7200.0)
    assert (none["severity"], none["breached"], none["elapsed_seconds"]["p50"]) == ("P3", 1, None)
    assert found["totals"]["elapsed_seconds"]["p50"] == 7200.0


async def test_a_fact_that_comes_late_moves_a_verdict(desk: Desk, reader: Reader) -> None:
    opens(desk, "A").happens("A", "12:00", "ticket.agent_replied")
    desk.happens("A", "15:30", "ticket.resolved")
    await desk.report()
    assert await counts(reader) == {"response": (0, 1, 0, 0), "resolution": (0, 1, 0, 0)}
    desk.happens("A", "10:45", "ticket.agent_replied")
    desk.happens("A", "13:00", "ticket.waiting_on_customer")
    desk.happens("A", "15:00", "ticket.customer_replied")
    await desk.report()
    assert await counts(reader) == {"response": (1, 0, 0, 0), "resolution": (1, 0, 0, 0)}


async def test_a_late_hand_over_says_who_had_it(desk: Desk, reader: Reader) -> None:
    opens(desk, "A").happens("A", "16:00", "ticket.resolved")
    await desk.report()
    desk.happens("A", "12:00", "ticket.handed_over", line="second")
    await desk.report()
    (found,) = (await report(reader, "line", clock="resolution"))["items"]
    assert found["line"] == "second"
    assert found["missed_held"]["lines"] == [
        {"line": "first", "working_seconds": 7200.0},
        {"line": "second", "working_seconds": 14400.0},
    ]


async def test_history_that_is_backfilled_counts(running: Running, reader: Reader) -> None:
    await register(running, DESK)
    events = [
        {
            "id": str(number),
            "source": "desk",
            "type": type_,
            "subject": "A",
            "time": time,
            "data": data,
        }
        for number, (type_, time, data) in enumerate(
            [
                ("ticket.opened", "2024-06-03T10:00:00Z", {"policy": "desk"}),
                ("ticket.resolved", "2024-06-03T11:30:00Z", {}),
            ]
        )
    ]
    answer = await running.client.post("/v1/events?backfill=true", json=events)
    assert answer.status_code == 200
    assert await counts(reader) == {"response": (0, 1, 0, 0), "resolution": (1, 0, 0, 0)}


async def test_rule_32_a_policy_file_that_changed_changes_no_verdict(
    running: Running, desk: Desk, reader: Reader
) -> None:
    opens(desk, "A").happens("A", "10:30", "ticket.resolved")
    await desk.report()
    before = (await report(reader, "policy"))["items"]
    await register(running, TIGHTER)
    assert (await report(reader, "policy"))["items"] == before
    opens(desk, "B").happens("B", "10:30", "ticket.resolved")
    await desk.report()
    assert await counts(reader) == {"response": (1, 1, 0, 0), "resolution": (1, 1, 0, 0)}


async def test_a_ticket_that_is_rebound_is_judged_anew_from_then_on(
    running: Running, desk: Desk, reader: Reader
) -> None:
    """What had ended stays; what runs is measured by the other version."""
    opened = host_now() - timedelta(minutes=30)
    opens(desk, "A", opened).happens("A", opened + timedelta(minutes=20), "ticket.agent_replied")
    await desk.report()
    now = {"from": opened.isoformat(), "to": (opened + timedelta(days=1)).isoformat()}
    assert await counts(reader, **now) == {"response": (1, 0, 0, 0), "resolution": (0, 0, 1, 0)}
    await register(running, TIGHTER)
    desk.happens("A", None, "policy.rebound", policy="desk", version=TIGHTER.version)
    await desk.report()
    assert await counts(reader, **now) == {"response": (1, 0, 0, 0), "resolution": (0, 0, 1, 1)}
    desk.happens("A", None, "ticket.resolved")
    await desk.report()
    assert await counts(reader, **now) == {"response": (1, 0, 0, 0), "resolution": (0, 1, 0, 0)}


@pytest.mark.parametrize(
    ("question", "finished", "under_way"),
    [
        ({"policy": "desk"}, 2, 2),
        ({"policy": ["desk", "portaone"], "line": "second"}, 1, 0),
        ({"severity": "P1", "plan": "pro"}, 2, 2),
        ({"severity": "P1", "plan": "basic"}, 0, 0),
        ({"clock": "response", "line": "first"}, 1, 1),
        ({"clock": ["response", "first_response"], "policy": "portaone"}, 1, 0),
        ({"clock": "unheard_of"}, 0, 0),
    ],
)
async def test_filters_hold_for_what_has_ended_and_for_what_runs(
    desk: Desk, reader: Reader, question: Mapping[str, Any], finished: int, under_way: int
) -> None:
    opens(desk, "A", severity="P1", plan="pro").happens("A", "10:20", "ticket.agent_replied")
    desk.happens("A", "10:30", "ticket.handed_over", line="second")
    desk.happens("A", "11:00", "ticket.resolved")
    desk.opens("B", "10:00", severity="P2").happens("B", "10:10", "ticket.agent_replied")
    desk.happens("B", "10:20", "ticket.resolved")
    opens(desk, "C", severity="P1", plan="pro")
    await desk.report()
    totals = (await report(reader, **question))["totals"]
    assert (totals["finished"], totals["running"]) == (finished, under_way)


async def test_for_a_key_that_is_bound_to_policies_others_do_not_count(
    running: Running, desk: Desk, reader: Reader
) -> None:
    opens(desk, "A").happens("A", "10:30", "ticket.resolved")
    desk.opens("B", "10:00", severity="P2").happens("B", "10:30", "ticket.resolved")
    opens(desk, "C")
    desk.opens("D", "10:00", severity="P2")
    await desk.report()
    bound = await key(running, "read", policies=["desk"])
    answer = await running.client.get(PATH, params={**JUNE, "group_by": "policy"}, headers=bound)
    assert [
        (each["policy"], each["finished"], each["running"]) for each in answer.json()["items"]
    ] == [("desk", 2, 2)]
    other = {**JUNE, "group_by": "policy", "policy": "portaone"}
    assert (await running.client.get(PATH, params=other, headers=bound)).json()["items"] == []


async def test_the_last_thirty_days_are_reported_unless_others_are_asked_for(
    desk: Desk, reader: Reader
) -> None:
    opened = host_now() - timedelta(days=31)
    opens(desk, "A", opened).happens("A", opened + timedelta(minutes=10), "ticket.resolved")
    opens(desk, "B", host_now() - timedelta(days=29))
    desk.happens("B", None, "ticket.resolved")
    await desk.report()
    found = await reader.read(PATH)
    assert found["totals"]["finished"] == 2
    since, until, as_of = (datetime.fromisoformat(found[name]) for name in ("from", "to", "as_of"))
    assert until - since == timedelta(days=30)
    assert timedelta(0) <= as_of - until < timedelta(minutes=1)
    before = await reader.read(PATH, to=since)
    assert before["totals"]["finished"] == 2


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ({"from": "2024-06-01"}, "from"),
        ({"to": "yesterday"}, "to"),
        ({"from": "2024-06-01T00:00:00Z", "to": "2024-06-01T00:00:00Z"}, "from"),
        ({"from": "2024-06-02T00:00:00Z", "to": "2024-06-01T00:00:00Z"}, "from"),
        ({"from": "2999-06-02T00:00:00Z"}, "from"),
        ({"from": "2001-06-02T00:00:00Z", "to": "2024-06-01T00:00:00Z"}, "from"),
        ({"to": "0001-01-01T00:00:00Z"}, "from"),
        ({"group_by": "ticket"}, "group_by"),
        ({"group_by": "policy;severity"}, "group_by"),
        ({"since": "2024-06-01T00:00:00Z"}, "since"),
        ({"policy": "\0"}, "policy"),
        ({"limit": "5"}, "limit"),
    ],
)
async def test_a_wrong_question_is_422_and_says_where(
    reader: Reader, question: dict[str, str], named: str
) -> None:
    answer = await reader.get(PATH, **question)
    assert answer.status_code == 422, answer.text
    assert [each["pointer"] for each in answer.json()["errors"]] == [named]


async def test_the_ends_of_the_calendar_can_be_asked_for(reader: Reader) -> None:
    for until in ("0001-01-02T00:00:00Z", "9999-12-31T23:59:59Z"):
        found = await reader.read(PATH, to=until, group_by="month")
        assert found["items"] == []
