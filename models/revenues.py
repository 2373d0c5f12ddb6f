"""What sellers took in a year, kept so that nobody adds up a year to show a page, and who was told of a threshold."""

from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    SmallInteger,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from models.base import Base, Created, Dong, Id, one_of, positive_amount, text_enum
from models.fees import ReminderStatus
from models.people import Seller


class YearRevenue(Base):
    """`revenue` is what the revenue book of that year comes to: `booked` in the journal, `ordered` by orders that the
    journal does not see. Below zero where more went back than came."""

    __tablename__ = "year_revenues"
    __table_args__ = (Index(None, "year", "revenue"),)

    seller_id: Mapped[UUID] = mapped_column(ForeignKey("sellers.id"), primary_key=True)
    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    booked: Mapped[Dong] = mapped_column(server_default="0")
    ordered: Mapped[Dong] = mapped_column(server_default="0")
    revenue: Mapped[Dong] = mapped_column(BigInteger, Computed("booked + ordered", persisted=True))
    seller: Mapped[Seller] = relationship()
    notices: Mapped[list["ThresholdNotice"]] = relationship(
        primaryjoin=lambda: (
            (YearRevenue.seller_id == foreign(ThresholdNotice.seller_id))
            & (YearRevenue.year == foreign(ThresholdNotice.year))
        ),
        order_by="ThresholdNotice.amount",
        viewonly=True,
    )


class RevenueMark(Base):
    """The last journal entry that is in `year_revenues`: one row."""

    __tablename__ = "revenue_marks"
    __table_args__ = (
        CheckConstraint("id = 1", name="only_one"),
        CheckConstraint("counted_to >= 0", name="counted_to_not_negative"),
    )

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    counted_to: Mapped[int]


class ThresholdNotice(Created, Base):
    """One message to a seller about one threshold (`code`, of `amount` đồng) of a year, once for ever. `passed` is
    whether it was behind the seller already when the message was written."""

    __tablename__ = "threshold_notices"
    __table_args__ = (
        UniqueConstraint("seller_id", "year", "code"),
        CheckConstraint("code IN ('exempt_revenue', 'einvoice_revenue')", name="code_known"),
        positive_amount(),
        one_of("status", ReminderStatus),
    )

    id: Mapped[Id]
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("sellers.id"))
    year: Mapped[int] = mapped_column(SmallInteger)
    code: Mapped[str]
    amount: Mapped[Dong]
    passed: Mapped[bool]
    status: Mapped[ReminderStatus] = mapped_column(text_enum(ReminderStatus))
    message_id: Mapped[str | None]
    problem: Mapped[str | None]
    """Why nothing was sent, for whoever looks after the seller."""
    seller: Mapped[Seller] = relationship()
