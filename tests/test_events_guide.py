"""The guides to sending events and to keys tell the truth: their commands are taken."""

import re
import shlex

import httpx
import pytest
from typer.testing import CliRunner

from app import cli
from tests.conftest import PROJECT, Running

EVENTS = (PROJECT / "docs" / "events.md").read_text()
KEYS = (PROJECT / "docs" / "keys.md").read_text()
CURLS = re.findall(r"```console\n(curl .*?)```", EVENTS, re.DOTALL)


async def told(running: Running, command: str) -> httpx.Response:
    """What curl would be told."""
    words = iter(shlex.split(command.replace("\\\n", " ")))
    headers, body, url = {}, "", ""
    for word in words:
        if word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(words)
        elif word.startswith("http"):
            url = word.removeprefix("http://127.0.0.1:8000")
    return await running.client.post(url, content=body.encode(), headers=headers)


async def test_every_mode_s_command_is_taken(running: Running) -> None:
    assert len(CURLS) == 4
    answers = [await told(running, command) for command in CURLS]
    assert [answer.status_code for answer in answers] == [201, 201, 200, 201]
    assert answers[0].json()["source"] == "local"
    assert answers[2].json()["recorded"] == 2
    ticket = (await running.client.get("/v1/tickets/T-1")).json()
    assert ticket["status"] == "resolved"


async def test_it_names_every_status(running: Running) -> None:
    document = (await running.client.get("/openapi.json")).json()
    answered = document["paths"]["/v1/events"]["post"]["responses"]
    named = {
        each for row in re.findall(r"(?m)^\| ([\d, ]+) \|", EVENTS) for each in row.split(", ")
    }
    assert named == set(answered)


@pytest.mark.parametrize("command", re.findall(r"(?m)^escalator (keys .*)$", KEYS))
def test_the_commands_of_the_guide_to_keys_are_understood(command: str) -> None:
    """Asked for help, they say nothing of wrong usage; what they do is tested elsewhere."""
    words = command.split()
    known = CliRunner().invoke(cli.app, [*words[:2], "--help"], env={"COLUMNS": "200"})
    assert known.exit_code == 0
    options = {word for word in words if word.startswith("--")}
    assert {each for each in options if each not in known.output} == set()


@pytest.mark.parametrize("guide", ["events.md", "keys.md"])
def test_its_links_lead_somewhere(guide: str) -> None:
    text = (PROJECT / "docs" / guide).read_text()
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    assert [link for link in links if not (PROJECT / "docs" / link).exists()] == []
