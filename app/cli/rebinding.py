"""What ``escalator policies rebind`` does."""

from collections.abc import Callable, Sequence

from app.domain.errors import EscalatorError
from app.projections.ticket_filters import TicketFilters
from app.recording import rebinding
from app.recording.new_fact import NewFact, Receipt
from app.recording.recorder import Recorder
from app.store.database import Database
from app.store.policies import PolicyBook

Say = Callable[[str], None]


async def rebind(
    url: str, policy_id: str, version: str | None, tickets: Sequence[str] | None, say: Say
) -> None:
    """Binds these tickets, or all of the policy; EscalatorError if one was refused."""
    database = Database(url)
    try:
        recorder = Recorder(database, PolicyBook(), None)

        async def record(facts: Sequence[NewFact]) -> Sequence[Receipt]:
            return (await recorder.record(facts)).receipts

        async with database.connection() as connection:
            wanted = await rebinding.version_of(connection, policy_id, version)
        say(f"{policy_id} {wanted}")
        counts = dict.fromkeys(("recorded", "unchanged", "refused"), 0)
        pages = (
            rebinding.rebind_all(database, record, policy_id, wanted, TicketFilters())
            if tickets is None
            else rebinding.rebind_these(database, record, policy_id, wanted, tickets)
        )
        async for page in pages:
            for each in page:
                counts[each.outcome] += 1
                if each.outcome == "refused":
                    say(f"{each.ticket_id}: {each.detail}")
            say(", ".join(f"{count:,} {outcome}" for outcome, count in counts.items()))
    finally:
        await database.close()
    if counts["refused"]:
        raise EscalatorError(f"{counts['refused']:,} tickets were refused")
