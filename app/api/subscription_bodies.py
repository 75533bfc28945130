"""What may be said of a subscription when it is made or changed."""

from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from app.api.asking import NO_NUL
from app.domain.events import SLA_TYPES
from app.webhooks import signing
from app.webhooks.formats import DEFAULT, FORMATS
from app.webhooks.guard import UrlRefused, check_url
from app.webhooks.signing import SigningError, Version
from app.webhooks.subscriptions import HIDDEN, Change, NewSubscription

LONGEST_URL = 2048
MOST_WORDS = 100


def _receiver(url: str) -> str:
    if HIDDEN in url:
        raise PydanticCustomError(
            "url", "this is the URL as it is shown; the whole of it is needed"
        )
    try:
        check_url(url)
    except UrlRefused as refusal:
        raise PydanticCustomError("url", "{reason}", {"reason": str(refusal)}) from None
    return url


def _known_format(name: str) -> str:
    if name not in FORMATS:
        known = {"known": ", ".join(FORMATS)}
        raise PydanticCustomError("format", "a format that is known was expected: {known}", known)
    return name


def _sla_type(name: str) -> str:
    if name not in SLA_TYPES:
        known = {"known": ", ".join(SLA_TYPES)}
        raise PydanticCustomError("type", "the type of an SLA event was expected: {known}", known)
    return name


def _well_formed(secret: str, info: ValidationInfo) -> str:
    try:
        version: Version = "v1" if signing.public_key(secret) is None else "v1a"
    except SigningError as error:
        raise PydanticCustomError("secret", "{reason}", {"reason": str(error)}) from None
    wanted = info.data.get("signature", version)
    if version != wanted:
        words = {"version": version, "wanted": wanted}
        raise PydanticCustomError("secret", "this secret signs {version}, not {wanted}", words)
    return secret


Url = Annotated[
    str,
    Field(max_length=LONGEST_URL),
    AfterValidator(_receiver),
    WithJsonSchema({"type": "string", "format": "uri", "maxLength": LONGEST_URL}),
]
FormatName = Annotated[
    str,
    AfterValidator(_known_format),
    WithJsonSchema({"type": "string", "enum": list(FORMATS)}),
]
SlaType = Annotated[
    str,
    AfterValidator(_sla_type),
    WithJsonSchema({"type": "string", "enum": list(SLA_TYPES)}),
]
Secret = Annotated[
    str,
    AfterValidator(_well_formed),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^(whsec_[A-Za-z0-9+/]{32,88}={0,2}|whsk_[A-Za-z0-9+/]{86}==)$",
        }
    ),
]
Word = Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL)]
Words = Annotated[list[Word], Field(max_length=MOST_WORDS)]
Types = Annotated[list[SlaType], Field(max_length=MOST_WORDS)]


class Body(BaseModel):
    """A request's body, which has no member that is not known."""

    model_config = ConfigDict(strict=True, extra="forbid")


class CreateSubscription(Body):
    """A subscription to be made. Empty filters match all."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "url": "https://bot.example.com/hooks/sla",
                    "roles": ["technical_support_manager"],
                    "types": ["sla.escalated", "sla.breached"],
                }
            ]
        }
    )

    url: Url
    format: FormatName = DEFAULT
    signature: Version = Field(
        "v1",
        description="`v1`: HMAC-SHA256, by a secret that the receiver has too. `v1a`: ed25519; the "
        "receiver verifies with `public_key`, and the secret is never shown.",
    )
    secret: Secret | None = Field(None, description="Left out, one is made.")
    options: dict[str, Any] = Field(
        {}, description="What the format needs to know; see docs/webhooks.md."
    )
    roles: Words = []
    types: Types = []
    policies: Words = []
    severities: Words = Field([], description="Compared without regard to case.")
    enabled: bool = True
    unheard: bool = Field(
        default=False,
        description="A catch-all: it hears what is for a role that no other subscription hears.",
    )

    def new(self, options: str) -> NewSubscription:
        """The subscription, with a secret, and its options as they are kept."""
        given = self.model_dump(exclude={"signature"})
        secret = self.secret or signing.new_secret(self.signature)
        return NewSubscription(**{**given, "secret": secret, "options": options})


_STAYS: Any = None


class ChangeSubscription(Body):
    """What is to change; a member left out stays as it is. A secret is changed by rotating it."""

    url: Url = _STAYS
    format: FormatName = _STAYS
    roles: Words = _STAYS
    types: Types = _STAYS
    policies: Words = _STAYS
    severities: Words = _STAYS
    enabled: bool = Field(_STAYS, description="Enabling sends what has waited meanwhile.")
    unheard: bool = _STAYS
    options: dict[str, Any] = Field(
        _STAYS, description="All of them; left out where the format changes, there are none."
    )

    def change(self, options: str | None) -> Change:
        """The change, with the options as they are kept."""
        given = {name: getattr(self, name) for name in Change._fields}
        return Change(**{**given, "options": options})
