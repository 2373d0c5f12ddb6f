"""What the states of things are called, and in which tone a badge says it."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from core.errors import Text, text
from gateways.formats import BANK_FORMATS, COLLECTORS
from models import (
    ApprovalWay,
    ConsentPurpose,
    DateFormat,
    ExceptionKind,
    ExceptionStatus,
    FeeKind,
    FeeStatus,
    Goods,
    HouseholdStatus,
    LineOutcome,
    ListingStatus,
    OrderStatus,
    PaymentStatus,
    PhotoStatus,
    PublicationStatus,
    RefundStatus,
    ReminderStatus,
    ResolutionAction,
    ResolutionStatus,
    Role,
    SellerKind,
    SettlementKind,
    SettlementProblem,
    StatementStatus,
    StrayReason,
    StrayState,
)
from models.markets import DIRECT, ChannelStatus, WebhookState
from web.languages import translate


class Word(NamedTuple):
    """`tone`: plain, calm, busy (something is under way), good, warn (look at it) or bad."""

    text: Text
    tone: str = "plain"


WORDS: dict[type[StrEnum], dict[str, Word]] = {
    Role: {
        Role.CLERK: Word(text("Giao dịch viên bưu điện")),
        Role.STALLHOLDER: Word(text("Chủ quầy")),
        Role.SELLER: Word(text("Hộ bán hàng")),
        Role.MANAGER: Word(text("Ban quản lý chợ")),
        Role.OFFICER: Word(text("Cán bộ chương trình")),
        Role.ADMINISTRATOR: Word(text("Quản trị hệ thống")),
    },
    HouseholdStatus: {
        HouseholdStatus.DRAFT: Word(text("Bản nháp, chưa có đồng ý"), "warn"),
        HouseholdStatus.REGISTERED: Word(text("Đã đăng ký"), "calm"),
        HouseholdStatus.VERIFIED: Word(text("Đã xác minh"), "good"),
        HouseholdStatus.MERGED: Word(text("Đã gộp vào hộ khác")),
    },
    SettlementKind: {
        SettlementKind.ORDER: Word(text("Tiền bán hàng")),
        SettlementKind.ADJUSTMENT: Word(text("Điều chỉnh")),
    },
    SettlementProblem: {
        SettlementProblem.FOREIGN_CURRENCY: Word(text("Không phải tiền đồng"), "warn"),
        SettlementProblem.NOT_WHOLE: Word(text("Số tiền không chẵn đồng"), "warn"),
        SettlementProblem.SUMS: Word(text("Các số không khớp"), "warn"),
    },
    StrayReason: {
        StrayReason.FOREIGN: Word(text("Mặt hàng chưa có ở đây"), "warn"),
        StrayReason.LATE: Word(text("Phần kia của đơn đã đi"), "warn"),
        StrayReason.UNREADABLE: Word(text("Không đọc được"), "bad"),
    },
    StrayState: {
        StrayState.WAITING: Word(text("Cần xem"), "warn"),
        StrayState.TAKEN: Word(text("Đã nhận"), "good"),
        StrayState.CANCELLED: Word(text("Sàn đã hủy")),
        StrayState.SET_ASIDE: Word(text("Đã để riêng")),
    },
    SellerKind: {
        SellerKind.HOUSEHOLD: Word(text("Hộ gia đình")),
        SellerKind.TRADER: Word(text("Tiểu thương")),
        SellerKind.COOPERATIVE: Word(text("Hợp tác xã")),
    },
    ConsentPurpose: {
        ConsentPurpose.REGISTRATION: Word(text("Lưu hồ sơ hộ")),
        ConsentPurpose.PUBLICATION: Word(text("Đăng bán trên sàn")),
        ConsentPurpose.DATA_SHARING: Word(text("Chia sẻ dữ liệu")),
        ConsentPurpose.MESSAGES: Word(text("Nhận tin nhắn")),
    },
    ChannelStatus: {
        ChannelStatus.ACTIVE: Word(text("Đang hoạt động"), "good"),
        ChannelStatus.SUSPENDED: Word(text("Tạm ngừng"), "warn"),
    },
    WebhookState: {
        WebhookState.TRYING: Word(text("Đang thử"), "busy"),
        WebhookState.CONFIRMED: Word(text("Đã xác nhận"), "good"),
        WebhookState.REFUSED: Word(text("Bị từ chối"), "bad"),
    },
    Goods: {
        Goods.FRUIT: Word(text("Trái cây")),
        Goods.VEGETABLE: Word(text("Rau củ, nấm")),
        Goods.GRAIN: Word(text("Gạo, ngũ cốc")),
        Goods.TEA: Word(text("Chè, trà")),
        Goods.HONEY: Word(text("Mật ong")),
        Goods.SPICE: Word(text("Gia vị")),
        Goods.MEAT: Word(text("Thịt, trứng")),
        Goods.FISH: Word(text("Thủy sản")),
        Goods.DRINK: Word(text("Đồ uống")),
        Goods.CRAFT: Word(text("Thủ công, dệt")),
        Goods.OTHER: Word(text("Hàng khác")),
    },
    PhotoStatus: {
        PhotoStatus.WAITING: Word(text("Đang xử lý"), "busy"),
        PhotoStatus.READY: Word(text("Đã sẵn sàng"), "good"),
        PhotoStatus.REFUSED: Word(text("Không dùng được"), "bad"),
    },
    PaymentStatus: {
        PaymentStatus.CREATED: Word(text("Đang lấy mã QR"), "busy"),
        PaymentStatus.AWAITING_PAYMENT: Word(text("Chờ khách trả"), "busy"),
        PaymentStatus.PARTLY_PAID: Word(text("Mới trả một phần"), "warn"),
        PaymentStatus.PAID: Word(text("Đã nhận đủ"), "good"),
        PaymentStatus.OVERPAID: Word(text("Khách trả thừa"), "warn"),
        PaymentStatus.PAID_LATE: Word(text("Đã nhận, trả muộn"), "good"),
        PaymentStatus.EXPIRED: Word(text("Hết hạn")),
        PaymentStatus.CANCELLED: Word(text("Đã hủy")),
        PaymentStatus.REFUND_DUE: Word(text("Cần trả lại tiền"), "warn"),
        PaymentStatus.REFUNDED: Word(text("Đã trả lại tiền")),
        PaymentStatus.REVERSED: Word(text("Tiền bị rút lại"), "bad"),
    },
    ExceptionKind: {
        ExceptionKind.ORPHAN: Word(text("Tiền đến không rõ của ai"), "warn"),
        ExceptionKind.UNDERPAID: Word(text("Trả thiếu"), "warn"),
        ExceptionKind.OVERPAID: Word(text("Trả thừa"), "warn"),
        ExceptionKind.DUPLICATE: Word(text("Trả hai lần"), "warn"),
        ExceptionKind.LATE: Word(text("Trả sau khi hết hạn hoặc đã hủy"), "warn"),
        ExceptionKind.REVERSED: Word(text("Tiền bị rút lại"), "bad"),
        ExceptionKind.MISSING: Word(text("Kênh thu báo đã trả, chưa thấy tiền"), "bad"),
        ExceptionKind.DEBITED: Word(text("Tiền ra ghi mã của một lần thu"), "bad"),
        ExceptionKind.MAYBE_SAME: Word(text("Có thể là một lần chuyển ghi hai lần"), "warn"),
    },
    ExceptionStatus: {
        ExceptionStatus.OPEN: Word(text("Cần xem lại"), "warn"),
        ExceptionStatus.RESOLVED: Word(text("Đã giải quyết"), "good"),
    },
    ResolutionAction: {
        ResolutionAction.MATCH: Word(text("Khớp với một yêu cầu")),
        ResolutionAction.REFUND: Word(text("Trả lại khách")),
        ResolutionAction.WRITE_OFF: Word(text("Ghi là tiền không ai nhận")),
        ResolutionAction.IGNORE: Word(text("Để nguyên, không xem lại nữa")),
        ResolutionAction.UNDO: Word(text("Rút lại quyết định")),
        ResolutionAction.UNMATCH: Word(text("Gỡ khớp")),
        ResolutionAction.RESTORE: Word(text("Không phải tiền bị rút lại")),
        ResolutionAction.SAME: Word(text("Cùng một lần chuyển")),
        ResolutionAction.ANOTHER: Word(text("Lần chuyển khác")),
    },
    ResolutionStatus: {
        ResolutionStatus.PROPOSED: Word(text("Chờ người thứ hai duyệt"), "busy"),
        ResolutionStatus.DONE: Word(text("Đã thực hiện"), "good"),
        ResolutionStatus.UNDONE: Word(text("Đã rút lại")),
    },
    RefundStatus: {
        RefundStatus.PROPOSED: Word(text("Chờ duyệt")),
        RefundStatus.WAITING: Word(text("Chờ chuyển trả"), "busy"),
        RefundStatus.SENT: Word(text("Đang chuyển trả"), "busy"),
        RefundStatus.DONE: Word(text("Đã chuyển trả"), "good"),
        RefundStatus.REJECTED: Word(text("Không chuyển trả"), "bad"),
    },
    FeeStatus: {
        FeeStatus.ISSUED: Word(text("Chưa nộp"), "busy"),
        FeeStatus.OVERDUE: Word(text("Quá hạn"), "warn"),
        FeeStatus.PAID: Word(text("Đã nộp đủ"), "good"),
        FeeStatus.CANCELLED: Word(text("Đã hủy")),
    },
    FeeKind: {
        FeeKind.AREA_MONTH: Word(text("Mỗi m² một tháng")),
        FeeKind.STALL_MONTH: Word(text("Mỗi quầy một tháng")),
        FeeKind.DAY: Word(text("Vé ngày, cho người bán không có quầy")),
    },
    ReminderStatus: {
        ReminderStatus.WAITING: Word(text("Chờ gửi"), "busy"),
        ReminderStatus.SENT: Word(text("Đã gửi"), "good"),
        ReminderStatus.SKIPPED: Word(text("Không gửi")),
        ReminderStatus.FAILED: Word(text("Gửi không được"), "bad"),
    },
    StatementStatus: {
        StatementStatus.UNMAPPED: Word(text("Chờ chọn cột"), "warn"),
        StatementStatus.WAITING: Word(text("Chờ đọc"), "busy"),
        StatementStatus.RUNNING: Word(text("Đang đối chiếu"), "busy"),
        StatementStatus.DONE: Word(text("Đã đối chiếu xong"), "good"),
        StatementStatus.FAILED: Word(text("Không đọc được"), "bad"),
    },
    DateFormat: {
        DateFormat.DAY_FIRST: Word(text("Ngày đứng trước: 25/11/2026")),
        DateFormat.MONTH_FIRST: Word(text("Tháng đứng trước: 11/25/2026")),
        DateFormat.YEAR_FIRST: Word(text("Năm đứng trước: 2026-11-25")),
    },
    LineOutcome: {
        LineOutcome.MATCHED: Word(text("Đã khớp"), "good"),
        LineOutcome.REVIEW: Word(text("Cần xem lại"), "warn"),
        LineOutcome.DUPLICATE: Word(text("Đã biết từ trước")),
        LineOutcome.REVERSAL: Word(text("Tiền bị rút lại"), "bad"),
    },
    ListingStatus: {
        ListingStatus.DRAFT: Word(text("Bản nháp")),
        ListingStatus.APPROVED: Word(text("Đã duyệt"), "good"),
        ListingStatus.WITHDRAWN: Word(text("Đã gỡ")),
    },
    ApprovalWay: {
        ApprovalWay.OWN_PHONE: Word(text("Người bán tự duyệt trên điện thoại")),
        ApprovalWay.WITH_CLERK: Word(text("Duyệt cùng nhân viên bưu điện")),
        ApprovalWay.BEFORE: Word(text("Duyệt từ trước, khi chưa lưu từng lần duyệt")),
    },
    OrderStatus: {
        OrderStatus.NEW: Word(text("Đơn mới"), "warn"),
        OrderStatus.CONFIRMED: Word(text("Đã nhận, chờ gói"), "busy"),
        OrderStatus.PACKED: Word(text("Đã gói, chờ gửi"), "busy"),
        OrderStatus.SHIPPED: Word(text("Đang giao"), "calm"),
        OrderStatus.DELIVERED: Word(text("Đã giao"), "good"),
        OrderStatus.CANCELLED: Word(text("Đã hủy")),
    },
    PublicationStatus: {
        PublicationStatus.WAITING: Word(text("Chờ đăng"), "busy"),
        PublicationStatus.PUBLISHING: Word(text("Đang đăng"), "busy"),
        PublicationStatus.LISTED: Word(text("Đang bán"), "good"),
        PublicationStatus.REJECTED: Word(text("Sàn từ chối"), "bad"),
        PublicationStatus.FAILED: Word(text("Không đăng được"), "bad"),
        PublicationStatus.WITHDRAWN: Word(text("Đã gỡ khỏi sàn")),
    },
}

CHANNEL_KINDS: dict[str, str] = {
    **{name: collector.title for name, collector in COLLECTORS.items()},
    DIRECT: text("Thẳng vào tài khoản"),
}
"""Through whom a channel's money comes."""
NOTICE_PROVIDERS: dict[str, str] = {name: each.title for name, each in BANK_FORMATS.items()}
"""Who tells of what comes to an account, by the name in `gateways.formats`."""
WEEKDAYS = (
    text("Thứ Hai"),
    text("Thứ Ba"),
    text("Thứ Tư"),
    text("Thứ Năm"),
    text("Thứ Sáu"),
    text("Thứ Bảy"),
    text("Chủ Nhật"),
)


def channel_kind(kind: str) -> str:
    return CHANNEL_KINDS[kind]


def word(state: StrEnum) -> Text:
    """What people call it."""
    return WORDS[type(state)][state].text


def tone(state: StrEnum) -> str:
    return WORDS[type(state)][state].tone


def options_of(states: Iterable[StrEnum]) -> list[tuple[str, str]]:
    """States to choose from, as a form's choices take them, in the reader's language."""
    return [(state.value, translate(word(state))) for state in states]
