"""``/v1/keys``: who may post, read and administer."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.api import answers, examples, problems
from app.api.access import Scoped, needs
from app.api.asking import LONGEST_NAME, NO_NUL, Question
from app.api.context import Here
from app.api.pages import Cursor, Id, Micros, cut, instant_of, micros_of, page, read_cursor
from app.api.problems import Problem
from app.store import keys
from app.store.database import Row

router = APIRouter(prefix="/v1/keys", tags=["keys"], route_class=Scoped)

Json = dict[str, object]
Scope = Literal["ingest", "read", "admin"]
Word = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME, pattern=NO_NUL)]

SHOWN: Json = {
    "id": "3f9a1c5e7b2d4f6a",
    "name": "helpdesk",
    "scopes": ["ingest"],
    "policies": None,
    "events_a_second": None,
    "created_at": "2026-11-21T10:00:00Z",
    "last_used_at": None,
    "revoked_at": None,
}
MADE = {**SHOWN, "key": "esk_3f9a1c5e7b2d4f6a_..."}

BEGINNING = (datetime(1, 1, 1, tzinfo=UTC), "")


class CreateKey(BaseModel):
    """A key to be made."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Word
    """Who holds it: the source of events that name none."""
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=3)]
    policies: Annotated[list[Word], Field(min_length=1, max_length=100)] | None = None
    events_a_second: Annotated[int, Field(ge=1, le=keys.MOST_A_SECOND)] | None = None

    @model_validator(mode="after")
    def _not_bound_and_admin(self) -> "CreateKey":
        if self.policies is not None and "admin" in self.scopes:
            raise PydanticCustomError("policies", "a key with the scope admin is over all policies")
        if (reason := keys.why_not(self.name)) is not None:
            raise PydanticCustomError("name", "{reason}", {"reason": reason})
        return self

    def new(self) -> keys.NewKey:
        """As the store takes it."""
        return keys.NewKey(self.name, sorted(set(self.scopes)), self.policies, self.events_a_second)


class KeyCursor(Cursor, frozen=True):
    """The last key of a page."""

    created_at: Micros
    key_id: Id


def shown(row: Row) -> Json:
    """A key as it may be shown: without its secret."""
    return {"id": row["key_id"], **{name: row[name] for name in SHOWN if name != "id"}}


@router.post(
    "",
    status_code=201,
    summary="Make a key",
    responses={
        201: answers.described(MADE, "Made. The key itself is not shown again."),
        **problems.responses(400, 401, 403, 409, 422, 503),
    },
    openapi_extra=needs("admin"),
)
async def create(service: Here, body: CreateKey) -> Response:
    """A key has scopes, and may be bound to policies: no others exist for its holder then.

    `admin` includes `ingest` and `read`. Once there is a key, every request needs one.
    """
    async with service.database.connection() as connection:
        made = await keys.create(connection, body.new())
    if made is None:
        raise Problem(409, f"there is a key {body.name!r} already; revoke it first")
    service.keys.forget()
    row, text = made
    return answers.json({**shown(row), "key": text}, 201)


@router.get(
    "",
    summary="List keys",
    responses=answers.documented(
        examples.listed(SHOWN), "A page of keys, oldest first.", 401, 403, 422, 503
    ),
    openapi_extra=needs("admin"),
)
async def list_all(service: Here, question: Annotated[Question, Query()]) -> Response:
    """Every key there was, with the minute it was last used; without its secret."""
    after = BEGINNING
    if question.cursor is not None:
        cursor = read_cursor(question.cursor, KeyCursor)
        after = instant_of(cursor.created_at), cursor.key_id
    async with service.database.connection() as connection:
        found = await keys.listed(connection, after, question.limit + 1)
    rows, last = cut(found, question.limit)
    beyond = None if last is None else KeyCursor(micros_of(last["created_at"]), last["key_id"])
    return answers.json(page([shown(row) for row in rows], beyond))


@router.delete(
    "/{key}",
    summary="Revoke a key",
    responses=answers.documented(
        {**SHOWN, "revoked_at": "2026-11-21T12:00:00Z"}, "Revoked.", 401, 403, 404, 422, 503
    ),
    openapi_extra=needs("admin"),
)
async def revoke(
    service: Here,
    key: Annotated[str, Path(max_length=LONGEST_NAME, pattern=NO_NUL, description="Id or name.")],
) -> Response:
    """A revoked key is refused within two seconds by every replica, by this one at once."""
    async with service.database.connection() as connection:
        row = await keys.revoke(connection, key)
    if row is None:
        raise Problem(404, f"there is no valid key {key[:80]!r}")
    service.keys.forget()
    return answers.json(shown(row))
