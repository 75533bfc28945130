"""The README tells the truth: what it posts is taken, what it shows is answered."""

import json
import re
from typing import Any

from tests.conftest import PROJECT, Running

README = (PROJECT / "README.md").read_text()


def bodies() -> list[dict[str, Any]]:
    """The JSON that its curl commands post."""
    return [json.loads(body) for body in re.findall(r"-d '(\{.*?\n\})'", README, re.DOTALL)]


async def test_the_commands_of_the_readme_work(running: Running) -> None:
    event, subscription = bodies()
    assert (await running.client.post("/v1/events", json=event)).status_code == 201
    ticket = (await running.client.get(f"/v1/tickets/{event['subject']}")).json()
    shown = json.loads(re.findall(r"```json\n(.*?)```", README, re.DOTALL)[0])
    assert {**ticket["next_mark"], "at": None} == {**shown["next_mark"], "at": None}
    created = await running.client.post("/v1/subscriptions", json=subscription)
    assert created.status_code == 201
    assert created.json()["secret"].startswith("whsec_")


def test_its_links_lead_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]
    assert links
    assert [link for link in links if not (PROJECT / link).exists()] == []


def test_its_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)\b", README)) <= targets
