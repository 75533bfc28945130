"""``escalator policies apply`` and ``rebind``, run as an operator runs them."""

from pathlib import Path

from app.domain.policy import Policy
from app.policy_files import parse
from app.recording.new_fact import NewFact
from app.recording.recorder import Recorder
from app.store.database import Database
from app.store.policies import PolicyBook
from tests.conftest import assert_rebuild_changes_nothing
from tests.processes import run

RULES = """\
id: desk
severities: [P1, P2]
roles: [lead]
clocks:
  - id: response
    meets: [ticket.agent_replied]
    targets: [{due: 2h, when_due: {tell: lead}}]
"""
OTHER = RULES.replace("2h", "3h")


def write(folder: Path, text: str) -> None:
    """Makes this the folder's policy."""
    folder.mkdir(exist_ok=True)
    (folder / "desk.yaml").write_text(text)


async def applied(url: str, folder: Path, text: str) -> str:
    """What is said when a folder with this policy is applied."""
    write(folder, text)
    status, said = await run(
        "policies", "apply", ESCALATOR_DATABASE_URL=url, ESCALATOR_POLICIES_DIR=str(folder)
    )
    assert status == 0, said
    return said


async def bound(database: Database) -> dict[str, str]:
    """By which version each ticket is judged."""
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT ticket_id, policy_version FROM tickets ORDER BY 1")
    return {row["ticket_id"]: row["policy_version"] for row in rows}


async def opened(database: Database, severities: dict[str, str]) -> None:
    """Tickets under the current version."""
    facts = [
        NewFact(
            ticket, "desk", "1", "ticket.opened", None, {"policy": "desk", "severity": severity}
        )
        for ticket, severity in severities.items()
    ]
    recorded = await Recorder(database, PolicyBook(), None).record(facts)
    assert {receipt.outcome for receipt in recorded.receipts} == {"recorded"}


def version(text: str) -> str:
    """The version of a policy."""
    policy: Policy = parse(text)
    return policy.version


async def test_apply_says_what_has_changed(
    database_url: str, database: Database, tmp_path: Path
) -> None:
    folder = tmp_path / "policies"
    assert await applied(database_url, folder, RULES) == f"desk {version(RULES)}\n"
    assert await applied(database_url, folder, RULES) == f"desk {version(RULES)} unchanged\n"
    assert await applied(database_url, folder, OTHER) == f"desk {version(OTHER)}\n"
    await opened(database, {"T-1": "P1"})
    assert await bound(database) == {"T-1": version(OTHER)}


async def test_apply_of_a_bad_file_starts_nothing(tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text("id: [")
    status, said = await run(
        "policies",
        "apply",
        ESCALATOR_POLICIES_DIR=str(tmp_path),
        ESCALATOR_DATA_DIR=str(tmp_path / "data"),
    )
    assert status == 1
    assert "desk.yaml:1:" in said
    assert not (tmp_path / "data").exists()


async def test_tickets_are_bound_by_name_or_all(
    database_url: str, database: Database, tmp_path: Path
) -> None:
    folder = tmp_path / "policies"
    await applied(database_url, folder, RULES)
    await opened(database, {"T-1": "P1", "T-2": "P1", "T-3": "P2"})
    await applied(database_url, folder, OTHER)
    old, new = version(RULES), version(OTHER)

    status, said = await run(
        "policies", "rebind", "desk", "--ticket", "T-2", ESCALATOR_DATABASE_URL=database_url
    )
    assert (status, said.splitlines()) == (0, [f"desk {new}", "1 recorded, 0 unchanged, 0 refused"])
    assert await bound(database) == {"T-1": old, "T-2": new, "T-3": old}

    status, said = await run(
        "policies", "rebind", "desk", "--all", ESCALATOR_DATABASE_URL=database_url
    )
    assert status == 0
    assert "2 recorded, 1 unchanged, 0 refused" in said
    assert set((await bound(database)).values()) == {new}

    status, said = await run(
        *("policies", "rebind", "desk", "--version", old, "--ticket", "T-1", "--ticket", "T-9"),
        ESCALATOR_DATABASE_URL=database_url,
    )
    assert status == 1
    assert "T-9: there is no ticket 'T-9'" in said
    assert await bound(database) == {"T-1": old, "T-2": new, "T-3": new}
    await assert_rebuild_changes_nothing(database)


async def test_what_is_asked_for_must_be_there(database_url: str, tmp_path: Path) -> None:
    await applied(database_url, tmp_path / "policies", RULES)
    for arguments, says in (
        (("none", "--all"), "there is no policy 'none'"),
        (("desk", "--all", "--version", "sha256:0"), "policy desk has no version sha256:0"),
    ):
        status, said = await run(
            "policies", "rebind", *arguments, ESCALATOR_DATABASE_URL=database_url
        )
        assert status == 1
        assert says in said
        assert "Traceback" not in said
    for wrong in ((), ("--all", "--ticket", "T-1")):
        status, _ = await run(
            "policies", "rebind", "desk", *wrong, ESCALATOR_DATABASE_URL=database_url
        )
        assert status == 2
