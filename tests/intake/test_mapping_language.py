"""What each member of a mapping file means, shown on small documents."""

from textwrap import dedent
from typing import Any

import pytest

from app.intake.expressions import Delivery
from app.intake.mapping_file import parse
from app.intake.values import WebhookRefused
from app.intake.webhook import facts_of

HEAD = """\
verify: {hmac: sha256, header: X-Sig}
source: desk
id: id
ticket: ticket
"""


def becomes(
    text: str, document: object, headers: dict[str, str] | None = None, head: str = HEAD
) -> list[dict[str, Any]]:
    """The events a document becomes by a mapping."""
    mapping = parse(head + dedent(text), "desk.yaml", "desk")
    return [dict(each.event) for each in facts_of(mapping, Delivery(headers or {}, b"", document))]


def data(members: str, document: dict[str, object], maps: str = "") -> dict[str, Any]:
    """The data of one update."""
    text = f"{maps}\nrules:\n- emit: ticket.updated\n  data: {{{members}}}\n"
    (event,) = becomes(text, {"id": "1", "ticket": "T", **document})
    found: dict[str, Any] = event["data"]
    return found


def refusal(members: str, document: dict[str, object]) -> str:
    """Why a document is refused."""
    with pytest.raises(WebhookRefused) as refused:
        data(members, document)
    return str(refused.value)


def test_a_rule_emits_a_fact_with_what_the_file_says_of_it() -> None:
    (event,) = becomes(
        """
        time: at
        rules:
        - when: kind == 'closed'
          emit: ticket.closed
          data: {reason: why}
        """,
        {"id": "d-1", "ticket": 12, "at": "2026-09-01T10:00:00+0200", "kind": "closed", "why": "x"},
    )
    assert event == {
        "specversion": "1.0",
        "id": "d-1",
        "source": "desk",
        "type": "ticket.closed",
        "subject": "12",
        "time": "2026-09-01T10:00:00+02:00",
        "data": {"reason": "x"},
    }


def test_every_rule_that_holds_emits_and_ids_are_numbered() -> None:
    text = """
    rules:
    - {when: a, emit: ticket.resolved}
    - {when: b, emit: ticket.reopened}
    - {when: c, emit: ticket.closed}
    """
    found = becomes(text, {"id": "d", "ticket": "T", "a": True, "c": 1})
    assert [(each["id"], each["type"]) for each in found] == [
        ("d", "ticket.resolved"),
        ("d.2", "ticket.closed"),
    ]


@pytest.mark.parametrize("nothing", [None, False, "", [], {}])
def test_a_condition_is_true_as_jmespath_sees_it(nothing: object) -> None:
    text = "rules: [{when: a, emit: ticket.resolved}]"
    assert becomes(text, {"a": nothing}) == []
    assert len(becomes(text, {"id": "1", "ticket": "T", "a": 0})) == 1


def test_each_goes_through_a_list() -> None:
    text = """
    rules:
    - each: changes
      when: item().field == 'priority'
      emit: ticket.severity_changed
      data: {severity: item().to, reason: why}
    """
    changes = [
        {"field": "priority", "to": "P2"},
        {"field": "title", "to": "x"},
        {"field": "priority", "to": "P1"},
    ]
    found = becomes(text, {"id": "d", "ticket": "T", "changes": changes, "why": "asked"})
    assert [(each["id"], each["data"]) for each in found] == [
        ("d", {"severity": "P2", "reason": "asked"}),
        ("d.2", {"severity": "P1", "reason": "asked"}),
    ]
    assert becomes(text, {"id": "d", "ticket": "T"}) == []
    with pytest.raises(WebhookRefused, match="a list was expected, found 'x'"):
        becomes(text, {"changes": "x"})
    with pytest.raises(WebhookRefused, match="at most 100"):
        becomes(text, {"changes": [{}] * 101})


def test_headers_are_found_without_regard_to_case() -> None:
    text = "rules: [{when: header('X-Event') == 'closed', emit: ticket.closed}]"
    document = {"id": "1", "ticket": "T"}
    assert len(becomes(text, document, {"x-event": "closed"})) == 1
    assert becomes(text, document, {}) == []


