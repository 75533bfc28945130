"""Configuration: environment variables or ``.env``, every name with the prefix ``ESCALATOR_``."""

import os
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal

from dotenv import dotenv_values
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

DOTENV = ".env"


def environment() -> Mapping[str, str]:
    """Every variable that is set, for those whose names files choose: secrets of webhooks.

    The environment's own come before those of ``.env``, as they do for settings.
    """
    return {**{key: value or "" for key, value in dotenv_values(DOTENV).items()}, **os.environ}


class Settings(BaseSettings):
    """What an operator may set; see ``.env.example`` for each."""

    model_config = SettingsConfigDict(
        env_prefix="ESCALATOR_", env_file=DOTENV, extra="ignore", env_ignore_empty=True
    )

    database_url: str | None = None
    data_dir: Path = Path(".escalator")
    policies_dir: Path = Path("policies")
    policies_apply: bool = True
    default_policy: str | None = None
    intake_dir: Path = Path("intake")
    webhook_allowed_networks: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = ()
    public_url: str | None = None
    secrets_key: SecretStr | None = None
    acknowledge_link_days: Annotated[int, Field(ge=1, le=365)] = 7
    distributed: Literal["citus"] | None = None
    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    pool_size: Annotated[int, Field(ge=4, le=200)] = 12
    most_followers: Annotated[int, Field(ge=0, le=100_000)] = 1000

    @field_validator("webhook_allowed_networks", mode="before")
    @classmethod
    def _read_networks(cls, value: object) -> object:
        """Networks as one text, apart by commas or spaces."""
        if isinstance(value, str):
            return tuple(ip_network(part) for part in value.replace(",", " ").split())
        return value

    @field_validator("distributed")
    @classmethod
    def _not_yet(cls, value: str | None) -> str | None:
        """Refused rather than ignored."""
        if value is not None:
            raise ValueError("a distributed PostgreSQL is not carried yet; leave it out")
        return value

    @field_validator("database_url")
    @classmethod
    def _name_the_driver(cls, value: str | None) -> str | None:
        """``postgres://`` and ``postgresql://`` mean asyncpg."""
        if value is None:
            return None
        scheme, separator, rest = value.partition("://")
        if not separator or scheme not in ("postgres", "postgresql", "postgresql+asyncpg"):
            raise ValueError("a URL like postgresql://user:password@host:5432/database is needed")
        return f"postgresql+asyncpg://{rest}"
