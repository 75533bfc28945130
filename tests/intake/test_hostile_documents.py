"""Nothing that can come in makes a mapping fail otherwise than by refusing it."""

import json
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.intake.envelope import NotJson
from app.intake.expressions import Delivery
from app.intake.values import WebhookRefused
from app.intake.webhook import OtherMedia, facts_of, read_document
from tests.intake.samples import MAPPINGS, samples

VENDORS = st.sampled_from(sorted(MAPPINGS))
KNOWN = list(samples())

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


def read(vendor: str, headers: dict[str, str], document: object) -> None:
    """Facts, or one of the refusals there are."""
    with suppress(WebhookRefused):
        for each in facts_of(MAPPINGS[vendor], Delivery(headers, b"", document)):
            json.dumps(each.event)


@given(VENDORS, st.dictionaries(st.text(max_size=20), st.text(max_size=20), max_size=3), ANYTHING)
@settings(max_examples=300, deadline=None)
def test_any_document(vendor: str, headers: dict[str, str], document: object) -> None:
    read(vendor, headers, document)


def changed(data: st.DataObject, document: Any) -> Any:  # noqa: ANN401  # JSON
    """A document in which something is something else."""
    if not isinstance(document, dict | list) or not document or data.draw(st.integers(0, 3)) == 0:
        return data.draw(ANYTHING)
    if isinstance(document, dict):
        key = data.draw(st.sampled_from(sorted(document)))
        if data.draw(st.integers(0, 4)) == 0:
            return {name: value for name, value in document.items() if name != key}
        return {**document, key: changed(data, document[key])}
    place = data.draw(st.integers(0, len(document) - 1))
    return [*document[:place], changed(data, document[place]), *document[place + 1 :]]


@given(st.data())
@settings(max_examples=600, deadline=None)
def test_a_real_document_in_which_something_is_something_else(data: st.DataObject) -> None:
    webhook = data.draw(st.sampled_from(KNOWN))
    delivery = webhook.delivery()
    document = delivery.document
    for _ in range(data.draw(st.integers(1, 3))):
        document = changed(data, document)
    read(webhook.vendor, dict(delivery.headers), document)


@given(
    st.binary(max_size=60)
    | st.text(max_size=60).map(str.encode)
    | ANYTHING.map(json.dumps).map(str.encode),
    st.sampled_from(
        [
            "",
            "application/json",
            "text/plain",
            "application/x-www-form-urlencoded",
            "text/xml",
            "a;b",
        ]
    )
    | st.text(max_size=20),
)
@settings(max_examples=400, deadline=None)
def test_any_body(body: bytes, content_type: str) -> None:
    with suppress(NotJson, OtherMedia):
        read_document(body, content_type)
