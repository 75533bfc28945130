"""``escalator policies``: files checked, made current, and open tickets bound to them."""

from collections.abc import Mapping
from typing import ClassVar

import typer

from app.cli.later import Later, LoadsLater


class PolicyCommands(LoadsLater):
    """What is done with policies."""

    later: ClassVar[Mapping[str, Later]] = {
        "schema": Later(
            "app.cli.policy_files",
            "Write the JSON Schema of policy files, by which editors complete and check them.",
        ),
        "check": Later(
            "app.cli.policy_files",
            "Read policy files; say file, line, column and reason of what is wrong or doubtful.",
        ),
        "apply": Later(
            "app.cli.policies_in_force",
            "Make the files of ESCALATOR_POLICIES_DIR current, for tickets opened from now on.",
        ),
        "rebind": Later(
            "app.cli.policies_in_force",
            "Bind open tickets to a version of their policy, as by a change of severity.",
        ),
        "simulate": Later(
            "app.cli.policies_in_force",
            "Try a policy on the history: what it would have raised, and what not. Writes nothing.",
        ),
    }


def add_to(group: typer.Typer) -> None:
    """Adds the group of commands."""
    policies = typer.Typer(cls=PolicyCommands, no_args_is_help=True, help="Policy files.")
    policies.callback()(_begin)
    group.add_typer(policies, name="policies")


def _begin() -> None:
    """Every command begins by itself."""
