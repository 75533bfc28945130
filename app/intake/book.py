"""The mappings a service has: each with its secrets, and what came to it."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.intake.mapping import IntakeMapping
from app.intake.mapping_file import load_folder
from app.intake.unmatched import UnmatchedLog
from app.intake.verifying import Signed

OLD = "_OLD"
"""Ends the variable of the secret before, which counts too while a sender is being moved over."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Door:
    """Where the webhooks of one ticket system come in."""

    mapping: IntakeMapping
    secrets: tuple[str, ...] = field(repr=False)
    """Without one it is closed: nothing can prove itself."""
    log: UnmatchedLog = field(default_factory=UnmatchedLog)

    @property
    def proofs(self) -> frozenset[str]:
        """The headers that carry the proof, in small letters."""
        proof = self.mapping.proof
        timestamp = proof.timestamp if isinstance(proof, Signed) else None
        return frozenset(name.lower() for name in (proof.header, timestamp) if name is not None)


class MappingBook:
    """The doors, by name."""

    def __init__(self, mappings: Iterable[IntakeMapping], environment: Mapping[str, str]) -> None:
        self._doors = {each.name: Door(each, _secrets(each, environment)) for each in mappings}

    @classmethod
    def load(
        cls, folder: Path, environment: Mapping[str, str], *, must_exist: bool = True
    ) -> "MappingBook":
        """The mappings of a folder; PolicyFileError for a bad one."""
        if not must_exist and not folder.is_dir():
            return cls([], environment)
        book = cls(load_folder(folder), environment)
        closed = [each.mapping.secret_variable for each in book if not each.secrets]
        if closed:
            logger.info("webhooks are refused where no secret is set: %s", ", ".join(closed))
        return book

    def __iter__(self) -> Iterator[Door]:
        return iter(self._doors.values())

    def find(self, name: str) -> Door | None:
        """The door of this name."""
        return self._doors.get(name)


def _secrets(mapping: IntakeMapping, environment: Mapping[str, str]) -> tuple[str, ...]:
    names = (mapping.secret_variable, mapping.secret_variable + OLD)
    return tuple(secret for name in names if (secret := environment.get(name)))
