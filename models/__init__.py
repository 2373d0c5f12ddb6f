"""Tables, enums and constraints. The database refuses nonsense; no outside I/O here."""

from models.access import ApiToken, IdempotencyKey, Place, PlaceKind, Role, RoleGrant, User
from models.audit import AuditEntry
from models.base import Base
from models.books import CashNote, TaxRule
from models.closes import CloseAct, DayClose, JournalSeal
from models.events import DeliveryStatus, EventDelivery, InboxMessage, OutboxEvent
from models.fees import (
    FeeAccount,
    FeeInvoice,
    FeeInvoiceRequest,
    FeeKind,
    FeePayment,
    FeeReminder,
    FeeStatus,
    FeeTariff,
    ReminderStatus,
)
from models.journal import AccountKind, JournalAccount, JournalEntry
from models.listings import Listing, ListingStatus, Product, Publication, PublicationStatus
from models.markets import (
    ChannelKind,
    ChannelStatus,
    CollectionChannel,
    Market,
    PayoutAccount,
    Stall,
)
from models.order_states import OrderStatus
from models.orders import FloorCursor, Order, OrderChange, OrderLine
from models.payment_states import PaymentStatus
from models.payments import (
    ExceptionKind,
    ExceptionStatus,
    Payment,
    PaymentMatch,
    PaymentRequest,
    PaymentRequestChange,
    ReconciliationException,
)
from models.people import Consent, ConsentPurpose, Household, HouseholdStatus, Seller, SellerKind
from models.places import AdminUnit, AdminUnitLevel, Bank, FormerCommune
from models.resolutions import (
    Refund,
    RefundSource,
    RefundStatus,
    Resolution,
    ResolutionAction,
    ResolutionStatus,
)
from models.statements import (
    LineOutcome,
    Statement,
    StatementFile,
    StatementLine,
    StatementLineBroken,
    StatementStatus,
)

__all__ = [
    "AccountKind",
    "AdminUnit",
    "AdminUnitLevel",
    "ApiToken",
    "AuditEntry",
    "Bank",
    "Base",
    "CashNote",
    "ChannelKind",
    "ChannelStatus",
    "CloseAct",
    "CollectionChannel",
    "Consent",
    "ConsentPurpose",
    "DayClose",
    "DeliveryStatus",
    "EventDelivery",
    "ExceptionKind",
    "ExceptionStatus",
    "FeeAccount",
    "FeeInvoice",
    "FeeInvoiceRequest",
    "FeeKind",
    "FeePayment",
    "FeeReminder",
    "FeeStatus",
    "FeeTariff",
    "FloorCursor",
    "FormerCommune",
    "Household",
    "HouseholdStatus",
    "IdempotencyKey",
    "InboxMessage",
    "JournalAccount",
    "JournalEntry",
    "JournalSeal",
    "LineOutcome",
    "Listing",
    "ListingStatus",
    "Market",
    "Order",
    "OrderChange",
    "OrderLine",
    "OrderStatus",
    "OutboxEvent",
    "Payment",
    "PaymentMatch",
    "PaymentRequest",
    "PaymentRequestChange",
    "PaymentStatus",
    "PayoutAccount",
    "Place",
    "PlaceKind",
    "Product",
    "Publication",
    "PublicationStatus",
    "ReconciliationException",
    "Refund",
    "RefundSource",
    "RefundStatus",
    "ReminderStatus",
    "Resolution",
    "ResolutionAction",
    "ResolutionStatus",
    "Role",
    "RoleGrant",
    "Seller",
    "SellerKind",
    "Stall",
    "Statement",
    "StatementFile",
    "StatementLine",
    "StatementLineBroken",
    "StatementStatus",
    "TaxRule",
    "User",
]
