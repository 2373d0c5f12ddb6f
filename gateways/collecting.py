"""What a provider that collects by order codes says of itself: its folder's `channel.py`, which `gateways.formats`
finds. How it is called stands in the folder's `client.py`, which workers alone see."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.errors import Text
from gateways.ports import NoticeFormat

PROOFS = "checksum_keys"
"""Where the keys that prove a channel's notices stand among what is sealed, whoever sends them."""


@dataclass(frozen=True)
class Key:
    """One of the keys that a person copies from the provider's page; `name` is what forms and the API call it."""

    name: str
    label: Text


@dataclass(frozen=True, kw_only=True)
class Collector:
    """A provider that collects for its channels. Nothing else in the house knows its name."""

    notices: NoticeFormat
    url: str
    """Where it is called, unless `NAME_BASE_URL` says otherwise."""
    keys: tuple[Key, ...]
    client: str
    """The key that names the merchant: one channel has it, and only with it the provider knows its orders."""
    proof: str
    """The key that proves notices."""
    wrong_proof: Text
    """What a person reads where a trial of our address came that `proof` does not prove."""
    steps: tuple[Text, ...]
    """How a person comes by the keys."""
    payer: Mapping[str, str] = field(default_factory=dict)
    """What its notices call the bin, account_number and holder_name of who paid, where it is something else."""
    pays_out: bool = False

    @property
    def name(self) -> str:
        """Of its folder; the `kind` of its channels, and stands in their addresses."""
        return self.notices.name

    @property
    def title(self) -> str:
        return self.notices.title

    def sealed(self, typed: Mapping[str, str]) -> dict[str, Any]:
        """What is kept of the keys."""
        others = {key.name: typed[key.name] for key in self.keys if key.name != self.proof}
        return {**others, PROOFS: [typed[self.proof]]}


@dataclass(frozen=True)
class Account:
    """What a collector's clients are made from."""

    url: str
    keys: Mapping[str, Any] = field(repr=False)
    """As they were sealed."""
    timeout_seconds: float
