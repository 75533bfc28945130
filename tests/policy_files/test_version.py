"""A policy's version is of its content, not of how it was written (31)."""

import re

import pytest

from app.policy_files import parse

TEXT = """
id: test
name: Ålesund
severities: [{id: P1, aliases: [80]}, P2]
roles: [lead]
calendars: {business: {zone: UTC, hours: {mon-fri: "09:00-17:00"}}}
clocks:
  - id: response
    meets: [ticket.agent_replied]
    targets:
      - {severity: P1, due: 1h, warn: 30m}
      - {severity: P2, due: 1bd, calendar: business}
"""

REWRITTEN = """
# The same, as another hand would write it.
roles:
  - lead

calendars:
  business:
    hours:   {'mon-fri': 09:00-17:00}
    zone:    "UTC"
clocks:
  - targets:
      - warn: 30m
        severity: P1
        due: 1h
      - {calendar: business, due: 1bd, severity: P2}
    id: response
    meets:
      - ticket.agent_replied   # a person's
severities:
  - aliases:
      - 80
    id: P1
  - P2
id: test
name: "\\xC5lesund"
"""


def version(text: str) -> str:
    return parse(text).version


def test_it_is_a_sha_256() -> None:
    assert re.fullmatch("sha256:[0-9a-f]{64}", version(TEXT))


def test_order_of_names_space_quotes_and_comments_do_not_matter() -> None:
    assert version(REWRITTEN) == version(TEXT)


def test_it_stays_the_same_over_versions_of_this_program() -> None:
    assert (
        version(TEXT) == "sha256:f0882e21a988e8baae7c1e1fa6b2719e4979cb059581373fdeec3a6fd6c11fc9"
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("due: 1h", "due: 2h"),
        ("[lead]", "[lead, manager]"),
        ("aliases: [80]", 'aliases: ["80"]'),
        ("17:00", "18:00"),
        ("id: response", "id: response\n    note: new"),
        ("roles:", "source: elsewhere\nroles:"),
    ],
)
def test_any_change_of_content_is_another_version(old: str, new: str) -> None:
    assert version(TEXT.replace(old, new)) != version(TEXT)


def test_the_order_of_a_list_is_content() -> None:
    first, second = TEXT.splitlines()[-2:]
    swapped = TEXT.replace(first, "@").replace(second, first).replace("@", second)
    assert version(swapped) != version(TEXT)
