"""``/v1/policies/{id}/simulate``: what a candidate policy would have made of the history here."""

from contextlib import aclosing
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Self

import msgspec
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.api import answers
from app.api.access import Asker, Scoped, needs
from app.api.asking import Instant, Question
from app.api.context import Here, Service
from app.api.pages import Cursor, Id, Micros, instant_of, micros_of, read_cursor
from app.api.policies import PolicyId, no_policy
from app.api.problems import RETRY_AFTER, Problem
from app.clock import monotonic
from app.domain.policy import Policy
from app.domain.simulation import Period, Tally
from app.policy_files import PolicyFileError, parse, parse_content
from app.simulating import BEGINNING, Place, SimulationsBusy, Trial, encoded
from app.store.database import Connection, query

router = APIRouter(tags=["policies"], route_class=Scoped)

LARGEST = 256 * 1024
"""Characters of a candidate in YAML; bytes of one in JSON."""

NAME = "policy"
"""What a candidate's file is called in what is said of it."""

PAGE_SECONDS = 5.0
"""After so long a page ends, however few tickets are in it."""

MOST_MARKS = 5000
"""And after so many that are gained, lost or moved."""

MARK = {
    "clock": "resolution",
    "cycle": 1,
    "kind": "escalation",
    "tier": 1,
    "role": "team_lead",
    "reason": None,
    "target_at": "2026-11-02T12:00:00Z",
    "reached_at": "2026-11-02T12:00:00Z",
}
EXAMPLE = {
    "policy": {
        "id": "acme",
        "current_version": "sha256:5c3e...",
        "candidate_id": "acme",
        "candidate_version": "sha256:91d0...",
    },
    "from": "2026-11-01T00:00:00Z",
    "to": "2026-12-01T00:00:00Z",
    "as_of": "2026-12-03T09:00:00Z",
    "tickets": 120,
    "skipped": [
        {
            "ticket_id": "T-7",
            "reason": "policy acme has no severity 'P4': one of P1, P2, P3",
            "fact": {
                "type": "ticket.opened",
                "source": "helpdesk",
                "id": "helpdesk-8812-1",
                "time": "2026-11-21T10:00:00Z",
            },
        }
    ],
    "by_role": [
        {
            "role": "team_lead",
            "kind": "escalation",
            "raised_before": 11,
            "raised_after": 12,
            "gained": 1,
            "lost": 0,
            "moved": 9,
        }
    ],
    "by_ticket": [{"ticket_id": "T-3", "gained": [MARK], "lost": [], "moved": []}],
    "next_cursor": None,
}


class SimulateCursor(Cursor, frozen=True):
    """The last ticket of a page, and the instant up to which all its pages know the history."""

    as_of: Micros
    opened_at: Micros
    ticket_id: Id


class SimulateQuestion(Question):
    """Which part of the tickets is judged in this request."""

    limit: Annotated[int, Field(ge=1, le=500, description="How many tickets at most.")] = 500


