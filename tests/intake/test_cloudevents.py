"""CloudEvents 1.0 over HTTP: which mode a request is in, and the event in its headers."""

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.intake.cloudevents import Mode, binary_event, mode_of, unpacked
from app.intake.envelope import InvalidEvent, NotJson, parse_json, read_event

MODES = {
    "application/cloudevents+json": (Mode.STRUCTURED, Mode.STRUCTURED),
    "Application/CloudEvents+JSON; charset=UTF-8": (Mode.STRUCTURED, Mode.STRUCTURED),
    "application/cloudevents-batch+json": (Mode.BATCH, Mode.BATCH),
    "APPLICATION/CLOUDEVENTS-BATCH+JSON ;charset=utf-8": (Mode.BATCH, Mode.BATCH),
    "application/cloudevents": (None, None),
    "application/cloudevents-batch": (None, None),
    "application/cloudevents+xml": (None, None),
    "application/cloudevents-batch+protobuf": (None, None),
    "application/cloudevents+json; charset=utf-16": (None, None),
    "application/json": (Mode.PLAIN, Mode.BINARY),
    'application/JSON;charset="utf-8"': (Mode.PLAIN, Mode.BINARY),
    "application/json; charset=latin-1": (None, None),
    "text/json": (None, Mode.BINARY),
    "application/vnd.desk.v2+json": (None, Mode.BINARY),
    "": (None, Mode.BINARY),
    "text/xml": (None, None),
    "application/octet-stream": (None, None),
    "application/x-www-form-urlencoded": (None, None),
    "text/plain": (None, None),
}
"""For each content type the mode without ``ce-specversion`` and with it."""


@pytest.mark.parametrize(("content_type", "modes"), MODES.items(), ids=MODES)
def test_the_content_type_tells_the_mode(
    content_type: str, modes: tuple[Mode | None, Mode | None]
) -> None:
    assert mode_of(content_type, has_specversion=False) is modes[0]
    assert mode_of(content_type, has_specversion=True) is modes[1]


def headers(**attributes: str) -> list[tuple[bytes, bytes]]:
    """Headers as a server hands them over, among others that are no attributes."""
    given = [(f"ce-{name}".encode(), value.encode()) for name, value in attributes.items()]
    return [(b"host", b"x"), *given, (b"content-type", b"application/json"), (b"cesium", b"1")]


def faults(error: InvalidEvent) -> list[str]:
    """The pointers of what is wrong."""
    return [fault.pointer for fault in error.faults]


VALUES = {
    "T-1": "T-1",
    "Euro%20%E2%82%AC%20%F0%9F%98%80": "Euro € 😀",
    "%54%2d%31": "T-1",
    "50%2525": "50%25",
    '"quoted"': "quoted",
    '"with \\"quotes\\" and \\\\"': 'with "quotes" and \\',
    '"%22"': '"',
    '"never closed': '"never closed',
    'in "the" middle': 'in "the" middle',
    '"one" "two"': '"one" "two"',
    "a+b": "a+b",
    "  around  ": "around",
    "": "",
    '""': "",
}


@pytest.mark.parametrize(("sent", "meant"), VALUES.items(), ids=repr)
def test_a_header_is_unquoted_and_percent_decoded_once(sent: str, meant: str) -> None:
    assert binary_event(headers(subject=sent), b"") == {"subject": meant}


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_whatever_is_percent_encoded_comes_back(text: str) -> None:
    sent = quote(text, safe="")
    for value in (sent, f'"{sent}"'):
        assert binary_event(headers(subject=value), b"") == {"subject": text}


@pytest.mark.parametrize(
    "sent", ["%FF", "%C3", "%ED%A0%80", "%C0%80", "%F5%80%80%80", "ü", "100%", "%zz", "%2"]
)
def test_what_is_not_utf_8_or_no_percent_encoding_is_refused(sent: str) -> None:
    with pytest.raises(InvalidEvent) as refused:
        binary_event(headers(subject=sent), b"")
    assert faults(refused.value) == ["/subject"]


def test_a_header_that_stands_there_twice_is_refused_whatever_its_case() -> None:
    twice = [(b"ce-id", b"1"), (b"CE-ID", b"1")]
    with pytest.raises(InvalidEvent) as refused:
        binary_event(twice, b"")
    assert faults(refused.value) == ["/id"]


@pytest.mark.parametrize("name", ["datacontenttype", "data", "data_base64"])
def test_what_the_content_type_and_the_body_say_is_no_header(name: str) -> None:
    with pytest.raises(InvalidEvent) as refused:
        binary_event(headers(**{name: "application/json"}), b"{}")
    assert faults(refused.value) == [f"/{name}"]


def test_the_body_is_the_data_and_may_be_left_out() -> None:
    assert binary_event(headers(id="1"), b'{"a": 1}') == {"id": "1", "data": {"a": 1}}
    assert binary_event(headers(id="1"), b"null") == {"id": "1", "data": None}
    assert binary_event(headers(id="1"), b"") == {"id": "1"}
    with pytest.raises(NotJson):
        binary_event(headers(id="1"), b"<data/>")


def packed(data: bytes) -> str:
    """As it stands in ``data_base64``."""
    return base64.b64encode(data).decode()


