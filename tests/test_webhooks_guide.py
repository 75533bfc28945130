"""The page for receivers says what is so: its template works, its formats are those there are."""

import json
import re

from app.webhooks.formats import FORMATS
from app.webhooks.formats.filters import FILTERS
from tests.conftest import PROJECT
from tests.webhooks.messages import ESCALATED

GUIDE = (PROJECT / "docs" / "webhooks.md").read_text()


def test_each_format_has_its_place() -> None:
    assert re.findall(r"^### `(\w+)`$", GUIDE, re.MULTILINE) == list(FORMATS)


def test_the_template_is_one() -> None:
    (source,) = re.findall(r"```jinja\n(.*?)```", GUIDE, re.DOTALL)
    options = {"template": source}
    FORMATS["template"].check(options)
    body = json.loads(FORMATS["template"].render(ESCALATED, options) or b"")
    assert body["title"] == "Escalation, tier 2: resolution is 12 minutes late"
    assert "Customer: Example Telecom" in body["lines"]
    assert body["urgent"] is True


def test_the_filters_are_those_there_are() -> None:
    (named,) = re.findall(r"these filters: `([a-z\s]+)`", GUIDE)
    assert set(named.split()) == set(FILTERS) - {"d", "e"} | {"tojson"}


def test_what_is_shown_in_json_is_json() -> None:
    for example in re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL):
        json.loads(example)