class Simulate(BaseModel):
    """A candidate, as a file's content or its text, and a period: `from` it on, up to `to`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "yaml": "id: acme\nseverities: [P1]\nclocks: []\n",
                    "from": "2026-11-01T00:00:00Z",
                    "to": "2026-12-01T00:00:00Z",
                }
            ]
        },
    )

    policy: dict[str, Any] | None = None
    yaml: Annotated[str, Field(max_length=LARGEST)] | None = None
    since: Annotated[Instant, Field(alias="from")]
    until: Annotated[Instant, Field(alias="to")]

    @model_validator(mode="after")
    def _is_clear(self) -> Self:
        if (self.policy is None) == (self.yaml is None):
            raise PydanticCustomError("candidate", "either policy or yaml has the candidate")
        if self.since >= self.until:
            raise PydanticCustomError("period", "to is not later than from")
        return self


@router.post(
    "/v1/policies/{policy_id}/simulate",
    summary="Try a policy on the history",
    responses=answers.documented(EXAMPLE, "What would be different.", 400, 404, 422, 503),
    openapi_extra=needs("read"),
)
async def simulate(
    here: Here,
    caller: Asker,
    policy_id: PolicyId,
    body: Simulate,
    question: Annotated[SimulateQuestion, Query()],
) -> Response:
    """Judges the policy's tickets again, by the candidate from their opening on; writes nothing.

    Compared is what was raised in the period and stands with what the candidate would have raised
    in it: `gained`, `lost`, and `moved` to another instant. A ticket of which the candidate refuses
    a fact is `skipped`. A page has the figures of its tickets, which add up; it may end early.
    """
    current = await _current_version(here, policy_id) if caller.sees(policy_id) else None
    if current is None:
        raise no_policy(policy_id)
    try:
        async with here.simulator.turn():
            candidate = await _candidate(here, body)
            async with here.simulator.snapshot() as connection:
                as_of, after = await _place(connection, question.cursor)
                period = Period(body.since, max(min(body.until, as_of), body.since))
                trial = Trial(policy_id, candidate, period)
                tally, last = await _page(here, connection, trial, after, question.limit)
            found = await here.simulator.aside(partial(encoded, tally))
    except SimulationsBusy as error:
        raise Problem(503, str(error), headers={"Retry-After": RETRY_AFTER}) from None
    place = last and SimulateCursor(micros_of(as_of), micros_of(last.opened_at), last.ticket_id)
    return answers.json(
        {
            "policy": {
                "id": policy_id,
                "current_version": current,
                "candidate_id": candidate.id,
                "candidate_version": candidate.version,
            },
            "from": body.since,
            "to": body.until,
            "as_of": as_of,
            **found,
            "next_cursor": place and str(place),
        }
    )


async def _current_version(here: Service, policy_id: str) -> str | None:
    async with here.database.connection() as connection:
        rows = await connection.fetch(query("current_policies"), policy_id)
    return rows[0]["version"] if rows else None


async def _place(connection: Connection, cursor: str | None) -> tuple[datetime, Place]:
    """Up to which instant the history is known, and where the page before ended."""
    now: datetime = await connection.fetchval("SELECT clock_timestamp()")
    if cursor is None:
        return now, BEGINNING
    found = read_cursor(cursor, SimulateCursor)
    return min(now, instant_of(found.as_of)), Place(instant_of(found.opened_at), found.ticket_id)


async def _page(
    here: Service, connection: Connection, trial: Trial, after: Place, limit: int
) -> tuple[Tally, Place | None]:
    """What comes of the next tickets, and the last of them if there are more."""
    tally, ends, judged, marks = Tally(), monotonic() + PAGE_SECONDS, 0, 0
    async with aclosing(here.simulator.steps(connection, trial, after)) as steps:
        async for place, result, _ in steps:
            if result is not None:
                if judged == limit:
                    return tally, after
                judged += 1
                marks += tally.add(result, trial.period)
            after = place
            if marks > MOST_MARKS or monotonic() > ends:
                return tally, after
    return tally, None


# --- the candidate


async def _candidate(here: Service, body: Simulate) -> Policy:
    """The policy that is tried; 422 says what is wrong with it, and where."""
    read = partial(_read, body.policy, body.yaml)
    try:
        return await here.simulator.aside(read)
    except PolicyFileError as error:
        faults = [_placed(fault, body.policy) for fault in error.faults]
        raise Problem(422, "; ".join(text for _, text in faults), faults) from None


def _read(content: dict[str, Any] | None, text: str | None) -> Policy:
    if text is not None:
        return parse(text, NAME)
    if len(msgspec.json.encode(content)) > LARGEST:
        raise PolicyFileError(f"larger than {LARGEST} bytes")
    return parse_content(content, NAME)


def _placed(fault: str, content: dict[str, Any] | None) -> tuple[str, str]:
    """The pointer to what is wrong, and what is: in YAML with line and column."""
    if content is None:
        return "/yaml", fault
    detail = fault.removeprefix(f"{NAME}:0:0: ")
    return "/policy" + _pointer(detail, content), detail


def _pointer(path: str, value: object) -> str:
    """The JSON pointer to the member that a path such as ``clocks[0].targets`` begins with."""
    for name, child in _members(value):
        rest = path.removeprefix(name)
        if rest != path and rest[:1] in (".", "[", ":"):
            step = name.strip("[]") if isinstance(value, list) else name
            escaped = step.replace("~", "~0").replace("/", "~1")
            return f"/{escaped}{_pointer(rest.removeprefix('.'), child)}"
    return ""


def _members(value: object) -> list[tuple[str, object]]:
    """The members of a mapping or a list, as a path names them, the longest name first."""
    if isinstance(value, dict):
        return sorted(value.items(), key=lambda each: -len(each[0]))
    if isinstance(value, list):
        return [(f"[{number}]", child) for number, child in enumerate(value)]
    return []
