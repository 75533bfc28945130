"""What a webhook would become, shown without recording it: for whoever writes a mapping."""

from collections import Counter
from collections.abc import Mapping

from app.intake.book import Door
from app.intake.envelope import NotJson
from app.intake.expressions import Delivery
from app.intake.values import WebhookRefused
from app.intake.verifying import NotProven, verify
from app.intake.webhook import OtherMedia, facts_of, read_document


def try_out(door: Door, headers: Mapping[str, str], body: bytes, now: int) -> dict[str, object]:
    """The facts, or why there are none; and whether the sender would have been believed.

    Headers are by their names in small letters; ``now`` is in seconds since 1970.
    """
    signature, detail = _signature(door, headers, body, now)
    answer: dict[str, object] = {
        "mapping": door.mapping.name,
        "signature": signature,
        "signature_detail": detail,
    }
    try:
        document = read_document(body, headers.get("content-type", ""))
        emitted = facts_of(door.mapping, Delivery(headers, body, document))
    except (NotJson, OtherMedia, WebhookRefused) as error:
        return {**answer, "outcome": "refused", "reason": str(error), "rules": [], "facts": []}
    counts = Counter(each.rule.place for each in emitted)
    unmatched = "refused" if door.mapping.refuses_unmatched else "ignored"
    return {
        **answer,
        "outcome": "facts" if emitted else unmatched,
        "reason": None if emitted else "no rule applies",
        "rules": [{"rule": rule.place, "facts": counts[rule.place]} for rule in door.mapping.rules],
        "facts": [each.event for each in emitted],
    }


def _signature(
    door: Door, headers: Mapping[str, str], body: bytes, now: int
) -> tuple[str, str | None]:
    try:
        verify(door.mapping.proof, door.secrets, headers, body, now)
    except NotProven as error:
        if error.absent:
            return "absent", str(error)
        if door.secrets:
            return "invalid", str(error)
    if not door.secrets:
        return "unknown", no_secret(door)
    return "valid", None


def no_secret(door: Door) -> str:
    """Why a door is closed."""
    variable = door.mapping.secret_variable
    return f"no secret is set for {door.mapping.name}: {variable} in the environment is needed"
