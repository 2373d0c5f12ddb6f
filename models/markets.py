"""Markets, their stalls, the accounts money goes to and the channels it comes through."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    Numeric,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.clock import now
from core.ids import new_code
from core.reference_codes import ReferenceKind, new_reference
from models.base import Base, Created, Dong, Id, SealedText, not_blank, one_of, text_enum
from models.people import Seller, commune_not_province

SECOND_PERSON_LIMIT = 2_000_000
LONGEST_NUMBER = 20
NUMBER_RULE = (
    f"length(number) <= {LONGEST_NUMBER} AND number ~ '^[^[:cntrl:][:space:]a-z]+( [^[:cntrl:][:space:]a-z]+)*$'"
    " AND number ~ '[0-9A-Z]|[^ -~]'"
)
"""A stall's number as `tidy_number` writes it: capitals, one blank between words, some letter or digit."""
DIRECT = "direct"
"""The kind of a channel whose money goes straight to an account. Every other kind is a collector's name."""
OPENED_ON = "(created_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date"
MOST_REVERSALS = 100
MOST_TOLERANCE = 5_000
"""By how many đồng a market may at most let a transfer differ from what was asked for."""


class ChannelStatus(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"


class WebhookState(StrEnum):
    """Whether a channel's provider sends its notices to us."""

    TRYING = "trying"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


class Market(Created, Base):
    """A market. `weekdays` are the days it is held (0 = Monday); empty means every day."""

    __tablename__ = "markets"
    __table_args__ = (
        not_blank("name"),
        commune_not_province(),
        UniqueConstraint("commune_code", "name"),
        CheckConstraint("weekdays <@ ARRAY[0,1,2,3,4,5,6]::smallint[]", name="weekdays_known"),
        CheckConstraint("second_person_limit >= 0", name="second_person_limit_not_negative"),
        CheckConstraint(f"tolerance BETWEEN 0 AND {MOST_TOLERANCE}", name="tolerance_small"),
        CheckConstraint(
            f"least(alert_reversals, alert_late_reversals) >= 1"
            f" AND greatest(alert_reversals, alert_late_reversals) <= {MOST_REVERSALS}",
            name="alert_reversals_countable",
        ),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True, default=lambda: new_code("CH"))
    name: Mapped[str]
    commune_code: Mapped[str] = mapped_column(ForeignKey("admin_units.code"), index=True)
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger), default=list)
    second_person_limit: Mapped[Dong] = mapped_column(
        default=SECOND_PERSON_LIMIT, server_default=str(SECOND_PERSON_LIMIT)
    )
    """A decision about more than this, in đồng, takes effect once a second person has agreed."""
    tolerance: Mapped[Dong] = mapped_column(default=0, server_default="0")
    """By how many đồng what comes for a stall's request may differ from it and still pay it."""
    alert_reversals: Mapped[int] = mapped_column(SmallInteger, default=3, server_default="3")
    """Of how many reversals at one stall within 30 days its managers are told."""
    alert_late_reversals: Mapped[int] = mapped_column(SmallInteger, default=2, server_default="2")
    """The same for those that came a day or more after the money."""


class PayoutAccount(Created, Base):
    """A bank account or wallet to which money goes. The number is sealed; people see its last digits."""

    __tablename__ = "payout_accounts"
    __table_args__ = (
        UniqueConstraint("seller_id", "bin", "account_number_index"),
        not_blank("holder_name"),
        CheckConstraint("octet_length(account_number_index) = 32", name="account_number_indexed"),
    )

    id: Mapped[Id]
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("sellers.id"))
    bin: Mapped[str] = mapped_column(ForeignKey("banks.bin"))
    account_number: Mapped[str] = mapped_column(SealedText)
    account_number_index: Mapped[bytes] = mapped_column(LargeBinary)
    holder_name: Mapped[str]


class CollectionChannel(Created, Base):
    """A way for money to come in, of a market or of a seller: *direct*, or an account with a collector, who collects
    by order codes (`gateways.formats`) and whose name is its `kind`.

    `credentials` is sealed JSON whose keys are the provider's business. A *direct* channel has some where a provider,
    `notices_by`, tells of what comes to its accounts.
    """

    __tablename__ = "collection_channels"
    __table_args__ = (
        CheckConstraint("kind ~ '^[a-z]+$'", name="kind_well_formed"),
        one_of("status", ChannelStatus),
        not_blank("name"),
        CheckConstraint("(market_id IS NULL) <> (seller_id IS NULL)", name="one_owner"),
        CheckConstraint(
            "(kind <> 'direct' OR notices_by IS NOT NULL) = (credentials IS NOT NULL)",
            name="credentials_where_needed",
        ),
        CheckConstraint("notices_by IS NULL OR kind = 'direct'", name="notices_where_direct"),
        CheckConstraint("notices_by ~ '^[a-z]+$'", name="notices_by_well_formed"),
        CheckConstraint("(kind <> 'direct') = (client_index IS NOT NULL)", name="client_where_collector"),
        CheckConstraint("octet_length(client_index) = 32", name="client_indexed"),
        CheckConstraint(
            "webhook_refused_at IS NULL OR (webhook_confirmed_at IS NULL AND webhook_problem IS NOT NULL)",
            name="webhook_refused_with_reason",
        ),
        Index(None, "market_id"),
        Index(None, "seller_id"),
        Index(
            "uq_collection_channels_direct",
            "seller_id",
            unique=True,
            postgresql_where=text("kind = 'direct' AND status = 'active'"),
        ),
    )

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(40))
    name: Mapped[str]
    market_id: Mapped[UUID | None] = mapped_column(ForeignKey("markets.id"))
    seller_id: Mapped[UUID | None] = mapped_column(ForeignKey("sellers.id"))
    credentials: Mapped[str | None] = mapped_column(SealedText)
    client_index: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    """Of the provider's client: it knows one webhook address for each, so no two channels share one."""
    notices_by: Mapped[str | None]
    """The provider's name, as in the address to which it sends its notices."""
    status: Mapped[ChannelStatus] = mapped_column(text_enum(ChannelStatus), default=ChannelStatus.ACTIVE)
    webhook_url: Mapped[str | None]
    """Where the provider was last asked to send its notices."""
    webhook_confirmed_at: Mapped[datetime | None]
    webhook_problem: Mapped[str | None]
    """Why it is not confirmed, in Vietnamese."""
    webhook_refused_at: Mapped[datetime | None]
    """Since then nobody tries any more: a person must put it right first."""
    webhook_forged_at: Mapped[datetime | None]
    """When a notice last came that the channel's keys do not prove, while its address was being tried."""
    former_keys: Mapped[list["FormerKeys"]] = relationship(
        order_by="FormerKeys.retired_at.desc()", cascade="all, delete-orphan"
    )

    @hybrid_property
    def has_collector(self) -> bool:
        """Somebody collects for it by order codes, and can be asked what came."""
        return self.kind != DIRECT

    @property
    def webhook_state(self) -> WebhookState | None:
        """None for a channel that has no webhook of its own."""
        if not self.has_collector:
            return None
        if self.webhook_refused_at:
            return WebhookState.REFUSED
        return WebhookState.CONFIRMED if self.webhook_confirmed_at else WebhookState.TRYING

    @property
    def old_keys_until(self) -> datetime | None:
        """When the last former key stops being taken; None where none is."""
        moment = now()
        ends = [keys.taken_until for keys in self.former_keys if keys.taken_until]
        return max((end for end in ends if end > moment), default=None)


