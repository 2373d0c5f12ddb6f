"""Configuration, read once from the environment. Every variable stands in `.env.example`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from core.floor_config import FloorConfig

PACE = "_CALLS_PER_SECOND"
ADDRESS = "_BASE_URL"


@dataclass(frozen=True)
class Config:
    """Settings of one installation; secrets are kept out of its `repr`."""

    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    encryption_keys: tuple[str, ...] = field(repr=False)
    """Fernet keys, the newest first: it seals, all of them open."""
    blind_index_key: str = field(repr=False)
    base_url: str
    collector_urls: tuple[tuple[str, str], ...] = field(repr=False)
    """By the collector's name: where it is called, if not at its own address."""
    sms_base_url: str | None
    """None where no SMS can be sent."""
    sms_client_id: str
    sms_secret: str = field(repr=False)
    vendure_url: str | None
    vendure_username: str
    vendure_password: str = field(repr=False)
    oscar_url: str | None
    oscar_token: str = field(repr=False)
    medusa_url: str | None
    medusa_api_key: str = field(repr=False)
    """Empty where a person's account is used."""
    medusa_email: str
    medusa_password: str = field(repr=False)
    shopee: FloorConfig
    lazada: FloorConfig
    tiktok: FloorConfig
    woocommerce: FloorConfig
    floor_categories: str | None
    """A file of this installation's own, of the form of `data/floor_categories.csv`."""
    floor_paces: tuple[tuple[str, float], ...]
    """Calls a second that a floor has agreed with this installation, where they are others than `data/floors.csv`
    says."""
    log_level: str
    gateway_timeout_seconds: float

    def connects(self, floor: str) -> bool:
        """Whether this installation has an address of the floor of that name."""
        of_the_large = getattr(self, floor, None)
        url = (
            of_the_large.url if isinstance(of_the_large, FloorConfig) else getattr(self, f"{floor}_url", None)
        )
        return url is not None

    @classmethod
    def read(cls, env: Mapping[str, str]) -> "Config":
        return cls(
            database_url=sqlalchemy_url(env["DATABASE_URL"]),
            redis_url=env["REDIS_URL"],
            secret_key=env["SECRET_KEY"],
            encryption_keys=tuple(env["ENCRYPTION_KEYS"].split(",")),
            blind_index_key=env["BLIND_INDEX_KEY"],
            base_url=env.get("BASE_URL", "http://127.0.0.1:8000").rstrip("/"),
            collector_urls=tuple(
                sorted((name, url.rstrip("/")) for name, url in _named(env, ADDRESS) if url)
            ),
            sms_base_url=env.get("SMS_BASE_URL", "").rstrip("/") or None,
            sms_client_id=env.get("SMS_CLIENT_ID", "sandbox"),
            sms_secret=env.get("SMS_SECRET", "sandbox-sms-secret"),
            vendure_url=env.get("VENDURE_URL", "").rstrip("/") or None,
            vendure_username=env.get("VENDURE_USERNAME", "superadmin"),
            vendure_password=env.get("VENDURE_PASSWORD", "superadmin"),
            oscar_url=env.get("OSCAR_URL", "").rstrip("/") or None,
            oscar_token=env.get("OSCAR_TOKEN", "local-test-token"),
            medusa_url=env.get("MEDUSA_URL", "").rstrip("/") or None,
            medusa_api_key=env.get("MEDUSA_API_KEY", ""),
            medusa_email=env.get("MEDUSA_EMAIL", "admin@example.com"),
            medusa_password=env.get("MEDUSA_PASSWORD", "supersecret"),
            shopee=FloorConfig.read(env, "shopee", "1000001", "sandbox-shopee-partner-key", "2000001"),
            lazada=FloorConfig.read(env, "lazada", "100001", "sandbox-lazada-secret", "VN1"),
            tiktok=FloorConfig.read(env, "tiktok", "sandbox-app", "sandbox-tiktok-secret", "ROW_sandbox_1"),
            woocommerce=FloorConfig.read(env, "woocommerce", "ck_sandbox", "cs_sandbox", ""),
            floor_categories=env.get("FLOOR_CATEGORIES") or None,
            floor_paces=_paces(env),
            log_level=env.get("LOG_LEVEL", "info"),
            gateway_timeout_seconds=float(env.get("GATEWAY_TIMEOUT_SECONDS", "10")),
        )


def _paces(env: Mapping[str, str]) -> tuple[tuple[str, float], ...]:
    return tuple(sorted((name, float(value)) for name, value in _named(env, PACE)))


def _named(env: Mapping[str, str], end: str) -> list[tuple[str, str]]:
    """What is set by variables of this end, by the name before it."""
    return [(name.removesuffix(end).lower(), value) for name, value in env.items() if name.endswith(end)]


def sqlalchemy_url(url: str) -> str:
    """A plain `postgresql://` or `postgres://` URL with the driver we use."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}" if separator and scheme in {"postgresql", "postgres"} else url


@cache
def config() -> Config:
    """The configuration of this process. Raises KeyError for a variable that must be set."""
    return Config.read(os.environ)
