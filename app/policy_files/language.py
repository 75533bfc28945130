"""A whole policy file, turned into the domain's ``Policy``."""

import hashlib
import json

from app.domain.policy import Carried, Flag, Notice, Policy, Severity, SeverityStep
from app.policy_files.calendars import read_calendars
from app.policy_files.clocks import read_clocks, read_commitment
from app.policy_files.document import Node
from app.policy_files.marks import read_data
from app.policy_files.words import (
    Names,
    optional_flag,
    optional_one_of,
    optional_text,
    plain_names,
    read_conditions,
    read_date,
    read_id,
    read_pattern,
    read_patterns,
    texts,
)

MEMBERS = (
    "id",
    "name",
    "source",
    "effective_from",
    "commitment",
    "severities",
    "default_severity",
    "severity_steps",
    "plans",
    "default_plan",
    "lines",
    "opening_line",
    "roles",
    "calendars",
    "resolves",
    "clocks",
    "notices",
    "flags",
)


def read_policy(root: Node) -> Policy:
    """The policy a document states; PolicyFileError names the place of what is wrong."""
    root.only(*MEMBERS)
    optional_text(root.get("source"))
    effective_from = root.get("effective_from")
    severities = _read_severities(root.require("severities"))
    names = Names(
        severities=tuple(severity.id for severity in severities),
        plans=plain_names(root.get("plans")),
        lines=plain_names(root.get("lines")),
        roles=_read_roles(root.get("roles")),
        calendars=read_calendars(root.get("calendars")),
    )
    content = {key: node.plain() for key, node in root.entries()}
    return Policy(
        id=read_id(root.require("id")),
        version=version_of(content),
        name=optional_text(root.get("name")) or "",
        severities=severities,
        default_severity=optional_one_of(
            root.get("default_severity"), names.severities, "severity"
        ),
        plans=names.plans,
        default_plan=optional_one_of(root.get("default_plan"), names.plans, "plan"),
        lines=names.lines,
        opening_line=optional_one_of(root.get("opening_line"), names.lines, "line"),
        roles=frozenset(names.roles),
        calendars=names.calendars,
        resolves=read_patterns(root.get("resolves"), names),
        clocks=read_clocks(
            root.get("clocks"), names, read_commitment(root.get("commitment"), "target")
        ),
        notices=_read_notices(root.get("notices"), names),
        severity_steps=_read_steps(root.get("severity_steps"), names),
        flags=_read_flags(root.get("flags"), names),
        carries=_read_carries(root.get("roles"), names),
        effective_from=read_date(effective_from.text(), effective_from) if effective_from else None,
        document=content,
    )


def version_of(content: object) -> str:
    """The version of a policy: the SHA-256 of its canonical content (31)."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"


def _read_severities(node: Node) -> tuple[Severity, ...]:
    if node.value == []:
        node.refuse("at least one severity was expected")
    severities: list[Severity] = []
    taken: dict[str, str] = {}
    for item in node.items():
        severity = _read_severity(item)
        for word in {severity.id, severity.name, *severity.aliases}:
            if taken.setdefault(word.casefold(), severity.id) != severity.id:
                item.refuse(f"{word!r} names severity {taken[word.casefold()]!r} already")
        if any(severity.id == other.id for other in severities):
            item.refuse(f"there is a severity {severity.id!r} already")
        severities.append(severity)
    return tuple(severities)


def _read_severity(node: Node) -> Severity:
    if not isinstance(node.value, dict):
        return Severity(node.text(), node.text())
    node.only("id", "name", "aliases")
    severity_id = node.require("id").text()
    return Severity(
        severity_id, optional_text(node.get("name")) or severity_id, texts(node.get("aliases"))
    )


def _read_roles(node: Node | None) -> tuple[str, ...]:
    roles: list[str] = []
    for item in node.items() if node else ():
        if isinstance(item.value, dict):
            item.only("id", "name", "carries")
            optional_text(item.get("name"))
        role = (item.require("id") if isinstance(item.value, dict) else item).text()
        if role in roles:
            item.refuse(f"{role!r} stands here twice")
        roles.append(role)
    return tuple(roles)


def _read_carries(node: Node | None, names: Names) -> dict[str, tuple[Carried, ...]]:
    """What roles are handed whenever they are told, by role."""
    return {
        item.require("id").text(): tuple(_read_carried(each, names) for each in carries.items())
        for item in (node.items() if node else ())
        if isinstance(item.value, dict) and (carries := item.get("carries"))
    }


def _read_carried(node: Node, names: Names) -> Carried:
    node.only("if", "data")
    conditions = read_conditions(node.get("if"), names, at_a_fact=False)
    return Carried(conditions, read_data(node.require("data")))


def _read_steps(node: Node | None, names: Names) -> tuple[SeverityStep, ...]:
    steps = []
    for item in node.items() if node else ():
        item.only("if", "down")
        down = item.require("down").number(1, max(1, len(names.severities) - 1))
        steps.append(SeverityStep(read_conditions(item.require("if"), names), down))
    return tuple(steps)


def _read_flags(node: Node | None, names: Names) -> tuple[Flag, ...]:
    flags = []
    for item in node.items() if node else ():
        item.only("flag", "if")
        conditions = read_conditions(item.require("if"), names, at_a_fact=False)
        flags.append(Flag(read_id(item.require("flag")), conditions))
    return tuple(flags)


def _read_notices(node: Node | None, names: Names) -> tuple[Notice, ...]:
    notices = []
    for item in node.items() if node else ():
        item.only("fact", "if", "tell", "reason", "once", "data")
        notices.append(
            Notice(
                on=read_pattern(item.part("fact", "if"), names),
                role=names.role(item.require("tell")),
                reason=optional_text(item.get("reason")),
                data=read_data(item.get("data")),
                once=optional_flag(item.get("once")),
            )
        )
    return tuple(notices)
