"""The tickets of eight peers' own tests, and which peer's rules each of them follows."""

import json
from pathlib import Path
from typing import Any

Case = dict[str, Any]

FOLDER = Path(__file__).parents[1] / "cases"
ESCALATIONS: list[Case] = json.loads((FOLDER / "escalations.json").read_text("utf-8"))
TIERS: list[Case] = json.loads((FOLDER / "tiers.json").read_text("utf-8"))

CLOCKS = ("first_response", "update", "resolution")


def family_of(case: Case) -> str:
    """The name of the policy that says the case's rules."""
    family = str(case["id"]).rpartition("-")[0]
    if case["semantics"]["first_response"]["start"] == "sla_assigned":
        return f"{family}-internal"
    return family
