"""What a mapping file says, parsed: how a ticket system's webhook becomes facts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from app.intake.expressions import Expression
from app.intake.verifying import Proof

Constant = str | int | bool | None
Actor = Literal["customer", "agent"]
Reading = Literal["text", "number", "flag", "time", "epoch", "epoch_ms"]

OTHERS = "*"
"""The entry of a map that stands for every value that has none of its own."""


@dataclass(frozen=True, slots=True)
class Value:
    """Where a member's value comes from: an expression and what is made of it, or a constant."""

    place: str
    """Where it stands in the file, for refusals."""
    expression: Expression | None = None
    constant: Constant = None
    entries: Mapping[str, Constant] | None = None
    """By the value as text, in small letters."""
    default: Constant = None
    reading: Reading | None = None
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A fact, or one for each element, that a document yields if the condition holds."""

    place: str
    when: Expression | None
    each: Expression | None
    emit: str | Mapping[Actor, str] | Value
    """A type of fact: always, by who did it, or by a value."""
    time: Value | None
    """Instead of the file's."""
    data: Mapping[str, "Value | Mapping[str, Value]"]
    """By member; ``attributes`` has members of its own."""

    def types(self) -> Iterator[str]:
        """The types of fact it may emit."""
        if isinstance(self.emit, str):
            yield self.emit
        elif isinstance(self.emit, Value):
            entries = (self.emit.entries or {}).values()
            yield from dict.fromkeys(str(each) for each in entries if each is not None)
        else:
            yield from dict.fromkeys(self.emit.values())


@dataclass(frozen=True, slots=True)
class IntakeMapping:
    """How one ticket system's webhooks are proven and read."""

    name: str
    proof: Proof
    secret_variable: str
    """The environment variable that holds the secret."""
    source: Value
    id: Value
    ticket: Value
    time: Value | None
    actor: Value | None
    policy: Value | None
    """Of tickets that are opened, where the rule says none."""
    rules: tuple[Rule, ...]
    refuses_unmatched: bool
    headers: frozenset[str]
    """Those its expressions ask for."""