def test_data_may_stand_there_as_base64() -> None:
    event = {"id": "1", "data_base64": packed(b'{"a": "\xc3\xbc"}')}
    assert unpacked(event) == {**event, "data": {"a": "ü"}}
    assert unpacked({**event, "data": None}) == {**event, "data": {"a": "ü"}}, "null is absent"
    assert unpacked({"data": {}, "data_base64": None}) == {"data": {}, "data_base64": None}


WRONG: dict[str, tuple[dict[str, object], str]] = {
    "both": ({"data": {}, "data_base64": "e30="}, "/data_base64"),
    "a number": ({"data_base64": 1}, "/data_base64"),
    "no base64": ({"data_base64": "e30"}, "/data_base64"),
    "base64 with a line end": ({"data_base64": "e3\n0="}, "/data_base64"),
    "base64 of the URL kind": ({"data_base64": "eyJhIjoi_-8ifQ=="}, "/data_base64"),
    "beyond ASCII": ({"data_base64": "ü30="}, "/data_base64"),
    "no JSON in it": ({"data_base64": packed(b"<a/>")}, "/data_base64"),
    "no UTF-8 in it": ({"data_base64": packed(b'"\xff"')}, "/data_base64"),
    "nothing in it": ({"data_base64": ""}, "/data_base64"),
    "a member twice in it": ({"data_base64": packed(b'{"a":1,"a":2}')}, "/data_base64"),
    "other data": ({"datacontenttype": "text/xml", "data": "<a/>"}, "/datacontenttype"),
    "a data content type that is a number": ({"datacontenttype": 1}, "/datacontenttype"),
}


@pytest.mark.parametrize(("event", "pointer"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_with_its_data_is_named(event: dict[str, object], pointer: str) -> None:
    with pytest.raises(InvalidEvent) as refused:
        unpacked(event)
    assert faults(refused.value) == [pointer]


FULL: dict[str, Any] = {
    "specversion": "1.0",
    "id": "1",
    "source": "desk",
    "type": "ticket.acknowledged",
    "subject": "T-1",
}


@pytest.mark.parametrize("name", FULL)
@pytest.mark.parametrize("absent", [True, False], ids=["left out", "null"])
def test_its_required_attributes_are_required(name: str, *, absent: bool) -> None:
    """``subject`` is here, too: it is the ticket. In plain JSON two of them may be left out."""
    event = {each: value for each, value in FULL.items() if each != name}
    if not absent:
        event[name] = None
    with pytest.raises(InvalidEvent) as refused:
        read_event(event, None)
    assert faults(refused.value) == [f"/{name}"]
    if name in ("specversion", "source"):
        expected = "helpdesk" if name == "source" else "desk"
        assert read_event(event, "helpdesk").source == expected
    else:
        with pytest.raises(InvalidEvent):
            read_event(event, "helpdesk")


@pytest.mark.parametrize("value", ["0.3", "1", "1.0.2", "", 1.0, 1, True, [], {}, ["1.0"]])
def test_another_version_is_refused_in_every_mode(value: object) -> None:
    for default in (None, "helpdesk"):
        with pytest.raises(InvalidEvent) as refused:
            read_event({**FULL, "specversion": value}, default)
        assert faults(refused.value) == ["/specversion"]


def test_attributes_that_are_null_are_absent() -> None:
    optional = {"time": None, "data": None, "datacontenttype": None, "dataschema": None}
    fact = read_event({**FULL, **optional, "traceparent": None}, None)
    assert (fact.time, fact.data) == (None, {})


TWICE = [
    '{"a": 1, "a": 1}',
    '{"a": 1, "\\u0061": 2}',
    '{"a" : 1, "a"\n: 2}',
    '[{"b": {"a": 1, "a": 2}}]',
    '{"\\":": 1, "a": 1, "a": 1}',
    '{"": 1, "": 2}',
    '{"\\u00fc": 1, "ü": 2}',
]


@pytest.mark.parametrize("text", TWICE)
def test_a_member_that_stands_twice_is_refused(text: str) -> None:
    with pytest.raises(NotJson, match="twice"):
        parse_json(text.encode())


names = st.text(alphabet='ab":\\ é', max_size=3)
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | names,
    lambda inner: st.lists(inner, max_size=3) | st.lists(st.tuples(names, inner), max_size=3),
    max_leaves=12,
)


def written(value: object, colon: str, ascii_only: bool) -> str:
    """JSON, where a list of pairs is an object, its members as they come."""
    if isinstance(value, list) and value and isinstance(value[0], tuple):
        members = [
            f"{json.dumps(name, ensure_ascii=ascii_only)}{colon}{written(each, colon, ascii_only)}"
            for name, each in value
        ]
        return "{" + ", ".join(members) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(written(each, colon, ascii_only) for each in value) + "]"
    return json.dumps(value, ensure_ascii=ascii_only)


def repeats(value: object) -> bool:
    """Whether any object in it has a name twice."""
    if not isinstance(value, list):
        return False
    if value and isinstance(value[0], tuple):
        keys = [name for name, _ in value]
        return len(keys) > len(set(keys)) or any(repeats(each) for _, each in value)
    return any(repeats(each) for each in value)


@given(documents, st.sampled_from([":", " :", "\t:\n", ": "]), st.booleans())
def test_counting_colons_finds_every_repetition_and_no_other(
    document: object, colon: str, ascii_only: bool
) -> None:
    text = written(document, colon, ascii_only)
    if repeats(document):
        with pytest.raises(NotJson, match="twice"):
            parse_json(text.encode())
    else:
        assert parse_json(text.encode()) == json.loads(text)