def test_who_did_it_chooses_the_type_and_its_members() -> None:
    text = """
    actor: {from: staff, map: {true: agent, false: customer, robot: null}}
    rules:
    - emit: {agent: ticket.agent_replied, customer: ticket.customer_replied}
      data: {agent: name, public: true, channel: {value: email}, more: name}
    """
    document = {"id": "1", "ticket": "T", "name": "Anna"}
    (by_agent,) = becomes(text, {**document, "staff": True})
    (by_customer,) = becomes(text, {**document, "staff": False})
    assert by_agent["type"] == "ticket.agent_replied"
    assert by_agent["data"] == {"agent": "Anna", "public": True, "channel": "email", "more": "Anna"}
    assert by_customer["type"] == "ticket.customer_replied"
    assert by_customer["data"] == {"channel": "email", "more": "Anna"}
    assert becomes(text, {**document, "staff": "Robot"}) == []
    assert becomes(text, document) == []


def test_a_value_chooses_the_type() -> None:
    text = """
    maps: {status: {done: ticket.resolved, Parked: null}}
    rules: [{emit: {from: status, map: status}}]
    """
    document = {"id": "1", "ticket": "T"}
    (event,) = becomes(text, {**document, "status": "DONE"})
    assert event["type"] == "ticket.resolved"
    assert becomes(text, {**document, "status": "parked"}) == []
    assert becomes(text, document) == []
    with pytest.raises(WebhookRefused, match="'odd' is not in its map: done, parked"):
        becomes(text, {**document, "status": "odd"})


def test_the_policy_is_that_of_openings() -> None:
    head = HEAD + "policy: acme\n"
    rules = "rules: [{emit: ticket.opened}, {emit: ticket.resolved}]"
    opened, resolved = becomes(rules, {"id": "1", "ticket": "T"}, head=head)
    assert opened["data"] == {"policy": "acme"}
    assert resolved["data"] == {}
    chosen = HEAD + "policy: {from: brand, map: {shop: acme}}\n"
    (opened,) = becomes(
        "rules: [{emit: ticket.opened}]", {"id": "1", "ticket": "T", "brand": "Shop"}, head=chosen
    )
    assert opened["data"] == {"policy": "acme"}


def test_nothing_said_is_left_out_or_the_default() -> None:
    assert data("title: a, kind: b, url: c", {"a": "", "b": None}) == {}
    assert data("title: {from: a, default: None given}", {}) == {"title": "None given"}
    assert data("flag: {from: a, default: false}", {}) == {"flag": False}
    assert data("attributes: {one: a, two: b}", {"b": 2}) == {"attributes": {"two": 2}}
    assert data("attributes: {one: a}", {}) == {}
    assert data("attributes: a", {"a": {"x": 1}}) == {"attributes": {"x": 1}}


def test_constants() -> None:
    assert data("a: true, b: 3, c: {value: word}, d: {value: 4}", {}) == {
        "a": True,
        "b": 3,
        "c": "word",
        "d": 4,
    }


def test_a_map_is_looked_up_without_regard_to_case_and_by_digits_and_flags() -> None:
    maps = 'maps: {m: {Urgent: P1, 2: P2, true: P3, "*": null}}'
    for given, expected in (("URGENT", "P1"), (2, "P2"), ("2", "P2"), (2.0, "P2"), (True, "P3")):
        assert data("x: {from: a, map: m}", {"a": given}, maps) == {"x": expected}
    assert data("x: {from: a, map: m}", {"a": "else"}, maps) == {}
    assert data("x: {from: a, map: {b: c}, default: d}", {}) == {"x": "d"}
    assert refusal("x: {from: a, map: {b: c}}", {"a": "z"}) == (
        "rules[0].data.x (line 8): 'z' is not in its map: b"
    )
    assert refusal("x: {from: a, map: {b: c}}", {"a": {"b": 1}}).endswith("an object is in no map")


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("text", 12, "12"),
        ("text", 12.0, "12"),
        ("text", True, "true"),
        ("number", "12", 12),
        ("number", "-1.5", -1.5),
        ("number", 3, 3),
        ("flag", "True", True),
        ("flag", 0, False),
        ("time", "2026-09-01t10:00:00.123456789z", "2026-09-01T10:00:00.123456789Z"),
        ("time", "2026-09-01 10:00:00-0330", "2026-09-01T10:00:00-03:30"),
        ("epoch", 1788249600, "2026-09-01T08:00:00+00:00"),
        ("epoch", "1788249600.5", "2026-09-01T08:00:00.500000+00:00"),
        ("epoch_ms", 1788249600123, "2026-09-01T08:00:00.123000+00:00"),
    ],
)
def test_what_a_value_is_read_as(kind: str, given: object, expected: object) -> None:
    assert data(f"x: {{from: a, as: {kind}}}", {"a": given}) == {"x": expected}


