"""What a format is: how a message is written, where to it goes, and what an answer means."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.domain.errors import EscalatorError
from app.webhooks.message import Message
from app.webhooks.retry import Verdict

Options = Mapping[str, object]
"""What a subscription says of its format."""

JSON = "application/json; charset=utf-8"


class OptionRefused(EscalatorError):
    """An option that is missing, unknown or wrong; ``pointer`` says which."""

    def __init__(self, option: str, reason: str) -> None:
        super().__init__(reason)
        self.pointer = f"/options/{option}" if option else "/options"
        self.reason = reason


class CannotBeWritten(EscalatorError):
    """What is to be told cannot be written in the format with these options."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What is sent to try a subscription out."""

    type: str
    id: str
    subscription_id: str
    at: datetime


def _as_it_is(url: str, _: str) -> str:
    return url


def _by_its_status(_: int | None, __: bytes, ___: str | None) -> Verdict | None:
    return None


def no_options(options: Options) -> None:
    """OptionRefused if there is any."""
    known(options, ())


def known(options: Options, names: tuple[str, ...]) -> None:
    """OptionRefused if there is one of another name."""
    for name in options:
        if name not in names:
            expected = f"; there are: {', '.join(names)}" if names else ": this format has none"
            raise OptionRefused(name, f"there is no such option{expected}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A way to write what is told.

    ``render`` answers None where there is nothing to tell a receiver of this kind. ``address`` is
    given the subscription's URL and the message's id; ``verdict`` an answer's status, the start of
    its body and what went wrong, and answers None where the general rule is right.
    """

    render: Callable[[Message, Options], bytes | None]
    render_trial: Callable[[Trial, Options], bytes]
    content_type: Callable[[Options], str] = lambda _: JSON
    address: Callable[[str, str], str] = _as_it_is
    verdict: Callable[[int | None, bytes, str | None], Verdict | None] = _by_its_status
    check: Callable[[Options], None] = no_options
    """OptionRefused unless the format can work with these options."""
    secret: frozenset[str] = field(default=frozenset())
    """Options that are never shown."""
    tells_earlier: bool = True
    """Whether it wants to know who was told before."""
