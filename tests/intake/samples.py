"""Webhooks in the shape the vendors document, each with what it is to become."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.intake.expressions import Delivery
from app.intake.mapping import IntakeMapping
from app.intake.mapping_file import load_folder
from app.intake.verifying import Signed
from tests.conftest import PROJECT

FOLDER = PROJECT / "intake"
SAMPLES = Path(__file__).parent / "samples"
SECRET = "It's a Secret to Everybody"
MAPPINGS: dict[str, IntakeMapping] = {each.name: each for each in load_folder(FOLDER)}


@dataclass(frozen=True)
class Sample:
    """A webhook."""

    vendor: str
    name: str
    headers: dict[str, str]
    body: bytes
    becomes: list[dict[str, Any]]

    @property
    def mapping(self) -> IntakeMapping:
        """The mapping it is for."""
        return MAPPINGS[self.vendor]

    def delivery(self) -> Delivery:
        """It, as it comes in."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Delivery(headers, self.body, json.loads(self.body))

    def signed(self, timestamp: str, secret: str = SECRET) -> dict[str, str]:
        """Its headers, with the proof its vendor would send at that time."""
        proof = self.mapping.proof
        if not isinstance(proof, Signed):
            return {**self.headers, proof.header: secret}
        timed = {} if proof.timestamp is None else {proof.timestamp: timestamp}
        signature = proof.signature(secret, self.body, timestamp)
        return {**self.headers, **timed, proof.header: signature}


def samples() -> Iterator[Sample]:
    """All of them, by vendor and name."""
    for path in sorted(SAMPLES.glob("*/*.json")):
        content = json.loads(path.read_text())
        body = json.dumps(content["body"], ensure_ascii=False).encode()
        yield Sample(path.parent.name, path.stem, content["headers"], body, content["becomes"])


def sample(vendor: str, name: str) -> Sample:
    """The one of this name."""
    return next(each for each in samples() if (each.vendor, each.name) == (vendor, name))


ALL = [pytest.param(each, id=f"{each.vendor}-{each.name}") for each in samples()]