@pytest.mark.parametrize(
    ("kind", "given", "meant"),
    [
        ("text", [1], "a text"),
        ("text", {"a": 1}, "a text"),
        ("number", "1e9", "a number"),
        ("number", True, "a number"),
        ("number", 2**63, "a number"),
        ("flag", "maybe", "true or false"),
        ("flag", 2, "true or false"),
        ("time", "yesterday", "an RFC 3339 instant"),
        ("time", 5, "an RFC 3339 instant"),
        ("epoch", "soon", "seconds since 1970"),
        ("epoch", "NaN", "seconds since 1970"),
        ("epoch", 10**15, "seconds since 1970"),
        ("epoch", "1e700000", "seconds since 1970"),
        ("epoch_ms", "1e999999", "milliseconds since 1970"),
        ("epoch_ms", True, "milliseconds since 1970"),
    ],
)
def test_what_a_value_cannot_be_read_as(kind: str, given: object, meant: str) -> None:
    assert f"{meant} was expected, found" in refusal(f"x: {{from: a, as: {kind}}}", {"a": given})


def test_a_prefix_stands_before_what_is_there() -> None:
    assert data("x: {from: a, prefix: N-}", {"a": 5}) == {"x": "N-5"}
    assert data("x: {from: a, prefix: N-}", {}) == {}


def test_functions_of_ours() -> None:
    text = "rules: [{emit: ticket.updated, data: {low: lower(a), none: lower(b), sum: digest()}}]"
    (event,) = becomes(text, {"id": "1", "ticket": "T", "a": "ÄB"})
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert event["data"] == {"low": "äb", "sum": empty}
    head = HEAD.replace("id: id", "id: fresh()")
    first, again = (
        becomes("rules: [{emit: ticket.resolved}]", {"ticket": "T"}, head=head) for _ in range(2)
    )
    assert first[0]["id"] != again[0]["id"]


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"id": "1"}, "ticket (line 4): there is none in this document"),
        ({"id": "1", "ticket": ""}, "ticket (line 4): there is none in this document"),
        ({"ticket": "T"}, "id (line 3): there is none in this document"),
        ({"id": [], "ticket": "T"}, "id (line 3): a text was expected, found a list"),
        ({"id": "1", "ticket": "x" * 201}, "/subject: 1 to 200 characters, found 201"),
        ({"id": "a\x00b", "ticket": "T"}, "/id: a NUL character is not taken"),
        ({"id": "1", "ticket": "T", "t": 5}, "rules[0] (line 5): /data/title"),
        ({"id": "1", "ticket": "T", "t": "x" * 70_000}, "a fact is at most 65536 bytes"),
        ("text", "ticket (line 4): there is none in this document"),
        (None, "ticket (line 4): there is none in this document"),
    ],
)
def test_what_is_refused_says_where_and_why(document: object, says: str) -> None:
    with pytest.raises(WebhookRefused) as refused:
        becomes("rules: [{emit: ticket.updated, data: {title: t}}]", document)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("expression", "document", "says"),
    [
        ("contains(a, 'x')", {}, "contains() takes array or string, found null"),
        ("join('-', a)", {"a": [1]}, "join() takes array-string, found"),
        ("ceil(a)", {"a": float("inf")}, "OverflowError"),
        ("sort(a)", {"a": [1, "x"]}, "sort() takes"),
        ("[&a]", {"a": 1}, "a value that JSON cannot carry"),
    ],
)
def test_an_expression_that_meets_odd_types_refuses(
    expression: str, document: dict[str, object], says: str
) -> None:
    assert says in refusal(f'x: "{expression}"', document)


def test_a_document_nested_deeply_is_no_error_of_ours() -> None:
    deep: object = 0
    for _ in range(5000):
        deep = [deep]
    assert "rules[0]" in refusal("x: to_string(a)", {"a": deep})
