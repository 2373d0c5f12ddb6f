"""Bank statements: what was uploaded, each of its lines and what came of it, the rows that could not be read."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.money import MAX_DONG
from models.base import Base, Created, Dong, Id, not_blank, one_of, text_enum
from models.markets import CollectionChannel, Market


class StatementStatus(StrEnum):
    UNMAPPED = "unmapped"
    """No layout fits: a person says which column is what."""
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


PLACEHOLDER = (
    r"^(no[nt]?e?[ _-]?ref(erence)?|not?[ _-]?(provided|available|applicable)|"
    r"none|null|nil|unknown|n/?a|(0|\W|_)*)$"
)
"""What banks write where a line has no reference of its own."""
UNREFERENCED = f"bank_reference ~* '{PLACEHOLDER}'"
"""Of lines for which the bank, or this layout of its, gives no reference of their own."""


class LineOutcome(StrEnum):
    MATCHED = "matched"
    """It settled what its note names."""
    REVIEW = "review"
    """A person decides; money lies in suspense, or has not been counted yet (`looks_like_id`)."""
    DUPLICATE = "duplicate"
    """Its transfer was known already: by another line, or by a channel's notice."""
    REVERSAL = "reversal"
    """It took an earlier payment back."""


class DateFormat(StrEnum):
    """In which order a table writes its days."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"
    YEAR_FIRST = "year_first"


PLACES = (
    "date_at",
    "memo_at",
    "amount_at",
    "credit_at",
    "debit_at",
    "reference_at",
    "balance_at",
    "payer_account_at",
    "payer_name_at",
)
"""The columns of `StatementMapping` that say where something stands."""


class Statement(Created, Base):
    """One uploaded file about one account: `account_id` is the payout account's id, else the channel's.

    `channel_id` is what its money is booked to. `taken` is how many of the file's rows have been dealt with,
    so that an import that was broken off goes on from there; the counts grow with it.
    """

    __tablename__ = "statements"
    __table_args__ = (
        one_of("status", StatementStatus),
        not_blank("file_name"),
        CheckConstraint("octet_length(sha256) = 32", name="sha256_whole"),
        CheckConstraint("(status = 'failed') = (problem IS NOT NULL)", name="problem_where_failed"),
        CheckConstraint("least(taken, lines, rejected) >= 0", name="counts_not_negative"),
        CheckConstraint("percent_read BETWEEN 0 AND 100", name="percent_read_is_one"),
        CheckConstraint(
            "least(matched, review, duplicates, reversals) >= 0 "
            "AND lines = matched + review + duplicates + reversals",
            name="counts_add_up",
        ),
        Index(None, "market_id", "created_at", "id"),
    )

    id: Mapped[Id]
    market_id: Mapped[UUID] = mapped_column(ForeignKey("markets.id"))
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("collection_channels.id"))
    payout_account_id: Mapped[UUID | None] = mapped_column(ForeignKey("payout_accounts.id"))
    account_id: Mapped[UUID]
    file_name: Mapped[str]
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[StatementStatus] = mapped_column(
        text_enum(StatementStatus), default=StatementStatus.WAITING
    )
    taken: Mapped[int] = mapped_column(default=0)
    percent_read: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    """How far into the file its reading has come, by bytes: for the person who waits."""
    lines: Mapped[int] = mapped_column(default=0)
    matched: Mapped[int] = mapped_column(default=0)
    review: Mapped[int] = mapped_column(default=0)
    duplicates: Mapped[int] = mapped_column(default=0)
    reversals: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[int] = mapped_column(default=0)
    """Rows that could not be read; they are no lines."""
    problem: Mapped[str | None]
    """Why the file as a whole could not be read, for the manager."""
    uploaded_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    market: Mapped[Market] = relationship()
    channel: Mapped[CollectionChannel] = relationship()


class StatementFile(Base):
    """The file's bytes, sealed, until they have been read: they are somebody's bank history."""

    __tablename__ = "statement_files"

    statement_id: Mapped[UUID] = mapped_column(
        ForeignKey("statements.id", ondelete="CASCADE"), primary_key=True
    )
    content: Mapped[bytes] = mapped_column(LargeBinary)
    head: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The first rows of a table that no layout fits, sealed JSON (`services.statements.heads`)."""


