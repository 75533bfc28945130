"""``/v1/subscriptions``: who is told, where, and of what."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from app.api import answers, examples, format_options, problems
from app.api.access import Scoped, needs
from app.api.asking import NO_NUL, Instant, Question
from app.api.context import Here
from app.api.pages import Cursor, Id, Micros, cut, instant_of, micros_of, page, read_cursor
from app.api.problems import Problem
from app.api.subscription_bodies import ChangeSubscription, CreateSubscription
from app.store.database import Connection, Row
from app.webhooks import deliveries, options, replay, subscriptions
from app.webhooks.attempt import is_delivered, text_of, without
from app.webhooks.outbox import Audience
from app.webhooks.signing import Version, new_secret
from app.webhooks.subscriptions import Subscription, shown_url, version_of

router = APIRouter(prefix="/v1/subscriptions", tags=["webhooks"], route_class=Scoped)

SubscriptionId = Annotated[
    str, Path(max_length=200, pattern=NO_NUL, description="The subscription's id.")
]
Json = dict[str, object]

SHOWN: Json = {
    "id": "sub_3f9a1c5e7b2d4f6a8c0e1b3d",
    "url": "https://bot.example.com/…",
    "format": "cloudevents",
    "options": {},
    "roles": ["technical_support_manager"],
    "types": ["sla.escalated", "sla.breached"],
    "policies": [],
    "severities": [],
    "enabled": True,
    "unheard": False,
    "disabled_reason": None,
    "created_at": "2026-11-21T10:00:00Z",
    "breaker": {"state": "closed", "since": "2026-11-21T10:00:00Z", "next_probe_at": None},
    "signature": "v1",
    "public_key": None,
    "old_secret_signs_until": None,
}
SECRET = {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}  # a published example
MADE = {**SHOWN, "url": "https://bot.example.com/hooks/sla", **SECRET}
ROTATED = {**SHOWN, "old_secret_signs_until": "2026-11-22T10:00:00Z", **SECRET}
TRIED = {"delivered": True, "status": 204, "took_seconds": 0.021, "error": None, "answer": ""}


class SubscriptionCursor(Cursor, frozen=True):
    """The last subscription of a page."""

    created_at: Micros
    subscription_id: Id

    @classmethod
    def at(cls, row: Row) -> "SubscriptionCursor":
        """Where a page ends that ends with this row."""
        return cls(micros_of(row["created_at"]), row["subscription_id"])


def shown(row: Row) -> Json:
    """A subscription as it may be shown: without its secret, its URL without path and query."""
    return {
        "id": row["subscription_id"],
        "url": shown_url(row["url"]),
        **{
            member: row[member]
            for member in (
                "format",
                "roles",
                "types",
                "policies",
                "severities",
                "enabled",
                "unheard",
                "disabled_reason",
                "created_at",
            )
        },
        "options": options.shown(row["format"], row["options"]),
        "breaker": {
            "state": row["breaker"],
            "since": row["breaker_since"],
            "next_probe_at": row["next_probe_at"],
        },
        "signature": version_of(row),
        "public_key": row["public_key"],
        "old_secret_signs_until": row["previous_secret_until"],
    }


def known(row: Row | None, subscription_id: str) -> Row:
    """The row; 404 if there is none."""
    if row is None:
        raise Problem(404, f"there is no subscription {subscription_id[:80]!r}")
    return row


def _told_once(row: Row, secret: str) -> Json:
    """The secret where the receiver needs it too; of ed25519 (`v1a`) it never leaves."""
    return {"secret": secret} if version_of(row) == "v1" else {}


async def _now(connection: Connection) -> datetime:
    now: datetime = await connection.fetchval("SELECT clock_timestamp()")
    return now


@router.post(
    "",
    status_code=201,
    summary="Subscribe to SLA events",
    responses={
        201: answers.described(MADE, "Made. Its secret and its whole URL are not shown again."),
        **problems.responses(400, 422, 503),
    },
    openapi_extra=needs("admin"),
)
async def create(service: Here, body: CreateSubscription) -> Response:
    """Has every SLA event from now on that the filters match sent to a URL, signed.

    The signatures are those of [Standard Webhooks](https://www.standardwebhooks.com).
    """
    format_options.check(body.format, body.options)
    id_ = subscriptions.new_id()
    new = body.new(options.sealed(body.format, body.options, service.seals, id_))
    async with service.database.connection() as connection:
        row = await subscriptions.add(connection, new, await _now(connection), service.seals, id_)
    location = {"Location": f"{router.prefix}/{row['subscription_id']}"}
    answer = {**shown(row), "url": row["url"], **_told_once(row, new.secret)}
    return answers.json(answer, 201, location)


@router.get(
    "",
    summary="List subscriptions",
    responses=answers.documented(
        examples.listed(SHOWN), "A page of subscriptions, oldest first.", 422, 503
    ),
    openapi_extra=needs("admin"),
)
async def list_all(service: Here, question: Annotated[Question, Query()]) -> Response:
    """Subscriptions, without their secrets."""
    after = None
    if question.cursor is not None:
        cursor = read_cursor(question.cursor, SubscriptionCursor)
        after = instant_of(cursor.created_at), cursor.subscription_id
    async with service.database.connection() as connection:
        found = await subscriptions.listed(connection, after, question.limit + 1)
    rows, last = cut(found, question.limit)
    items = [shown(row) for row in rows]
    return answers.json(page(items, None if last is None else SubscriptionCursor.at(last)))


@router.get(
    "/{subscription_id}",
    summary="A subscription",
    responses=answers.documented(SHOWN, "The subscription.", 404, 422, 503),
    openapi_extra=needs("admin"),
)
async def get(service: Here, subscription_id: SubscriptionId) -> Response:
    """The subscription, without its secret."""
    async with service.database.connection() as connection:
        row = await subscriptions.find(connection, subscription_id)
    return answers.json(shown(known(row, subscription_id)))


@router.patch(
    "/{subscription_id}",
    summary="Change a subscription",
    responses=answers.documented(SHOWN, "The subscription as it is now.", 400, 404, 422, 503),
    openapi_extra=needs("admin"),
)
async def change(
    service: Here, subscription_id: SubscriptionId, body: ChangeSubscription
) -> Response:
    """Changes the members given. Disabled, it hears nothing; what already waits goes on waiting."""
    async with service.database.connection() as connection:
        row = known(await subscriptions.find(connection, subscription_id), subscription_id)
        kept = format_options.kept(row, body, service.seals)
        changed = await subscriptions.change(connection, subscription_id, body.change(kept))
    service.deliverer.wake()
    return answers.json(shown(known(changed, subscription_id)))


@router.delete(
    "/{subscription_id}",
    status_code=204,
    summary="Remove a subscription",
    responses=problems.responses(404, 422, 503),
    openapi_extra=needs("admin"),
)
async def remove(service: Here, subscription_id: SubscriptionId) -> Response:
    """Removes the subscription and what waits for it; what was delivered stays on record."""
    async with service.database.transaction() as connection:
        if not await subscriptions.remove(connection, subscription_id):
            known(None, subscription_id)
        await deliveries.remove_orphans(connection)
    return Response(status_code=204)


@router.post(
    "/{subscription_id}/rotate-secret",
    summary="Make a new secret",
    responses=answers.documented(
        ROTATED, "The new secret, which is not shown again.", 404, 409, 422, 503
    ),
    openapi_extra=needs("admin"),
)
async def rotate_secret(
    service: Here,
    subscription_id: SubscriptionId,
    signature: Annotated[
        Version | None, Query(description="How it is signed from now on; as before if left out.")
    ] = None,
    drop_older: Annotated[  # noqa: FBT002  # a query parameter has its name
        bool, Query(description="Rotate even if a secret that still signs is dropped by it.")
    ] = False,
) -> Response:
    """For 24 hours each webhook carries two signatures, by the new secret and by the old one.

    There are two at most: 409 while the secret before the present one still signs, since receivers
    that have it only would be told nothing they can verify. `drop_older=true` drops it.
    """
    async with service.database.connection() as connection:
        row = known(await subscriptions.find(connection, subscription_id), subscription_id)
        secret = new_secret(signature or version_of(row))
        now = await _now(connection)
        rotated = await subscriptions.rotate(
            connection, subscription_id, secret, now, service.seals, drop_older=drop_older
        )
        if rotated is None:
            row = known(await subscriptions.find(connection, subscription_id), subscription_id)
            until = f"{row['previous_secret_until']:%Y-%m-%dT%H:%M:%SZ}"
            raise Problem(409, f"an older secret signs until {until}; drop_older=true drops it")
    return answers.json({**shown(rotated), **_told_once(rotated, secret)})


@router.post(
    "/{subscription_id}/test",
    summary="Try a subscription out",
    responses=answers.documented(TRIED, "What the receiver answered.", 404, 422, 503),
    openapi_extra=needs("admin"),
)
async def test(service: Here, subscription_id: SubscriptionId) -> Response:
    """Sends one signed event of type `escalator.test` at once, enabled or not."""
    async with service.database.connection() as connection:
        row = known(await subscriptions.find(connection, subscription_id), subscription_id)
        now = await _now(connection)
    answer = await service.deliverer.try_out(Subscription.of(row, now, service.seals), now)
    return answers.json(
        {
            "delivered": is_delivered(row["format"], answer),
            "status": answer.status,
            "took_seconds": answer.took_seconds,
            "error": answer.error,
            "answer": without(row["url"], text_of(answer.body_start)),
        }
    )


@router.post(
    "/{subscription_id}/replay",
    summary="Send a period again",
    responses=answers.documented(
        {"requeued": 12, "created": 3},
        "How many deliveries were made pending again, and how many were created.",
        404,
        422,
        503,
    ),
    openapi_extra=needs("admin"),
)
async def replay_period(
    service: Here,
    subscription_id: SubscriptionId,
    since: Annotated[Instant, Query(description="Raised at this instant or later.")],
    until: Annotated[
        Instant | None, Query(description="Raised before this instant; now if left out.")
    ] = None,
) -> Response:
    """Sends every SLA event raised in the period that the subscription hears, delivered or not."""
    async with service.database.connection() as connection:
        row = known(await subscriptions.find(connection, subscription_id), subscription_id)
        until = until or await _now(connection)
    if until < since:
        raise Problem(422, "until: lies before since", [("until", "lies before since")])
    replayed = await replay.replay(service.database, Audience.of(row), since, until)
    service.deliverer.wake()
    return answers.json(replayed)
