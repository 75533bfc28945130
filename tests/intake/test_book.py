"""Where secrets come from, and which mappings a service has."""

from pathlib import Path

import pytest

from app.intake.book import MappingBook
from app.intake.mapping_file import parse
from app.policy_files.document import PolicyFileError
from app.settings import environment
from tests.conftest import PROJECT

TEXT = "verify: {secret_header: X}\nsource: s\nid: a\nticket: b\nrules: [{emit: ticket.closed}]\n"


def secrets(name: str, variables: dict[str, str], text: str = TEXT) -> tuple[str, ...]:
    """The secrets of a mapping in an environment."""
    (door,) = MappingBook([parse(text, f"{name}.yaml", name)], variables)
    return door.secrets


def test_a_secret_is_named_by_the_mapping_or_by_its_file() -> None:
    assert secrets("jira-eu", {"ESCALATOR_INTAKE_JIRA_EU_SECRET": "s"}) == ("s",)
    named = TEXT.replace("X}", "X, secret_env: DESK_TOKEN}")
    assert secrets("desk", {"DESK_TOKEN": "s", "ESCALATOR_INTAKE_DESK_SECRET": "t"}, named) == (
        "s",
    )


def test_the_one_before_counts_too_and_an_empty_one_never() -> None:
    variables = {"ESCALATOR_INTAKE_D_SECRET": "new", "ESCALATOR_INTAKE_D_SECRET_OLD": "old"}
    assert secrets("d", variables) == ("new", "old")
    assert secrets("d", {"ESCALATOR_INTAKE_D_SECRET": ""}) == ()
    assert secrets("d", {}) == ()


def test_a_door_does_not_show_its_secrets() -> None:
    (door,) = MappingBook([parse(TEXT, "d.yaml", "d")], {"ESCALATOR_INTAKE_D_SECRET": "hush"})
    assert "hush" not in repr(door)


def test_variables_of_dotenv_count_after_those_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(
        "ESCALATOR_INTAKE_A_SECRET=file\nESCALATOR_INTAKE_B_SECRET=file\n"
    )
    monkeypatch.setenv("ESCALATOR_INTAKE_B_SECRET", "shell")
    found = environment()
    assert found["ESCALATOR_INTAKE_A_SECRET"] == "file"
    assert found["ESCALATOR_INTAKE_B_SECRET"] == "shell"


def test_the_folder(tmp_path: Path) -> None:
    assert len(list(MappingBook.load(PROJECT / "intake", {}))) == 5
    assert list(MappingBook.load(tmp_path / "none", {}, must_exist=False)) == []
    with pytest.raises(PolicyFileError):
        MappingBook.load(tmp_path / "none", {})
