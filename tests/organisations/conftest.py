"""Every story holds live and in a replay, whatever a test asks of it."""

from collections.abc import Iterator

import pytest

from tests.organisations.story import TOLD


@pytest.fixture(autouse=True)
def every_story_holds_again() -> Iterator[None]:
    """Checks the stories of a test once it is over."""
    TOLD.clear()
    yield
    for story in TOLD:
        story.assert_holds_again()
