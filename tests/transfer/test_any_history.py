"""Whatever has happened, an export brings it back to the letter."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from itertools import count

from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.clock import host_now
from app.domain.events import OPENED, WITHDRAWN, Fact
from app.domain.policy import Policy
from app.recording.new_fact import NewFact
from app.recording.recorder import Recorder
from app.store.database import Database
from app.store.policies import PolicyBook
from tests.conftest import DatabaseServer
from tests.domain.stories import END, stories
from tests.transfer.histories import another_database, exported, restored, state_of

Story = tuple[Policy, list[NewFact]]

numbers = count(1)


@st.composite
def arrivals(draw: st.DrawFn) -> Story:
    """A ticket's facts in the order they come in, some of them withdrawn, some history."""
    rules, facts = draw(stories())
    ticket_id = f"T-{next(numbers)}"
    later = host_now() - END
    told = [_new(fact, ticket_id, rules, draw(st.booleans())) for fact in facts]
    told = [replace(each, time=each.time and each.time + later) for each in told]
    for each in draw(st.lists(st.sampled_from(told), max_size=2, unique_by=lambda one: one.id)):
        named = {"source": each.source, "id": each.id}
        told.append(NewFact(ticket_id, "tests", f"not-{each.id}", WITHDRAWN, None, named))
    return rules, draw(st.permutations(told))


def _new(fact: Fact, ticket_id: str, rules: Policy, backfill: bool) -> NewFact:
    data = {**fact.data, "policy": rules.id} if fact.type == OPENED else fact.data
    return NewFact(ticket_id, fact.source, fact.id, fact.type, fact.time, data, backfill)


@hypothesis_settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(told=st.lists(arrivals(), max_size=3), size=st.integers(1, 9))
def test_it_comes_back_to_the_letter(
    told: list[Story], size: int, database_url: str, database_server: DatabaseServer
) -> None:
    """Tickets of several policies, or of versions of one; time passes between transactions."""
    asyncio.run(_comes_back(told, size, database_url, database_server))


async def _comes_back(told: Sequence[Story], size: int, url: str, server: DatabaseServer) -> None:
    async with another_database(server) as other_url:
        here, there = Database(url), Database(other_url)
        try:
            for rules, facts in told:
                await _recorded(here, rules, facts, size)
            content = await exported(here)
            await restored(there, content)
            assert await state_of(there) == await state_of(here)
            assert (await exported(there)).partition(b"\n")[2] == content.partition(b"\n")[2]
        finally:
            await here.close()
            await there.close()


async def _recorded(database: Database, rules: Policy, facts: Sequence[NewFact], size: int) -> None:
    book = PolicyBook()
    await book.register(database, [rules])
    recorder = Recorder(database, book, None)
    for start in range(0, len(facts), size):
        await recorder.record(facts[start : start + size])
        await recorder.record_due(100, ())
