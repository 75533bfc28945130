"""``POST /v1/policies/{id}/simulate``: a candidate over the history that the log has."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from app.domain.simulation import TOO_MUCH
from app.policy_files import load_file, parse
from tests.api.keyed import key
from tests.api.story import Desk, Reader, clock_time
from tests.conftest import PROJECT, Running

PORTAONE = (PROJECT / "policies" / "portaone.yaml").read_text()
EARLIER = PORTAONE.replace(
    "{after: 1h, tell: technical_support_manager}", "{after: 30m, tell: technical_support_manager}"
).replace(
    "{after: 4h, tell: customer_relations_manager}",
    "{after: 210m, tell: customer_relations_manager}",
)
"""A P2's first two managers are told half an hour earlier."""

TSM, CRM = "technical_support_manager", "customer_relations_manager"
JUNE = {"from": "2024-06-01T00:00:00Z", "to": "2024-07-01T00:00:00Z"}
Try = Callable[..., Coroutine[Any, Any, dict[str, Any]]]


@pytest.fixture
def desk(running: Running) -> Desk:
    return Desk(running)


@pytest.fixture
def simulate(running: Running) -> Try:
    """What is answered; it has to be."""

    async def simulated(
        candidate: dict[str, Any] | None = None,
        policy: str = "portaone",
        period: dict[str, str] = JUNE,
        **parameters: Any,  # noqa: ANN401  # JSON
    ) -> dict[str, Any]:
        body = {"yaml": EARLIER} if candidate is None else candidate
        answer = await running.client.post(
            f"/v1/policies/{policy}/simulate", json={**body, **period}, params=parameters
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    return simulated


async def tell(desk: Desk) -> None:
    """Three P2, resolved after 210, 225 and 240 minutes; and a P1."""
    for ticket, resolved in (("T-1", "13:30"), ("T-2", "13:45"), ("T-3", "14:00")):
        desk.opens(ticket, "10:00", severity="P2").happens(ticket, resolved, "ticket.resolved")
    desk.opens("T-4", "10:00", severity="P1").happens("T-4", "10:30", "ticket.resolved")
    await desk.report()


def rows(answer: dict[str, Any]) -> dict[tuple[str | None, str], tuple[int, ...]]:
    """Before, after, gained, lost, moved by role and kind."""
    columns = ("raised_before", "raised_after", "gained", "lost", "moved")
    return {
        (row["role"], row["kind"]): tuple(row[each] for each in columns)
        for row in answer["by_role"]
    }


async def test_it_answers_what_would_be_different_by_role_and_by_ticket(
    desk: Desk, simulate: Try
) -> None:
    """An answer exactly on time is on time: at 13:30, T-1 escapes the second manager."""
    await tell(desk)
    answer = await simulate()
    assert answer["tickets"] == 4
    assert answer["skipped"] == []
    assert rows(answer) == {
        (None, "breach"): (3, 3, 0, 0, 0),
        (TSM, "escalation"): (4, 4, 0, 0, 3),
        (CRM, "escalation"): (0, 2, 2, 0, 0),
    }
    assert [each["ticket_id"] for each in answer["by_ticket"]] == ["T-1", "T-2", "T-3"]
    (gained,) = answer["by_ticket"][1]["gained"]
    assert gained == {
        "clock": "resolution",
        "cycle": 1,
        "kind": "escalation",
        "tier": 2,
        "role": CRM,
        "reason": None,
        "target_at": "2024-06-03T13:30:00Z",
        "reached_at": "2024-06-03T13:30:00Z",
    }
    (moved,) = answer["by_ticket"][0]["moved"]
    assert clock_time(moved["reached_at"]) == "10:30"
    assert clock_time(moved["was"]["reached_at"]) == "11:00"
    assert answer["policy"] == {
        "id": "portaone",
        "current_version": parse(PORTAONE).version,
        "candidate_id": "portaone",
        "candidate_version": parse(EARLIER).version,
    }
    assert answer["next_cursor"] is None


async def test_nothing_is_written(desk: Desk, running: Running, simulate: Try) -> None:
    await tell(desk)
    tables = ("events", "tickets", "escalations", "outcomes", "policies", "deliveries")

    async def counted() -> list[int]:
        async with running.service.database.connection() as connection:
            return [
                await connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608  # names from above
                for table in tables
            ]

    before = await counted()
    assert (await simulate())["by_ticket"]
    assert await counted() == before


async def test_the_file_and_its_content_give_the_same(desk: Desk, simulate: Try) -> None:
    await tell(desk)
    from_file = await simulate()
    from_content = await simulate({"policy": parse(EARLIER).document})
    assert from_content["policy"] == from_file["policy"]
    assert from_content["by_ticket"] == from_file["by_ticket"]


@pytest.mark.parametrize("policy", ["portaone", "xecuritas", "netop", "netreo", "syneto"])
async def test_what_is_in_force_may_be_taken_as_answered_and_changes_nothing(
    desk: Desk, running: Running, simulate: Try, policy: str
) -> None:
    """Its holiday rules are reckoned again, and the version is the same."""
    on_file = load_file(PROJECT / "policies" / f"{policy}.yaml")
    for number, severity in enumerate(on_file.severities):
        ticket = f"T-{number}"
        desk.opens(ticket, "10:00", policy=policy, severity=severity.id)
        desk.happens(ticket, "+1d 10:00", "ticket.agent_replied")
        desk.happens(ticket, "+3d 10:00", "ticket.waiting_on_customer")
    await desk.report()
    in_force = await Reader(running).read(f"/v1/policies/{policy}")
    answer = await simulate({"policy": in_force["content"]}, policy)
    assert answer["policy"]["candidate_version"] == in_force["version"]
    assert answer["tickets"] == len(on_file.severities)
    assert (answer["by_ticket"], answer["skipped"]) == ([], [])
    assert answer["by_role"]


async def test_pages_add_up(desk: Desk, simulate: Try) -> None:
    await tell(desk)
    whole = await simulate()
    pages = [await simulate(limit=1)]
    while (cursor := pages[-1]["next_cursor"]) is not None:
        pages.append(await simulate(limit=1, cursor=cursor))
    assert len(pages) == 4
    assert [each for page in pages for each in page["by_ticket"]] == whole["by_ticket"]
    assert sum(page["tickets"] for page in pages) == whole["tickets"]
    assert {page["as_of"] for page in pages} == {pages[0]["as_of"]}


async def test_tickets_of_before_count_if_something_is_raised_in_the_period(
    desk: Desk, simulate: Try
) -> None:
    """T-1 was resolved on Monday; T-2 goes on, a P4 whose manager is told on Friday."""
    desk.opens("T-1", "10:00", severity="P4").happens("T-1", "11:00", "ticket.resolved")
    await desk.opens("T-2", "10:00", severity="P4").report()
    friday = {"from": "2024-06-07T00:00:00Z", "to": "2024-06-08T00:00:00Z"}
    sooner = PORTAONE.replace("{after: 96h, tell: technical", "{after: 95h, tell: technical")
    answer = await simulate({"yaml": sooner}, period=friday)
    assert answer["tickets"] == 1
    (changed,) = answer["by_ticket"]
    assert (changed["ticket_id"], len(changed["moved"])) == ("T-2", 1)


async def test_a_new_clock_is_found_on_tickets_on_which_nothing_runs(
    desk: Desk, simulate: Try
) -> None:
    """Answered at once, a ticket under this policy has nothing to wait for until it is closed."""
    await desk.opens("T-1", "10:00", severity="P2").report()
    july = {"from": "2024-07-01T00:00:00Z", "to": "2024-08-01T00:00:00Z"}
    later = PORTAONE.replace("{after: 8h, tell: cto}", "{after: 1000h, tell: cto}")
    answer = await simulate({"yaml": later}, period=july)
    assert rows(answer)["cto", "escalation"] == (0, 1, 1, 0, 0)


async def test_a_rebound_ticket_is_compared_with_what_stood(
    desk: Desk, running: Running, simulate: Try
) -> None:
    """Bound in its life to a version, which the candidate takes the place of as well."""
    await desk.opens("T-1", "10:00", severity="P2").report()
    book, database = running.service.policies, running.service.database
    await book.register(database, [parse(EARLIER)])
    bound = await running.client.post("/v1/policies/portaone/rebind", json={"tickets": ["T-1"]})
    assert bound.json()["recorded"] == 1
    unchanged = await simulate({"yaml": PORTAONE})
    assert (unchanged["by_ticket"], unchanged["tickets"]) == ([], 1)
    assert rows(await simulate())[TSM, "escalation"] == (1, 1, 0, 0, 1)


async def test_a_late_fact_and_what_it_retracted_leave_no_difference(
    desk: Desk, simulate: Try
) -> None:
    """Told at 14:00, and retracted when it came out that it had been resolved at 13:45."""
    await desk.opens("T-1", "10:00", severity="P2").report()
    await desk.happens("T-1", "13:45", "ticket.resolved").report()
    unchanged = await simulate({"yaml": PORTAONE})
    assert (unchanged["by_ticket"], rows(unchanged)[TSM, "escalation"]) == ([], (1, 1, 0, 0, 0))
    assert rows(await simulate())[CRM, "escalation"] == (0, 1, 1, 0, 0)


async def test_a_date_from_which_the_candidate_is_to_count_does_not_matter(
    desk: Desk, simulate: Try
) -> None:
    await tell(desk)
    dated = EARLIER.replace("id: portaone\n", "id: portaone\neffective_from: 2090-01-01\n")
    assert (await simulate({"yaml": dated}))["by_ticket"] == (await simulate())["by_ticket"]


async def test_tickets_that_the_candidate_refuses_are_listed_with_the_reason(
    desk: Desk, simulate: Try
) -> None:
    await tell(desk)
    content = parse(PORTAONE).document
    fewer = {
        **content,
        "severities": [{"id": "P2"}],
        "clocks": [{"id": "resolution", "meets": ["ticket.resolved"], "targets": [{"due": "1h"}]}],
    }
    answer = await simulate({"policy": fewer})
    (skipped,) = answer["skipped"]
    assert skipped["ticket_id"] == "T-4"
    assert skipped["reason"] == "policy portaone has no severity 'P1': one of P2"
    assert skipped["fact"]["type"] == "ticket.opened"
    assert answer["tickets"] == 3


async def test_a_candidate_may_have_another_name(desk: Desk, simulate: Try) -> None:
    await tell(desk)
    renamed = {"yaml": EARLIER.replace("id: portaone\n", "id: next_year\n")}
    answer = await simulate(renamed)
    assert answer["policy"]["candidate_id"] == "next_year"
    assert answer["by_ticket"] == (await simulate())["by_ticket"]


@pytest.mark.parametrize(
    ("body", "pointer", "said"),
    [
        ({"yaml": "id: x\nseverities: [P1\n"}, "/yaml", "policy:3:1: not YAML"),
        (
            {"yaml": EARLIER.replace("due: 2h", "due: soon")},
            "/yaml",
            "policy:32:29: clocks[0].targets[1].due:",
        ),
        (
            {
                "policy": {
                    "id": "x",
                    "severities": ["P1"],
                    "clocks": [{"id": "a", "targets": [{"due": 5}]}],
                }
            },
            "/policy/clocks/0/targets/0/due",
            "clocks[0].targets[0].due:",
        ),
        (
            {"policy": {"id": "x", "severities": ["P1"], "a.b/c": 1}},
            "/policy/a.b~1c",
            "a.b/c: 'a.b/c' means nothing here",
        ),
        ({"policy": {}}, "/policy", "'severities' is missing"),
        ({"policy": {"id": "x" * 300_000}}, "/policy", "larger than 262144 bytes"),
        ({"policy": {}, "yaml": "x"}, "", "either policy or yaml"),
        ({}, "", "either policy or yaml"),
        ({"yaml": EARLIER, "to": "2024-06-01T00:00:00Z"}, "", "to is not later than from"),
        ({"yaml": EARLIER, "from": "yesterday"}, "/from", "RFC 3339"),
    ],
)
async def test_what_is_wrong_with_a_candidate_is_said_with_its_place(
    running: Running, body: dict[str, object], pointer: str, said: str
) -> None:
    answer = await running.client.post("/v1/policies/portaone/simulate", json={**JUNE, **body})
    assert answer.status_code == 422, answer.text
    found = [(each["pointer"], each["detail"]) for each in answer.json()["errors"]]
    assert any(place == pointer and said in detail for place, detail in found), found


async def test_a_policy_of_others_does_not_exist(running: Running) -> None:
    bound = await key(running, "read", policies=["netop"])
    for name, status in (("portaone", 404), ("nobody", 404), ("netop", 200)):
        answer = await running.client.post(
            f"/v1/policies/{name}/simulate", json={"yaml": EARLIER, **JUNE}, headers=bound
        )
        assert answer.status_code == status, answer.text


async def test_the_service_answers_while_much_is_simulated(
    desk: Desk, running: Running, simulate: Try
) -> None:
    """A reminder each minute for years, on a ticket that nobody resolves: more than is derived."""
    await desk.opens("T-1", "10:00", severity="P4").report()
    nagging = (
        PORTAONE
        + "  - {id: nag, commitment: reminder, repeats: true,\n"
        + "     targets: [{ladder: [{after: 1m, tell: cto}]}]}\n"
    )
    for_years = {"from": "2024-06-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}
    trials = [asyncio.create_task(simulate({"yaml": nagging}, period=for_years)) for _ in range(2)]
    asked = 0
    while not all(trial.done() for trial in trials):
        assert (await running.client.get("/v1/tickets/T-1")).status_code == 200
        asked += 1
    assert asked > 1
    for trial in trials:
        reasons = {each["reason"] for each in trial.result()["skipped"]}
        assert reasons == {TOO_MUCH}
