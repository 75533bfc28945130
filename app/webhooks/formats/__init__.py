"""How what is told is written: one pure function a format, from a message to the body's bytes."""

from collections.abc import Mapping

from app.webhooks.formats import (
    cloudevents,
    discord,
    google_chat,
    mattermost,
    pagerduty,
    slack,
    teams,
    template,
)
from app.webhooks.formats.format import Format

FORMATS: Mapping[str, Format] = {
    "cloudevents": cloudevents.FORMAT,
    "slack": slack.FORMAT,
    "teams": teams.FORMAT,
    "discord": discord.FORMAT,
    "mattermost": mattermost.FORMAT,
    "google_chat": google_chat.FORMAT,
    "pagerduty": pagerduty.FORMAT,
    "template": template.FORMAT,
}

DEFAULT = "cloudevents"
