"""Keys for tests of the API."""

from collections.abc import Sequence

from app.store import keys
from tests.conftest import Running

Headers = dict[str, str]


async def key(
    running: Running,
    *scopes: str,
    name: str | None = None,
    policies: Sequence[str] | None = None,
    events_a_second: int | None = None,
) -> Headers:
    """The header of a new key, which is valid at once."""
    new = keys.NewKey(name or f"holder of {'+'.join(scopes)}", scopes, policies, events_a_second)
    async with running.service.database.connection() as connection:
        made = await keys.create(connection, new)
    assert made is not None
    running.service.keys.forget()
    return bearing(made[1])


def bearing(text: str) -> Headers:
    """The header that shows a key."""
    return {"Authorization": f"Bearer {text}"}
