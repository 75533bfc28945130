"""The guide to policies tells the truth: what it shows is taken, what it links to is there."""

import re

import pytest

from app.domain import conditions, events
from app.policy_files import parse
from tests.conftest import PROJECT

GUIDE = (PROJECT / "docs" / "policies.md").read_text()
BLOCKS = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)


@pytest.mark.parametrize("place", range(1, len(BLOCKS)))
def test_each_step_is_a_policy_with_what_came_before(place: int) -> None:
    """Members that a later step writes anew replace those of an earlier one."""
    members: dict[str, str] = {}
    for block in BLOCKS[: place + 1]:
        for member in re.split(r"(?m)^(?=\w)", block):
            if member:
                members[member.partition(":")[0]] = member
        if "roles" in members:
            members["roles"] = "roles: [team_lead, support_manager, cto, on_call]\n"
    policy = parse("".join(members.values()))
    assert policy.id == "acme"
    assert [severity.id for severity in policy.severities] == ["P1", "P2", "P3"]


def test_its_links_lead_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", GUIDE) if "://" not in link]
    headings = {
        "#" + heading.lower().replace(" ", "-") for heading in re.findall(r"(?m)^#+ (.+)$", GUIDE)
    }
    wrong = [
        link for link in links if link not in headings and not (PROJECT / "docs" / link).exists()
    ]
    assert wrong == []


def test_it_names_every_fact_and_every_field() -> None:
    facts = {name.removeprefix("ticket.") for name in events.FACT_TYPES}
    assert [name for name in sorted(facts) if name not in GUIDE] == []
    fields = conditions.TICKET_FIELDS | conditions.PREVIOUS_FIELDS | set(conditions.OPERATORS)
    assert [name for name in sorted(fields) if not re.search(rf"[`. ]{name}[`: (]", GUIDE)] == []