class FormerKeys(Base):
    """What stood in a channel's `credentials` before, for as long as it still means something."""

    __tablename__ = "former_keys"
    __table_args__ = (
        CheckConstraint("taken_until IS NOT NULL OR knows_orders", name="kept_for_something"),
        CheckConstraint("taken_until > retired_at", name="taken_afterwards"),
        Index(None, "channel_id"),
    )

    id: Mapped[Id]
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("collection_channels.id"))
    credentials: Mapped[str] = mapped_column(SealedText)
    retired_at: Mapped[datetime]
    taken_until: Mapped[datetime | None]
    """Until then notices that they prove are genuine; None for keys that leaked."""
    knows_orders: Mapped[bool]
    """Of another client of the provider's: only with them it tells of the orders that were opened with them."""


class Stall(Created, Base):
    """A seller's place in a market. `reference` stands in the note of its static QR. A number is one open stall's: who
    comes after a stall that was closed gets a stall of the own."""

    __tablename__ = "stalls"
    __table_args__ = (
        Index(
            "uq_stalls_open_number",
            "market_id",
            "number",
            unique=True,
            postgresql_where=text("closed_on IS NULL"),
        ),
        CheckConstraint(f"closed_on >= ({OPENED_ON})", name="closed_after_opened"),
        Index(None, "market_id", "closed_on"),
        not_blank("number"),
        CheckConstraint(NUMBER_RULE, name="number_well_formed"),
        CheckConstraint("area_m2 > 0", name="area_positive"),
        Index(None, "seller_id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True, default=lambda: new_code("QU"))
    reference: Mapped[str] = mapped_column(unique=True, default=lambda: new_reference(ReferenceKind.STALL))
    market_id: Mapped[UUID] = mapped_column(ForeignKey("markets.id"))
    number: Mapped[str]
    row: Mapped[str | None]
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("sellers.id"))
    area_m2: Mapped[float | None] = mapped_column(Numeric(8, 2, asdecimal=False))
    payout_account_id: Mapped[UUID] = mapped_column(ForeignKey("payout_accounts.id"))
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("collection_channels.id"))
    closed_on: Mapped[date | None] = mapped_column(Date)
    """The last business day on which it is a stall here; None while it is open."""
    market: Mapped[Market] = relationship()
    seller: Mapped[Seller] = relationship()
    payout_account: Mapped[PayoutAccount] = relationship()
    channel: Mapped[CollectionChannel] = relationship()
    virtual_account: Mapped["VirtualAccount | None"] = relationship(
        primaryjoin="and_(VirtualAccount.stall_id == Stall.id, VirtualAccount.ended_at.is_(None))",
        viewonly=True,
    )

    @property
    def qr_number(self) -> str:
        """Into which number its static QR pays: money that comes to a virtual account says whose it is."""
        return self.virtual_account.number if self.virtual_account else self.payout_account.account_number


class VirtualAccount(Created, Base):
    """A number that a bank gave out beside a seller's own account: what comes to it is one stall's, until `ended_at`.

    It is no person's number, and stands in the clear so that the database can keep it well-formed. Its row stays:
    `StatementLine.virtual_account_id` says what came by it.
    """

    __tablename__ = "virtual_accounts"
    __table_args__ = (
        CheckConstraint("number ~ '^[0-9A-Z]{1,19}$'", name="number_well_formed"),
        CheckConstraint("ended_at >= created_at", name="ended_after_noted"),
        Index(
            "uq_virtual_accounts_number",
            "channel_id",
            "number",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "uq_virtual_accounts_stall",
            "stall_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("collection_channels.id"))
    """The seller's *direct* channel, whose notices name it."""
    stall_id: Mapped[UUID] = mapped_column(ForeignKey("stalls.id"))
    number: Mapped[str]
    ended_at: Mapped[datetime | None]
    stall: Mapped[Stall] = relationship()
