"""Holidays by rule: ``country: US`` becomes the dates it gives, once, when a file is read.

From then on the dates stand in the policy's content beside their rule, as ``gives``, and nobody
asks the library again: a version kept years ago means what it meant then (31).
"""

import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import chain

import holidays as library
from holidays.registry import COUNTRIES

from app.policy_files.document import REMARKS, Node
from app.policy_files.spelling import closest, did_you_mean
from app.policy_files.words import optional_flag, read_date, texts

FIRST_YEAR, LAST_YEAR = 1990, 2060
"""The years whose dates stand in a policy's content (31)."""

_ASKED = range(FIRST_YEAR - 1, LAST_YEAR + 2)
"""A holiday may be kept in another year than its own: New Year's Day 2011 on 31 December 2010."""

_KEPT_ON_ANOTHER_DAY = re.compile(
    r" \((?:observed|estimated|observed, estimated|in lieu|substitute day)\)"
)
"""What the library adds to the name of a holiday that is kept on another day."""

HOLIDAYS = ("rules", "dates", "not_on")
COUNTRY_RULE = ("country", "subdivision", "only", "except", "observed")
DAY_RULE = ("name", "after", "before", "days")

MOST_DAYS = 31

MOST_RULES = 100
"""Of one policy. Each gives a thousand dates or so."""

Dates = Mapping[str, tuple[date, ...]]
"""When each holiday is, by its name."""


def with_dates(root: Node) -> Node:
    """The document of a file, each of its holiday rules with the dates it ``gives``."""
    _check_number(root)
    return _within(
        root,
        "calendars",
        lambda calendars: _each(
            calendars, lambda calendar: _within(calendar, "holidays", _with_dates)
        ),
    )


def _check_number(root: Node) -> None:
    """Refuses more rules than anybody has; what is no mapping is complained of later."""
    left = MOST_RULES
    calendars = root.value.get("calendars") if isinstance(root.value, dict) else None
    for calendar in calendars.value.values() if calendars and _is_mapping(calendars) else ():
        holidays = calendar.get("holidays") if _is_mapping(calendar) else None
        rules = holidays.get("rules") if holidays and _is_mapping(holidays) else None
        left -= len(rules.items()) if rules else 0
        if rules and left < 0:
            rules.refuse(f"a policy has at most {MOST_RULES} rules of holidays")


def _is_mapping(node: Node) -> bool:
    return isinstance(node.value, dict)


def without_dates(root: Node) -> Node:
    """The document of a content, as its file wrote it: without what its holiday rules give."""
    return _within(
        root,
        "calendars",
        lambda calendars: _each(
            calendars,
            lambda calendar: _within(
                calendar,
                "holidays",
                lambda holidays: _within(
                    holidays,
                    "rules",
                    lambda rules: replace(rules, value=[_bare(each) for each in rules.items()]),
                ),
            ),
        ),
    )


def _bare(rule: Node) -> Node:
    if not isinstance(rule.value, dict):
        return rule
    return replace(rule, value={key: each for key, each in rule.value.items() if key != "gives"})


def read_holidays(node: Node | None) -> dict[date, str]:
    """The holidays of a calendar: ``{date: name}``, or rules, further dates and exceptions."""
    if node is None:
        return {}
    if not _has_rules(node):
        return _read_dates(node)
    node.only(*HOLIDAYS)
    rules, dates, not_on = (node.get(member) for member in HOLIDAYS)
    names: dict[date, list[str]] = {}
    for rule in rules.items() if rules else ():
        _add_kept(rule, names)
    added = _read_dates(dates) if dates else {}
    found = {day: "; ".join(each) for day, each in names.items()} | added
    for item in not_on.items() if not_on else ():
        day = read_date(item.text(), item)
        if day in added:
            item.refuse(f"{day} stands in dates: it is a holiday or it is not")
        found.pop(day, None)
    return found


def _has_rules(node: Node) -> bool:
    """Whether it is the form with rules; a slip in one of its words is taken for the word."""
    return isinstance(node.value, dict) and any(
        not key[:1].isdigit() and key not in REMARKS and closest(key, HOLIDAYS)
        for key in node.value
    )


def _read_dates(node: Node) -> dict[date, str]:
    return {read_date(day, title): title.text() for day, title in node.members()}


def _add_kept(rule: Node, names: dict[date, list[str]]) -> None:
    rule.only(*COUNTRY_RULE, *DAY_RULE, "gives")
    for name, days in rule.require("gives").entries():
        for item in days.items():
            several = names.setdefault(read_date(item.text(), item), [])
            if name not in several:
                several.append(name)


def _within(node: Node, key: str, change: Callable[[Node], Node]) -> Node:
    """The same mapping with one member changed; what is no such mapping is complained of later."""
    member = node.value.get(key) if isinstance(node.value, dict) else None
    return node if member is None else replace(node, value={**node.value, key: change(member)})


def _each(node: Node, change: Callable[[Node], Node]) -> Node:
    """The same list or mapping with every entry changed; a single value is a list of one."""
    if isinstance(node.value, dict):
        return replace(node, value={key: change(each) for key, each in node.value.items()})
    return node


