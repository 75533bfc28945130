"""Words to find tickets by are taken from the states that are there when the schema is migrated."""

from app.domain.events import OPENED
from app.policy_files import load_file
from app.recording.new_fact import NewFact
from app.recording.recorder import Recorder
from app.store import schema
from app.store.database import Database
from app.store.policies import PolicyBook
from app.store.sealed import Seals
from tests.conftest import PROJECT
from tests.store.test_sealing_migration import to

WORDS = "SELECT ticket_id, words::text AS words FROM ticket_words"


async def words(database: Database) -> list[tuple[str, str]]:
    async with database.connection() as connection:
        return [tuple(row) for row in await connection.fetch(WORDS)]


async def test_who_went_back_to_an_earlier_schema_can_go_forward_again(database: Database) -> None:
    """The states are those of the later one still."""
    book = PolicyBook()
    await book.register(database, [load_file(PROJECT / "policies" / "portaone.yaml")])
    data = {"policy": "portaone", "severity": "P1", "title": "Calls fail", "customer": "Acme"}
    await Recorder(database, book, None).record([NewFact("T-1", "desk", "1", OPENED, None, data)])
    before = await words(database)
    assert "calls" in before[0][1]
    assert "acme" in before[0][1]
    await to(database, "0007", Seals(()))
    await schema.migrate(database)
    assert await words(database) == before
