"""The ready-made mappings make of each vendor's webhooks what the guide says they do."""

import json

import pytest

from app.intake.expressions import Delivery
from app.intake.mapping import IntakeMapping
from app.intake.webhook import facts_of
from tests.intake.samples import ALL, MAPPINGS, Sample, sample, samples


@pytest.mark.parametrize("webhook", ALL)
def test_a_webhook_becomes_what_it_is_to_become(webhook: Sample) -> None:
    events = [dict(each.event) for each in facts_of(webhook.mapping, webhook.delivery())]
    shown = ("type", "subject", "time", "data")
    assert [{key: each[key] for key in shown if key in each} for each in events] == webhook.becomes


@pytest.mark.parametrize("webhook", [each for each in ALL if "freshdesk" not in str(each.id)])
def test_a_redelivery_has_the_same_identities(webhook: Sample) -> None:
    first, again = (facts_of(webhook.mapping, webhook.delivery()) for _ in range(2))
    assert [each.fact for each in first] == [each.fact for each in again]
    assert len({each.fact.identity for each in first}) == len(first)


def test_of_freshdesk_only_an_opening_and_what_says_so_can_be_known_again() -> None:
    """It numbers no deliveries, and two like changes must not be taken for one."""

    def ids(webhook: Sample, **members: str) -> list[str]:
        body = webhook.body.replace(b'"by"', json.dumps(members)[1:-1].encode() + b', "by"')
        delivery = Delivery({}, body, json.loads(body if members else webhook.body))
        return [each.fact.id for each in facts_of(webhook.mapping, delivery)]

    opened, priority = sample("freshdesk", "created"), sample("freshdesk", "priority")
    assert ids(opened) == ids(opened) == ["opened"]
    assert ids(priority) != ids(priority)
    assert ids(priority, delivery="81") == ["81"]


@pytest.mark.parametrize("mapping", MAPPINGS.values(), ids=MAPPINGS)
def test_every_rule_has_a_sample(mapping: IntakeMapping) -> None:
    used = {
        each.rule.place
        for webhook in samples()
        if webhook.vendor == mapping.name
        for each in facts_of(mapping, webhook.delivery())
    }
    assert [rule.place for rule in mapping.rules if rule.place not in used] == []


@pytest.mark.parametrize("mapping", MAPPINGS.values(), ids=MAPPINGS)
def test_every_mapping_has_a_sample_that_is_ignored(mapping: IntakeMapping) -> None:
    assert any(each.vendor == mapping.name and each.becomes == [] for each in samples())
