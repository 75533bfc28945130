"""The guide to mappings tells the truth: what it shows is taken, and becomes what it says."""

import json
import re

import pytest

from app.intake.expressions import Delivery
from app.intake.mapping import IntakeMapping
from app.intake.mapping_file import MEMBERS, parse
from app.intake.values import READINGS
from app.intake.webhook import facts_of
from tests.conftest import PROJECT
from tests.intake.samples import MAPPINGS

GUIDE = (PROJECT / "docs" / "intake.md").read_text()
STEPS, _, REST = GUIDE.partition("## Reference")
BLOCKS = re.findall(r"```yaml\n(.*?)```", STEPS, re.DOTALL)
DOCUMENT, FIRST_FACT = re.findall(r"```json\n(.*?)```", STEPS, re.DOTALL)


def mapping_of(blocks: list[str]) -> IntakeMapping:
    """The file that the steps so far make: rules gather, other members stand by themselves."""
    rules = "".join(block.partition("rules:\n")[2] for block in blocks)
    rest = "".join(block.partition("rules:\n")[0] for block in blocks)
    return parse(f"{rest}rules:\n{rules}", "intake/desk.yaml", "desk")


@pytest.mark.parametrize("count", range(1, len(BLOCKS) + 1))
def test_each_step_is_a_mapping_with_what_came_before(count: int) -> None:
    mapping = mapping_of(BLOCKS[:count])
    assert mapping.name == "desk"
    assert mapping.secret_variable == "ESCALATOR_INTAKE_DESK_SECRET"


def test_its_document_becomes_what_it_shows() -> None:
    delivery = Delivery({}, DOCUMENT.encode(), json.loads(DOCUMENT))
    (emitted,) = facts_of(mapping_of(BLOCKS), delivery)
    assert emitted.event == json.loads(FIRST_FACT)


def test_it_names_every_member() -> None:
    words = {*MEMBERS, *READINGS, "when", "each", "emit", "data", "hmac", "secret_header"}
    assert [word for word in sorted(words) if f"`{word}`" not in REST] == []


@pytest.mark.parametrize("mapping", MAPPINGS.values(), ids=MAPPINGS)
def test_its_tables_name_every_fact_a_ready_made_mapping_emits(mapping: IntakeMapping) -> None:
    sections = re.split(r"(?m)^### ", REST)
    section = next(each for each in sections if each.lower().startswith(f"{mapping.name}\n"))
    types = {type_ for rule in mapping.rules for type_ in rule.types()}
    assert [each for each in sorted(types) if f"`{each}`" not in section] == []


def test_its_links_lead_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", GUIDE) if "://" not in link]
    headings = {
        "#" + heading.lower().replace(" ", "-") for heading in re.findall(r"(?m)^#+ (.+)$", GUIDE)
    }
    assert [link for link in links if link not in headings] == []
