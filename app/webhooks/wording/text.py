"""Text from tickets, made safe to show: it is untrusted, and may be of any length."""

import unicodedata
from collections.abc import Callable, Iterator
from urllib.parse import quote, urlsplit

CUT = "… (cut)"
"""What ends a text that was too long."""

LONGEST_LINK = 2000

_BREAK = "\u200b"  # has no width: stands between what together would be markup

# Overrides of the direction: what follows them reads otherwise than it is written.
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c\u200e\u200f")
_JOINERS = frozenset("\u200d\ufe0e\ufe0f\u20e3")

# A table for str.translate, or what escapes one character at a time.
Escape = Callable[[str], str]


def clean(text: str) -> str:
    """One line: no control characters, no overrides of direction, nothing UTF-8 cannot say."""
    shown = "".join(_shown(character) for character in text)
    return " ".join(shown.split())


def _shown(character: str) -> str:
    match unicodedata.category(character):
        case "Cs":
            return "\ufffd"
        case "Cc" | "Zl" | "Zp":
            return " "
        case _:
            return "" if character in _DIRECTIONS else character


def size(text: str) -> int:
    """Its length in UTF-16 units: nobody counts more."""
    return len(text) + sum(character > "\uffff" for character in text)


def plain(text: str) -> str:
    """As it is."""
    return text


def fit(text: str, limit: int, escape: Escape = plain) -> str:
    """The text, escaped; what is longer than ``limit`` then is cut where a character ends."""
    whole = escape(text) if len(text) <= limit else None
    if whole is not None and size(whole) <= limit:
        return whole
    taken, room = [], limit - size(CUT)
    for cluster in _clusters(text):
        escaped = escape(cluster)
        room -= size(escaped)
        if room < 0:
            break
        taken.append(escaped)
    return "".join(taken).rstrip() + CUT


def _clusters(text: str) -> Iterator[str]:
    """What a reader takes for one character: a base, and what combines with it."""
    cluster = ""
    for character in text:
        joins = character in _JOINERS or unicodedata.category(character)[0] == "M"
        if cluster and not joins and not _goes_on(cluster, character):
            yield cluster
            cluster = ""
        cluster += character
        if len(cluster) >= 64:  # marks upon marks: nobody reads these as one
            yield cluster
            cluster = ""
    if cluster:
        yield cluster


def _goes_on(cluster: str, character: str) -> bool:
    """After a joiner, as a second half of a flag, or as a skin's colour."""
    return (
        cluster[-1] == "\u200d"
        or (len(cluster) == 1 and _is_regional(cluster) and _is_regional(character))
        or "\U0001f3fb" <= character <= "\U0001f3ff"
    )


def _is_regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def escaping(table: dict[str, str]) -> Escape:
    """Escapes one character at a time."""
    translation = str.maketrans(table)
    return lambda text: text.translate(translation)


def backslashed(characters: str, **broken: str) -> dict[str, str]:
    """A table that puts a backslash before each of these."""
    return {character: f"\\{character}" for character in characters} | broken


def broken(*characters: str) -> dict[str, str]:
    """A table that keeps these from meaning something together with what follows."""
    return {character: character + _BREAK for character in characters}


def link(url: object) -> str | None:
    """A URL that can be clicked, with nothing in it that ends a link in any markup; else None."""
    if not isinstance(url, str) or len(url) > LONGEST_LINK:
        return None
    safe = quote(url, safe="%/:?#@!$&'*+,;=~[]-._", errors="replace")
    try:
        parsed = urlsplit(safe)
        host = parsed.hostname
    except ValueError:
        return None
    if parsed.scheme not in ("http", "https") or not host or size(safe) > LONGEST_LINK:
        return None
    return safe.replace("[", "%5B").replace("]", "%5D") if "[" not in parsed.netloc else safe
