"""The files themselves: they load, and say which readings are not the text's own."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.policy_files import load_file, load_folder

FOLDER = Path(__file__).parents[2] / "policies"
FILES = sorted(FOLDER.glob("*.yaml"))


def assumptions(content: object) -> Iterator[str]:
    """Every ``assumed`` in a policy's content."""
    if isinstance(content, dict):
        for key, value in content.items():
            if key == "assumed":
                yield value
            else:
                yield from assumptions(value)
    elif isinstance(content, list):
        for each in content:
            yield from assumptions(each)


def test_every_policy_of_the_folder_loads() -> None:
    assert [policy.id for policy in load_folder(FOLDER)] == [path.stem for path in FILES]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_assumption_travels_with_the_policy(path: Path) -> None:
    written = len(re.findall(r"^\s*(?:- )?assumed:|[{,] *assumed:", path.read_text(), re.MULTILINE))
    found = list(assumptions(load_file(path).document))
    assert len(found) == written > 0
    assert [each for each in found if not each.endswith(".")] == []


def test_portaone_assumes_hours_and_where_counting_begins() -> None:
    found = list(assumptions(load_file(FOLDER / "portaone.yaml").document))
    assert found == [
        "The text counts business days but names no hours.",
        "Updates are counted from the first e-mail on, and anew from each reply to the customer.",
        "Hours are elapsed hours since opening, day and night.",
    ]
