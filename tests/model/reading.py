"""How readers follow the log while others write it: ``find_recorded.sql`` and ``feed.py``."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

TRANSACTIONS = 2
"""Of each writer."""


class Writer(NamedTuple):
    """A transaction: the key of its lock, and the position it has drawn."""

    step: str = "idle"
    key: int = 0
    position: int = 0
    done: int = 0


class Reader(NamedTuple):
    """What it has noted, up to where it has read, and what it has seen."""

    step: str = "idle"
    last: int = 0
    high_water: int = 0
    read_to: int = 0
    seen: frozenset[int] = frozenset()


class World(NamedTuple):
    """The sequence, the log, and who is at work on it."""

    last_value: int = 0
    committed: frozenset[int] = frozenset()
    writers: tuple[Writer, ...] = (Writer(), Writer())
    reader: Reader = Reader()


@dataclass(frozen=True)
class Reading:
    """The protocol; each flag takes out one of its parts."""

    locks: bool = True
    last_value_first: bool = True
    """The reader notes the last position before it looks who holds a lock."""

    def steps(self, world: World) -> Iterator[tuple[str, World]]:
        """Everything that can happen next."""
        yield self._read(world)
        for number, writer in enumerate(world.writers):
            for name, after, changed in self._write(world, writer):
                writers = list(world.writers)
                writers[number] = after
                yield f"{number} {name}", changed._replace(writers=tuple(writers))

    def _write(self, world: World, writer: Writer) -> Iterator[tuple[str, Writer, World]]:
        idle = Writer(done=writer.done + 1)
        match writer.step:
            case "idle" if writer.done < TRANSACTIONS:
                noted = writer._replace(step="noted", key=world.last_value)
                yield "notes the last value", noted, world
            case "noted":
                yield "locks it", writer._replace(step="locked"), world
            case "locked":
                position = world.last_value + 1
                drawn = writer._replace(step="drawn", position=position)
                yield "draws", drawn, world._replace(last_value=position)
            case "drawn":
                committed = world.committed | {writer.position}
                yield "commits", idle, world._replace(committed=committed)
                yield "rolls back", idle, world

    def _read(self, world: World) -> tuple[str, World]:
        reader = world.reader
        held = [each.key for each in world.writers if each.step in ("locked", "drawn")]
        lowest = min(held, default=1_000) if self.locks else 1_000
        if reader.step == "idle":
            after = reader._replace(
                step="noted", last=world.last_value if self.last_value_first else lowest
            )
        elif reader.step == "noted":
            other = lowest if self.last_value_first else world.last_value
            after = reader._replace(step="ready", high_water=min(reader.last, other))
        else:
            seen = {each for each in world.committed if each <= reader.high_water}
            read_to = max(reader.read_to, reader.high_water)
            after = Reader(read_to=read_to, seen=reader.seen | seen)
        return f"the reader, {reader.step}, goes on", world._replace(reader=after)


def missed(world: World) -> bool:
    """Something stands at a position that the reader has passed, and it has not seen it."""
    reader = world.reader
    return any(each <= reader.read_to and each not in reader.seen for each in world.committed)


def done(world: World) -> bool:
    """All is written, and the reader has come to the end."""
    return (
        all(each.done == TRANSACTIONS for each in world.writers)
        and world.reader.read_to == world.last_value
    )
