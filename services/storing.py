"""Storing once what a client names by an id of its own, and putting the database's refusals into words beside
the field that they are about."""

from typing import TypeVar
from uuid import UUID

from psycopg.errors import CheckViolation, ForeignKeyViolation, UniqueViolation
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.errors import Conflict, InvalidInput, Text, text
from models import Base

T = TypeVar("T", bound=Base)

STALL_NUMBER = text("Số quầy cần có chữ hoặc số, nhiều nhất 20 ký tự")

CLIENT_INDEX = "client_index"
"""What of it a person types has the name that its collector gives it."""

REFUSALS: dict[str, tuple[str, Text]] = {
    "uq_stalls_open_number": ("number", text("Số quầy này đã có trong chợ")),
    "uq_markets_commune_code_name": ("name", text("Xã này đã có chợ mang tên đó")),
    "uq_sellers_household_id": ("household_id", text("Hộ này đã là người bán")),
    "uq_listings_offered_once": ("variant", text("Sản phẩm này đang bán đúng cỡ này rồi")),
    "uq_listings_sku": ("sku", text("Mã hàng này đã có")),
    "uq_users_phone": ("phone", text("Số điện thoại này đã có tài khoản")),
    "uq_role_grants_user_id_role_place_key": ("role", text("Người này đã có vai trò đó ở nơi này")),
    "fk_households_commune_code": ("commune_code", text("Không có xã này")),
    "fk_sellers_commune_code": ("commune_code", text("Không có xã này")),
    "fk_markets_commune_code": ("commune_code", text("Không có xã này")),
    "fk_payout_accounts_bin": ("payout_account.bin", text("Không có ngân hàng này")),
    "fk_products_origin_commune": ("origin_commune", text("Không có xã này")),
    "ck_payment_requests_amount_positive": ("amount", text("Số tiền chưa hợp lệ")),
    "ck_payment_requests_expires_later": ("expires_at", text("Hạn trả phải ở tương lai")),
    "ck_listings_price_positive": ("price", text("Giá chưa hợp lệ")),
    "ck_listings_stock_not_negative": ("stock", text("Số lượng không được âm")),
    "ck_listings_sku_well_formed": ("sku", text("Mã hàng chỉ gồm chữ hoa, số và dấu gạch")),
    "ex_dated_prices_overlap": ("first_day", text("Những ngày này đã có giá khác")),
    "ex_fee_tariffs_overlap": ("valid_from", text("Thời gian này đã có biểu phí cùng loại")),
    "ex_fee_tariffs_province_overlap": ("valid_from", text("Thời gian này đã có biểu phí cùng loại")),
    "ck_fee_tariffs_rate_positive": ("rate", text("Số tiền chưa hợp lệ")),
    "uq_lots_product_id_code": ("code", text("Sản phẩm này đã có lô mang mã đó")),
    "uq_lots_gtin_code": ("code", text("Một sản phẩm khác cùng mã GTIN đã có lô mang mã đó")),
    "ck_lots_code_well_formed": ("code", text("Mã lô gồm 1 đến 20 chữ hoa không dấu, chữ số và dấu gạch")),
    "ck_lots_quantity_positive": ("quantity", text("Số lượng chưa hợp lệ")),
    "ck_markets_tolerance_small": ("tolerance", text("Từ 0 đến 5.000 đồng")),
    "uq_statement_mappings_market_id_fingerprint": (
        "header_row",
        text("Có người vừa lưu cách đọc cho tiêu đề này; hãy lưu lại"),
    ),
    "ck_stalls_number_not_blank": ("number", STALL_NUMBER),
    "ck_stalls_number_well_formed": ("number", STALL_NUMBER),
    "uq_collection_channels_client_index": (CLIENT_INDEX, text("Đã có kênh khác dùng mã này")),
    "uq_virtual_accounts_number": ("number", text("Số này đã ghi cho một quầy khác")),
    "ck_virtual_accounts_number_well_formed": (
        "number",
        text("Số tài khoản ảo gồm 1 đến 19 chữ cái không dấu hoặc chữ số"),
    ),
    "ck_stalls_area_positive": ("area_m2", text("Diện tích phải lớn hơn 0")),
}


def find_stored(session: Session, table: type[T], id: UUID | None) -> T | None:
    """What was stored under a client's `id` before. Whoever is storing it at this moment is waited for, so that
    of two equal requests one stores and the other finds."""
    if id is None:
        return None
    session.execute(select(func.pg_advisory_xact_lock(id.int % 2**63)))
    return session.get(table, id)


def store(session: Session, *rows: object) -> None:
    """Add `rows` and flush. Raises InvalidInput for a constraint that is about a field, else Conflict."""
    session.add_all(rows)
    try:
        session.flush()
    except IntegrityError as error:
        raise refusal(error) from error


def refusal(error: IntegrityError) -> InvalidInput | Conflict:
    """What to tell the person whose write the database refused."""
    cause = error.orig
    name = getattr(getattr(cause, "diag", None), "constraint_name", None) or ""
    if name in REFUSALS:
        return InvalidInput.of(*REFUSALS[name])
    if isinstance(cause, UniqueViolation | ForeignKeyViolation | CheckViolation):
        return Conflict()
    raise error