class StatementMapping(Created, Base):
    """Which column of a table is what, as a person of this market said: columns count from 0.

    It holds for every table whose header row is `header`; what was imported by it before does not depend on it.
    """

    __tablename__ = "statement_mappings"
    __table_args__ = (
        UniqueConstraint("market_id", "fingerprint"),
        one_of("date_format", DateFormat),
        not_blank("name"),
        CheckConstraint("octet_length(fingerprint) = 32", name="fingerprint_whole"),
        CheckConstraint("decimal IN ('.', ',')", name="decimal_known"),
        CheckConstraint("num_nonnulls(amount_at, credit_at) = 1", name="one_kind_of_amount"),
        CheckConstraint("debit_at IS NULL OR credit_at IS NOT NULL", name="debit_beside_credit"),
        CheckConstraint(f"different_places(ARRAY[{', '.join(PLACES)}], header)", name="own_column_each"),
    )

    id: Mapped[Id]
    market_id: Mapped[UUID] = mapped_column(ForeignKey("markets.id"))
    name: Mapped[str]
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    header: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """The header's cells as the bank writes them."""
    date_at: Mapped[int] = mapped_column(SmallInteger)
    memo_at: Mapped[int] = mapped_column(SmallInteger)
    amount_at: Mapped[int | None] = mapped_column(SmallInteger)
    credit_at: Mapped[int | None] = mapped_column(SmallInteger)
    debit_at: Mapped[int | None] = mapped_column(SmallInteger)
    reference_at: Mapped[int | None] = mapped_column(SmallInteger)
    balance_at: Mapped[int | None] = mapped_column(SmallInteger)
    payer_account_at: Mapped[int | None] = mapped_column(SmallInteger)
    payer_name_at: Mapped[int | None] = mapped_column(SmallInteger)
    date_format: Mapped[DateFormat] = mapped_column(text_enum(DateFormat))
    decimal: Mapped[str]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))


