"""payOS as a collector (payos.vn, merchant API v2)."""

from core.errors import text
from gateways.collecting import Collector, Key
from gateways.payos.webhook import PayosNotices

CHANNEL = Collector(
    notices=PayosNotices(),
    url="https://api-merchant.payos.vn",
    keys=(
        Key("client_id", text("Client ID")),
        Key("api_key", text("API key")),
        Key("checksum_key", text("Checksum key")),
    ),
    client="client_id",
    proof="checksum_key",
    wrong_proof=text(
        "Checksum key không đúng: thông báo thử của payOS đã tới, nhưng chữ ký không khớp. Hãy chép lại khóa"
    ),
    steps=(
        text("Ở trang quản lý của payOS, tạo một kênh thanh toán gắn với tài khoản ngân hàng sẽ nhận tiền."),
        text("Chép ba khóa của kênh ấy vào đây. Khóa được mã hóa và không hiện lại."),
        text(
            "Không cần điền địa chỉ webhook ở payOS: hệ thống tự báo cho payOS và payOS gửi thử một thông báo."
        ),
    ),
    payer={
        "bin": "counterAccountBankId",
        "account_number": "counterAccountNumber",
        "holder_name": "counterAccountName",
    },
    pays_out=True,
)
