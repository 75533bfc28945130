"""What a run comes to: counts, and every promise that was broken."""

from collections import Counter
from dataclasses import dataclass, field

SHOWN = 20
"""So many of each promise's breaches are written out."""


@dataclass(slots=True)
class Findings:
    """Counted and found so far."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    breaches: dict[str, list[str]] = field(default_factory=dict)
    lateness: list[float] = field(default_factory=list)
    """Seconds between the instant a mark came due and its recording, while somebody could."""

    def breaks(self, promise: str, what: str) -> None:
        """A promise was not kept."""
        self.breaches.setdefault(promise, []).append(what)

    def broken(self) -> list[str]:
        """What was not kept, in sentences."""
        return [
            f"{promise}: {len(found)}: " + "; ".join(found[:SHOWN])
            for promise, found in self.breaches.items()
        ]

    def table(self) -> str:
        """The counts, line by line."""
        late = sorted(self.lateness)
        rows = [
            *self.counts.items(),
            *((f"fault: {kind}", count) for kind, count in sorted(self.faults.items())),
            *((f"broken: {each}", len(found)) for each, found in self.breaches.items()),
        ]
        if late:
            places = (("p50", len(late) // 2), ("p99", len(late) * 99 // 100), ("max", -1))
            rows += [(f"late {name}, ms", round(late[place] * 1000)) for name, place in places]
        return "\n".join(f"{name:<44}{count:>10,}" for name, count in rows)
