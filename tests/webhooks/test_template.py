"""Templates of the operator's: what they may do, and what they may not, however they try."""

import json
import time

import pytest

from app.webhooks.formats import FORMATS
from app.webhooks.formats.filters import TemplateRefused
from app.webhooks.formats.format import CannotBeWritten, OptionRefused
from app.webhooks.formats.sandbox import LONGEST_OUTPUT, MOST_ROUNDS, write
from tests.webhooks.messages import ESCALATED, with_ticket

TEMPLATE = FORMATS["template"]


def made(source: str, content_type: str = "text/plain", **values: object) -> str:
    """What a template makes of values."""
    return write(source, content_type, values, strict=False).decode()


def refused(source: str, content_type: str = "text/plain", **values: object) -> str:
    """Why it makes nothing; it must not take long to say so."""
    began = time.perf_counter()
    with pytest.raises(TemplateRefused) as refusal:
        write(source, content_type, values, strict=True)
    assert time.perf_counter() - began < 2
    return str(refusal.value)


def test_conditions_loops_and_filters() -> None:
    source = "{% for x in xs if x > 1 %}{{ loop.index }}:{{ x }}{% if not loop.last %},{% endif %}"
    assert made(source + "{% else %}none{% endfor %}", xs=[1, 2, 3]) == "1:2,2:3"
    assert made("{{ a.b['c'][0] | upper }} {{ 1 + 2 }} {{ 'x' if z is defined else 'y' }}",
                a={"b": {"c": ["d"]}}) == "D 3 y"  # fmt: skip
    assert made("{{ xs | join(', ') }} {{ none | default('-') }} {{ s | truncate(3) }}",
                xs=["a", 1], s="abcdef", none=None) == "a, 1 - abc…"  # fmt: skip
    assert made("{{ missing.of.course }}|{{ nothing }}", nothing=None) == "|"


def test_what_is_put_into_json_cannot_end_its_text() -> None:
    text = 'a"b\\c\n</script>\u2028'
    body = made('{"a": "{{ t }}", "b": {{ t | tojson }}, "n": {{ missing | tojson }}}',
                "application/json", t=text)  # fmt: skip
    assert json.loads(body) == {"a": text, "b": text, "n": None}
    assert json.loads(made('{"a": "{{ t | upper }}"}', "application/problem+json", t='"')) == {
        "a": '"'
    }


def test_what_is_put_into_html_or_xml_is_escaped() -> None:
    for content_type in ("text/html", "application/xml", "application/atom+xml"):
        assert made("<p>{{ t }}</p>", content_type, t="<b>&'\"") == (
            "<p>&lt;b&gt;&amp;&#39;&#34;</p>"
        )
    assert "</script>" not in made("{{ t | tojson }}", "text/html", t="</script>")
    assert made("{{ t }}", "text/plain", t="<b>") == "<b>"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ x.__init__.__globals__ }}", "unsafe"),
        ("{{ x['__class__'] }}", "unsafe"),
        ("{{ x | attr('__class__') }}", "filter"),
        ("{{ range(10) }}", "a call is not allowed"),
        ("{{ 'a'.center(1000000000) }}", "a call is not allowed"),
        ("{{ '%1000000000d' % 1 }}", "% is not allowed"),
        ("{{ '%1000000000d' | format(1) }}", "filter"),
        ("{{ 'a' * 1000000000 }}", "* is not allowed"),
        ("{{ 9 ** 9 ** 9 }}", "** is not allowed"),
        ("{% set x = 1 %}", "set is not allowed"),
        ("{% set x %}a{% endset %}", "set is not allowed"),
        ("{% with x = 1 %}{% endwith %}", "with is not allowed"),
        ("{% macro m() %}{{ m() }}{% endmacro %}", "a macro is not allowed"),
        ("{% include 'x' %}", "include is not allowed"),
        ("{% extends 'x' %}", "extends is not allowed"),
        ("{% import 'x' as y %}", "import is not allowed"),
        ("{% autoescape false %}{% endautoescape %}", "is not allowed"),
        ("{% for a in x recursive %}{% endfor %}", "recursive"),
        ("{{ lipsum }}", "undefined"),
        ("{{ x | safe }}", "filter"),
        ("{{ x | count_rounds }}", "filter"),
        ("{{ x | map('upper') | list }}", "filter"),
        ("line\n{{ nothing }}", "line 2: 'nothing' is undefined"),
        ("line\n\n{% if %}", "line 3: "),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ 'a' + 1 }}", "line 1: "),
        ("{{ 'a' | round }}", "line 1: "),
        ("x" * 16_385, "at most 16 KiB"),
    ],
)
def test_what_is_not_allowed_is_named_with_its_line(source: str, reason: str) -> None:
    assert reason in refused(source, x="x")


