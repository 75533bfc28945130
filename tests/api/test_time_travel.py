"""Tickets at another time: as they were, will be, or were believed to be (33)."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.clock import host_now
from app.projections.ticket_history import MOST_AHEAD
from app.settings import Settings
from tests.api.keyed import key
from tests.api.story import Desk, Reader, at, clock, clock_time, said
from tests.conftest import PROJECT, Running

HOUR = timedelta(hours=1)
VIEWS = ("", "/timeline", "/explain")

NAGGING = """
id: nagging
severities: [high]
default_severity: high
roles: [lead]
clocks:
  - id: reminder
    commitment: reminder
    repeats: true
    targets: [{ladder: [{after: 1m, tell: lead}]}]
"""


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """With a policy that reminds somebody every minute, without end."""
    (tmp_path / "nagging.yaml").write_text(NAGGING)
    for name in ("portaone", "netop"):
        (tmp_path / f"{name}.yaml").write_text((PROJECT / f"policies/{name}.yaml").read_text())
    return settings.model_copy(update={"policies_dir": tmp_path})


@pytest.fixture
def desk(running: Running) -> Desk:
    return Desk(running)


@pytest.fixture
def reader(running: Running) -> Reader:
    return Reader(running)


async def tags(reader: Reader, view: str, **parameters: object) -> str:
    """The ETag of a view of T-1."""
    answer = await reader.get(f"/v1/tickets/T-1{view}", **parameters)
    assert answer.status_code == 200, answer.text
    tag: str = answer.headers["ETag"]
    assert tag.startswith('W/"')
    return tag


def due(answer: dict[str, Any]) -> str | None:
    return clock_time(clock(answer, "first_response")["due_at"])


class TestAsOfAndKnownAt:
    async def test_what_was_believed_on_monday_about_friday(
        self, desk: Desk, reader: Reader
    ) -> None:
        """The reply of half past ten was reported late: until then the response was breached."""
        opened = host_now() - 3 * HOUR
        await desk.opens("T-1", opened, severity="P2").report()
        monday = host_now()
        await desk.happens("T-1", opened + HOUR / 2, "ticket.agent_replied").report()
        later = opened + 5 * HOUR
        for path in ("/v1/tickets/T-1", "/v1/tickets/T-1/explain"):
            believed = await reader.read(path, as_of=later, known_at=monday)
            response = clock(believed, "first_response")
            assert (response["state"], response["breached"]) == ("running", True)
            known = clock(await reader.read(path, as_of=later), "first_response")
            assert (known["state"], known["breached"]) == ("met", False)
            assert (await reader.read(path, known_at=monday))["as_of"] == said(monday)
        timeline = await reader.read("/v1/tickets/T-1/timeline", as_of=later, known_at=monday)
        response_marks = [
            (each["kind"], each["state"])
            for each in timeline["items"]
            if each["clock"] == "first_response"
        ]
        assert response_marks == [("breach", "reached")]

    async def test_the_future_is_explained_as_it_will_be(self, desk: Desk, reader: Reader) -> None:
        now = host_now()
        await desk.opens("T-1", now, severity="P2").report()
        ahead = await reader.read("/v1/tickets/T-1/explain", as_of=now + 3 * HOUR)
        response = clock(ahead, "first_response")
        assert response["breached"]
        assert {each["elapsed"] for each in response["segments"]} == {True}
        (breach,) = response["marks"]
        assert (breach["state"], breach["reached_at"]) == ("reached", response["due_at"])

    @pytest.mark.parametrize("view", VIEWS)
    async def test_neither_before_its_opening_nor_before_it_was_known(
        self, desk: Desk, reader: Reader, view: str
    ) -> None:
        before = host_now()
        await desk.opens("T-1", "10:00", severity="P2").report()
        path = f"/v1/tickets/T-1{view}"
        assert (await reader.get(path, as_of=at("9:59"))).status_code == 404
        assert (await reader.get(path, as_of=at("10:00"))).status_code == 200
        unknown = await reader.get(path, as_of=at("12:00"), known_at=before)
        assert unknown.status_code == 404
        assert (await reader.get(path, known_at=at("12:00"))).status_code == 404

    @pytest.mark.parametrize("view", VIEWS)
    async def test_more_than_a_year_ahead_is_refused(
        self, desk: Desk, reader: Reader, view: str
    ) -> None:
        await desk.opens("T-1", "10:00", severity="P2").report()
        for name in ("as_of", "known_at"):
            far = {name: host_now() + timedelta(days=366)}
            answer = await reader.get(f"/v1/tickets/T-1{view}", **far)
            assert answer.status_code == 422
            assert answer.json()["errors"][0]["pointer"] == name


class TestTags:
    @pytest.mark.parametrize("view", VIEWS)
    async def test_who_has_the_answer_is_not_sent_it_again(
        self, running: Running, desk: Desk, reader: Reader, view: str
    ) -> None:
        await desk.opens("T-1", "10:00", severity="P2").report()
        for parameters in ({}, {"as_of": said(at("10:30"))}):
            tag = await tags(reader, view, **parameters)
            answer = await running.client.get(
                f"/v1/tickets/T-1{view}", params=parameters, headers={"If-None-Match": tag}
            )
            assert (answer.status_code, answer.content) == (304, b"")
            assert answer.headers["ETag"] == tag

    @pytest.mark.parametrize("view", VIEWS)
    async def test_two_instants_of_one_version_that_differ_have_two_tags(
        self, desk: Desk, reader: Reader, view: str
    ) -> None:
        """The breach, reported before the late reply, is taken back; it shows from 12:00 on."""
        await desk.opens("T-1", "10:00", severity="P2").report()
        await desk.happens("T-1", "10:10", "ticket.agent_replied").report()
        instants = [at("10:20"), at("12:30")]
        answers = [
            await reader.read(f"/v1/tickets/T-1{view}", as_of=instant) for instant in instants
        ]
        assert answers[0] != answers[1]
        one, other = [await tags(reader, view, as_of=instant) for instant in instants]
        assert one != other

    @pytest.mark.parametrize("view", VIEWS)
    async def test_what_differs_only_in_running_seconds_has_one_tag(
        self, desk: Desk, reader: Reader, view: str
    ) -> None:
        await desk.opens("T-1", "10:00", severity="P2").report()
        assert await tags(reader, view, as_of=at("10:20")) == await tags(
            reader, view, as_of=at("10:21")
        )

    async def test_an_explanation_changes_when_the_calendar_closes(
        self, desk: Desk, reader: Reader
    ) -> None:
        """At five in Copenhagen, which is three o'clock in UTC."""
        await desk.opens("T-1", "10:00", policy="netop", severity="critical").report()
        open_, closed = [
            await tags(reader, "/explain", as_of=at(when), clock="resolution_first_level")
            for when in ("14:59", "15:01")
        ]
        assert open_ != closed


