"""What an attainment report asks for, and its figures as they add up (35)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from app.domain.errors import EscalatorError
from app.store.database import Row

Json = dict[str, object]
Key = tuple[str | None, ...]

COLUMNS: Mapping[str, str] = {
    "policy": "policy_id",
    "severity": "severity",
    "plan": "plan",
    "clock": "clock",
    "line": "line",
}
"""What cycles are grouped by, besides the month they ended in, and the column of each."""

MONTH = "month"
PERCENTILES = ("p50", "p90", "p99")
MOST_GROUPS = 10_000


class TooMuch(EscalatorError):
    """A report that would take too long or have too many groups: ask for less."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which cycles, by the instant they ended in [since, until), and how they are grouped."""

    since: datetime
    until: datetime
    group_by: Sequence[str] = ()
    policy: Sequence[str] = ()
    severity: Sequence[str] = ()
    plan: Sequence[str] = ()
    clock: Sequence[str] = ()
    line: Sequence[str] = ()

    def months(self) -> list[datetime]:
        """The beginnings of the months, by UTC, that the period touches."""
        year, month = self.since.year, self.since.month
        found: list[datetime] = []
        while (year, month) <= (self.until.year, self.until.month):
            found.append(datetime(year, month, 1, tzinfo=UTC))
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        return found


@dataclass(slots=True)
class Figures:
    """What the cycles of a group come to."""

    met: int = 0
    breached: int = 0
    running: int = 0
    running_breached: int = 0
    customer_seconds: float = 0.0
    lines: dict[str | None, float] = field(default_factory=dict)
    percentiles: Sequence[float | None] = (None,) * len(PERCENTILES)

    def add(self, row: Row) -> None:
        """Counts finished cycles."""
        self.met += row["met"]
        self.breached += row["breached"]
        self.customer_seconds += row["customer_seconds"] or 0.0
        self.add_line(row)

    def add_line(self, row: Row) -> None:
        """Adds the open time for which a line had tickets in cycles that were breached."""
        if row["line_seconds"]:
            before = self.lines.get(row["holder"], 0.0)
            self.lines[row["holder"]] = before + row["line_seconds"]

    def add_live(self, running: int, breached: int) -> None:
        """Counts cycles under way."""
        self.running += running
        self.running_breached += breached

    def view(self, *, by_month: bool) -> Json:
        """As they are answered. Of a month, only what has ended can be told."""
        finished = self.met + self.breached
        return {
            "met": self.met,
            "breached": self.breached,
            "finished": finished,
            "attainment": self.met / finished if finished else None,
            "running": None if by_month else self.running,
            "running_breached": None if by_month else self.running_breached,
            "elapsed_seconds": dict(
                zip(PERCENTILES, map(_to_microseconds, self.percentiles), strict=True)
            ),
            "missed_held": {
                "customer_seconds": _to_microseconds(self.customer_seconds),
                "lines": [
                    {"line": line, "working_seconds": _to_microseconds(self.lines[line])}
                    for line in sorted(self.lines, key=_none_last)
                ],
            },
        }


class Report:
    """Figures by group, and those of all of them."""

    def __init__(self, asked: Asked, most_groups: int = MOST_GROUPS) -> None:
        self.asked = asked
        self._most_groups = most_groups
        self.by_month = MONTH in asked.group_by
        self._groups: dict[Key, Figures] = {}
        self._totals = Figures()
        self._months = asked.months() if self.by_month else []

    def figures(self, row: Row) -> tuple[Figures, Figures]:
        """Those to which finished cycles add: their group's, and the totals."""
        return self._group(tuple(self._members(row))), self._totals

    def add_live(self, row: Row, running: int) -> None:
        """Counts cycles under way, all those of the row that are breached among them."""
        key = tuple(row[COLUMNS[name]] for name in self.asked.group_by)
        for figures in (self._group(key), self._totals):
            figures.add_live(running, row["breached"])

    def set_percentiles(self, row: Row) -> None:
        """Those of a group, or of the whole; there are none where nothing has ended."""
        if row["percentiles"] is not None:
            whole = row["whole"] or not self.asked.group_by
            group = self._totals if whole else self.figures(row)[0]
            group.percentiles = row["percentiles"]

    def view(self, as_of: datetime) -> Json:
        """The report as it is answered, its groups in order; not grouped, it is one group."""
        asked, by_month = self.asked, self.by_month
        totals = self._totals.view(by_month=by_month)
        items = [
            {
                **dict(zip(asked.group_by, key, strict=True)),
                **self._groups[key].view(by_month=by_month),
            }
            for key in sorted(self._groups, key=lambda key: [_none_last(each) for each in key])
        ]
        return {
            "from": asked.since,
            "to": asked.until,
            "as_of": as_of,
            "group_by": list(asked.group_by),
            "items": items if asked.group_by else [totals],
            "totals": totals,
        }

    def _group(self, key: Key) -> Figures:
        if key not in self._groups:
            if len(self._groups) >= self._most_groups:
                raise TooMuch(f"these are more than {self._most_groups:,} groups: group by less")
            self._groups[key] = Figures()
        return self._groups[key]

    def _members(self, row: Row) -> Iterator[str | None]:
        for place, name in enumerate(self.asked.group_by):
            value = row[f"k{place}"]
            yield f"{self._months[value - 1]:%Y-%m}" if name == MONTH else value


def _to_microseconds(seconds: float | None) -> float | None:
    """What sums and interpolation add beyond that is no time."""
    return None if seconds is None else round(seconds, 6)


def _none_last(name: str | None) -> tuple[bool, str]:
    return name is None, name or ""
