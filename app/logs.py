"""Logging: lines for a console, or JSON for a collector."""

import logging

from pythonjsonlogger.json import JsonFormatter

from app.settings import Settings

CONSOLE = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
FIELDS = "%(asctime)s %(levelname)s %(name)s %(message)s"

_QUIET = ("apscheduler", "alembic", "httpx", "httpcore", "asyncio")
"""Libraries whose everyday news nobody needs; httpx's would name subscribers' URLs."""


def configure(settings: Settings) -> None:
    """Sets up logging for the process."""
    handler = logging.StreamHandler()
    json = settings.log_format == "json"
    handler.setFormatter(JsonFormatter(FIELDS) if json else logging.Formatter(CONSOLE))
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
