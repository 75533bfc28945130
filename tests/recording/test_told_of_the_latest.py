"""Of what comes due in one go, of each mark of a repeating clock the latest cycle is told (30)."""

from datetime import timedelta
from typing import Any

from app.clock import host_now
from app.policy_files import parse
from tests.conftest import Running

LINES = parse("""
id: lines
severities: [P1]
roles: [lead]
lines: [a, b]
opening_line: b
clocks:
  - {id: on_a, line: a, targets: [{due: 1h, when_due: {tell: lead}}]}
""")


def event(number: int, type_: str, minutes: int, **data: object) -> dict[str, Any]:
    """A fact of ticket T-1, so many minutes ago."""
    time = (host_now() - timedelta(minutes=minutes)).isoformat()
    fields = {"id": str(number), "source": "desk", "subject": "T-1", "time": time}
    return {**fields, "type": f"ticket.{type_}", "data": data}


async def loud(running: Running) -> list[tuple[str, int, str]]:
    """The clock, cycle and kind of what somebody is told of."""
    answer = await running.client.get("/v1/escalations", params={"ticket": "T-1"})
    items = reversed(answer.json()["items"])
    return [(each["clock"], each["cycle"], each["kind"]) for each in items if not each["silent"]]


async def test_missed_updates_are_told_of_once(running: Running) -> None:
    batch = [
        event(1, "opened", 400, policy="portaone", severity="P1"),
        event(2, "agent_replied", 390),
    ]
    await running.client.post("/v1/events", json=batch)
    assert [each for each in await loud(running) if each[0] == "update"] == [
        ("update", 6, "breach")
    ]


async def test_a_later_cycle_that_was_met_hides_no_breach(running: Running) -> None:
    batch = [
        event(1, "opened", 100, policy="portaone", severity="P1"),
        event(2, "agent_replied", 90),
        event(3, "agent_replied", 20),
    ]
    await running.client.post("/v1/events", json=batch)
    assert ("update", 1, "breach") in await loud(running)


async def test_of_a_clock_that_does_not_repeat_every_cycle_is_told(running: Running) -> None:
    await running.service.policies.register(running.service.database, [LINES])
    batch = [
        event(1, "opened", 600, policy="lines", severity="P1"),
        *(
            event(number, "handed_over", minutes, line=line)
            for number, minutes, line in (
                (2, 500, "a"),
                (3, 400, "b"),
                (4, 300, "a"),
                (5, 200, "b"),
            )
        ),
    ]
    await running.client.post("/v1/events", json=batch)
    assert await loud(running) == [
        ("on_a", 1, "breach"),
        ("on_a", 1, "escalation"),
        ("on_a", 2, "breach"),
        ("on_a", 2, "escalation"),
    ]
