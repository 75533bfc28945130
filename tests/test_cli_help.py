"""What ``escalator --help`` says is true; who asks for it, or checks policies, does not wait."""

import subprocess
import sys

import pytest

from app.cli.command import Commands
from app.cli.later import LoadsLater
from app.cli.policies import PolicyCommands
from tests.conftest import PROJECT

ALL = [(group, name) for group in (Commands, PolicyCommands) for name in group.later]

HEAVY = ("sqlalchemy", "asyncpg", "alembic", "fastapi", "aiohttp", "apscheduler")
"""What takes long to load."""


@pytest.mark.parametrize(("group", "name"), ALL, ids=[name for _, name in ALL])
def test_a_command_is_listed_with_what_it_says_of_itself(
    group: type[LoadsLater], name: str
) -> None:
    said = group.load(name).help.split("\n\n")[0]
    assert " ".join(said.split()) == group.later[name].help


@pytest.mark.parametrize(
    "words",
    [["--help"], ["policies", "--help"], ["policies", "check", "policies"], ["policies", "schema"]],
    ids=" ".join,
)
def test_neither_a_list_of_commands_nor_a_check_of_policies_loads_much(
    words: list[str],
) -> None:
    program = (
        "import sys\n"
        "from app.cli import entry\n"
        "try:\n"
        "    entry()\n"
        "finally:\n"
        f"    print(*[each for each in {HEAVY} if each in sys.modules], sep=', ', file=sys.stderr)"
    )
    done = subprocess.run(  # noqa: S603  # this program
        [sys.executable, "-c", program, *words],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout
    assert done.stderr == "\n"
