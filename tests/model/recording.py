"""How facts are recorded and what is due is claimed: ``app/recording``, ``app/escalation/due.py``.

Two replicas, one ticket with one mark, and a client that sends two facts and sends again what was
not answered. A replica may be killed between any two steps: its transaction is rolled back.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

OPENED, REPLIED, RAISED = "opened", "replied", "raised"
CLAIM = "claim"
KILLS = 2


class Row(NamedTuple):
    """The ticket's row, as it is committed."""

    version: int
    raised: bool


class Replica(NamedTuple):
    """One transaction at a time, and how far it has come."""

    task: str = ""
    step: str = "idle"
    seen: Row | None = None
    known: bool = False
    writes: tuple[str, ...] = ()


class World(NamedTuple):
    """The database, the client, and the replicas."""

    log: tuple[str, ...] = ()
    row: Row | None = None
    lock: int | None = None
    due: bool = False
    answered: frozenset[str] = frozenset()
    replicas: tuple[Replica, ...] = (Replica(), Replica())
    kills: int = 0


@dataclass(frozen=True)
class Recording:
    """The protocol; each flag takes out one of its parts."""

    locks: bool = True
    """``FOR UPDATE``: whoever reads the ticket's row to change it has it alone."""
    looks_after_locking: bool = True
    """Whether it was recorded before is asked once the row is locked."""
    unique: bool = True
    """The log's unique keys: (ticket, version), (ticket, source, id)."""
    answers_after_commit: bool = True

    def steps(self, world: World) -> Iterator[tuple[str, World]]:
        """Everything that can happen next."""
        if not world.due:
            yield "the mark comes due", world._replace(due=True)
        for number, replica in enumerate(world.replicas):
            if replica.step == "idle":
                yield from self._begin(world, number)
            else:
                yield from self._go_on(world, number, replica)
                if world.kills < KILLS:
                    killed = _put(world, number, Replica())._replace(kills=world.kills + 1)
                    yield f"{number} is killed", _unlock(killed, number)

    def _begin(self, world: World, number: int) -> Iterator[tuple[str, World]]:
        for fact in (OPENED, REPLIED):
            sendable = fact == OPENED or OPENED in world.answered
            if sendable and fact not in world.answered:
                yield f"{number} is sent {fact}", _put(world, number, Replica(fact, "lock"))
        if world.due and world.row is not None and not world.row.raised:
            yield f"{number} looks for what is due", _put(world, number, Replica(CLAIM, "lock"))

    def _go_on(self, world: World, number: int, replica: Replica) -> Iterator[tuple[str, World]]:
        match replica.step:
            case "lock":
                yield from self._lock(world, number, replica)
            case "look":
                looked = _put(world, number, self._look(world, replica))
                yield f"{number} looks", _unlock(looked, number)
            case "write":
                yield from self._write(world, number, replica)
            case "commit":
                yield from self._commit(world, number, replica)
            case _:
                answered = world._replace(answered=world.answered | {replica.task})
                yield f"{number} answers", _put(answered, number, Replica())

    def _lock(self, world: World, number: int, replica: Replica) -> Iterator[tuple[str, World]]:
        """``lock_tickets.sql``, which waits; ``claim_due.sql``, which skips what is locked."""
        if not self.looks_after_locking:
            replica = replica._replace(known=replica.task in world.log)
        held = self.locks and world.row is not None
        seen = replica._replace(step="look", seen=world.row)
        if not held:
            yield f"{number} reads", _put(world, number, seen)
        elif world.lock is None:
            yield f"{number} locks", _put(world, number, seen)._replace(lock=number)
        elif replica.task == CLAIM:
            yield f"{number} skips", _put(world, number, Replica())

    def _look(self, world: World, replica: Replica) -> Replica:
        """``find_recorded.sql``: now, and whether it was recorded; then the ticket is judged."""
        known = replica.known
        if self.looks_after_locking:
            known = replica.task in world.log
        if known:
            return replica._replace(step="answer", known=True)
        writes: tuple[str, ...] = () if replica.task == CLAIM else (replica.task,)
        opened = replica.seen is not None or replica.task == OPENED
        if world.due and opened and not (replica.seen and replica.seen.raised):
            writes += (RAISED,)
        return replica._replace(step="write", writes=writes)

    def _write(self, world: World, number: int, replica: Replica) -> Iterator[tuple[str, World]]:
        """``writing.write``: a row or a key that another has written is waited for."""
        rivals = [each for each in world.replicas if each is not replica and each.step == "commit"]
        if self.unique and rivals:
            return
        if self.unique and _collides(world, replica):
            yield (
                f"{number} begins again",
                _unlock(_put(world, number, Replica(replica.task, "lock")), number),
            )
        else:
            yield f"{number} writes", _put(world, number, replica._replace(step="commit"))
        if not self.answers_after_commit and replica.task != CLAIM:
            early = world._replace(answered=world.answered | {replica.task})
            yield (
                f"{number} answers early",
                _put(early, number, replica._replace(step="commit")),
            )

    def _commit(self, world: World, number: int, replica: Replica) -> Iterator[tuple[str, World]]:
        before = replica.seen or Row(0, raised=False)
        row = Row(before.version + len(replica.writes), before.raised or RAISED in replica.writes)
        done = world._replace(log=world.log + replica.writes, row=row)
        answers = replica.task != CLAIM and self.answers_after_commit
        after = Replica(replica.task, "answer") if answers else Replica()
        yield f"{number} commits", _unlock(_put(done, number, after), number)


def _collides(world: World, replica: Replica) -> bool:
    """Whether the log has a key already that is about to be written."""
    version = replica.seen.version if replica.seen else 0
    return len(world.log) > version or any(each in world.log for each in replica.writes)


def _put(world: World, number: int, replica: Replica) -> World:
    replicas = list(world.replicas)
    replicas[number] = replica
    return world._replace(replicas=tuple(replicas))


def _unlock(world: World, number: int) -> World:
    done = world.replicas[number].step not in ("look", "write", "commit")
    return world._replace(lock=None) if world.lock == number and done else world


def twice(world: World) -> bool:
    """Something stands in the log twice."""
    return len(set(world.log)) < len(world.log)


def early(world: World) -> bool:
    """The mark was raised before it was due."""
    return RAISED in world.log and not world.due


def lost(world: World) -> bool:
    """A fact was answered that is not in the log, and that nobody is about to commit."""
    return bool(world.answered - set(world.log)) and all(
        each.step != "commit" for each in world.replicas
    )


def apart(world: World) -> bool:
    """The row does not say what the log says."""
    row = world.row or Row(0, raised=False)
    return row != (len(world.log), RAISED in world.log)


def done(world: World) -> bool:
    """Both facts are answered, and the mark is raised."""
    return world.answered == {OPENED, REPLIED} and RAISED in world.log
