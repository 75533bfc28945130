"""``escalator policies simulate``: a candidate over the history of the database, as a table."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from dataclasses import astuple, fields
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import typer

from app.clock import monotonic
from app.domain.errors import EscalatorError
from app.domain.events import SlaEvent
from app.domain.policy import Policy
from app.domain.simulation import Compared, Count, Period, Tally
from app.policy_files import PolicyFileError, load_file
from app.projections.tickets import ALL_BUCKETS
from app.simulating import Simulator, Trial, in_json
from app.store.database import Connection, Database, query

SAY_EVERY = 2.0
"""Seconds between two reports of how far it is."""

INDENT = 2


def instant(text: str) -> datetime:
    """An instant with its offset, or a date: 00:00 UTC of it."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or (found.tzinfo is None and len(text) > len("2026-11-01")):
        raise typer.BadParameter(f"{text!r} is neither a date nor an instant with its offset")
    return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)


def candidate(file: Path) -> Policy:
    """The policy in a file; what is wrong with it is said as `policies check` does."""
    try:
        return load_file(file)
    except PolicyFileError as error:
        for fault in error.faults:
            typer.echo(fault, err=True)
        raise typer.Exit(1) from None


async def simulate(
    url: str, policy_id: str, tried: Policy, since: datetime, until: datetime | None, *, json: bool
) -> None:
    """Tries a policy in the place of the one named, over all of its tickets; writes nothing.

    EscalatorError if there is none of that name.
    """
    database = Database(url, pool_size=2)
    simulator = Simulator(database)
    try:
        async with simulator.snapshot() as connection:
            rows = await connection.fetch(query("current_policies"), policy_id)
            if not rows:
                raise EscalatorError(f"there is no policy {policy_id!r} in the database")
            now = await connection.fetchval("SELECT clock_timestamp()")
            period = Period(since, max(min(until or now, now), since))
            tally = await _judged(connection, simulator, Trial(policy_id, tried, period))
    finally:
        simulator.close()
        await database.close()
    named = {
        "id": policy_id,
        "current_version": rows[0]["version"],
        "candidate_id": tried.id,
        "candidate_version": tried.version,
    }
    if json:
        answer = {"policy": named, "from": since, "to": until or now, "as_of": now}
        text = msgspec.json.encode(answer | in_json(tally))
        typer.echo(msgspec.json.format(text, indent=INDENT))
        return
    for line in (f"{policy_id}: {tried.version} instead of what stood", *_report(tally, period)):
        typer.echo(line)


async def _judged(connection: Connection, simulator: Simulator, trial: Trial) -> Tally:
    """All tickets, with a word now and then on how far it is."""
    total = await connection.fetchval(
        query("tickets_opened_before"), ALL_BUCKETS, trial.period.until
    )
    tally, said, judged, looked_at = Tally(), monotonic(), 0, 0
    async with aclosing(simulator.steps(connection, trial)) as steps:
        async for step in steps:
            looked_at += step.looked_at
            if step.result is not None:
                judged += 1
                tally.add(step.result, trial.period)
            if monotonic() - said >= SAY_EVERY:
                said = monotonic()
                share = looked_at * 100 // max(total, 1)
                typer.echo(f"{share:3} %  {judged:,} tickets judged", err=True)
                sys.stderr.flush()
    return tally


# --- as text


def _report(tally: Tally, period: Period) -> Iterator[str]:
    yield f"{tally.tickets:,} tickets from {_shown(period.since)} to {_shown(period.until)}"
    yield ""
    yield from _by_role(tally)
    for each in tally.changed:
        yield ""
        yield each.ticket_id
        yield from _changes(each)
    if tally.skipped:
        yield ""
        yield f"{len(tally.skipped):,} tickets are not compared:"
    for ticket_id, reason, fact in tally.skipped:
        which = "" if fact is None else f"{fact.type} {fact.id}: "
        yield f"  {ticket_id}: {which}{reason}"


def _by_role(tally: Tally) -> Iterator[str]:
    if not tally.counts:
        yield "nothing was raised, and nothing would have been"
        return
    columns = [each.name.removeprefix("raised_") for each in fields(Count)]
    rows: list[Sequence[object]] = [("role", "kind", *columns)]
    for (role, kind), count in sorted(
        tally.counts.items(), key=lambda each: (each[0][0] or "", each[0][1])
    ):
        rows.append((role or "-", kind, *(f"{number:,}" for number in astuple(count))))
    widths = [max(len(str(cell)) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            str(cell).ljust(width) if place < INDENT else str(cell).rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def _changes(each: Compared) -> Iterator[str]:
    for event in each.gained:
        yield f"  gained  {_line(event)}"
    for event in each.lost:
        yield f"  lost    {_line(event)}"
    for was, would in each.moved:
        yield f"  moved   {_line(would)}, was {_shown(was.reached_at)}"


def _line(event: SlaEvent) -> str:
    parts = (event.clock, event.kind, event.tier, event.role, event.reason)
    what = " ".join(str(part) for part in parts if part is not None)
    return f"{_shown(event.reached_at)}  {what}"


def _shown(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%SZ").replace(":00Z", "Z")
