"""``GET /v1/reports/attainment``: how well did we do?"""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.api import answers
from app.api.access import Asker, Caller, Scoped, needs
from app.api.asking import Instant, Names
from app.api.context import Here
from app.api.problems import Problem
from app.projections.attainment_figures import COLUMNS, MONTH, Asked, TooMuch

router = APIRouter(tags=["reports"], route_class=Scoped)

USUAL = timedelta(days=30)
LONGEST = timedelta(days=3660)
OLDEST = datetime(1, 1, 1, tzinfo=UTC)

MEMBERS = (*COLUMNS, MONTH)

FIGURES = {
    "met": 190,
    "breached": 10,
    "finished": 200,
    "attainment": 0.95,
    "running": 12,
    "running_breached": 1,
    "elapsed_seconds": {"p50": 2520.0, "p90": 12240.0, "p99": 21600.0},
    "missed_held": {
        "customer_seconds": 5400.0,
        "lines": [
            {"line": "L1", "working_seconds": 151200.0},
            {"line": "L2", "working_seconds": 28800.0},
        ],
    },
}
EXAMPLE = {
    "from": "2026-11-01T00:00:00Z",
    "to": "2026-12-01T00:00:00Z",
    "as_of": "2026-12-01T08:00:00Z",
    "group_by": ["policy", "severity"],
    "items": [{"policy": "acme", "severity": "P1", **FIGURES}],
    "totals": FIGURES,
}


def _read_group_by(given: list[str]) -> list[str]:
    """Commas and repetition do the same; what is named twice counts once."""
    names = [name.strip() for text in given for name in text.split(",") if name.strip()]
    if not set(names) <= set(MEMBERS):
        raise PydanticCustomError("group_by", f"some of {', '.join(MEMBERS)} were expected")
    return list(dict.fromkeys(names))


GroupBy = Annotated[
    list[str],
    AfterValidator(_read_group_by),
    WithJsonSchema({"type": "array", "items": {"type": "string", "enum": [*MEMBERS]}}),
]


class AttainmentQuestion(BaseModel):
    """Which finished cycles. A filter given several times matches any of its values."""

    model_config = ConfigDict(extra="forbid")

    since: Instant | None = Field(
        None,
        alias="from",
        description="Ended at this instant or later; if left out, 30 days before `to`.",
    )
    until: Instant | None = Field(
        None, alias="to", description="Ended before this instant; if left out, before now."
    )
    group_by: GroupBy = Field(
        [],
        description="In this order, separated by commas or given several times. The month, by UTC, "
        "is that of the cycle's end.",
    )
    policy: Names = Field([], description="The policy's id.")
    severity: Names = Field([], description="The severity's id, as the cycle ended with it.")
    plan: Names = Field([], description="The plan, as the cycle ended with it.")
    clock: Names = Field([], description="The clock's id.")
    line: Names = Field(
        [],
        description="The line that the ticket was on when the cycle ended; of a clock of a line, "
        "that line.",
    )

    def asked(self, now: datetime, caller: Caller) -> Asked:
        """What the report is to be about; 422 if that is no period, or too long a one."""
        until = self.until or now
        since = self.since or max(until, OLDEST + USUAL) - USUAL
        if since >= until:
            raise _wrong_period(f"it has to be before to, {_said(until)}")
        if until - since > LONGEST:
            raise _wrong_period(f"a report is of ten years at most, since {_said(until - LONGEST)}")
        rest = self.model_dump(exclude={"since", "until", "policy"})
        return Asked(since, until, policy=caller.among(self.policy), **rest)


def _said(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _wrong_period(detail: str) -> Problem:
    return Problem(422, f"from: {detail}", [("from", detail)])


@router.get(
    "/v1/reports/attainment",
    summary="Report how well promises were kept",
    responses=answers.documented(EXAMPLE, "Figures by group, and of all of them.", 422, 503),
    openapi_extra=needs("read"),
)
async def attainment(
    here: Here, caller: Asker, question: Annotated[AttainmentQuestion, Query()]
) -> Response:
    """Promises whose end lies in the period: met in time, or breached; and those under way now.

    A breached cycle counts as breached however it ended, unless its ticket was cancelled. Left out
    are cancelled cycles that were not breached, clocks without a target, and reminders. A cycle
    counts with the severity, the plan and the line that its ticket had when it ended, by the policy
    of then: no later one changes a verdict.

    `elapsed_seconds` are of open time; `missed_held` says who had the tickets of breached cycles:
    for how much of that time each line did, and how long they waited on the customer. `running`
    and `running_breached` are as of now, whatever the period; they are null where the report is
    grouped by month.
    """
    async with here.database.connection() as connection:
        now: datetime = await connection.fetchval("SELECT clock_timestamp()")
    try:
        report = await here.attainment.report(question.asked(now, caller))
    except TooMuch as error:
        raise Problem(422, str(error)) from None
    return answers.json(report)
