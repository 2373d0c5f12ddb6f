"""Products, the listings that offer them, and a listing's publication on each floor."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    UniqueConstraint,
    column,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from core.ids import new_code
from models.approvals import ListingApproval
from models.base import Base, Created, Dong, Id, SealedText, not_blank, one_of, positive_amount, text_enum
from models.dated_prices import DatedPrice
from models.people import Seller
from models.photos import Photo
from models.places import AdminUnit


class ListingStatus(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


class PublicationStatus(StrEnum):
    WAITING = "waiting"
    PUBLISHING = "publishing"
    LISTED = "listed"
    REJECTED = "rejected"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


class Goods(StrEnum):
    """What kind of thing it is: floors' categories and words are chosen by it."""

    FRUIT = "fruit"
    VEGETABLE = "vegetable"
    GRAIN = "grain"
    TEA = "tea"
    HONEY = "honey"
    SPICE = "spice"
    MEAT = "meat"
    FISH = "fish"
    DRINK = "drink"
    CRAFT = "craft"
    OTHER = "other"


class Product(Created, Base):
    """What a seller sells, counted in `unit` (kg, bó, chục …). The season is from one month to another, over the
    turn of the year where the first is the later one."""

    __tablename__ = "products"
    __table_args__ = (
        not_blank("name"),
        not_blank("unit"),
        CheckConstraint("weight_grams > 0", name="weight_positive"),
        CheckConstraint("shelf_life_days > 0", name="shelf_life_positive"),
        CheckConstraint("season_from BETWEEN 1 AND 12 AND season_to BETWEEN 1 AND 12", name="season_in_year"),
        CheckConstraint("(season_from IS NULL) = (season_to IS NULL)", name="season_whole"),
        CheckConstraint("ocop_stars BETWEEN 3 AND 5", name="ocop_stars_known"),
        CheckConstraint("least(package_length, package_width, package_height) > 0", name="package_positive"),
        CheckConstraint(
            "num_nulls(package_length, package_width, package_height) IN (0, 3)", name="package_whole"
        ),
        one_of("goods", Goods),
        CheckConstraint("gtin ~ '^[0-9]{14}$'", name="gtin_of_fourteen"),
        CheckConstraint("item_number BETWEEN 1 AND 9999999999", name="item_number_fits_a_gtin"),
        Index(None, "seller_id", "created_at"),
    )

    id: Mapped[Id]
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("sellers.id"))
    name: Mapped[str]
    unit: Mapped[str]
    description: Mapped[str | None]
    origin_commune: Mapped[str | None] = mapped_column(ForeignKey("admin_units.code"))
    weight_grams: Mapped[int | None]
    shelf_life_days: Mapped[int | None]
    goods: Mapped[Goods] = mapped_column(text_enum(Goods), default=Goods.OTHER)
    grade: Mapped[str | None]
    season_from: Mapped[int | None]
    season_to: Mapped[int | None]
    ocop_stars: Mapped[int | None]
    planting_area_code: Mapped[str | None]
    storage: Mapped[str | None]
    package_length: Mapped[int | None]
    """Of one unit ready to be sent, in centimetres, as the two that follow."""
    package_width: Mapped[int | None]
    package_height: Mapped[int | None]
    gtin: Mapped[str | None]
    """Its own in trade, 14 digits (`core.gtin`), where its maker is a member of GS1."""
    item_number: Mapped[int] = mapped_column(Identity(always=True), unique=True)
    """Among all products; of those without a GTIN it makes one for use within these pages."""
    certificates: Mapped[list[str]] = mapped_column(ARRAY(TEXT), default=list)
    attributes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    seller: Mapped[Seller] = relationship()
    origin: Mapped[AdminUnit | None] = relationship()
    photos: Mapped[list[Photo]] = relationship(order_by=Photo.position, viewonly=True)
    papers: Mapped[list["Certificate"]] = relationship(
        lazy="selectin", order_by="Certificate.name", cascade="all, delete-orphan"
    )


class Certificate(Created, Base):
    """A paper that says how a product is grown or made (VietGAP, organic …), with its number and last day."""

    __tablename__ = "certificates"
    __table_args__ = (
        UniqueConstraint("product_id", "name", "number"),
        not_blank("name"),
        not_blank("number"),
        Index("ix_certificates_named", "expires_on", postgresql_where=text("lapsed_at IS NULL")),
    )

    id: Mapped[Id]
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    name: Mapped[str]
    number: Mapped[str]
    expires_on: Mapped[date] = mapped_column(Date)
    lapsed_at: Mapped[datetime | None]
    """When floors were asked to name it no more."""

    def is_valid(self, day: date) -> bool:
        """Its last day counts."""
        return day <= self.expires_on


