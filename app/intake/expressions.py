"""JMESPath as mappings use it: checked when a file is read, asked when a webhook comes.

An expression speaks of the document that came. A few functions are added for the rest: a header,
the element a rule is at, a text without regard to case, and identities for senders that name none.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, cast
from uuid import uuid4

import jmespath
from jmespath.exceptions import (
    EmptyExpressionError,
    IncompleteExpressionError,
    JMESPathError,
    JMESPathTypeError,
    ParseError,
)
from jmespath.functions import Functions, signature
from jmespath.parser import ParsedResult

from app.domain.errors import EscalatorError
from app.policy_files.spelling import did_you_mean

_ODD = (JMESPathError, ArithmeticError, LookupError, RecursionError, TypeError, ValueError)
"""What asking the unexpected may raise. Hypothesis looks for more (tests/intake)."""


class BadExpression(EscalatorError):
    """A text that is no expression."""


class Unanswered(EscalatorError):
    """A document of which an expression cannot be asked. The text never repeats its values."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came: headers by their names in small letters, the body, and the document in it."""

    headers: Mapping[str, str]
    body: bytes
    document: object
    item: object = None
    """The element a rule with ``each`` is at."""
    fresh: str = field(default_factory=lambda: uuid4().hex)

    def at(self, item: object) -> "Delivery":
        """The same, at an element."""
        return replace(self, item=item)


class _Functions(Functions):
    """JMESPath's own functions, and ours."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery

    @signature({"types": ["string"]})
    def _func_header(self, name: str) -> str | None:
        return self._delivery.headers.get(name.lower())

    @signature()
    def _func_item(self) -> object:
        return self._delivery.item

    @signature({"types": ["string", "null"]})
    def _func_lower(self, text: str | None) -> str | None:
        return None if text is None else text.lower()

    @signature()
    def _func_digest(self) -> str:
        return sha256(self._delivery.body).hexdigest()

    @signature()
    def _func_fresh(self) -> str:
        return self._delivery.fresh


_PATHS = ("subexpression", "index_expression")
_KNOWN: Mapping[str, Any] = _Functions.FUNCTION_TABLE


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression, and the headers it asks for."""

    text: str
    parsed: ParsedResult
    headers: frozenset[str]

    def ask(self, delivery: Delivery) -> object:
        """What it gives for a webhook; Unanswered if the document is too odd for it."""
        options = jmespath.Options(custom_functions=_Functions(delivery))
        try:
            return self.parsed.search(delivery.document, options=options)
        except JMESPathTypeError as error:
            expected = " or ".join(str(each) for each in error.expected_types)
            raise Unanswered(
                f"{self.text}: {error.function_name}() takes {expected}, found {error.actual_type}"
            ) from None
        except _ODD as error:
            raise Unanswered(f"{self.text}: {type(error).__name__}") from None


def is_true(found: object) -> bool:
    """Whether JMESPath counts it as true: neither false nor null nor empty."""
    return not (found is None or found is False or found in ("", [], {}))


def compile_expression(text: str, *, has_item: bool = False) -> Expression:
    """The expression in a text; BadExpression says what is wrong with it."""
    try:
        parsed = jmespath.compile(text)
    except EmptyExpressionError:
        raise BadExpression("an expression was expected, found nothing") from None
    except ParseError as error:
        ended = isinstance(error, IncompleteExpressionError)
        at = "its end" if ended else f"character {error.lex_position + 1}"
        raise BadExpression(f"no JMESPath expression, at {at}: {text}") from None
    except (JMESPathError, RecursionError) as error:
        raise BadExpression(f"no JMESPath expression: {error}") from None
    headers = set()
    for node in _nodes(cast("dict[str, Any]", parsed.parsed)):
        if node["type"] == "function_expression":
            _check_call(node, has_item=has_item)
            if node["value"] == "header":
                headers.add(_header_of(node))
        elif node["type"] == "slice" and node["children"][2] == 0:
            raise BadExpression("a slice goes on by at least 1")
        elif node["type"] in _PATHS and node["children"][0]["type"] == "not_expression":
            raise BadExpression("! binds closer than a dot: write !(a.b) instead of !a.b")
    return Expression(text, parsed, frozenset(headers))


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("children", ()):
        if isinstance(child, dict):
            yield from _nodes(child)


def _check_call(node: dict[str, Any], *, has_item: bool) -> None:
    """A function that is known, asked for as much as it takes: JMESPath would say so only later."""
    name, given = node["value"], len(node["children"])
    if name not in _KNOWN:
        raise BadExpression(f"there is no function {name}(){did_you_mean(name, _KNOWN)}")
    if name == "item" and not has_item:
        raise BadExpression("item() has a meaning only in a rule with `each`")
    takes = _KNOWN[name]["signature"]
    variadic = bool(takes) and bool(takes[-1].get("variadic"))
    if given < len(takes) or (given > len(takes) and not variadic):
        least = "at least " if variadic else ""
        raise BadExpression(f"{name}() takes {least}{len(takes)}, found {given}")


def _header_of(node: dict[str, Any]) -> str:
    argument = node["children"][0]
    if argument["type"] != "literal" or not isinstance(argument["value"], str):
        raise BadExpression("header() takes a name in single quotes: header('X-Event')")
    return argument["value"].lower()
