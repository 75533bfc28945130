"""``escalator import``: facts of a file go through the recording path, as history (24).

Ticket by ticket, however the file is ordered. A ticket whose facts came in several transactions
would in between be judged as if nothing had happened to it since: raised, and retracted.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence

import asyncpg

from app.intake.envelope import (
    LARGEST_EVENT,
    Fault,
    InvalidEvent,
    NotJson,
    find_nul,
    parse_json,
    read_event,
)
from app.recording.new_fact import NewFact, Receipt
from app.transfer.lines import Line
from app.transfer.progress import Progress, Share
from app.transfer.spool import LANES, Spool
from app.transfer.stopping import Stopping

DEFAULT_SOURCE = "local"
"""The source of events that name none, as where they are posted without a key."""

Record = Callable[[Sequence[NewFact]], Awaitable[Sequence[Receipt]]]
Complain = Callable[[str], None]


class FactImport:
    """The facts of a file on their way into the log."""

    def __init__(self, complain: Complain, stopping: Stopping, *, stop_on_error: bool) -> None:
        self.counts: Counter[str] = Counter()
        """What became of the lines."""
        self._complain = complain
        self._stopping = stopping
        self._stop_on_error = stop_on_error
        self._failed = False

    @property
    def ended(self) -> bool:
        """Whether it has ended before its time."""
        return self._failed or (self._stop_on_error and self.counts["refused"] > 0)

    def read(self, lines: Iterable[Line], spool: Spool, progress: Progress, share: Share) -> None:
        """Reads the whole file; nothing is recorded yet."""
        for line in lines:
            try:
                fact = read_line(line.text, cut_off=line.cut_off)
            except InvalidEvent as error:
                self._refuse(line.number, *error.faults)
                if self.ended:
                    break
            else:
                spool.add(fact.ticket_id, line.number, line.text)
            progress.events += 1
            progress.say(share)
        progress.end(share)

    async def record(self, spool: Spool, record: Record, progress: Progress) -> None:
        """Records what was read, in the lanes at the same time; what is under way is finished."""

        def share() -> float:
            return progress.events / max(spool.count, 1)

        work = [self._record_lane(spool, lane, record, progress, share) for lane in range(LANES)]
        endings = await asyncio.gather(*work, return_exceptions=True)
        progress.end(share)
        for ended in endings:
            if ended is not None:
                raise ended

    async def _record_lane(
        self, spool: Spool, lane: int, record: Record, progress: Progress, share: Share
    ) -> None:
        for batch in spool.batches(lane):
            self._stopping.check()
            if self.ended:
                return
            facts = [(number, read_line(text)) for number, text in batch]
            try:
                receipts = await _record(facts, record)
            except BaseException:
                self._failed = True  # the other lane is not to go on alone
                raise
            for number, receipt in receipts:
                self._settle(number, receipt)
            progress.events += len(batch)
            progress.say(share)

    def _settle(self, number: int, receipt: Receipt) -> None:
        if receipt.outcome == "refused":
            self._refuse(number, Fault(receipt.pointer or "", receipt.detail or ""))
        else:
            self.counts[receipt.outcome] += 1

    def _refuse(self, number: int, *faults: Fault) -> None:
        self.counts["refused"] += 1
        for fault in faults:
            where = f" {fault.pointer}:" if fault.pointer else ""
            self._complain(f"line {number}:{where} {fault.detail}")


async def _record(
    facts: Sequence[tuple[int, NewFact]], record: Record
) -> list[tuple[int, Receipt]]:
    """In one transaction; what PostgreSQL cannot keep is found by halving."""
    try:
        receipts = await record([fact for _, fact in facts])
    except (asyncpg.DataError, asyncpg.ProgramLimitExceededError) as error:
        if len(facts) > 1:
            half = len(facts) // 2
            return [*await _record(facts[:half], record), *await _record(facts[half:], record)]
        receipts = [Receipt(facts[0][1], detail=f"cannot be kept: {error}")]
    return [(number, receipt) for (number, _), receipt in zip(facts, receipts, strict=True)]


def read_line(text: bytes, *, cut_off: bool = False) -> NewFact:
    """The fact a line states; InvalidEvent names what is wrong with it."""
    if len(text) > LARGEST_EVENT:
        raise InvalidEvent(Fault("", f"an event is at most {LARGEST_EVENT} bytes"))
    try:
        document = parse_json(text)
    except NotJson as error:
        why = "the file ends in the middle of it" if cut_off else f"not JSON: {error}"
        raise InvalidEvent(Fault("", why)) from None
    if b"\\u0000" in text and (pointer := find_nul(document)) is not None:
        raise InvalidEvent(Fault(pointer, "a NUL character is not taken"))
    return read_event(document, DEFAULT_SOURCE, backfill=True)
