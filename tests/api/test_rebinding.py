"""``POST /v1/policies/{id}/rebind``: many tickets come under another version at once."""

from typing import Any

import httpx
import pytest

from app.policy_files import parse
from tests.api.story import Desk, Reader
from tests.conftest import Running
from tests.recording.test_rebound import FEWER, FIRST, RULES, SHORTER


@pytest.fixture
async def reader(running: Running) -> Reader:
    """Four tickets of the policy `desk`, one cancelled, and one of another policy."""
    for policy in (SHORTER, FEWER, FIRST):
        await running.service.policies.register(running.service.database, [policy])
    desk = Desk(running)
    for ticket, severity in (("A", "P1"), ("B", "P2"), ("C", "P3"), ("D", "P1")):
        desk.opens(ticket, None, policy="desk", severity=severity)
    desk.opens("E", None, severity="P2").happens("D", None, "ticket.cancelled", reason="spam")
    await desk.report()
    return Reader(running)


async def rebind(running: Running, body: object, policy: str = "desk") -> httpx.Response:
    """The answer to a rebinding."""
    return await running.client.post(f"/v1/policies/{policy}/rebind", json=body)


def outcomes(answer: httpx.Response) -> dict[str, str]:
    """What became of each ticket."""
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    found = {each["ticket_id"]: each["outcome"] for each in body["results"]}
    for name in ("recorded", "unchanged", "refused"):
        assert body[name] == list(found.values()).count(name)
    return found


async def test_all_tickets_of_a_policy_by_an_empty_filter(running: Running, reader: Reader) -> None:
    body = {"tickets": {}, "version": SHORTER.version}
    answer = await rebind(running, body)
    assert outcomes(answer) == {"A": "recorded", "B": "recorded", "C": "recorded", "D": "unchanged"}
    assert answer.json()["policy"] == {"id": "desk", "version": SHORTER.version}
    assert answer.json()["more"] is False
    assert (await reader.ticket("A"))["policy"]["version"] == SHORTER.version
    assert (await reader.ticket("E"))["policy"]["id"] == "portaone"
    assert set(outcomes(await rebind(running, body)).values()) == {"unchanged"}


async def test_those_that_match_come_under_the_current_version(
    running: Running, reader: Reader
) -> None:
    await running.service.policies.register(running.service.database, [SHORTER])
    answer = await rebind(running, {"tickets": {"severity": "P1", "status": ["new"]}})
    assert outcomes(answer) == {"A": "recorded"}
    (event,) = (await reader.read("/v1/tickets/A/events"))["items"][1:]
    assert event["type"] == "policy.rebound"
    assert event["source"] == "escalator.rebind"
    assert event["position"] == answer.json()["results"][0]["position"]


async def test_by_name_each_has_its_own_outcome(running: Running, reader: Reader) -> None:
    answer = await rebind(
        running, {"tickets": ["C", "A", "E", "none", "A"], "version": FEWER.version}
    )
    assert outcomes(answer) == {
        "C": "refused",
        "A": "recorded",
        "E": "refused",
        "none": "refused",
    }
    details = {each["ticket_id"]: each["error"] for each in answer.json()["results"]}
    assert "no severity 'P3'" in details["C"]["detail"]
    assert "judged by policy portaone" in details["E"]["detail"]
    assert "no ticket" in details["none"]["detail"]
    assert details["A"] is None
    assert (await reader.ticket("C"))["policy"]["version"] == FIRST.version


async def test_many_take_several_requests(
    running: Running, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given pages of one ticket, and at most two bound in a request."""
    monkeypatch.setattr("app.recording.rebinding.PAGE", 1)
    monkeypatch.setattr("app.api.rebinding.MOST_TICKETS", 2)
    body = {"tickets": {}, "version": SHORTER.version}
    first, second = [await rebind(running, body) for _ in range(2)]
    assert outcomes(first) == {"A": "recorded", "B": "recorded"}
    assert first.json()["more"] is True
    assert outcomes(second)["C"] == "recorded"
    assert second.json()["more"] is False


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"tickets": "A"},
        {"tickets": {"colour": "red"}},
        {"tickets": [""]},
        {"tickets": ["A"], "version": "sha256:none"},
        {"tickets": ["A"], "versions": []},
        {"tickets": ["A"] * 10_001},
    ],
)
async def test_a_wrong_question_is_422(running: Running, reader: Reader, body: object) -> None:
    answer = await rebind(running, body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"]


@pytest.mark.parametrize(
    ("tickets", "pointer"),
    [([""], "/tickets/0"), ({"clok": "update"}, "/tickets/clok"), ({"q": 5}, "/tickets/q")],
)
async def test_what_is_wrong_is_pointed_to_in_what_was_sent(
    running: Running, tickets: object, pointer: str
) -> None:
    answer = await rebind(running, {"tickets": tickets})
    assert {each["pointer"] for each in answer.json()["errors"]} == {"/tickets", pointer}


async def test_there_is_no_such_policy(running: Running, reader: Reader) -> None:
    assert (await rebind(running, {"tickets": {}}, "none")).status_code == 404


async def test_a_version_of_another_policy_is_none_of_this_one(
    running: Running, reader: Reader
) -> None:
    other = parse(RULES.replace("id: desk", "id: other").replace("2h", "3h"))
    await running.service.policies.register(running.service.database, [other])
    assert (await rebind(running, {"tickets": {}, "version": other.version})).status_code == 422
