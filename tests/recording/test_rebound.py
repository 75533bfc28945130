"""A ticket comes under another version of its policy: in the log, its row, and answers (31)."""

import pytest

from app.clock import host_now
from app.domain.policy import Policy
from app.policy_files import parse
from tests.conftest import Running
from tests.recording.reporting import (
    MINUTE,
    Event,
    clock,
    event,
    held,
    outcomes,
    post,
    raised,
    refused,
    sla_events,
    ticket,
    withdrawal,
)

OPENED = host_now() - 30 * MINUTE

RULES = """\
id: desk
severities: [P1, P2, P3]
default_severity: P2
roles: [lead]
clocks:
  - id: response
    meets: [ticket.agent_replied]
    targets: [{due: 2h, when_due: {tell: lead}}]
"""
FIRST = parse(RULES)
SHORTER = parse(RULES.replace("2h", "20m"))
FEWER = parse(RULES.replace(", P3", ""))


@pytest.fixture(autouse=True)
async def versions(running: Running) -> None:
    """All are known, the first is current."""
    for policy in (SHORTER, FEWER, FIRST):
        await running.service.policies.register(running.service.database, [policy])


def opening(severity: str = "P2") -> Event:
    """A ticket is opened half an hour ago."""
    return event("opened", "opened", OPENED, policy="desk", severity=severity)


def rebinding(id_: str, policy: Policy) -> Event:
    """From now on the ticket is judged by this version."""
    return event(id_, "policy.rebound", policy=policy.id, version=policy.version)


async def test_from_its_recording_on_the_other_version_judges(running: Running) -> None:
    """Whatever time was sent with it."""
    await post(running, opening())
    before = host_now()
    assert await outcomes(running, {**rebinding("1", SHORTER), "time": OPENED.isoformat()}) == [
        "recorded"
    ]
    state = await ticket(running)
    assert state["policy"] == {"id": "desk", "version": SHORTER.version}
    shown = clock(state, "response")
    assert (shown["goal"], shown["breached"], shown["state"]) == ("20m", True, "running")
    breach, told = await sla_events(running)
    assert (breach.type, told.role) == ("sla.breached", "lead")
    assert breach.policy_version == SHORTER.version
    assert breach.target_at == OPENED + 20 * MINUTE
    assert breach.reached_at >= before, "what is past by then is reached at the change"
    async with running.service.database.connection() as connection:
        assert await connection.fetchval("SELECT policy_version FROM tickets") == SHORTER.version

    then = await ticket(running, as_of=before.isoformat())
    assert then["policy"]["version"] == FIRST.version
    assert clock(then, "response")["goal"] == "2h"
    assert not clock(then, "response")["breached"]


async def test_late_facts_from_before_are_folded_under_the_version_of_then(
    running: Running,
) -> None:
    await post(running, opening())
    await post(running, rebinding("1", SHORTER))
    assert ("sla.breached", "response", None) in await raised(running)
    await post(running, event("2", "agent_replied", OPENED + 25 * MINUTE))
    state = await ticket(running)
    assert (clock(state, "response")["state"], clock(state, "response")["breached"]) == (
        "met",
        False,
    )
    assert [kind for kind, *_ in await raised(running)][2:] == [
        "sla.retracted",
        "sla.retracted",
        "sla.met",
    ]
    assert state["policy"]["version"] == SHORTER.version
    assert state["late_facts"] == 1


async def test_what_only_the_old_version_had_is_taken_for_then_and_not_for_now(
    running: Running,
) -> None:
    """A rebinding that a late fact makes impossible is left out, and listed with the reason."""
    await post(running, opening(), rebinding("1", FEWER))
    now = event("2", "severity_changed", severity="P3")
    assert (await refused(running, now))[0] == "/data/severity"
    then = event("3", "severity_changed", OPENED + MINUTE, severity="P3")
    assert await outcomes(running, then) == ["recorded"]
    ((left_out, why),) = await held(running)
    assert left_out == "1"
    assert "cannot be bound to it: policy desk has no severity 'P3'" in str(why)
    state = await ticket(running)
    assert (state["severity"], state["policy"]["version"]) == ("P3", FIRST.version)

    await post(running, withdrawal("4", "3"))
    assert await held(running) == []
    assert (await ticket(running))["policy"]["version"] == FEWER.version


async def test_what_does_not_fit_is_refused(running: Running) -> None:
    await post(running, opening(severity="P3"))
    for policy, version, why in (
        ("desk", "sha256:0", "policy desk has no version sha256:0"),
        ("none", FIRST.version, "policy none has no version"),
        ("desk", FEWER.version, "cannot be bound to it"),
    ):
        told = event("1", "policy.rebound", policy=policy, version=version)
        pointer, detail = await refused(running, told)
        assert pointer == "/data/version"
        assert why in detail
    assert (await ticket(running))["policy"]["version"] == FIRST.version


async def test_it_cannot_be_withdrawn_or_held(running: Running) -> None:
    assert (await refused(running, rebinding("1", SHORTER)))[0] == "/subject"
    await post(running, opening(), rebinding("1", SHORTER))
    assert "policy.rebound" in (await refused(running, withdrawal("2", "1")))[1]


async def test_in_one_batch_with_facts_that_happened_before_it(running: Running) -> None:
    """Given facts that stand behind the rebinding, and before the opening."""
    results = await outcomes(
        running,
        event("0", "work_started", OPENED + MINUTE),
        opening(),
        rebinding("1", SHORTER),
        event("2", "agent_replied", OPENED + 15 * MINUTE),
        rebinding("3", FIRST),
        event("4", "waiting_on_customer"),
    )
    assert results == ["held", *["recorded"] * 5]
    state = await ticket(running)
    assert state["policy"]["version"] == FIRST.version
    assert [kind for kind, *_ in await raised(running)] == ["sla.met"]


async def test_it_is_not_a_late_fact_and_needs_no_fold(running: Running) -> None:
    """Answers come from the row, the targets being those of the log."""
    told = {**rebinding("1", SHORTER), "time": OPENED.isoformat()}
    await post(running, opening())
    await post(running, told)
    await post(running, event("2", "acknowledged"))
    assert (await ticket(running))["late_facts"] == 0
