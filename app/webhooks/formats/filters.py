"""What the sandbox's templates have: filters whose results are bounded, and no others."""

import html
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote

import msgspec
from jinja2 import Undefined
from markupsafe import Markup

from app.domain.errors import EscalatorError

LONGEST_TEXT = 64 * 1024


class TemplateRefused(EscalatorError):
    """A template that cannot be used, or what it wrote; the text says where and why."""


def measure(length: int) -> None:
    """TemplateRefused for a text that would be too long."""
    if length > LONGEST_TEXT:
        raise TemplateRefused(f"a text of more than {LONGEST_TEXT:,} characters is not made")


MOST_PARTS = 20_000
"""Of a list or a mapping that is written as a whole, with all that it holds."""


def measure_parts(value: object) -> None:
    """TemplateRefused for a list or mapping that would be too long a text: it may hold itself."""
    parts, length = [value], 0
    for count, part in enumerate(parts):
        if count > MOST_PARTS:
            raise TemplateRefused(f"a list of more than {MOST_PARTS:,} parts is not written")
        if isinstance(part, str):
            length += len(part)
            measure(length)
        elif isinstance(part, Mapping):
            parts += [*part.keys(), *part.values()]
        elif isinstance(part, list | tuple | set | frozenset):
            parts += part


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    measure_parts(value)
    return str(value)


def to_json(value: object) -> Markup:
    """As JSON; what is missing is null."""
    measure_parts(value)
    encoded = msgspec.json.encode(None if isinstance(value, Undefined) else value).decode()
    return Markup(encoded)  # noqa: S704  # for JSON: where it is HTML, filters below escape it


def to_json_in_html(value: object) -> Markup:
    text = str(to_json(value))
    for character in "<>&'":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704  # nothing of HTML is left in it


def join(values: Iterable[object], separator: object = "") -> str:
    texts, apart = [_text(value) for value in values], _text(separator)
    measure(sum(map(len, texts)) + len(apart) * len(texts))
    return apart.join(texts)


def _replace(value: object, old: object, new: object) -> str:
    text, before, after = _text(value), _text(old), _text(new)
    measure(len(text) + text.count(before) * len(after))
    return text.replace(before, after)


def _default(value: object, otherwise: object = "", boolean: object = None) -> object:
    missing = isinstance(value, Undefined) or value is None or (boolean and not value)
    return otherwise if missing else value


def _truncate(value: object, length: int = 255, end: str = "…") -> str:
    text = _text(value)
    return text if len(text) <= length else text[: max(0, int(length))] + end


def _first(values: Iterable[object]) -> object:
    return next(iter(values), "")


def _last(values: Any) -> object:  # noqa: ANN401
    return values[-1] if values else ""


def slashed(value: object) -> str:
    """What makes a text safe between the quotes of JSON."""
    return json.dumps(_text(value))[1:-1]


def escape_plainly(value: object) -> str:
    """HTML's escapes, in what is no HTML: what is around the text has still to escape it."""
    return html.escape(_text(value))


FILTERS: Mapping[str, Callable[..., object]] = {
    "abs": abs,
    "capitalize": lambda value: _text(value).capitalize(),
    "d": _default,
    "default": _default,
    "e": lambda value: Markup(html.escape(_text(value))),  # noqa: S704  # it was just escaped
    "escape": lambda value: Markup(html.escape(_text(value))),  # noqa: S704
    "first": _first,
    "float": float,
    "int": int,
    "join": join,
    "last": _last,
    "length": len,
    "lower": lambda value: _text(value).lower(),
    "replace": _replace,
    "round": lambda value, digits=0: round(value, max(-9, min(int(digits), 9))),
    "string": _text,
    "title": lambda value: _text(value).title(),
    "trim": lambda value: _text(value).strip(),
    "truncate": _truncate,
    "upper": lambda value: _text(value).upper(),
    "urlencode": lambda value: quote(_text(value), safe=""),
    "words": lambda value: _text(value).replace("_", " "),
}
