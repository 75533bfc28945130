"""``/v1/policies``: the rules in force, every version there was, and what in them is assumed."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request, Response
from pydantic import Field

from app.api import answers, examples
from app.api.access import Asker, Scoped, needs
from app.api.asking import LONGEST_NAME, NO_NUL, Question
from app.api.context import service_of
from app.api.pages import Cursor, Id, cut, page, read_cursor, wrong_cursor
from app.api.problems import Problem
from app.projections import policy_view
from app.store.database import Row, query

router = APIRouter(tags=["policies"], route_class=Scoped)

PolicyId = Annotated[
    str, Path(max_length=LONGEST_NAME, pattern=NO_NUL, description="The policy's id.")
]


class PolicyCursor(Cursor, frozen=True):
    """The last of a page: a policy by its id, a version by its own."""

    name: Id


class PoliciesQuestion(Question):
    """So many that there is hardly ever a second page."""

    limit: Annotated[int, Field(ge=1, le=500, description="How many at most.")] = 500


IfNoneMatch = Annotated[str | None, Header()]
UNCHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "It is as `If-None-Match` has it."}
}


@router.get(
    "/v1/policies",
    summary="List the policies in force",
    responses={
        **answers.documented(
            examples.listed(examples.POLICY_VERSION),
            "The current version of each policy.",
            422,
            503,
        ),
        **UNCHANGED,
    },
    openapi_extra=needs("read"),
)
async def list_policies(
    request: Request,
    caller: Asker,
    question: Annotated[PoliciesQuestion, Query()],
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The current version of each policy, by id."""
    rows = await _fetch(request, "current_policies", None)
    seen = [row for row in rows if caller.sees(row["policy_id"])]
    return answers.unless_known(_page(seen, "policy_id", question), if_none_match)


@router.get(
    "/v1/policies/{policy_id}",
    summary="Read a policy",
    responses={
        **answers.documented(examples.POLICY_VERSION, "Its current version.", 404, 422, 503),
        **UNCHANGED,
    },
    openapi_extra=needs("read"),
)
async def get_policy(
    request: Request, caller: Asker, policy_id: PolicyId, if_none_match: IfNoneMatch = None
) -> Response:
    """The version by which tickets opened now are judged.

    `assumptions` are readings that its text does not state, each with the place it is about.
    """
    rows = await _fetch(request, "current_policies", policy_id)
    if not rows or not caller.sees(policy_id):
        raise no_policy(policy_id)
    return answers.unless_known(policy_view.view(rows[0]), if_none_match)


@router.get(
    "/v1/policies/{policy_id}/versions",
    summary="List a policy's versions",
    responses={
        **answers.documented(
            examples.listed(examples.POLICY_VERSION), "Every version, newest first.", 404, 422, 503
        ),
        **UNCHANGED,
    },
    openapi_extra=needs("read"),
)
async def list_versions(
    request: Request,
    caller: Asker,
    policy_id: PolicyId,
    question: Annotated[Question, Query()],
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Every version that was ever in force, newest first."""
    rows = await _fetch(request, "policy_versions", policy_id)
    if not rows or not caller.sees(policy_id):
        raise no_policy(policy_id)
    return answers.unless_known(_page(rows, "version", question), if_none_match)


async def _fetch(request: Request, name: str, policy_id: str | None) -> list[Row]:
    async with service_of(request).database.connection() as connection:
        return await connection.fetch(query(name), policy_id)


def _page(rows: Sequence[Row], name: str, question: Question) -> dict[str, object]:
    if question.cursor is not None:
        last_seen = read_cursor(question.cursor, PolicyCursor).name
        names = [row[name] for row in rows]
        if last_seen not in names:
            raise wrong_cursor("is not one that this list has answered")
        rows = rows[names.index(last_seen) + 1 :]
    shown, last = cut(rows, question.limit)
    next_cursor = None if last is None else PolicyCursor(last[name])
    return page([policy_view.view(row) for row in shown], next_cursor)


def no_policy(policy_id: str) -> Problem:
    """404: there is no such policy, or none for them."""
    return Problem(404, f"there is no policy {policy_id!r}")
