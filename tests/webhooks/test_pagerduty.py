"""PagerDuty's alerts over a ticket's life: opened, acknowledged, resolved, in this order."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from app.recording.new_fact import NewFact
from app.store.database import Database
from tests.webhooks.receiver import Receiver, receiving
from tests.webhooks.telling import Desk, telling
from tests.webhooks.test_formats import OPTIONS
from tests.webhooks.vendors import says


@asynccontextmanager
async def paging(
    database: Database, **filters: Sequence[str]
) -> AsyncIterator[tuple[Desk, Receiver]]:
    """A desk, and PagerDuty subscribed to it."""
    async with (
        telling(database) as desk,
        receiving(behaviour=says(202).behaviour) as receiver,
    ):
        await desk.subscribe(receiver, "pagerduty", OPTIONS["pagerduty"], **filters)
        yield desk, receiver


async def deliver(desk: Desk) -> None:
    """Until nothing is due."""
    while await desk.deliverer.deliver_due():
        pass


def actions(receiver: Receiver) -> list[tuple[str, str]]:
    """What PagerDuty was asked to do, in order."""
    events = [heard.event for heard in receiver.heard]
    return [(each["event_action"], each["dedup_key"].partition("/")[2]) for each in events]


async def acknowledge(desk: Desk, by: str = "anna") -> None:
    """Somebody takes on the ticket's first escalation."""
    (row, *_) = await desk.fetch("SELECT * FROM escalations ORDER BY version")
    await desk.record(
        "T-1", "escalation.acknowledged", None, escalation_id=row["escalation_id"], by=by
    )


async def test_triggered_acknowledged_resolved(database: Database) -> None:
    async with paging(database) as (desk, receiver):
        await desk.open("T-1")
        await acknowledge(desk)
        await desk.record("T-1", "ticket.resolved")
        await deliver(desk)
        told = [each for each in actions(receiver) if each[1] == "resolution"]
        assert told == [
            ("trigger", "resolution"),
            ("acknowledge", "resolution"),
            ("resolve", "resolution"),
        ]
        assert set(await desk.statuses()) == {"delivered"}
        assert len(set(receiver.ids)) == len(receiver.ids)


async def test_one_who_hears_one_role_only_is_told_of_the_end_all_the_same(
    database: Database,
) -> None:
    async with paging(database, roles=["technical_support_manager"]) as (desk, receiver):
        await desk.open("T-1")
        await deliver(desk)
        await desk.record("T-1", "ticket.resolved")
        await deliver(desk)
        assert actions(receiver) == [("trigger", "resolution"), ("resolve", "resolution")]


async def test_a_cancelled_ticket_resolves_what_was_told_of_it(database: Database) -> None:
    async with paging(database) as (desk, receiver):
        await desk.open("T-1", hours_ago=1.5)
        await deliver(desk)
        await desk.record("T-1", "ticket.cancelled", None, reason="spam")
        await deliver(desk)
        resolved = [key for action, key in actions(receiver) if action == "resolve"]
        assert sorted(resolved) == ["first_response", "resolution"]


async def test_reopened_it_is_triggered_again_and_resolved_again(database: Database) -> None:
    async with paging(database) as (desk, receiver):
        await desk.open("T-1")
        for id_, type_ in enumerate(("ticket.resolved", "ticket.reopened", "ticket.resolved")):
            await desk.recorder.record([NewFact("T-1", "desk", str(id_), type_, None, {})])
            await deliver(desk)
        told = [action for action, key in actions(receiver) if key == "resolution"]
        assert told == ["trigger", "resolve", "trigger", "resolve"]


async def test_what_was_none_is_resolved(database: Database) -> None:
    async with paging(database) as (desk, receiver):
        await desk.open("T-1", hours_ago=1.5)
        await deliver(desk)
        early = await desk.now() - timedelta(hours=1.4)
        await desk.record("T-1", "ticket.resolved", early)
        await deliver(desk)
        resolved = [key for action, key in actions(receiver) if action == "resolve"]
        assert set(resolved) == {"first_response", "resolution"}


async def test_who_hears_escalations_only_is_told_that_they_were_none(database: Database) -> None:
    async with paging(database, types=["sla.escalated"]) as (desk, receiver):
        await desk.open("T-1", hours_ago=1.5)
        await deliver(desk)
        early = await desk.now() - timedelta(hours=1.4)
        await desk.record("T-1", "ticket.resolved", early)
        await deliver(desk)
        (first, *_, last) = actions(receiver)
        assert (first, last) == (("trigger", "resolution"), ("resolve", "resolution"))


async def test_who_hears_a_role_only_is_told_of_a_reopening(database: Database) -> None:
    async with paging(database, roles=["technical_support_manager"]) as (desk, receiver):
        await desk.open("T-1")
        for type_ in ("ticket.resolved", "ticket.reopened"):
            await desk.record("T-1", type_)
            await deliver(desk)
        assert [action for action, _ in actions(receiver)] == ["trigger", "resolve", "trigger"]


async def test_others_are_not_told_of_acknowledgements(database: Database) -> None:
    async with telling(database) as desk, receiving() as receiver:
        await desk.subscribe(receiver)
        await desk.open("T-1")
        await acknowledge(desk)
        await desk.record("T-1", "ticket.cancelled", None, reason="spam")
        await deliver(desk)
        assert len(receiver.heard) == 1


async def test_who_was_not_told_is_not_told_what_became_of_it(database: Database) -> None:
    async with paging(database, roles=["cto"]) as (desk, receiver):
        await desk.open("T-1")
        await acknowledge(desk)
        await desk.record("T-1", "ticket.resolved")
        await deliver(desk)
        assert receiver.heard == []
        assert await desk.deliveries() == []


async def test_what_there_is_nothing_to_say_of_is_settled_without_being_sent(
    database: Database,
) -> None:
    async with paging(database, types=["sla.breached"]) as (desk, receiver):
        await desk.open("T-1", hours_ago=1.5)
        # It was answered in time after all, which is known before the breach is told.
        early = await desk.now() - timedelta(hours=1.4)
        await desk.record("T-1", "ticket.agent_replied", early)
        await deliver(desk)
        breach, *_ = await desk.deliveries()
        assert breach["status"] == "delivered"
        (attempt,) = await desk.fetch(
            "SELECT * FROM delivery_attempts WHERE delivery_id = $1", breach["delivery_id"]
        )
        assert (attempt["status"], attempt["answer"]) == (None, "nothing to tell in this format")
        assert ("trigger", "first_response") not in actions(receiver)


async def test_a_breach_withdrawn_resolves_its_clock_and_no_other(database: Database) -> None:
    async with paging(database) as (desk, receiver):
        await desk.open("T-1", hours_ago=1.5)
        await deliver(desk)
        heard = len(receiver.heard)
        early = await desk.now() - timedelta(hours=1.4)
        await desk.record("T-1", "ticket.agent_replied", early)
        await deliver(desk)
        assert ("resolve", "first_response") in actions(receiver)[heard:]
        assert ("resolve", "resolution") not in actions(receiver)[heard:]
