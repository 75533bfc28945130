"""Commands whose modules are loaded when they are called, and not to list them."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, ClassVar, NamedTuple

import typer
from typer.core import TyperGroup
from typer.main import get_group

from app import collector


class Later(NamedTuple):
    """The module a command or a group is in, and what it is for, as it says itself.

    The module has ``add_to(group)``, which adds it.
    """

    module: str
    help: str


class LoadsLater(TyperGroup):
    """A group whose commands are loaded when they are called."""

    later: ClassVar[Mapping[str, Later]] = {}

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401  # whatever Typer hands on
        super().__init__(**attributes)
        for name, later in self.later.items():
            self.add_command(TyperGroup(name=name, help=later.help))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401  # Typer keeps these types to itself
        """The command that is called, loaded by now."""
        if args[0] in self.later:
            self.add_command(self.load(args[0]))
        return super().resolve_command(ctx, args)

    @classmethod
    def load(cls, name: str) -> Any:  # noqa: ANN401  # Typer keeps its type to itself
        """A command or a group of commands, itself."""
        loaded = typer.Typer()
        loaded.callback()(_nothing)  # without it, one command alone would be no group
        with collector.resting():
            import_module(cls.later[name].module).add_to(loaded)
        return get_group(loaded).commands[name]


def _nothing() -> None:
    """Comes before the command, and does nothing."""
