"""What a fact says of the ticket itself: whether it can be taken, and which members it changes."""

from collections.abc import Callable
from datetime import timedelta
from typing import cast

from app.domain import events
from app.domain.conditions import Situation
from app.domain.errors import FactRefused, PolicyError
from app.domain.events import Fact
from app.domain.policy import Policy
from app.domain.span import Span
from app.domain.ticket import Before, Ticket

SHORTEST_INTERVAL = timedelta(minutes=1)

DESCRIPTIVE = ("kind", "channel", "title", "customer", "url")


def opened(fact: Fact, policy: Policy) -> Ticket:
    """The ticket an opening begins; FactRefused if its policy does not take it."""
    data = fact.data
    ticket = Ticket(
        ticket_id=fact.ticket_id,
        policy_id=policy.id,
        policy_version=policy.version,
        severity=policy.severity(data.get("severity")),
        plan=policy.plan(data.get("plan")),
        line=policy.line_named(data.get("line")),
        opened_at=fact.at,
        at=fact.at,
        last_fact_at=fact.at,
        workaround_available=data.get("workaround_available") is True,
    )
    _describe(ticket, fact)
    _step(ticket, fact, policy)
    return ticket


def check(ticket: Ticket, fact: Fact, policy: Policy) -> None:
    """FactRefused if the ticket's policy does not take the fact."""
    if fact.type == events.OPENED:
        raise FactRefused(f"ticket {ticket.ticket_id} is open already", "/type")
    if (checks := _CHECKS.get(fact.type)) is not None:
        checks(fact, policy)


def _required(fact: Fact, member: str) -> object:
    value = fact.data.get(member)
    if value is None:
        raise FactRefused(f"{member} is required", f"/data/{member}")
    return value


def _check_severity(fact: Fact, policy: Policy) -> None:
    policy.severity(_required(fact, "severity"))


def _check_plan(fact: Fact, policy: Policy) -> None:
    policy.plan(_required(fact, "plan"))


def _check_line(fact: Fact, policy: Policy) -> None:
    policy.line_named(_required(fact, "line"))


def _check_role(fact: Fact, policy: Policy) -> None:
    role = str(_required(fact, "to"))
    if role not in policy.roles:
        raise FactRefused(
            f"policy {policy.id} names no role {role[:40]!r}: "
            f"one of {', '.join(sorted(policy.roles))}",
            "/data/to",
        )


def _check_interval(fact: Fact, _policy: Policy) -> None:
    try:
        span = Span.parse(str(_required(fact, "every")))
    except PolicyError as error:
        raise FactRefused(str(error), "/data/every") from None
    too_short = span.elapsed < SHORTEST_INTERVAL if span.unit == "elapsed" else span.days < 1
    if too_short:
        raise FactRefused("an update interval is at least 1m", "/data/every")


_CHECKS: dict[str, Callable[[Fact, Policy], None]] = {
    events.SEVERITY_CHANGED: _check_severity,
    events.PLAN_CHANGED: _check_plan,
    events.HANDED_OVER: _check_line,
    events.ESCALATED: _check_role,
    events.UPDATE_INTERVAL_AGREED: _check_interval,
}


def change(ticket: Ticket, fact: Fact, policy: Policy, before: Before) -> None:
    """Takes over what the fact says of the ticket's members; its status is another matter."""
    data = fact.data
    match fact.type:
        case events.SEVERITY_CHANGED:
            ticket.severity = policy.severity(data["severity"])
            ticket.workaround_available = data.get("workaround_available") is True
            _step(ticket, fact, policy, before)
        case events.WORKAROUND_PROVIDED:
            ticket.workaround_available = True
        case events.CUSTOMER_REPLIED:
            ticket.last_message_by = "customer"
        case events.AGENT_REPLIED if fact.public:
            ticket.last_message_by = "agent"
        case events.PLAN_CHANGED:
            ticket.plan = policy.plan(data["plan"])
        case events.HANDED_OVER:
            ticket.move_to(policy.line_named(data["line"]), fact.at)
        case events.UPDATE_INTERVAL_AGREED:
            ticket.agreed_interval = str(data["every"])
        case events.UPDATED:
            _describe(ticket, fact)
        case _:
            pass


def _step(ticket: Ticket, fact: Fact, policy: Policy, before: Before | None = None) -> None:
    """The severity reported may come to a lower one."""
    if policy.severity_steps:
        ticket.severity = policy.stepped(Situation(ticket, policy.calendars, fact, before))


def _describe(ticket: Ticket, fact: Fact) -> None:
    for member in DESCRIPTIVE:
        value = fact.data.get(member)
        if value is not None:
            setattr(ticket, member, str(value))
    attributes = fact.data.get("attributes")
    if attributes:
        ticket.attributes.update(cast("dict[str, object]", attributes))