def _with_dates(node: Node) -> Node:
    if not _has_rules(node):
        return node
    given: dict[str, tuple[date, ...]] = {}
    kept = []
    rules = node.get("rules")
    for rule in rules.items() if rules else ():
        gives = _given_by(rule, given)
        given.update(gives)
        kept.append(replace(rule, value={**rule.value, "gives": rule.holding(_to_keep(gives))}))
    _check_exceptions(node.get("not_on"), given)
    return _within(node, "rules", lambda rules: replace(rules, value=kept))


def _given_by(rule: Node, above: Dates) -> Dates:
    """What a rule gives, over a year more on either side than is kept."""
    if rule.get("gives"):
        rule.require("gives").refuse("what a rule gives is reckoned, not written: leave it out")
    if rule.get("country"):
        rule.only(*COUNTRY_RULE)
        return _of_country(rule)
    rule.only(*COUNTRY_RULE, *DAY_RULE)
    if not rule.get("name"):
        rule.refuse("a rule is of a country, or has a name and the holiday it comes after")
    rule.only(*DAY_RULE)
    return {rule.require("name").text(): _beside(rule, above)}


def _to_keep(gives: Dates) -> dict[str, list[str]]:
    kept = {
        name: [day.isoformat() for day in days if FIRST_YEAR <= day.year <= LAST_YEAR]
        for name, days in gives.items()
    }
    return {name: days for name, days in kept.items() if days}


def _of_country(rule: Node) -> Dates:
    country = _read_country(rule.require("country"))
    subdivision = _read_subdivision(rule.get("subdivision"), country)
    observed = rule.get("observed")
    found = _ask(country, subdivision, optional_flag(observed) if observed else True)
    only, but = rule.get("only"), rule.get("except")
    if only and but:
        but.refuse("either only or except")
    wanted, unwanted = _read_names(only, found), _read_names(but, found)
    return {
        name: days
        for name, days in found.items()
        if (not only or {name, _proper(name)} & wanted) and not {name, _proper(name)} & unwanted
    }


def _beside(rule: Node, above: Dates) -> tuple[date, ...]:
    """So many days after a holiday, or before it; of the day itself, wherever it is observed."""
    after, before = rule.get("after"), rule.get("before")
    if (after is None) == (before is None):
        rule.refuse("either after or before: the holiday it stands beside")
    beside = after or rule.require("before")
    if beside.text() not in above:
        beside.refuse(
            f"no rule above gives a holiday {beside.text()!r}{did_you_mean(beside.text(), above)};"
            f" they give: {', '.join(sorted(above)) or 'none'}"
        )
    days = rule.require("days").number(1, MOST_DAYS) * (1 if after else -1)
    return tuple(day + timedelta(days) for day in above[beside.text()])


def _check_exceptions(not_on: Node | None, given: Dates) -> None:
    """An exception to nothing is a slip of the pen: the day meant would be kept."""
    days = {day: name for name, days in given.items() for day in days}
    for item in not_on.items() if not_on else ():
        day = read_date(item.text(), item)
        if day not in days:
            nearest = min(days, key=lambda each: abs(each - day), default=None)
            near = f"; the nearest is {nearest}, {days[nearest]}" if nearest else ""
            item.refuse(f"no rule makes {day} a holiday{near}")


def _read_country(node: Node) -> str:
    """A country's code; whoever writes its name is told the code."""
    country = node.text()
    if country not in library.list_supported_countries():
        codes = {word: entity[1] for entity in COUNTRIES.values() for word in entity}
        near = closest(country.replace(" ", ""), codes)
        meant = f", did you mean {codes[near]}?" if near else ""
        node.refuse(f"unknown country {country!r}{meant}; write its ISO code, like US or IT")
    return country


def _read_subdivision(node: Node | None, country: str) -> str | None:
    if node is None:
        return None
    subdivision, known = node.text(), library.list_supported_countries()[country]
    if subdivision not in known:
        node.refuse(
            f"{country} has no subdivision {subdivision!r}{did_you_mean(subdivision, known)};"
            f" known are: {', '.join(known) or 'none'}"
        )
    return subdivision


def _read_names(node: Node | None, found: Dates) -> set[str]:
    """Names of holidays; one names its observed days with it."""
    known = {*found, *map(_proper, found)}
    for item in node.items() if node else ():
        if item.text() not in known:
            item.refuse(
                f"unknown holiday {item.text()!r}{did_you_mean(item.text(), known)};"
                f" known are: {', '.join(sorted(set(map(_proper, found))))}"
            )
    return set(texts(node))


def _proper(name: str) -> str:
    """``New Year's Day (observed)`` is New Year's Day."""
    return _KEPT_ON_ANOTHER_DAY.sub("", name)


@lru_cache(maxsize=64)
def _ask(country: str, subdivision: str | None, observed: bool) -> Dates:  # noqa: FBT001  # cached
    """When a country's holidays are, in English: left to itself, the library goes by the host's
    language, and a policy would have another version on another host."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of some countries it knows fewer years, and says so
        found = library.country_holidays(
            country, subdivision, _ASKED, expand=False, observed=observed, language="en_US"
        )
    days: dict[str, list[date]] = {}
    for day, name in chain.from_iterable(
        ((day, name) for name in found.get_list(day)) for day in sorted(found)
    ):
        days.setdefault(name, []).append(day)
    return {name: tuple(each) for name, each in days.items()}
