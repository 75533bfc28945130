"""The policy of a case: its peer's file, the calendar and the targets of the case filled in."""

import json
from pathlib import Path
from typing import Any, cast

from app.domain.policy import Policy
from app.policy_files import parse
from app.policy_files.document import read
from tests.peers.cases import Case, family_of
from tests.peers.stages import NAMES, Stage, member_of, stages_of

POLICIES = Path(__file__).parent / "policies"

Row = dict[str, Any]


def rules_of(family: str) -> Row:
    """What the file of a peer says: its clocks, still without targets."""
    path = POLICIES / f"{family}.yaml"
    return cast("Row", read(path.read_text("utf-8"), path.name).plain())


def policy_of(case: Case) -> Policy:
    """Read by the service's own reader, as text."""
    document = rules_of(family_of(case))
    stages = list(stages_of(case))
    document |= {
        "severities": list(NAMES),
        "default_severity": NAMES[0],
        "plans": list(NAMES),
        "default_plan": NAMES[0],
        "calendars": {stage.name: _calendar(stage.calendar) for stage in stages},
    }
    for clock in document["clocks"]:
        clock["targets"] = _rows(case, clock["id"], stages)
    document["clocks"] = [clock for clock in document["clocks"] if clock["targets"]]
    return parse(json.dumps(document), case["id"])


def _calendar(facts: dict[str, Any]) -> Row:
    return {
        "zone": facts["timezone"],
        "hours": {
            day: [f"{opens}-{closes}" for opens, closes in pairs]
            for day, pairs in facts["hours"].items()
        },
        "holidays": dict.fromkeys(facts["holidays"], "holiday"),
    }


def _rows(case: Case, clock: str, stages: list[Stage]) -> list[Row]:
    return [
        {
            member_of(case): stage.name,
            "calendar": stage.name,
            "due": stage.spans[clock],
            "ladder": [
                _rung(level)
                for level in case.get("escalation_levels", ())
                if clock in level["clocks"]
            ],
        }
        for stage in stages
        if clock in stage.spans
    ]


def _rung(level: dict[str, Any]) -> Row:
    """A level so long before what is due, or so long past it."""
    minutes = level.get("offset_minutes", 0)
    if minutes < 0:
        return {"before": f"{-minutes}m", "tell": "level"}
    days = level.get("offset_business_days")
    return {"past": f"{days}bd" if days else f"{minutes}m", "tell": "level"}