class StatementLine(Base):
    """A movement on the account, in đồng: credits positive, debits negative; as a statement told it, or the bank's
    notice of the moment.

    `identity` tells it from every other one of its account; one that was told before is `repeated`. `payment_id`
    is the payment that it made, was told of again, or took back; `refund_id` the refund of ours that left by it. Where
    a notice and a statement tell of one movement in different words, the second of them is the `same_as_id` the first.

    One that may tell again of what another statement told `looks_like_id` that line, and makes no payment until a
    person has said that it is another transfer.
    """

    __tablename__ = "statement_lines"
    __table_args__ = (
        one_of("outcome", LineOutcome),
        CheckConstraint(f"abs(amount) BETWEEN 1 AND {MAX_DONG}", name="amount_not_zero"),
        CheckConstraint("octet_length(identity) = 32", name="identity_whole"),
        CheckConstraint("NOT repeated OR outcome = 'duplicate'", name="repeated_is_duplicate"),
        CheckConstraint("outcome <> 'reversal' OR amount < 0", name="reversal_is_debit"),
        CheckConstraint("(statement_id IS NULL) <> (inbox_message_id IS NULL)", name="one_teller"),
        CheckConstraint(
            "same_as_id IS NULL OR (outcome = 'duplicate' AND NOT repeated AND payment_id IS NULL)",
            name="same_is_duplicate",
        ),
        CheckConstraint(
            "refund_id IS NULL OR (outcome = 'duplicate' AND amount < 0)", name="refund_is_known_debit"
        ),
        Index("ix_statement_lines_refund_id", "refund_id", postgresql_where=text("refund_id IS NOT NULL")),
        CheckConstraint(
            "looks_like_id IS NULL OR (statement_id IS NOT NULL AND amount > 0 AND NOT repeated)",
            name="credit_looks_like",
        ),
        CheckConstraint(
            "virtual_account_id IS NULL OR (inbox_message_id IS NOT NULL AND amount > 0)",
            name="virtual_account_of_noticed_credit",
        ),
        Index(
            "ix_statement_lines_virtual_account_id",
            "virtual_account_id",
            postgresql_where=text("virtual_account_id IS NOT NULL"),
        ),
        Index(
            "uq_statement_lines_identity",
            "account_id",
            "identity",
            unique=True,
            postgresql_where=text("NOT repeated"),
        ),
        Index(
            "uq_statement_lines_payment",
            "payment_id",
            unique=True,
            postgresql_where=text("outcome <> 'reversal'"),
        ),
        Index(
            "uq_statement_lines_reversal",
            "payment_id",
            unique=True,
            postgresql_where=text("outcome = 'reversal'"),
        ),
        Index(None, "statement_id", "number", "id"),
        Index(
            "ix_statement_lines_noticed",
            "account_id",
            "amount",
            "bank_day",
            postgresql_where=text("statement_id IS NULL"),
        ),
        Index(
            "ix_statement_lines_booked",
            "account_id",
            "amount",
            "bank_day",
            postgresql_where=text("statement_id IS NOT NULL AND amount > 0"),
        ),
        Index(
            "ix_statement_lines_unexplained",
            "account_id",
            "bank_day",
            postgresql_where=text("statement_id IS NOT NULL AND amount < 0 AND outcome = 'review'"),
        ),
        Index(
            "ix_statement_lines_unreferenced",
            "account_id",
            "amount",
            "bank_day",
            postgresql_where=text(f"statement_id IS NOT NULL AND amount > 0 AND {UNREFERENCED}"),
        ),
        Index(
            "ix_statement_lines_looks_like_id",
            "looks_like_id",
            postgresql_where=text("looks_like_id IS NOT NULL"),
        ),
        Index(
            "uq_statement_lines_inbox_message_id",
            "inbox_message_id",
            unique=True,
            postgresql_where=text("inbox_message_id IS NOT NULL"),
        ),
        Index(
            "uq_statement_lines_same_as_id",
            "same_as_id",
            unique=True,
            postgresql_where=text("same_as_id IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    statement_id: Mapped[UUID | None] = mapped_column(ForeignKey("statements.id"))
    inbox_message_id: Mapped[UUID | None] = mapped_column(ForeignKey("inbox_messages.id"))
    account_id: Mapped[UUID]
    number: Mapped[int]
    """Where a person finds it in the file; in a batch of notices, its place."""
    bank_reference: Mapped[str]
    amount: Mapped[Dong]
    memo: Mapped[str]
    """As the bank wrote it: bank history, for the market's manager only."""
    bank_day: Mapped[date] = mapped_column(Date)
    booked_at: Mapped[datetime | None]
    balance: Mapped[int | None]
    """The account's after it, where the bank tells it: what tells two lines of one reference apart."""
    outcome: Mapped[LineOutcome] = mapped_column(text_enum(LineOutcome))
    identity: Mapped[bytes] = mapped_column(LargeBinary)
    repeated: Mapped[bool]
    same_as_id: Mapped[UUID | None] = mapped_column(ForeignKey("statement_lines.id"))
    looks_like_id: Mapped[UUID | None] = mapped_column(ForeignKey("statement_lines.id"))
    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey("payments.id"))
    refund_id: Mapped[UUID | None] = mapped_column(ForeignKey("refunds.id"))
    virtual_account_id: Mapped[UUID | None] = mapped_column(ForeignKey("virtual_accounts.id"))
    """To which of its account's the money came, as a notice says; statements do not."""


class StatementLineBroken(Base):
    """A row that a person must look at in the file: `reason` is a message's template, `facts` what stands in it.

    One that is not `rejected` is only a warning: the row was taken.
    """

    __tablename__ = "statement_lines_broken"

    statement_id: Mapped[UUID] = mapped_column(ForeignKey("statements.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reason: Mapped[str]
    facts: Mapped[dict[str, Any]]
    rejected: Mapped[bool]