class Listing(Created, Base):
    """An offer of one product. `version` grows with every change. Floors are made equal to the newest price, stock and
    choice of floors, and to the words and photos that were approved last."""

    __tablename__ = "listings"
    __table_args__ = (
        positive_amount("price"),
        CheckConstraint("stock >= 0", name="stock_not_negative"),
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint(r"sku ~ '^[A-Z0-9][A-Z0-9-]{2,39}$'", name="sku_well_formed"),
        one_of("status", ListingStatus),
        not_blank("variant"),
        CheckConstraint("status <> 'approved' OR approved_version IS NOT NULL", name="approved_as_kept"),
        CheckConstraint("(held_prices ->> 'price')::bigint > 0", name="held_price_positive"),
        CheckConstraint("held_prices IS NULL OR approved_version IS NOT NULL", name="held_beside_approved"),
        ForeignKeyConstraint(
            ["id", "approved_version"],
            ["listing_approvals.listing_id", "listing_approvals.version"],
            use_alter=True,
        ),
        Index(None, "product_id"),
        Index(
            "uq_listings_offered_once",
            "product_id",
            func.lower(column("variant")),
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("status <> 'withdrawn' AND NOT doubled"),
        ),
    )

    id: Mapped[Id]
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    variant: Mapped[str | None]
    """How this offer differs from others of the same product (`Túi 1 kg`, `Thùng 5 kg`)."""
    sku: Mapped[str] = mapped_column(unique=True, default=lambda: new_code("SP", 8))
    price: Mapped[Dong]
    stock: Mapped[int]
    status: Mapped[ListingStatus] = mapped_column(text_enum(ListingStatus), default=ListingStatus.DRAFT)
    marketplaces: Mapped[list[str]] = mapped_column(ARRAY(TEXT), default=list)
    version: Mapped[int] = mapped_column(default=1)
    approved_version: Mapped[int | None]
    """The version that was approved last."""
    held_prices: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """`price` and (by floor) `prices` of a unit that waits to be approved; they wait with it."""
    doubled: Mapped[bool] = mapped_column(default=False)
    """Made, when that could still be, beside one that offered the same product in the same size."""
    approval: Mapped[ListingApproval | None] = relationship(
        primaryjoin=lambda: (
            (Listing.id == foreign(ListingApproval.listing_id))
            & (Listing.approved_version == foreign(ListingApproval.version))
        ),
        uselist=False,
        viewonly=True,
    )
    """What was approved last."""
    product: Mapped[Product] = relationship()
    publications: Mapped[list["Publication"]] = relationship(
        lazy="selectin", back_populates="listing", order_by="Publication.marketplace"
    )
    prices: Mapped[list["ListingPrice"]] = relationship(
        lazy="selectin", order_by="ListingPrice.marketplace", cascade="all, delete-orphan"
    )
    dated_prices: Mapped[list[DatedPrice]] = relationship(
        primaryjoin=lambda: (Listing.id == foreign(DatedPrice.listing_id)) & DatedPrice.turns_on.is_not(None),
        lazy="selectin",
        order_by=lambda: (DatedPrice.first_day, DatedPrice.id),
        viewonly=True,
    )
    """Those that hold or will, and those that are just over."""

    @property
    def own_prices(self) -> dict[str, int]:
        """đồng a unit on the floors that have a price of their own."""
        return {own.marketplace: own.price for own in self.prices}

    @property
    def told_prices(self) -> tuple[int, dict[str, int]]:
        """`price` and `own_prices` as somebody said them last: of an approved listing they may wait."""
        if self.held_prices is None:
            return self.price, self.own_prices
        return self.held_prices["price"], self.held_prices["prices"]

    @property
    def sold_by(self) -> str:
        """The unit that everybody is told of: as it was approved last, else as the product tells."""
        return str(self.approval.facts["unit"]) if self.approval else self.product.unit

    def usual_price_on(self, marketplace: str) -> int:
        """đồng a unit on one floor on ordinary days: its own price there, else the listing's."""
        return self.own_prices.get(marketplace, self.price)

    def price_on(self, marketplace: str, day: date) -> int:
        """đồng a unit on one floor on a business day."""
        dated = self.dated_price_on(marketplace, day)
        return dated.price if dated else self.usual_price_on(marketplace)

    def dated_price_on(self, marketplace: str, day: date, unit: str | None = None) -> DatedPrice | None:
        """What holds there for some days, `day` among them, where it is sold by `unit` (else as it is now): said of
        this floor, else of all."""
        holding = [one for one in self.dated_prices if one.holds_on(day)]
        wanted = unit or (self.sold_by if holding else None)
        found = {one.marketplace: one for one in holding if one.unit == wanted}
        return found.get(marketplace) or found.get(None)

    def priced_until(self, marketplace: str, day: date) -> date | None:
        """The last day of what holds on `day`, if that is for some days only: one floor's price may begin amid that of
        all."""
        dated = self.dated_price_on(marketplace, day)
        if dated is None:
            return None
        of_floor = [
            one for one in self.dated_prices if (one.marketplace, one.unit) == (marketplace, dated.unit)
        ]
        others = [one.first_day - timedelta(days=1) for one in of_floor if one.first_day > day]
        return min([dated.last_day, *others])

    def is_wanted_on(self, marketplace: str) -> bool:
        """Whether it is to stand on this floor."""
        return self.status is ListingStatus.APPROVED and marketplace in self.marketplaces


