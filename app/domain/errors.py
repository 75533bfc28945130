"""What can be wrong with a policy or a fact, as one tree. Nothing here knows of HTTP.

``EscalatorError``
    ``CalendarError``      a calendar that cannot be: overlapping, never open
    ``PolicyError``        a policy that says something impossible
    ``FactRefused``        a fact that the rules do not take; ``pointer`` says which member
"""


class EscalatorError(Exception):
    """Something this service refuses to do; its text says what and why."""


class CalendarError(EscalatorError):
    """A calendar that cannot be: an interval outside the day, an overlap, no opening at all."""


class PolicyError(EscalatorError):
    """A policy that says something impossible, such as a span without a unit."""


class FactRefused(EscalatorError):
    """A fact that the rules do not take. ``pointer`` is the JSON pointer to the member at fault."""

    def __init__(self, detail: str, pointer: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.pointer = pointer
