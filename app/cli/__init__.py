"""The command ``escalator``: one file a group of commands."""

from app.cli.command import app, entry

__all__ = ["app", "entry"]
