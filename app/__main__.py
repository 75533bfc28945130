"""``python -m app`` is ``escalator``."""

from app.cli import entry

entry()
