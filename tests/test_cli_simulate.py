"""``escalator policies simulate``, run as an operator runs it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app import cli
from app.policy_files import parse
from app.recording.new_fact import NewFact
from app.recording.recorder import Recorder
from app.store.database import Database
from app.store.policies import PolicyBook
from tests.processes import run

RULES = """\
id: desk
severities: [P1, P2]
roles: [lead, manager]
clocks:
  - id: resolution
    meets: [ticket.resolved]
    targets:
      - severity: P1
        ladder: [{after: 1h, tell: lead}, {after: 4h, tell: manager}]
      - {severity: P2, due: 8h}
"""
EARLIER = RULES.replace("4h", "210m").replace("8h", "7h")
MONDAY = datetime(2024, 6, 3, 10, tzinfo=UTC)


def fact(ticket: str, type_: str, hours: float, **data: object) -> NewFact:
    """Something that happened so many hours after ten o'clock."""
    at = MONDAY + timedelta(hours=hours)
    return NewFact(ticket, "desk", type_, f"ticket.{type_}", at, data)


@pytest.fixture
async def history(database: Database) -> None:
    """Two tickets, resolved after 3 3/4 hours and after 7 1/2; and a third, of little moment."""
    book = PolicyBook()
    await book.register(database, [parse(RULES)])
    facts = [
        fact("T-1", "opened", 0, policy="desk", severity="P1"),
        fact("T-1", "resolved", 3.75),
        fact("T-2", "opened", 0, policy="desk", severity="P2"),
        fact("T-2", "resolved", 7.5),
        fact("T-3", "opened", 0, policy="desk", severity="P2"),
        fact("T-3", "resolved", 1),
    ]
    recorded = await Recorder(database, book, None).record(facts)
    assert {receipt.outcome for receipt in recorded.receipts} == {"recorded"}


def written(folder: Path, text: str) -> Path:
    """A policy file."""
    file = folder / "candidate.yaml"
    file.write_text(text)
    return file


@pytest.fixture
def candidate(tmp_path: Path) -> Path:
    """A file in which what is told is told half an hour, or an hour, earlier."""
    return written(tmp_path, EARLIER)


async def simulated(url: str, *arguments: object) -> tuple[int, str]:
    """The exit status, and what was said."""
    return await run("policies", "simulate", *map(str, arguments), ESCALATOR_DATABASE_URL=url)


@pytest.mark.usefixtures("history")
async def test_it_shows_who_would_have_been_told(database_url: str, candidate: Path) -> None:
    status, said = await simulated(
        database_url, candidate, "--from", "2024-06-01", "--to", "2024-06-04"
    )
    assert status == 0, said
    assert said.splitlines() == [
        f"desk: {parse(EARLIER).version} instead of what stood",
        "3 tickets from 2024-06-01 00:00Z to 2024-06-04 00:00Z",
        "",
        "role     kind        before  after  gained  lost  moved",
        "-        breach           0      1       1     0      0",
        "lead     escalation       1      1       0     0      0",
        "manager  escalation       0      1       1     0      0",
        "",
        "T-1",
        "  gained  2024-06-03 13:30Z  resolution escalation 2 manager",
        "",
        "T-2",
        "  gained  2024-06-03 17:00Z  resolution breach",
    ]


@pytest.mark.usefixtures("history")
async def test_what_stood_is_what_would_have_been_where_nothing_changes(
    database_url: str, tmp_path: Path
) -> None:
    same = written(tmp_path, RULES)
    status, said = await simulated(database_url, same, "--from", "2024-06-01")
    assert status == 0, said
    assert said.splitlines()[3:] == [
        "role  kind        before  after  gained  lost  moved",
        "lead  escalation       1      1       0     0      0",
    ]


@pytest.mark.usefixtures("history")
async def test_as_json_it_is_what_the_service_answers(database_url: str, candidate: Path) -> None:
    status, said = await simulated(
        database_url, candidate, "--from", "2024-06-03T13:00:00+02:00", "--policy", "desk", "--json"
    )
    assert status == 0, said
    answer = json.loads(said)
    assert (answer["from"], answer["tickets"]) == ("2024-06-03T11:00:00Z", 2)
    assert [each["ticket_id"] for each in answer["by_ticket"]] == ["T-1", "T-2"]
    assert answer["policy"]["current_version"] == parse(RULES).version


@pytest.mark.usefixtures("history")
async def test_tickets_that_the_candidate_refuses_are_named(
    database_url: str, tmp_path: Path
) -> None:
    fewer = RULES.replace("[P1, P2]", "[P1]").replace("- {severity: P2, due: 8h}", "")
    candidate = written(tmp_path, fewer)
    status, said = await simulated(database_url, candidate, "--from", "2024-06-01")
    assert status == 0, said
    why = "ticket.opened opened: policy desk has no severity 'P2': one of P1"
    assert said.splitlines()[-3:] == [
        "2 tickets are not compared:",
        f"  T-2: {why}",
        f"  T-3: {why}",
    ]


@pytest.mark.usefixtures("history")
async def test_a_policy_that_the_database_does_not_know_is_said(
    database_url: str, candidate: Path
) -> None:
    status, said = await simulated(
        database_url, candidate, "--from", "2024-06-01", "--policy", "other"
    )
    assert (status, said) == (1, "escalator: there is no policy 'other' in the database\n")


def test_what_is_wrong_with_the_file_is_said_as_check_says_it(tmp_path: Path) -> None:
    file = written(tmp_path, EARLIER.replace("7h", "soon"))
    status, said = invoked("simulate", str(file), "--from", "2024-06-01")
    assert (status, said) == invoked("check", str(file))
    assert status == 1
    assert f"{file}:10:29: clocks[0].targets[1].due: 'soon' is no span" in said


@pytest.mark.parametrize(
    "wrong",
    [
        ("--from", "yesterday"),
        ("--from", "2024-06-01T10:00:00"),
        ("--from", "2024-06-02", "--to", "2024-06-02"),
        (),
    ],
)
def test_wrong_usage_is_exit_status_2(candidate: Path, wrong: tuple[str, ...]) -> None:
    assert invoked("simulate", str(candidate), *wrong)[0] == 2


def invoked(*arguments: str) -> tuple[int, str]:
    """The exit status of a command that ends before it needs a database, and what it says."""
    result = CliRunner().invoke(cli.app, ["policies", *arguments])
    return result.exit_code, result.output
