"""What can be wrong with a policy or a fact, as one tree. Nothing here knows of HTTP.

``EscalatorError``
    ``CalendarError``      a calendar that cannot be: overlapping, never open
    ``PolicyError``        a policy that contradicts itself
    ``FactRefused``        a fact that the rules do not take
"""


class EscalatorError(Exception):
    """Something this service refuses to do; its text says what and why."""


class CalendarError(EscalatorError):
    """A calendar that cannot be: an interval outside the day, an overlap, no opening at all."""
