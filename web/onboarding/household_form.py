"""What a clerk fills in about a household."""

from typing import Any

from marshmallow import fields, post_load, validate

from core.errors import text
from models import ConsentPurpose
from services.people import CONSENT_WORDING
from web.forms import FormSchema, label
from web.schemas import Input, Line, NationalId, Phone
from web.typed import Several

MOST_PRODUCTS = 20
LONGEST_PRODUCT = 60
LONGEST_ADDRESS = 250


def answer(purpose: ConsentPurpose, *, required: bool = True, **options: Any) -> fields.Boolean:
    """An explicit yes or no; nothing is chosen beforehand, and silence is no consent."""
    return fields.Boolean(
        required=required,
        truthy={"yes"},
        falsy={"no"},
        error_messages={"required": text("Hãy hỏi và chọn đồng ý hay không")},
        metadata=label(PURPOSES[purpose], mark_optional=False),
        **options,
    )


PURPOSES = {
    ConsentPurpose.REGISTRATION: text("Đăng ký và quản lý hồ sơ hộ"),
    ConsentPurpose.PUBLICATION: text("Đăng sản phẩm lên các sàn"),
    ConsentPurpose.DATA_SHARING: text("Chia sẻ số liệu với tỉnh"),
    ConsentPurpose.MESSAGES: text("Nhận tin nhắn"),
}


class Answers(Input):
    """The four answers, in the wording that the page showed."""

    wording_version = fields.String(
        required=True,
        validate=validate.Equal(
            CONSENT_WORDING, error=text("Lời hỏi ý kiến đã đổi; hãy tải lại trang và hỏi lại")
        ),
    )

    @post_load
    def _gather(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        version = data.pop("wording_version")
        given = {purpose: data.pop(f"consent_{purpose}", None) for purpose in ConsentPurpose}
        data["consents"] = [
            {"purpose": purpose, "granted": granted, "wording_version": version}
            for purpose, granted in given.items()
            if granted is not None
        ]
        return data


class HouseholdForm(FormSchema, Answers):
    head_name = Line(required=True, metadata=label(text("Họ và tên chủ hộ"), text("Như trên căn cước")))
    national_id = NationalId(
        required=True,
        metadata=label(text("Số căn cước"), text("12 chữ số. Được mã hóa, chỉ hiện 3 số cuối")),
    )
    phone = Phone(required=True, metadata=label(text("Số điện thoại")))
    commune_code = fields.String(required=True, metadata=label(text("Xã, phường")))
    hamlet = Line(metadata=label(text("Thôn, bản, tổ")))
    address = Line(LONGEST_ADDRESS, metadata=label(text("Địa chỉ cụ thể")))
    products = Several(
        MOST_PRODUCTS,
        LONGEST_PRODUCT,
        metadata=label(text("Hộ sản xuất gì"), text("Ví dụ: mận tam hoa, rau cải mèo, mật ong")),
    )
    consent_registration = answer(
        ConsentPurpose.REGISTRATION,
        validate=validate.Equal(True, error=text("Hộ chưa đồng ý thì không được lưu hồ sơ")),
    )
    consent_publication = answer(ConsentPurpose.PUBLICATION)
    consent_data_sharing = answer(ConsentPurpose.DATA_SHARING)
    consent_messages = answer(ConsentPurpose.MESSAGES)


class ConsentsForm(Answers):
    """New answers of a household that is stored; what is not asked again stays as it was."""

    consent_registration = answer(ConsentPurpose.REGISTRATION, required=False)
    consent_publication = answer(ConsentPurpose.PUBLICATION, required=False)
    consent_data_sharing = answer(ConsentPurpose.DATA_SHARING, required=False)
    consent_messages = answer(ConsentPurpose.MESSAGES, required=False)
