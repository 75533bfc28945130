"""What will be raised on a ticket if nothing else happens, in parts that can be added up.

``Judge.pass_time`` is the truth. Of most tickets it can be told without it: the marks to come of
their clocks' current cycles, and what goes on from there in a way that hangs on an instant alone:
how a clock repeats (``onward.py``), where an effect takes a ticket. Where reaching a mark does more
than that, the parts hold only up to that instant; from there on the ticket has to be judged.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from app.domain.judge import EFFECTS_UNTIL_REST, Judge
from app.domain.marks import Mark
from app.domain.onward import Cycling, Onward, Turning, cycle_end
from app.domain.policy import Clock, Policy
from app.domain.ticket import Ticket

Coming = tuple[datetime, Clock, Mark]
"""A mark, whose clock it is on, and when it is reached."""


class Ahead(NamedTuple):
    """The parts of a ticket's future."""

    marks: Sequence[Coming]
    """What current cycles will still reach."""
    onward: Sequence[tuple[datetime, Onward]]
    """What goes on from an instant."""
    judged_from: datetime | None
    """From this instant on the parts do not tell what will be; None if they always do."""


def ahead(judge: Judge) -> Ahead:
    """A ticket's future in parts."""
    ticket = judge.ticket
    marks: list[Coming] = []
    onward: list[tuple[datetime, Onward]] = []
    turns: list[Coming] = []
    judged_from: datetime | None = None
    for clock, state, found in judge.to_come():
        ends_at = None
        if clock.repeats and (ends_at := cycle_end(clock, found)) is not None:
            ends_at = max(ends_at, ticket.at)
            if clock.conditional:
                judged_from = _earlier(judged_from, ends_at)
            elif (cycling := Cycling.after(clock, state, ticket)) is not None:
                onward.append((ends_at, cycling))
        for target_at, mark in found:
            at = max(target_at, ticket.at)
            if ends_at is None or at <= ends_at:
                marks.append((at, clock, mark))
                if mark.effect is not None:
                    turns.append((at, clock, mark))
    if turns:
        return _turning(judge.policy, ticket, marks, onward, turns, judged_from)
    return Ahead(marks, onward, judged_from)


def _earlier(known: datetime | None, at: datetime) -> datetime:
    return at if known is None or at < known else known


def _turning(
    policy: Policy,
    ticket: Ticket,
    marks: Sequence[Coming],
    onward: Sequence[tuple[datetime, Onward]],
    turns: Sequence[Coming],
    judged_from: datetime | None,
) -> Ahead:
    """What is left of the parts where effects act, and what goes on from the first of them."""
    at, _, mark = min(turns, key=lambda each: each[0])
    one = sum(each[0] == at for each in turns) == 1
    if not one or not _is_plain(policy, ticket, mark, onward):
        return Ahead(marks, onward, _earlier(judged_from, at))
    closes = mark.effect is not None and mark.effect.close
    left = [each for each in marks if each[0] <= at or _outlasts(each[1], closes=closes)]
    later = [each[0] for each in left if each[0] > at and each[2].effect is not None]
    turning = Turning(
        policy.mark_numbers[id(mark)], ticket.status, ticket.agreed_interval, ticket.effects
    )
    return Ahead(left, [*onward, (at, turning)], min(later, default=judged_from))


def _is_plain(
    policy: Policy, ticket: Ticket, mark: Mark, onward: Sequence[tuple[datetime, Onward]]
) -> bool:
    """Whether what an effect does hangs on nothing but what a ``Turning`` says."""
    effect = mark.effect
    if effect is None or ticket.done or ticket.effects >= EFFECTS_UNTIL_REST:
        return False
    if effect.close:
        return effect.move_to_line is None and policy.closes_plainly and not onward
    return policy.moves_plainly and effect.move_to_line != ticket.line


def _outlasts(clock: Clock, *, closes: bool) -> bool:
    """Whether a clock goes on after the ticket is closed, or has left its line."""
    return clock.outlives_resolution and not clock.repeats if closes else clock.line is None
