"""Rounds in turns, and what they come to."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True, slots=True)
class Turn:
    """What one contender did in one round."""

    rate: float
    """Per second."""
    cores: Mapping[str, float] = field(default_factory=dict)
    """How many processors each of its processes kept busy."""


@dataclass(frozen=True, slots=True)
class Contender:
    """Somebody who can be asked to run a round."""

    name: str
    run: Callable[[], Awaitable[Turn]]


@dataclass(frozen=True, slots=True)
class Figures:
    """One figure of each round."""

    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return median(self.rounds)

    @property
    def lowest(self) -> float:
        """The smallest."""
        return min(self.rounds)

    @property
    def highest(self) -> float:
        """The largest."""
        return max(self.rounds)

    def beside(self, other: "Figures") -> "Figures":
        """The ratio in each round: what slows the machine down for a while slows both."""
        return Figures(tuple(a / b for a, b in zip(self.rounds, other.rounds, strict=True)))


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """All turns of one contender."""

    name: str
    turns: tuple[Turn, ...]

    @property
    def rates(self) -> Figures:
        """Per second, each round."""
        return Figures(tuple(turn.rate for turn in self.turns))

    def cores(self, process: str) -> float:
        """How many processors one of its processes kept busy: the median."""
        return median(turn.cores[process] for turn in self.turns)

    def each(self, process: str) -> float:
        """The seconds of processor time that process took for each: the median."""
        return median(turn.cores[process] / turn.rate for turn in self.turns)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: what was measured, beside what, and how much it must be."""

    what: str
    ours: Result
    beside: Result
    floor: float | None
    """None where the line only informs."""

    @property
    def ratio(self) -> Figures:
        """Ours to theirs, round by round."""
        return self.ours.rates.beside(self.beside.rates)

    @property
    def verdict(self) -> str:
        """Whether the floor is reached."""
        if self.floor is None:
            return ""
        return "ok" if self.ratio.median >= self.floor else "short"


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is run."""

    rounds: int
    quick: bool

    def size(self, quick: int, full: int) -> int:
        """The size for this plan."""
        return quick if self.quick else full


async def in_turns(
    plan: Plan, contenders: Sequence[Contender], say: Callable[[str], None] = print
) -> list[Result]:
    """Each contender once a round, one after the other: A B C, A B C, ..."""
    turns: list[list[Turn]] = [[] for _ in contenders]
    for number in range(1, plan.rounds + 1):
        for contender, mine in zip(contenders, turns, strict=True):
            mine.append(await contender.run())
            say(f"  round {number}: {contender.name}: {mine[-1].rate:,.0f}/s")
    return [
        Result(contender.name, tuple(mine))
        for contender, mine in zip(contenders, turns, strict=True)
    ]