class TestFarAhead:
    @pytest.mark.parametrize("view", VIEWS)
    async def test_a_reminder_every_minute_is_told_as_far_as_is_said(
        self, running: Running, desk: Desk, reader: Reader, view: str
    ) -> None:
        now = host_now()
        await desk.opens("T-1", now, policy="nagging").report()
        path = f"/v1/tickets/T-1{view}"
        answer = await reader.get(path, as_of=now + timedelta(days=300))
        assert answer.status_code == 422
        detail = answer.json()["errors"][0]["detail"]
        assert answer.json()["errors"][0]["pointer"] == "as_of"
        furthest = datetime.fromisoformat(detail.rsplit(" ", 1)[1])
        assert furthest - now >= timedelta(minutes=MOST_AHEAD)
        near = await reader.get(path, as_of=furthest - timedelta(seconds=1))
        assert near.status_code == 200
        stranger = await key(running, "read", policies=["netop"])
        parameters = {"as_of": said(now + timedelta(days=300))}
        hidden = await running.client.get(path, params=parameters, headers=stranger)
        assert hidden.status_code == 404

    async def test_others_are_answered_meanwhile(
        self, running: Running, desk: Desk, reader: Reader
    ) -> None:
        now = host_now()
        await desk.opens("T-1", now, policy="nagging").report()
        done: list[str] = []

        async def asks(name: str, path: str, **parameters: object) -> None:
            await reader.get(path, **parameters)
            done.append(name)

        far = asyncio.create_task(
            asks("far", "/v1/tickets/T-1", as_of=now + timedelta(minutes=MOST_AHEAD))
        )
        for _ in range(3):
            await asks("near", "/v1/policies/nagging")
        await far
        assert done.index("far") > 0
        assert done[0] == "near"
