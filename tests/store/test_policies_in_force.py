"""Which version of a policy is current, and since when."""

from datetime import UTC, datetime

from app.domain.policy import Policy
from app.policy_files import parse
from app.store.database import Database
from app.store.policies import PolicyBook


def version(name: str, effective_from: str | None = None) -> Policy:
    day = "" if effective_from is None else f"effective_from: {effective_from}\n"
    return parse(f"id: acme\nname: {name}\n{day}severities: [P1]\n")


async def current(database: Database) -> str:
    async with database.connection() as connection:
        return (await PolicyBook().current(connection))["acme"].name


async def test_a_version_without_a_date_is_current_at_once(database: Database) -> None:
    book = PolicyBook()
    assert (await book.register(database, [version("first")])).keys() == {"acme"}
    assert await current(database) == "first"
    assert await book.register(database, [version("first")]) == {}
    await book.register(database, [version("second", "2020-01-01")])
    assert await current(database) == "second"


async def test_one_with_a_date_to_come_waits_for_it(database: Database) -> None:
    book = PolicyBook()
    await book.register(database, [version("first")])
    changed = await book.register(database, [version("second", "2199-12-31")])
    assert changed == {"acme": datetime(2199, 12, 31, tzinfo=UTC)}
    assert await current(database) == "first"
    async with database.connection() as connection:
        await connection.execute(
            "UPDATE policies_in_force SET since = clock_timestamp() WHERE since > clock_timestamp()"
        )
    assert await current(database) == "second"


async def test_a_file_taken_back_before_its_day_never_counts(database: Database) -> None:
    book = PolicyBook()
    await book.register(database, [version("first")])
    await book.register(database, [version("second", "2199-12-31")])
    assert await book.register(database, [version("second", "2199-12-31")]) != {}
    await book.register(database, [version("first")])
    async with database.connection() as connection:
        count = await connection.fetchval("SELECT count(*) FROM policies_in_force")
    assert count == 1


async def test_the_first_version_of_a_policy_is_current_whatever_its_day(
    database: Database,
) -> None:
    await PolicyBook().register(database, [version("first", "2199-12-31")])
    assert await current(database) == "first"