class StockCount(Created, Base):
    """How many pieces somebody said there are, having seen `stock_seen` of them in one version of the listing. The
    same is said once: of one version seen there is one number."""

    __tablename__ = "stock_counts"
    __table_args__ = (
        CheckConstraint("least(stock_seen, stock) >= 0", name="stock_not_negative"),
        CheckConstraint("stock <> stock_seen", name="says_something"),
        CheckConstraint("version_seen BETWEEN 1 AND version - 1", name="seen_before"),
    )

    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listings.id"), primary_key=True)
    version_seen: Mapped[int] = mapped_column(primary_key=True)
    stock_seen: Mapped[int]
    stock: Mapped[int]
    version: Mapped[int]
    """Of the listing, in which it was said."""


class ListingPrice(Base):
    """Another price on one floor, for its fees and its buyers."""

    __tablename__ = "listing_prices"
    __table_args__ = (positive_amount("price"),)

    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listings.id"), primary_key=True)
    marketplace: Mapped[str] = mapped_column(primary_key=True)
    price: Mapped[Dong]


class Publication(Created, Base):
    """A listing on one floor. A worker makes the floor equal to `desired_version`.

    `leased_until` keeps two workers from publishing the same listing to the same floor at once: floors are
    not idempotent (two creates make two products).
    """

    __tablename__ = "publications"
    __table_args__ = (
        UniqueConstraint("listing_id", "marketplace"),
        one_of("status", PublicationStatus),
        CheckConstraint("published_version <= desired_version", name="never_ahead"),
        CheckConstraint("told_stock >= 0", name="told_stock_not_negative"),
        CheckConstraint("shown_price > 0", name="shown_price_positive"),
        Index(
            "ix_publications_numbered",
            "marketplace",
            "external_id",
            postgresql_where=text("external_id IS NOT NULL"),
        ),
        Index(
            "ix_publications_shop",
            "listing_id",
            postgresql_where=text("marketplace = 'shop' AND status = 'listed'"),
        ),
    )

    id: Mapped[Id]
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listings.id"))
    marketplace: Mapped[str]
    status: Mapped[PublicationStatus] = mapped_column(
        text_enum(PublicationStatus), default=PublicationStatus.WAITING
    )
    desired_version: Mapped[int]
    published_version: Mapped[int | None]
    external_id: Mapped[str | None]
    external_url: Mapped[str | None]
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    """`[{field, code, text}]`: why the floor refused, in the seller's language."""
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    """When the floor was last asked what it shows."""
    strayed_at: Mapped[datetime | None]
    """When the floor was last found to show something else than it was given."""
    told_stock: Mapped[int | None]
    """At least so many the floor was told that there are; None where it was told nothing, or what is not known."""
    shown_price: Mapped[Dong | None]
    """At which the floor is surely selling it; None where it does not sell it, or nobody knows."""
    held_external_id: Mapped[str | None]
    """What the floor holds under our SKU and another title: somebody else's, unless a person says that it is ours."""
    listing: Mapped[Listing] = relationship(back_populates="publications")

    @property
    def is_wanted(self) -> bool:
        """Whether the listing is to stand on this floor."""
        return self.listing.is_wanted_on(self.marketplace)


class FloorAccount(Base):
    """Our account on one floor, shared by all workers: what lets us in, and whether it is left alone for a while."""

    __tablename__ = "floor_accounts"
    __table_args__ = (
        CheckConstraint("num_nulls(access_token, refresh_token, expires_at) IN (0, 3)", name="tokens_whole"),
        CheckConstraint("failures >= 0", name="failures_not_negative"),
        CheckConstraint("(shut_at IS NULL) = (shut_because IS NULL)", name="shut_with_reason"),
        not_blank("shut_because"),
    )

    marketplace: Mapped[str] = mapped_column(primary_key=True)
    access_token: Mapped[str | None] = mapped_column(SealedText)
    refresh_token: Mapped[str | None] = mapped_column(SealedText)
    expires_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    """Calls that failed one after the other."""
    paused_until: Mapped[datetime | None]
    """No call is made before, unless one that tries whether the floor is back."""
    shut_at: Mapped[datetime | None]
    """Since when the floor does not let us in: no call is made until a person has connected the account again."""
    shut_because: Mapped[str | None]
    """What the floor said, for operators."""
    connected_at: Mapped[datetime | None]
    """When it was connected last: what a call says that was begun before counts no more."""


class FloorPicture(Base):
    """What a floor calls a photo of ours that it has taken: it need not be given again."""

    __tablename__ = "floor_pictures"
    __table_args__ = (
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256_hex"),
        not_blank("name"),
    )

    marketplace: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(primary_key=True)
    """Of the content that the floor was given, in hex."""
    name: Mapped[str]
