"""``/v1/policies``: the rules in force, every version there was, and what in them is assumed."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Request, Response

from app.api import answers, examples
from app.api.access import Asker, Scoped, needs
from app.api.asking import LONGEST_NAME, NO_NUL
from app.api.context import service_of
from app.api.pages import page
from app.api.problems import Problem
from app.projections import policy_view
from app.store.database import Row, query

router = APIRouter(tags=["policies"], route_class=Scoped)

PolicyId = Annotated[
    str, Path(max_length=LONGEST_NAME, pattern=NO_NUL, description="The policy's id.")
]

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
    request: Request, caller: Asker, if_none_match: IfNoneMatch = None
) -> Response:
    """The current version of each policy, by id; all on one page."""
    rows = await _fetch(request, "current_policies", None)
    seen = [policy_view.view(row) for row in rows if caller.sees(row["policy_id"])]
    return answers.unless_known(page(seen), if_none_match)


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
    request: Request, caller: Asker, policy_id: PolicyId, if_none_match: IfNoneMatch = None
) -> Response:
    """Every version that was ever in force, newest first; all on one page."""
    rows = await _fetch(request, "policy_versions", policy_id)
    if not rows or not caller.sees(policy_id):
        raise no_policy(policy_id)
    seen = [policy_view.view(row) for row in rows]
    return answers.unless_known(page(seen), if_none_match)


async def _fetch(request: Request, name: str, policy_id: str | None) -> list[Row]:
    async with service_of(request).database.connection() as connection:
        return await connection.fetch(query(name), policy_id)


def no_policy(policy_id: str) -> Problem:
    """404: there is no such policy, or none for them."""
    return Problem(404, f"there is no policy {policy_id!r}")
