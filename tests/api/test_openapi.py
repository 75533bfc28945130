"""The API's description: every operation says what it is for, answers, and may refuse."""

from collections.abc import Iterator
from typing import Any

import httpx

from tests.api.story import Reader
from tests.conftest import Running

METHODS = {"get", "post", "patch", "put", "delete"}


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each operation, by its method and path."""
    for path, item in document["paths"].items():
        for method in METHODS & item.keys():
            yield f"{method.upper()} {path}", item[method]


async def test_every_operation_is_described(running: Running) -> None:
    document = await Reader(running).read("/openapi.json")
    found = dict(operations(document))
    assert {
        "GET /v1/tickets",
        "GET /v1/tickets/{ticket_id}",
        "GET /v1/tickets/{ticket_id}/events",
        "GET /v1/tickets/{ticket_id}/timeline",
        "GET /v1/escalations",
        "POST /v1/escalations/{escalation_id}/acknowledge",
        "GET /v1/policies",
        "GET /v1/policies/{policy_id}",
        "GET /v1/policies/{policy_id}/versions",
        "POST /v1/events",
        "GET /healthz",
        "GET /readyz",
    } <= found.keys()
    for name, operation in found.items():
        assert operation.get("summary"), name
        assert operation.get("description"), name
        assert operation.get("tags"), name


async def test_every_good_answer_has_an_example(running: Running) -> None:
    document = await Reader(running).read("/openapi.json")
    for name, operation in operations(document):
        good = {status: each for status, each in operation["responses"].items() if status < "300"}
        assert good, name
        for status, each in good.items():
            if status != "204":
                for kind, media in each["content"].items():
                    shown = "example" in media or media.get("examples") or kind == "text/html"
                    assert shown, f"{name} {status}"


async def test_problems_are_documented_as_such(running: Running) -> None:
    """Where input can be wrong it says so; where a database is needed, that it may be away."""
    document = await Reader(running).read("/openapi.json")
    for name, operation in operations(document):
        bad = {status: each for status, each in operation["responses"].items() if status >= "400"}
        for each in bad.values():
            media = set(each["content"]) - ({"text/html"} if "/ack/" in name else set())
            assert media == {"application/problem+json"}, name
        if name != "GET /healthz":
            assert "503" in bad, name
        if operation.get("parameters") or operation.get("requestBody"):
            assert "422" in bad, name
        if "{" in name:
            assert "404" in bad, name


async def test_what_is_posted_is_described_by_the_models_that_check_it(running: Running) -> None:
    document = await Reader(running).read("/openapi.json")
    event = document["components"]["schemas"]["Event"]
    severity = next(each for each in event["oneOf"] if each["title"] == "ticket.severity_changed")
    assert severity["properties"]["data"]["required"] == ["severity"]
    assert "data" in severity["required"]
    assert "#/$defs/" not in str(document)


async def test_every_mode_of_sending_events_is_described_by_an_example_that_is_taken(
    running: Running,
) -> None:
    document = await Reader(running).read("/openapi.json")
    operation = document["paths"]["/v1/events"]["post"]
    content = operation["requestBody"]["content"]
    assert set(content) == {
        "application/cloudevents+json",
        "application/cloudevents-batch+json",
        "application/json",
    }
    statuses = [
        (await _post(running, _with_policy(example["value"]), media)).status_code
        for media, body in content.items()
        for example in body["examples"].values()
    ]
    assert statuses == [201, 200, 200, 200], "the same events: the later ones are duplicates"
    headers = {each["name"]: each for each in operation["parameters"] if each["in"] == "header"}
    given = {name: each["example"] for name, each in headers.items()}
    binary = await running.client.post("/v1/events", json={"policy": "portaone"}, headers=given)
    assert binary.status_code == 409, "it is taken, but says other than the structured one"


async def _post(running: Running, example: object, media: str) -> httpx.Response:
    return await running.client.post("/v1/events", json=example, headers={"Content-Type": media})


def _with_policy(example: Any) -> Any:  # noqa: ANN401  # JSON
    """The example, under a policy that there is."""
    if isinstance(example, list):
        return [_with_policy(each) for each in example]
    if "policy" not in example["data"]:
        return example
    return {**example, "data": {**example["data"], "policy": "portaone"}}


async def test_it_can_be_read_in_a_browser(running: Running) -> None:
    answer = await running.client.get("/docs")
    assert answer.status_code == 200
    assert "text/html" in answer.headers["content-type"]
