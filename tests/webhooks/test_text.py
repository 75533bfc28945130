"""Texts of anybody's: cleaned, cut where a character ends, and links that end no link."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.webhooks.wording.text import CUT, clean, escaping, fit, link, size

DOUBLING = escaping({character: character * 5 for character in "&<a"})


@given(st.text(), st.integers(min_value=10, max_value=300))
def test_what_fits_is_as_it_was_and_what_does_not_says_that_it_was_cut(
    text: str, limit: int
) -> None:
    fitted = fit(text, limit, DOUBLING)
    assert size(fitted) <= limit
    if size(DOUBLING(text)) <= limit:
        assert fitted == DOUBLING(text)
    else:
        assert fitted.endswith(CUT)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a" * 20, "a" * 5),
        ("e\u0301" * 20, "e\u0301" * 2),  # each with its accent
        ("👩\u200d💻" * 20, "👩\u200d💻"),  # 5 units, all or nothing
        ("🇵🇱" * 20, "🇵🇱"),
        ("👍🏽" * 20, "👍🏽"),
        ("😀" * 20, "😀😀"),
    ],
)
def test_a_character_is_never_cut_in_two(text: str, kept: str) -> None:
    assert fit(text, 5 + len(CUT)) == kept + CUT


@given(st.text(alphabet=st.characters()))
def test_clean_text_is_one_line_that_can_be_sent(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode()
    assert cleaned == clean(cleaned)
    assert not any(unicodedata.category(each) in ("Cc", "Cs", "Zl", "Zp") for each in cleaned)


def test_what_turns_the_direction_of_reading_is_taken_out() -> None:
    assert clean("invoice\u202egpj.exe") == "invoicegpj.exe"
    assert clean("שלום עולם") == "שלום עולם"
    assert clean(" a\r\n\tb\u2028c\0 ") == "a b c"
    assert clean("\ud800") == "\ufffd"


@given(st.text())
def test_no_link_ends_early(text: str) -> None:
    linked = link(f"https://tickets.example.com/{text}")
    if linked is not None:
        assert not set(linked) & set(' <>|"\\^`{}\n')


def test_only_the_web_is_linked() -> None:
    assert link("https://a.example/T 1?q=<b>|c") == "https://a.example/T%201?q=%3Cb%3E%7Cc"
    assert link("https://a.example/50%25") == "https://a.example/50%25"
    assert link("http://[2001:db8::1]/T") == "http://[2001:db8::1]/T"
    for wrong in ("ftp://a", "javascript:alert(1)", "//a", "https://", "http://[", 5, None):
        assert link(wrong) is None
    assert link("https://a.example/" + "a" * 2000) is None
    assert link("https://a.example/" + "é" * 900) is None, "it is longer once encoded"
