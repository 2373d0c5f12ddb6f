"""How the large floors are reached and entered. The defaults are those of the sandbox that `make run` starts."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class FloorConfig:
    """One floor. `app` and `secret` are what the floor knows us by, `shop` is the shop that has let us in."""

    url: str | None
    """None where the installation is not connected to it."""
    auth_url: str
    """Where tokens are renewed, for floors that have another address for that."""
    app: str
    secret: str = field(repr=False)
    shop: str
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    push_secret: str = field(repr=False)
    """What the floor signs its pushes with."""

    @classmethod
    def read(cls, env: Mapping[str, str], name: str, app: str, secret: str, shop: str) -> "FloorConfig":
        """Of `NAME_URL` and its like; `app`, `secret` and `shop` are the sandbox's."""
        prefix = name.upper()
        url = env.get(f"{prefix}_URL", "").rstrip("/")
        secret = env.get(f"{prefix}_SECRET", secret)
        return cls(
            url=url or None,
            auth_url=env.get(f"{prefix}_AUTH_URL", "").rstrip("/") or url,
            app=env.get(f"{prefix}_APP", app),
            secret=secret,
            shop=env.get(f"{prefix}_SHOP", shop),
            access_token=env.get(f"{prefix}_ACCESS_TOKEN", f"sandbox-{name}-access"),
            refresh_token=env.get(f"{prefix}_REFRESH_TOKEN", f"sandbox-{name}-refresh"),
            push_secret=env.get(f"{prefix}_PUSH_SECRET") or secret,
        )
