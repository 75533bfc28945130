"""What is said of a format when a subscription is made, changed or previewed, and what is wrong."""

from app.api.problems import Problem
from app.api.subscription_bodies import ChangeSubscription
from app.store.database import Row
from app.store.sealed import Seals
from app.webhooks import options
from app.webhooks.formats.format import OptionRefused, Options


def check(format_name: str, given: Options) -> None:
    """422 unless the format can work with these options."""
    try:
        options.check(format_name, given)
    except OptionRefused as refusal:
        detail = f"{refusal.pointer}: {refusal.reason}"
        raise Problem(422, detail, [(refusal.pointer, refusal.reason)]) from None


def kept(row: Row, body: ChangeSubscription, seals: Seals) -> str | None:
    """The options from now on as they are kept, None if they stay; a new format has its own."""
    before: str = row["format"]
    format_name: str = before if "format" not in body.model_fields_set else body.format
    if "options" not in body.model_fields_set and format_name == before:
        return None
    given: Options = body.options if "options" in body.model_fields_set else {}
    check(format_name, given)
    return options.sealed(format_name, given, seals, row["subscription_id"])