NESTED = "{% for a in t %}" * 6 + "x" + "{% endfor %}" * 6
GROWING = "{{ t" + " | replace('a', 'aaaaaaaaaaaaaaaa')" * 30 + " }}"
LISTS = (
    "".join(
        f"{{% for {name} in [[{', '.join([of] * 10)}]] %}}"
        for of, name in zip("1abcdef", "abcdefg", strict=True)
    )
    + "{{ g | string | length }}"
    + "{% endfor %}" * 7
)
JOINING = "{{ t" + " | join(t)" * 30 + " }}"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (NESTED, f"more than {MOST_ROUNDS:,} times"),
        (GROWING, "characters is not made"),
        (JOINING, "characters is not made"),
        ("{{ " + "(" * 200 + "1" + ")" * 200 + " }}", ""),
        ("{{ " + "[" * 200 + "1" + "]" * 200 + " }}", "too deep"),
        ("{{ " + "not " * 3000 + "1 }}", ""),
        ("{% if 1 %}" * 500 + "{% endif %}" * 500, ""),
        ("{{ " + "t ~ " * 3000 + "t }}", "characters is not made"),
        ("{{ " + "t + " * 3000 + "t }}", ""),
        ("{{ 5 | round(-999999999) }}", ""),
        (LISTS, "is not"),
        (LISTS.replace("g | string | length", "g"), "is not"),
        (LISTS.replace("g | string | length", "g | tojson"), "is not"),
    ],
)
def test_nothing_grows_without_bound(source: str, reason: str) -> None:
    began = time.perf_counter()
    try:
        text, refusal = made(source, t="a" * 200), ""
    except TemplateRefused as error:
        text, refusal = "", str(error)
    assert reason in refusal
    assert len(text) <= LONGEST_OUTPUT
    assert time.perf_counter() - began < 2


def test_no_more_is_written_than_256_kib() -> None:
    assert "256 KiB" in refused("{% for a in t %}{{ t }}{% endfor %}", t="a" * 900)


def test_json_that_is_none_is_refused_with_the_place() -> None:
    assert "no JSON" in refused('{"a": {{ t }}}', "application/json", t="x")
    with pytest.raises(OptionRefused, match=r"no JSON: .*line 1 column 7"):
        TEMPLATE.check({"template": '{"a": }'})


@pytest.mark.parametrize(
    ("options", "pointer"),
    [
        ({}, "/options/template"),
        ({"template": 5}, "/options/template"),
        ({"template": "{{ tikcet.title | tojson }}"}, "/options/template"),
        (
            {"template": "{}", "content_type": "text/html; charset=x"},
            "/options/content_type",
        ),
        ({"template": "{}", "content_type": "image/png"}, "/options/content_type"),
        ({"template": "{}", "colour": "red"}, "/options/colour"),
    ],
)
def test_options_that_are_wrong_are_named(options: dict[str, object], pointer: str) -> None:
    with pytest.raises(OptionRefused) as refusal:
        TEMPLATE.check(options)
    assert refusal.value.pointer == pointer


def test_what_a_template_can_speak_of() -> None:
    source = """{{ type }} {{ escalation.role }} {{ ticket.title }} {{ next_mark.role }}
{{ links.acknowledge }} {{ summary.headline }} {{ news }} {{ trial }} {{ escalation.target_at }}"""
    options = {"template": source, "content_type": "text/plain"}
    TEMPLATE.check(options)
    body = (TEMPLATE.render(ESCALATED, options) or b"").decode()
    assert "sla.escalated service_manager Calls to the hotline" in body
    assert "is 12 minutes late raised False 2026-11-21T14:15:00" in body
    assert TEMPLATE.content_type(options) == "text/plain; charset=utf-8"


def test_what_is_missing_when_it_is_sent_is_nothing() -> None:
    options = {"template": '{"title": {{ ticket.title | tojson }}}'}
    TEMPLATE.check(options)
    gone = with_ticket(ESCALATED, title=None)
    assert TEMPLATE.render(gone, options) == b'{"title": null}'


def test_a_body_that_cannot_be_written_is_said_to_be_so() -> None:
    options = {"template": '{"n": {{ ticket.title | length }}{{ ticket.title | int }}}'}
    with pytest.raises(CannotBeWritten, match="line 1: "):
        TEMPLATE.render(ESCALATED, options)
