"""Rounds in turns, and what they come to."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

PER_SECOND = "/s"


@dataclass(frozen=True, slots=True)
class Turn:
    """What one contender did in one round."""

    rate: float
    """Per second; or what the contender's unit says."""
    cores: Mapping[str, float] = field(default_factory=dict)
    """How many processors each of its processes kept busy."""


@dataclass(frozen=True, slots=True)
class Contender:
    """Somebody who can be asked to run a round."""

    name: str
    run: Callable[[], Awaitable[Turn]]
    unit: str = PER_SECOND


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
    unit: str = PER_SECOND

    @property
    def rates(self) -> Figures:
        """Per second, each round; or what the unit says."""
        return Figures(tuple(turn.rate for turn in self.turns))

    def cores(self, process: str) -> float:
        """How many processors one of its processes kept busy: the median."""
        return median(turn.cores[process] for turn in self.turns)

    def each(self, process: str) -> float:
        """The seconds of processor time that process took for each: the median."""
        return median(turn.cores[process] / turn.rate for turn in self.turns)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: what was measured, beside what, and how much it must be, or may be."""

    what: str
    ours: Result
    beside: Result
    floor: float | None = None
    """What the ratio must reach; None where the line only informs, or where there is a ceiling."""
    ceiling: float | None = None
    """What it must not exceed: of times and sizes."""

    @property
    def ratio(self) -> Figures:
        """Ours to theirs, round by round."""
        return self.ours.rates.beside(self.beside.rates)

    @property
    def limit(self) -> str:
        """The floor or the ceiling, in words."""
        return in_words(self.floor, self.ceiling)

    @property
    def verdict(self) -> str:
        """Whether it is kept."""
        return judged(self.ratio.median, self.floor, self.ceiling)


@dataclass(frozen=True, slots=True)
class Alone:
    """A line about a figure that stands by itself: beside it is only what it may be."""

    what: str
    ours: Result
    ceiling: float | None = None

    @property
    def limit(self) -> str:
        """The ceiling, in words."""
        return in_words(None, self.ceiling, f" {self.ours.unit}")

    @property
    def verdict(self) -> str:
        """Whether it is kept."""
        return judged(self.ours.rates.median, None, self.ceiling)


Line = Row | Alone


def in_words(floor: float | None, ceiling: float | None, unit: str = "") -> str:
    """What a figure must be."""
    if floor is not None:
        return f"≥ {floor:g}{unit}"
    return "" if ceiling is None else f"≤ {ceiling:g}{unit}"


def judged(figure: float, floor: float | None, ceiling: float | None) -> str:
    """``ok`` or ``short``; nothing where nothing is asked of it."""
    if floor is None and ceiling is None:
        return ""
    kept = (floor is None or figure >= floor) and (ceiling is None or figure <= ceiling)
    return "ok" if kept else "short"


def said(figure: float, unit: str) -> str:
    """A figure to be read: three digits at least, and its unit."""
    digits = 0 if abs(figure) >= 100 else 1 if abs(figure) >= 10 else 2
    return f"{figure:,.{digits}f}{'' if unit == PER_SECOND else ' '}{unit}"


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
            say(f"  round {number}: {contender.name}: {said(mine[-1].rate, contender.unit)}")
    return [
        Result(contender.name, tuple(mine), contender.unit)
        for contender, mine in zip(contenders, turns, strict=True)
    ]
