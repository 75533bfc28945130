"""Senders that others wrote are understood: the SDKs of CloudEvents for Python and for Node."""

import asyncio
import json
import os
import shutil
from asyncio.subprocess import PIPE
from typing import Any

import pytest
from cloudevents.core.bindings.http import to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from tests.conftest import PROJECT, Running

NODE = PROJECT / "tests" / "node"
SUBJECT = 'T-1 "50 %" €'
DATA = {"policy": "portaone", "severity": "P1", "title": "Grün, €"}


def event(id_: str, type_: str, data: Any = None) -> CloudEvent:  # noqa: ANN401  # as in the SDK
    """An event as the SDK for Python makes it; it adds a time and the content type."""
    attributes = {"id": id_, "type": type_, "source": "/desk", "subject": SUBJECT}
    return CloudEvent({**attributes, "datacontenttype": "application/json"}, data)


async def test_the_sdk_for_python(running: Running) -> None:
    opening, reply = event("1", "ticket.opened", DATA), event("2", "ticket.agent_replied", {})
    statuses = []
    for write in (to_structured, to_binary):
        for each in (opening, reply):
            message = write(each, JSONFormat())
            answer = await running.client.post(
                "/v1/events", content=message.body, headers=message.headers
            )
            statuses.append(answer.status_code)
            assert answer.json()["ticket_id"] == SUBJECT, answer.text
    assert statuses == [201, 201, 200, 200], "in both modes they are the same events"


@pytest.mark.skipif(
    shutil.which("node") is None or not (NODE / "node_modules").is_dir(),
    reason="needs Node, and `npm ci` in tests/node",
)
async def test_the_sdk_for_node(running: Running) -> None:
    process = await asyncio.create_subprocess_exec(
        "node", "send.mjs", f"{running.url}/v1/events", cwd=NODE, env=os.environ, stdout=PIPE
    )
    said, _ = await process.communicate()
    opened, again, reply, acknowledged, packed, batch = json.loads(said)
    assert opened["outcome"] == "recorded"
    assert (again["status"], again["outcome"]) == (200, "duplicate")
    assert [each["status"] for each in (reply, acknowledged, packed)] == [201, 201, 201]
    assert (batch["status"], batch["duplicates"]) == (200, 3)
    state = (await running.client.get("/v1/tickets/T-1%20%22urgent%22")).json()
    assert state["title"] == "Packed"
